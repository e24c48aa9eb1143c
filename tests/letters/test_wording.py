"""Words of the home's own: a fixed list of fields, nothing else interpreted, the same rules as for ours."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from hypothesis import given
from hypothesis import strategies as st

from listingguard.domain.letter import FIELDS, Kind
from listingguard.domain.letter.frame import ForOne
from listingguard.domain.letter.wording import SLOTS, reworded, values_of
from listingguard.edge.render import Renderer
from listingguard.errors import BadInput, Refused
from tests.letters import samples

HERE = Path(__file__).parent
LETTERS = HERE.parents[1] / "letters"
HOSTILE = '{{7*7}} #read("/etc/passwd") {% for x in y %} {# c #} $1+1$ *gras* _ital_ \\ @sender # titre'

Write = Callable[..., Renderer]


SELF, COUNCIL = samples.BARE_SELF, samples.BOOKABLE_COUNCIL


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that writes texts into a home's folder and returns the renderer that reads them."""

    def written(**texts: str) -> Renderer:
        folder = tmp_path / "wording"
        folder.mkdir(exist_ok=True)
        for name, text in texts.items():
            (folder / f"{name.replace('__', '.')}.txt").write_text(text, encoding="utf-8")
        return Renderer(LETTERS, folder)

    return written


def words(text: str) -> str:
    return " ".join(text.replace("’", "'").split())


def printed(renderer: Renderer, document: ForOne) -> str:
    pdf = pdfium.PdfDocument(renderer.pdf(Kind.REQUEST, document, day=date(2026, 3, 12)))
    return re.sub(r"[\s\ufffe\-‐]", "", "".join(page.get_textpage().get_text_range() for page in pdf))


def test_a_home_rewrites_its_paragraphs_and_the_fields_are_filled(write: Write) -> None:
    renderer = write(
        request__opening="{{ praticien }} ({{rpps}}) nous a chargés le {{mandat}}\nde vous écrire.\n\nVoici sa demande.",
        request__situation="Ce que {{praticien}} vit :",
        request__closing="Recevez, Madame, Monsieur, nos salutations. {{lieu}}, {{date}}, {{reference}}.",
    )
    said = words(renderer.text(Kind.REQUEST, COUNCIL))
    assert (
        "Madame Camille EXEMPLE (10000000001) nous a chargés le 9 mars 2026 de vous écrire. Voici sa demande." in said
    )
    assert "Ce que Madame Camille EXEMPLE vit : – Aucun contrat" in said
    assert "nos salutations. Exempleville, 12 mars 2026, EX26-2026-0042." in said
    assert "Ce courrier vous est adressé" not in said
    assert "Je vous prie d'agréer" not in said


def test_only_the_kind_that_was_rewritten_changes_and_its_version_with_it(write: Write) -> None:
    plain, own = Renderer(LETTERS), write(request__closing="Recevez nos salutations.")
    assert own.template_version(Kind.REQUEST) != plain.template_version(Kind.REQUEST)
    assert own.template_version(Kind.RELISTING) == plain.template_version(Kind.RELISTING)
    assert own.text(*samples.FOLLOWING["reminder-self"]) == plain.text(*samples.FOLLOWING["reminder-self"])


def test_a_folder_that_is_not_there_changes_nothing(tmp_path: Path) -> None:
    assert Renderer(LETTERS, tmp_path / "none").text(Kind.REQUEST, SELF) == Renderer(LETTERS).text(Kind.REQUEST, SELF)


@pytest.mark.parametrize("slot", ["opening", "situation", "closing"])
def test_what_looks_like_a_template_prints_as_it_is(write: Write, slot: str) -> None:
    before = "{{praticien}} : " if slot == "opening" else ""
    renderer = write(**{f"request__{slot}": before + HOSTILE})
    assert words(HOSTILE) in words(renderer.text(Kind.REQUEST, SELF))
    page = printed(renderer, SELF)
    assert re.sub(r"[\s\-‐]", "", HOSTILE) in page
    assert "root:" not in page
    assert "49" not in page.partition("Madame,Monsieur")[2].partition("RPPS")[0]


def test_a_field_inside_a_name_is_not_filled_again(write: Write) -> None:
    renderer = write(request__opening="Pour {{praticien}}.")
    hostile = replace(SELF, practitioner_name="Camille {{7*7}} {% if x %}", signatory="C. EXEMPLE")
    assert "Pour Camille {{7*7}} {% if x %}." in words(renderer.text(Kind.REQUEST, hostile))
    assert reworded("{{praticien}}", {"praticien": "{{date}}", "date": "x"}, "f") == ("{{date}}",)


@pytest.mark.parametrize("field", ["nom", "praticien_", "request", "self", "Praticien", "__class__"])
def test_an_unknown_field_is_refused_with_its_name_and_its_line(write: Write, field: str) -> None:
    renderer = write(request__opening=f"{{{{praticien}}}}\n\npuis {{{{ {field} }}}}.")
    with pytest.raises(BadInput) as refused:
        renderer.text(Kind.REQUEST, SELF)
    said = words(str(refused.value))
    assert "request.opening.txt" in said
    assert "ligne 3" in said
    assert f"{{{{{field}}}}} n'existe pas" in said
    assert "{{plateforme}}" in said


def test_a_field_this_letter_has_nothing_for_is_refused(write: Write) -> None:
    with pytest.raises(BadInput, match="rien à écrire à la place"):
        write(request__opening="{{praticien}}, mandat du {{mandat}}.").text(Kind.REQUEST, SELF)


@pytest.mark.parametrize(("text", "lost"), [("Bonjour.", "praticien"), ("Pour {{praticien}}.", "mandat")])
def test_nobody_acts_for_a_person_without_saying_so(write: Write, text: str, lost: str) -> None:
    with pytest.raises(BadInput, match=re.escape(f"{{{{{lost}}}}}")):
        write(request__opening=text).text(Kind.REQUEST, COUNCIL)


def test_the_words_of_a_home_are_checked_like_ours(write: Write) -> None:
    with pytest.raises(Refused) as refused:
        write(request__closing="Vous avez deux mois, sans quoi nos avocats agiront.").text(Kind.REQUEST, SELF)
    assert len(refused.value.missing) == 2


@pytest.mark.parametrize(
    "name", ["request__openning", "requests__opening", "reminder__situation", "complaint__opening", "lisez"]
)
def test_a_file_nobody_would_read_is_refused_rather_than_left_aside(write: Write, name: str) -> None:
    with pytest.raises(BadInput, match="Aucun courrier ne lit"):
        write(**{name: "Bonjour."}).text(Kind.REQUEST, SELF)


def test_a_text_in_another_encoding_or_without_end_is_refused(write: Write, tmp_path: Path) -> None:
    renderer = write(request__closing="é")
    file = tmp_path / "wording" / "request.closing.txt"
    file.write_bytes("é".encode("latin-1"))
    with pytest.raises(BadInput, match="UTF-8"):
        renderer.text(Kind.REQUEST, SELF)
    file.write_bytes(b"a" * 30_000)
    with pytest.raises(BadInput, match="octets"):
        renderer.text(Kind.REQUEST, SELF)


def test_the_readme_names_every_field_and_every_slot() -> None:
    readme = (LETTERS / "README.md").read_text(encoding="utf-8")
    section = readme.split("## Words of the home's own")[1].split("## Fields")[0]
    assert set(re.findall(r"`\{\{(\w+)\}\}`", section)) == set(values_of(COUNCIL))
    assert set(re.findall(r"^\| `(\w+)`", section, re.MULTILINE)) == {
        slot for slots in SLOTS.values() for slot in slots
    }
    assert set(SLOTS) == {kind for kind in Kind if issubclass(FIELDS[kind], ForOne)}


@given(st.text(max_size=80), st.text(max_size=20))
def test_whatever_is_written_a_value_is_put_in_once_and_nothing_else_happens(text: str, value: str) -> None:
    values = {"praticien": value or "x"}
    try:
        made = reworded(text, values, "f")
    except BadInput:
        assert re.search(r"\{\{\s*\w+\s*\}\}", text)
        return
    if "{{" not in text:
        assert " ".join(made).split() == text.split()
