"""What each kind of letter never says: words, and articles of another right."""

from __future__ import annotations

import re
from dataclasses import dataclass

from listingguard.domain.citation import cited_in, printed
from listingguard.domain.letter.kinds import Kind

QUESTIONS = frozenset({Kind.QUESTION, Kind.QUESTION_REMINDER})
"""What is written to the practitioner; all other letters go out."""


_PACK = frozenset(
    {
        Kind.COMPLAINT, Kind.CHRONOLOGY, Kind.EXHIBITS, Kind.READINGS, Kind.SUMMARY, Kind.HIDDEN, Kind.PRIVATE,
        Kind.ATTESTATION, Kind.DECLARATION, Kind.SENDING, Kind.TRANSMITTAL, Kind.CNIL_FORM, Kind.HANDOVER, Kind.ADDENDUM, Kind.JOINT,
    }
)  # fmt: skip


_LETTER = frozenset(Kind) - _PACK - {Kind.MANDATE, Kind.REGISTERED}


_ALL = frozenset(Kind)


@dataclass(frozen=True)
class Rule:
    """One thing some kinds never say. The pattern is read on text without URLs, NBSP made a space, ’ made '."""

    name: str
    kinds: frozenset[Kind]
    pattern: re.Pattern[str]
    why: str


def _rule(name: str, kinds: frozenset[Kind], pattern: str, why: str, *, exact_case: bool = False) -> Rule:
    return Rule(name, kinds, re.compile(pattern, 0 if exact_case else re.IGNORECASE), why)


RULES: tuple[Rule, ...] = (
    _rule("unlawful", _LETTER, r"\billicit\w*|\billégal\w*", "une qualification que seule l’autorité peut donner"),
    _rule("fraud", _LETTER, r"\bfraud\w*", "une accusation"),
    _rule("usurpation", _LETTER, r"\busurp\w*", "une accusation"),
    _rule(
        "formal_notice",
        _LETTER,
        r"\bmise en demeure|\bmet\w* en demeure",
        "une première demande n’est pas une sommation",
    ),
    _rule("two_months", _LETTER, r"\b(?:deux|2)(?: \(2\))? mois", "la loi donne un mois (article 12, § 3)"),
    _rule(
        "two_months_as_law",
        _PACK,
        r"\bdélai(?! d'un mois)(?:(?!prolong)[^.;]){0,40}\b(?:deux|2) mois",
        "le délai légal est d’un mois ; seule une prolongation dure deux mois de plus",
    ),
    _rule("criminal_complaint", _LETTER, r"plainte pénale|porter plainte|déposer plainte", "une menace de poursuites"),
    _rule("criminal_code", _ALL, r"226-18|code pénal|\bpénalement", "une référence au code pénal"),
    _rule(
        "damages",
        _ALL,
        r"\bdommages?\b|\bindemni\w+|\bpréjudice\w*|article 82\b",
        "une demande de réparation, qui ne relève pas de ce courrier",
    ),
    _rule("sanction", _ALL, r"\bamendes?\b|\d ?(?:€|euros?\b)|chiffre d'affaires", "un montant ou une sanction"),
    _rule(
        "publicity",
        _ALL,
        r"(?<!rue de )\bla presse\b|réseaux sociaux|\bmédias?\b|\brend(?:re|rai|rons|ra) publi\w+|bad buzz",
        "une menace de publicité",
    ),
    _rule("lawyers", _LETTER, r"\b(?:nos|mes|notre|mon) avocate?s?\b", "une menace d’avocat"),
    _rule(
        "notice_to_host",
        _LETTER,
        r"\bnotification\b|\bLCEN\b|confiance dans l'économie numérique|\bDSA\b|services numériques|2022/2065",
        "le courrier va au responsable du traitement ; ce n’est pas un signalement à un hébergeur",
    ),
    # « 12 rue de la Campagne » is an address.
    _rule("campaign", _ALL, r"(?<!de la )(?<!de )\bcampagnes?\b", "chaque demande est celle d’une personne"),
    _rule(
        "representation",
        _ALL,
        r"\barticle 80\b|actions? de groupe",
        "un conseil agit par mandat ordinaire, jamais comme association habilitée",
    ),
    _rule("contract_duty", _ALL, r"contrat obligatoire", "aucun texte vérifié ne l’établit"),
    _rule("minors_only", _ALL, r"article 51,? (?:II|paragraphe 2)\b", "ce texte ne vise que les mineurs"),
    _rule("old_advertising_ban", _ALL, r"R\. ?4321-67\b(?!-)", "la partie utile de ce texte a été abrogée en 2020"),
    _rule("ethics", _PACK, r"déontolog\w*|R\. ?4321-\d+", "la déontologie n’est pas un fondement devant la CNIL"),
    _rule(
        "odds",
        _ALL,
        r"\bscores?\b|\bprobabilités?\b|chances de succès|taux de réussite|similarité|algorithme\w*|\b\d+ ?%",
        "un pronostic ou un mot de machine",
    ),
    _rule(
        "doctor",
        _ALL,
        # Streets and brands bear the word; a person here does not.
        r"(?<!du )(?<!de )(?<!rue )(?<!avenue )(?<!boulevard )(?<!place )(?<!allée )(?<!résidence )(?<!allo )(?<!site )"
        r"\b(?:Docteur|Docteure|Dr)\b",
        "un titre qui n’est pas celui d’un kiné",
    ),
    _rule("double_gender", _ALL, r"\w\(e\)|\w·[a-z]", "une double forme : écrire une tournure neutre"),
    _rule(
        "blank",
        _ALL,
        r"\{\{ ?\w+(?:\.\w+)* ?\}\}|\[ ?(?:à compléter|nom|date|adresse|…|\.\.\.) ?\]|\bNone\b|\bTODO\b|_{4,}"
        r"|\bX{3,}\b|\blorem ipsum\b|\[insérer[^\]]*\]",
        "un blanc qui n’a pas été rempli",
    ),
    _rule(
        "english",
        _ALL,
        r"\b(?:request|erasure|listings?|deadline|please|dear|bookable|reviews|sponsored|unknown|undetermined"
        r"|unauthorised|authorised|overdue|established|declared|presumed|refused|regards|sincerely|hereby|reminder|answer"
        r"|withdrawal|undefined|null)\b|\b[a-z]+_[a-z_]+\b",
        "un mot anglais ou un mot du programme",
        exact_case=True,
    ),
)


_COMMON = ("12", "77")
_OBJECTION = ("21(1)", "LIL 56")
_ERASURE = ("17(1)(a)", "17(1)(c)", "17(1)(d)", "17(2)", "17(3)(a)", "19", "LIL 51", "LIL 54")
_ACCESS = ("15", "14", "LIL 49", "LIL 48")
_RECTIFICATION = ("16", "5(1)(d)", "18(1)(a)", "19", "LIL 50")
_REQUEST = (*_COMMON, *_OBJECTION, *_ERASURE, *_ACCESS, "4", "5(1)", "6", "18(1)", "LIL 53")
_BACK = (*_COMMON, "21", "17")
"""A letter that goes back to a request names « les articles 21 et 17 »."""

ARTICLES: dict[Kind, tuple[str, ...]] = {
    Kind.REQUEST: (*_REQUEST, "21", "17"),
    Kind.RELISTING: (*_REQUEST, "21", "17"),
    Kind.COVER: (*_REQUEST, "21", "17"),
    Kind.SOURCE: (*_COMMON, *_ACCESS),
    Kind.REMINDER: _BACK,
    Kind.ANSWER_IDENTITY: _BACK,
    Kind.ANSWER_REFUSAL: (*_BACK, *_REQUEST),
    Kind.ANSWER_EXTENSION: _BACK,
    Kind.ANSWER_IDENTICAL: _BACK,
    Kind.ANSWER_NOT_DONE: (*_BACK, "17(2)", "19"),
    Kind.ANSWER_PARTIAL: (*_BACK, *_REQUEST),
    Kind.ANSWER_PRECISION: (*_BACK, "21(1)", "17(1)(c)"),
    Kind.WITHDRAWAL: ("21", "17"),
    Kind.RECTIFICATION: (*_BACK, *_RECTIFICATION),
}
"""Which articles fit the right that each kind exercises, GDPR and loi 78-17; a whole covers its parts."""

# « Les articles 21 et 17 » name a right whole; a paragraph or a point is checked by itself.
_WHOLE = frozenset({"21", "17"})


def misplaced(kind: str, text: str) -> tuple[str, ...]:
    """Return the articles a letter cites that belong to another right, as printed; empty for kinds without a table.

    >>> misplaced("source", "En application de l’article 17, paragraphe 1, point c), du RGPD")
    ('article 17, paragraphe 1, point c), du RGPD',)
    """
    if kind not in ARTICLES:
        return ()
    fitting = ARTICLES[Kind(kind)]
    return tuple(
        printed(article)
        for article in cited_in(text)
        if re.match(r"(?:LIL )?\d+(?:\(|$)", article) and not any(_within(article, each) for each in fitting)
    )


def _within(article: str, whole: str) -> bool:
    return article == whole or (whole not in _WHOLE and article.startswith(f"{whole}("))


_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s«»]+|[^\s«»@,;]{1,64}@[\w.-]+")


def lint(kind: str, text: str) -> tuple[str, ...]:
    """Return one French sentence per rule the text breaks, in the order of RULES, then per article out of place.

    URLs and e-mail addresses are not read: a page may be named anything.

    >>> lint("request", "Vous avez deux mois pour répondre.")
    ('« deux mois » : la loi donne un mois (article 12, § 3).',)
    """
    plain = " ".join(_ADDRESS.sub(" ", text).replace("’", "'").split())
    broken = []
    for rule in RULES:
        if kind in rule.kinds and (found := rule.pattern.search(plain)):
            broken.append(f"« {found[0]} » : {rule.why}.")
    broken += [
        f"« {each} » : un article qui ne porte pas sur l’objet de ce courrier." for each in misplaced(kind, text)
    ]
    return tuple(broken)
