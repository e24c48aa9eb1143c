"""How the pages of a case were read, out of what captures and readings recorded; where nothing was, it stays so."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from listingguard.domain.capture import Origin
from listingguard.domain.french import PARIS
from listingguard.domain.letter import ReadingsFields, ReadPage, RobotsLine, UnreadPage
from listingguard.domain.listing import Cause, Outcome
from listingguard.domain.record import CaptureRow, ReadingRow

PICTURES = ("page.png", "page.mhtml")
"""What a browser adds to a capture."""


def by_person(capture: CaptureRow) -> bool:
    """Return True for a page that a person saved, or saw and described."""
    return capture.manifest.get("origin") in (Origin.IMPORT, Origin.LOOK_UP)


def annex(
    head: tuple[str, date, str, str],
    captures: Sequence[CaptureRow],
    readings: Sequence[ReadingRow],
    exhibits: Mapping[str, int],
) -> ReadingsFields:
    """Return the annex of a case.

    head: reference, day, practitioner, platform. captures: of the listings of the case, oldest first. readings: of the
    whole site; only counts are told of pages that are not the case's. exhibits: id of a capture -> its number.
    """
    until = head[1]
    captures = [c for c in captures if c.day <= until]
    readings = [r for r in readings if r.day <= until]
    ours = [c.manifest for c in captures if not by_person(c)]
    read = [r for r in readings if not r.human]
    answered = [r.day for r in read if r.outcome is not Outcome.UNREADABLE]
    machines = [m.get("environment") or {} for m in ours]
    urls = {c.url for c in captures}
    return ReadingsFields(
        *head,
        pages=tuple(ReadPage(c.url, c.at, by_person(c), exhibits.get(c.id)) for c in captures),
        robots=_robots(ours),
        site_pages=len(answered),
        site_days=len(set(answered)),
        first_day=min(answered, default=None),
        last_day=max(answered, default=None),
        refusals=sum(r.cause == Cause.BLOCKED for r in read),
        forbidden=sum(r.cause == Cause.ROBOTS for r in read),
        tools=_each(machines, "tool"),
        user_agents=_each(machines, "user_agent", "browser_user_agent"),
        paces=_each(machines, "pace"),
        accounts=_each(machines, "account"),
        unread=_unread(readings, urls),
        without_robots=sum(not m.get("robots") for m in ours),
        without_account=sum(not machine.get("account") for machine in machines),
        without_clock=sum(not m.get("clock_offset") for m in ours),
        without_ip=sum(not m.get("public_ip") for m in ours),
        without_picture=sum(PICTURES[0] not in [a["name"] for a in m.get("artefacts") or ()] for m in ours),
    )


def _each(machines: Iterable[Mapping[str, Any]], *names: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(m[name]) for m in machines for name in names if m.get(name)))


def _robots(manifests: Iterable[Mapping[str, Any]]) -> tuple[RobotsLine, ...]:
    found: dict[tuple[date, str, str], RobotsLine] = {}
    for manifest in manifests:
        said = manifest.get("robots")
        if not said:
            continue
        day = datetime.fromisoformat(said["fetched_at"]).astimezone(PARIS).date()
        line = RobotsLine(
            day,
            str(said["url"]),
            said["status"],
            str(said["sha256"]),
            str(said.get("crawl_delay") or ""),
            said.get("allowed"),
        )
        found.setdefault((day, line.url, line.sha256), line)
    return tuple(found.values())


def _unread(readings: Iterable[ReadingRow], urls: Collection[str]) -> tuple[UnreadPage, ...]:
    lines: dict[tuple[str, date, str], UnreadPage] = {}
    for row in readings:
        if row.outcome is Outcome.UNREADABLE and row.url in urls:
            # The reason kept with a reading may quote the page; its cause is our own word.
            why = Cause(row.cause).label if row.cause else "lecture impossible"
            lines.setdefault((row.url, row.day, why), UnreadPage(row.url, row.day, why))
    return tuple(lines.values())
