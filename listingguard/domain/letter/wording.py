"""Words of its own that a council puts in some letters: plain text with a fixed list of `{{fields}}`, no template."""

from __future__ import annotations

import re
from collections.abc import Mapping

from listingguard.domain.french import NBSP, french_day, listed
from listingguard.domain.letter.frame import ForOne
from listingguard.domain.letter.kinds import Kind
from listingguard.errors import BadInput

SLOTS: dict[Kind, tuple[str, ...]] = {
    Kind.REQUEST: ("opening", "situation", "closing"),
    Kind.RELISTING: ("opening", "situation", "closing"),
    **dict.fromkeys(
        (
            Kind.SOURCE,
            Kind.REMINDER,
            Kind.ANSWER_IDENTITY,
            Kind.ANSWER_REFUSAL,
            Kind.ANSWER_EXTENSION,
            Kind.ANSWER_IDENTICAL,
            Kind.ANSWER_NOT_DONE,
            Kind.ANSWER_PARTIAL,
            Kind.ANSWER_PRECISION,
            Kind.WITHDRAWAL,
            Kind.RECTIFICATION,
        ),
        ("opening", "closing"),
    ),
}
"""The paragraphs that may be reworded, by kind: who writes, what introduces the person's reasons, how it ends."""

# A name between braces; `{{7*7}}` is none, and prints as it is.
_FIELD = re.compile(r"\{\{[ \t]*([^\W\d]\w*)[ \t]*\}\}")


def values_of(letter: ForOne) -> dict[str, str]:
    """Return what each field of a wording stands for in this letter: French text, "" where the letter has none."""
    return {
        "praticien": " ".join(part for part in (letter.civility.label, letter.practitioner_name) if part),
        "rpps": letter.rpps,
        "mandat": french_day(letter.mandate_day) if letter.mandate_day else "",
        "plateforme": letter.platform_name,
        "destinataire": letter.addressee.name,
        "reference": letter.reference,
        "date": french_day(letter.day),
        "lieu": letter.place,
        "signataire": letter.signatory,
    }


def reworded(text: str, values: Mapping[str, str], place: str) -> tuple[str, ...]:
    """Return the paragraphs of a wording, its fields replaced once; whatever a value holds prints as it is.

    place: the name of the file, for the message. Blank lines part paragraphs. Raises BadInput naming a field that does
    not exist, or that this letter has no value for, with its line.

    >>> reworded("Pour {{praticien}},\\nbonjour.\\n\\n{{7*7}}", {"praticien": "Ada {{date}}"}, "request.opening.txt")
    ('Pour Ada {{date}}, bonjour.', '{{7*7}}')
    """
    for number, line in enumerate(text.splitlines(), 1):
        for name in _FIELD.findall(line):
            where = f"« {place} », ligne {number}{NBSP}:"
            if name not in values:
                known = listed(tuple(f"{{{{{each}}}}}" for each in values))
                raise BadInput(f"{where} le champ {{{{{name}}}}} n’existe pas. Champs possibles{NBSP}: {known}.")
            if not values[name]:
                raise BadInput(
                    f"{where} ce courrier n’a rien à écrire à la place de {{{{{name}}}}}. Retirez ce champ du texte."
                )
    filled = _FIELD.sub(lambda found: values[found[1]], text)
    return tuple(" ".join(block.split()) for block in re.split(r"\n[ \t\r]*\n", filled) if block.strip())


def lost(letter: ForOne, slot: str, text: str) -> tuple[str, ...]:
    """Return the fields that a wording must hold and does not: nobody acts for a person without saying so."""
    if slot != "opening":
        return ()
    wanted = ("praticien", "mandat") if letter.represented else ("praticien",)
    return tuple(name for name in wanted if name not in _FIELD.findall(text))
