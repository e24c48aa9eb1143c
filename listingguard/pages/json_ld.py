"""JSON-LD as it is found in the wild: commented, badly wrapped, cut short."""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from listingguard.domain.listing import Page
from listingguard.pages.document import tree_of


@dataclass(frozen=True)
class Blocks:
    """The JSON-LD of a page, in page order; damaged: at least one block could not be read at all."""

    values: tuple[Any, ...]
    damaged: bool


@lru_cache(maxsize=4)
def json_ld(page: Page) -> Blocks:
    """Return the JSON-LD of a page, in page order; damaged: at least one block could not be read at all."""
    tree = tree_of(page)
    values, damaged = [], False
    for script in () if tree is None else tree.iter("script"):
        text = "".join(script.itertext()) if "ld+json" in (script.get("type") or "").lower() else ""
        if not text.strip():
            continue
        try:
            values.append(loads_mended(text))
        except (ValueError, RecursionError):
            damaged = True
    return Blocks(tuple(values), damaged)


_WRAPPING = re.compile(
    r"^\s*(?:<!--|(?://|/\*)?\s*<!\[CDATA\[\s*(?:\*/)?)|(?:(?://|/\*)?\s*\]\]>\s*(?:\*/)?|-->)\s*;?\s*$"
)


def loads_mended(text: str) -> Any:
    """Return the value of a JSON text, mended where it is slightly wrong; raise ValueError when it cannot be."""
    text = _WRAPPING.sub("", _WRAPPING.sub("", text)).strip().rstrip(";")
    try:
        return json.loads(text, strict=False)
    except ValueError:
        if "&quot;" in text and '"' not in text:
            text = html.unescape(text)
        return json.loads(_mended(text), strict=False)


def _mended(text: str) -> str:
    """Return the JSON without comments and trailing commas; if it is cut short, up to its last whole value."""
    out: list[str] = []
    closing = ""
    whole: tuple[int, str] | None = None
    token = re.compile(r'"(?:[^"\\]|\\.)*"|//[^\n]*|/\*.*?\*/|[{}\[\],]|[^"{}\[\],/]+|.', re.DOTALL)
    for found in token.finditer(text):
        part = found[0]
        if part == '"' or (part.startswith("/") and len(part) > 1):
            if part == '"':
                # A text without its end: the page was cut here.
                break
            continue
        if part in "{[":
            closing = ("}" if part == "{" else "]") + closing
        elif part in "}]":
            while out and (not out[-1].strip() or out[-1] == ","):
                out.pop()
            closing = closing[1:]
        elif part == ",":
            whole = (len(out), closing)
        out.append(part)
        if part in "}]":
            whole = (len(out), closing)
            if not closing:
                return "".join(out)
    if closing and whole:
        return "".join(out[: whole[0]]) + whole[1]
    return "".join(out)
