"""One page, now, for whoever asks: what it shows and who it is about; kept only when that person goes on with it.

Unit of work: one page. Nothing is written by a look.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from listingguard.domain.listing import Cause, Listing, Listings, Page, Reading, Unreadable, outcome
from listingguard.domain.matching import Decision, Match
from listingguard.domain.matching.matcher import Matcher, kept_matches
from listingguard.domain.permission import Known, Standing, undecided
from listingguard.domain.practitioner import Authorisation, Practitioner, Verdict, verdict
from listingguard.domain.record import CaptureRow, ReadingRow
from listingguard.errors import Blocked, Refused

if TYPE_CHECKING:
    from listingguard.edge.fetch import Fetcher
    from listingguard.edge.store import Store
    from listingguard.sites import Site

BROWSER = "l’ouvrir dans votre navigateur, puis « Enregistrer sous… », type « Page web, HTML uniquement »"


def missing_to_look(site: Known, standing: Standing | None) -> tuple[str, ...]:
    """Return what even one look at a page of the site lacks, one French sentence each; empty: one may look.

    standing: what the home decided of the site; None without a home. A site that somebody switched off stays so.
    """
    if site.official:
        return (f"rien : {site.host} est un registre officiel, il n’est jamais lu",)
    if standing is None:
        return ()
    if decision := undecided(site, standing):
        return (decision,)
    if standing.check is not None and not standing.check.enabled:
        return (f"ce site est éteint dans ce dossier : listingguard site verify {site.host} --canary URL",)
    return ()


def look(fetcher: Fetcher, site: Site, url: str, *, pace: float, by_hand: str) -> tuple[Page, Reading]:
    """Return the page as it is now, and what it tells of the URL.

    pace: see scan.pace_of. by_hand: the command that takes the page a person saved. Raises Refused, with how to save
    it, when the site refuses programs: robots.txt, a 403, a challenge, a rest. Writes nothing but whose turn it is.
    """
    saved = (BROWSER, f"donner ce fichier : {by_hand}")
    try:
        page = fetcher.get(url, pace_seconds=pace, within=site.owns)
    except Blocked as error:
        raise Refused(str(error), saved) from None
    reading = site.about(url, site.reading(page))
    if isinstance(reading, Unreadable) and reading.cause is Cause.BLOCKED:
        raise Refused(f"{url} : {reading.reason}", saved)
    return page, reading


@dataclass(frozen=True)
class About:
    """A listing and one person it may be about, with what the ledger says of that person and that site."""

    match: Match
    person: Practitioner
    verdict: Verdict


def about(
    listing: Listing,
    matcher: Matcher,
    people: Mapping[str, Practitioner],
    wanted: Collection[str],
    ledger: Collection[Authorisation],
    today: date,
) -> tuple[About, ...]:
    """Return who the listing may be about, best first.

    matcher, people: the whole roster, whose others are rivals. wanted: of whom we may speak, by identifier.
    """
    return tuple(
        About(match, people[match.practitioner], verdict(ledger, match.practitioner, listing.site, today))
        for match, _ in kept_matches(matcher, people, listing)
        if match.practitioner in wanted
    )


def unlike(listing: Listing, person: Practitioner) -> tuple[str, ...]:
    """Return why the listing is not taken for that person's; empty when it may well be."""
    match = Matcher((person,)).best(listing)
    if match is None:
        return ("rien de ce que montre la fiche ne se rapproche de ce que vous avez dit de vous",)
    return tuple(r.text for r in match.reasons) if match.decision is Decision.REJECTED else ()


def keep(
    store: Store, url: str, reading: Reading, kept: Iterable[Listing], row: CaptureRow, *, today: date, at: datetime
) -> None:
    """Commit one page that was looked at: its reading, its capture (already in the vault), the listings kept, matched."""
    listings = tuple(kept)
    people = {p.id: p for p in store.practitioners()}
    matcher = Matcher(tuple(people.values()))
    shown = len(reading.items) if isinstance(reading, Listings) else 0
    with store.tx("sitting.keep"):
        number = store.add_reading(
            ReadingRow(row.site, url, today, outcome(reading), "", shown, False, False, "profile", body=row.body),
            at=at,
            milliseconds=0,
        )
        store.add_capture(row, number, [item.key for item in listings])
        for item in listings:
            store.put_listing(item, row)
            store.put_matches(item.key, kept_matches(matcher, people, item))
