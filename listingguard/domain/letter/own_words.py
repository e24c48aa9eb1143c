"""The person's own reasons in a letter: whose words they are, and what they never tell of anybody else."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from listingguard.domain.french import NBSP
from listingguard.domain.letter.kinds import Kind
from listingguard.domain.letter.lint import lint
from listingguard.domain.names import fold
from listingguard.errors import BadInput

INSTEAD = (
    "Écrivez seulement des nombres et des dates, par exemple : « Depuis mars 2026, quatre patients se sont présentés pour "
    "un rendez-vous pris sur cette page. »"
)
"""What to write where a reason names somebody, or tells of their health."""

_CAPITAL = "[A-ZÀ-ÖØ-ÞŒ]"
_TITLED = re.compile(
    rf"\b(?:MM?\.|Mr\.?|[Mm]mes?\.?|[Mm]lles?\.?|[Mm]onsieur|[Mm]adame|[Mm]ademoiselle|[Mm]essieurs|[Mm]esdames)\s+"
    rf"({_CAPITAL}[\w’'-]*\.?(?:\s+{_CAPITAL}[\w’'-]*\.?)*)"
)
_RELATED = re.compile(
    r"\b(?:patiente?|cliente?|consœur|consoeur|confrère|collègue|associée?|remplaçante?|assistante?|secrétaire|collaborat\w+"
    rf"|épou\w+|mari|femme|fils|fille|voisine?),?\s+({_CAPITAL}[\w’'-]*\.?(?:\s+{_CAPITAL}[\w’'-]*\.?)*)"
)
# « Un patient », « aucun patient », « quatre patients » count; « M. Dupont, patient » and « ma patiente » point at somebody.
_ONE_PATIENT = re.compile(
    r"(?<!\bun )(?<!\bune )(?<!\baucun )(?<!\baucune )(?<!\bchaque )(?<!\btout )(?<!\b1 )(?<!\bnouveau )(?<!\bnouvelle )"
    r"\b(?:patient|patiente)\b",
    re.IGNORECASE,
)
_HEALTH = re.compile(
    r"\b(?:\w{3,}algies?|\w{3,}plégi\w+|\w{3,}parésies?|douleurs?|douloureu\w+|maladies?|malades?|diagnosti\w+|pathologies?"
    r"|symptômes?|cancers?|tumeurs?|entorses?|fractures?|hernies?|arthroses?|arthrites?|tendinites?|scolioses?|bronchiolites?"
    r"|prothèses?|grossesses?|enceintes?|accouche\w+|opérée?s?|chirurgi\w+|dépressi\w+|séropositi\w+|vih|avc|parkinson"
    r"|alzheimer|diabèt\w+|diabétiques?|rééducation (?:de|du|des|d')|souffr\w+|blessée?s?|blessures?|hospitalis\w+)\b",
    re.IGNORECASE,
)
_FIRST_PERSON = re.compile(r"\b(?:je|me|moi|mon|ma|mes)\b|\b[jm]'", re.IGNORECASE)
_QUOTED = re.compile(r"«[^»]*»")
_AMOUNT = re.compile(r"\d+(?:[.,]\d+)?\s?(?:%|€|euros?\b)", re.IGNORECASE)
_PRINTED = frozenset("’‘“”«»–—…€°ºª²³·•×½¼¾\u00a0\u202f")


def whole(sentence: str) -> str:
    """Return the sentence with its full stop.

    >>> whole("Trois appels en mars ")
    'Trois appels en mars.'
    """
    said = sentence.strip()
    return said if not said or said.endswith((".", "!", "?", "…", "»")) else f"{said}."


def quoted(sentence: str) -> str:
    """Return the person's own words as somebody who writes for them reports them: attributed, between guillemets."""
    return f"La personne concernée indique : «{NBSP}{inside_quotes(whole(sentence))}{NBSP}»"


def inside_quotes(words: str) -> str:
    """Return somebody's words as they stand between guillemets: their own become “ ”.

    >>> inside_quotes(" Quelle « page » ? ")
    'Quelle “ page ” ?'
    """
    return words.strip().replace("«", "“").replace("»", "”")


def told_of_others(sentence: str, own_name: str) -> str:
    """Return why a reason tells too much of somebody else, in French with what to write instead, or an empty string.

    own_name: the person whose letter it is, who may be named. Law page, part 4: no patient, no name of a colleague.

    >>> told_of_others("Trois appels de M. Dupont, patient", "Camille EXEMPLE")[:45]
    '« M. Dupont » nomme une autre personne : un c'
    >>> told_of_others("Quatre patients se sont présentés en mars 2026.", "Camille EXEMPLE")
    ''
    """
    own = set(fold(own_name).split())
    for pattern in (_TITLED, _RELATED):
        for found in pattern.finditer(sentence):
            if not set(fold(found[1]).split()) <= own:
                return f"« {found[0]} » nomme une autre personne : un courrier n’en nomme aucune. {INSTEAD}"
    if one := _ONE_PATIENT.search(sentence):
        return f"« {one[0]} » désigne une personne soignée : un courrier n’en désigne aucune. {INSTEAD}"
    if health := _HEALTH.search(sentence.replace("’", "'")):
        return f"« {health[0]} » est une donnée de santé : un courrier n’en contient aucune. {INSTEAD}"
    return ""


def unquoted_voice(sentence: str) -> str:
    """Return why words may not stand in a letter written for somebody, or an empty string: « je » is only quoted."""
    found = _FIRST_PERSON.search(_QUOTED.sub(" ", sentence).replace("’", "'"))
    return f"« {found[0]} » n’est pas la voix de qui écrit : ces mots se citent entre guillemets." if found else ""


def unprintable(sentence: str) -> str:
    """Return the first character that the letters' fonts do not hold, or an empty string.

    >>> unprintable('Un "test" : 漢')
    '漢'
    """
    for sign in sentence:
        if " " <= sign <= "~" or sign in _PRINTED or sign.isspace():
            continue
        if not (unicodedata.name(sign, "").startswith("LATIN ") or unicodedata.combining(sign)):
            return sign
    return ""


def check_reasons(reasons: Iterable[str], own_name: str, paper: str) -> None:
    """Raise BadInput for a reason that `refused_reason` refuses. paper: what would tell it, French with its article."""
    for sentence in reasons:
        if broken := refused_reason(sentence, own_name):
            raise BadInput(
                f"« {sentence} » ne pourrait pas figurer dans {paper} : {broken} Rien n’est enregistré : corrigez "
                "--situation et relancez la commande."
            )


def refused_reason(sentence: str, own_name: str) -> str:
    """Return why a reason is not taken in, in French with what to write instead, or an empty string."""
    if sign := unprintable(sentence):
        return f"le caractère « {sign} » ({unicodedata.name(sign, 'sans nom')}) ne s’imprime pas ; écrivez-le en lettres latines."
    return told_of_others(sentence, own_name) or " ".join(lint(Kind.REQUEST, without_amounts(sentence)))


def without_amounts(sentence: str) -> str:
    """Return the sentence without its percentages and sums, which are facts here and no forecast or threat of ours.

    >>> without_amounts("J’ai perdu 20 % de mes rendez-vous.")
    'J’ai perdu … de mes rendez-vous.'
    """
    return _AMOUNT.sub("…", sentence)
