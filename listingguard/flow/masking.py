"""A captured page -> its masked copy, which may leave: one listing still told about, everybody else taken out.

Writes nothing: the vault stays as it is, and the copy is made again whenever it is needed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from listingguard.domain.capture import one_line
from listingguard.domain.case import findings_of
from listingguard.domain.french import french_day, listed, typography
from listingguard.domain.letter.privacy import clues
from listingguard.domain.listing import Listing, Listings, Page, Place, Unreadable
from listingguard.domain.names import fold
from listingguard.domain.practitioner import Practitioner
from listingguard.domain.record import CaptureRow, CaseRow
from listingguard.domain.third_party import Known, notice_lines, of_others
from listingguard.errors import BadInput, Refused, Unreachable

if TYPE_CHECKING:
    from listingguard.edge.mask import Masked
    from listingguard.edge.sheet import Laid
    from listingguard.edge.store import Store
    from listingguard.edge.vault import Vault
    from listingguard.sites import Sites

COPY = "copie-masquee"
INDEX = "index-des-masquages"


@dataclass(frozen=True)
class Scissors:
    """What makes a masked copy: its HTML and its paper (edge/mask), its picture, and a saved file's page (pages/container).

    still_told: what a second reading of both still sees of others. picture: None without a browser. site: what is the
    platform's own on its pages, its controller's name, address, phones and mailboxes: no third party.
    """

    html: Callable[..., Masked]
    paper: Callable[..., Laid]
    still_told: Callable[[Masked, bytes], tuple[str, ...]]
    picture: Callable[[bytes], bytes] | None
    unwrap: Callable[[Page], Page]
    site: Known


@dataclass(frozen=True)
class MaskedCopy:
    """A copy that may leave, ready to be written. notes: French sentences the person should read.

    listing: the key of the one it still tells about. case: its reference, or empty. files: by name, the index included.
    hidden: what was taken out, one French sentence each. flagged: what a second reading still sees of others, French
    nouns with their article; the copy then says that a person reads it before it leaves. paper: the copy laid out, None where
    nobody asked for it. shows: the listing as this very capture shows it.
    """

    listing: str
    case: str
    files: Mapping[str, bytes]
    hidden: tuple[str, ...]
    notes: tuple[str, ...]
    paper: Laid | None
    shows: Listing
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
    laid: bool = True,
) -> MaskedCopy:
    """Return a copy of a captured page in which only one listing is still told about; the vault stays as it is.

    keep: its key; empty: the only listing of the page that is in a case. hide: words that must go besides what
    concerns others and the practitioner's private addresses, which go by themselves. laid: whether to lay it out as well,
    and to read that again.

    Raises BadInput when nobody said which listing to keep, when the page is none that can be masked, and when
    something to hide is still found in the copy: then there is no copy.
    """
    page = _kept_page(vault, row)
    read = _read_in(store, sites, row, page, hide)
    keys = {item.key for item in read}
    listings = (*read, *(store.listing(key) for key in store.capture_listings(row.id) if key not in keys))
    listing, cases = _chosen(store, row, listings, keep)
    others = [other for other in listings if other.key != listing.key]
    case = cases[-1].id if cases else ""
    files, notes = {}, []
    people = _about(store, listing.key, cases)
    words = (*hide, *_private(people))
    html = partial(tools.html, original=row.body, read=listing.key in keys)
    try:
        told, known = tools.unwrap(page), _tellable(listing, people, tools.site)
        check = partial(_still_told, store, known, people)
        masked = html(told, listing, others, words, check, known.texts)
        # People of the roster stand in a page without a listing of theirs: in prose, in a list of neighbours.
        if more := _colleagues(store, listing, people, masked.text):
            masked = html(told, listing, [*others, *more], words, check, known.texts)
        files[f"{COPY}.html"] = masked.html
        paper, flagged = None, masked.flagged
        if laid:
            paper = tools.paper(masked, day=today, reference=case)
            files[f"{COPY}.pdf"] = paper.pdf
            flagged = tools.still_told(masked, paper.pdf)
        if tools.picture is None:
            notes.append("Sans photographie\u00a0: aucun navigateur n’est réglé ici.")
        else:
            files[f"{COPY}.png"] = tools.picture(masked.html)
    except Refused as refusal:
        found = "\u00a0; ".join(refusal.missing)
        raise BadInput(f"{refusal}{f' ({found})' if found else ''} Rien n’est écrit.") from refusal
    except Unreachable as error:
        notes.append(f"Sans photographie\u00a0: {error}")
    if flagged:
        seen = listed(flagged)
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
        "to_read": list(flagged),
        "files": [
            {"name": name, "size": len(data), "sha256": sha256(data).hexdigest()} for name, data in files.items()
        ],
    }
    files[f"{INDEX}.txt"] = _index(facts, row, lines, today).encode()
    files[f"{INDEX}.json"] = json.dumps(facts, ensure_ascii=False, indent=2).encode() + b"\n"
    return MaskedCopy(listing.key, case, files, lines, tuple(notes), paper, listing, flagged)


def _kept_page(vault: Vault, row: CaptureRow) -> Page:
    said = row.manifest
    headers = tuple((str(name), str(value)) for name, value in said["headers"])
    return Page(row.url, said["final_url"], said["status"], headers, vault.get(row.body), row.at)


def _read_in(store: Store, sites: Sites, row: CaptureRow, page: Page, hide: Sequence[str]) -> tuple[Listing, ...]:
    """Return every listing that a captured page itself shows, those of strangers too, which the store does not keep."""
    reading = sites.for_url(row.url).reading(page)
    if isinstance(reading, Unreadable) and not hide:
        raise BadInput(
            f"Le programme ne sait pas lire cette page, ni donc qui d’autre y figure\u00a0: {reading.reason} "
            "Nommez ce qui doit être masqué, --hide TEXTE, autant de fois qu’il le faut."
        )
    return tuple(store.met_again(reading.items)) if isinstance(reading, Listings) else ()


def cases_on(store: Store, row: CaptureRow, keys: Iterable[str]) -> dict[str, list[CaseRow]]:
    """Return those of some listings that are in a case of the capture's site, by key, each with its cases, oldest first."""
    cases: dict[str, list[CaseRow]] = {}
    for key in dict.fromkeys(keys):
        for case in map(store.case, store.naming(key)):
            if case.platform == row.site and any(f["listing"] == key for f in findings_of(store.facts(case.id))):
                cases.setdefault(key, []).append(case)
    return cases


def _chosen(
    store: Store, row: CaptureRow, listings: Sequence[Listing], keep: str
) -> tuple[Listing, tuple[CaseRow, ...]]:
    """Return the listing to keep, and the cases it is in, oldest first; BadInput, with a list, when it is not plain."""
    cases = cases_on(store, row, (each.key for each in listings))
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
        names, first = tuple(person.called(fold)), fold(person.first_name)
        initials = (f"{first[:1]} {fold(family)}" for family in person.family_names if first)
        named = any(f" {name} " in said for name in (*names, *initials))
        seen = any(each and (each in numbers or re.sub(r"\D", "", each)[-9:] in numbers) for each in reached)
        # Who has the name of the listing is not told from it by that name.
        if not (named or seen) or any(sorted(name.split()) == mine for name in names):
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


def _tellable(keep: Listing, people: Sequence[Practitioner], site: Known) -> Known:
    """Return what a copy of a page about `keep` may tell: what is the person's, and what is the platform's."""
    numbers = dict.fromkeys(person.rpps for person in people if person.rpps)
    open_ = [at for person in people for at in person.practices if not at.private]
    return Known(
        rpps=keep.rpps or next(iter(numbers), ""),
        names=(keep.name, *(f"{p.first_name} {family}" for p in people for family in p.family_names), *site.names),
        addresses=(*(each for each in (keep.site, keep.email) if each), *site.addresses),
        texts=(
            keep.email, *keep.phones,
            *(line for at in keep.places for line in (f"{at.street} {at.postcode} {at.town}", *at.phones)),
            *(line for at in open_ for line in (f"{at.street} {at.postcode} {at.town}", *at.phones)),
            *site.texts,
        ),
    )  # fmt: skip


def _still_told(store: Store, known: Known, people: Sequence[Practitioner], text: str) -> tuple[str, ...]:
    """Return which sorts of things a copy still says of others, read like any paper that came in."""
    # A site's premium number is its own, and nobody's home; so is what it says of itself in its legal notice.
    own = (notice_lines(text), *_PREMIUM.findall(text))
    return of_others(text, replace(known, texts=(*known.texts, *own)), _roster_in(store, people, text))


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
        f"Original : SHA-256 {facts['original_sha256']}, conservé, inchangé, non communiqué.",
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
    text = typography("\n".join((*said, "")), narrow=False)
    return text + "".join(f"{file['sha256']}  {file['name']}\n" for file in facts["files"])
