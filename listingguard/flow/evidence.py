"""A person's files -> readings and captures; captures -> time-stamps.

Order of every import: the file's bytes and all that goes with them are synced into the vault, then one unit commits the
reading and the capture. Time-stamps are asked for outside any unit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from email.parser import BytesHeaderParser
from email.utils import parsedate_to_datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Never
from urllib.parse import urldefrag, urlsplit

from listingguard.domain.capture import NONE_SHOWN, Kind, Origin, TokenRow, basis_for, kind_of, one_line
from listingguard.domain.case import Acting, State
from listingguard.domain.coverage import import_command
from listingguard.domain.event import canonical
from listingguard.domain.french import PARIS, french_at, listed, plural
from listingguard.domain.listing import (
    Gone,
    Listing,
    Listings,
    Outcome,
    Page,
    Reading,
    SaysNone,
    Unreadable,
    canonical_url,
    outcome,
)
from listingguard.domain.matching import Match
from listingguard.domain.matching.matcher import Matcher, kept_matches
from listingguard.domain.names import fold
from listingguard.domain.permission import may_look_for
from listingguard.domain.practitioner import Practitioner, Watch
from listingguard.domain.record import CaptureRow, ReadingRow
from listingguard.errors import BadInput, Refused, Unreachable

if TYPE_CHECKING:
    from listingguard.edge.evidence import Evidence
    from listingguard.edge.stamp import Stamper
    from listingguard.edge.store import Store
    from listingguard.edge.vault import Vault
    from listingguard.sites import Site, Sites

_Kept = tuple[Listing, tuple[tuple[Match, str], ...]]

_LOOK = ("seen_at", "browser", "witness", "shows", "about")


@dataclass(frozen=True)
class Saved:
    """A file that a person brings, and the address they say it is from; `saved_at` is the file's own date, UTC.

    command: the one they brought it with, to which more may be added; empty: see `import_command`.
    """

    data: bytes
    url: str
    name: str
    content_type: str = ""
    saved_at: datetime | None = None
    command: str = ""


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
    a reading, that is counts and a hash, unless its text names somebody we look for, or its address is that of a
    listing we know: then a person has to say whether it is about them. elsewhere: gives the address a saved page names for itself when that is
    another page, else "". at: now; machine_at: now by the machine's clock. The day is that of the visit.

    Raises BadInput when nothing can be read and nobody says what the file shows, or when file and person contradict
    each other; Refused, naming what is missing, when nobody says when the page was seen, when a person's word lacks
    what makes it a reading, or when a page that names somebody we look for lists them nowhere.
    """
    saved = replace(saved, url=canonical_url(saved.url))
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
    words = site.words(page) if items else ""
    ours = _about_wanted(site, people, wanted, items, look, saved.url, words)
    shown = tuple(item.key for item, _ in ours)
    if count and not by_word:
        unlisted = _unlisted(store, site, words, people, wanted, items, ours, saved.url, today)
        if look.about and not shown:
            ours, shown = _by_about(store, site, page, people, look.about, saved.url, words)
        elif not shown and unlisted:
            _refuse_unlisted(saved, unlisted)
        notes += [each.note for each in unlisted if each.who != look.about]
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
    words: str,
) -> list[_Kept]:
    """Return the listings that may be about somebody we may look for, each with its matches; that of the page itself too
    when a person says whom it is about."""
    matcher, own, found = Matcher(tuple(people.values())), site.profile_id(url), []
    person = people[look.about] if look.about else None
    # Whom the page names elsewhere is not its only listing, unless that bears their name.
    elsewhere = person is not None and _named_in(words, person)
    for item in items:
        matches = kept_matches(matcher, people, item)
        said = False
        if person is not None:
            theirs = not set(fold(item.name).split()).isdisjoint(fold(" ".join(person.family_names)).split())
            said = (
                item.id == own
                or (len(items) == 1 and (theirs or not elsewhere))
                or fold(item.name) in person.called(fold)
            )
        if said or any(match.practitioner in wanted for match, _ in matches):
            found.append((item, matches))
    return found


def _named_in(words: str, person: Practitioner) -> bool:
    """Return True when a page's words, folded, name the person in full."""
    return any(f" {name} " in words for name in person.called(fold))


@dataclass(frozen=True)
class _Unlisted:
    """Somebody whom a page names, or whose listing it used to show, and who is none of those listed on it today.

    named: the page's text names them. case: their open case on that platform, or empty.
    """

    who: str
    name: str
    named: bool
    case: str

    @property
    def called(self) -> str:
        return f"{self.name}{f' (dossier {self.case})' if self.case else ''}"

    @property
    def note(self) -> str:
        said = "nomme aussi" if self.named else "est aussi à l’adresse de la fiche de"
        return (
            f"Cette page {said} {self.called}, sans fiche que le programme reconnaisse\u00a0: rien n’en est gardé pour "
            f"cette personne, et ce n’est pas compté comme un retrait. Si la page la concerne, la même commande avec "
            f"--about {self.who}"
        )


def _unlisted(
    store: Store,
    site: Site,
    words: str,
    people: Mapping[str, Practitioner],
    wanted: Collection[str],
    items: Sequence[Listing],
    ours: Sequence[_Kept],
    url: str,
    today: date,
) -> tuple[_Unlisted, ...]:
    """Return whom the page names without listing them, and whose known listing was at its address; named first.

    Whom it lists under their name was compared, and is somebody else: that is only asked about where a case is open.
    """
    listed_names = {fold(item.name) for item in items}
    named = {who for who in wanted if _named_in(words, people[who])}
    here = {who for who, known in store.matched_pages(site.host) if canonical_url(known) == url}
    shown = {match.practitioner for _, matches in ours for match, _ in matches}
    result = []
    for who in (*sorted(named - shown), *sorted(here - named - shown)):
        if who not in people:
            continue
        open_ = [case.id for case in store.cases(practitioner=who) if case.platform == site.host]
        open_ = [case for case in open_ if store.status(case, today).state is not State.CLOSED]
        if open_ or who in here or listed_names.isdisjoint(people[who].called(fold)):
            result.append(_Unlisted(who, people[who].full_name, who in named, open_[-1] if open_ else ""))
    return tuple(result)


def _refuse_unlisted(saved: Saved, unlisted: Sequence[_Unlisted]) -> Never:
    """Raise Refused, with the command that keeps the page about each of them."""
    command = saved.command or import_command(saved.url)
    named = [each for each in unlisted if each.named]
    called = listed(tuple(each.called for each in (named or unlisted)[:5]))
    if named:
        said, only = f"nomme {called}", "le programme n’y a reconnu aucune fiche de cette personne"
        if len(named) > 1:
            only = "le programme n’y a reconnu aucune fiche de ces personnes"
    else:
        said, only = (
            f"est à l’adresse d’une fiche déjà relevée, celle de {called}",
            "le programme n’y a lu que d’autres personnes",
        )
    raise Refused(
        f"La page {saved.url} {said}, mais {only} : rien n’est gardé, et ce n’est pas compté comme un retrait.",
        [
            *(f"si la page concerne {each.name} : {command} --about {each.who}" for each in unlisted[:5]),
            *(
                []
                if named
                else [
                    "si sa fiche n’y est plus, ce que vous voyez, en image : "
                    f"{import_command(saved.url).replace('FICHIER', 'ECRAN.png')} --shows none --browser TEXTE --witness URL"
                ]
            ),
            "si elle ne concerne aucune personne suivie, il n’y a rien à faire",
        ],
    )


def _by_about(
    store: Store,
    site: Site,
    page: Page,
    people: Mapping[str, Practitioner],
    who: str,
    url: str,
    words: str,
) -> tuple[list[_Kept], tuple[str, ...]]:
    """Return what to keep of a page whose listings are not this person's, on the word of whoever brings it.

    Their listing known at that address stays as it was read best; else the name in the page's text makes one. Refused
    when there is neither.
    """
    person = people[who]
    theirs = {match.listing for match, _ in store.matches() if match.practitioner == who}
    if known := [key for key in sorted(theirs) if canonical_url(store.listing(key).url) == url]:
        return [], tuple(known)
    if _named_in(words, person):
        (item,) = store.met_again([site.named(page, person.full_name)])
        return [(item, kept_matches(Matcher(tuple(people.values())), people, item))], (item.key,)
    raise Refused(
        f"--about : ni le nom de {person.full_name} ni une fiche déjà relevée à son sujet ne se trouve à l’adresse {url} : rien "
        "n’est gardé.",
        ["la page où ce nom se lit, à son adresse exacte"],
    )


def _left_out(count: int, kept: int) -> list[str]:
    """Return what to tell of the listings of which nothing is kept."""
    if count == kept:
        return []
    if not kept:
        return [
            "Il n’en reste qu’un compte et une empreinte, sans aucun nom. Si l’une de ces fiches est celle d’une personne "
            "que vous suivez et que le programme ne reconnaît pas\u00a0: la même commande avec --about et son RPPS."
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
    if isinstance(reading, Listings):
        reading = replace(reading, items=store.met_again(reading.items))
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
