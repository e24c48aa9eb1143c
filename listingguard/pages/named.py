"""Whom a line of words names: a person, a practice, their trade; in a page without markup.

Most lines name nobody: « Nos horaires », « Le syndicat des kinés », « Kiné Valence » above a search.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from listingguard.domain.names import SOFT_WORDS, fold, is_particle, shown_name
from listingguard.pages import answers
from listingguard.pages.lines import Line
from listingguard.pages.values import OTHER_TRADE, TRADE, keeps_the_desk, words

# What is done, for « Cabinet de kinésithérapie »; `values.TRADE` is who does it.
THERAPY = re.compile(r"\b(?:masso-?)?kin[ée]sith[ée]rapie\b|\bphysioth[ée]rapie\b", re.IGNORECASE)
CARE = re.compile(
    rf"{THERAPY.pattern}|\bkin[ée]s?\b|\bphysio\b|\b(?:maison|p[ôo]le|centre|cabinet) (?:de sant[ée]|m[ée]dical|param[ée]dical)|"
    r"\br[ée][ée]ducation\b|\bsoins\b",
    re.IGNORECASE,
)
# « Adresse : », « Praticien : », … before what a line says.
LABEL = re.compile(
    r"^(?:adresse(?: du cabinet| postale)?|nom(?: du praticien| complet)?|pr[ée]nom|praticien(?:ne)?|profession|"
    r"sp[ée]cialit[ée]s?|activit[ée]|cabinet|lieu(?: d.exercice)?|localisation|o[ùu] nous trouver|t[ée]l(?:[ée]phone)?|"
    r"contact|coordonn[ée]es)\s*:\s*",
    re.IGNORECASE,
)
# What begins a heading on many sites and names nobody.
NOT_NAMES = words(
    "accueil contact contacts contactez horaires horaire tarifs tarif soins soin nos notre votre vos mon mes ma son ses "
    "bienvenue equipe plan acces rendez vous prendre prenez prise rdv mentions legales politique confidentialite "
    "cookies conditions generales voir plus lire suite savoir tous toutes tout nouveau nouvelle nouvelles actualites "
    "actualite blog avis patient patients specialites specialite traitement traitements urgence urgences lundi mardi "
    "mercredi jeudi vendredi samedi dimanche janvier fevrier mars avril juin juillet aout septembre octobre novembre "
    "decembre ouvert ouverte ferme fermeture telephone tel fax email mail courriel adresse itineraire carte site "
    "internet web reserver reservation ligne annuaire pres proche autour diplomes formation formations service services "
    "prestation prestations qui sommes presentation propos faq questions question galerie photos partager imprimer "
    "facebook instagram google linkedin twitter youtube appeler appelez afficher numero trouver trouvez rechercher "
    "recherche resultats resultat comment pourquoi quand ou que quel quelle avec pour sans chez sur dans est sont par "
    "menu navigation retour suivant precedent page pages connexion compte inscription espace pro professionnel "
    "professionnels coordonnees localisation informations infos information pratique pratiques infobulle cabinet "
    "ville villes france departement region copyright droits reserves tous newsletter partenaires liens utiles "
    "donnees personnelles secteur conventionne carte vitale paiement cheque especes langues parlees francais anglais "
    "duree seance seances bilan domicile visite visites consultation consultations disponible disponibilites aujourd "
    "demain prochaine prochain premier premiere autres autre similaires recommandes associees populaires staff effectif "
    "comite bureau membres joueurs"
)
# In a directory's, an agency's or a college's own name, folded.
NOT_A_PRACTICE = re.compile(
    r"annuaire|plateforme|portail|agence|hebergeu|\bweb\b|digital|studio|communication|reserv|booking|\brdv\b|rendez vous|"
    r"\bappli|logiciel|bienvenue|trouve[rz]|notre |votre |nos |vos |\bvous\b|\bordre\b|\bsyndicat|federation|nationale?\b"
)
# What has an address and a number, and is no practice, folded.
INSTITUTION = re.compile(
    r"(?:l |la |le |les |site (?:internet |officiel )?(?:de |du )(?:la |l )?)?(?:mairies?|hotel de ville|communes?|communautes?|"
    r"agglomeration|metropole|prefecture|departement|ccas|cias|conseil (?:departemental|municipal|regional)|office|hopita(?:l|ux)|"
    r"centres? hospitaliers?|chu|chr|chru|ehpad|maison de retraite|pharmacies?|ecoles?|colleges?|lycees?|universites?|ifmk|creches?|"
    r"mediatheques?|laboratoires?)\b"
)
_SEPARATORS = re.compile(r"\s*[|•·»›]\s*|\s+[–—-]\s+|\s*:\s+")


def trade_in(text: str) -> str:
    """Return the health profession a text names, ours first, as written; empty without any."""
    found = TRADE.search(text) or OTHER_TRADE.search(text)
    return found[0].strip() if found else ""


def our_trade(text: str) -> str:
    """Return our profession as a text names it, in full where it does; empty without it."""
    found = [match[0].strip() for match in TRADE.finditer(text)]
    return next((trade for trade in found if len(trade) > 8), found[0] if found else "")


def same_words(one: str, other: str) -> bool:
    """Return True when two names are the same words, in any order."""
    return bool(one) and sorted(fold(one).split()) == sorted(fold(other).split())


_ARTICLE_FIRST = re.compile(r"(?:le|la|les|un|une|des|l['’]\w*) ", re.IGNORECASE)


def person_in(text: str) -> str:
    """Return the text without what stands around a person's name, when a person is all it names; else empty."""
    text = LABEL.sub("", text).strip(" ,;:–—-|•()")
    if not text or len(text) > 60 or len(text.split()) > 7 or re.search(r"[\d?!:@/_«»\"]", text):
        return ""
    if INSTITUTION.match(fold(text)):
        return ""
    shown = shown_name(text)
    # « Kiné Valence Sud » is a practice, « Le Dauphin » a newspaper.
    if re.match(r"(?:kine|physio)s?\b", fold(text)) or (len(text.split()) == 2 and _ARTICLE_FIRST.match(text)):
        return ""
    if shown.organisation or len(shown.people) != 1 or not 2 <= len(shown.people[0]) <= 5:
        # « Mme Exemple » is one person with one word.
        civil = re.match(r"(?:M\.|Mr|Mme|Mlle|Monsieur|Madame|Dr)\s", text) and len(shown.people) == 1
        if shown.organisation or not civil or len(shown.people[0]) != 1:
            return ""
    for token in shown.people[0]:
        if token.text in NOT_NAMES or (token.text in SOFT_WORDS and len(shown.people[0]) != 2):
            return ""
        if not token.shown[:1].isupper() and not is_particle(token):
            return ""
    return text


def without_trade(text: str) -> str:
    """Return what is left of « Camille Exemple, masseur-kinésithérapeute D.E. à Valence » before the trade.

    Nothing is left of « Le syndicat des kinés »: there the trade is said of nobody.
    """
    found = TRADE.search(text) or OTHER_TRADE.search(text)
    if not found or not found.start():
        return text
    before = text[: found.start()]
    return "" if BEFORE_ANY.search(before) else before.strip(" ,;:–—-|•(")


# « Kinésithérapeute Ardèche » is what is sought, « Les masseurs-kinésithérapeutes du Lac » who they are.
_TRADE_HEADING = re.compile(
    r"(?:les? |la |nos |un |une |votre )?(?:masseu(?:r|se)s? )?(?:kinesitherapeute|physiotherapeute|osteopathe)s?\b"
    r"(?! (?:associe|du |de la |de l |des ))|(?:masseurs? )?kine(?:sitherapeute)?s? (?:a|au|en|pres|proche|d urgence)\b"
)


def practice_in(text: str) -> str:
    """Return the text when it names a practice: a cabinet, a centre, a « Kiné Sport Valence »; else empty."""
    text = LABEL.sub("", text) if not text.lower().startswith("cabinet ") else text
    text = re.sub(r"^(?:©|\(c\)|copyright)?\s*(?:20\d\d)?(?:\s*[–-]\s*20\d\d)?\s*", "", text, flags=re.IGNORECASE)
    # « Cabinet du Gabarit, 3 rue Haute - 26000 Valence »
    text = re.split(r",?\s+[–—-]\s+(?=\d)|,\s*(?=\d)", text)[0].strip(" ,;:–—-|•.")
    if not 4 <= len(text) <= 90 or len(text.split()) > 10 or re.search(r"[?!@/«»]|https?:|\d{5}", text):
        return ""
    words = fold(text)
    if NOT_A_PRACTICE.search(words) or INSTITUTION.match(words) or not answers.is_name(text) or not text[:1].isupper():
        return ""
    shown = shown_name(text)
    if _TRADE_HEADING.match(words) and not shown.organisation:
        return ""
    trade = bool(TRADE.search(text) or THERAPY.search(text) or re.search(r"\b(?:kine|physio|osteo)", words))
    own = shown_name(TRADE.sub(" ", text))
    named = any(t.text not in NOT_NAMES | SOFT_WORDS and not is_particle(t) for person in own.people for t in person)
    place = re.match(r"(?:cabinet|centre|maison|pole|espace|institut|clinique|selarl|scm|msp|sisa)\b", words)
    # « Kiné Sport Valence » begins with what it is; « Noa Specimen, kiné » is a person.
    if trade and not place:
        trade = bool(re.match(r"(?:les |l )?(?:kine|physio|osteo|masso|masseu)", words)) and not person_in(
            trade_first(text)
        )
        trade = trade or shown.organisation
    return text if named and (trade or place) else ""


# « Cabinet de kinésithérapie de Valence », in a sentence as well.
PLAIN_PRACTICE = re.compile(
    r"\b(?:cabinet|centre) (?:de |d['’])(?:masso-?)?(?:kin[ée]sith[ée]rapie|physioth[ée]rapie|masseurs?-kin[ée]sith[ée]rapeutes?)"
    r"(?: (?:de|à|du|des|d['’]) ?[A-ZÀ-Ý][\w’'-]+(?:[ -][A-ZÀ-Ý][\w’'-]+){0,3})?",
    re.IGNORECASE,
)
# What ends before a trade that is said of nobody: « chez votre », « l’Ordre des ».
BEFORE_ANY = re.compile(
    r"(?:\b(?:des?|du|les?|la|une?|par|chez|pour|votre|vos|nos?|notre|mon|mes|son|ses|leurs?|aux?|et|ou|en|"
    r"tr[èe]s|bonn?e?s?|excellente?s?|meilleure?s?|super)|\w['’])\s*$",
    re.IGNORECASE,
)


def title_parts(text: str) -> list[str]:
    """Return the pieces of a title, between its separators, in order, each once; at most eight."""
    pieces = [piece.strip() for piece in _SEPARATORS.split(text) if piece and piece.strip()]
    return list(dict.fromkeys(pieces))[:8]


def trade_first(text: str) -> str:
    """Return what follows the trade in « Masseur-kinésithérapeute Camille Exemple »; empty without a trade."""
    found = TRADE.match(text)
    # « Kiné Valence Sud » is a practice.
    if found is None or len(found[0]) < 12:
        return ""
    return text[found.end() :].strip(" ,;:–—-|")


_PERSON_WORD = r"[A-ZÀ-Ý][\w’'-]*\.?"
_BEFORE_TRADE = re.compile(
    rf"((?:(?:M\.|Mr|Mme|Mlle|Monsieur|Madame|Dr)\s+)?{_PERSON_WORD}(?:\s+(?:de|du|des|la|le|d['’])?\s?{_PERSON_WORD}){{0,4}})"
    r"\s*[,(:–—|-]?\s*$"
)


_WELCOME = re.compile(
    r"[^\w]*(?:\w+[\s,]+){0,8}?(?:vous|accueil\w*|re[çc]o(?:it|ivent)|consultes?|consultent|exercent?|propose\w*|dipl[ôo]m\w*|"
    r"conventionn\w*|sp[ée]cialis\w*|install\w*|situ[ée]\w*|form[ée]e?|au|cabinet)\b"
    r"|[^\w]*(?:D\.? ?E\.?|(?:[àa]|en|dans) [^\s,]+)?[\s.!]*$",
    re.IGNORECASE,
)


def person_before_trade(text: str) -> str:
    """Return the person of « Camille Exemple, masseur-kinésithérapeute » where a line begins so; empty for a sentence."""
    text = LABEL.sub("", text).lstrip(" -–—•·|")
    found = TRADE.search(text) or OTHER_TRADE.search(text)
    if found is None or found.start() > 80 or len(text.split()) > 25:
        return ""
    rest = text[found.end() :].strip()
    # « Camille Exemple, kinésithérapeute à Die, se lève tôt. » is said of her by others.
    if rest[-1:] in (".", "!") and not _WELCOME.match(rest):
        return ""
    match = _BEFORE_TRADE.fullmatch(text[: found.start()])
    return person_in(match[1]) if match else ""


def name_in_line(line: Line) -> str:
    """Return the person or the practice a line names, as written; empty without one."""
    text = line.text
    # Names begin with a capital letter.
    if len(text) > 200 or text.islower():
        return ""
    first = LABEL.sub("", line.parts[0])
    return (
        person_in(without_trade(first))
        or person_before_trade(text)
        or person_in(text)
        or practice_in(first)
        or practice_in(title_parts(text)[0] if title_parts(text) else "")
        or next((piece for piece in re.split(r",\s*|\s+[–—-]\s+", text)[:1] if person_in(piece)), "")
    )


def possible_names(text: str) -> list[str]:
    """Return what a title may call somebody: each of its pieces, whole, and before or behind a trade."""
    return [
        name
        for part in title_parts(text)
        for name in dict.fromkeys((part, without_trade(part), trade_first(part)))
        if name
    ]


# --- several names on one line, and what others say ----------------------------------------------------------------

_BETWEEN = re.compile(r"\s+et\s+|\s*&\s*|\s*[,;]\s+")
# « Bienvenue ! », « Notre équipe : »
_GREETING = re.compile(
    r"(?:bienvenue|bonjour|(?:notre |votre |nos |vos |l['’]|les )?(?:[ée]quipe|kin[ée]s?|praticiens?|th[ée]rapeutes?|associ[ée]s))"
    r"\b[^!:.]{0,40}[!:.]\s+(?=[A-ZÀ-Ý])",
    re.IGNORECASE,
)
_TRADES_FIRST = re.compile(rf"(?:(?:les|nos|vos)\s+)?(?:{TRADE.pattern})\s*(?P<colon>:)?\s*", re.IGNORECASE)
_THEY_DO = re.compile(r"\s+(?:vous|sont|exercent|consultent|re[çc]oivent|accueillent|travaillent)\b.*$", re.IGNORECASE)
_CIVIL = re.compile(r"(?:M\.|Mr|Mme|Mlle|Monsieur|Madame|Dr)\s")
_TOWN = re.compile(r"(?:saint|sainte|st|ste|bourg|ville)\b")


def people_beside_trade(text: str) -> list[str]:
    """Return the people of « Camille Exemple et Noa Specimen, masseurs-kinésithérapeutes », in order.

    >>> people_beside_trade("Les kinés Camille Exemple et Noa Specimen vous accueillent.")
    ['Camille Exemple', 'Noa Specimen']
    """
    if len(text) > 300:
        return []
    if (first := _TRADES_FIRST.match(text)) is not None:
        rest = text[first.end() :].strip(" .")
        names = _THEY_DO.sub("", rest)
        people = [person_in(name) for name in _BETWEEN.split(names)] if first["colon"] or names != rest else []
        if people and all(people):
            return people
        return [person] if (person := person_in(trade_first(text))) else []
    text = _GREETING.sub("", LABEL.sub("", text), count=1)
    pieces = _BETWEEN.split(without_trade(text))
    # « Jean Malade, Périgueux : très bon kiné »
    if not any(":" in piece for piece in pieces[1:]) and (people := _people(pieces)):
        return people
    return [person] if (person := person_before_trade(text)) else []


def people_in_list(text: str) -> list[str]:
    """Return the people that a line names one after the other, and first of all; empty for any other line."""
    names = re.split(r"\s+[–—|-]\s+|\s*[:(]|\d", text)[0]
    first, *others = _BETWEEN.split(names)
    if not person_in(first) or any(keeps_the_desk(each) for each in others):
        return []
    # « Camille Exemple, Bourg Fictif »: only a civility, or a line of names alone, tells a person from a town.
    alone = names.strip() == text.strip() and all(person_in(each) for each in others)
    return _people([first, *(each for each in others if alone or _CIVIL.match(each))])


def _people(pieces: Sequence[str]) -> list[str]:
    """Return the pieces that are people's names; a « Saint Étienne » behind one is where they work."""
    people = [person for piece in pieces if (person := person_in(piece))]
    return [who for at, who in enumerate(people) if not at or _CIVIL.match(who) or not _TOWN.match(fold(who))]


_QUOTED = re.compile(r"[«“][^«»“”]*(?:[»”]|$)|\"[^\"]*(?:\"|$)|^[^«»“”]*[»”]")
_MARKS = re.compile(r"[«»“”\"]")
_AROUND = ' «»“”"\u00a0\u202f'
_PRAISE = re.compile(
    r"\b(?:tres|bonn?e?s?|excellente?s?|super|geniale?|merci|mon|meilleure?s?|recommande\w*|formidables?|top|parfaite?s?|"
    r"adorables?|competente?s?|ecoute|sympa\w*)\b"
)


def without_opinions(text: str) -> str:
    """Return a line without what others say in it: a quotation that tells a trade and is no practice's name, praise behind a name.

    >>> without_opinions("Jean Malade, Périgueux : « très bon kiné »")
    'Jean Malade, Périgueux :'
    """
    if marks := _MARKS.findall(text):
        # What holds so many is no line of a practice.
        theirs = len(marks) > 20 or bool(_opens(_MARKS.split(text, maxsplit=1)[0]))
        text = _QUOTED.sub(lambda found: " " if _tells_a_trade(found[0], theirs) else found[0], text).strip()
    name, colon, said = text.partition(":")
    if colon and not TRADE.match(said.strip()) and TRADE.search(said) and _PRAISE.search(fold(said)) and _opens(name):
        return name.strip()
    return text


def _tells_a_trade(quoted: str, theirs: bool) -> bool:
    return bool(trade_in(quoted)) and (theirs or not practice_in(quoted.strip(_AROUND)))


def _opens(text: str) -> str:
    """Return the person whose name a text begins with, up to its first comma, colon or dash."""
    return "" if trade_in(text) else person_in(re.split(r"\s*[,:(]|\s+[–—-]\s+", text)[0])
