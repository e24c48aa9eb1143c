"""The sheet that goes with a capture, and the text of a masked copy, as French PDF; knows layout, not what they say.

After NF Z67-147: the whole address on every page, how the page was taken, every file by its hash, the picture of the
page cut over as many pages as it takes. What is said of a capture is in domain/capture.py; nothing is added here.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from listingguard.domain.capture import TokenRow, does_not_prove, proves
from listingguard.domain.capture import sheet as sheet_rows
from listingguard.domain.event import canonical
from listingguard.domain.french import PARIS, plural, typography
from listingguard.edge.pdf_marks import unsuspected
from listingguard.edge.render import STANDARDS, fonts
from listingguard.errors import BadInput

if TYPE_CHECKING:
    from PIL.Image import Image

DRAWN = (
    "Elle est le rendu de la page par le navigateur indiqué, sans retouche. Ce que la page demande à d’autres sites n’y est "
    "pas : le navigateur ne pouvait joindre que le site lui-même."
)

# A page of 1280 × 20,000 points is 26 million.
MAX_PIXELS = 60_000_000
_WIDEST = 1280
"""Points of a picture from side to side on paper: the text of a page stays legible; each original is attached."""
_WIDTH, _BOTTOM, _CAPTION = 170.0, 20.0, 10.0
_LINE, _MAX_LINES, _MAX_STRIPS = 112, 40, 200
_PUNCTUATION = "‐‑–—‘’‚“”„†•…‰‹›€™→−\u202f"
_ODD = re.compile(f"[^ -~\u00a0-\u00ac\u00ae-\u017f{_PUNCTUATION}]")


@dataclass(frozen=True)
class Laid:
    """What was laid out on pages of its own, ready to be laid out again among those of a dossier.

    pdf: PDF/A-2b and PDF/UA-1. page: what the layout reads (letters/layout/sheet.typ), without pictures. pictures: the
    strips of the picture as they are printed, each with its caption.
    """

    pdf: bytes
    page: Mapping[str, Any]
    pictures: tuple[tuple[bytes, str], ...] = ()


def sheet_pdf(manifest: Mapping[str, Any], picture: bytes | None, **words: Any) -> bytes:
    """Return the sheet of a capture as PDF/A-2b and PDF/UA-1; the same input gives the same bytes (see `sheet_of`)."""
    return sheet_of(manifest, picture, **words).pdf


def sheet_of(
    manifest: Mapping[str, Any],
    picture: bytes | None,
    *,
    letters: Path,
    tokens: Sequence[TokenRow] = (),
    reference: str = "",
    rests_on: str = "",
    original: Mapping[str, Any] | None = None,
) -> Laid:
    """Return the sheet of a capture; the same input gives the same bytes.

    manifest: as kept with the capture. picture: the page as PNG or JPEG, laid out over as many pages as it takes, in
    order; None when there is none. letters: the folder of layouts. tokens: the capture's. reference: of the case.
    rests_on: what the capture rests on, its mandate included (`basis_of(…).label`). original: the manifest as kept, whose
    hash the sheet gives, where `manifest` tells less of it.
    """
    url = str(manifest["final_url"] or manifest["url"])
    lines = _pieces(drawable(url), _LINE)
    cut = lines[:_MAX_LINES] + (["… (l’adresse entière est au tableau)"] if len(lines) > _MAX_LINES else [])
    top = 17.0 + 3.2 * len(cut)
    day = datetime.fromisoformat(str(manifest["at"])).astimezone(PARIS).date()
    sha = hashlib.sha256(canonical(original or manifest)).hexdigest()
    rows = [(for_print(label), _value(value)) for label, value in sheet_rows(manifest, rests_on)]
    rows.append(("Fiche technique (JSON)", f"SHA-256 {sha}"))
    strips, said = _strips(picture, (297.0 - top - _BOTTOM - _CAPTION) / _WIDTH)
    if strips and manifest.get("origin") == "scan":
        said += f" {DRAWN}"
    page = {
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
            {"heading": "L’image de la page", "text": [for_print(said)]},
            {"heading": "Ce que cette capture prouve", "list": [_value(s) for s in proves(manifest, tokens)]},
            {"heading": "Ce qu’elle ne prouve pas", "list": [_value(s) for s in does_not_prove(manifest, tokens)]},
        ],
    }
    return Laid(_compiled(page, strips, letters, day), page, tuple(strips))


def _subtitle(manifest: Mapping[str, Any], reference: str) -> list[str]:
    lines = [f"Dossier {drawable(reference)}"] if reference else []
    if manifest.get("simulated"):
        lines.append(for_print("SIMULATION : jours et personnes inventés. Cette capture ne prouve rien de réel."))
    return lines


@lru_cache(maxsize=256)
def _value(text: str) -> str:
    """Return a text fit for a column: no word is longer than its line."""
    return for_print(_broken(drawable(text)))


def _broken(text: str) -> str:
    # A place to break that takes no room, and that nobody copies as a space.
    return " ".join("\u200b".join(_pieces(word, 68)) for word in text.split(" "))


MASKED_WORDS = "Copie masquée Texte de la copie Ce qui a été retiré et pourquoi listingguard Dossier Original SHA-256"


def masked_layout(
    lines: Sequence[str], index: Sequence[str], *, original: str, letters: Path, day: date, reference: str = ""
) -> Laid:
    """Return the text of a masked copy and the index of what was taken out (see edge/mask.py).

    All its own words are in MASKED_WORDS.
    """
    text = [_broken(drawable(line)) for line in lines]
    page = {
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
            {"heading": "Ce qui a été retiré, et pourquoi", "list": [for_print(line) for line in index]},
        ],
    }
    return Laid(_compiled(page, (), letters, day), page)


def drawable(text: str) -> str:
    """Return the text with a code in place of each character that our fonts may lack: ‹U+1F600›.

    Control characters become spaces; a name in another script stays recognisable by its codes, and nothing is lost.
    """
    return _ODD.sub(lambda found: _drawn(found[0]), text)


def _drawn(sign: str) -> str:
    code = ord(sign)
    return " " if code < 0x20 or code == 0x7F else f"‹U+{code:04X}›"


def for_print(text: str) -> str:
    """Return the text with the spaces and apostrophes of French print."""
    return typography(text, narrow=True)


def _pieces(text: str, length: int) -> list[str]:
    return [text[i : i + length] for i in range(0, len(text), length)] or [""]


# -- the picture ---------------------------------------------------------------------------------------------------


def _strips(picture: bytes | None, ratio: float) -> tuple[list[tuple[bytes, str]], str]:
    """Return the picture in strips of one page each, as printed, with captions, and the sentence that says what there is."""
    from PIL import Image, UnidentifiedImageError

    if picture is None:
        return [], "Aucune image de la page n’accompagne cette capture."
    sha = hashlib.sha256(picture).hexdigest()
    try:
        with Image.open(BytesIO(picture), formats=("PNG", "JPEG")) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise ValueError
            opened.load()
            image = opened if opened.mode == "RGB" else opened.convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        return (
            [],
            f"L’image conservée (SHA-256 {sha}) n’est pas reproduite ici : son format ou sa taille ne s’y prête pas.",
        )
    height = max(int(image.width * ratio), 1)
    total = -(-image.height // height)
    if total > _MAX_STRIPS:
        return [], f"L’image conservée (SHA-256 {sha}) n’est pas reproduite ici : elle est trop haute."
    cuts = [(number * height, min((number + 1) * height, image.height)) for number in range(total)]
    found = [
        (
            printable(image if total == 1 else image.crop((0, top, image.width, low))),
            for_print(f"Image de la page, partie {number} sur {total}, de haut en bas"),
        )
        for number, (top, low) in enumerate(cuts, 1)
    ]
    where = (
        "sur la dernière page"
        if total == 1
        else f"sur les {plural(total, 'dernière page', 'dernières pages')}, de haut en bas"
    )
    return found, f"L’image conservée (SHA-256 {sha}) est reproduite {where}, comprimée pour l’impression."


def printable(image: Image) -> bytes:
    """Return a picture as it is laid out: grey as PNG, which stays sharp, all others as JPEG, as wide as a screen.

    The picture as it was taken is a file of its own beside the layout.
    """
    from PIL.Image import Resampling

    if image.width > _WIDEST:
        image = image.resize((_WIDEST, max(round(image.height * _WIDEST / image.width), 1)), Resampling.BOX)
    few = image.resize((160, 160), Resampling.NEAREST).getcolors(256 * 8)
    grey = few is not None and all(max(c) - min(c) < 12 for _, c in few if isinstance(c, tuple))
    out = BytesIO()
    if grey:
        _sixteen_greys(image).save(out, "PNG", compress_level=3)
    else:
        image.save(out, "JPEG", quality=80)
    return out.getvalue()


def _sixteen_greys(image: Image) -> Image:
    """Return a picture in sixteen even greys: paper and ink need no palette of their own, which takes long to choose."""
    from PIL import Image as Pictures

    steps = image.convert("L").point([round(grey / 17) for grey in range(256)])
    greys = Pictures.frombytes("P", steps.size, steps.tobytes())
    greys.putpalette([level * 17 for level in range(16) for _ in range(3)])
    return greys


def _compiled(page: Mapping[str, Any], strips: Sequence[tuple[bytes, str]], letters: Path, day: date) -> bytes:
    import typst

    with TemporaryDirectory(prefix="listingguard-") as name:
        root, pictures = Path(name), []
        for layout in ("sheet.typ", "capture.typ"):
            shutil.copyfile(letters / "layout" / layout, root / layout)
        for number, (strip, caption) in enumerate(strips):
            (root / f"{number:03}").write_bytes(strip)
            pictures.append({"file": f"{number:03}", "caption": caption})
        compiler: Any = typst.Compiler(root=str(root), ignore_system_fonts=True, font_paths=fonts())
        try:
            pdf: bytes = compiler.compile(
                str(root / "capture.typ"),
                format="pdf",
                sys_inputs={"data": json.dumps({**page, "pictures": pictures}, ensure_ascii=False)},
                pdf_standards=STANDARDS,
                timestamp=int(datetime.combine(day, time(12), UTC).timestamp()),
            )
        except typst.TypstError as error:
            raise BadInput(
                f"La fiche de capture n’a pas pu être mise en page\u00a0: {str(error).splitlines()[0]}"
            ) from error
    return unsuspected(pdf)
