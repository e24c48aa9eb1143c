"""JSON-LD as it is found in the wild: commented, badly wrapped, cut short."""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass
from typing import Any

from listingguard.domain.listing import Page
from listingguard.pages.document import once_per_page, tree_of


@dataclass(frozen=True)
class Blocks:
    """The JSON-LD of a page, in page order; damaged: at least one block could not be read at all."""

    values: tuple[Any, ...]
    damaged: bool


@once_per_page
def json_ld(page: Page) -> Blocks:
    """Return the JSON-LD of a page, in page order; damaged: at least one block could not be read at all."""
    tree = tree_of(page)
    values, damaged = [], False
    for script in () if tree is None else tree.iter("script"):
        text = "".join(script.itertext()) if "ld+json" in (script.get("type") or "").lower() else ""
        if not text.strip():
            continue
        try:
            values.append(_with_plain_keys(loads_mended(text), text))
        except (ValueError, RecursionError):
            damaged = True
    return Blocks(tuple(values), damaged)


_WRAPPING = re.compile(
    r"^\s*(?:<!--|(?://|/\*)?\s*<!\[CDATA\[\s*(?:\*/)?)|(?:(?://|/\*)?\s*\]\]>\s*(?:\*/)?|-->)\s*;?\s*$"
)
_DECODER = json.JSONDecoder(strict=False)


def loads_mended(text: str) -> Any:
    """Return the value of a JSON text, mended where it is slightly wrong; raise ValueError when it cannot be.

    Several values one after the other come back as a list; JSON written as one text within JSON as what it says.
    """
    text = text.strip("\ufeff \t\r\n")
    if text[:1] not in ("{", "[") or text[-1:] not in ("}", "]"):
        text = _WRAPPING.sub("", _WRAPPING.sub("", text)).strip().rstrip(";").rstrip()
    try:
        value, end = _DECODER.raw_decode(text)
    except ValueError:
        if "&quot;" in text and '"' not in text:
            text = html.unescape(text)
        return json.loads(_mended(text), strict=False)
    values = [value]
    while end < len(text) and (rest := text[end:].lstrip(" \t\r\n,;")).startswith(("{", "[")) and len(values) < 200:
        try:
            value, end = _DECODER.raw_decode(text := rest)
        except ValueError:
            values.append(json.loads(_mended(rest), strict=False))
            break
        values.append(value)
    if len(values) > 1:
        return values
    return loads_mended(value) if isinstance(value, str) and value.lstrip()[:1] in ("{", "[") else value


_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|//[^\n]*|/\*(?:.*?\*/|.*)|[{}\[\],]|[^"{}\[\],/]+|.', re.DOTALL)
_BAD_ESCAPE = re.compile(r'\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}|(.))', re.DOTALL)


def _mended(text: str) -> str:
    """Return the JSON without comments, trailing commas and false escapes; cut short: up to its last whole value."""
    out: list[str] = []
    opened: list[str] = []
    whole = 0
    for found in _TOKEN.finditer(text):
        part = found[0]
        if part == '"':
            # A text without its end: the page was cut here.
            break
        if part.startswith("/") and len(part) > 1:
            continue
        if part in "{[":
            opened.append("}" if part == "{" else "]")
        elif part in "}]":
            while out and (not out[-1].strip() or out[-1] == ","):
                out.pop()
            if opened:
                opened.pop()
        elif part == ",":
            whole = len(out)
        elif part.startswith('"') and "\\" in part:
            part = _BAD_ESCAPE.sub(lambda escape: escape[0] if escape[1] is None else escape[1], part)
        out.append(part)
        if part in "}]":
            whole = len(out)
            if not opened:
                return "".join(out)
    if opened and whole:
        kept = out[:whole]
        still_open: list[str] = []
        for part in kept:
            if part in "{[":
                still_open.append("}" if part == "{" else "]")
            elif part in "}]" and still_open:
                still_open.pop()
        return "".join((*kept, *reversed(still_open)))
    return "".join(out)


_PREFIXED = re.compile(r'"(?:schema:|https?://schema\.org/)(?=\w+"\s*:)')
_PREFIX = re.compile(r"(?:schema:|https?://schema\.org/)(?=\w)")


def _with_plain_keys(value: Any, text: str, depth: int = 0) -> Any:
    """Return the value with `schema:name` and `https://schema.org/name` as `name`, where the text holds such keys."""
    if depth == 0 and not ("schema:" in text or ("schema.org/" in text and _PREFIXED.search(text))):
        return value
    if depth > 60:
        return value
    if isinstance(value, list):
        return [_with_plain_keys(item, text, depth + 1) for item in value]
    if isinstance(value, dict):
        return {_PREFIX.sub("", key, count=1): _with_plain_keys(inner, text, depth + 1) for key, inner in value.items()}
    return value
