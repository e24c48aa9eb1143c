"""What a complaint lacks today and the command that brings it, what the council may attest, what would make it stronger."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from listingguard.domain.addressee import addressee_record
from listingguard.domain.capture import moment_known
from listingguard.domain.case import REPLIES, Acting, EventKind, effective
from listingguard.domain.deadline import Basis
from listingguard.domain.explain import receipt_proof
from listingguard.domain.next_step import Missing, complaint_missing, replied
from listingguard.domain.officer import officer_of
from listingguard.domain.practitioner import Status as Standing
from listingguard.domain.practitioner import sent_contracts
from listingguard.domain.record import CaseRow
from listingguard.errors import Refused
from listingguard.flow.complain.papers import keys_of, own_mail, own_papers, withheld
from listingguard.flow.complain.writer import Attesting

if TYPE_CHECKING:
    from listingguard.edge.store import Store
    from listingguard.edge.vault import Vault


def missing(
    store: Store, case: CaseRow, controllers: Mapping[str, Mapping[str, Any]], *, today: date
) -> tuple[Missing, ...]:
    """Return what the complaint still lacks today, in the order of the guard; empty when it may be built."""
    facts = store.facts(case.id)
    now = store.status(case.id, today)
    captures = [c for key in keys_of(facts) for c in store.captures(key)]
    record = addressee_record(controllers, case, facts)
    lacks = complaint_missing(
        now,
        store.rules,
        mandate_valid=store.valid_mandate(case.practitioner, today) is not None,
        # One whose moment nobody tells is no evidence of a day.
        capture_days=[c.day for c in captures if c.day <= today and moment_known(c.manifest)],
        prior=any(f.kind is EventKind.PRIOR_REQUEST_RECORDED for f in facts),
        replied=replied(facts, today),
    )
    if store.practitioner(case.practitioner).status is Standing.DECEASED:
        text = "la personne est décédée, dit le tableau : rien ne part plus en son nom, les héritiers relèvent d’une personne"
        lacks = (*lacks, Missing("deceased", text))
    if not record.get("name") or not record.get("street"):
        lacks = (*lacks, Missing("controller", "le nom et l’adresse du responsable du traitement"))
    return lacks


def commands(case: CaseRow) -> Mapping[str, str]:
    """Return, for each code of a missing thing, the command that brings it."""
    return {
        "send": f"listingguard letter approve {case.id}, puis listingguard send",
        "held": f"listingguard case show {case.id}",
        "state": f"listingguard case show {case.id}",
        "receipt": f"listingguard event add {case.id} received --day … --proof …, ou attendre 7 jours puis listingguard run --once",
        "wait": f"listingguard case show {case.id}",
        "qualify": f"listingguard event add {case.id} refusal --day … --proof … (ou partial)",
        "reply": f"listingguard letter propose {case.id} ; si elle refuse : listingguard event add {case.id} refusal --day … --proof …",
        "mandate": f"listingguard mandate add {case.practitioner} …",
        "capture": "listingguard scan, ou listingguard capture import",
        "capture_before": "aucune : le dossier le dira si la demande a été reprise avec case add --sent",
        "scan": "listingguard scan, ou listingguard capture import",
        "controller": f"listingguard controller set {case.controller} …",
        "deceased": f"listingguard event add {case.id} deceased --day …",
    }


def declared_proceedings(store: Store, case: CaseRow) -> str:
    """Return what the represented person last declared of pending proceedings, « aucune » or a sentence; else empty."""
    signed = [f for f in effective(store.facts(case.id)) if f.kind is EventKind.DECLARATION_SIGNED]
    return str(signed[-1].data.get("proceedings", "")) if signed and store.rules.acting is Acting.COUNCIL else ""


def unproven_receipt(store: Store, vault: Vault, case: CaseRow, today: date) -> list[str]:
    """Return what a complaint of silence lacks whose receipt rests on the sender's own paper alone."""
    now, facts = store.status(case.id, today), effective(store.facts(case.id))
    proof = receipt_proof(now, store.facts(case.id), without=withheld(store, facts))
    if proof is None or proof.kind not in (EventKind.PRIOR_REQUEST_RECORDED, EventKind.RECEIVED):
        return []
    if now.clock is None or now.clock.basis is not Basis.PROVEN or any(f.kind in REPLIES for f in facts):
        return []
    if proof.proof not in own_papers(store, case, facts) and not own_mail(vault.get(proof.proof)):
        return []
    return [
        "une preuve de la réception que vous n’avez pas écrite vous-même (avis de réception, suivi, message de la "
        f"plateforme) : listingguard event add {case.id} received --day … --proof …"
    ]


def attestation(
    store: Store, case: CaseRow, *, attest: bool, signatory: str, actor: str, today: date
) -> Attesting | None:
    """Return on what the council's attestation rests, None where nobody looked; Refused for who may not attest.

    A register of contracts imported since the case was opened, or an officer who looked it up today and says so; and
    no contract with that platform in it.
    """
    if store.rules.acting is not Acting.COUNCIL:
        return None
    sent = sent_contracts(store.authorisations(case.practitioner), case.practitioner, case.platform, today)
    if attest:
        if sent:
            raise Refused("Le conseil ne peut pas attester : un contrat avec cette plateforme lui a été transmis.", [
                f"vérifier : listingguard authorisation verdict --rpps {case.practitioner} --platform {case.platform}"
            ])  # fmt: skip
        officer = officer_of(store.officers(), actor, today)
        if officer is None:
            raise Refused(f"« {actor} » ne peut pas attester pour le conseil.", [
                "un élu habilité ce jour, qui a consulté le registre des contrats : listingguard --as NOM complain … --attest"
            ])  # fmt: skip
        return Attesting(today, True, f"{officer.name}, {officer.role}")
    if sent:
        return None
    opened = store.status(case.id, today).opened_on
    found = [day for day in store.contract_registers() if day <= today and (opened is None or day >= opened)]
    return Attesting(found[-1], False, signatory) if found else None


def advice(store: Store, case: CaseRow, *, attested: bool, today: date) -> tuple[str, ...]:
    """Return what would make a council's complaint stronger and is not in it, each with its command."""
    if store.rules.acting is not Acting.COUNCIL:
        return ()
    told = [f for f in effective(store.facts(case.id)) if f.kind is EventKind.DECLARATION_SIGNED and f.day <= today]
    lines = []
    last = told[-1].data if told else {}
    if not last.get("no_contract") or not last.get("proceedings"):
        lines.append(
            "Sans déclaration signée de la personne, la plainte ne dit que ce que le conseil sait lui-même : "
            f"listingguard declaration print {case.id}, puis declaration add"
        )
    if not attested:
        lines.append(
            "Sans attestation du conseil : le registre des contrats n’a pas été consulté depuis l’ouverture du dossier "
            "(listingguard authorisation import, ou complain --attest par un élu)"
        )
    if not store.extracts(case.controller):
        lines.append(
            "Sans extrait du registre du commerce sur le responsable : listingguard controller verify "
            f"{case.controller} --register FICHIER"
        )
    return tuple(lines)
