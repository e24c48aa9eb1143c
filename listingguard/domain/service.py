"""What proves that a letter left, arrived or came back, and what each proof does to the clock. Touches no store.

The law page, parts 2 and 8: receipt is the day the letter was handed over, never its deposit or its first presentation;
what came back proves the attempt and no date; of several dispatches, the earliest proven receipt counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from listingguard.domain.case import Acting, EventKind, Fact, Rules, State, Status, effective
from listingguard.domain.deadline import Basis
from listingguard.domain.french import french_day
from listingguard.domain.next_step import Action, Who
from listingguard.domain.record import EMAIL, REGISTERED, DispatchRow
from listingguard.errors import BadInput, Refused

ELECTRONIC, FORM, HAND, POST = "lre", "form", "hand", "post"
"""Beside e-mail and registered post: qualified electronic post, the site's form, by hand; and the plain letter by which
only a question goes."""

CHANNELS = {
    EMAIL: "courriel",
    REGISTERED: "lettre recommandée avec avis de réception",
    ELECTRONIC: "lettre recommandée électronique qualifiée",
    FORM: "formulaire de la plateforme",
    HAND: "remise en main propre",
    POST: "lettre simple",
}
"""The French words shown on screen."""


class ProofType(StrEnum):
    """What a document proves about one dispatch."""

    DEPOSITED = "deposited"
    PRESENTED = "presented"
    SIGNED = "signed"
    HANDED_OVER = "handed_over"
    REFUSED = "refused"
    UNCLAIMED = "unclaimed"
    NOT_AT_ADDRESS = "not_at_address"
    LRE_RECEIVED = "lre_received"
    LRE_NEGLECTED = "lre_neglected"
    DSN_DELIVERED = "dsn_delivered"
    DSN_FAILED = "dsn_failed"
    DSN_DELAYED = "dsn_delayed"
    RELAYED = "relayed"
    FORM_CONFIRMATION = "form_confirmation"
    AUTOMATIC_ACK = "automatic_ack"
    REPLY = "reply"
    SENT_COPY = "sent_copy"
    BY_HAND = "by_hand"

    @property
    def label(self) -> str:
        """Return the French words shown on screen."""
        return _LABELS[self.value]

    @property
    def channels(self) -> frozenset[str]:
        """Return the channels whose dispatches it may be about."""
        return _CHANNELS[self]


_LABELS = {
    "deposited": "preuve de dépôt",
    "presented": "première présentation",
    "signed": "avis de réception signé",
    "handed_over": "remise au destinataire, selon le suivi",
    "refused": "pli refusé par le destinataire",
    "unclaimed": "pli avisé et non réclamé",
    "not_at_address": "destinataire inconnu à l’adresse (NPAI)",
    "lre_received": "lettre recommandée électronique reçue",
    "lre_neglected": "lettre recommandée électronique négligée",
    "dsn_delivered": "avis de remise du serveur du destinataire",
    "dsn_failed": "avis de non-remise",
    "dsn_delayed": "avis de retard",
    "relayed": "message relayé, remise non attestée",
    "form_confirmation": "confirmation du formulaire",
    "automatic_ack": "accusé de réception automatique",
    "reply": "réponse du destinataire",
    "sent_copy": "copie du message envoyé",
    "by_hand": "remise en main propre contre récépissé",
}

_T = ProofType
_POSTED, _MAILED = frozenset({REGISTERED}), frozenset({EMAIL})
_CHANNELS: dict[ProofType, frozenset[str]] = {
    _T.DEPOSITED: frozenset({REGISTERED, ELECTRONIC, POST}),
    _T.PRESENTED: _POSTED,
    _T.SIGNED: _POSTED,
    _T.HANDED_OVER: _POSTED,
    _T.REFUSED: frozenset({REGISTERED, ELECTRONIC}),
    _T.UNCLAIMED: _POSTED,
    _T.NOT_AT_ADDRESS: frozenset({REGISTERED, POST}),
    _T.LRE_RECEIVED: frozenset({ELECTRONIC}),
    _T.LRE_NEGLECTED: frozenset({ELECTRONIC}),
    **dict.fromkeys((_T.DSN_DELIVERED, _T.DSN_FAILED, _T.DSN_DELAYED, _T.RELAYED, _T.SENT_COPY), _MAILED),
    _T.FORM_CONFIRMATION: frozenset({FORM}),
    _T.AUTOMATIC_ACK: frozenset({EMAIL, FORM}),
    _T.REPLY: frozenset(CHANNELS),
    _T.BY_HAND: frozenset({HAND}),
}


@dataclass(frozen=True)
class Effect:
    """What a proof of one day does. kind: the event of the case that it makes, None: none.

    sends: it shows that the letter left, at the latest that day. received: the day of receipt it proves. sentence: the
    same in French. source: where the law page says so.
    """

    kind: EventKind | None
    day: date
    sentence: str
    source: str
    sends: bool = False
    received: date | None = None


_RECEIVED = "Réception prouvée le {day} : l’échéance court de ce jour, si aucune réception antérieure n’est prouvée."
_BACK = (
    "prouve l’envoi, pas une date de réception : aucune échéance n’en court. À envoyer aussi par courriel, aujourd’hui."
)
_HANDED = "Cass. 2e civ., 19 nov. 2020, n° 19-17.934 (par analogie)"
_ATTEMPT = "Cass. 1re civ., 20 janv. 2021, n° 19-20.680"
_REACHED = "la demande est reçue quand elle atteint un canal du destinataire"
_ARRIVED = "un accusé automatique prouve l’arrivée et n’est pas une réponse"

_EFFECTS: dict[ProofType, tuple[EventKind | None, str, str]] = {
    _T.DEPOSITED: (None, "Prouve le départ le {day}. Le dépôt n’est pas la réception : aucune échéance n’en court.", _HANDED),
    _T.PRESENTED: (None, "Présentée le {day} sans être remise : aucune échéance n’en court.", _HANDED),
    _T.SIGNED: (EventKind.RECEIVED, _RECEIVED, _HANDED),
    _T.HANDED_OVER: (EventKind.RECEIVED, f"{_RECEIVED} Garder aussi l’avis signé, quand il revient.", _HANDED),
    _T.REFUSED: (EventKind.REFUSED_DELIVERY, f"Refusée le {{day}} : {_BACK}", _ATTEMPT),
    _T.UNCLAIMED: (EventKind.UNCLAIMED, f"Non réclamée le {{day}} : {_BACK}", _ATTEMPT),
    _T.NOT_AT_ADDRESS: (
        EventKind.NOT_AT_ADDRESS, f"Retournée le {{day}}, destinataire inconnu à l’adresse : {_BACK}", _ATTEMPT
    ),
    _T.LRE_RECEIVED: (EventKind.RECEIVED, _RECEIVED, "règlement (UE) n° 910/2014, article 43, paragraphe 2"),
    _T.LRE_NEGLECTED: (EventKind.UNCLAIMED, f"Négligée le {{day}} : {_BACK}", "LRE « négligée »"),
    _T.DSN_DELIVERED: (EventKind.RECEIVED, f"{_RECEIVED} Remis au serveur du destinataire : cela ne dit pas qu’il l’a lu.", _REACHED),
    _T.DSN_FAILED: (
        EventKind.BOUNCED,
        "Non remis le {day} : ce courriel ne compte pas comme reçu. Vérifier l’adresse, puis envoyer autrement.",
        "un avis de non-remise ne vaut jamais réception",
    ),
    _T.DSN_DELAYED: (None, "Retardé le {day} : le serveur essaie encore, il n’y a rien à faire.", "un retard n’est ni une remise ni un échec"),
    _T.RELAYED: (
        None,
        "Relayé le {day} à un serveur qui n’atteste pas la remise : ce n’est pas une réception prouvée.",
        "RFC 3464, partie 2.3.3",
    ),
    _T.FORM_CONFIRMATION: (EventKind.RECEIVED, _RECEIVED, "formulaire, confirmation"),
    _T.AUTOMATIC_ACK: (EventKind.ACKNOWLEDGED, f"{_RECEIVED} Ce n’est pas une réponse.", _ARRIVED),
    _T.REPLY: (EventKind.RECEIVED, _RECEIVED, "toute réponse prouve la réception, au plus tard ce jour-là"),
    _T.SENT_COPY: (
        None,
        "Prouve le départ le {day} ; sans avis de non-remise, la réception est présumée ce jour-là au bout de sept jours.",
        "sept jours sans avis de non-remise",
    ),
    _T.BY_HAND: (EventKind.RECEIVED, _RECEIVED, "décret n° 2019-536, article 77, demande remise contre récépissé"),
}  # fmt: skip

NEVER_ARRIVED = frozenset({_T.REFUSED, _T.UNCLAIMED, _T.NOT_AT_ADDRESS, _T.LRE_NEGLECTED, _T.DSN_FAILED})
"""What says that a sending was never handed over: the same request may leave again by the same channel."""

_SENDS = frozenset({_T.DEPOSITED, _T.SENT_COPY, _T.FORM_CONFIRMATION, _T.BY_HAND, _T.LRE_RECEIVED})
"""What shows by itself on which day a request left; anything else comes after that day."""

_BACK_KINDS = frozenset({EventKind.REFUSED_DELIVERY, EventKind.UNCLAIMED, EventKind.NOT_AT_ADDRESS})


def effect(kind: ProofType, day: date) -> Effect:
    """Return what a proof of that day does to the clock of a request.

    >>> effect(ProofType.PRESENTED, date(2026, 3, 5)).received is None
    True
    >>> effect(ProofType.SIGNED, date(2026, 3, 9)).received
    datetime.date(2026, 3, 9)
    """
    event, sentence, source = _EFFECTS[kind]
    received = day if event in (EventKind.RECEIVED, EventKind.ACKNOWLEDGED) else None
    return Effect(
        event,
        day,
        sentence.format(day=french_day(day)),
        source,
        sends=kind in _SENDS,
        received=received,
    )


_DSN = {
    "failed": ProofType.DSN_FAILED,
    "delayed": ProofType.DSN_DELAYED,
    "delivered": ProofType.DSN_DELIVERED,
    "relayed": ProofType.RELAYED,
    # Sent on to several addresses, none of which says anything yet.
    "expanded": ProofType.RELAYED,
}


def proof_of_dsn(action: str, status: str = "") -> ProofType | None:
    """Return what a delivery report proves, from its `Action` and `Status` fields (RFC 3464); None: nothing known.

    A status that contradicts the action proves nothing: a report that says « delivered, 5.1.1 » is nobody's word.

    >>> proof_of_dsn("failed", "5.1.1")
    <ProofType.DSN_FAILED: 'dsn_failed'>
    >>> proof_of_dsn("delivered", "5.1.1") is None
    True
    """
    kind = _DSN.get(action.strip().lower())
    group = status.strip()[:1]
    said = {"2": {_T.DSN_DELIVERED, _T.RELAYED}, "4": {_T.DSN_DELAYED, _T.DSN_FAILED}, "5": {_T.DSN_FAILED}}.get(group)
    return kind if said is None or kind in said else None


@dataclass(frozen=True)
class ProofRow:
    """One proof of service: the dispatch it is about, the day it is of, the hash of its document in the vault."""

    id: str
    dispatch: str
    case: str
    type: ProofType
    day: date
    file: str
    note: str
    actor: str


def proof_id(dispatch: str, kind: ProofType, file: str) -> str:
    """Return the identifier of a proof: the same document about the same dispatch is one proof."""
    return f"{dispatch}/{kind.value}/{file[:16]}"


def sent_data(row: DispatchRow, response: str) -> dict[str, str]:
    """Return what the event of a sending says of it. response: the server's answer, or how it is known."""
    return {
        "dispatch": row.id,
        "channel": row.channel,
        "recipient": row.recipient,
        "message_id": row.message_id,
        "response": response,
    }


# -- the address an answer comes back to --------------------------------------------------------------------------------

_WITH_PLUS = frozenset(
    {
        "gmail.com", "googlemail.com", "outlook.com", "outlook.fr", "hotmail.com", "hotmail.fr", "live.fr", "live.com",
        "icloud.com", "me.com", "fastmail.com", "proton.me", "protonmail.com", "pm.me",
    }
)  # fmt: skip
"""Providers that deliver name+anything@ to name@. Elsewhere nobody knows: an answer to such an address could be lost."""

TOKEN = re.compile(r"[a-z2-7]{16,32}")


def delimiter_of(setting: str, address: str) -> str:
    """Return what separates a name from a token in the address answers come back to; empty: the address stays bare.

    setting: `mail.recipient_delimiter`, "auto" for the providers known to take it.
    """
    if setting != "auto":
        return setting
    return "+" if address.rpartition("@")[2].lower() in _WITH_PLUS else ""


def reply_address(address: str, token: str, delimiter: str) -> str:
    """Return the address that answers to one dispatch come back to; the address itself without token or delimiter.

    >>> reply_address("lettres@conseil.example", "abcd234567abcd23", "+")
    'lettres+abcd234567abcd23@conseil.example'
    """
    name, _, domain = address.rpartition("@")
    tagged = f"{name}{delimiter}{token}"
    # No server takes a longer name (RFC 5321, part 4.5.3.1.1).
    return f"{tagged}@{domain}" if token and delimiter and len(tagged) <= 64 else address


def bounce_address(address: str, token: str, delimiter: str) -> str:
    """Return the envelope sender of one dispatch: what cannot be delivered says by itself which letter it was.

    >>> bounce_address("lettres@conseil.example", "abcd234567abcd23", "+")
    'lettres+b.abcd234567abcd23@conseil.example'
    """
    return reply_address(address, f"b.{token}" if token else "", delimiter)


def found_token(header: str) -> tuple[str, bool] | None:
    """Return the token in the addresses of a header, and whether it is that of a bounce; None when there is none.

    >>> found_token("Conseil <Lettres+b.ABCD234567abcd23@conseil.example>")
    ('abcd234567abcd23', True)
    """
    match = re.search(rf"[+\-=_](b\.)?({TOKEN.pattern})@", header.lower()[:10_000])
    return (match[2], match[1] is not None) if match else None


# -- the message that carries a letter ----------------------------------------------------------------------------------

_SCANS = (
    (b"%PDF-", "mandat.pdf", "application/pdf"),
    (b"\xff\xd8\xff", "mandat.jpg", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "mandat.png", "image/png"),
    (b"II*\0", "mandat.tif", "image/tiff"),
    (b"MM\0*", "mandat.tif", "image/tiff"),
)
"""How the first bytes of a signed document tell what it is, so that whoever receives it can open it."""


def attached(document: bytes) -> tuple[str, bytes, str]:
    """Return a mandate as it goes with a letter: its name, its bytes, its type."""
    for begin, name, mime in _SCANS:
        if document.startswith(begin):
            return name, document, mime
    return "mandat.bin", document, "application/octet-stream"


def beside_the_post(text: str, number: str, pdf: str, *, renumbered: bool = False) -> str:
    """Return a letter's text as an e-mail that goes with its registered post; unchanged where there is no number.

    pdf: the SHA-256 of the PDF that is attached. renumbered: what is posted is its copy under that other number.
    """
    if not number:
        return text
    printed = registered_number(number).printed
    same = "au seul numéro de recommandé près" if renumbered else "sans différence"
    return (
        f"La même demande vous est adressée par lettre recommandée, n° {printed}.\n"
        f"Le fichier PDF joint est cette lettre, {same} (empreinte SHA-256 : {pdf}).\n\n{text}"
    )


def beside_the_cover(text: str, case: str, others: int, number: str, pdf: str, *, renumbered: bool = False) -> str:
    """Return a covering letter's text as the e-mail of one of its cases: answered by itself, under its own reference.

    others: how many more requests the letter holds; each has an e-mail of its own, with the mandate of its person.
    """
    more = f"à {others} autres, dont chacune" if others > 1 else "à une autre, qui"
    told = (
        f"Ce courriel porte sur la seule demande {case}. La lettre ci-dessous la réunit {more} fait l’objet d’un courriel "
        "distinct, avec le mandat de la personne concernée.\n"
    )
    return f"{told}{'' if number else chr(10)}{beside_the_post(text, number, pdf, renumbered=renumbered)}"


def for_form(text: str) -> str:
    """Return a letter's text without what only paper bears: the block of its envelope, the line of the registered post.

    What stands in a form is no registered letter, even where the same request also went by post.
    """
    paragraphs = text.split("\n\n")
    at = next((n for n, each in enumerate(paragraphs) if re.search(r"(?m)^N/Réf\.", each)), 0)
    # Who writes, to whom, where and when, under which reference: every letter begins so.
    if at < 3:
        return text
    kept = [line for line in paragraphs[at].split("\n") if not line.startswith("Lettre recommandée")]
    return "\n\n".join([*paragraphs[: at - 2], paragraphs[at - 1], "\n".join(kept), *paragraphs[at + 1 :]])


def form_parts(text: str, limit: int) -> tuple[str, ...]:
    """Return a letter's text as it is pasted into a form, in parts of at most `limit` characters (0: no limit).

    Cut between paragraphs, then lines, then words; each part of several says which one it is. Nothing is left out.
    """
    plain = text.replace("\u202f", "\u00a0").strip()
    if not limit or len(plain) <= limit:
        return (plain,)
    room = limit - len("(99/99) ")
    if room < 200:
        raise BadInput(
            f"Le formulaire ne prendrait que {limit} caractères : la demande n’y tient pas, choisissez un autre canal."
        )
    parts: list[str] = []
    rest = plain
    while rest:
        if len(rest) <= room:
            parts.append(rest)
            break
        head = rest[: room + 1]
        cut = next((at for mark in ("\n\n", "\n", " ") if (at := head.rfind(mark)) > room // 2), room)
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return tuple(f"({number}/{len(parts)}) {part}" for number, part in enumerate(parts, 1))


# -- registered letters -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Number:
    """The number of a registered letter. compact: 13 characters, as kept; printed: in groups, as on the slip.

    warning: what is wrong with its key, or could not be checked, in French; empty when the key is right. wrong: the key
    was checked, and is not the one of these digits.
    """

    compact: str
    printed: str
    warning: str = ""
    wrong: bool = False


_S10 = re.compile(r"[A-Z]{2}[0-9]{9}[A-Z]{2}")
_DOMESTIC = re.compile(r"[0-9][A-Z][0-9]{11}")


def registered_number(text: str) -> Number:
    """Return the number of a registered letter as it is kept and printed, with what its key tells.

    International ones carry a key that is published (UPU S10); how the key of a French domestic number is made is not.
    Raises BadInput for what has the form of no number; `entered_number` is what a person's entry goes through.

    >>> registered_number("rr 473 124 829 fr").printed
    'RR 473 124 829 FR'
    >>> registered_number("1A 123 456 7890 1").compact
    '1A12345678901'
    """
    compact = re.sub(r"[\s.\-\u2011]", "", text).upper()
    if _S10.fullmatch(compact):
        wrong = int(compact[10]) != s10_key(compact[2:10])
        printed = f"{compact[:2]} {compact[2:5]} {compact[5:8]} {compact[8:11]} {compact[11:]}"
        return Number(compact, printed, "sa clé est fausse" if wrong else "", wrong)
    if _DOMESTIC.fullmatch(compact):
        warning = "la clé d’un numéro national n’est pas vérifiable : la manière de la calculer n’est pas publiée"
        return Number(compact, f"{compact[:2]} {compact[2:5]} {compact[5:8]} {compact[8:12]} {compact[12:]}", warning)
    if 8 <= len(compact) <= 40 and compact.isascii() and compact.isalnum() and any(c.isdigit() for c in compact):
        warning = "il n’a pas la forme d’un numéro de La Poste"
        return Number(compact, compact, warning)
    raise BadInput(
        f"« {text[:40]} » n’est pas un numéro de recommandé. Attendu : 13 caractères, comme 1A 123 456 7890 1 ou RR 473 124 829 FR."
    )


def printed_number(text: str) -> str:
    """Return the registered number that the text of a letter bears above its references; empty when it bears none.

    >>> printed_number("Lettre recommandée avec avis de réception n° RR 473 124 829 FR\\nN/Réf. : C-1")
    'RR 473 124 829 FR'
    """
    found = re.search(r"(?m)^Lettre recommandée avec avis de réception n°\s*(.+)$", text)
    return registered_number(found[1].strip()).printed if found else ""


def entered_number(text: str, *, as_printed: bool = False) -> Number:
    """Return the number a person enters; Refused where its key is wrong or cannot be checked, unless it is so printed.

    as_printed: the person read it again on the slip, digit by digit, and says that this is what stands there. A number
    with one wrong digit is the proof of somebody else's letter.
    """
    number = registered_number(text)
    if number.warning and not as_printed:
        raise Refused(
            f"Numéro de recommandé {number.printed} : {number.warning}.",
            ["le relire sur le bordereau, chiffre par chiffre ; s’il y est bien imprimé ainsi, ajouter : --as-printed"],
        )
    return number


def s10_key(digits: str) -> int:
    """Return the check digit of the eight digits of an international number (UPU S10).

    >>> s10_key("47312482")
    9
    """
    rest = 11 - sum(int(d) * w for d, w in zip(digits, (8, 6, 4, 2, 3, 5, 9, 7), strict=True)) % 11
    return {10: 0, 11: 5}.get(rest, rest)


@dataclass(frozen=True)
class Tracked:
    """One row of a carrier's file, and what came of it. line: as the file counts it. raw: what is kept as its proof.

    day: of the status, None: it does not read. kind: what the status proves, None: nothing that is understood.
    """

    line: int
    number: str
    status: str
    day: date | None
    raw: bytes
    kind: ProofType | None = None
    dispatch: str = ""
    text: str = ""
    fresh: bool = False


_STATUSES: tuple[tuple[str, ProofType | None], ...] = (
    # The first that is found counts: what came back is said before what was tried.
    (r"neglige", _T.LRE_NEGLECTED),
    (r"non reclame|pas reclame|delai de (garde|retrait|mise en instance) (expire|depasse)", _T.UNCLAIMED),
    (r"refus", _T.REFUSED),
    (r"\bnpai\b|inconnu|n.habite pas|adresse (incorrecte|erronee|incomplete)|defaut d.acces", _T.NOT_AT_ADDRESS),
    # Back to the sender, and nobody says why.
    (r"retour", None),
    (r"non distribu|pas (ete )?(distribu|remis|livre)|en cours|sera |va etre|en attente", _T.PRESENTED),
    (r"avis de reception signe|\bar signe|accuse de reception signe", _T.SIGNED),
    (
        r"distribu|\bremis[e]? (au|a son|a l|contre|en main)|\blivre\b|^remise?$|retire par|retrait (par|effectue)",
        _T.HANDED_OVER,
    ),
    (r"avise|presente|instance|point de retrait|a retirer|mis a disposition", _T.PRESENTED),
    (r"depos|pris en charge|prise en charge|accepte|admis|collecte", _T.DEPOSITED),
)
"""What the words of a carrier mean, accents apart. « En cours de distribution » is no delivery."""


def tracking_status(words: str, *, electronic: bool = False) -> ProofType | None:
    """Return what a carrier's status proves; None when nothing is recognised, so that a person decides.

    >>> tracking_status("Votre courrier a été distribué contre signature")
    <ProofType.HANDED_OVER: 'handed_over'>
    >>> tracking_status("En cours de distribution") is None
    True
    """
    # Heavy, and not needed unless the words of a postal service are read.
    from listingguard.domain.names import fold

    text = fold(words).replace("'", " ").replace("’", " ")
    if electronic and re.search(r"\b(recue?|acceptee?|consultee?|ouverte?|lue?)\b", text) and "refus" not in text:
        return _T.LRE_RECEIVED
    if re.search(r"en cours|sera\b|va etre|achemin|en transit|tri\b", text) and not re.search("retour|reclame", text):
        return None
    return next((kind for pattern, kind in _STATUSES if re.search(pattern, text)), None)


# -- what a person must do about it -------------------------------------------------------------------------------------


def owed(facts: Iterable[Fact], now: Status, rules: Rules, sent: Sequence[tuple[str, str]]) -> tuple[Action, ...]:
    """Return what the proofs of a case ask of a person on `now.day`.

    sent: (dispatch, channel) of what left. Post that came back: an e-mail at once, unless one stands or the receipt is
    proven; not while the case is held. A bounce: another address, even while the same request stands by another
    channel. A delay asks nothing.
    """
    over = now.state in (State.CLOSED, State.ERASED, State.FILED, State.CNIL_PENDING)
    if over or now.undelivered or (now.clock is not None and now.clock.basis is Basis.PROVEN):
        return ()
    who = Who.PRACTITIONER if rules.acting is Acting.SELF else Who.STAFF
    known = [f for f in effective(facts) if f.day <= now.day]
    bounced = {str(f.data.get("dispatch", "")): f.day for f in known if f.kind is EventKind.BOUNCED}
    if any(name not in bounced for name, channel in sent if channel == EMAIL):
        return ()
    back = [f for f in known if f.kind in _BACK_KINDS]
    if bounced:
        day = french_day(max(bounced.values()))
        text = f"Le courriel n’a pas été remis (avis du {day}) : vérifier l’adresse, puis l’envoyer de nouveau."
        return (Action("address", who, text),)
    if back and not now.held:
        day = french_day(back[-1].day)
        text = (
            f"Le courrier est revenu le {day} sans être remis : envoyer la demande par courriel (send --channel email)."
        )
        return (Action("email_at_once", who, text),)
    return ()
