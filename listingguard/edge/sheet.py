"""The sheet that goes with a capture, and the text of a masked copy, as French PDF; knows layout, not what they say.

After NF Z67-147: the whole address on every page, how the page was taken, every file by its hash, the picture of the
page cut over as many pages as it takes. What is said of a capture is in domain/capture.py; nothing is added here.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from listingguard.domain.capture import TokenRow, does_not_prove, proves
from listingguard.domain.capture import sheet as sheet_rows
from listingguard.domain.event import canonical
from listingguard.domain.french import PARIS, plural, typography
from listingguard.edge.pdf_marks import unsuspected
from listingguard.edge.render import STANDARDS
from listingguard.errors import BadInput

DRAWN = (
    "Elle est le rendu de la page par le navigateur indiqué, sans retouche. Ce que la page demande à d’autres sites n’y est "
    "pas : le navigateur ne pouvait joindre que le site lui-même."
)

# A page of 1280 × 20,000 points is 26 million.
MAX_PIXELS = 60_000_000
_WIDTH, _BOTTOM, _CAPTION = 170.0, 20.0, 10.0
_LINE, _MAX_LINES, _MAX_STRIPS = 112, 40, 200
_PUNCTUATION = frozenset("‐‑–—‘’‚“”„†•…‰‹›€™→−\u202f")


def sheet_pdf(
    manifest: Mapping[str, Any],
    picture: bytes | None,
    *,
    letters: Path,
    tokens: Sequence[TokenRow] = (),
    reference: str = "",
    rests_on: str = "",
    original: Mapping[str, Any] | None = None,
) -> bytes:
    """Return the sheet of a capture as PDF/A-2b and PDF/UA-1; the same input gives the same bytes.

    manifest: as kept with the capture. picture: the page as PNG or JPEG, laid out over as many pages as it takes, in
    order; None when there is none. letters: the folder of layouts. tokens: the capture's. reference: of the case.
    rests_on: what the capture rests on, its mandate included (`basis_of(…).label`). original: the manifest as kept,
    whose hash the sheet gives, where `manifest` tells less of it.
    """
    url = str(manifest["final_url"] or manifest["url"])
    lines = _pieces(drawable(url), _LINE)
    cut = lines[:_MAX_LINES] + (["… (l’adresse entière est au tableau)"] if len(lines) > _MAX_LINES else [])
    top = 17.0 + 3.2 * len(cut)
    day = datetime.fromisoformat(str(manifest["at"])).astimezone(PARIS).date()
    sha = hashlib.sha256(canonical(original or manifest)).hexdigest()
    rows = [(_fr(label), _value(value)) for label, value in sheet_rows(manifest, rests_on)]
    rows.append(("Fiche technique (JSON)", f"SHA-256 {sha}"))
    with TemporaryDirectory(prefix="listingguard-") as folder:
        strips, said = _strips(picture, Path(folder), (297.0 - top - _BOTTOM - _CAPTION) / _WIDTH)
        if strips and manifest.get("origin") == "scan":
            said += f" {DRAWN}"
        data = {
            "day": [day.year, day.month, day.day],
            "title": f"Fiche de capture, {drawable(urlsplit(url).hostname or 'page')}",
            "author": "listingguard",
            "url": cut,
            "top": top,
            "heading": "Fiche de capture",
            "subtitle": _subtitle(manifest, reference),
            "footer": f"Fiche de capture{f' – {drawable(reference)}' if reference else ''}",
            "parts": [
                {"heading": "Comment la page a été capturée", "rows": [("Fait", "Valeur"), *rows]},
                {"heading": "L’image de la page", "text": [_fr(said)]},
                {"heading": "Ce que cette capture prouve", "list": [_value(s) for s in proves(manifest, tokens)]},
                {"heading": "Ce qu’elle ne prouve pas", "list": [_value(s) for s in does_not_prove(manifest, tokens)]},
            ],
            "pictures": strips,
        }
        return _compiled(data, letters, Path(folder), day)


def _subtitle(manifest: Mapping[str, Any], reference: str) -> list[str]:
    lines = [f"Dossier {drawable(reference)}"] if reference else []
    if manifest.get("simulated"):
        lines.append(_fr("SIMULATION : jours et personnes inventés. Cette capture ne prouve rien de réel."))
    return lines


def _value(text: str) -> str:
    """Return a text fit for a column: no word is longer than its line."""
    return _fr(_broken(drawable(text)))


def _broken(text: str) -> str:
    # A place to break that takes no room, and that nobody copies as a space.
    return " ".join("\u200b".join(_pieces(word, 68)) for word in text.split(" "))


MASKED_WORDS = "Copie masquée Texte de la copie Ce qui a été retiré et pourquoi listingguard Dossier Original SHA-256"


def masked_layout(
    lines: Sequence[str], index: Sequence[str], *, original: str, letters: Path, day: date, reference: str = ""
) -> bytes:
    """Return the text of a masked copy and the index of what was taken out, as a PDF (see edge/mask.py).

    All its own words are in MASKED_WORDS.
    """
    text = [_broken(drawable(line)) for line in lines]
    data = {
        "day": [day.year, day.month, day.day],
        "title": "Copie masquée",
        "author": "listingguard",
        "url": [f"Original SHA-256 {original}"],
        "top": 20.0,
        "heading": "Copie masquée",
        "subtitle": [f"Dossier {drawable(reference)}"] if reference else [],
        "footer": "Copie masquée",
        "parts": [
            {"heading": "Texte de la copie", "text": text},
            {"heading": "Ce qui a été retiré, et pourquoi", "list": [_fr(line) for line in index]},
        ],
        "pictures": [],
    }
    with TemporaryDirectory(prefix="listingguard-") as folder:
        return _compiled(data, letters, Path(folder), day)


def drawable(text: str) -> str:
    """Return the text with a code in place of each character that our fonts may lack: ‹U+1F600›.

    Control characters become spaces; a name in another script stays recognisable by its codes, and nothing is lost.
    """
    return "".join(_drawn(sign) for sign in text)


def _drawn(sign: str) -> str:
    code = ord(sign)
    if code < 0x20 or code == 0x7F:
        return " "
    if code == 0xAD or 0x80 <= code < 0xA0:
        return f"‹U+{code:04X}›"
    return sign if code < 0x180 or sign in _PUNCTUATION else f"‹U+{code:04X}›"


def _fr(text: str) -> str:
    return typography(text, narrow=True)


def _pieces(text: str, length: int) -> list[str]:
    return [text[i : i + length] for i in range(0, len(text), length)] or [""]


# -- the picture ---------------------------------------------------------------------------------------------------


def _strips(picture: bytes | None, folder: Path, ratio: float) -> tuple[list[dict[str, str]], str]:
    """Write the picture in strips of one page each and return them, with the sentence that says what there is."""
    from PIL import Image, UnidentifiedImageError

    if picture is None:
        return [], "Aucune image de la page n’accompagne cette capture."
    sha = hashlib.sha256(picture).hexdigest()
    found = []
    try:
        with Image.open(BytesIO(picture), formats=("PNG", "JPEG")) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise ValueError
            image = opened.convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        return (
            [],
            f"L’image conservée (SHA-256 {sha}) n’est pas reproduite ici : son format ou sa taille ne s’y prête pas.",
        )
    height = max(int(image.width * ratio), 1)
    total = -(-image.height // height)
    if total > _MAX_STRIPS:
        return [], f"L’image conservée (SHA-256 {sha}) n’est pas reproduite ici : elle est trop haute."
    for number in range(total):
        name = f"{number:03}.png"
        strip = image.crop((0, number * height, image.width, min((number + 1) * height, image.height)))
        # Read once, by the layout, which packs it again: the PDF is the same, and it is made sooner.
        strip.save(folder / name, "PNG", compress_level=1)
        found.append(
            {"file": name, "caption": _fr(f"Image de la page, partie {number + 1} sur {total}, de haut en bas")}
        )
    where = (
        "sur la dernière page"
        if total == 1
        else f"sur les {plural(total, 'dernière page', 'dernières pages')}, de haut en bas"
    )
    return found, f"L’image conservée (SHA-256 {sha}) est reproduite {where}."


def _compiled(data: Mapping[str, Any], letters: Path, root: Path, day: date) -> bytes:
    import typst

    shutil.copyfile(letters / "layout" / "capture.typ", root / "capture.typ")
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)
    compiler: Any = typst.Compiler(root=str(root), ignore_system_fonts=True, font_paths=fonts)
    try:
        pdf: bytes = compiler.compile(
            str(root / "capture.typ"),
            format="pdf",
            sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
            pdf_standards=STANDARDS,
            timestamp=int(datetime.combine(day, time(12), UTC).timestamp()),
        )
    except typst.TypstError as error:
        raise BadInput(
            f"La fiche de capture n’a pas pu être mise en page\u00a0: {str(error).splitlines()[0]}"
        ) from error
    return unsuspected(pdf)
