"""The page that a person chose as witness of a site: while it shows its listing, the site is read right."""

from __future__ import annotations

import time
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Never

from listingguard.domain.coverage import FIELD_LABELS, Coverage, coverage_of, vanished
from listingguard.domain.french import listed
from listingguard.domain.listing import Cause, Listing, Listings, Outcome, Reading, Unreadable, outcome
from listingguard.domain.matching.matcher import Matcher, kept_matches
from listingguard.domain.practitioner import Practitioner
from listingguard.domain.record import WITNESS, Errand, ReadingRow
from listingguard.errors import Blocked, Refused, Unreachable
from listingguard.flow.scan.desk import CANARY, Context, Desk, Plan, Progress, pace_of
from listingguard.flow.scan.page import ask, count_page, milliseconds_since, reading_told, silent

if TYPE_CHECKING:
    from listingguard.sites import Site


def read_witness(context: Context, progress: Progress) -> None:
    """Read the page a person chose as witness, always whole, and note whether it still shows its listing."""
    store, result, site = context.desk.store, context.result, context.site
    check = store.site_checks()[site.host]
    if not check.canary:
        return
    visit = ask(context, check.canary, CANARY, whole=True)
    result.stopped = visit.stop
    if visit.reading is None:
        return
    result.pages += 1
    found = _shows(site, check.canary, visit.reading)
    if found is not None and not store.is_canary_name(site.host, check.canary, found.name):
        # The page is there and is somebody else's: the site gives its addresses out again, or the reader is wrong.
        visit = replace(visit, reading=Unreadable("La fiche témoin montre une autre personne.", Cause.CHANGED))
        found = None
    result.canary = found is not None
    covered = coverage_of((found,)) if found else Coverage()
    before = next((r for r in reversed(store.readings(site.host, check.canary)) if r.coverage and not r.doubt), None)
    # The witness is somebody else's page: its reading is counted, nothing of it is kept.
    assert visit.reading is not None
    row = reading_told(context, check.canary, CANARY, visit.reading, visit.body, covered)
    with store.tx("scan.canary"):
        store.add_reading(row, at=context.plan.now(), milliseconds=visit.milliseconds)
        if found is not None:
            store.put_canary_name(site.host, check.canary, found.name, at=context.plan.now())
    errand = Errand(check.canary, CANARY)
    count_page(context, errand, visit)
    if found is None and visit.cause not in (Cause.SILENT, Cause.BLOCKED):
        context.doubts(WITNESS, "la fiche témoin n’est plus montrée")
    elif found is None and visit.cause is not None:
        context.doubts(visit.cause, visit.cause.label)
    elif before is not None and len(lost := vanished(covered, before.coverage)) > 1:
        told = listed(tuple(FIELD_LABELS[name] for name in lost))
        context.doubts(Cause.CHANGED, f"la fiche témoin ne dit plus : {told}")
    progress(result, check.canary)


def _shows(site: Site, url: str, reading: Reading) -> Listing | None:
    """Return the listing that the page at this URL is about, when the reading shows it."""
    return site.subject(url, reading.items) if isinstance(reading, Listings) else None


def verify_witness(desk: Desk, site: Site, url: str, plan: Plan) -> bool:
    """Read the page chosen as witness, now; return True when it shows its listing, False when the site is silent.

    What was read is a run of its own: it ends the rest that earlier runs led to. Refused when the site refuses
    programs, when the page cannot be read as a listing of this site, or when it may be about somebody of the roster:
    a witness has to stay, and theirs is what the requests want gone.
    """
    by_hand = f"un regard humain : listingguard site verify {site.host} --canary URL --no-check RAISON"
    started = time.perf_counter()
    try:
        page = desk.fetcher.get(url, pace_seconds=pace_of(site, plan), within=site.owns)
    except Unreachable:
        return False
    except Blocked as error:
        if silent(error):
            return False
        raise Refused(str(error), [by_hand]) from None
    reading = site.reading(page)
    found = _shows(site, url, reading)
    if found is None:
        why = reading.reason if isinstance(reading, Unreadable) else outcome(reading).label
        raise Refused(
            f"La page témoin ne se lit pas comme une fiche de {site.host} : {why}",
            [f"une fiche que {site.host} montre aujourd’hui", by_hand],
        )
    people = {p.id: p for p in desk.store.practitioners()}
    if isinstance(reading, Listings) and (theirs := kept_matches(Matcher(tuple(people.values())), people, found)):
        refuse_witness(site, people[theirs[0][0].practitioner])
    with desk.store.tx("scan.verify"):
        run = desk.store.open_run(site.host, plan.today, at=plan.now())
        row = ReadingRow(
            site.host, url, plan.today, Outcome.LISTINGS, "", 1, True, False, CANARY, "",
            coverage_of((found,)).shares, sha256(page.body).hexdigest(), False, run.id,
        )  # fmt: skip
        desk.store.add_reading(row, at=plan.now(), milliseconds=milliseconds_since(started))
        desk.store.put_canary_name(site.host, url, found.name, at=plan.now())
        desk.store.close_run(replace(run, doubt="", pages=1, good=1, canary=True), at=plan.now())
    return True


def refuse_witness(site: Site, person: Practitioner) -> Never:
    """Refuse a page that may be about somebody of the roster as witness."""
    raise Refused(
        f"Cette fiche peut être celle de {person.full_name}, du tableau : si elle disparaît à sa demande, elle ne "
        "témoigne plus de rien.",
        [f"la fiche d’une personne de {site.host} qui n’est pas au tableau : --canary URL"],
    )
