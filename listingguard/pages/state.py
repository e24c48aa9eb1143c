"""The data a page embeds for its own scripts: JSON in script blocks, assignments and attributes. Nothing is run."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from listingguard.domain.listing import Page
from listingguard.pages.document import page_text, tree_of
from listingguard.pages.json_ld import loads_mended

MAX_CHARS = 12_000_000
"""Characters of embedded data read from one page."""
MAX_DOCUMENTS = 100
MAX_MENDED = 3_000_000
"""Characters of wrong JSON that are looked at again, slowly, to save what is right in it."""

# A script's own objects begin without quotes: only what may be JSON is looked at.
_VALUE = re.compile(r"=\s*(?=\{\s*[\"/]|\[\s*[\[{\"\d/]|JSON\.parse\()")
# window.__INITIAL_STATE__ = …, self["__STATE__"] = …, var pageData = …
_ASSIGNED = re.compile(
    r"""(?:\b(?:window|self|globalThis)\s*(?:\.\s*[\w$]{1,60}|\[\s*["'][\w$ -]{1,60}["']\s*\])
        |\b(?:var|let|const)\s+[\w$]{1,60}|\b__[A-Z_]{3,40}__)
        \s*$""",
    re.VERBOSE,
)
_PARSED = re.compile(
    r"""JSON\.parse\(\s*(?:decodeURIComponent\(\s*)?("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')""", re.DOTALL
)
_FLIGHT = re.compile(r"__next_f\.push\(\s*")
_FLIGHT_ROW = re.compile(r"^[0-9a-f]{1,6}:[A-Z]{0,2}(?=[\[{])", re.MULTILINE)
_UNDEFINED = re.compile(r"(?<=[:,\[])\s*(?:undefined|void 0)(?=\s*[,}\]])")
_ATTRIBUTES = (
    "data-props", "data-state", "data-page", "data-json", "data-initial-state", "data-react-props", "data-model",
    "data-config", "data-results", "data-listing", "data-practitioner", "data-practitioners",
)  # fmt: skip
# All begin alike: a plain search finds where to look.
_IN_ATTRIBUTE = re.compile(r"data-(?:" + "|".join(name.removeprefix("data-") for name in _ATTRIBUTES) + r")\s*=")
_BLANK = re.compile(r"[\s\ufeff]*")
_DECODER = json.JSONDecoder(strict=False)


def documents(page: Page) -> Iterator[Any]:
    """Return every JSON value embedded in a page, in page order; what cannot be read as JSON is passed over."""
    tree = tree_of(page)
    if tree is None:
        return
    left, mending = MAX_CHARS, MAX_MENDED
    flight: list[str] = []
    for count, (text, is_json) in enumerate(_sources(page, tree)):
        left -= len(text)
        if left < 0 or count > 20 * MAX_DOCUMENTS:
            break
        for start in (0,) if is_json else _assignments(text):
            value, mended = _value_at(text, start, mending)
            mending -= mended
            if isinstance(value, (list, dict)):
                yield _revived(value)
        if not is_json:
            flight += _flight(text)
    yield from _rows("".join(flight))


def _sources(page: Page, tree: Any) -> Iterator[tuple[str, bool]]:
    """Return the texts that may hold data, and whether each is JSON as a whole."""
    for script in tree.iter("script"):
        kind = (script.get("type") or "").lower()
        text = script.text or ""
        if "json" in kind and "ld+json" not in kind:
            yield text, True
        elif "ld+json" not in kind and ("=" in text or "__next_f" in text):
            yield text, False
    if _IN_ATTRIBUTE.search(page_text(page)):
        for name in _ATTRIBUTES:
            for text in tree.xpath("//@*[name()=$name]", name=name):
                if text.lstrip()[:1] in ("{", "["):
                    yield str(text), True


def _assignments(text: str) -> Iterator[int]:
    """Return where each value begins that the script assigns to a name of its own or of the window."""
    count = 0
    for found in _VALUE.finditer(text):
        if _ASSIGNED.search(text[max(0, found.start() - 100) : found.start()]):
            yield found.end()
            count += 1
            if count >= MAX_DOCUMENTS:
                return


def _value_at(text: str, start: int, mending: int) -> tuple[Any, int]:
    """Return the JSON value that begins there, None for what is none, and how many characters were mended for it.

    mending: how many characters may be.
    """
    if text.startswith("JSON.parse(", start):
        quoted = _PARSED.match(text, start)
        text, start = (_unquoted(quoted[1]) if quoted else ""), 0
    blank = _BLANK.match(text, start)
    try:
        return _DECODER.raw_decode(text, blank.end() if blank else start)[0], 0
    except (ValueError, RecursionError):
        wrong = text[start : start + mending]
    if not wrong:
        return None, 0
    try:
        return loads_mended(_UNDEFINED.sub("null", wrong)), len(wrong)
    except (ValueError, RecursionError):
        return None, len(wrong)


def _unquoted(literal: str) -> str:
    """Return the text a script's string literal stands for; empty when it is none."""
    inner = literal[1:-1]
    if literal[0] == "'":
        inner = re.sub(r'(?<!\\)((?:\\\\)*)"', r'\1\\"', inner.replace("\\'", "'"))
    inner = re.sub(r"\\x([0-9a-fA-F]{2})", r"\\u00\1", inner)
    try:
        text = json.loads(f'"{inner}"', strict=False)
    except ValueError:
        return ""
    return str(text)


def _flight(text: str) -> list[str]:
    """Return the pieces of Next.js's stream that a script pushes: `self.__next_f.push([1, "…"])`."""
    pieces = []
    failed = 0
    for found in _FLIGHT.finditer(text):
        if failed > MAX_DOCUMENTS:
            break
        try:
            pushed = _DECODER.raw_decode(text, found.end())[0]
        except (ValueError, RecursionError):
            failed += 1
            continue
        if isinstance(pushed, list) and len(pushed) > 1 and isinstance(pushed[1], str):
            pieces.append(pushed[1])
    return pieces


def _rows(stream: str) -> Iterator[Any]:
    for count, found in enumerate(_FLIGHT_ROW.finditer(stream)):
        if count > 10 * MAX_DOCUMENTS:
            return
        try:
            yield _DECODER.raw_decode(stream, found.end())[0]
        except (ValueError, RecursionError):
            continue


# --- data that refers to itself ----------------------------------------------------------------------------

_MOST_COPIED = 50_000


def _referenced(value: Any) -> Any:
    """Return a normalised cache (Apollo's `{"Praticien:1": {…}, …}`) with its references replaced, 4 levels deep."""
    if not isinstance(value, dict) or not any(isinstance(v, dict) and "__typename" in v for v in value.values()):
        return value
    copied = 0

    def whole(node: Any, depth: int) -> Any:
        nonlocal copied
        copied += 1
        if copied > _MOST_COPIED or depth > 8:
            return None
        if isinstance(node, list):
            return [whole(item, depth + 1) for item in node[:200]]
        if not isinstance(node, dict):
            return node
        reference = node.get("__ref") or (node.get("id") if node.get("type") == "id" else None)
        if isinstance(reference, str) and reference in value:
            # Two steps for one: a cache that runs in circles ends soon.
            return whole(value[reference], depth + 2)
        return {key: whole(inner, depth + 1) for key, inner in node.items()}

    # The query only repeats the entries; without it their order in the cache is the page's.
    return [whole(entry, 0) for key, entry in value.items() if isinstance(entry, dict) and key != "ROOT_QUERY"]


def _revived(value: Any) -> Any:
    """Return Nuxt's flat list of values, `[{"data": 1}, {"name": 2}, "…"]`, put together; anything else as it is."""
    if not (isinstance(value, list) and len(value) > 3 and _points(value[0], len(value))):
        return _referenced(value)
    copied = 0

    def whole(index: object, depth: int) -> Any:
        nonlocal copied
        copied += 1
        if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index < len(value):
            return None
        if copied > _MOST_COPIED or depth > 40:
            return None
        node = value[index]
        if isinstance(node, dict):
            return {key: whole(inner, depth + 1) for key, inner in node.items()}
        if isinstance(node, list):
            # ["Reactive", 4]: how the page uses a value, not what it is.
            if len(node) == 2 and isinstance(node[0], str):
                return whole(node[1], depth + 1)
            return [whole(inner, depth + 1) for inner in node[:5_000]]
        return node

    return whole(0, 0)


def _points(node: object, length: int) -> bool:
    """Return True when every value of the first entry is the place of another entry."""
    inner = list(node.values()) if isinstance(node, dict) else node[1:] if isinstance(node, list) else []
    return bool(inner) and all(isinstance(i, int) and not isinstance(i, bool) and -10 < i < length for i in inner)
