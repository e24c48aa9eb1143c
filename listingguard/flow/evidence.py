"""A person's files -> readings and captures; captures -> time-stamps, and masked copies for what leaves.

Order of every import: the file's bytes and all that goes with them are synced into the vault, then one unit commits the
reading and the capture. Time-stamps are asked for outside any unit.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from email.parser import BytesHeaderParser
from email.utils import parsedate_to_datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import urldefrag, urlsplit

from listingguard.domain.capture import NONE_SHOWN, Kind, Origin, TokenRow, basis_for, kind_of, one_line
from listingguard.domain.case import Acting, findings_of
from listingguard.domain.event import canonical
from listingguard.domain.french import PARIS, french_at, french_day, listed, plural, typography
from listingguard.domain.letter.privacy import clues
from listingguard.domain.listing import (
    Gone,
    Listing,
    Listings,
    Outcome,
    Page,
    Place,
    Reading,
    SaysNone,
    Unreadable,
    outcome,
)
from listingguard.domain.matching import Match
from listingguard.domain.matching.matcher import Matcher, kept_matches
from listingguard.domain.names import fold
from listingguard.domain.permission import may_look_for
from listingguard.domain.practitioner import Practitioner, Watch
from listingguard.domain.record import CaptureRow, CaseRow, ReadingRow
from listingguard.domain.third_party import Known, of_others
from listingguard.errors import BadInput, Refused, Unreachable

if TYPE_CHECKING:
    from listingguard.edge.evidence import Evidence
    from listingguard.edge.mask import Masked
    from listingguard.edge.stamp import Stamper
    from listingguard.edge.store import Store
    from listingguard.edge.vault import Vault
    from listingguard.sites import Site, Sites

_LOOK = ("seen_at", "browser", "witness", "shows", "about")


@dataclass(frozen=True)
class Saved:
    """A file that a person brings, and the address they say it is from; `saved_at` is the file's own date, UTC."""

    data: bytes
    url: str
    name: str
    content_type: str = ""
    saved_at: datetime | None = None


@dataclass(frozen=True)
class Look:
    """What a person says of their own visit to the page.

    seen_at: when, aware. browser: with what. witness: a neighbouring page of the site that did show in the same visit.
    shows: the key of the listing they saw, `none`, or empty: they leave it to the program. about: whom they say the
    page is about, by identifier; empty: the program compares.
    """

    seen_at: datetime | None = None
    browser: str = ""
    witness: str = ""
    shows: str = ""
    about: str = ""


@dataclass(frozen=True)
class Imported:
    """What a file brought by a person told us. notes: French sentences the person should read.

    capture: empty when nothing of the page was kept. listings: those kept; shown: their keys. count: all of the page.
    """

    outcome: Outcome
    capture: str
    listings: tuple[Listing, ...]
    shown: tuple[str, ...]
    notes: tuple[str, ...]
    count: int


def import_file(
    store: Store,
    evidence: Evidence,
    sites: Sites,
    saved: Saved,
    look: Look,
    *,
    elsewhere: Callable[[Page], str],
    today: date,
    at: datetime,
    machine_at: datetime,
    actor: str,
    simulated: bool,
) -> Imported:
    """Keep a file that a person brings as a capture and a reading labelled human; the same file again is one.

    Kept of its listings are those that may be about somebody we may look for, as in a scan; a page without one leaves
    a reading, that is counts and a hash. elsewhere: gives the address a saved page names for itself when that is
    another page, else "". at: now; machine_at: now by the machine's clock. The day is that of the visit.

    Raises BadInput when nothing can be read and nobody says what the file shows, or when file and person contradict
    each other; Refused, naming what is missing, when nobody says when the page was seen, or when a person's word lacks
    what makes it a reading.
    """
    site = sites.for_url(saved.url)
    if site.official:
        raise BadInput(
            f"{site.host} est un registre officiel\u00a0: ses pages ne sont jamais relevées, rien n’est gardé."
        )
    _check_look(saved.url, look, at)
    page, facts = _page(evidence, saved, machine_at)
    other = "" if page.exchanges else elsewhere(page)
    if other:
        raise BadInput(
            f"« {saved.name} » dit avoir été enregistré à une autre adresse que {saved.url}. "
            f"Si c’est bien cette page, donnez la sienne\u00a0: --url {one_line(other)}"
        )
    reading = _told(store, site, page, look)
    seen, notes = _when(saved.name, look, facts, at)
    facts |= {
        "seen_at": look.seen_at.astimezone(PARIS).isoformat() if look.seen_at else "",
        "browser": look.browser,
        "witness": look.witness,
        "shows": look.shows,
        "about": look.about,
    }
    facts = {key: value for key, value in facts.items() if value}
    people = {p.id: p for p in store.practitioners()}
    wanted = _wanted(store, site, tuple(people.values()), today)
    if look.about and look.about not in wanted:
        _not_wanted(store, look.about)
    items = reading.items if isinstance(reading, Listings) else ()
    # Nothing read and yet kept: a person said that the listing is there.
    by_word = isinstance(reading, Unreadable) or kind_of(page.body).seen_only
    found, count = outcome(reading), len(items)
    ours = _about_wanted(site, people, wanted, items, look, saved.url)
    shown = tuple(item.key for item, _ in ours)
    if by_word:
        found, count = (Outcome.NONE, 0) if look.shows == NONE_SHOWN else (Outcome.LISTINGS, 1)
        said = {m.practitioner for m, _ in store.matches() if m.listing == look.shows} | {look.about}
        shown = (look.shows,) if count and said & wanted else ()
    day = seen.astimezone(PARIS).date()
    if found in (Outcome.NONE, Outcome.GONE) and not look.witness:
        notes.append(
            "Sans page voisine vue à la même visite (--witness), ce fichier ne compte pas comme un retrait observé."
        )
    # A page that shows nobody is proof of an absence; one that shows others only is none of our business.
    keep = bool(shown) or not count
    notes += _left_out(count, len(shown))
    body = sha256(page.body).hexdigest()
    if (known := _known(store, site.host, body, saved.url, day, facts, keep)) is not None:
        return Imported(found, known, tuple(item for item, _ in ours), shown, tuple(notes), count)
    row = None
    if keep:
        row = evidence.keep(
            page, site.host, day=day, at=seen, origin=Origin.LOOK_UP if by_word else Origin.IMPORT, by=actor,
            basis=basis_for(store.rules.acting), simulated=simulated, facts=facts,
        )  # fmt: skip
    with store.tx("capture.import"):
        if (known := _known(store, site.host, body, saved.url, day, facts, keep)) is not None:
            return Imported(found, known, tuple(item for item, _ in ours), shown, tuple(notes), count)
        number = store.add_reading(
            ReadingRow(site.host, saved.url, day, found, "", count, canary=bool(look.witness), human=True, body=body),
            at=seen,
            milliseconds=0,
        )
        if row is not None:
            store.add_capture(row, number, shown)
            for item, matches in ours:
                store.put_listing(item, row)
                store.put_matches(item.key, matches)
    return Imported(found, row.id if row else "", tuple(item for item, _ in ours), shown, tuple(notes), count)


def _wanted(store: Store, site: Site, people: Sequence[Practitioner], today: date) -> frozenset[str]:
    """Return whom a page of the site may be kept for: those a scan may look for there.

    Who acts for himself brings pages about himself: he need not have said that he may be looked for, only not that he
    may not.
    """
    alone, watches = {who for who, _ in store.left_alone(site.host)}, store.watches()
    if store.rules.acting is Acting.SELF:
        watches = {p.id: Watch(p.id, True) for p in people} | watches
    return frozenset(p.id for p in may_look_for(people, watches, store.rules.acting, today, alone))


def _not_wanted(store: Store, about: str) -> None:
    """Raise Refused: the person whom the page is said to be about is not to be looked for."""
    store.practitioner(about)
    raise Refused(
        f"--about\u00a0: {about} n’est pas une personne que l’on peut rechercher sur ce site.",
        [f"son accord d’être suivie\u00a0: listingguard watch set {about} yes --informed-on JOUR --channel courriel"],
    )


def _about_wanted(
    site: Site,
    people: Mapping[str, Practitioner],
    wanted: Collection[str],
    items: Sequence[Listing],
    look: Look,
    url: str,
) -> list[tuple[Listing, tuple[tuple[Match, str], ...]]]:
    """Return the listings that may be about somebody we may look for, each with its matches; that of the page itself too
    when a person says whom it is about."""
    matcher, own, found = Matcher(tuple(people.values())), site.profile_id(url), []
    for item in items:
        matches = kept_matches(matcher, people, item)
        said = bool(look.about) and (item.id == own or len(items) == 1)
        if said or any(match.practitioner in wanted for match, _ in matches):
            found.append((item, matches))
    return found


def _left_out(count: int, kept: int) -> list[str]:
    """Return what to tell of the listings of which nothing is kept."""
    if count == kept:
        return []
    if not kept:
        return [
            "Cette page ne montre personne que l’on puisse rechercher\u00a0: il n’en reste qu’un compte et une empreinte. "
            "Si elle concerne quelqu’un de suivi que le programme ne reconnaît pas\u00a0: --about RPPS."
        ]
    others = plural(count - kept, "autre fiche", "autres fiches")
    return [
        f"Rien n’est relevé de {others} de la page, qui ne concerne{'nt' if count - kept > 1 else ''} personne de suivi."
    ]


def _check_look(url: str, look: Look, at: datetime) -> None:
    if look.seen_at is not None and look.seen_at > at:
        raise BadInput(f"--seen-at\u00a0: le {french_at(look.seen_at)} n’est pas encore passé.")
    if not look.witness:
        return
    witness, page = urlsplit(look.witness), urlsplit(url)
    if witness.scheme not in ("http", "https") or witness.hostname != page.hostname:
        raise BadInput(f"--witness\u00a0: « {look.witness} » n’est pas une page du même site que {url}.")
    if urldefrag(look.witness)[0].rstrip("/") == urldefrag(url)[0].rstrip("/"):
        raise BadInput("--witness\u00a0: c’est la page elle-même. Une page voisine, qui s’affichait, est demandée.")


def _page(evidence: Evidence, saved: Saved, machine_at: datetime) -> tuple[Page, dict[str, Any]]:
    """Return the page in the file, and what is known of the file itself."""
    facts: dict[str, Any] = {"file": saved.name}
    if saved.saved_at is not None:
        facts["file_saved_at"] = saved.saved_at.astimezone(UTC).isoformat(timespec="seconds")
    if kind_of(saved.data) not in (Kind.WARC, Kind.WACZ):
        if (moment := _dated(saved.data)) is not None:
            facts["file_dated_at"] = moment.isoformat()
        headers = (("Content-Type", saved.content_type),) if saved.content_type else ()
        return Page(saved.url, saved.url, 200, headers, saved.data, machine_at), facts
    pages = evidence.pages(saved.data, saved.url)
    if not pages:
        inside = evidence.addresses(saved.data)
        shown = listed(tuple(map(one_line, inside[:5]))) + (
            f" (et {len(inside) - 5} autres)" if len(inside) > 5 else ""
        )
        raise BadInput(
            f"« {saved.name} » ne contient pas la page {saved.url}. "
            + (f"Il contient\u00a0: {shown}." if inside else "Il n’en contient aucune.")
        )
    # The same page more than once: the last visit is the one that counts.
    page = max(pages, key=lambda p: p.at)
    facts["file_sha256"] = sha256(saved.data).hexdigest()
    facts["archived_at"] = page.at.astimezone(UTC).isoformat()
    # What the archive says of its own time is a fact among others; when we saw it is the machine's.
    return replace(page, url=saved.url, at=machine_at), facts


def _dated(data: bytes) -> datetime | None:
    """Return the moment that a page saved by a browser gives itself (the Date of an MHTML file), UTC; None without one."""
    head = data[:16_384].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not re.match(rb"[\w-]+:[ \t]", head) or not re.search(rb"(?mi)^content-type:\s*multipart/related", head):
        return None
    try:
        moment = parsedate_to_datetime(str(BytesHeaderParser().parsebytes(head).get("Date", "")))
        # A time of day without a zone is no moment.
        return moment.astimezone(UTC) if moment.tzinfo is not None else None
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _when(name: str, look: Look, facts: Mapping[str, Any], at: datetime) -> tuple[datetime, list[str]]:
    """Return when the page was seen, UTC, and what to tell about it; raise Refused when nobody says.

    The person's own word comes first, then what the archive or the file gives itself. The date of a file on this
    machine is none: copying it changes it.
    """
    if look.seen_at is not None:
        return look.seen_at.astimezone(UTC), []
    need = ['le moment de votre visite, à l’heure de Paris\u00a0: --seen-at "AAAA-MM-JJ HH:MM"']
    for key, what, whose in (("archived_at", "L’archive", "l’archive"), ("file_dated_at", "Le fichier", "le fichier")):
        if key in facts:
            moment = datetime.fromisoformat(facts[key])
            if moment > at:
                raise Refused(
                    f"{what} se dit du {french_at(moment)}, plus tard qu’aujourd’hui\u00a0: son heure n’est pas reprise.",
                    need,
                )
            return moment, [f"L’heure retenue est celle que {whose} se donne\u00a0: {french_at(moment)}."]
    raise Refused(
        f"« {name} » ne dit pas quand la page a été vue\u00a0: sans cela, il ne prouve rien d’aucun jour.", need
    )


def _told(store: Store, site: Site, page: Page, look: Look) -> Reading:
    """Return what the program reads in the page, once it goes with what the person says.

    Unreadable only where a person says what the page shows, with all that makes their word a reading.
    """
    kind = kind_of(page.body)
    reading: Reading = Unreadable("") if kind.seen_only else site.reading(page)
    if look.shows not in ("", NONE_SHOWN):
        if store.listing(look.shows).site != site.host:
            raise BadInput(f"--shows\u00a0: la fiche « {look.shows} » n’est pas du site {site.host}.")
        if isinstance(reading, SaysNone | Gone):
            raise BadInput(f"{page.url}\u00a0: la page dit qu’il n’y a personne, et --shows dit le contraire.")
    match reading:
        case Listings(items=items) if look.shows and look.shows not in [item.key for item in items]:
            shown = listed(tuple(item.key for item in items[:5]))
            raise BadInput(f"{page.url}\u00a0: la page montre {shown}, et --shows dit « {look.shows} ».")
        case Unreadable(reason=reason) if not look.shows:
            if kind.seen_only:
                raise BadInput(
                    f"{page.url}\u00a0: c’est {kind.label}, pas du texte\u00a0; dites ce que vous y voyez, "
                    "--shows CLÉ_DE_LA_FICHE ou --shows none."
                )
            raise BadInput(f"{page.url}\u00a0: {reason}")
    # With a witness it may count as an absence: then it is a visit, with its own hour, however often it is brought.
    absent = isinstance(reading, SaysNone | Gone) and bool(look.witness)
    if absent or isinstance(reading, Unreadable) or look.shows == NONE_SHOWN:
        _complete(look)
    return reading


def _complete(look: Look) -> None:
    """Raise Refused when a person's word lacks what makes it a reading: when, with what, and for an absence a witness."""
    lacks = []
    if look.seen_at is None:
        lacks.append('le moment de votre visite, à l’heure de Paris\u00a0: --seen-at "AAAA-MM-JJ HH:MM"')
    if not look.browser:
        lacks.append('votre navigateur et votre système\u00a0: --browser "Firefox 140, Windows 11"')
    if look.shows == NONE_SHOWN and not look.witness:
        lacks.append("une page voisine du même site, qui s’affichait à la même visite\u00a0: --witness URL")
    if lacks:
        raise Refused("Ce que vous avez vu ne peut pas encore compter comme une lecture.", lacks)


def _known(store: Store, host: str, body: str, url: str, day: date, facts: Mapping[str, Any], kept: bool) -> str | None:
    """Return the capture of the same bytes, page and day in which the person said the same; None when there is none.

    Empty: only counts were kept of the page, and they are there.
    """
    for row in store.captures_of(body, url, day):
        said = row.manifest.get("environment") or {}
        if all(said.get(key, "") == facts.get(key, "") for key in _LOOK):
            return row.id
    told = (body, day, True, "witness" in facts)
    counted = not kept and any(told == (r.body, r.day, r.human, r.canary) for r in store.readings(host, url))
    return "" if counted else None


# -- time-stamps ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Stamped:
    """What one round of time-stamping did. left: captures still without one; failure: why, in French, or empty."""

    tokens: tuple[TokenRow, ...]
    left: int
    failure: str


def stamp_due(store: Store, vault: Vault, stamper: Stamper) -> Stamped:
    """Ask for a time-stamp of every capture that has none yet, and keep its raw bytes; the rest is for the next round.

    What is stamped is the manifest, whose hash is the capture's name. When no authority answers, the round ends: it
    would be the same for the next capture.
    """
    done: list[TokenRow] = []
    due: Sequence[CaptureRow] = store.unstamped()
    for row in due:
        try:
            stamp = stamper.stamp(canonical(row.manifest))
        except Unreachable as error:
            return Stamped(tuple(done), len(due) - len(done), str(error))
        token = TokenRow(row.id, stamp.authority, vault.put(stamp.raw), stamp.status, stamp.at)
        with store.tx("capture.stamp"):
            store.add_token(token)
        done.append(token)
    return Stamped(tuple(done), 0, "")


# -- what leaves ------------------------------------------------------------------------------------------------------

COPY = "copie-masquee"
INDEX = "index-des-masquages"


@dataclass(frozen=True)
class Scissors:
    """What makes a masked copy: its HTML and its PDF (edge/mask), its picture, and a saved file's page (pages/container).

    picture: None without a browser.
    """

    html: Callable[[Page, Listing, Sequence[Listing], Sequence[str], Callable[[str], tuple[str, ...]]], Masked]
    pdf: Callable[..., bytes]
    picture: Callable[[bytes], bytes] | None
    unwrap: Callable[[Page], Page]


@dataclass(frozen=True)
class MaskedCopy:
    """A copy that may leave, ready to be written. notes: French sentences the person should read.

    listing: the key of the one it still tells about. case: its reference, or empty. files: by name, the index included.
    hidden: what was taken out, one French sentence each. flagged: what a second reading still sees of others, French
    nouns with their article; the copy then says that a person reads it before it leaves.
    """

    listing: str
    case: str
    files: Mapping[str, bytes]
    hidden: tuple[str, ...]
    notes: tuple[str, ...]
    flagged: tuple[str, ...] = ()


def masked_copy(
    store: Store,
    vault: Vault,
    sites: Sites,
    row: CaptureRow,
    tools: Scissors,
    *,
    keep: str,
    hide: Sequence[str],
    today: date,
) -> MaskedCopy:
    """Return a copy of a captured page in which only one listing is still told about; the vault stays as it is.

    keep: its key; empty: the only listing of the page that is in a case. hide: words that must go besides what
    concerns others and the practitioner's private addresses, which go by themselves.

    Raises BadInput when nobody said which listing to keep, when the page is none that can be masked, and when
    something to hide is still found in the copy: then there is no copy.
    """
    page = _kept_page(vault, row)
    listings = _listings_of(store, sites, row, page, hide)
    listing, cases = _chosen(store, row, listings, keep)
    others = [other for other in listings if other.key != listing.key]
    case = cases[-1].id if cases else ""
    files, notes = {}, []
    people = _about(store, listing.key, cases)
    words = (*hide, *_private(people))
    try:
        told, check = tools.unwrap(page), _check(store, listing, people)
        masked = tools.html(told, listing, others, words, check)
        # People of the roster stand in a page without a listing of theirs: in prose, in a list of neighbours.
        if more := _colleagues(store, listing, people, masked.text):
            masked = tools.html(told, listing, [*others, *more], words, check)
        files[f"{COPY}.html"] = masked.html
        files[f"{COPY}.pdf"] = tools.pdf(masked, day=today, reference=case)
        if tools.picture is None:
            notes.append("Sans photographie\u00a0: aucun navigateur n’est réglé ici.")
        else:
            files[f"{COPY}.png"] = tools.picture(masked.html)
    except Refused as refusal:
        found = "\u00a0; ".join(refusal.missing)
        raise BadInput(f"{refusal}{f' ({found})' if found else ''} Rien n’est écrit.") from refusal
    except Unreachable as error:
        notes.append(f"Sans photographie\u00a0: {error}")
    if masked.flagged:
        seen = listed(masked.flagged)
        notes.append(
            f"À relire avant l’envoi\u00a0: la copie paraît encore contenir {seen}. Pour l’ôter\u00a0: --hide TEXTE."
        )
    lines = tuple(hidden.sentence for hidden in masked.hidden)
    facts = {
        "capture": row.id,
        "captured_on": row.day.isoformat(),
        "original_sha256": masked.original,
        "listing": listing.key,
        "case": case,
        "made_on": today.isoformat(),
        "hidden": [
            {"what": hidden.what.value, "label": hidden.what.label, "why": hidden.what.why, "count": hidden.count}
            for hidden in masked.hidden
        ],
        "to_read": list(masked.flagged),
        "files": [
            {"name": name, "size": len(data), "sha256": sha256(data).hexdigest()} for name, data in files.items()
        ],
    }
    files[f"{INDEX}.txt"] = _index(facts, row, lines, today).encode()
    files[f"{INDEX}.json"] = json.dumps(facts, ensure_ascii=False, indent=2).encode() + b"\n"
    return MaskedCopy(listing.key, case, files, lines, tuple(notes), masked.flagged)


def _kept_page(vault: Vault, row: CaptureRow) -> Page:
    said = row.manifest
    headers = tuple((str(name), str(value)) for name, value in said["headers"])
    return Page(row.url, said["final_url"], said["status"], headers, vault.get(row.body), row.at)


def _listings_of(store: Store, sites: Sites, row: CaptureRow, page: Page, hide: Sequence[str]) -> tuple[Listing, ...]:
    """Return every listing of a captured page, those of strangers too, which the store does not keep."""
    reading = sites.for_url(row.url).reading(page)
    if isinstance(reading, Unreadable) and not hide:
        raise BadInput(
            f"Le programme ne sait pas lire cette page, ni donc qui d’autre y figure\u00a0: {reading.reason} "
            "Nommez ce qui doit être masqué, --hide TEXTE, autant de fois qu’il le faut."
        )
    items = reading.items if isinstance(reading, Listings) else ()
    read = {item.key for item in items}
    return (*items, *(store.listing(key) for key in store.capture_listings(row.id) if key not in read))


def cases_on(store: Store, row: CaptureRow) -> dict[str, list[CaseRow]]:
    """Return the listings of the capture's site that are in a case, by key, each with its cases, oldest first."""
    cases: dict[str, list[CaseRow]] = {}
    for case in store.cases():
        if case.platform == row.site:
            for key in dict.fromkeys(str(finding["listing"]) for finding in findings_of(store.facts(case.id))):
                cases.setdefault(key, []).append(case)
    return cases


def _chosen(
    store: Store, row: CaptureRow, listings: Sequence[Listing], keep: str
) -> tuple[Listing, tuple[CaseRow, ...]]:
    """Return the listing to keep, and the cases it is in, oldest first; BadInput, with a list, when it is not plain."""
    cases = cases_on(store, row)
    ours = [each for each in listings if each.key in cases]
    chosen = [each for each in listings if each.key == keep] if keep else ours
    if len(chosen) == 1:
        return chosen[0], tuple(cases.get(chosen[0].key, ()))
    if not listings:
        raise BadInput("Cette capture ne montre aucune fiche\u00a0: il n’y a rien à garder dans une copie masquée.")
    if keep:
        why, shown = f"--keep\u00a0: la page ne montre pas la fiche « {keep} ». Elle montre", listings
    elif ours:
        why, shown = "Plusieurs fiches de cette page sont dans un dossier. Dites laquelle garder, --keep FICHE", ours
    else:
        why, shown = "Aucune fiche de cette page n’est dans un dossier. Dites laquelle garder, --keep FICHE", listings
    named = [one_line(f"{each.name} ({each.key})") for each in shown[:20]]
    more = [f"{len(shown) - 20} autres"] if len(shown) > 20 else []
    raise BadInput(f"{why}\u00a0: {listed((*named, *more))}.")


def _about(store: Store, listing: str, cases: Sequence[CaseRow]) -> tuple[Practitioner, ...]:
    """Return whom a listing is about: the people of its cases, or those it was compared with."""
    people = {case.practitioner for case in cases}
    if not cases:
        people = {match.practitioner for match, _ in store.matches() if match.listing == listing}
    return tuple(store.practitioner(who) for who in sorted(people))


def _roster_in(store: Store, people: Sequence[Practitioner], text: str) -> tuple[Practitioner, ...]:
    """Return the people of the roster whom a text might name or reach, without those it is about."""
    words, contacts = clues(text)
    ours = {person.id for person in people}
    found = store.people_by(words, contacts, but=people[0].id if people else "")
    return tuple(person for person in found if person.id not in ours)


def _colleagues(store: Store, keep: Listing, people: Sequence[Practitioner], text: str) -> tuple[Listing, ...]:
    """Return the other people of the roster whom a page does name or reach, each as if it had a listing of theirs."""
    said, numbers = f" {fold(text)} ", set(clues(text)[1])
    mine = sorted(fold(keep.name).split())
    found = []
    for person in _roster_in(store, people, text):
        reached = (person.mobile, person.email, *(phone for at in person.practices for phone in at.phones))
        names = [(fold(person.first_name), fold(family)) for family in person.family_names if person.first_name]
        named = any(
            f" {first} {family} " in said or f" {family} {first} " in said or f" {first[:1]} {family} " in said
            for first, family in names
        )
        seen = any(each and (each in numbers or re.sub(r"\D", "", each)[-9:] in numbers) for each in reached)
        # Who has the name of the listing is not told from it by that name.
        if not (named or seen) or any(sorted(f"{first} {family}".split()) == mine for first, family in names):
            continue
        places = tuple(Place(at.street, at.postcode, at.town, tuple(at.phones)) for at in person.practices)
        phones = (person.mobile,) if person.mobile else ()
        found += [
            Listing(
                site=keep.site,
                id=f"{person.id} {family}",
                url=keep.url,
                name=f"{person.first_name} {family.upper()}",
                places=places,
                phones=phones,
                email=person.email,
                rpps=person.rpps or "",
            )
            for family in person.family_names
        ]
    return tuple(found)


def _check(store: Store, keep: Listing, people: Sequence[Practitioner]) -> Callable[[str], tuple[str, ...]]:
    """Return what tells of a text which sorts of things it still says of others, read like any paper that came in."""
    open_ = [at for person in people for at in person.practices if not at.private]
    numbers = dict.fromkeys(person.rpps for person in people if person.rpps)
    known = Known(
        rpps=keep.rpps or next(iter(numbers), ""),
        names=(keep.name, *(f"{p.first_name} {family}" for p in people for family in p.family_names)),
        addresses=tuple(each for each in (keep.site, keep.email) if each),
        texts=(
            keep.email, *keep.phones,
            *(line for at in keep.places for line in (f"{at.street} {at.postcode} {at.town}", *at.phones)),
            *(f"{at.street} {at.postcode} {at.town}" for at in open_),
        ),
    )  # fmt: skip

    def check(text: str) -> tuple[str, ...]:
        # A site's premium number is its own, and nobody's home.
        premium = _PREMIUM.findall(text)
        return of_others(text, replace(known, texts=(*known.texts, *premium)), _roster_in(store, people, text))

    return check


_PREMIUM = re.compile(r"(?<![\w+])(?:\+33[ \u00a0.]?|0)8(?:[ \u00a0.]?\d){8}(?!\w)")


def _private(people: Sequence[Practitioner]) -> tuple[str, ...]:
    """Return the street and the numbers of each address that is also the home of whom the listing is about."""
    private = [practice for person in people for practice in person.practices if practice.private]
    words = [word for practice in private for word in (practice.street, *practice.phones)]
    # A street of one or two letters cannot be looked for without taking half the page.
    return tuple(dict.fromkeys(word for word in words if sum(map(str.isalnum, word)) > 2))


def _index(facts: Mapping[str, Any], row: CaptureRow, lines: Sequence[str], today: date) -> str:
    """Return the index for people: what was taken out and why, never the thing itself."""
    said = [
        "INDEX DES MASQUAGES",
        "",
        f"Copie masquée de la capture {row.id}, du {french_day(row.day)}.",
        f"Original : SHA-256 {facts['original_sha256']}, conservé sous scellé, inchangé.",
        f"Fiche restée lisible : {one_line(facts['listing'])}",
        *([f"Dossier {facts['case']}"] if facts["case"] else []),
        f"Copie faite le {french_day(today)}.",
        "",
        "CE QUI A ÉTÉ RETIRÉ, ET POURQUOI",
        *(f"– {line}" for line in lines or ("Rien.",)),
        *(("", "À RELIRE AVANT L’ENVOI", *(f"– {each}" for each in facts["to_read"])) if facts["to_read"] else ()),
        "",
        "FICHIERS (SHA-256)",
    ]
    text = "".join(typography(line, narrow=False) + "\n" for line in said)
    return text + "".join(f"{file['sha256']}  {file['name']}\n" for file in facts["files"])
