"""Why nobody was read in a page: a person is told what they hold, never that somebody is absent."""

from __future__ import annotations

import re

from listingguard.domain.listing import Cause, Page
from listingguard.pages.document import headlines, tree_of, visible_words

_SHORT = 15_000
"""Bytes: pages of challenge are shorter."""
_FEW = 120
"""Words: a page of challenge says little."""

# Never by such a word alone: a normal page may hold each of them.
_CHALLENGE = re.compile(
    r"\b(?:just a moment|un instant|attention required|access (?:to this page has been )?denied|acces (?:refuse|interdit|bloque)|"
    r"checking your browser|verif(?:ication|iez|ions) (?:que vous|de votre navigateur|de securite)|etes vous un robot|"
    r"(?:pas|not) (?:un|a) robot|pardon our interruption|request unsuccessful|security check|forbidden|too many requests|"
    r"trop de requetes|enable javascript and cookies|unusual traffic|trafic inhabituel)\b"
)
_NO_RESULT = re.compile(
    r"\b(?:aucune?|pas de|0) (?:\w+ ){0,2}?(?:resultats?|praticien\w*|professionnel\w*|kine\w*|masseur\w*|fiches?|reponses?)"
    r"(?: \w+){0,4}? (?:trouve\w*|correspond\w*|disponibles?|repond\w*)\b|\b(?:aucun|0|pas de) resultats?\b|"
    r"n a donne aucun resultat|no results?\b"
)
_CARE = re.compile(
    r"\b(?:kine\w*|masseu\w*|physio\w*|osteo\w*|medecins?|infirmier\w*|praticien\w*|soignante?s?|therapeute\w*|docteurs?|"
    r"reeducation|cabinet medical)\b"
)
_NOT_FOUND = "Aucune fiche n’a été trouvée dans cette page, ni dans ses données ni dans son texte\u00a0: "


def why_nobody(page: Page) -> tuple[Cause, str]:
    """Return why a page of markup in which no reader found anybody shows none, in one French sentence."""
    words = visible_words(page)
    many = len(words.split())
    told = " ".join((*headlines(page), words))
    if len(page.body) < _SHORT and many < _FEW and _CHALLENGE.search(told):
        return Cause.BLOCKED, (
            "C’est une page de blocage, pas celle du site\u00a0: ouvrez l’adresse dans votre navigateur, attendez que la vraie "
            "page s’affiche, puis enregistrez-la."
        )
    if _NO_RESULT.search(words):
        return Cause.UNKNOWN, (
            f"{_NOT_FOUND}elle dit ne donner aucun résultat, ce qui peut tenir à la recherche et ne compte pas comme un retrait."
        )
    scripted = tree_of(page) is not None and b"<script" in page.body.lower()
    if not many or (many < 5 and scripted):
        how = "elle se compose dans le navigateur, enregistrez-la une fois affichée." if scripted else "elle est vide."
        return Cause.UNKNOWN, f"Cette page ne contient pas de texte lisible\u00a0: {how}"
    if not _CARE.search(told):
        return Cause.UNKNOWN, f"{_NOT_FOUND}elle ne parle d’aucun praticien."
    return Cause.UNKNOWN, (
        f"{_NOT_FOUND}elle parle de soins, mais ne présente personne avec un métier, une adresse ou un téléphone que le programme "
        "reconnaisse."
    )
