"""What a represented person declares for the complaint: printed to be signed, registered when it comes back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from listingguard.domain.addressee import addressee_record
from listingguard.domain.case import Acting, EventKind, Fact, effective, findings_of
from listingguard.domain.french import french_day
from listingguard.domain.letter import DeclarationFields
from listingguard.domain.letter.own_words import check_reasons, whole
from listingguard.domain.record import CaseRow
from listingguard.errors import BadInput, Refused

if TYPE_CHECKING:
    from listingguard.edge.store import Store


def _represented_only(store: Store) -> None:
    if store.rules.acting is Acting.SELF:
        raise Refused(
            "Qui agit pour soi-même déclare dans la plainte qu’il signe : aucune déclaration à part.",
            ["rien : listingguard complain DOSSIER --proceedings …"],
        )


def declaration_to_sign(
    store: Store, mandatary: str, controllers: Mapping[str, Mapping[str, Any]], case: CaseRow, *, today: date
) -> DeclarationFields:
    """Return the declaration that the person of a case would sign today; Refused where they act for themselves."""
    _represented_only(store)
    facts, person = store.facts(case.id), store.practitioner(case.practitioner)
    record = addressee_record(controllers, case, facts)
    return DeclarationFields(
        reference=case.id,
        day=today,
        practitioner_name=person.full_name,
        platform_name=str(record.get("platform_name") or case.platform),
        civility=person.civility,
        rpps=person.rpps or "",
        mandatary=mandatary,
        controller_name=str(record.get("name") or case.platform),
        pages=tuple(dict.fromkeys(str(found["url"]) for found in findings_of(facts))),
        request_day=store.status(case.id, today).sent_on,
        situation=told_reasons(effective(facts)),
    )


def told_reasons(facts: Iterable[Fact]) -> tuple[str, ...]:
    """Return every reason of their own that a person gave, in the order they were told, each once."""
    words = (str(reason) for fact in facts for reason in fact.data.get("situation", ()))
    return tuple(dict.fromkeys(whole(reason) for reason in words))


def add_declaration(
    store: Store,
    case: CaseRow,
    document: str,
    *,
    no_contract: bool,
    no_answer: bool,
    proceedings: str,
    situation: Sequence[str] = (),
    day: date,
    today: date,
    at: datetime,
    actor: str,
) -> bool:
    """Register a signed declaration, its bytes already in the vault; False: already there.

    no_contract, no_answer, proceedings: what was left standing in it, as a person read it; proceedings is « aucune », a
    sentence, or empty. situation: the person's own reasons that it holds. day: of the signature. Raises BadInput for one that
    says nothing, of a day that has not come, or whose reasons no letter could tell.
    """
    said = no_contract or no_answer or bool(proceedings.strip()) or bool(situation)
    check_declaration(store, case, said=said, no_answer=no_answer, situation=situation, day=day, today=today)
    words = proceedings.strip()
    data = {
        "no_contract": no_contract,
        "no_answer": no_answer,
        "proceedings": "aucune" if words.lower() == "aucune" else words,
        **({"situation": list(situation)} if situation else {}),
    }
    with store.tx("complain.declared"):
        return store.add_event(
            case.id, EventKind.DECLARATION_SIGNED, key=f"{day.isoformat()}/{document}", day=day, at=at, actor=actor,
            proof=document, data=data,
        )  # fmt: skip


def check_declaration(
    store: Store,
    case: CaseRow,
    *,
    said: bool,
    no_answer: bool,
    situation: Sequence[str] = (),
    day: date,
    today: date,
) -> None:
    """Raise Refused or BadInput for a declaration that cannot be registered today."""
    _represented_only(store)
    if day > today:
        raise BadInput(f"Le {french_day(day)} n’est pas encore arrivé : une déclaration se signe avant d’être rendue.")
    if not said:
        raise BadInput(
            "Dites ce que la personne y a laissé : --no-contract, --no-answer, --situation, --proceedings « aucune » ou une phrase."
        )
    check_reasons(situation, store.practitioner(case.practitioner).full_name, "la plainte")
    sent = store.status(case.id, today).sent_on
    if no_answer and (sent is None or day < sent):
        raise BadInput(
            "Une déclaration signée avant l’envoi de la demande ne dit rien d’une réponse : enregistrez-la sans --no-answer."
        )
