"""A mail's text as a person reads it: what was newly written, apart from quotes, signatures and legal notices.

Knows lines and bytes, no mail format and no meaning: a display aid, beside which the whole message is always kept.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from listingguard.domain.delivery_report import DeliveryReport

MAX_TEXT = 200_000
"""Characters of a mail that are read; the rest stays in the kept message."""

MAX_LINE = 2_000

_GAP = "[ \t\u00a0\u202f]"


class SegmentKind(StrEnum):
    """What a stretch of a mail is."""

    NEW = "new"
    QUOTED = "quoted"
    SIGNATURE = "signature"
    NOTICE = "notice"

    @property
    def label(self) -> str:
        """Return the French words shown on screen."""
        return {"new": "texte", "quoted": "citation", "signature": "signature", "notice": "mention"}[self.value]


class Automatic(StrEnum):
    """Whether a program wrote, told by the headers: no; it sent a notice; it answered by itself; it reports a delivery.

    A ticket system marks the answers of its human agents as notices too: a notice may be read for its meaning.
    """

    NO = "no"
    NOTICE = "notice"
    REPLY = "reply"
    FAILED = "failed"
    DELAYED = "delayed"
    DELIVERED = "delivered"


@dataclass(frozen=True)
class Segment:
    """A run of lines of one kind."""

    kind: SegmentKind
    text: str


@dataclass(frozen=True)
class Attachment:
    """A file that came with a mail. real: its type by its first bytes, in French; claimed: the type its mail gives."""

    name: str
    real: str
    claimed: str
    size: int


@dataclass(frozen=True)
class MailText:
    """What is read of one mail. notes: in French, what was cut or could not be read. bulk: sent to many.

    answers: it names a message it answers. reports: what a report of delivery says, one for each addressee.
    """

    sender: str
    subject: str
    segments: tuple[Segment, ...]
    attachments: tuple[Attachment, ...] = ()
    automatic: Automatic = Automatic.NO
    bulk: bool = False
    answers: bool = False
    notes: tuple[str, ...] = ()
    reports: tuple[DeliveryReport, ...] = ()

    @property
    def new(self) -> str:
        """Return what was newly written."""
        return "\n\n".join(s.text for s in self.segments if s.kind is SegmentKind.NEW)


def clean(text: str) -> str:
    """Return the text with plain line ends, without what is invisible or drives a terminal.

    Zero-width signs, changes of direction and control characters would let a sentence read otherwise than it shows.

    >>> clean("sup\\u200bpri\\u00admée\\x1b[31m\\r\\n")
    'supprimée[31m\\n'
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    return "".join(c for c in lines if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co"))


_QUOTE = re.compile(rf"^{_GAP}{{0,3}}>")
_SAID = re.compile(
    rf"^{_GAP}*(?:(?:Le|Am)\b.{{4,300}}\b(?:a|ont){_GAP}+écrit{_GAP}*:|On\b.{{4,300}}\bwrote{_GAP}*:){_GAP}*$"
)
_FROM = re.compile(rf"^{_GAP}*[*_]*(?:De|From|Expéditeur|Von){_GAP}*[*_]*{_GAP}*:")
_FIELD = re.compile(
    rf"^{_GAP}*[*_]*(?:Envoyé|Envoyée|Sent|Date|À|A|To|Objet|Subject|Cc|Destinataire|Répondre à){_GAP}*[*_]*{_GAP}*:"
)
_DIVIDER = re.compile(
    rf"^{_GAP}*(?:-{{2,}}|_{{2,}}|>?)?{_GAP}*(?:Message d['’]origine|Message original|Mail original|Original Message|"
    rf"Message transféré|Message réexpédié|Forwarded message|Début du message (?:réexpédié|transféré)|"
    rf"Begin forwarded message|Reply message){_GAP}*:?{_GAP}*-*{_GAP}*$",
    re.IGNORECASE,
)
_REPLY_LINE = re.compile(r"^\W*(?:Veuillez|Merci de|Please)\b.{0,60}(?:au-dessus|above this line).*$", re.IGNORECASE)
_RULE = re.compile(rf"^{_GAP}*[-_=*─]{{5,}}{_GAP}*$")
_HISTORY = re.compile(
    r"^.{2,80}?[,(] ?(?:\w{2,9}\.?,? )?\d{1,2}(?:/\d\d/| [^\W\d]{3,9}\.? )20\d\d[ ,à(]{1,5}\d{1,2}[:h]\d\d.{0,12}$"
)
_TICKET = re.compile(
    r"^(?:Votre demande|Your request) \(#?\d+\)|répondez à cet e-?mail|reply to this e-?mail|^Cet e-?mail est un service"
    r"|^This e-?mail is a service|^Ticket(?: n°)? ?(?:#|:|n°)|^\[[A-Z0-9]{3,8}-[A-Z0-9]{2,8}\]$",
    re.IGNORECASE,
)
_SENT_WITH = re.compile(
    r"^(?:Envoyé (?:de|depuis|à partir|avec|par)|Sent (?:from|with)|(?:Obtenir|Télécharge[rz]|Get) Outlook|Provenance : ?Courrier)\b",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"^(?:(?:bien|très|en vous)\b.{0,30})?(?:cordialement|respectueusement|sincèrement|bien à vous|salutations|à bientôt"
    r"|(?:belle|bonne|excellente) (?:journée|fin de|soirée|réception).{0,20}|(?:kind|best|warm)? ?regards|sincerely|best wishes"
    r"|yours (?:sincerely|faithfully|truly))(?: distinguées)?\W{0,3}$"
    r"|.{0,60}(?:agréer|croire).{0,90}(?:salutations|considération|sentiments).{0,30}$",
    re.IGNORECASE,
)
_POSTSCRIPT = re.compile(r"^P\.? ?-?S\b", re.IGNORECASE)
_NOTICE = re.compile(
    r"n['’]êtes pas (?:le|la|un|l['’]un).{0,30}(?:destinataire|personne)|not the (?:intended|named) (?:recipient|addressee)"
    r"|^(?:Ce|Le présent) (?:message|courriel|mail|e-?mail)\b.{0,80}(?:confidenti|destinataire|l['’]intention|pièces jointes)"
    r"|^(?:AVERTISSEMENT|DISCLAIMER|CONFIDENTIALIT|Avis de confidentialité)"
    r"|^This (?:message|e-?mail)\b.{0,80}(?:confidential|intended|privileged)|reçu ce (?:message|courriel|mail) par erreur"
    r"|n['’]imprimez|imprimer que si|(?:Pensez|Think).{0,30}(?:environnement|environment)"
    r"|se désabonner|désinscri|unsubscribe|voir (?:ce|cet) .{0,15}dans (?:votre|un) navigateur"
    r"|(?:e-?mail|courriel|message|courrier électronique) (?:externe|a été vérifié|provient de l['’]ext)|absence de virus"
    r"|vous disposez d['’]un droit d['’]accès.{0,120}(?:rectification|effacement|opposition)"
    r"|\[(?:EXTERNAL|EXTERNE)\]",
    re.IGNORECASE,
)


def split(text: str) -> tuple[Segment, ...]:
    """Return the mail in its order, cut into what is new, quoted, signature and notice; blank edges are dropped.

    In doubt a line is new: a person then reads more, never less. Text below an Outlook header block is quoted whole,
    for nothing tells an answer from a quote there.

    >>> [(s.kind.value, s.text) for s in split("Oui.\\n\\nLe 5 mai 2026, Alix a écrit :\\n> Non ?\\nSi.")]
    [('new', 'Oui.'), ('quoted', 'Le 5 mai 2026, Alix a écrit :\\n> Non ?'), ('new', 'Si.')]
    """
    lines = [line[:MAX_LINE].rstrip() for line in clean(text)[:MAX_TEXT].split("\n")]
    kinds = _kinds(lines)
    segments = []
    # A blank line belongs to what surrounds it, so that it never cuts a run in two.
    for number, line in enumerate(lines):
        if not line and number and kinds[number] is not SegmentKind.QUOTED:
            kinds[number] = kinds[number - 1]
    for kind, group in groupby(zip(kinds, lines, strict=True), key=lambda pair: pair[0]):
        body = "\n".join(line for _, line in group).strip("\n")
        if body.strip():
            segments.append(Segment(kind, body))
    return tuple(segments)


def _kinds(lines: list[str]) -> list[SegmentKind]:
    new, quoted, signature, notice = SegmentKind.NEW, SegmentKind.QUOTED, SegmentKind.SIGNATURE, SegmentKind.NOTICE
    kinds: list[SegmentKind] = []
    mode, ticket, turns = new, False, 0
    while len(kinds) < len(lines):
        at = len(kinds)
        line = lines[at]
        if head := _quote_begins(lines, at):
            kinds += [quoted] * head
            if not _next_is_marked(lines, at + head):
                return kinds + [quoted] * (len(lines) - len(kinds))
            mode = new
            continue
        if _QUOTE.match(line) or _torn_quote(lines, kinds, at):
            kinds.append(quoted)
            mode = new
        elif _REPLY_LINE.match(line):
            ticket = True
            kinds.append(notice)
        elif _HISTORY.match(line) and (ticket or (at and _is_rule(lines, at))):
            turns += 1
            if turns > ticket:
                return kinds + [quoted] * (len(lines) - len(kinds))
            kinds.append(notice)
        elif _RULE.match(line):
            kinds.append(notice)
        elif line.strip() == "--":
            mode = signature
            kinds.append(signature)
        elif _NOTICE.search(line) or (_TICKET.search(line) and len(line) < 200):
            end = at
            while end < len(lines) and lines[end] and not _QUOTE.match(lines[end]) and not _quote_begins(lines, end):
                end += 1
            kinds += [notice] * max(1, end - at)
        elif _SENT_WITH.match(line):
            kinds.append(signature)
        elif mode is signature and line and (_POSTSCRIPT.match(line) or _is_prose(line)):
            mode = new
            kinds.append(new)
        else:
            kinds.append(mode)
            if _CLOSING.match(line.strip()):
                mode = signature
    return kinds


def _quote_begins(lines: list[str], at: int) -> int:
    """Return how many lines from here on announce a quote: « Le … a écrit : » wrapped or not, a header block; else 0."""
    line = lines[at]
    if _DIVIDER.match(line):
        return 1 + (_quote_begins(lines, at + 1) if at + 1 < len(lines) and _FROM.match(lines[at + 1]) else 0)
    if line.lstrip()[:3].rstrip("\u00a0 ") in ("Le", "On", "Am"):
        for count in (1, 2, 3, 4):
            joined = " ".join(part.strip() for part in lines[at : at + count])
            if re.search(r"\d|@", joined) and _SAID.match(joined[:400]):
                return count
    if _FROM.match(line):
        fields = [n for n in range(at + 1, min(at + 9, len(lines))) if _FIELD.match(lines[n])]
        if len(fields) >= 2:
            return fields[-1] + 1 - at
    return 0


def _next_is_marked(lines: list[str], at: int) -> bool:
    """Return True when the quote announced has its own `>` signs, so that what lacks them is an answer."""
    following = [line for line in lines[at : at + 6] if line.strip()]
    return bool(following) and bool(_QUOTE.match(following[0]))


def _torn_quote(lines: list[str], kinds: list[SegmentKind], at: int) -> bool:
    """Return True for the end of a quoted line that a mail program broke in two: it begins small, right below it."""
    return bool(
        at
        and kinds[-1] is SegmentKind.QUOTED
        and len(lines[at - 1]) >= 60
        and lines[at][:1].islower()
        and _QUOTE.match(lines[at - 1])
    )


def _is_rule(lines: list[str], at: int) -> bool:
    return any(_RULE.match(line) for line in lines[max(0, at - 2) : at])


def no_message(name: str, data: bytes) -> str:
    """Return in French why a file is taken for no message, what it is and what to give instead.

    >>> no_message("envoi.zip", b"PK\x03\x04").partition(" Ouvrez")[0]
    'envoi.zip : une archive ZIP n’est pas un courriel.'
    """
    kind, ending = real_type(data), name.rpartition(".")[2].lower()
    taken = "Sont pris : courriel .eml, message Outlook .msg, boîte .mbox, courrier numérisé en PDF, PNG ou JPEG."
    if kind == "ancien document Office ou message Outlook" or ending == "msg":
        why = "ce message Outlook (.msg) est abîmé ou incomplet, ou n’en est pas un"
        return f"{name} : {why}. Enregistrez-le de nouveau depuis Outlook, en .msg ou en .eml. {taken}"
    if kind.startswith("archive"):
        return f"{name} : une {kind} n’est pas un courriel. Ouvrez-la et donnez les messages qu’elle contient. {taken}"
    if ending in ("pdf", "png", "jpg", "jpeg"):
        return f"{name} : ce fichier .{ending} est abîmé : ses octets n’en sont pas ({kind}). Numérisez-le de nouveau. {taken}"
    return f"{name} : ce fichier n’est pas un courriel qui se lise ({kind}). {taken}"


def _is_prose(line: str) -> bool:
    return len(line.split()) >= 7 and line.rstrip()[-1:] in ".!?:;"


_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"%PDF-", "PDF"),
    (0, b"\x89PNG\r\n", "image PNG"),
    (0, b"\xff\xd8\xff", "image JPEG"),
    (0, b"GIF8", "image GIF"),
    (0, b"II*\x00", "image TIFF"),
    (0, b"MM\x00*", "image TIFF"),
    (8, b"WEBP", "image WebP"),
    (4, b"ftyp", "image ou vidéo"),
    (0, b"MZ", "programme Windows"),
    (0, b"\x7fELF", "programme Linux"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ancien document Office ou message Outlook"),
    (0, b"\x78\x9f\x3e\x22", "enveloppe Outlook (winmail.dat)"),
    (0, b"{\\rtf", "texte RTF"),
    (0, b"Rar!", "archive RAR"),
    (0, b"7z\xbc\xaf", "archive 7z"),
    (0, b"\x1f\x8b", "archive gzip"),
    (0, b"\x4c\x00\x00\x00\x01\x14\x02\x00", "raccourci Windows"),
    (0, b"BEGIN:VCALENDAR", "invitation d’agenda"),
    (0, b"BEGIN:VCARD", "carte de visite"),
)


def real_type(data: bytes) -> str:
    """Return in French what a file is by its first bytes, whatever its name says; nothing in it is opened.

    >>> real_type(b"%PDF-1.7"), real_type(b"MZ\\x90"), real_type("déjà".encode()), real_type(b"")
    ('PDF', 'programme Windows', 'texte', 'vide')
    """
    if not data:
        return "vide"
    if data[:4] == b"PK\x03\x04":
        # An Office document is an archive whose first entries name it; their names lie in clear.
        inside = (("word/", "document Word"), ("xl/", "classeur Excel"), ("ppt/", "présentation PowerPoint"))
        kind = next((label for mark, label in inside if mark.encode() in data[:4096]), "")
        if b"vbaProject.bin" in data:
            return f"{kind or 'document'} avec macros"
        return "document OpenDocument" if b"opendocument" in data[:200] else kind or "archive ZIP"
    for offset, magic, label in _MAGIC:
        if data[offset : offset + len(magic)] == magic:
            return label
    start = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html")) or b"<script" in start:
        return "page HTML"
    if start.startswith((b"<?xml", b"<svg")):
        return "document XML"
    if start.startswith(b"#!"):
        return "programme (script)"
    if any(byte < 32 and byte not in b"\t\r\n\x0c\x1b" for byte in data[:1024]):
        return "type inconnu"
    return "texte"
