"""In which part of the dossier a paper goes, and why: what tells of a home, or of anybody else, is for the CNIL alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from listingguard.domain.case import EventKind, effective
from listingguard.domain.case import Fact as CaseFact
from listingguard.domain.incoming import speaks_for
from listingguard.domain.letter.privacy import clues
from listingguard.domain.names import fold
from listingguard.domain.pack import (
    PLACES,
    PRIVATE_WHY,
    READ,
    UNREAD_WHY,
    UNREADABLE_WHY,
    Place,
    Role,
    lawyer_of,
    others_why,
    placed,
)
from listingguard.domain.practitioner import Practitioner
from listingguard.domain.record import CaseRow
from listingguard.domain.third_party import Known, of_others
from listingguard.flow.complain.papers import keys_of, suffix_of, written_by
from listingguard.flow.complain.writer import Leaving, Writer

if TYPE_CHECKING:
    from listingguard.edge.store import Store
    from listingguard.edge.vault import Vault


class Placing:
    """Where the papers of one case go. writer: the one given, without the sender's address where it is a home."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        writer: Writer,
        record: Mapping[str, Any],
        case: CaseRow,
        person: Practitioner,
        raw_facts: Sequence[CaseFact],
    ) -> None:
        self.store, self.vault, self.writer, self.record = store, vault, writer, record
        self.case, self.person = case, person
        self.raw_facts, self.facts = raw_facts, effective(raw_facts)
        self.private = _private_words(person)
        self.placed = placed(self.facts)
        if _tells(" ".join(writer.sender.lines), self.private):
            # Who works at home has no other address: it stands in the confidential part alone.
            lines = ("Adresse : voir la partie confidentielle du dossier",)
            self.writer = replace(writer, sender=replace(writer.sender, lines=lines))

    def of_paper(self, role: Role, data: bytes) -> tuple[Place, str]:
        """Return the part of a document and why it is not the communicable one; what others wrote is read for it.

        A home is never shown. Everything else a person may decide otherwise, who has read it (law page, parts 4 and 6).
        """
        place, why = PLACES[role]
        if place is not Place.COMMUNICABLE:
            return place, why
        suffix = suffix_of(data)
        words, whole = self.writer.words_within(suffix, data, self._dress_of(data))
        plain = words if whole else None
        if suffix == ".eml":
            # Its headers as well, and not its pictures; of any other file, the words within are its text.
            plain = self.writer.text_of(suffix, data)
        if self.private and _tells(f"{words} {plain or ''}", self.private):
            return Place.CONFIDENTIAL, PRIVATE_WHY
        said = self.placed.get(sha256(data).hexdigest())
        if said is not None:
            return said[0], said[1] and f"Une personne l’a décidé : {said[1]}"
        if self.private and plain is None:
            return Place.CONFIDENTIAL, UNREADABLE_WHY
        if role not in READ:
            return place, why
        # A scanned slip of the post is the heart of the proof, and whoever entered it has it before their eyes.
        if not whole and role is not Role.PROOF:
            return Place.CONFIDENTIAL, UNREAD_WHY
        # Who wrote a paper that a person took for the platform's is the platform; the person herself may have sent it on.
        by = written_by(data)
        found = self.of_others(words, (by,) if by and by != self.person.email.lower() else ())
        return (Place.CONFIDENTIAL, others_why(found)) if found else (place, why)

    def of_copy(self, leaving: Leaving) -> tuple[Place, str]:
        """Return the part of a masked copy and why: for the CNIL alone where something of others may be left in it.

        A person who read that very copy may decide otherwise.
        """
        said = self.placed.get(sha256(leaving.html or b"").hexdigest())
        if said is not None:
            return said[0], said[1] and f"Une personne l’a décidé : {said[1]}"
        return (Place.CONFIDENTIAL, others_why(leaving.flagged)) if leaving.flagged else PLACES[Role.COPY]

    def _dress_of(self, data: bytes) -> frozenset[str]:
        """Return the pictures that other messages of the sender of a mail show: its house's dress, where this one has them too."""
        by, sha = written_by(data), sha256(data).hexdigest()
        found = (shown for other, (who, shown) in self._pictures.items() if other != sha and speaks_for(who, (by,)))
        return frozenset().union(*found) if by else frozenset()

    @cached_property
    def _pictures(self) -> dict[str, tuple[str, frozenset[str]]]:
        """Return, by SHA-256, the sender and the pictures of each mail of the case."""
        papers = dict.fromkeys((*(f.proof for f in self.facts), *(r.sha256 for r in self.store.replies(self.case.id))))
        kept = {sha: self.vault.get(sha) for sha in papers if sha and self.vault.has(sha)}
        return {
            sha: (written_by(data), self.writer.shown_in(data))
            for sha, data in kept.items()
            if suffix_of(data) == ".eml"
        }

    def of_others(self, words: str, also: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Return what words tell of anybody but the person, the sender and the platform, as sorts of things.

        also: more addresses that are the platform's.
        """
        spoken, contacts = clues(words)
        _, ours = clues(f"{self.writer.sender.phone} ; {self.writer.sender.email} ; {self.person.rpps or ''}")
        wanted = [each for each in contacts if each not in ours]
        known = replace(self._known, addresses=(*self._known.addresses, *also))
        return of_others(words, known, self.store.people_by(spoken, wanted, but=self.person.id))

    @cached_property
    def _known(self) -> Known:
        """Return what the platform knows of the case already: what it was written, what it shows, who writes to it."""
        person, sender, record = self.person, self.writer.sender, self.record
        sent = self.store.dispatches(self.case.id)
        lawyer = lawyer_of(self.raw_facts)
        open_ = [p for p in person.practices if not p.private]
        texts = [
            *sender.lines, sender.name, sender.phone, sender.email, self.writer.signatory, lawyer.get("email", ""),
            *(line for p in open_ for line in (p.name, f"{p.street} {p.postcode} {p.town}", *p.phones)),
            *(str(value) for value in record.values() if isinstance(value, str)),
            f"{record.get('street', '')} {record.get('postcode', '')} {record.get('town', '')}",
            *(self._letter(row.text, row.pdf) for row in self.store.letters(self.case.id)),
            *(self._letter(str(f.data.get("letter", ""))) for f in self.facts if f.kind is EventKind.PRIOR_REQUEST_RECORDED),
        ]  # fmt: skip
        for key in keys_of(self.raw_facts):
            listing = self.store.listing(key)
            texts += [listing.email, *listing.phones, *(phone for at in listing.places for phone in at.phones)]
            texts += [f"{at.street} {at.postcode} {at.town}" for at in listing.places]
        first = (person.first_name, *person.other_first_names)
        return Known(
            rpps=person.rpps or "",
            names=(
                *(f"{each} {family}" for each in first for family in person.family_names),
                sender.name, self.writer.signatory, lawyer.get("name", ""), str(record.get("name", "")),
                *(officer.name for officer in self.store.officers()), *(fact.actor for fact in self.facts),
            ),
            addresses=(
                *(address for row in sent for address in (row.sender, row.recipient) if address), sender.email,
                *self.store.controller_domains(self.case.controller), self.case.platform,
                *(str(value) for value in record.values() if isinstance(value, str) and "@" in value),
            ),
            texts=tuple(text for text in texts if text),
        )  # fmt: skip

    def _letter(self, *papers: str) -> str:
        kept = (self.vault.get(sha) for sha in papers if sha and self.vault.has(sha))
        return "\n".join(self.writer.words_within(suffix_of(data), data)[0] for data in kept)


def _private_words(person: Practitioner) -> tuple[str, ...]:
    """Return the streets and numbers that are a person's own: of a practice that is also the home, and the mobile."""
    private = [p for p in person.practices if p.private]
    words = [word for p in private for word in (p.street, *p.phones)]
    return tuple(dict.fromkeys(word for word in (*words, person.mobile) if sum(map(str.isalnum, word)) > 2))


def _tells(text: str, words: Sequence[str]) -> bool:
    """Return True when a text tells one of the words, however it writes it."""
    plain, digits = f" {fold(text)} ", "".join(filter(str.isdigit, text))
    for word in words:
        number = "".join(filter(str.isdigit, word))
        if word.lstrip("+").replace(" ", "").isdigit() and len(number) >= 9:
            if number[-9:] in digits:
                return True
        elif f" {fold(word)} " in plain:
            return True
    return False
