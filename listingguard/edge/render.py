"""Turns the fields of a document into French text and PDF; knows the templates and typst, not the law or the case.

Template syntax beside Jinja: a line that begins with `@ name` opens a zone of the page; `# ` is a heading, `- ` a
bullet, `* ` a numbered paragraph, `| ` a table row (cells split by ` | `, the first row is the header); ` // `
breaks a line. Other lines of the body join into paragraphs, which blank lines separate. A sign counts only where it
stands in our file: a scraped value that begins with `# ` prints as it is.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
import unicodedata
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, time
from enum import Enum
from functools import cache, partial
from pathlib import Path
from pickle import PickleError
from typing import Any, TypeVar, cast

from jinja2 import Environment, FileSystemBytecodeCache, FunctionLoader, StrictUndefined, TemplateNotFound
from jinja2.bccache import Bucket

from listingguard import __version__
from listingguard.domain.french import NBSP, agreed, french_at, french_day, listed, typography
from listingguard.domain.letter import FIELDS, CoverFields, Fields, Kind, QuestionFields, Standing, gaps, lint
from listingguard.domain.letter.frame import ForOne, Frame
from listingguard.domain.letter.own_words import unprintable, without_amounts
from listingguard.domain.letter.precedents import precedent
from listingguard.domain.letter.wording import SLOTS, lost, reworded, values_of
from listingguard.domain.postal import envelope, envelope_problem
from listingguard.edge.pdf_marks import unsuspected
from listingguard.errors import BadInput, Refused

T = TypeVar("T")

STANDARDS = ["a-2b", "ua-1"]

_WORDING_MAX = 20_000
"""Bytes of one text of the home's own; a letter is not a book."""

# Control characters, because `cleaned` leaves none in the data: no value can forge a sign, a cell or a line break.
_SIGN, _BREAK, _CELL = "\x02", "\x03", "\x04"
_MARKED = re.compile(r"^[ \t]*([@#*|-]) (.*)$", re.MULTILINE)

_LAYOUT = {kind: "letter.typ" for kind in Kind if issubclass(FIELDS[kind], Frame | QuestionFields)}
_LAYOUT[Kind.REGISTERED] = "registered.typ"
# Where lines join into paragraphs; elsewhere (addresses, signature) each line stays one.
_REFLOWED = frozenset({"body", "annexes"})
_REGISTERED = "Lettre recommandée avec avis de réception"
_RUNS = re.compile(r"(?P<url>https?://[^\s«»]*[^\s«».,;:!?)])|(?P<hash>\b[0-9a-f]{64}\b)")


@dataclass(frozen=True)
class _Block:
    """One block of a zone: kind in `p h ul ol table`, and its rows of cells; a paragraph has one row of one cell."""

    kind: str
    rows: tuple[tuple[str, ...], ...]


Zones = dict[str, tuple[_Block, ...]]


class Renderer:
    """Documents from the templates under `letters` (`fr/*.j2`, `layout/*.typ`). Safe to share between threads.

    wording: the home's folder of its own words, one `KIND.SLOT.txt` for each paragraph it rewrites; it may not exist.
    mark: printed at the head of every page, such as « SIMULATION »; empty: nothing.
    """

    def __init__(self, letters: Path, wording: Path | None = None, *, mark: str = "") -> None:
        self._letters, self._mark = letters, mark
        self._wording = wording
        self._local = threading.local()
        self._environment = Environment(
            loader=FunctionLoader(self._source),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            bytecode_cache=_compiled_before(),
            autoescape=False,  # noqa: S701 - the output is text and PDF, never HTML
        )
        self._environment.filters.update(
            day=french_day, days=_days, at=french_at, listed=_listed, capital=_capital, siren=_grouped_siren
        )
        self._environment.globals.update(
            agreed=agreed,
            envelope=envelope,
            precedent=precedent,
            **{standing.value: standing for standing in Standing},
        )

    def text(self, kind: str, document: Fields) -> str:
        """Return the document as plain text for e-mail, terminal and web forms: blocks parted by a blank line.

        Raises Refused with one sentence per thing that is missing or must not be said.
        """
        return self._checked(Kind(kind), document)[1]

    def pdf(self, kind: str, document: Fields, *, day: date) -> bytes:
        """Return the same text laid out as tagged PDF/A-2b and PDF/UA-1; the same input gives the same bytes.

        day: written as the date of creation. Raises Refused like `text`, and BadInput where the text cannot be
        printed: a character without a glyph, an address too tall for the window of the envelope.
        """
        return self.printed(self.layout(kind, document, day=day))

    def layout(self, kind: str, document: Fields, *, day: date) -> bytes:
        """Return all that the layout of a document takes, to be kept: `printed` makes its PDF, now or later.

        Raises Refused like `text`, and BadInput for an address too tall for the window of the envelope.
        """
        zones, text = self._checked(Kind(kind), document)
        if isinstance(document, Frame | QuestionFields):
            to = document.addressee
            problem = envelope_problem(to.name, to.attention, to.lines)
            if problem:
                raise BadInput(typography(problem, narrow=False))
        data = {
            "day": [day.year, day.month, day.day],
            "title": _title(Kind(kind), zones, document.reference),
            "author": _first_cell(zones, "sender") or getattr(document, "practitioner_name", ""),
            "names": _people(document),
            "mark": self._mark,
            "zones": _laid_out(zones),
        }
        kept = {"layout": _LAYOUT.get(Kind(kind), "document.typ"), "data": data, "text": text}
        return json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode()

    def printed(self, layout: bytes, *, number: str | None = None) -> bytes:
        """Return the PDF of what `layout` kept; the same input gives the same bytes.

        number: of another registered sending of the same letter: its own line above the references is the one thing
        that differs, empty for none; None: as it was. Raises BadInput where a character has no glyph.
        """
        kept = json.loads(layout)
        data = kept["data"]
        if number is not None:
            data["zones"]["reference"] = _renumbered(data["zones"]["reference"], number)
        return self._compile(kept["layout"], data, date(*data["day"]), kept["text"])

    @staticmethod
    def kept(layout: bytes) -> tuple[str, dict[str, list[dict[str, object]]]]:
        """Return the checked text that `layout` kept, and the blocks of each zone for another layout (dossier, Word file).

        A block has a kind, and rows of cells of lines of runs.
        """
        found = json.loads(layout)
        return found["text"], found["data"]["zones"]

    def template_version(self, kind: str) -> str:
        """Return 12 hexadecimal digits that change with the words or the layout of this kind."""
        files = [self._letters / "fr" / f"{Kind(kind)}.j2", *(self._letters / "fr").glob("_*.j2")]
        files += (self._letters / "layout").glob("*.typ")
        digest = hashlib.sha256()
        for file in sorted(files):
            digest.update(f"{file.name}\0".encode() + file.read_bytes() + b"\0")
        for slot, own in self._own_words(Kind(kind)).items():
            digest.update(f"{slot}\0{own}\0".encode())
        return digest.hexdigest()[:12]

    def words(self, kind: str) -> str:
        """Return the template of a kind with all it includes, unfilled, in no particular order."""
        folder = self._letters / "fr"
        found, wanted = dict[str, str](), [f"{Kind(kind)}.j2"]
        while wanted:
            name = wanted.pop()
            if name not in found:
                found[name] = (folder / name).read_text(encoding="utf-8") if (folder / name).is_file() else ""
                wanted += re.findall(r"\"(_\w+\.j2)\"", found[name])
        return "\n".join(found.values())

    def _source(self, name: str) -> str:
        try:
            source = (self._letters / "fr" / name).read_text(encoding="utf-8")
        except OSError as error:
            raise TemplateNotFound(name) from error
        return _MARKED.sub(_mark, source.replace(" // ", _BREAK))

    def _checked(self, kind: Kind, document: Fields) -> tuple[Zones, str]:
        if type(document) is not FIELDS[kind]:
            raise TypeError(f"{kind} wants {FIELDS[kind].__name__}, not {type(document).__name__}")
        document = cleaned(document)
        problems = gaps(document)
        if problems:
            raise Refused(f"Le document ({kind.label}) ne peut pas être écrit{NBSP}:", _spaced(problems))
        names = _names(document) | {"wording": self._worded(kind, document)}
        zones = _zones(self._environment.get_template(f"{kind}.j2").render(names))
        text = typography(_plain(zones), narrow=False)
        broken = lint(kind, _without_own_amounts(document, text))
        if broken:
            raise Refused(f"Le document ({kind.label}) contient ce qui ne doit pas y figurer{NBSP}:", _spaced(broken))
        return zones, text

    def _own_words(self, kind: Kind) -> dict[str, str]:
        """Return the home's own text for each slot of a kind that it rewrote; BadInput for a file nobody would read."""
        found: dict[str, str] = {}
        for file in sorted(self._wording.glob("*.txt")) if self._wording else ():
            named, _, slot = file.stem.partition(".")
            if named not in {*map(str, Kind)} or slot not in SLOTS.get(Kind(named), ()):
                known = listed(tuple(f"{kind}.{slot}.txt" for kind, slots in SLOTS.items() for slot in slots))
                raise BadInput(
                    f"Aucun courrier ne lit le texte « {file.name} » du dossier « {file.parent} ». Noms possibles : {known}."
                )
            if named != kind:
                continue
            if file.stat().st_size > _WORDING_MAX:
                raise BadInput(f"Le texte « {file} » dépasse {_WORDING_MAX} octets : raccourcissez-le.")
            try:
                found[slot] = file.read_text(encoding="utf-8-sig")
            except UnicodeDecodeError as error:
                raise BadInput(f"Le texte « {file} » n’est pas en UTF-8 : enregistrez-le dans ce codage.") from error
        return found

    def _worded(self, kind: Kind, document: Fields) -> dict[str, tuple[str, ...]]:
        """Return the home's own paragraphs for each slot, their fields filled; empty where the template's stand."""
        worded: dict[str, tuple[str, ...]] = {"opening": (), "situation": (), "closing": ()}
        if isinstance(document, ForOne):
            for slot, text in self._own_words(kind).items():
                place = f"{kind}.{slot}.txt"
                for name in lost(document, slot, text):
                    raise BadInput(
                        f"Le texte « {place} » doit dire {{{{{name}}}}} : au nom de qui le courrier est écrit."
                    )
                worded[slot] = cleaned(reworded(text, values_of(document), place))
        return worded

    def _compile(self, layout: str, data: Mapping[str, object], day: date, text: str) -> bytes:
        import typst

        # A typst compiler cannot be shared between threads.
        if not hasattr(self._local, "compiler"):
            self._local.compiler = typst.Compiler(
                root=str(self._letters / "layout"), ignore_system_fonts=True, font_paths=fonts()
            )
        try:
            pdf = cast(
                bytes,
                self._local.compiler.compile(
                    str(self._letters / "layout" / layout),
                    format="pdf",
                    sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
                    pdf_standards=STANDARDS,
                    timestamp=int(datetime.combine(day, time(12), UTC).timestamp()),
                ),
            )
        except typst.TypstError as error:
            raise _explained(error, text) from error
        return unsuspected(pdf)


class _Compiled(FileSystemBytecodeCache):
    """Templates compiled before, in a folder of this user that the system may empty at any time; known by their words.

    Another version of the program may compile the same words otherwise.
    """

    def __init__(self) -> None:
        super().__init__(pattern=f"listingguard-{__version__}-%s.cache")

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take a template as it was kept; one that was cut short or cannot be read is compiled anew."""
        try:
            super().load_bytecode(bucket)
        except (OSError, EOFError, ValueError, PickleError, LookupError, AttributeError):
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a template where that is possible."""
        with suppress(OSError):
            super().dump_bytecode(bucket)


def _compiled_before() -> _Compiled | None:
    """Return what was compiled before; None where no folder is safe."""
    try:
        return _Compiled()
    except (OSError, RuntimeError):
        return None


@cache
def fonts() -> Any:
    """Return the fonts that every layout is made with, read once: those of typst itself, whatever the machine has."""
    import typst

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)


def cleaned(value: T) -> T:
    """Return the same fields with every string made of one printable line.

    Line breaks and control characters become a space, characters of direction or without width go, accents are
    composed (not in a URL, which stays exact). Works through tuples and dataclasses.
    """
    made: Any = value
    if isinstance(value, str) and not isinstance(value, Enum):
        made = _one_line(value)
    elif isinstance(value, tuple):
        made = tuple(cleaned(item) for item in value)
    elif hasattr(value, "__dataclass_fields__"):
        changed = {each.name: cleaned(getattr(value, each.name)) for each in fields(made)}
        made = replace(made, **changed)
    return cast(T, made)


def _one_line(text: str) -> str:
    if "://" not in text:
        text = unicodedata.normalize("NFC", text)
    if text.isprintable():
        return " ".join(text.split())
    kept = []
    for sign in text:
        category = unicodedata.category(sign)
        if category in {"Cc", "Zl", "Zp"}:
            kept.append(" ")
        elif category not in {"Cf", "Cs", "Co"}:
            kept.append(sign)
    return " ".join("".join(kept).split())


def _mark(found: re.Match[str]) -> str:
    cells = found[2].replace(" | ", _CELL) if found[1] == "|" else found[2]
    return f"{_SIGN}{found[1]}{cells}"


def _names(document: Fields) -> dict[str, object]:
    """Return what the template sees: the fields, and what the type derives from them."""
    kind = type(document)
    derived = [name for base in kind.__mro__ for name in vars(base) if isinstance(vars(base)[name], property)]
    return {name: getattr(document, name) for name in (*(each.name for each in fields(document)), *derived)}


def _zones(rendered: str) -> Zones:
    """Return the blocks of each zone, in the order of the template; a zone where nothing was written is left out."""
    found: dict[str, list[_Block]] = {}
    zone = ""
    ended = True
    for raw in rendered.splitlines():
        line = raw.strip(" \t")
        if not line:
            ended = True
            continue
        sign, rest = (line[1], line[2:].strip()) if line.startswith(_SIGN) else ("", line)
        if sign == "@":
            zone, ended = rest, True
            continue
        blocks = found.setdefault(zone, [])
        kind = {"": "p", "#": "h", "-": "ul", "*": "ol", "|": "table"}[sign]
        cells = tuple(cell.strip() for cell in rest.split(_CELL))
        last = None if ended or not blocks else blocks[-1]
        if last and not sign and (last.kind != "p" or zone in _REFLOWED):
            # A line without a sign goes on with the one before.
            *rows, (*before, cell) = last.rows
            blocks[-1] = _Block(last.kind, (*rows, (*before, f"{cell} {rest}")))
        elif last and last.kind == kind and kind != "h":
            blocks[-1] = _Block(kind, (*last.rows, cells))
        else:
            blocks.append(_Block(kind, (cells,)))
        ended = False
    return {name: tuple(blocks) for name, blocks in found.items()}


def _plain(zones: Zones) -> str:
    parts: list[str] = []
    number = 0
    for blocks in zones.values():
        for block in blocks:
            lines = []
            for row in block.rows:
                number += block.kind == "ol"
                before = {"ul": "– ", "ol": f"{number}. "}.get(block.kind, "")
                lines.append(before + " · ".join(row).replace(_BREAK, "\n  " if before else "\n"))
            parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _laid_out(zones: Zones) -> dict[str, list[dict[str, object]]]:
    return {name: [_printable(block) for block in blocks] for name, blocks in zones.items()}


def _printable(block: _Block) -> dict[str, object]:
    """Return a block as typst reads it: rows of cells of lines of runs [style, text]."""
    return {
        "kind": block.kind,
        "rows": [[[_runs(line) for line in cell.split(_BREAK)] for cell in row] for row in block.rows],
    }


def _renumbered(blocks: list[Any], number: str) -> list[Any]:
    """Return the printable references of a letter with the line of this registered number, and of no other."""
    first, *rest = blocks
    rows = [row for row in first["rows"] if not "".join(text for _, text in row[0][0]).startswith(_REGISTERED)]
    if number:
        rows.insert(0, [[_runs(f"{_REGISTERED} n° {number}")]])
    return [{**first, "rows": rows}, *rest]


def _runs(line: str) -> list[list[str]]:
    line = typography(line, narrow=True)
    runs, done = [], 0
    for found in _RUNS.finditer(line):
        runs += [["text", line[done : found.start()]], [str(found.lastgroup), found[0]]]
        done = found.end()
    runs.append(["text", line[done:]])
    return [run for run in runs if run[1]]


def _title(kind: Kind, zones: Zones, reference: str) -> str:
    """Return the title of the PDF file; PDF/UA wants one."""
    return typography(f"{_capital(kind.label)}, {reference}", narrow=True)


def _people(document: Fields) -> list[str]:
    """Return the names that stand in the text as they are printed, alone and after their civility."""
    found = set()
    for each in document.annexes if isinstance(document, CoverFields) else (document,):
        name, civility = getattr(each, "practitioner_name", ""), getattr(each, "civility", None)
        if name:
            found |= {name, f"{civility.label} {name}".strip() if civility else name}
    # The longest first: what a shorter one has cut out of the text, a longer one no longer finds.
    return sorted((typography(name, narrow=True) for name in found), key=lambda name: (-len(name), name))


def _without_own_amounts(document: Fields, text: str) -> str:
    """Return the text to be read for words that may not leave: « 20 % » in the person's own reasons is theirs to say."""
    own = [*getattr(document, "situation", ()), *(fact.sentence for fact in getattr(document, "facts", ()))]
    own += [each for annex in getattr(document, "annexes", ()) for each in annex.situation]
    for sentence in own:
        printed = typography(sentence, narrow=False)
        text = text.replace(printed, without_amounts(printed))
    return text


def _first_cell(zones: Zones, zone: str) -> str:
    return zones[zone][0].rows[0][0] if zone in zones else ""


def _explained(error: Exception, text: str) -> BadInput:
    """Return the French sentence for what typst could not print."""
    said = str(error)
    if "could not be displayed" in said:
        missing = _without_glyph(said, text)
        return BadInput(
            f"Le caractère «{NBSP}{missing}{NBSP}» ({unicodedata.name(missing, 'sans nom')}), dans "
            f"«{NBSP}{_around(text, missing)}{NBSP}», ne s’imprime pas avec les polices fournies{NBSP}: "
            "corrigez la donnée ou écrivez-en une transcription en lettres latines."
        )
    if "window" in said:
        return BadInput(
            f"L’adresse du destinataire ne tient pas dans la fenêtre de l’enveloppe (85 × 33 mm){NBSP}: abrégez-la."
        )
    if "sender block" in said:
        return BadInput(f"Le bloc de l’expéditeur est trop long pour la première page{NBSP}: abrégez-le.")
    return BadInput(f"La mise en page a échoué{NBSP}: {said.splitlines()[0]}")


def _without_glyph(said: str, text: str) -> str:
    """Return the character typst names, or the first one of the text that no Latin font is sure to hold."""
    # Typst names the whole run, which may begin with a character that prints well.
    if sign := unprintable(text):
        return sign
    quoted = re.search(r"text [`\"'“](.)", said) or re.search(r"[`\"'“](\S)[`\"'”]", said)
    return quoted[1] if quoted and quoted[1] in text else "?"


def _around(text: str, sign: str) -> str:
    """Return the word that holds the character, with the one before."""
    found = re.search(rf"(?:\S{{1,40}}\s)?\S{{0,40}}{re.escape(sign)}\S{{0,40}}", text)
    return found[0] if found else sign


def _spaced(sentences: Iterable[str]) -> tuple[str, ...]:
    return tuple(map(partial(typography, narrow=False), sentences))


def _days(days: Iterable[date]) -> str:
    """Return « le 3 mars 2026 et le 14 mars 2026 »."""
    return listed(tuple(f"le {french_day(day)}" for day in days))


def _listed(items: Iterable[object]) -> str:
    return listed(tuple(map(str, items)))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _grouped_siren(number: str) -> str:
    """Return « 123 456 789 »; anything but nine digits is left as it is."""
    digits = number.replace(" ", "")
    return NBSP.join((digits[:3], digits[3:6], digits[6:])) if len(digits) == 9 and digits.isdigit() else number
