"""What stops a request, asked before its approval and again before its sending: facts of a case, never the clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from listingguard.domain.case import State, Status
from listingguard.domain.finding import Opinion, Word, disputed
from listingguard.domain.french import french_day
from listingguard.domain.practitioner import Practitioner, Verdict, Watch
from listingguard.domain.practitioner import Status as Standing
from listingguard.domain.record import HeldRow, Sort

_NOT_FOR = frozenset({Standing.DECEASED, Standing.STRUCK_OFF, Standing.UNCLEAR})
"""Of whom nothing is asked in their name; who retired or moved away keeps the right to have a page removed."""

_OVER = frozenset({State.CLOSED, State.ERASED})


@dataclass(frozen=True)
class Circumstances:
    """What surrounds a case on a day, as the store gathers it.

    found: listing -> address of every page of the case. opinions: what persons said of each. left_alone: the sites on
    which the person asked that nothing be looked for. others: each other case of the same person, with its state that
    day and the listings it is about. held: messages in quarantine that may answer this case.
    """

    case: str
    platform: str
    person: Practitioner
    day: date
    status: Status
    watch: Watch | None
    left_alone: frozenset[str]
    found: Mapping[str, str]
    opinions: Mapping[str, Sequence[Opinion]]
    others: Sequence[tuple[str, State, frozenset[str]]]
    held: Sequence[HeldRow] = ()


def stops(around: Circumstances) -> tuple[str, ...]:
    """Return why no request may leave the case that day, approved or not: one French phrase each, with what to do."""
    who, now = around.person.id, around.status
    close = f"fermer le dossier, listingguard event add {around.case} withdrawn --day JOUR"
    reasons = []
    if around.person.status in _NOT_FOR and not around.person.practises(around.day):
        reasons.append(
            f"le tableau dit de cette personne « {around.person.status.label} » : le corriger, "
            f"listingguard roster set {who} --status …, ou {close}"
        )
    if around.watch is not None and around.watch.opposed_on is not None:
        reasons.append(
            f"la personne s’est opposée le {french_day(around.watch.opposed_on)} à ces recherches : {close}, "
            f"ou noter qu’elle y consent, listingguard watch set {who} yes --informed-on JOUR"
        )
    for site in sorted({around.platform, *(key.partition(":")[0] for key in around.found)}):
        if site in around.left_alone:
            reasons.append(f"la personne a demandé que rien ne soit cherché d’elle sur {site} : {close}")
    if now.answer is not None:
        reasons.append(
            f"la personne a répondu « {now.answer.label} » : une personne l’éclaircit avec elle, puis "
            f"listingguard question answer {around.case} --answer RÉPONSE --on JOUR"
        )
    for url in now.unasked:
        reasons.append(
            f"la page {url} s’est ajoutée après la parole du praticien : lui poser la question, puis "
            f"listingguard question answer {around.case} --answer not_agreed --on JOUR"
        )
    for key, url in around.found.items():
        said = around.opinions.get(key, ())
        if disputed(said):
            reasons.append(f"deux personnes ne disent pas la même chose de la page {url} : listingguard review")
        elif said and said[-1].word is not Word.SAME:
            reasons.append(
                f"la page {url} est jugée « {said[-1].word.label} » : la juger de nouveau, "
                f"listingguard review --answer {key} {who} m, ou {close}"
            )
    for other, state, listings in around.others:
        shared = [url for key, url in around.found.items() if key in listings]
        if shared and state not in _OVER:
            reasons.append(
                f"le dossier {other} porte déjà sur la page {shared[0]} : fermer l’un des deux, "
                f"listingguard event add {around.case} duplicate --of {other} --day JOUR"
            )
    for message in around.held:
        if message.sort in (Sort.REPLY, Sort.SENSITIVE):
            reasons.append(
                f"un message en quarantaine répond peut-être à ce dossier ({message.reason}) : une personne le range ou "
                f"l’écarte, listingguard inbox show {message.sha256[:12]}"
            )
    return tuple(reasons)


@dataclass(frozen=True)
class Companion:
    """Another case whose request the same covering letter holds, on the same day.

    said: what the ledger says of its person and site. mandated: a mandate is valid that day. taken_back: its own sendings
    were all given up.
    """

    around: Circumstances
    said: Verdict
    mandated: bool
    taken_back: bool


def beside(others: Iterable[Companion]) -> str:
    """Return why a covering letter may leave for nobody: it holds the requests of the others, names and all; else ""."""
    for other in others:
        now = other.around.status
        out = now.held or now.state is State.CLOSED or other.said is not Verdict.UNAUTHORISED or stops(other.around)
        if out or not other.mandated or other.taken_back:
            return (
                f"la même lettre porte la demande {other.around.case}, qui ne part plus : la retirer, puis l’approuver "
                "sans elle"
            )
    return ""
