"""What a platform's reply seems to say, with the sentence that led to it and its effect on the deadline.

A suggestion changes nothing: only a person's word does. The phrases are data (`data/replies.toml`); here is how they are
read: a sentence at a time, each guard holding the whole of it back, and what disagrees left to a person.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from listingguard.domain.case import EventKind
from listingguard.domain.reply_text import Automatic, MailText, SegmentKind, clean

MAX_SENTENCES = 400
MAX_SENTENCE = 1_200


class Meaning(StrEnum):
    """What a message may be; the last two are never an answer."""

    ERASED = "erased"
    PARTIAL = "partial"
    REFUSED = "refused"
    IDENTITY_ASKED = "identity_asked"
    PRECISION_ASKED = "precision_asked"
    EXTENDED = "extended"
    WRONG_CHANNEL = "wrong_channel"
    ACKNOWLEDGED = "acknowledged"
    UNRELATED = "unrelated"
    AUTO = "auto"
    BOUNCE = "bounce"

    @property
    def label(self) -> str:
        """Return the French words shown on screen."""
        return _LABELS[self.value]

    @property
    def event(self) -> EventKind | None:
        """Return the event a person would record for it; None where nothing is to be recorded."""
        return _EVENTS.get(self)


_LABELS = {
    "erased": "la plateforme dit avoir effacé",
    "partial": "réponse partielle",
    "refused": "refus",
    "identity_asked": "justificatif d’identité demandé",
    "precision_asked": "précision demandée",
    "extended": "prolongation annoncée",
    "wrong_channel": "renvoi vers un autre canal",
    "acknowledged": "accusé de réception",
    "unrelated": "sans rapport",
    "auto": "message automatique",
    "bounce": "courriel non remis",
}

_EVENTS = {
    Meaning.ERASED: EventKind.ERASED_CLAIMED,
    Meaning.PARTIAL: EventKind.PARTIAL,
    Meaning.REFUSED: EventKind.REFUSAL,
    Meaning.IDENTITY_ASKED: EventKind.ID_REQUESTED,
    Meaning.PRECISION_ASKED: EventKind.PRECISION_ASKED,
    Meaning.EXTENDED: EventKind.EXTENSION_NOTIFIED,
    Meaning.WRONG_CHANNEL: EventKind.WRONG_CHANNEL,
    Meaning.ACKNOWLEDGED: EventKind.ACKNOWLEDGED,
    Meaning.BOUNCE: EventKind.BOUNCED,
}

# The law page, parts 2 and 8.
_EFFECTS = {
    Meaning.ERASED: "Le délai ne change pas\u00a0: l’annonce est vérifiée par des lectures aux jours 1, 8 et 30.",
    Meaning.PARTIAL: "Le délai court pour le reste\u00a0; une plainte à la CNIL est possible dès maintenant.",
    Meaning.REFUSED: "Une plainte à la CNIL est possible dès maintenant, sans attendre l’échéance.",
    Meaning.IDENTITY_ASKED: "Peut suspendre le délai, si la demande est arrivée sans retard et repose sur un doute "
    "raisonnable (art.\u00a012(6) du RGPD)\u00a0; les deux échéances restent montrées, avec et sans pause.",
    Meaning.PRECISION_ASKED: "Ne suspend pas le délai\u00a0; une réponse est à faire.",
    Meaning.EXTENDED: "Porte le délai à trois mois, si l’annonce est arrivée dans le premier mois et si ses raisons "
    "sont réelles\u00a0: une personne les apprécie (art.\u00a012(3) du RGPD).",
    Meaning.WRONG_CHANNEL: "Ne suspend pas le délai\u00a0; une réponse est à faire.",
    Meaning.ACKNOWLEDGED: "Prouve l’arrivée de la demande, au plus tard ce jour-là\u00a0; n’est jamais une réponse.",
    Meaning.UNRELATED: "Aucun effet sur le délai.",
    Meaning.AUTO: "Aucun effet sur le délai\u00a0: un message automatique n’est jamais une réponse.",
    Meaning.BOUNCE: "La demande n’est pas arrivée par cet envoi\u00a0: la réception présumée tombe, un autre envoi est à faire.",
}
_UNREASONED = (
    "Ne prolonge rien, si aucune raison n’est donnée\u00a0: le délai d’un mois demeure (art.\u00a012(3) du RGPD)."
)
_LEFT = "Aucun effet avant qu’une personne ait lu."


@dataclass(frozen=True)
class Suggestion:
    """What a reply seems to say. meaning: None when it is left to a person, then `why` says why, in French.

    sentence:  the one that led to it, as written; empty when headers did, or when nothing did
    disagree:  the sentences that pull elsewhere, when they are why it is left to a person
    effect:    what it would do to the deadline, in French
    automatic: a program wrote the message
    reasoned:  of an extension: reasons seem to be given
    """

    meaning: Meaning | None
    sentence: str
    effect: str
    why: str = ""
    disagree: tuple[str, ...] = ()
    automatic: bool = False
    reasoned: bool | None = None


@dataclass(frozen=True)
class Guard:
    """Words that hold a sentence back: it is then a doubt, or is only noted."""

    doubt: bool
    label: str
    pattern: re.Pattern[str]


@dataclass(frozen=True)
class Rule:
    """Phrases that suggest a meaning, or a hint against one."""

    kind: str
    pattern: re.Pattern[str]
    unless: tuple[Guard, ...]


@dataclass(frozen=True)
class Rules:
    """The phrases of `data/replies.toml`, compiled."""

    rules: tuple[Rule, ...]
    aside: re.Pattern[str]
    against: Mapping[str, frozenset[str]]
    reasons: re.Pattern[str]
    in_the_quote: re.Pattern[str]
    about_us: re.Pattern[str]
    absence_subject: re.Pattern[str]
    absence_text: re.Pattern[str]
    bounce_subject: re.Pattern[str]
    bounce_text: re.Pattern[str]
    delayed: re.Pattern[str]


def rules_from(data: Mapping[str, Any]) -> Rules:
    """Return the rules of a parsed file; raise KeyError or re.error where the file does not hold together."""
    words: dict[str, str] = {}

    def compiled(patterns: Sequence[str]) -> re.Pattern[str]:
        return re.compile(rf"\b(?:{'|'.join(expanded(p) for p in patterns)})")

    def expanded(pattern: str) -> str:
        named = re.sub(r"<(\w+)>", lambda m: words[m[1]], pattern)
        return named.replace("…", r"\b.{0,80}?\b")

    for name, pattern in data["words"].items():
        words[name] = expanded(pattern)
    guards = {
        name: Guard({"doubt": True, "note": False}[g["then"]], g["label"], _anywhere(compiled, g["patterns"]))
        for name, g in data["guard"].items()
    }
    rules = tuple(Rule(r["kind"], compiled(r["patterns"]), tuple(guards[n] for n in r["unless"])) for r in data["rule"])
    return Rules(
        rules=rules,
        aside=compiled(data["aside"]["patterns"]),
        against={kind: frozenset(hints) for kind, hints in data["against"].items()},
        reasons=compiled(data["reasons"]["patterns"]),
        in_the_quote=compiled(data["in_the_quote"]["patterns"]),
        about_us=compiled(data["about_us"]["patterns"]),
        absence_subject=compiled(data["absence"]["subject"]),
        absence_text=compiled(data["absence"]["text"]),
        bounce_subject=compiled(data["bounce"]["subject"]),
        bounce_text=compiled(data["bounce"]["text"]),
        delayed=compiled(data["delayed"]["patterns"]),
    )


def _anywhere(compiled: Any, patterns: Sequence[str]) -> re.Pattern[str]:
    """Return a guard's pattern; unlike a rule's, it may begin with a sign such as `?`."""
    signs = [p for p in patterns if not re.match(r"[\w<(]|\\b", p)]
    rest = [p for p in patterns if p not in signs]
    return re.compile("|".join([*signs, *([compiled(rest).pattern] if rest else [])]))


def plain(sentence: str) -> str:
    """Return a sentence as the rules read it.

    >>> plain("L’ADRESSE  https://a.example/supprimée, cœur d'été")
    "l'adresse weblink, coeur d'ete"
    """
    text = re.sub(r"(?:https?://|www\.)[^\s<>\"]*[^\s<>\".,;:!?)]", " weblink ", clean(sentence), flags=re.IGNORECASE)
    text = re.sub(r"[^\s<>@]{1,64}@[^\s<>@]+\w", " maillink ", text).lower()
    text = text.replace("’", "'").replace("‘", "'").replace("œ", "oe").replace("æ", "ae")
    text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return re.sub(r"\s+(?=,)", "", re.sub(r"\s+", " ", text)).strip()


_ABBREVIATION = re.compile(
    r"\b(?:M|MM|Mme|Mlle|Mr|Mrs|Dr|Me|art|arts|al|cf|ex|p|n|no|tél|tel|St|Ste|Sté|env|réf|etc|R|L)\.$", re.IGNORECASE
)
_BULLET = re.compile(r"^\s*(?:[-–—•*·]|\d{1,2}[.)])\s+")


def sentences(text: str) -> tuple[str, ...]:
    """Return the sentences of a text, in order; a wrapped line is joined, an item of a list stands alone.

    >>> sentences("Bonjour M. Essai. Voici\\nnotre réponse :\\n- oui\\n- non")
    ('Bonjour M. Essai.', 'Voici notre réponse :', 'oui', 'non')
    """
    blocks: list[str] = []
    glue = False
    for line in text.split("\n"):
        body = line.strip()
        item = bool(_BULLET.match(body))
        if glue and body and not item:
            blocks[-1] += f" {body}"
        elif body:
            blocks.append(_BULLET.sub("", body))
        glue = bool(body) and (body[-1] not in ".!?:;…")
    done: list[str] = []
    for block in blocks:
        start = 0
        for end in re.finditer(r"[.!?…;][»)\"]?\s+(?=[^\s])", block):
            before = block[start : end.end()].rstrip()
            if end[0][0] == "." and (_ABBREVIATION.search(before) or block[end.end()].islower()):
                continue
            done.append(before)
            start = end.end()
        done.append(block[start:].strip())
    return tuple(s for s in done if s)


def suggest(mail: MailText, rules: Rules) -> Suggestion:
    """Return what the mail seems to say. Only its new text is read: never a quote, a signature or a legal notice."""
    automatic = mail.automatic is not Automatic.NO
    whole = plain(mail.new[:20_000])
    not_an_answer = _not_an_answer(mail, whole, rules)
    if not_an_answer is not None:
        return Suggestion(not_an_answer, "", _EFFECTS[not_an_answer], automatic=True)
    found: dict[str, list[str]] = {}
    said = sentences(mail.new)
    for sentence in said[:MAX_SENTENCES]:
        for kind in _kinds(sentence, rules):
            found.setdefault(kind, []).append(sentence)
    result = _resolved(found, whole, mail, rules, cut=len(said) > MAX_SENTENCES)
    if result.meaning is Meaning.EXTENDED:
        reasoned = bool(rules.reasons.search(" ".join(plain(s) for s in _with_next(said, result.sentence))))
        effect = _EFFECTS[Meaning.EXTENDED] if reasoned else _UNREASONED
        return Suggestion(Meaning.EXTENDED, result.sentence, effect, automatic=automatic, reasoned=reasoned)
    return result


def _not_an_answer(mail: MailText, whole: str, rules: Rules) -> Meaning | None:
    """Return BOUNCE or AUTO for what no person and no desk wrote as an answer."""
    subject = plain(mail.subject)
    # A person may write « votre message n’a pas pu être remis »: a bounce also shows it in its headers.
    if mail.automatic in (Automatic.DELAYED, Automatic.DELIVERED):
        return Meaning.AUTO
    if mail.automatic is Automatic.FAILED:
        return (
            Meaning.AUTO
            if rules.delayed.search(f"{subject} {whole}") and not rules.bounce_text.search(whole)
            else Meaning.BOUNCE
        )
    if mail.automatic is not Automatic.NO and (rules.bounce_subject.search(subject) or rules.bounce_text.search(whole)):
        return Meaning.BOUNCE
    away_told = rules.absence_subject.search(subject)
    if rules.absence_text.search(whole) and (away_told or mail.automatic is Automatic.REPLY):
        return Meaning.AUTO
    return Meaning.AUTO if away_told and mail.automatic is Automatic.REPLY and not whole else None


def _kinds(sentence: str, rules: Rules) -> set[str]:
    """Return what one sentence suggests: meanings, hints, and `doubt` for what a guard holds back."""
    text = plain(sentence[:MAX_SENTENCE])
    text = rules.aside.sub(" ", text)
    kinds = set()
    for rule in rules.rules:
        if not rule.pattern.search(text):
            continue
        held = [guard for guard in rule.unless if guard.pattern.search(text)]
        if not held:
            kinds.add(rule.kind)
        # What is only noted outweighs a doubt: « si la fiche n’a pas été supprimée » denies nothing.
        elif all(guard.doubt for guard in held):
            kinds.add("doubt")
    return kinds


_STRONG = (
    Meaning.ERASED,
    Meaning.PARTIAL,
    Meaning.REFUSED,
    Meaning.IDENTITY_ASKED,
    Meaning.PRECISION_ASKED,
    Meaning.EXTENDED,
    Meaning.WRONG_CHANNEL,
)


_ASKING = frozenset((Meaning.IDENTITY_ASKED, Meaning.PRECISION_ASKED, Meaning.WRONG_CHANNEL))
"""What the standing text of an automatic acknowledgement asks of everybody."""


def _resolved(found: Mapping[str, list[str]], whole: str, mail: MailText, rules: Rules, *, cut: bool) -> Suggestion:
    automatic = mail.automatic is not Automatic.NO

    def left(why: str, *kinds: str) -> Suggestion:
        disagree = dict.fromkeys(s for kind in kinds for s in found.get(kind, ()))
        return Suggestion(None, "", _LEFT, why, tuple(disagree), automatic)

    # A desk's tool marks an answer as it marks a mailing: only what says nothing of the page is surely none.
    said = set(found) - {Meaning.UNRELATED, Meaning.ACKNOWLEDGED} | ({"us"} if rules.about_us.search(whole) else set())
    if mail.bulk and not mail.answers and not said:
        return Suggestion(Meaning.UNRELATED, "", _EFFECTS[Meaning.UNRELATED], automatic=automatic)
    if cut or mail.notes:
        return left("Le programme n’a pas lu ce message en entier.")
    if not whole:
        return left("Le message n’a pas de texte nouveau\u00a0; voir ses citations et ses pièces jointes.")
    if rules.in_the_quote.search(whole) and any(s.kind is SegmentKind.QUOTED for s in mail.segments):
        return left("La réponse est écrite dans le texte cité.")
    if "part_removed" in found and ("keeps" in found or "maintained" in found):
        found = {k: v for k, v in found.items() if k not in ("keeps", "maintained")} | {
            "partial": [*found["part_removed"], *found.get("partial", ())]
        }
    elif "maintained" in found and not {"erased", "promise", "part_removed", "doubt"} & set(found):
        found = {k: v for k, v in found.items() if k != "maintained"} | {
            "refused": [*found.get("refused", ()), *found["maintained"]]
        }
    strong = [m for m in _STRONG if m in found]
    if strong == [Meaning.WRONG_CHANNEL] and Meaning.UNRELATED in found and not rules.about_us.search(whole):
        # « Votre facture est dans votre espace » sends nobody elsewhere with a request.
        strong = []
    if strong == [Meaning.PARTIAL, Meaning.REFUSED]:
        # Granted in part and refused for the rest: the words for « in part » say both.
        strong = [Meaning.PARTIAL]
    if len(strong) > 1:
        return left("Le message dit plusieurs choses à la fois.", *strong)
    candidates = strong or [m for m in (Meaning.ACKNOWLEDGED, Meaning.UNRELATED) if m in found]
    if not candidates:
        return left("Aucune phrase n’est assez claire." if found else "Aucune phrase connue.", *(k for k in found))
    meaning = candidates[0]
    against = [hint for hint in rules.against[meaning] if hint in found]
    if against:
        return left("Des phrases ne vont pas dans le même sens.", meaning, *sorted(against))
    if meaning is Meaning.UNRELATED and not mail.bulk and rules.about_us.search(whole):
        return left("Le message parle aussi de la demande.", meaning)
    if automatic and Meaning.ACKNOWLEDGED in found and meaning in _ASKING:
        return left("Un accusé de réception automatique contient aussi une consigne, peut-être générale.", meaning)
    if strong and mail.automatic is Automatic.REPLY:
        return left("Un message automatique semble répondre.", meaning)
    if strong and mail.bulk:
        return left("Un message envoyé à plusieurs semble répondre.", meaning)
    return Suggestion(meaning, found[meaning][0], _EFFECTS[meaning], automatic=automatic)


def _with_next(said: Sequence[str], sentence: str) -> Sequence[str]:
    at = said.index(sentence)
    return said[at : at + 2]
