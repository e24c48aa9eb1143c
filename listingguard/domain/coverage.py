"""What the readings of the sites cover: fields found, what their fall means, how long a bad site rests, whom we checked.

Computed from rows and a day. Nothing here says that a listing is absent; it says when nobody may say so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from urllib.parse import quote

from listingguard.domain.listing import Cause, Listing, Outcome
from listingguard.domain.record import ReadingRow, RunRow

FIELDS = ("name", "profession", "street", "postcode", "phone")
"""What a listing of a booking site nearly always says; the share that says it tells whether a page is still read right."""

ENOUGH_LISTINGS = 5
"""Below this many listings on either side a share means nothing, and no fall is seen."""

USUAL_SHARE = 0.5
"""A field that fewer listings had is no landmark of a site."""

FALLEN_TO = 0.5
"""A fall: less than this part of the share before. One street in ten that goes is life, half of them is the site."""

BAD_PAGES_IN_A_ROW = 3
"""Pages in a row that cannot be read before a site is left for another day."""

LONGEST_REST_DAYS = 14


# -- fields ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Coverage:
    """How many listings were seen, and which share of them has each of `FIELDS`; no listing, no share."""

    listings: int = 0
    shares: Mapping[str, float] = field(default_factory=dict, hash=False)


def coverage_of(items: Sequence[Listing]) -> Coverage:
    """Return what the listings of one page say of themselves; shares to two decimals."""
    if not items:
        return Coverage()
    counts = dict.fromkeys(FIELDS, 0)
    for item in items:
        said = {
            "name": item.name,
            "profession": item.profession,
            "street": any(place.street for place in item.places),
            "postcode": any(place.postcode for place in item.places),
            "phone": item.phones or any(place.phones for place in item.places),
        }
        for name in FIELDS:
            counts[name] += bool(said[name])
    return Coverage(len(items), {name: round(count / len(items), 2) for name, count in counts.items()})


def together(readings: Iterable[ReadingRow]) -> dict[str, Coverage]:
    """Return role -> what all the readings of that role cover, each page weighing as many listings as it shows."""
    total: dict[str, int] = {}
    sums: dict[str, dict[str, float]] = {}
    for row in readings:
        if row.outcome is not Outcome.LISTINGS or not row.coverage:
            continue
        total[row.role] = total.get(row.role, 0) + row.listings
        kept = sums.setdefault(row.role, dict.fromkeys(FIELDS, 0.0))
        for name in FIELDS:
            kept[name] += row.coverage.get(name, 0.0) * row.listings
    return {role: Coverage(n, {k: v / n for k, v in sums[role].items()}) for role, n in total.items() if n}


def fallen(now: Coverage, before: Coverage) -> tuple[str, ...]:
    """Return the fields that were usual and clearly are no more; empty when too few listings are there to tell.

    >>> fallen(Coverage(20, {"name": 1.0, "street": 0.3}), Coverage(30, {"name": 1.0, "street": 0.9}))
    ('street',)
    >>> fallen(Coverage(20, {"name": 1.0, "street": 0.6}), Coverage(30, {"name": 1.0, "street": 0.9}))
    ()
    >>> fallen(Coverage(1, {"name": 1.0, "street": 0.0}), Coverage(30, {"name": 1.0, "street": 0.9}))
    ()
    """
    if min(now.listings, before.listings) < ENOUGH_LISTINGS:
        return ()
    return tuple(
        name
        for name in FIELDS
        if before.shares.get(name, 0.0) >= USUAL_SHARE
        and now.shares.get(name, 0.0) < FALLEN_TO * before.shares.get(name, 0.0)
    )


def vanished(now: Coverage, before: Mapping[str, float]) -> tuple[str, ...]:
    """Return the fields that one page, seen before with these shares, no longer says at all."""
    return tuple(name for name in FIELDS if before.get(name, 0.0) >= USUAL_SHARE and not now.shares.get(name, 0.0))


FIELD_LABELS = {
    "name": "nom",
    "profession": "profession",
    "street": "rue",
    "postcode": "code postal",
    "phone": "téléphone",
}


# -- a site that goes wrong --------------------------------------------------------------------------------------------

REFUSED = (Cause.BLOCKED, Cause.SILENT, Cause.CHANGED)
"""What a run may end on, and the site is then left alone for a while."""


def rest_days(bad_runs: int) -> int:
    """Return for how many days a site is left alone after that many bad runs in a row: 1, 2, 4, 8, then 14.

    >>> [rest_days(n) for n in range(7)]
    [0, 1, 2, 4, 8, 14, 14]
    """
    return min(1 << (bad_runs - 1), LONGEST_REST_DAYS) if bad_runs > 0 else 0


def resting_until(runs: Sequence[RunRow]) -> date | None:
    """Return the first day on which a site may be read again; None when its last run did not go wrong.

    runs: those that ended, newest first. A person who verifies the site anew leaves a run that went well.
    """
    bad = 0
    for run in runs:
        if run.doubt not in REFUSED:
            break
        bad += 1
    return runs[0].day + timedelta(days=rest_days(bad)) if bad else None


# -- who was checked where ---------------------------------------------------------------------------------------------


class Sight(StrEnum):
    """What we know of one practitioner on one site."""

    SEEN = "seen"
    CHECKED = "checked"
    BLIND = "blind"
    NEVER = "never"

    @property
    def label(self) -> str:
        """Return the French words shown on screen."""
        return {"seen": "fiche vue", "checked": "rien vu", "blind": "aveugle", "never": "jamais"}[self.value]

    @property
    def several(self) -> str:
        """Return the same words of several people."""
        return {"seen": "fiches vues", "blind": "aveugles"}.get(self.value, self.label)


@dataclass(frozen=True)
class Entry:
    """A page on which a practitioner would show: a page of their own, a town's list, a search, the sitemap."""

    practitioner: str
    url: str
    own: bool = False


@dataclass(frozen=True)
class SiteState:
    """How a site stands on a day. enabled: a scan may read it. success: the day of the last run without doubt.

    blind: why nothing can be known of it now, in French, and since when; empty when it can be read. until: the end of
    its rest.
    """

    host: str
    name: str
    enabled: bool
    success: date | None = None
    blind: str = ""
    since: date | None = None
    until: date | None = None

    def age(self, today: date) -> int | None:
        """Return the days since the last run without doubt; None when there was none."""
        return None if self.success is None else (today - self.success).days


@dataclass(frozen=True)
class Cell:
    """One practitioner on one site. checked_on: the day by which every page of theirs had been read, None when never.

    outcome: what the latest reading of their pages said. why: what keeps us from seeing, in French.
    """

    practitioner: str
    host: str
    sight: Sight
    checked_on: date | None = None
    outcome: Outcome | None = None
    why: str = ""


def matrix(
    state: SiteState,
    practitioners: Iterable[str],
    entries: Iterable[Entry],
    last: Mapping[str, ReadingRow],
    good: Mapping[str, ReadingRow],
    since: Mapping[str, datetime],
) -> tuple[Cell, ...]:
    """Return one cell per practitioner for one site, in their order.

    last: URL -> its latest reading; good: URL -> its latest reading that leaves no doubt. since: practitioner -> when
    we began to look for them; what was read before was read for others. A person is checked on the day of the oldest
    of the good readings of their pages; one page never read well, and they never were.
    """
    pages: dict[str, list[Entry]] = {}
    for entry in entries:
        pages.setdefault(entry.practitioner, []).append(entry)
    return tuple(_cell(state, who, pages.get(who, ()), last, good, since.get(who)) for who in practitioners)


def _cell(
    state: SiteState,
    who: str,
    entries: Sequence[Entry],
    last: Mapping[str, ReadingRow],
    good: Mapping[str, ReadingRow],
    since: datetime | None,
) -> Cell:
    # A page of one's own told of them whenever it was read.
    good = {
        e.url: row
        for e in entries
        if (row := good.get(e.url)) is not None and (e.own or since is None or row.at is None or row.at >= since)
    }
    days = [good[e.url].day if e.url in good else None for e in entries]
    known = [day for day in days if day is not None]
    checked = min(known) if entries and len(known) == len(entries) else None
    latest = max((last[e.url] for e in entries if e.url in last), key=lambda row: row.day, default=None)
    outcome = latest.outcome if latest else None
    if not state.enabled:
        return Cell(who, state.host, Sight.NEVER, checked, outcome, state.blind)
    unread = next((last[e.url] for e in entries if e.url in last and _unread(last[e.url], good.get(e.url))), None)
    # What a person has read since stands, whatever the site does to programs.
    blind = state.blind and (checked is None or state.since is None or checked < state.since)
    if blind or unread is not None:
        why = state.blind or Cause(unread.cause if unread and unread.cause else Cause.UNKNOWN).label
        return Cell(who, state.host, Sight.BLIND, checked, outcome, why)
    shown = [e for e in entries if e.own and e.url in good and good[e.url].outcome is Outcome.LISTINGS]
    if shown:
        return Cell(who, state.host, Sight.SEEN, checked or max(known), Outcome.LISTINGS)
    if checked is None:
        return Cell(who, state.host, Sight.NEVER, None, outcome, "" if entries else "rien à y lire pour cette personne")
    return Cell(who, state.host, Sight.CHECKED, checked, outcome)


def _unread(last: ReadingRow, good: ReadingRow | None) -> bool:
    """Return True when the latest reading could not be read and none that could is as recent."""
    return last.outcome is Outcome.UNREADABLE and (good is None or good.day < last.day)


# -- what a person must do ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Task:
    """A page that only a person can read, or a site that a person must look at: why, how, and the command afterwards.

    url: the page to open in an ordinary browser. since: the day it began. others: further pages of the same site that
    wait behind this one.
    """

    host: str
    url: str
    since: date
    text: str
    command: str
    others: int = 0


# Chromium's one-file format (MHTML) drops the page's scripts, and the structured data with them.
HOW_TO_SAVE = (
    "Ouvrez l’adresse dans un navigateur ordinaire, sans compte ni identifiant ; « Enregistrer sous… », type "
    "« Page web, HTML uniquement » (Safari : « Archive web ») ; puis donnez le fichier à la commande."
)


def import_command(url: str) -> str:
    """Return the command that brings a saved page, its URL harmless in any shell.

    >>> import_command("https://rdv.example/kine?ville=$(id)&p=1")
    'listingguard capture import FICHIER --url "https://rdv.example/kine?ville=%24(id)&p=1" --seen-at "AAAA-MM-JJ HH:MM"'
    """
    # What a shell would act on between double quotes means the same to the site once written with a %.
    plain = quote(url, safe="/:?=&%#+,;@~-._()*[]")
    return f'listingguard capture import FICHIER --url "{plain}" --seen-at "AAAA-MM-JJ HH:MM"'
