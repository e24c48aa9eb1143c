"""What a person sees of a message: what it says, what it seems to mean, what to know of its sender."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from listingguard.domain.incoming import about_another
from listingguard.domain.question import said_in
from listingguard.domain.record import HeldRow, ReplyRow, Sort
from listingguard.domain.reply_text import MailText
from listingguard.domain.suggestion import Suggestion, suggest
from listingguard.errors import NotFound
from listingguard.flow.inbox.room import Known, Mailroom, in_cases, stranger

if TYPE_CHECKING:
    from listingguard.edge.store import Store
    from listingguard.edge.vault import Vault


@dataclass(frozen=True)
class Seen:
    """A message as a person sees it. case: empty in quarantine; `held` then says why, `guess` where it may belong.

    unread: nobody has read it yet. suggestion: what it seems to say; it changes nothing. doubt: what to know of the
    sender, in French. word: what a person said it means. A sensitive message shows nothing of what it says.
    """

    sha256: str
    case: str
    sender: str
    day: date | None
    unread: bool
    held: str
    mail: MailText
    suggestion: Suggestion
    sort: Sort = Sort.REPLY
    guess: str = ""
    doubt: str = ""
    word: str = ""
    said: str = ""
    """Of the practitioner's reply to our question: the answer it seems to give, or `?`; empty for any other message."""


def unread(store: Store, case_id: str) -> tuple[ReplyRow, ...]:
    """Return the replies of a case that no person has read yet; a program's message is no reply."""
    return store.unread_replies(case_id)


def to_settle(row: HeldRow) -> tuple[str, None, str]:
    """Return what a person must do about a message in quarantine: text, no due date, command."""
    where = row.guess or "DOSSIER"
    if row.sort is Sort.SENSITIVE:
        text = f"Message sensible en quarantaine ({row.reason}) : le rendre à son expéditeur, ou le supprimer."
        return text, None, f"listingguard inbox delete {row.sha256[:12]}"
    return (
        f"Message « {row.name} » en quarantaine : {row.reason}.",
        None,
        f"listingguard inbox file {row.sha256[:12]} {where}",
    )


def seen(store: Store, vault: Vault, room: Mailroom) -> tuple[Seen, ...]:
    """Return every message filed or in quarantine, each with a suggestion; those of cases first, oldest first."""
    known, filed = Known(store, vault, room), []
    for case in store.cases():
        waiting = store.unread_replies(case.id)
        filed += [_seen(store, vault, room, known, r, unread=r in waiting) for r in store.replies(case.id)]
    return (*filed, *(_waiting(vault, room, row) for row in store.quarantined()))


def look(store: Store, vault: Vault, room: Mailroom, message: str, *, case: str = "", reveal: bool = False) -> Seen:
    """Return one message, named by the beginning of its hash; raise NotFound unless exactly one has it.

    case: the one meant, where it is filed in several; without, one in which nobody has read it comes first. reveal: a
    person must see what a sensitive message says, to give it back or to clear it; whoever asks notes it.
    """
    rows: list[ReplyRow | HeldRow] = [row for row in in_cases(store, message) if case in ("", row.case)]
    rows += [row for row in store.quarantined() if len(message) >= 8 and not case and row.sha256.startswith(message)]
    if len({row.sha256 for row in rows}) != 1:
        raise NotFound(
            f"Aucun message unique « {message} » (8 caractères au moins). Les voir : listingguard inbox list"
        )
    if isinstance(rows[0], HeldRow):
        return _waiting(vault, room, rows[0], reveal=reveal)
    known = Known(store, vault, room)
    filed = [(row, row in store.unread_replies(row.case)) for row in rows if isinstance(row, ReplyRow)]
    row, unread = next((each for each in filed if each[1]), filed[0])
    return _seen(store, vault, room, known, row, unread=unread, reveal=reveal)


_ELSEWHERE = MailText(
    "", "", (), notes=("son contenu est resté là d’où vient le dossier : il nomme d’autres personnes",)
)


_HIDDEN = MailText("", "", (), notes=("son contenu n’est pas montré : il nomme peut-être des patients",))


def _seen(
    store: Store, vault: Vault, room: Mailroom, known: Known, row: ReplyRow, *, unread: bool, reveal: bool = False
) -> Seen:
    word = store.meaning_of_reply(row.sha256, row.case)
    if row.sort is Sort.SENSITIVE and not reveal:
        silent = suggest(_HIDDEN, room.rules)
        return Seen(row.sha256, row.case, row.sender, row.day, unread, "", _HIDDEN, silent, row.sort, word=word)
    case = known.cases[row.case]
    # A case taken over from another home leaves there what is about other people too.
    mail = room.read(vault.get(row.sha256)) if vault.has(row.sha256) else _ELSEWHERE
    person = store.practitioner(case.practitioner)
    suggestion = about_another(
        mail, suggest(mail, room.rules), family=person.family_names, first=(person.first_name, *person.other_first_names),
        rpps=person.rpps or "", case=case.id, cases=known.cases,
    )  # fmt: skip
    said = ""
    asked = [r for r in known.rows if r.case == row.case and r.letter in known.questions]
    if row.sort is Sort.REPLY and any(r.recipient.lower() == row.sender for r in asked):
        # The practitioner answers our question: what platforms write is no measure of it.
        answer = said_in(mail.new)
        said = answer.value if answer else "?"
        why = f"Réponse à la question : {answer.label}." if answer else "Réponse de la personne à la question."
        suggestion = Suggestion(None, "", "Aucun effet avant qu’une personne ait lu.", why)
    doubt = ""
    if row.sort is Sort.REPLY and not said and stranger(known, row):
        doubt = f"{row.sender or 'L’expéditeur'} n’écrit pas depuis un domaine connu du responsable."
    return Seen(
        row.sha256, row.case, row.sender, row.day, unread, "", mail, suggestion, row.sort, doubt=doubt, word=word,
        said=said,
    )  # fmt: skip


def _waiting(vault: Vault, room: Mailroom, row: HeldRow, *, reveal: bool = False) -> Seen:
    hidden = row.sort is Sort.SENSITIVE and not reveal
    mail = _HIDDEN if hidden else room.read(vault.get(row.sha256))
    return Seen(
        row.sha256, "", mail.sender, None, True, row.reason, mail, suggest(mail, room.rules), row.sort, row.guess
    )  # fmt: skip
