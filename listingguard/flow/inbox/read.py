"""What a person read in a message -> an event of its case."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from listingguard.domain.case import REPLIES, EventKind, Fact, effective
from listingguard.domain.record import ReplyRow, Sort
from listingguard.domain.suggestion import Meaning
from listingguard.errors import BadInput, Refused
from listingguard.flow.inbox.room import Known, Mailroom, in_cases, learn, of_a_case, stranger

if TYPE_CHECKING:
    from listingguard.edge.store import Store
    from listingguard.edge.vault import Vault

READ_AS = REPLIES | {EventKind.ACKNOWLEDGED, EventKind.BOUNCED}
"""What a person may say a message is."""


WORDS: dict[str, tuple[Meaning | None, Sort]] = {
    **{m.value: (m, Sort.REPLY) for m in Meaning if m not in (Meaning.AUTO, Meaning.BOUNCE)},
    "auto": (Meaning.AUTO, Sort.AUTOMATIC),
    "bounce": (Meaning.BOUNCE, Sort.BOUNCE),
    "lawyer": (None, Sort.LAWYER),
    "sensitive": (None, Sort.SENSITIVE),
}
"""What a person may say of a message, by the word to type."""


def read_as(
    store: Store,
    vault: Vault,
    message: str,
    word: str,
    *,
    record: Callable[..., bool],
    today: date,
    at: datetime,
    actor: str,
    room: Mailroom,
    case: str = "",
    data: Mapping[str, Any] | None = None,
    sender_known: bool = False,
    remember: bool = False,
    instead: bool = False,
) -> tuple[ReplyRow, EventKind | None]:
    """Record what a person read in a message filed in a case; return it, and the event it made, None: none.

    The same word twice changes nothing. Another word than the one read before is refused: one message never gives a
    case two contrary answers by itself. instead: the first reading was wrong; a correction takes its event out (law
    page, part 8: a correction is an event).

    case: which of them, where it is filed in several; each is read for itself.

    Who answers from elsewhere than the controller's domains may have been forwarded our letter, its token inside: a
    person says that they know the sender (sender_known), or that the domain is the controller's (remember).

    record: how a fact enters a case (flow/review). The event bears the day the message reached us and rests on its
    bytes. Raises IllegalEvent with what the case allows.
    """
    row = of_a_case(store, message, case)
    several = [] if case else [each.case for each in in_cases(store, message)]
    if len(several) > 1:
        raise Refused(
            "Ce message est rangé dans plusieurs dossiers : il est lu pour chacun.",
            [f"listingguard inbox read {row.sha256[:12]} --case {each} --as {word}" for each in several],
        )
    meaning, sort = WORDS[word]
    of = f" --case {row.case}" if case else ""
    kind = meaning.event if meaning else None
    known = Known(store, vault, room)
    strange = kind in READ_AS - {EventKind.BOUNCED} and stranger(known, row)
    if strange and not (sender_known or remember):
        raise Refused(
            f"{row.sender or 'L’expéditeur'} n’écrit pas depuis un domaine connu du responsable : a-t-il qualité pour répondre ?",
            [
                f"si une personne l’a vérifié, pour ce message : listingguard inbox read {row.sha256[:12]}{of} --as {word} "
                "--sender-known",
                f"et pour tout son domaine : listingguard inbox read {row.sha256[:12]}{of} --as {word} --remember",
                f"sinon : listingguard inbox read {row.sha256[:12]}{of} --as unrelated",
            ],
        )
    if remember and not row.sender:
        raise BadInput("Ce message n’a pas d’expéditeur lisible : aucun domaine n’est à retenir.")
    told = dict(data or {})
    wrong, before = _read_otherwise(store, row, word, kind, told)
    if (wrong or before) and not instead:
        _refuse_another_reading(row, word, kind, of, wrong, before, today)
    with store.tx("inbox.read"):
        for fact in wrong:
            record(
                store, vault, store.case(row.case), EventKind.CORRECTION, day=today, today=today, at=at, actor=actor,
                data={"event": str(fact.seq), "void": True},
            )  # fmt: skip
        if strange:
            store.add_audit(actor, "sender_known", f"{row.sha256} ({row.sender})", at=at)
        if remember:
            learn(store, store.case(row.case), row.sender, today=today, at=at, actor=actor)
        if kind is not None:
            record(
                store, vault, store.case(row.case), kind, day=row.day, today=today, at=at, actor=actor,
                proof=vault.get(row.sha256), data=told,
            )  # fmt: skip
        store.add_reading_of_reply(row.sha256, row.case, word, sort, day=today, at=at, actor=actor)
    return row, kind


def _read_otherwise(
    store: Store, row: ReplyRow, word: str, kind: EventKind | None, told: Mapping[str, Any]
) -> tuple[list[Fact], str]:
    """Return the events that a message made in its case and that another reading contradicts, and the word then said.

    The word is empty where it is the same, or where a correction already took out the event it had made.
    """
    if WORDS[word][1] is Sort.SENSITIVE:
        # That it names patients takes nothing away from what it answers: it is only hidden from then on.
        return [], ""
    standing = [f for f in effective(store.facts(row.case)) if f.proof == row.sha256 and f.kind in READ_AS]
    wrong = [
        fact
        for fact in standing
        if fact.kind is not kind or any(fact.data.get(name) != told.get(name) for name in {*told, "reasoned", "timely"})
    ]
    before = store.meaning_of_reply(row.sha256, row.case)
    meaning, _ = WORDS.get(before, (None, Sort.REPLY))
    taken_out = meaning is not None and meaning.event is not None and not standing
    return wrong, "" if before == word or taken_out else before


def _refuse_another_reading(
    row: ReplyRow, word: str, kind: EventKind | None, of: str, wrong: Sequence[Fact], before: str, today: date
) -> None:
    """Raise Refused for a message that was read otherwise, with all that a person may do."""
    said = " ; ".join(f"« {f.kind.label} » (événement {f.seq})" for f in wrong) or f"« {before} »"
    cures = [
        f"si c’était une erreur, la remplacer : listingguard inbox read {row.sha256[:12]}{of} --as {word} --instead",
        *(
            f"ou effacer seulement ce qu’elle disait : listingguard event add {row.case} correction --event {f.seq} --void "
            f"--day {today}"
            for f in wrong
        ),
    ]
    if kind is not None and kind not in {f.kind for f in wrong}:
        cures.append(
            f"s’il dit l’un et l’autre : listingguard inbox export {row.sha256[:12]} -o FICHIER, puis listingguard event add "
            f"{row.case} {kind.value} --day {row.day} --proof FICHIER"
        )
    raise Refused(f"Ce message a déjà été lu autrement : {said}. Rien n’a été changé.", cures)
