"""How a sitting asks: an option of the command, else what was answered before, else the person at the terminal."""

from __future__ import annotations

import json
import re
import sys
import textwrap
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from listingguard.cli.common import note, parse_day, read_file
from listingguard.cli.french import confirm, spaced
from listingguard.domain.french import typography
from listingguard.errors import BadInput, Refused

_WIDTH = 76

Check = Callable[[str], str]
"""Returns the answer as it is kept, or raises BadInput with what is wrong."""


class Asking:
    """Asks one question after another, and keeps each answer in a file until it is written down as a fact.

    options: name -> what the command line says, None where it says nothing. talks: a person is at the terminal.
    about: what the answers are about, a URL; those in `always` are about the person, whatever the page. An interruption
    loses nothing: what was answered stands in the file, which only this user may read.
    """

    def __init__(
        self, path: Path, options: Mapping[str, Any], *, talks: bool, about: str, always: Collection[str]
    ) -> None:
        self._path, self._options, self.talks, self._about, self._always = path, options, talks, about, always
        try:
            said = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            # None yet, or cut short by a crash: the questions are asked again.
            said = {}
        self._kept: dict[str, str] = {str(k): str(v) for k, v in said.items()} if isinstance(said, dict) else {}

    def _name(self, key: str) -> str:
        return key if key in self._always else f"{key} {self._about}"

    def kept(self, key: str) -> str | None:
        """Return the answer an earlier sitting left, or None."""
        return self._kept.get(self._name(key))

    def keep(self, key: str, value: str) -> None:
        """Keep one answer."""
        self._kept[self._name(key)] = value
        self._write()

    def forget(self, *keys: str) -> None:
        """Drop answers that are facts by now, or that were wrong; the file goes with the last of them."""
        for key in keys:
            self._kept.pop(self._name(key), None)
        self._write()

    def reopen(self, *keys: str) -> None:
        """Have questions asked again, whatever was answered, or said on the command line."""
        self._options = {name: value for name, value in self._options.items() if name not in keys}
        self.forget(*keys)

    def _write(self) -> None:
        if not self._kept:
            self._path.unlink(missing_ok=True)
            return
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = self._path.with_suffix(".part")
        partial.touch(mode=0o600)
        partial.write_text(json.dumps(self._kept, ensure_ascii=False), encoding="utf-8")
        partial.replace(self._path)

    def option(self, name: str) -> Any:
        """Return what the command line says under that name, or None."""
        return self._options.get(name)

    def text(
        self, key: str, question: str, why: str = "", *, check: Check = str, optional: bool = False, default: str = ""
    ) -> str:
        """Return the answer to one question; `why` is shown first. optional: a mere Enter says nothing.

        default: what a mere Enter says. Raises Refused, naming the option, where nobody is there to answer.
        """
        given = self.option(key)
        if given is not None and (optional or str(given).strip()):
            return check(str(given).strip()) if str(given).strip() else ""
        if (before := self.kept(key)) is not None:
            if self.talks and before:
                note("   {}", f"{spaced(question)}\u00a0: {before} (déjà répondu)")
            return before
        # What is proposed may come from a page: nothing in it may drive the terminal.
        default = "".join(sign if sign.isprintable() else " " for sign in default)
        if not self.talks:
            if optional or default:
                return default
            raise Refused(f"{question}\u00a0: sans terminal, cette réponse se donne en option.", [self._named(key)])
        aside(why)
        while True:
            answer = str(
                click.prompt(
                    spaced(question),
                    default=default,
                    show_default=bool(default),
                    prompt_suffix="\u00a0: ",
                    err=True,
                )
            ).strip()
            if not answer and not optional:
                note("   Une réponse est nécessaire ici.")
                continue
            try:
                answer = check(answer) if answer else ""
            except BadInput as error:
                note(f"   {error}")
                continue
            self.keep(key, answer)
            return answer

    def yes(self, key: str, question: str, why: str = "", *, keep: bool = True) -> bool:
        """Return the answer to a yes/no question, asked until it is one of them. `why` is shown first."""
        given = self.option(key)
        if given is not None:
            return bool(given)
        if keep and (before := self.kept(key)) is not None:
            return before == "o"
        if not self.talks:
            raise Refused(f"{question}\u00a0: sans terminal, cette réponse se donne en option.", [self._named(key)])
        aside(why)
        answer = confirm(spaced(question))
        if keep:
            self.keep(key, "o" if answer else "n")
        return answer

    def one_of(self, key: str, question: str, choices: Mapping[str, str]) -> str:
        """Return the key that is pressed; choices: key -> what it means, listed where there is something to explain."""
        given = self.option(key)
        if given is not None:
            return str(given)
        if not self.talks:
            raise Refused(f"{question}\u00a0: sans terminal, cette réponse se donne en option.", [self._named(key)])
        for letter, meaning in choices.items():
            if meaning:
                note(f"     {letter}  {meaning}")
        pressed: str = click.prompt(
            spaced(question), type=click.Choice([*choices]), show_choices=False, prompt_suffix="\u00a0: ", err=True
        )
        return pressed

    def _named(self, key: str) -> str:
        return f"--{key.replace('_', '-')}"


def aside(text: str, *exact: object) -> None:
    """Tell the person something before a question: paragraphs of a readable width, a little to the right."""
    for line in textwrap.wrap(spaced(text, *exact), _WIDTH, break_long_words=False, break_on_hyphens=False):
        note("   {}", line)


def at_the_terminal(as_json: bool) -> bool:
    """Return True when a person can be asked."""
    return not as_json and sys.stdin.isatty()


def drop_typed_ahead() -> None:
    """Forget the keys pressed before a question was on the screen: they answer something else, or nothing."""
    try:
        if sys.platform == "win32":
            import msvcrt

            while msvcrt.kbhit():
                msvcrt.getwch()
        else:
            import termios

            # Its error is no OSError; where there is no terminal, nothing was typed ahead.
            with suppress(termios.error):
                termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)
    except OSError:
        return


# -- what an answer must be ---------------------------------------------------------------------------------------------

MAIL = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+\.[^\s@<>,;]+")


def words_of(text: str) -> str:
    """Return one line of ordinary text; BadInput where it is none."""
    cleaned = " ".join(text.split())
    if not cleaned.isprintable() or len(cleaned) > 200:
        raise BadInput("Une ligne de texte ordinaire est attendue, de 200 signes au plus.")
    return cleaned


def email_of(text: str) -> str:
    """Return a mail address; BadInput where it is none."""
    if not MAIL.fullmatch(text) or not text.isascii():
        raise BadInput(f"« {text[:60]} » n’est pas une adresse de courriel.")
    return text


def rpps_of(text: str) -> str:
    """Return an RPPS number without its spaces; BadInput where it is none."""
    from stdnum import luhn

    digits = re.sub(r"\s", "", text)
    if not (digits.isascii() and digits.isdigit() and len(digits) == 11):
        raise BadInput("Un numéro RPPS a 11 chiffres.")
    if not luhn.is_valid(digits):
        # The key is known from other people's code, and numbers in use fail it: said, never refused.
        note("La clé de ce numéro RPPS ne tombe pas juste : vérifiez-le. Il est gardé tel quel.")
    return digits


def street_of(text: str) -> str:
    """Return a number and a street; BadInput where it names none."""
    street = words_of(text)
    if not re.search(r"[^\W\d_]{2}", street):
        raise BadInput("Le numéro et la rue sont attendus, par exemple : 12 rue des Essais")
    return street


def parted_address(street: str) -> tuple[str, str, str]:
    """Return the street, the postcode and the town of a whole address on one line; the last two empty for a street.

    >>> parted_address("12 rue des Essais, 26000 Valence")
    ('12 rue des Essais', '26000', 'Valence')
    """
    found = re.fullmatch(r"(.*[^\W\d_].*?)[\s,;–-]+(\d{5})[\s,]+([^\W\d_].*)", street)
    return (found[1], found[2], found[3]) if found else (street, "", "")


def postcode_of(text: str) -> str:
    """Return a postcode; BadInput where it is none."""
    if not re.fullmatch(r"\d{5}", text):
        raise BadInput("Un code postal a 5 chiffres.")
    return text


def phone_of(text: str) -> str:
    """Return a telephone number as it was given; BadInput where it is none."""
    from listingguard.domain.places import phone

    if phone(text) is None:
        raise BadInput(f"« {text[:40]} » n’est pas un numéro de téléphone.")
    return text


def civility_of(text: str) -> str:
    """Return « Mme » or « M. »; BadInput for anything else: it is never guessed."""
    word = text.lower().strip(". ")
    if word in ("mme", "madame"):
        return "Mme"
    if word in ("m", "mr", "monsieur"):
        return "M."
    raise BadInput("Répondez Mme ou M., ou Entrée pour une tournure neutre.")


def moment_of(text: str) -> str:
    """Return a day and an hour as they were given; BadInput where they are none."""
    from listingguard.cli.capture import moment

    moment(text)
    return text


def day_of(text: str) -> str:
    """Return a day as AAAA-MM-JJ; BadInput where it is none."""
    return parse_day(text, "jour").isoformat()


def file_of(text: str) -> str:
    """Return the path of a file that can be read, quotes of a drag and drop taken off; BadInput otherwise."""
    path = text.strip().strip("'\"")
    read_file(path, "Fichier")
    return path


def sentence_of(text: str) -> str:
    """Return the reason as one whole sentence; BadInput where the request may not say such a thing."""
    from listingguard.domain.letter.own_words import refused_reason

    sentence = words_of(text)
    if len(re.findall(r"[^\W\d_]+", sentence)) < 3:
        raise BadInput("Une phrase entière est attendue : la demande la reprend telle quelle. Entrée pour passer.")
    sentence = sentence[0].upper() + sentence[1:] if sentence else sentence
    sentence = sentence if sentence.endswith((".", "!", "?", "…")) else f"{sentence}."
    if broken := refused_reason(typography(sentence, narrow=False), ""):
        raise BadInput(f"La demande ne peut pas le dire ainsi. {broken}")
    return sentence


def national(phone: str) -> str:
    """Return a number as the French write it."""
    from listingguard.cli.review import shown_phones

    return shown_phones((phone,))
