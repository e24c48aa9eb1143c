"""Where things stand on the page, read back from the PDF: the window of the envelope, the references, the signature."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pypdfium2 as pdfium
import pytest

from listingguard.domain.letter import FIELDS, Addressee, Fields, Kind, enclosed
from listingguard.domain.letter.frame import Frame
from listingguard.domain.postal import LINES, WIDTH
from listingguard.edge.render import Renderer
from listingguard.errors import BadInput
from tests.letters import samples

HERE = Path(__file__).parent
MM = 72 / 25.4
LEFT, TOP, WIDE, HIGH = 110, 55, 85, 33
"""The window of NF Z10-011, in millimetres from the left and the top of an A4 page."""


LETTERS: dict[str, tuple[Kind, Fields]] = {
    "request-council": (Kind.REQUEST, samples.BOOKABLE_COUNCIL),
    "request-self": (Kind.REQUEST, samples.BARE_SELF),
    "question": (Kind.QUESTION, samples.QUESTION),
    **samples.FOLLOWING,
}


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer(HERE.parents[1] / "letters")


Piece = tuple[float, float, float, float, str]


def pages(renderer: Renderer, kind: Kind, document: Fields) -> list[list[Piece]]:
    """Return, for each page, its lines of text: left, top, right, bottom in millimetres from the top left, and words."""
    found = []
    for page in pdfium.PdfDocument(renderer.pdf(kind, document, day=document.day)):
        text, height = page.get_textpage(), page.get_height()
        pieces: list[Piece] = []
        for left, bottom, right, top in (text.get_rect(n) for n in range(text.count_rects())):
            words = text.get_text_bounded(left, bottom, right, top).strip()
            piece = (left / MM, (height - top) / MM, right / MM, (height - bottom) / MM, words)
            last = pieces[-1] if pieces else None
            gap = "" if words[:1] in {",", "."} else " "
            if last and last[1] < piece[3] and piece[1] < last[3] and -0.5 < piece[0] - last[2] < 3:
                pieces[-1] = (last[0], min(last[1], piece[1]), piece[2], max(last[3], piece[3]), last[4] + gap + words)
            elif words:
                pieces.append(piece)
        found.append(pieces)
    return found


def inside(piece: Piece) -> bool:
    left, top, right, bottom, _ = piece
    return right > LEFT and left < LEFT + WIDE and bottom > TOP and top < TOP + HIGH


def plain(text: str) -> str:
    return " ".join(text.replace("’", "'").split())


@pytest.mark.parametrize("name", LETTERS)
def test_the_window_of_the_envelope_shows_the_address_and_nothing_else(renderer: Renderer, name: str) -> None:
    kind, document = LETTERS[name]
    shown = [piece for piece in pages(renderer, kind, document)[0] if inside(piece)]
    lines = [plain(piece[4]) for piece in sorted(shown, key=lambda piece: piece[1])]
    if kind is Kind.QUESTION:
        assert lines == ["MADAME CAMILLE EXEMPLE", "12 RUE DU MODELE", "26000 EXEMPLEVILLE"]
    else:
        assert lines == [
            "Rendez-vous Soins SAS",
            "DELEGUE A LA PROTECTION DES DONNEES",
            "40 AVENUE DES ESSAIS",
            "75000 PARIS",
        ]
    for left, top, right, bottom, words in shown:
        assert left >= LEFT - 0.5, words
        assert right <= LEFT + WIDE, words
        assert top >= TOP - 0.5, words
        assert bottom <= TOP + HIGH, words
    assert min(piece[0] for piece in shown) == pytest.approx(LEFT, abs=1)
    assert min(piece[1] for piece in shown) == pytest.approx(TOP, abs=2)


def test_a_full_address_of_six_lines_fits_the_window_with_its_cedex(renderer: Renderer) -> None:
    full = Addressee(
        "Société anonyme des annuaires de santé du Dauphiné",
        "Mme la déléguée à la protection des données, service juridique",
        ("Bât. B, 12, avenue de l’Église", "TSA 80715", "38000 Grenoble Cedex 07"),
    )
    shown = [p for p in pages(renderer, Kind.REQUEST, replace(samples.BARE_SELF, addressee=full))[0] if inside(p)]
    lines = [plain(piece[4]) for piece in sorted(shown, key=lambda piece: piece[1])]
    assert len(lines) == LINES
    assert all(len(line) <= WIDTH for line in lines)
    assert lines[-3:] == ["BAT B 12 AVENUE DE L EGLISE", "TSA 80715", "38000 GRENOBLE CEDEX 07"]
    assert max(piece[3] for piece in shown) <= TOP + HIGH


def test_what_no_envelope_can_show_is_a_task_with_the_line_that_is_too_long(renderer: Renderer) -> None:
    long = Addressee("Rendez-vous Soins", "", ("Z" * 39, "75000 Paris"))
    with pytest.raises(BadInput, match="plus de 38 signes"):
        renderer.pdf(Kind.REQUEST, replace(samples.BARE_SELF, addressee=long), day=date(2026, 3, 12))


@pytest.mark.parametrize("name", ["reminder-self", "cover"])
def test_the_registered_number_is_printed_outside_the_window(renderer: Renderer, name: str) -> None:
    (line,) = [p for p in pages(renderer, *LETTERS[name])[0] if "1A 123 456 7890 1" in p[4].replace("\u00a0", " ")]
    assert plain(line[4]) == "Lettre recommandée avec avis de réception n° 1A 123 456 7890 1"
    assert not inside(line)


def test_the_parts_of_a_letter_come_in_the_order_a_secretary_expects(renderer: Renderer) -> None:
    first, *rest = pages(renderer, *LETTERS["reminder-council"])
    last = rest[-1] if rest else first
    wanted = ["Conseil départemental", "Rendez-vous Soins SAS", "Exempleville, le 21 avril 2026", "N/Réf.", "V/Réf.", "Objet :",
              "Madame, Monsieur,"]  # fmt: skip
    tops = [next(piece[1] for piece in first if plain(piece[4]).startswith(each)) for each in wanted]
    assert tops == sorted(tops)
    closing = ["Je vous prie d'agréer, Madame, Monsieur", "Pour Camille EXEMPLE, par mandat", "Pour la présidente et par",
               "P.J. :"]  # fmt: skip
    ends = [next(piece[1] for piece in last if plain(piece[4]).startswith(each)) for each in closing]
    assert ends == sorted(ends)
    assert any("(3 pages)" in plain(piece[4]) for piece in last)


@pytest.mark.parametrize("name", LETTERS)
def test_nothing_is_printed_outside_the_page_nor_alone_on_it(renderer: Renderer, name: str) -> None:
    for page in pages(renderer, *LETTERS[name]):
        for left, top, right, bottom, words in page:
            assert left >= 19, words
            assert right <= 192, words
            assert top >= 15, words
            assert bottom <= 290, words
        # A page holds more than its footer, a signature or a list of what is joined.
        assert sum(len(piece[4]) for piece in page) > 200


@pytest.mark.parametrize("count", [0, 1, 6, 7, 30])
def test_however_many_things_are_joined_each_is_printed_and_none_over_the_signature(
    renderer: Renderer, count: int
) -> None:
    joined = tuple(enclosed(f"Copie n° {n} de la page consultée le 2 mars 2026", n) for n in range(1, count + 1))
    document = replace(samples.BOOKABLE_COUNCIL, attachments=joined)
    printed = [piece for page in pages(renderer, Kind.REQUEST, document) for piece in page]
    said = plain(" ".join(piece[4] for piece in printed))
    for n in range(1, count + 1):
        assert f"Copie n° {n} de la page" in said
    for page in pages(renderer, Kind.REQUEST, document):
        for a in page:
            for b in page:
                # Two pieces of text never lie over each other.
                apart = a[2] <= b[0] + 0.1 or b[2] <= a[0] + 0.1 or a[3] <= b[1] + 0.6 or b[3] <= a[1] + 0.6
                assert a is b or apart, (a, b)


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("source-self", "À ma connaissance, vous êtes responsable"),
        ("answer-extension-late", "Nous vous prions d'indiquer sans attendre"),
        ("answer-not-done-council", "Ce courrier n'ouvre aucun nouveau délai"),
    ],
)
def test_every_paragraph_fills_its_lines_before_a_list_and_beside_the_signature_too(
    renderer: Renderer, name: str, begins: str
) -> None:
    (line,) = [p for page in pages(renderer, *LETTERS[name]) for p in page if plain(p[4]).startswith(begins)]
    assert line[2] == pytest.approx(190, abs=2)


def test_who_signs_has_a_line_for_the_name_and_one_for_the_quality(renderer: Renderer) -> None:
    (last,) = pages(renderer, *LETTERS["answer-extension-late"])
    assert {"Dominique MODÈLE", "Présidente du conseil départemental"} <= {plain(piece[4]) for piece in last}


@pytest.mark.parametrize("name", LETTERS)
def test_a_name_is_never_cut_at_the_end_of_a_line(renderer: Renderer, name: str) -> None:
    kind, document = LETTERS[name]
    for page in pdfium.PdfDocument(renderer.pdf(kind, document, day=document.day)):
        said = page.get_textpage().get_text_range()
        assert not re.search(r"\b(?:C|Ca|Cam|Cami|Camil|Camill|EX|EXE|EXEM|EXEMP|ES|ESS)[\ufffe\u00ad]", said)


def test_each_annex_of_a_cover_has_its_own_page(renderer: Renderer) -> None:
    found = pages(renderer, *LETTERS["cover"])
    for number, annex in enumerate(samples.COVER.annexes, 1):
        (page,) = [
            page for page in found if plain(page[0][4]).startswith(f"Annexe {number} – demande {annex.reference}")
        ]
        said = plain(" ".join(piece[4] for piece in page))
        for other in samples.COVER.annexes:
            assert (other.practitioner_name in said) == (other is annex)
            assert all((listed.sha256[:8] in said) == (other is annex) for listed in other.pages)


def test_every_letter_to_a_platform_stands_in_the_same_frame() -> None:
    assert {kind for kind in Kind if issubclass(FIELDS[kind], Frame)} == {k for k, _ in LETTERS.values()} - {
        Kind.QUESTION
    }
