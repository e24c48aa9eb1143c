import re
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from datetime import date
from io import BytesIO
from pathlib import Path

import pypdf
import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from listingguard.domain.letter import (
    FIELDS,
    Addressee,
    Annex,
    Answer,
    ChronologyLine,
    ControllerIdentity,
    Earlier,
    Exhibit,
    Fact,
    Fields,
    GroundLine,
    Kind,
    ListedPage,
    ReadPage,
    Reckoning,
    RobotsLine,
    Sender,
    UnreadPage,
)
from listingguard.domain.letter.frame import AnswerTo, FollowUp, ForOne, Frame
from listingguard.domain.practitioner import Civility
from listingguard.edge.render import Renderer, cleaned
from listingguard.errors import BadInput, Refused
from tests.letters import samples

ROOT = Path(__file__).parents[2]
LETTERS = ROOT / "letters"
KEPT = ROOT / "tests" / "letters"


DAY = date(2026, 3, 12)
DOCUMENTS = {
    "request-bookable-council": (Kind.REQUEST, samples.BOOKABLE_COUNCIL),
    "request-bare-self": (Kind.REQUEST, samples.BARE_SELF),
    "request-relayed-self": (Kind.REQUEST, samples.RELAYED_SELF),
    "request-reviewed-council": (Kind.REQUEST, samples.REVIEWED_COUNCIL),
    "complaint-silence-council": (Kind.COMPLAINT, samples.SILENCE),
    "complaint-refusal-self": (Kind.COMPLAINT, samples.REFUSAL),
    "chronology": (Kind.CHRONOLOGY, samples.CHRONOLOGY),
    "exhibits": (Kind.EXHIBITS, samples.LIST),
    "readings": (Kind.READINGS, samples.READINGS),
    "registered": (Kind.REGISTERED, samples.REGISTERED),
    **samples.FOLLOWING,
}
HOSTILE = '#read("/etc/passwd") *x* $a$ _y_ `z` {{7*7}} {% %} {# #} \\ @sender <b> [q] // | - # 1.'


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer(LETTERS)


def words(text: str) -> str:
    """Return the text on one line, with ordinary spaces and apostrophes."""
    return " ".join(text.replace("’", "'").split())


def printed(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(pdf)).pages)


def letters_only(text: str) -> str:
    """Return the text without spaces and hyphens, which a page may add or drop at the end of a line."""
    return re.sub(r"[\s\-‐]", "", text)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_text_is_the_kept_text_word_for_word(renderer: Renderer, name: str) -> None:
    kept = (KEPT / f"{name}.txt").read_text(encoding="utf-8")
    assert renderer.text(*DOCUMENTS[name]) == kept


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_is_printed_is_what_was_checked(renderer: Renderer, name: str) -> None:
    kind, document = DOCUMENTS[name]
    page = letters_only(printed(renderer.pdf(kind, document, day=document.day)))
    for line in renderer.text(kind, document).splitlines():
        said = letters_only(re.sub(r"^(?:– |\d+\. )", "", line.strip()))
        for part in said.split("·"):
            # A long line may be cut by the foot of a page: its beginning is enough.
            assert part[:30] in page, line


@pytest.mark.parametrize("name", DOCUMENTS)
def test_no_paper_bears_a_picture_or_a_colour_neither_a_tricolour_nor_a_logo(renderer: Renderer, name: str) -> None:
    """The law page, part 4: no tricolour, and no Ordre logo on a kiné's own letter; nor, here, on anybody's."""
    kind, document = DOCUMENTS[name]
    for page in pypdfium2.PdfDocument(renderer.pdf(kind, document, day=document.day)):
        assert not list(page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_IMAGE]))
        picture = page.render(scale=0.5, no_smoothtext=True).to_pil().convert("RGB")
        assert all(max(colour) - min(colour) < 8 for _, colour in picture.getcolors(1 << 20)), "black, white and grey"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_same_input_gives_the_same_bytes(name: str) -> None:
    kind, document = DOCUMENTS[name]
    assert Renderer(LETTERS).pdf(kind, document, day=DAY) == Renderer(LETTERS).pdf(kind, document, day=DAY)


def test_the_text_is_the_same_whatever_became_of_the_templates_that_were_kept_compiled(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    kind, fields = Kind.EXHIBITS.value, samples.LIST
    first = Renderer(LETTERS).text(kind, fields)
    (kept,) = tmp_path.iterdir()
    files = sorted(kept.iterdir())
    assert files
    whole = files[0].read_bytes()
    for size in range(0, min(len(whole), 400), 7):
        files[0].write_bytes(whole[:size])
        assert Renderer(LETTERS).text(kind, fields) == first, size
        assert files[0].read_bytes() == whole
    shutil.rmtree(kept)
    emptied = Renderer(LETTERS)
    shutil.rmtree(kept)
    assert emptied.text(kind, fields) == first
    kept.write_text("")
    assert Renderer(LETTERS).text(kind, fields) == first


def test_another_day_changes_only_the_date_of_the_file(renderer: Renderer) -> None:
    kind, document = DOCUMENTS["exhibits"]
    one, other = (renderer.pdf(kind, document, day=day) for day in (DAY, date(2026, 3, 13)))
    assert one != other
    assert printed(one) == printed(other)


def test_the_file_is_tagged_french_archivable_and_holds_its_fonts(renderer: Renderer) -> None:
    reader = pypdf.PdfReader(BytesIO(renderer.pdf(Kind.REQUEST, samples.BOOKABLE_COUNCIL, day=DAY)))
    root = reader.trailer["/Root"]
    metadata = root["/Metadata"].get_object().get_data().decode()
    assert root["/Lang"] == "fr-FR"
    assert root["/MarkInfo"]["/Marked"]
    assert "pdfaid:part>2" in metadata
    assert "pdfuaid:part>1" in metadata
    assert reader.metadata
    assert reader.metadata.title == "Demande d’opposition et d’effacement, EX26-2026-0042"
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].values():
            descendant = font["/DescendantFonts"][0]
            assert {"/FontFile3", "/FontFile2"} & descendant["/FontDescriptor"].keys()


def test_pages_are_numbered(renderer: Renderer) -> None:
    reader = pypdf.PdfReader(BytesIO(renderer.pdf(Kind.REQUEST, samples.BARE_SELF, day=DAY)))
    assert [f"{n}/{len(reader.pages)}" in page.extract_text() for n, page in enumerate(reader.pages, 1)] == [True, True]


def test_only_the_address_stands_in_the_window_of_the_envelope(renderer: Renderer) -> None:
    page = pypdf.PdfReader(BytesIO(renderer.pdf(Kind.REQUEST, samples.BOOKABLE_COUNCIL, day=DAY))).pages[0]
    mm = 72 / 25.4
    inside = []

    def visit(text: str, matrix: list[float], text_matrix: list[float], font: object, size: float) -> None:
        x = matrix[0] * text_matrix[4] + matrix[2] * text_matrix[5] + matrix[4]
        y = 841.89 - (matrix[1] * text_matrix[4] + matrix[3] * text_matrix[5] + matrix[5])
        if text.strip() and 110 * mm - 1 <= x <= 195 * mm and 55 * mm <= y <= 88 * mm:
            inside.append(text.strip())

    page.extract_text(visitor_text=visit)
    wanted = ("Rendez-vous Soins SAS", "DELEGUE A LA PROTECTION DES DONNEES", "40 AVENUE DES ESSAIS", "75000 PARIS")
    assert words(" ".join(inside)) == words(" ".join(wanted))


# ------------------------------------------------------------------------------------------- what the request must say

FULL, BARE = samples.BOOKABLE_COUNCIL, samples.BARE_SELF
SELF_FULL = replace(
    FULL, represented=False, mandate_day=None, sender=BARE.sender, signatory="Camille EXEMPLE", attachments=()
)
COUNCIL_BARE = replace(
    BARE, represented=True, mandate_day=date(2026, 3, 9), sender=samples.COUNCIL, situation=FULL.situation
)
VARIANTS = {"council": FULL, "self": SELF_FULL, "bare self": BARE, "bare council": COUNCIL_BARE}


@pytest.mark.parametrize("name", VARIANTS)
def test_every_request_says_what_the_law_asks_of_it(renderer: Renderer, name: str) -> None:
    document = VARIANTS[name]
    said = words(renderer.text(Kind.REQUEST, document))
    for page in document.pages:
        assert page.url in said
        assert page.sha256 in said
    for reason in document.situation:
        assert words(reason) in said
    for needed in (
        "article 18, paragraphe 1, point d)",
        "article 17, paragraphe 2",
        "article 19 du RGPD",
        "liste d'opposition, que les données strictement nécessaires pour empêcher une nouvelle publication",
        "article 14, paragraphe 2, point f)",
        "article 15, paragraphe 1, point g)",
        "dans un délai d'un mois à compter de la réception",
        "article 12, paragraphe 3",
        "Commission nationale de l'informatique et des libertés",
        "numéro RPPS 10000000001",
        "Ni copie de pièce d'identité ni adresse personnelle",
        "notre connaissance" if document.represented else "ma connaissance",
        "Je vous prie d'agréer, Madame, Monsieur, l'expression de mes salutations distinguées.",
    ):
        assert needed in said, needed
    objection = said.index("application de l'article 21, paragraphe 1")
    assert objection < said.index("application de l'article 17, paragraphe 1, point c)")


@pytest.mark.parametrize("name", VARIANTS)
def test_no_request_ever_says_two_months_or_threatens(renderer: Renderer, name: str) -> None:
    said = words(renderer.text(Kind.REQUEST, VARIANTS[name])).casefold()
    for never in (
        "deux mois",
        "illicite",
        "fraude",
        "usurp",
        "mise en demeure",
        "plainte",
        "dommage",
        "avocat",
        "docteur",
    ):
        assert never not in said


def test_only_a_bookable_page_speaks_of_booked_patients_and_never_asks_for_their_names(renderer: Renderer) -> None:
    sentence = "avertir les patients qui auraient déjà réservé"
    assert sentence in words(renderer.text(Kind.REQUEST, FULL))
    assert "sans nous transmettre ni leur nom" in words(renderer.text(Kind.REQUEST, FULL))
    assert "sans me transmettre ni leur nom" in words(renderer.text(Kind.REQUEST, SELF_FULL))
    assert sentence not in words(renderer.text(Kind.REQUEST, BARE))


def test_wrong_data_adds_the_restriction_while_they_are_checked(renderer: Renderer) -> None:
    assert "du point a) du même paragraphe" in words(renderer.text(Kind.REQUEST, FULL))
    assert "point a)" not in words(renderer.text(Kind.REQUEST, BARE))


@pytest.mark.parametrize("document", [BARE, COUNCIL_BARE], ids=["self", "council"])
def test_a_bare_listing_gets_a_softer_letter(renderer: Renderer, document: Fields) -> None:
    said = words(renderer.text(Kind.REQUEST, document))
    assert "bien vouloir" in said
    assert "mise en balance" not in said


def test_a_council_never_speaks_in_its_own_name(renderer: Renderer) -> None:
    said = words(renderer.text(Kind.REQUEST, FULL))
    assert "au nom et pour le compte de Madame Camille EXEMPLE" in said
    assert said.count("mandat écrit") == 2
    assert "Pour Camille EXEMPLE, par mandat" in said
    assert not re.search(r"\bje (?!vous prie d'agréer)", said, re.IGNORECASE)


def test_the_mandate_is_said_joined_only_when_it_is(renderer: Renderer) -> None:
    assert "joint à ce courrier" in words(renderer.text(Kind.REQUEST, FULL))
    without = words(renderer.text(Kind.REQUEST, replace(FULL, attachments=())))
    assert "joint à ce courrier" not in without
    assert "P.J." not in without


def test_an_unknown_civility_is_never_guessed(renderer: Renderer) -> None:
    said = renderer.text(Kind.REQUEST, replace(FULL, civility=Civility.UNKNOWN))
    assert not re.search(r"Madame\s(?!,|Monsieur)\w", said)
    assert "qui exerce la profession de" in words(said)
    assert "Monsieur Camille EXEMPLE, masseur-kinésithérapeute" in words(
        renderer.text(Kind.REQUEST, replace(FULL, civility=Civility.MONSIEUR))
    )


# ----------------------------------------------------------------------------------------------------- the complaint


def test_a_presumed_receipt_is_called_presumed_wherever_it_counts(renderer: Renderer) -> None:
    said = words(renderer.text(Kind.COMPLAINT, samples.SILENCE))
    assert "présumée au 12 mars 2026" in said
    assert "a expiré le 13 avril 2026, la réception étant présumée" in said
    assert "le jour exact de la réception" in said
    assert "Même en retenant une réception sept jours plus tard, le 19 mars 2026, le délai a expiré le 20 avril" in said


def test_a_proven_receipt_is_established_and_nothing_is_presumed(renderer: Renderer) -> None:
    said = words(renderer.text(Kind.COMPLAINT, samples.REFUSAL)).split("2. L'organisme", 1)[1]
    assert "présumé" not in said.replace("« présumé » signale une présomption", "")
    assert "le délai d'un mois prévu à l'article 12, paragraphe 3, du RGPD expire le 16 avril 2026" in said.replace(
        "Le délai", "le délai"
    )


@pytest.mark.parametrize("answer", [Answer.REFUSED, Answer.PARTIAL, Answer.DISPROVED])
def test_each_kind_of_answer_is_told_for_what_it_is(renderer: Renderer, answer: Answer) -> None:
    said = words(renderer.text(Kind.COMPLAINT, replace(samples.REFUSAL, answer=answer)))
    told = {
        Answer.REFUSED: "a refusé de faire droit",
        Answer.PARTIAL: "n'a répondu favorablement qu'à une partie",
        Answer.DISPROVED: "a indiqué avoir fait droit à la demande",
    }
    assert [text in said for text in told.values()] == [kind is answer for kind in told]


def test_the_complaint_says_who_acts_what_is_asked_and_what_is_not_proved(renderer: Renderer) -> None:
    said = words(renderer.text(Kind.COMPLAINT, samples.SILENCE))
    for needed in (
        "Le mandataire n'agit pas en son nom propre.",
        "SIREN 123 456 789",
        "d'ordonner au responsable du traitement, en application de l'article 58, paragraphe 2, point c), du RGPD, de faire droit "
        "à l'opposition et d'effacer",
        "le dossier n'établit pas",
        "Elles ne sont pas un constat de commissaire de justice.",
        "aucune procédure judiciaire n'est en cours",
        "Établi (pièces n° 3 et 4)",
        "Déclaré (pièce n° 5)",
    ):
        assert needed in said, needed


# ------------------------------------------------------------------------------------------------- guards and bad data


def test_a_forbidden_word_stops_the_document_and_is_quoted(renderer: Renderer) -> None:
    with pytest.raises(Refused) as refused:
        renderer.pdf(Kind.REQUEST, replace(BARE, situation=("Cette page est une fraude.",)), day=DAY)
    assert refused.value.missing == ("«\u00a0fraude\u00a0»\u00a0: une accusation.",)


def test_a_missing_thing_stops_the_document_and_is_named(renderer: Renderer) -> None:
    with pytest.raises(Refused) as refused:
        renderer.text(Kind.REQUEST, replace(BARE, place="", situation=()))
    assert len(refused.value.missing) == 2


def test_fields_of_another_kind_are_a_mistake_of_ours(renderer: Renderer) -> None:
    with pytest.raises(TypeError, match="ComplaintFields"):
        renderer.text(Kind.COMPLAINT, BARE)


def test_a_hostile_name_prints_as_it_is(renderer: Renderer) -> None:
    document = replace(BARE, practitioner_name=HOSTILE, signatory=HOSTILE)
    assert words(HOSTILE) in words(renderer.text(Kind.REQUEST, document))
    page = printed(renderer.pdf(Kind.REQUEST, document, day=DAY))
    assert letters_only(HOSTILE) in letters_only(page)
    assert "root:" not in page


def test_a_value_can_forge_neither_a_line_nor_a_sign_nor_a_cell(renderer: Renderer) -> None:
    forged = "Page\n# Titre\r\n- point\u2028@ footer\x02#x\x03y\x04z\u202egnol\u202c"
    listed = replace(samples.LIST, exhibits=(replace(samples.EXHIBITS[0], title=forged),))
    honest = replace(samples.LIST, exhibits=(replace(samples.EXHIBITS[0], title="Page"),))
    text = renderer.text(Kind.EXHIBITS, listed)
    assert "N° 1 · Page # Titre - point @ footer #x y z" in text.replace("\u00a0", " ").replace("Pièce n° 1", "N° 1")
    assert len(text.splitlines()) == len(renderer.text(Kind.EXHIBITS, honest).splitlines())


@given(st.text(max_size=60))
def test_a_cleaned_value_is_one_line_and_cleaning_it_again_changes_nothing(value: str) -> None:
    (once,) = cleaned((value,))
    assert len(once.splitlines()) <= 1
    assert not re.search(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069]", once)
    assert cleaned(once) == once


def test_a_url_stays_exact_and_a_name_is_composed() -> None:
    page = replace(samples.PAGE, url="https://rdv.example/e\u0301")
    assert cleaned(page).url == page.url
    assert cleaned("Zoe\u0308") == "Zoë"


@pytest.mark.parametrize(("name", "called"), [("Camille 王", "CJK UNIFIED"), ("Camille 😀", "GRINNING FACE")])
def test_a_character_without_a_glyph_is_a_task_never_a_box(renderer: Renderer, name: str, called: str) -> None:
    with pytest.raises(BadInput) as refused:
        renderer.pdf(Kind.REQUEST, replace(BARE, practitioner_name=name, signatory="C. EXEMPLE"), day=DAY)
    assert called in str(refused.value)
    assert words(name) in words(str(refused.value))


def test_a_european_name_prints(renderer: Renderer) -> None:
    name = "Zoë ĐẶNG-ŁUKASZEWSKI ÑANDÚ"
    page = printed(renderer.pdf(Kind.REQUEST, replace(BARE, practitioner_name=name), day=DAY))
    assert letters_only(name) in letters_only(page)


def test_an_address_too_tall_for_the_window_is_refused(renderer: Renderer) -> None:
    tall = Addressee("Rendez-vous Soins", "", tuple(f"Bâtiment {n}" for n in range(9)))
    with pytest.raises(BadInput, match="fenêtre"):
        renderer.pdf(Kind.REQUEST, replace(BARE, addressee=tall), day=DAY)


def test_a_very_long_url_stays_on_the_page_and_whole(renderer: Renderer) -> None:
    url = "https://www.rdv-soins.example/" + "a" * 300 + "?" + "&".join(f"p{n}={n}" for n in range(60))
    document = replace(BARE, pages=(replace(samples.BARE_PAGE, url=url),))
    assert letters_only(url) in letters_only(printed(renderer.pdf(Kind.REQUEST, document, day=DAY)))


def test_threads_share_one_renderer(renderer: Renderer) -> None:
    alone = renderer.pdf(Kind.EXHIBITS, samples.LIST, day=DAY)
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: renderer.pdf(Kind.EXHIBITS, samples.LIST, day=DAY), range(16)))
    assert set(made) == {alone}


# --------------------------------------------------------------------------------------------------------- the templates


def test_the_version_changes_with_the_words_or_the_layout_of_that_kind(tmp_path: Path) -> None:
    copied = tmp_path / "letters"
    shutil.copytree(LETTERS, copied)
    before = {kind: Renderer(copied).template_version(kind) for kind in Kind}
    assert before == {kind: Renderer(LETTERS).template_version(kind) for kind in Kind}
    assert len(set(before.values())) == len(Kind)
    with (copied / "fr" / "request.j2").open("a") as file:
        file.write("\n")
    after = {kind: Renderer(copied).template_version(kind) for kind in Kind}
    assert [kind for kind in Kind if before[kind] != after[kind]] == [Kind.REQUEST]
    with (copied / "layout" / "common.typ").open("a") as file:
        file.write("\n")
    assert all(Renderer(copied).template_version(kind) != after[kind] for kind in Kind)


def test_no_layout_reaches_for_the_network() -> None:
    assert not [file for file in (LETTERS / "layout").glob("*.typ") if "@preview" in file.read_text(encoding="utf-8")]


def test_every_kind_has_a_template_and_every_template_a_kind() -> None:
    files = {file.stem for file in (LETTERS / "fr").glob("*.j2") if not file.name.startswith("_")}
    assert files == {kind.value for kind in Kind}


def test_the_readme_lists_exactly_the_fields_of_each_type() -> None:
    readme = (LETTERS / "README.md").read_text(encoding="utf-8")
    types = {str(kind): FIELDS[kind] for kind in Kind}
    parts = (
        Sender,
        Addressee,
        ControllerIdentity,
        ListedPage,
        GroundLine,
        Fact,
        ChronologyLine,
        Reckoning,
        Exhibit,
        ReadPage,
        RobotsLine,
        UnreadPage,
        Earlier,
        Annex,
        Frame,
        ForOne,
        FollowUp,
        AnswerTo,
    )
    types |= {part.__name__: part for part in parts}
    for title, listed in types.items():
        section = re.search(rf"^### `{title}`.*?\n(.*?)(?=^#|\Z)", readme, re.MULTILINE | re.DOTALL)
        assert section, title
        # A kind that stands in a frame may list its own fields only.
        whole = [each.name for each in fields(listed)]
        own = [name for name in whole if name in vars(listed).get("__annotations__", {})]
        assert re.findall(r"^- `(\w+)`", section[1], re.MULTILINE) in (own, whole), title
