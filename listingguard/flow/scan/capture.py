"""One page as evidence: what the site sent, the browser's pictures of it, and the rules it was read under."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from listingguard.domain.capture import Origin, basis_for
from listingguard.domain.listing import Page
from listingguard.domain.record import CaptureRow
from listingguard.errors import Blocked, ListingguardError
from listingguard.flow.scan.desk import Desk, Plan, pace_of

if TYPE_CHECKING:
    from listingguard.sites import Site


def captured(desk: Desk, site: Site, plan: Plan, page: Page, put: Callable[[bytes], str] | None = None) -> CaptureRow:
    """Return the capture of a page, its bytes in the vault; what could not be added to it stands among its facts.

    The caller commits the row; with `put`, which takes the bytes instead of the vault, once they are synced.
    """
    robots = desk.fetcher.robots.get(urlsplit(page.final_url).hostname or "")
    extra: Mapping[str, bytes] = {}
    facts: Mapping[str, object] = {}
    host = urlsplit(page.final_url).hostname or ""
    pace = max(pace_of(site, plan), robots.crawl_delay or 0.0 if robots is not None else 0.0)
    if desk.camera is not None:
        address = page.exchanges[-1].address if page.exchanges else None
        text = robots.body.decode("utf-8-sig", "replace") if robots is not None else ""
        try:
            # The browser's turn counts like any other: the pace, the hours, the day's limit, a rest.
            booked = desk.fetcher.await_turn(host, pace)
            try:
                with desk.floor.yielded():
                    shots = desk.camera.shoot(page.final_url, address, text)
            finally:
                desk.fetcher.left(host, booked)
            extra, facts = shots.files, shots.facts
        except Blocked as error:
            if error.status is not None:
                desk.fetcher.rest(host, 86_400.0, "il refuse le navigateur")
            facts = {"lacks": [f"l’image de la page : {error}"]}
        except ListingguardError as error:
            facts = {"lacks": [f"l’image de la page : {error}"]}
    return desk.evidence.keep(
        page,
        site.host,
        day=plan.today,
        at=plan.now() if plan.simulated else page.at,
        origin=Origin.SCAN,
        by="",
        basis=basis_for(desk.store.rules.acting),
        simulated=plan.simulated,
        robots=robots,
        extra=extra,
        facts={**facts, "pace": f"{pace:g}".replace(".", ",")},
        put=put,
    )
