"""One case written up for the CNIL: every sentence of the complaint from a fact, with what that fact is worth."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

from listingguard.domain.capture import moment_known
from listingguard.domain.case import PRESUMED_AFTER_DAYS, REPLIES, EventKind, effective
from listingguard.domain.case import Fact as CaseFact
from listingguard.domain.deadline import Basis, Deadline, DeadlineKind, deadline
from listingguard.domain.deadline import later as latest_of
from listingguard.domain.explain import at_latest, calendar_used, holidays_used, receipt_proof, worked_from
from listingguard.domain.french import french_day, listed
from listingguard.domain.grounds import ground_lines
from listingguard.domain.letter import (
    CNIL,
    Answer,
    ChronologyLine,
    ComplaintFields,
    ControllerIdentity,
    Fact,
    Kind,
    ListedPage,
    Reckoning,
    Standing,
)
from listingguard.domain.letter.own_words import inside_quotes, quoted, whole
from listingguard.domain.names import fold
from listingguard.domain.next_step import seen_by_another
from listingguard.domain.record import CaptureRow
from listingguard.domain.service import ProofType
from listingguard.flow.complain.exhibits import Gathered, days_absent
from listingguard.flow.complain.papers import keys_of, sent_by_hand_on, suffix_of, withheld

NO_PROCEEDINGS = "La personne concernée déclare qu’aucune procédure judiciaire portant sur ces faits n’est en cours."

NO_CONTRACT = (
    "« À ma connaissance, je n’ai ni souscrit d’offre, ni créé, revendiqué ou modifié de fiche, ni chargé un tiers de le "
    "faire. »"
)
"""What a person may say of contracts, word for word as they are asked."""

CONFIRMED = "La personne concernée déclare que cette fiche la désigne et n’avoir donné aucun accord à la plateforme."

TOLD = frozenset(
    {
        EventKind.REQUEST_SENT,
        EventKind.PRIOR_REQUEST_RECORDED,
        EventKind.RECEIPT_PRESUMED,
        EventKind.RECEIVED,
        EventKind.ACKNOWLEDGED,
        EventKind.BOUNCED,
        EventKind.REFUSED_DELIVERY,
        EventKind.UNCLAIMED,
        EventKind.NOT_AT_ADDRESS,
        EventKind.ID_SUPPLIED,
        EventKind.CLAIM_DISPROVED,
        EventKind.LISTING_CONFIRMED_BY_KINE,
        EventKind.MANDATE_SIGNED,
        EventKind.DISPATCH_FAILED,
        EventKind.DECLARATION_SIGNED,
        EventKind.AGREEMENT_FOUND,
        EventKind.WITHDRAWN,
        EventKind.ERASED_VERIFIED,
    }
    | REPLIES
)
"""The evidential events: those whose content goes into the pack. Others keep their place in the chain, unread."""


_DECISIVE = {
    EventKind.REFUSAL: Answer.REFUSED,
    EventKind.PARTIAL: Answer.PARTIAL,
    EventKind.CLAIM_DISPROVED: Answer.DISPROVED,
}


class CaseFile(Gathered):
    """One case being written up: its exhibits, and every sentence from a fact."""

    def complaint(self, codes: frozenset[str], proceedings: str) -> ComplaintFields:
        """Return the complaint, every line from a fact. codes: the grounds a person ticked.

        proceedings: what was said here of pending ones, « aucune » or a sentence; empty: as the person declared.
        """
        person = self.person
        sendings = self._sendings()
        answer, answer_fact = self._answer()
        proven = self.clock.basis is Basis.PROVEN
        receipt = self._receipt_fact(proven)
        lines = (
            self.record.get("street", ""),
            f"{self.record.get('postcode', '')} {self.record.get('town', '')}".strip(),
        )
        before, after = self._pages()
        first, legal, favourable = self._legal()
        left = [self.left(each) for each in sendings]
        sent = Standing.ESTABLISHED if Standing.ESTABLISHED in [worth for worth, _ in left] else left[0][0]
        sent_exhibits = {number for _, numbers in left for number in numbers}
        received = receipt is not None and proven and self._arrived(receipt)
        presumed = next((f for f in self.facts if f.kind is EventKind.RECEIPT_PRESUMED), None) if first else None
        heard = self._declaration("no_answer")
        pending, pending_exhibits = self._proceedings(proceedings)
        these = {str(each.data.get("dispatch", "")) for each in sendings}
        letters = {number for number, dispatches in self.requests.items() if dispatches & these} or set(self.requests)
        return ComplaintFields(
            reference=self.case.id,
            day=self.today,
            place=self.writer.place,
            sender=self.writer.sender,
            addressee=CNIL,
            practitioner_name=person.full_name,
            civility=person.civility,
            rpps=person.rpps or "",
            represented=self.mandate is not None,
            mandate_day=self.mandate.since if self.mandate else None,
            mandate_exhibits=self.mandate_exhibits,
            platform_name=self.platform,
            controller=ControllerIdentity(
                str(self.record.get("name", "")),
                str(self.record.get("legal_form", "")),
                str(self.record.get("siren", "")).replace(" ", ""),
                tuple(str(line) for line in lines if line),
            ),
            controller_exhibits=tuple(dict.fromkeys(self.notice_exhibits)),
            pages=before,
            still_shown=after,
            absent_on=tuple(sorted(self.absent)),
            absent_exhibits=tuple(sorted({n for numbers in self.absent.values() for n in numbers})),
            announced=self._announced(),
            facts=(*self._earlier(), *self._declared()),
            request_day=self.now.sent_on or sendings[0].day,
            request_channel=" et par ".join(dict.fromkeys(_channel(each) for each in sendings)),
            request_exhibits=tuple(sorted({*letters, *sent_exhibits})),
            request_standing=sent,
            receipt_day=self.clock.receipt,
            receipt_proven=proven,
            receipt_basis=self._receipt_basis(receipt, proven),
            receipt_at_latest=self._at_latest,
            receipt_standing=Standing.ESTABLISHED if received else self.said,
            receipt_exhibits=self._receipt_exhibits(receipt, proven),
            first_reckoning=first,
            presumed_day=self.clock.presumed_receipt if first else None,
            presumed_basis=self._receipt_basis(presumed, proven=False) if first else "",
            presumed_exhibits=self._sheets() if first else (),
            messages=self._messages(),
            messages_kept=any(not self.of_event.get(f.seq) for f in self._written()),
            acknowledged=any(f.kind is EventKind.ACKNOWLEDGED for f in self._in_force()),
            no_answer_day=heard.day if heard else None,
            no_answer_exhibits=self.of_event.get(heard.seq, ()) if heard else (),
            answer=answer,
            answer_day=answer_fact.day if answer_fact else None,
            answer_text=_answer_text(answer, answer_fact, spoken=not self.answer_tells),
            answer_exhibits=self._answer_exhibits(answer, answer_fact),
            legal=legal,
            favourable=favourable,
            grounds=ground_lines(codes),
            not_proved=(
                *self._not_proved(),
                *(
                    ("l’absence d’information de la personne (article 14 du RGPD), qui est présumée",)
                    if "information" in codes
                    else ()
                ),
            ),
            proceedings=pending,
            proceedings_exhibits=pending_exhibits,
            chronology=self._chronology(),
            exhibits=tuple(self.exhibits.rows),
            signatory=self.writer.signatory,
        )

    def _sendings(self) -> list[CaseFact]:
        """Return the sendings of the request from whose day the file counts: those of that day that did not come back."""
        sent = [f for f in self.facts if f.kind in (EventKind.REQUEST_SENT, EventKind.PRIOR_REQUEST_RECORDED)]
        back = {str(f.data.get("dispatch", "")) for f in self._in_force() if f.kind is EventKind.BOUNCED} - {""}
        that_day = [f for f in sent if str(f.data.get("sent_on") or f.day) == str(self.now.sent_on)]
        return [f for f in that_day if f.data.get("dispatch") not in back] or that_day or sent[:1]

    def _in_force(self) -> Iterator[CaseFact]:
        return (f for f in self.facts if f.seq not in self.now.ignored)

    def _declaration(self, about: str) -> CaseFact | None:
        """Return the last declaration a represented person signed, if it speaks of this: what is struck is not declared."""
        signed = [f for f in self._in_force() if f.kind is EventKind.DECLARATION_SIGNED]
        if not signed or not self.mandate or not signed[-1].data.get(about):
            return None
        # Of a request that had not left yet, nobody says that it was not answered.
        early = about == "no_answer" and (self.now.sent_on is None or signed[-1].day < self.now.sent_on)
        return None if early else signed[-1]

    def _proceedings(self, said: str) -> tuple[str, tuple[int, ...]]:
        """Return whether proceedings are pending, in one sentence that says who tells it, and where they do."""
        none = said.strip().lower() == "aucune"
        if not self.mandate:
            return (NO_PROCEEDINGS if none else said), ()
        declared = self._declaration("proceedings")
        if declared is None:
            if none:
                return "Le mandataire indique ne connaître aucune procédure judiciaire portant sur ces faits.", ()
            return f"Le mandataire indique : « {said.strip()} »", ()
        words = str(declared.data["proceedings"])
        sentence = NO_PROCEEDINGS if words == "aucune" else f"La personne concernée déclare : « {words} »"
        return sentence, self.of_event.get(declared.seq, ())

    def _arrived(self, receipt: CaseFact) -> bool:
        """Return True where the day of receipt rests on what the sender did not write."""
        written = receipt.kind in (EventKind.PRIOR_REQUEST_RECORDED, EventKind.RECEIVED)
        return not written or self.is_proof(receipt.proof)

    def _receipt_exhibits(self, receipt: CaseFact | None, proven: bool) -> tuple[int, ...]:
        if receipt is None or not proven:
            return self._sheets()
        if not self._arrived(receipt):
            return ()
        if receipt.kind is EventKind.PRIOR_REQUEST_RECORDED:
            # The letter says nothing of its own arrival.
            return tuple(n for n in (self.sources.get(receipt.proof),) if n)
        return self.of_event.get(receipt.seq, ())

    def _sheets(self) -> tuple[int, ...]:
        """Return the exhibits in which a mail server says that it took the request over."""
        return tuple(sorted(self.accepted.values()))

    def _messages(self) -> tuple[int, ...]:
        """Return the exhibits of what the platform wrote without settling anything; some of it may have to stay out."""
        return tuple(sorted({n for f in self._written() for n in self.of_event.get(f.seq, ())}))

    def _written(self) -> Iterator[CaseFact]:
        return (f for f in self._in_force() if f.kind in REPLIES and f.kind not in _DECISIVE)

    def _pages(self) -> tuple[tuple[ListedPage, ...], tuple[ListedPage, ...]]:
        before, after = [], []
        for key in keys_of(self.raw_facts):
            captures = [c for c in self.captures_of(key) if moment_known(c.manifest)]
            if not captures:
                continue
            first, last = captures[0], captures[-1]
            before.append(self._page(key, first))
            if last.day >= self.today - timedelta(days=7):
                after.append(self._page(key, last))
        return tuple(before), tuple(after)

    def _page(self, key: str, capture: CaptureRow) -> ListedPage:
        """Describe a page as that capture shows it, whatever another day's shows."""
        shown = {row.id: leaving.listing for _, row, leaving in self.sheets}.get(capture.id)
        listing = shown if shown is not None and shown.key == key else self.store.listing(key)
        return self.writer.listed_page(listing, capture, self.of_capture[capture.id])

    def _announced(self) -> tuple[Fact, ...]:
        """Return that the platform put its answer off, or asked who the person is, and what was answered to that."""
        held, found = list(self._in_force()), []
        for fact in held:
            exhibits = self.of_event.get(fact.seq, ())
            if fact.kind is EventKind.EXTENSION_NOTIFIED:
                why = "" if fact.data.get("reasoned") else ", sans en indiquer les motifs"
                sentence = f"le responsable du traitement a annoncé prolonger le délai de réponse{why}."
            elif fact.kind is EventKind.ID_REQUESTED:
                after = [f for f in held if f.seq > fact.seq and (f.kind is EventKind.ID_SUPPLIED or _on_identity(f))]
                exhibits += tuple(n for f in after[:1] for n in self.of_event.get(f.seq, ()))
                then = f" Il y a été répondu le {french_day(after[0].day)}." if after else ""
                sentence = f"le responsable du traitement a demandé un justificatif d’identité.{then}"
            else:
                continue
            worth = Standing.ESTABLISHED if self.of_event.get(fact.seq) else self.said
            found.append(Fact(worth, f"Le {french_day(fact.day)}, {sentence}", exhibits))
        return tuple(found)

    def _earlier(self) -> tuple[Fact, ...]:
        """Return what became of the first request, where this case is about a page that came back."""
        if not self.continues:
            return ()
        before = effective(self.store.facts(self.continues))
        sent = self.store.status(self.continues, self.raw_facts[0].day).sent_on if before else None
        days = days_absent(before)
        seen = listed(tuple(f"le {french_day(day)}" for day in days))
        sentence = (
            (f"Une première demande concernant cette page avait été adressée le {french_day(sent)}. " if sent else "")
            + (f"La page a ensuite été observée absente {seen}, puis de nouveau affichée." if seen else
               "La page, retirée ensuite, a été de nouveau affichée.")
        )  # fmt: skip
        return (Fact(self.said, sentence, self.earlier_exhibits),)

    def _declared(self) -> tuple[Fact, ...]:
        """Return the person's own words: that it is them, that they agreed to nothing, and their own reasons."""
        told = []
        for fact in self.facts:
            if fact.kind is EventKind.LISTING_CONFIRMED_BY_KINE:
                exhibits = self.of_event.get(fact.seq, ())
                standing = Standing.DECLARED if exhibits else self.said
                known = f"Le mandataire indique que la personne concernée s’est reconnue le {french_day(fact.day)}."
                told.append(Fact(standing, known if standing is Standing.REPORTED else CONFIRMED, exhibits))
        told += self._reasons()
        declared = self._declaration("no_contract")
        if declared is not None:
            sentence = f"La personne concernée déclare : {NO_CONTRACT}"
            told.append(Fact(Standing.DECLARED, sentence, self.of_event.get(declared.seq, ())))
        if self.attestation_exhibits and self.attesting is not None:
            sentence = (
                "Le conseil atteste qu’aucun contrat avec cette plateforme ne figure, au "
                f"{french_day(self.attesting.as_of)}, parmi ceux qui lui ont été transmis."
            )
            # The council is the mandatary: what it says of its own register is its word.
            told.append(Fact(Standing.REPORTED, sentence, self.attestation_exhibits))
        return tuple(told)

    def _reasons(self) -> list[Fact]:
        """Return the reasons tied to the person's situation (art. 21(1) GDPR), each once, with what it is worth."""
        signed = self._declaration("situation")
        spoken = [f for f in self.facts if f.kind in (EventKind.LISTING_CONFIRMED_BY_KINE, EventKind.ANSWERED)]
        own: dict[str, Fact] = {}
        for fact in ([signed] if signed else []) + spoken:
            for reason in map(str, fact.data.get("situation", ())):
                for told in self._own_reason(reason, fact):
                    if whole(reason) not in own or told.standing is Standing.DECLARED:
                        own[whole(reason)] = told
        return [*own.values(), *self._pleaded({fact.sentence for fact in own.values()})]

    def _own_reason(self, reason: str, fact: CaseFact) -> list[Fact]:
        """Return a reason of the person's own as their word where they act for themselves, or their paper holds it.

        Of one that somebody typed for them, the request tells where it does; else it is the mandatary's word.
        """
        exhibits = self.of_event.get(fact.seq, ())
        # What was declared was read in the paper by a person; of an answer, a program looks for the words.
        held = fact.kind is EventKind.DECLARATION_SIGNED or self._holds(fact.proof, reason)
        if not self.mandate or (held and exhibits):
            return [Fact(Standing.DECLARED, quoted(reason), exhibits if held else ())]
        if quoted(reason) in self._asked_for():
            return []
        return [_reported(reason)]

    def _holds(self, sha: str, words: str, *, unread: bool = False) -> bool:
        """Return True where a program reads these words in a paper. unread: what is said of one that it cannot read."""
        if not sha or not self.vault.has(sha):
            return False
        data = self.vault.get(sha)
        told, readable = self.writer.words_within(suffix_of(data), data)
        sought = fold(words)
        return (bool(sought) and f" {sought} " in f" {fold(told)} ") or (unread and not readable)

    def _asked_for(self) -> list[str]:
        """Return the reasons a person ticked for the request (art. 21(1) GDPR), as it tells them."""
        approved = [f for f in self._in_force() if f.kind is EventKind.REQUEST_APPROVED]
        return [str(r["sentence"]) for r in approved[-1].data.get("facts", ())] if approved else []

    def _pleaded(self, told: Collection[str]) -> list[Fact]:
        """Return the reasons of the request that are not among what is told already."""
        asked = [(reason, tuple(sorted(self.requests))) for reason in self._asked_for()]
        found = []
        for fact in self.facts:
            for reason in map(str, fact.data.get("situation", ())):
                if fact.kind is EventKind.PRIOR_REQUEST_RECORDED:
                    # Whoever entered a scanned letter read it; of one that a program reads, its words decide.
                    letter = str(fact.data.get("letter", ""))
                    exhibits = tuple(n for n in (self.sources.get(letter),) if n)
                    held = exhibits and self._holds(letter, reason, unread=True)
                    if held:
                        asked.append((f"« {inside_quotes(whole(reason))} »", exhibits))
                    else:
                        found.append(_reported(reason) if self.mandate else Fact(Standing.DECLARED, quoted(reason), ()))
        return [
            *(
                Fact(self.said, f"Raison tenant à sa situation, exposée dans la demande : {whole(reason)}", shown)
                for reason, shown in asked
                if reason not in told
            ),
            *found,
        ]

    @property
    def gives_a_reason(self) -> bool:
        """Return True where the complaint tells a reason of the person's situation, or their word that they agreed to nothing."""
        return bool(self._reasons()) or any(fact.standing is Standing.DECLARED for fact in self._declared())

    def _receipt_fact(self, proven: bool) -> CaseFact | None:
        if proven:
            return receipt_proof(self.now, self.raw_facts, without=withheld(self.store, self.facts))
        presumed = (f for f in self.facts if f.kind is EventKind.RECEIPT_PRESUMED and f.seq not in self.now.ignored)
        return next(presumed, None)

    @property
    def _at_latest(self) -> bool:
        """Return True where the proof of receipt shows that the request had arrived by its day, not on which day."""
        proven = self.clock.basis is Basis.PROVEN
        return proven and at_latest(self._receipt_fact(proven), self.now.sent_on)

    def _receipt_basis(self, fact: CaseFact | None, proven: bool) -> str:
        if not proven or fact is None:
            left = "accepté par le serveur d’envoi" if self.accepted else "envoyé"
            return f"courriel {left} et non retourné dans les {PRESUMED_AFTER_DAYS} jours qui ont suivi"
        if not self._arrived(fact):
            return "d’après la personne concernée, aucune pièce d’une autre main ne le prouvant"
        if fact.kind is EventKind.PRIOR_REQUEST_RECORDED:
            return "preuve remise par la personne concernée"
        if fact.kind is EventKind.RECEIVED:
            told = str(fact.data.get("proof_type", ""))
            return ProofType(told).label if told in {*map(str, ProofType)} else "avis de réception"
        what = "accusé de réception" if fact.kind is EventKind.ACKNOWLEDGED else "réponse"
        when = "de ce jour" if fact.day == self.clock.receipt else f"du {french_day(fact.day)}"
        return f"{what} de la plateforme {when}"

    def _answer(self) -> tuple[Answer, CaseFact | None]:
        """Return how the platform answered, and its word: of an erasure that is none, what it claimed, on its day."""
        held = list(self._in_force())
        for place, fact in reversed(list(enumerate(held))):
            if fact.kind in _DECISIVE:
                claims = [f for f in held[:place] if f.kind is EventKind.ERASED_CLAIMED]
                disproved = fact.kind is EventKind.CLAIM_DISPROVED and claims
                return _DECISIVE[fact.kind], claims[-1] if disproved else fact
        return Answer.SILENCE, None

    @property
    def answer_tells(self) -> tuple[str, ...]:
        """Return what the words typed of the answer tell of somebody else: the complaint then leaves them out."""
        _, fact = self._answer()
        return self.placing.of_others(str(fact.data.get("text", ""))) if fact is not None else ()

    def _answer_exhibits(self, answer: Answer, fact: CaseFact | None) -> tuple[int, ...]:
        if fact is None:
            return ()
        if answer is not Answer.DISPROVED:
            return self.of_event.get(fact.seq, ())
        both = (EventKind.ERASED_CLAIMED, EventKind.CLAIM_DISPROVED)
        return tuple(sorted({n for f in self.facts if f.kind in both for n in self.of_event.get(f.seq, ())}))

    def _worked(self, end: Deadline, *, latest: bool = False) -> tuple[str, ...]:
        """Return the working of a date, with whose holidays it was counted and which of them fell in it."""
        rules = self.store.rules
        used = holidays_used(end, self.clock, rules)
        return (*worked_from(end.working, latest=latest), *calendar_used(self.clock, rules), *used.sentences)

    def _legal(self) -> tuple[Reckoning | None, Reckoning, Reckoning | None]:
        """Return the reckoning from a presumed receipt that an answer only bounds, the one acted on, the most favourable."""
        clock = self.clock
        legal = Reckoning(_delay(clock.legal), clock.legal.due, self._worked(clock.legal, latest=self._at_latest))
        if clock.basis is Basis.PROVEN:
            before = clock.legal_presumed if self._at_latest else None
            first = Reckoning(_delay(before), before.due, self._worked(before)) if before is not None else None
            return first, legal, None
        later = clock.receipt + timedelta(days=PRESUMED_AFTER_DAYS)
        kind = DeadlineKind.EXTENDED if clock.extended else DeadlineKind.LEGAL
        place, home = clock.place, self.store.rules.holidays
        calendars = (home,) if place is None else (home, place.holidays) if place.abroad else (place.holidays,)
        worst = latest_of(
            *(
                deadline(later, days, months=kind.months, suspended=clock.legal.suspended, basis=kind.basis,
                         receipt=Basis.PRESUMED)
                for days in calendars
            )
        )  # fmt: skip
        if worst.due >= self.today:
            # Not yet past: nothing is claimed of it. The guard asks for the legal clock alone, and the complaint says
            # that the receipt is presumed.
            return None, legal, None
        label = f"une réception {PRESUMED_AFTER_DAYS} jours après l’envoi, le {french_day(later)}"
        return None, legal, Reckoning(label, worst.due, self._worked(worst))

    def reckonings(self) -> tuple[Reckoning, ...]:
        """Return every date with its working: the law's, and the one most favourable to the platform.

        The council's own mark is no date of the law: nothing leaves that could be taken for more time.
        """
        first, legal, favourable = self._legal()
        if first is not None:
            first = replace(first, label=f"{first.label}, la réception étant présumée")
            legal = replace(legal, label=f"{legal.label}, la réception étant établie au plus tard ce jour-là")
        return tuple(each for each in (first, legal, favourable) if each is not None)

    def _not_proved(self) -> tuple[str, ...]:
        lines = [
            "ce que le site affichait à d’autres moments que ceux des captures",
            "l’absence de tout contrat"
            + ("" if self.mandate and not self._declaration("no_contract") else ", que la personne concernée déclare"),
            "l’origine des pages capturées : leurs empreintes montrent qu’elles n’ont pas changé depuis leur enregistrement",
        ]
        if self._at_latest:
            lines.insert(
                0, "le jour exact de la réception de la demande, la réponse prouvant seulement qu’elle était arrivée"
            )
        first = min((c.day for key in keys_of(self.raw_facts) for c in self.store.captures(key)), default=None)
        if first is not None and self.now.sent_on is not None and first > self.now.sent_on:
            lines.append("l’état de la fiche avant la demande : aucune capture ne la précède")
        if not seen_by_another(self.captures, self.now.sent_on, self.today):
            lines.append(
                "ce qu’une autre personne, depuis une autre connexion, voyait de la page : aucune capture de ce genre n’a "
                "été faite depuis la demande"
            )
        return tuple(lines)

    def _chronology(self) -> tuple[ChronologyLine, ...]:
        return tuple(line for line, _ in self.numbered_chronology())

    def numbered_chronology(self) -> tuple[tuple[ChronologyLine, int], ...]:
        """Return every line of the chronology with the number of its fact; 0 for a capture, or what is computed."""
        lines: list[tuple[ChronologyLine, int]] = []
        for capture_id, number in self.of_capture.items():
            capture = self.store.capture(capture_id)
            # What an exhibit establishes is what was recorded, not where it came from: see `_not_proved`.
            shows = bool(self.store.capture_listings(capture_id))
            what = f"page {'enregistrée' if shows else 'relevée sans la fiche'} : {capture.url}"
            lines.append((ChronologyLine(capture.day, what, Standing.ESTABLISHED, (number,)), 0))
        for fact in self.facts:
            followed = fact.kind is EventKind.LETTER_SENT and bool(self.of_event.get(fact.seq))
            if fact.kind not in TOLD and not followed:
                continue
            standing, exhibits = self.left(fact) if followed else self._worth(fact)
            presumed = self.clock.presumed_receipt or self.clock.receipt
            day = presumed if fact.kind is EventKind.RECEIPT_PRESUMED else sent_by_hand_on(fact)
            if fact.kind is EventKind.RECEIVED:
                day = date.fromisoformat(str(fact.data.get("received_on") or day))
            what = self._told(fact)
            lines.append((ChronologyLine(day, what, standing, exhibits), fact.seq))
            if fact.kind is EventKind.PRIOR_REQUEST_RECORDED and fact.data.get("received_on"):
                day = date.fromisoformat(str(fact.data["received_on"]))
                worth = Standing.ESTABLISHED if self._arrived(fact) else self.said
                arrival = ChronologyLine(day, _RECEIVED, worth, self._receipt_exhibits(fact, proven=True))
                lines.append((arrival, fact.seq))
        first, _, _ = self._legal()
        answered = [f.day for f in self._in_force() if f.kind in REPLIES]
        if first is not None and all(day > first.due for day in answered):
            words = "fin du délai d’un mois compté de la réception présumée, sans réponse connue"
            lines.append((ChronologyLine(first.due, words, Standing.PRESUMED), 0))
        if self.now.overdue_since is not None:
            due = self.clock.legal.due
            silence = ChronologyLine(due, "fin du délai légal de réponse, sans réponse connue", Standing.PRESUMED)
            lines.append((silence, 0))
        return tuple(sorted(lines, key=lambda each: each[0].day))

    def _worth(self, fact: CaseFact) -> tuple[Standing, tuple[int, ...]]:
        """Return what a fact of the chronology is worth, and the exhibits that show it."""
        exhibits = self.of_event.get(fact.seq, ())
        match fact.kind:
            case EventKind.RECEIPT_PRESUMED:
                return Standing.PRESUMED, self._sheets()
            case EventKind.LISTING_CONFIRMED_BY_KINE | EventKind.DECLARATION_SIGNED:
                return (Standing.DECLARED if exhibits else self.said), exhibits
            case EventKind.REQUEST_SENT | EventKind.PRIOR_REQUEST_RECORDED:
                return self.left(fact)
            case EventKind.RECEIVED:
                return (Standing.ESTABLISHED if exhibits and self._arrived(fact) else self.said), exhibits
            case EventKind.MANDATE_SIGNED:
                exhibits = self.mandate_exhibits
        return (Standing.ESTABLISHED if exhibits else self.said), exhibits

    def _told(self, fact: CaseFact) -> str:
        """Return a fact in the words of the chronology."""
        if fact.kind in (EventKind.REQUEST_SENT, EventKind.PRIOR_REQUEST_RECORDED):
            return f"demande envoyée par {_channel(fact)}{', acceptée par le serveur d’envoi' if fact.seq in self.accepted else ''}"
        if fact.kind is EventKind.LETTER_SENT:
            return f"{Kind(str(fact.data['kind'])).label} : courrier envoyé à la plateforme"
        what = _PHRASES.get(fact.kind, fact.kind.label)
        return f"{what} (pièce non jointe)" if self._kept_back(fact.proof) else what


_RECEIVED = "demande reçue par le responsable du traitement"

_PHRASES = {
    EventKind.RECEIVED: _RECEIVED,
    EventKind.RECEIPT_PRESUMED: "réception présumée de la demande",
    EventKind.ACKNOWLEDGED: "accusé de réception de la plateforme",
    EventKind.DISPATCH_FAILED: "tentative d’envoi de la demande, non aboutie",
    EventKind.BOUNCED: "courriel de la demande retourné, non remis",
    EventKind.ID_REQUESTED: "justificatif d’identité demandé par la plateforme",
    EventKind.ID_SUPPLIED: "justificatif d’identité fourni à la plateforme",
    EventKind.EXTENSION_NOTIFIED: "prolongation annoncée par la plateforme",
    EventKind.PARTIAL: "réponse partielle de la plateforme",
    EventKind.REFUSAL: "refus de la plateforme",
    EventKind.MANDATE_SIGNED: "mandat donné par la personne concernée",
}
"""Where the label of an event is said otherwise to who does not know the program."""

_CHANNELS = {
    "email": "courriel",
    "post": "courrier",
    "lrar": "lettre recommandée avec avis de réception",
    "form": "formulaire du site",
}


def _reported(reason: str) -> Fact:
    words = f"Le mandataire indique, d’après la personne concernée : « {inside_quotes(whole(reason))} »"
    return Fact(Standing.REPORTED, words, ())


def _on_identity(fact: CaseFact) -> bool:
    return fact.kind is EventKind.LETTER_SENT and fact.data.get("kind") == Kind.ANSWER_IDENTITY.value


def _channel(fact: CaseFact) -> str:
    return _CHANNELS.get(str(fact.data.get("channel", "email")), "courrier")


def approved_grounds(facts: Sequence[CaseFact]) -> frozenset[str]:
    """Return the grounds a person ticked for the request."""
    approved = [f for f in facts if f.kind is EventKind.REQUEST_APPROVED]
    return frozenset(str(g) for g in approved[-1].data.get("grounds", ())) if approved else frozenset()


def _delay(end: Deadline) -> str:
    """Return the name of one reckoning's delay: an extension may hold from one day of receipt, and not from another."""
    longer = ", prolongé de deux mois" if end.months == DeadlineKind.EXTENDED.months else ""
    return f"délai d’un mois prévu à l’article 12, paragraphe 3, du RGPD{longer}"


def _answer_text(answer: Answer, fact: CaseFact | None, *, spoken: bool) -> str:
    """Return what an answer says, as typed where its words may be `spoken`, else in our own."""
    if fact is None:
        return ""
    told = str(fact.data.get("text", "")).strip() if spoken else ""
    if told:
        # Typed by whoever read the answer: what it says is its author's word, and no fact.
        return f"Cette réponse, en résumé : « {inside_quotes(told)} »"
    return {
        Answer.REFUSED: "La plateforme a répondu qu’elle ne donnait pas suite à la demande.",
        Answer.PARTIAL: "La plateforme n’a donné suite qu’à une partie de la demande.",
        Answer.DISPROVED: "La plateforme a indiqué avoir effacé les données ; la page, enregistrée après cette annonce, était encore affichée.",
    }[answer]
