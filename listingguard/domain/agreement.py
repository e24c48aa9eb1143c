"""What the ledger says of one person and one platform on a day, in French sentences: every row, then the conclusion."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from listingguard.domain.french import french_day, listed
from listingguard.domain.practitioner import (
    Agreement,
    Authorisation,
    Because,
    GivenBy,
    Ruling,
    Verdict,
    ruling,
    sent_contracts,
)


def attested_on(
    ledger: Iterable[Authorisation], practitioner: str, platform: str, day: date, registers: Iterable[date]
) -> date | None:
    """Return the day at which the council may attest that it was sent no contract, on `day`; None: it may attest nothing.

    registers: the days at which its registers of contracts were complete. Nobody looked where none was brought by that
    day, and a contract that was sent forbids it, whatever the register says.
    """
    if sent_contracts(ledger, practitioner, platform, day):
        return None
    return max((each for each in registers if each <= day), default=None)


def none_sent(as_of: date) -> str:
    """Return all that a council may attest by its register: what it was not sent, never what does not exist.

    >>> none_sent(date(2026, 3, 1)).replace("\u00a0", " ")
    'À la date du 1er mars 2026, à laquelle notre registre est arrêté, aucun contrat ne nous avait été transmis.'
    """
    return f"À la date du {french_day(as_of)}, à laquelle notre registre est arrêté, aucun contrat ne nous avait été transmis."


@dataclass(frozen=True)
class Working:
    """A verdict with its working. rows: one sentence per row about the platform, oldest first, those without effect too.

    conclusion: why the verdict is what it is. attestation: what the council may attest, or empty. unregistered: True
    where only a register of contracts is lacking for it to attest anything.
    """

    verdict: Verdict
    rows: tuple[str, ...]
    conclusion: str
    attestation: str
    unregistered: bool


def working(
    ledger: Iterable[Authorisation], practitioner: str, platform: str, day: date, registers: Iterable[date] = ()
) -> Working:
    """Return what the ledger says of `practitioner` and `platform` that day, with all its working.

    registers: as `attested_on`.
    """
    rows = sorted(
        (r for r in ledger if r.practitioner == practitioner and r.names(platform)), key=lambda r: (r.since, r.id)
    )
    ruled = ruling(rows, practitioner, platform, day)
    as_of = attested_on(rows, practitioner, platform, day, registers)
    return Working(
        ruled.verdict,
        tuple(_sentence(row, ruled, platform, day) for row in rows),
        _conclusion(ruled, platform, day),
        none_sent(as_of) if as_of else "",
        as_of is None and not sent_contracts(rows, practitioner, platform, day),
    )


def _sentence(row: Authorisation, ruled: Ruling, platform: str, day: date) -> str:
    words = [f"{row.agreement.label} du {french_day(row.since)}", _giver(row)]
    if row.platform != platform:
        words.append(f"pour « {row.platform} », qui désigne aussi {platform}")
    if row.until is not None and not row.taken_back:
        words.append(f"jusqu’au {french_day(row.until)}")
    if row.sent_on is not None:
        words.append(f"transmis au conseil le {french_day(row.sent_on)}")
    if row.from_platform:
        words.append("document fourni par la plateforme")
    if not row.proof:
        words.append("sans document")
    return f"N° {row.id} : {', '.join(words)} ; {_standing(row, ruled, day)}."


def _giver(row: Authorisation) -> str:
    verb = {Agreement.REFUSED: "exprimé", Agreement.REVOKED: "exprimée", Agreement.OPENED: ""}.get(
        row.agreement, "donné"
    )
    return f"{verb} par {row.given_by.label}".strip()


def _standing(row: Authorisation, ruled: Ruling, day: date) -> str:
    """Return what the row does on that day, as the end of a sentence."""
    if row.taken_back:
        return "cette ligne, notée par erreur, est retirée et ne vaut aucun jour"
    if day < row.since:
        return "cette ligne ne vaut pas encore ce jour-là"
    if not row.covers(day):
        return "cette ligne ne vaut plus ce jour-là"
    if row.left(day) and row.practice_left_on is not None:
        return f"cette ligne ne tranche plus, départ le {french_day(row.practice_left_on)}"
    return "cette ligne compte ce jour-là" if row in ruled.rows else "une autre ligne l’emporte"


def _conclusion(ruled: Ruling, platform: str, day: date) -> str:
    numbers = listed(tuple(f"n° {row.id}" for row in ruled.rows))
    several = len(ruled.rows) > 1
    match ruled.because:
        case Because.NOTHING:
            why = f"aucune ligne du registre ne parle de {platform} ce jour-là"
        case Because.LATEST:
            why = f"la parole la plus récente est celle {'des lignes' if several else 'de la ligne'} {numbers}"
        case Because.SAME_DAY:
            why = f"les lignes {numbers} commencent le même jour et se contredisent"
        case Because.LEFT:
            why = f"ce qu’a donné un cabinet ou un employeur quitté depuis ne vaut plus ({numbers})"
        case Because.SUPPLIED:
            why = f"seule la plateforme a fourni ce document ({numbers}) ; la personne n’a pas été entendue"
        case Because.OPENED:
            why = f"une fiche a été ouverte, revendiquée ou modifiée autrefois ({numbers})"
        case Because.CONTRACT_BEFORE:
            why = f"un contrat en cours, jamais révoqué, contredit la parole donnée depuis ({numbers})"
        case Because.OWN_WORD_BEFORE:
            giver = "l’employeur" if ruled.rows[-1].given_by is GivenBy.EMPLOYER else "le cabinet"
            why = f"{giver} contredit la parole donnée avant par la personne elle-même ({numbers})"
    decides = "" if ruled.verdict is not Verdict.UNDETERMINED or ruled.because is Because.NOTHING else (
        " Une personne décide."
    )  # fmt: skip
    return f"Au {french_day(day)}, {ruled.verdict.label} : {why}.{decides}"
