"""Whether the rows of the evidence still say what the home's log says of them. Rows and events in, French sentences out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from listingguard.domain.event import Event

CAPTURED, ROBOTS_READ = "captured", "robots_read"
"""Events of the home that say what a row of the evidence says, column by column; their key is the row's."""

Rows = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""Kind of event -> key -> the row as it is sealed."""


def purge_key(kind: str, key: str) -> str:
    """Return the key of the event that lets a row of the evidence leave."""
    return f"{'capture' if kind == CAPTURED else 'robots'}/{key}"


def unlike(
    rows: Rows,
    events: Sequence[Event],
    payloads: Mapping[int, tuple[bytes, Mapping[str, Any]]],
    cited: Iterable[tuple[str, str]],
) -> Iterator[tuple[str, str]]:
    """Yield (capture, French sentence) for each row that is not what the log says of it; « » for what is of no capture.

    Told as well: what the log names and the tables lack, unless a purge event names it; what the tables have and the
    log does not know; a capture that a case cites, (capture, case), and nobody has. Whether the log itself is intact
    is another question.
    """
    purged = {event.key for event in events if event.kind == "purged"}
    for kind, kept in rows.items():
        known = dict(kept)
        for event in events:
            if event.kind != kind or purge_key(kind, event.key) in purged:
                continue
            row = known.pop(event.key, None)
            if row is None:
                yield _about(kind, event.key, "la base ne l’a plus, et le journal la nomme.")
                continue
            told = payloads.get(event.seq, (b"", {}))[1]
            for column in told:
                if row.get(column) != told[column]:
                    yield _about(
                        kind, event.key, f"{_changed(column, row, told)} la base ne dit plus ce que dit le journal."
                    )
        for key in known:
            yield _about(kind, key, "le journal ne connaît pas cette ligne de la base.")
    for capture, case in cited:
        if capture not in rows[CAPTURED] and purge_key(CAPTURED, capture) not in purged:
            yield capture, f"Capture {capture[:12]}…, elle manque\u00a0: le dossier {case} la cite."


def _about(kind: str, key: str, said: str) -> tuple[str, str]:
    if kind == CAPTURED:
        return key, f"Capture {key[:12]}…, {said}"
    host, day, _ = key.split("/")
    return "", f"Lecture de robots.txt de {host}, le {day}\u00a0: {said}"


def _changed(column: str, row: Mapping[str, Any], told: Mapping[str, Any]) -> str:
    """Return what changed: the column, or the listings that came and went."""
    if column != "listings":
        return f"colonne « {column} »\u00a0:"
    lost = [key for key in told[column] if key not in row[column]]
    new = [key for key in row[column] if key not in told[column]]
    parts = [f"{what}\u00a0: {', '.join(keys)}" for what, keys in (("retirée", lost), ("ajoutée", new)) if keys]
    told_so = ", ".join(parts) or "leur ordre"
    return f"fiches qu’elle montre ({told_so})\u00a0:"
