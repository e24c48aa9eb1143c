"""What is written to the practitioner: the question, its reminder and the mandate, word for word and on paper."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path

import pypdf
import pytest

from listingguard.domain.letter import Addressee, Fields, Kind, gaps, lint
from listingguard.domain.practitioner import Civility
from listingguard.domain.question import DECLARATION, Said
from listingguard.edge.render import Renderer
from listingguard.errors import Refused
from tests.letters import samples

HERE = Path(__file__).parent


DOCUMENTS: dict[str, tuple[Kind, Fields]] = {
    "question": (Kind.QUESTION, samples.QUESTION),
    "question-reminder": (Kind.QUESTION_REMINDER, samples.REMINDER),
    "mandate": (Kind.MANDATE, samples.MANDATE),
}


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer(HERE.parents[1] / "letters")


def words(text: str) -> str:
    """Return the text on one line, with ordinary spaces and apostrophes."""
    return " ".join(text.replace("’", "'").split())


def printed(renderer: Renderer, kind: Kind, document: Fields) -> tuple[str, int]:
    reader = pypdf.PdfReader(BytesIO(renderer.pdf(kind, document, day=document.day)))
    return re.sub(r"[\s\-‐]", "", "".join(page.extract_text() for page in reader.pages)), len(reader.pages)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_text_is_the_kept_text_word_for_word(renderer: Renderer, name: str) -> None:
    kept = (HERE / f"{name}.txt").read_text(encoding="utf-8")
    assert renderer.text(*DOCUMENTS[name]) == kept


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_is_printed_is_what_was_checked(renderer: Renderer, name: str) -> None:
    kind, document = DOCUMENTS[name]
    page, _ = printed(renderer, kind, document)
    for line in renderer.text(kind, document).splitlines():
        said = re.sub(r"[\s\-‐]", "", re.sub(r"^(?:– |\d+\. )", "", line.strip()))
        assert said[:30] in page, line


@pytest.mark.parametrize("name", DOCUMENTS)
def test_nothing_is_missing_and_nothing_forbidden_is_said(renderer: Renderer, name: str) -> None:
    kind, document = DOCUMENTS[name]
    assert gaps(document) == ()
    assert lint(kind, renderer.text(kind, document)) == ()


@pytest.mark.parametrize("name", ["question", "question-reminder"])
def test_every_question_offers_each_answer_says_who_reads_it_and_that_it_is_not_used_for_discipline(
    renderer: Renderer, name: str
) -> None:
    said = words(renderer.text(*DOCUMENTS[name]))
    offered = [
        line for line in said.split("précision demandée :")[1].split("Si vous choisissez")[0].split(". ") if line
    ]
    assert len(re.findall(r"\b[1-6]\. ", said)) >= len(Said) == 6, offered
    for answer in Said:
        assert words(answer.label[1:]) in said, answer
    assert words(DECLARATION) in said
    assert "Votre réponse est lue par le secrétariat du conseil" in said
    assert "n'est pas utilisée à des fins disciplinaires" in said
    assert "ni nom de patient, ni aucun autre renseignement sur un patient" in said
    assert "Sans votre réponse, rien n'est écrit à la plateforme." in said


def test_the_council_attests_what_its_register_says_with_the_registers_day_and_nothing_more(renderer: Renderer) -> None:
    said = words(renderer.text(Kind.QUESTION, samples.QUESTION))
    assert (
        "n'atteste que ceci : à la date du 1er mars 2026, à laquelle notre registre est arrêté, aucun contrat avec ce site "
        "ne nous avait été transmis." in said
    )
    assert "à ce jour" not in said
    sent = replace(samples.QUESTION, no_contract=None)
    assert "aucun contrat" not in words(renderer.text(Kind.QUESTION, sent))


@pytest.mark.parametrize(
    ("civility", "hello"), [("madame", "Madame,"), ("monsieur", "Monsieur,"), ("unknown", "Madame, Monsieur,")]
)
def test_a_civility_is_used_when_it_is_known_and_never_guessed(renderer: Renderer, civility: str, hello: str) -> None:
    document = replace(samples.QUESTION, civility=Civility(civility))
    lines = renderer.text(Kind.QUESTION, document).splitlines()
    assert [words(line) for line in lines if line.endswith(",") and line[:1] == "M"] == [hello]


def test_a_reminder_says_when_the_question_was_asked_and_excuses_a_crossed_answer(renderer: Renderer) -> None:
    said = words(renderer.text(Kind.QUESTION_REMINDER, samples.REMINDER))
    assert "Nous vous avons écrit le 3 mars 2026" in said
    assert "si elle est en chemin, ne tenez pas compte de ce rappel" in said
    with pytest.raises(Refused, match="ne peut pas être écrit"):
        renderer.text(Kind.QUESTION_REMINDER, replace(samples.REMINDER, asked_on=samples.REMINDER.day))


def test_the_mandate_says_object_powers_duration_revocation_and_that_it_is_free(renderer: Renderer) -> None:
    said = words(renderer.text(Kind.MANDATE, samples.MANDATE))
    for needed in (
        "Madame Camille EXEMPLE, masseuse-kinésithérapeute, numéro RPPS 10000000001",
        "retrait des fiches de réservation publiées sans accord",
        "La plateforme connue à ce jour, et son responsable d'après les éléments réunis : – Rdv-Soins (Rdv Soins SAS)",
        "d'accès, de rectification et de limitation",
        "saisir la CNIL d'une réclamation et recevoir ses réponses",
        "Le mandat est gratuit.",
        "pour une durée de 24 mois",
        "révoquer à tout moment, sans motif et sans frais",
        "par courriel à conseil@ordre26.example ou par courrier",
        "aucun usage disciplinaire",
        "Aucune copie de pièce d'identité n'est demandée.",
        "Fait à",
        "Bon pour mandat",
    ):
        assert needed in said, needed
    _, pages = printed(renderer, Kind.MANDATE, samples.MANDATE)
    assert pages == 1


@pytest.mark.parametrize(
    ("kind", "document", "said"),
    [
        (Kind.MANDATE, replace(samples.MANDATE, powers=()), "Il manque l’objet ou les pouvoirs du mandat."),
        (Kind.MANDATE, replace(samples.MANDATE, object=" "), "Il manque l’objet ou les pouvoirs du mandat."),
        (Kind.MANDATE, replace(samples.MANDATE, months=0), "Il manque la durée du mandat."),
        (
            Kind.MANDATE,
            replace(samples.MANDATE, mandatary=replace(samples.COUNCIL, lines=(), email="")),
            "Il manque le nom du mandataire",
        ),
        (Kind.QUESTION, replace(samples.QUESTION, pages=()), "Il manque l’adresse exacte d’au moins une page."),
        (Kind.QUESTION, replace(samples.QUESTION, reader=""), "Il manque qui lira la réponse."),
        (
            Kind.QUESTION,
            replace(samples.QUESTION, addressee=Addressee("", "", ())),
            "Il manque le nom du destinataire.",
        ),
        (Kind.QUESTION_REMINDER, replace(samples.REMINDER, asked_on=date(2026, 3, 14)), "Un rappel ne part pas"),
    ],
)
def test_each_missing_thing_is_named(kind: Kind, document: Fields, said: str) -> None:
    assert any(said in sentence for sentence in gaps(document)), kind


def test_who_once_opened_a_page_is_never_made_to_deny_it(renderer: Renderer) -> None:
    for document in (samples.BOOKABLE_COUNCIL, samples.BARE_SELF):
        said = words(renderer.text(Kind.REQUEST, replace(document, opened_once=True)))
        assert "ouverte ou modifiée autrefois sur ce site" in said
        assert not re.search(r"ni ouvert|ni demandé", said)
