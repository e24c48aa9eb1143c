"""What each letter after the request, or beside it, must say, and what it must never claim."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pypdfium2 as pdfium
import pytest

from listingguard.domain.citation import Checked, blocked, cited_in, covering
from listingguard.domain.letter import Argument, Fields, Kind, Precision
from listingguard.domain.letter.precedents import PRECEDENTS, precedent
from listingguard.edge.render import Renderer
from listingguard.errors import Refused
from tests.letters import samples

HERE = Path(__file__).parent
TEMPLATES = HERE.parents[1] / "letters" / "fr"


FOLLOWING: dict[str, tuple[Kind, Fields]] = samples.FOLLOWING
NEW_REQUESTS = {Kind.RELISTING, Kind.COVER, Kind.SOURCE, Kind.RECTIFICATION}
"""These open a month of their own; nothing else does."""


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer(HERE.parents[1] / "letters")


@pytest.fixture(scope="module")
def texts(renderer: Renderer) -> dict[str, str]:
    return {name: words(renderer.text(*each)) for name, each in FOLLOWING.items()}


def words(text: str) -> str:
    """Return the text on one line, with ordinary spaces and apostrophes."""
    return " ".join(text.replace("’", "'").split())


@pytest.mark.parametrize("name", FOLLOWING)
def test_no_letter_threatens_accuses_or_gives_two_months(texts: dict[str, str], name: str) -> None:
    said = texts[name].casefold()
    for never in ("deux mois", "2 mois", "trois mois", "illicite", "fraud", "usurp", "mise en demeure", "plainte", "dommage",
                  "préjudice", "avocat", "docteur", "campagne", "226-18", "amende", "sanction", "notification"):  # fmt: skip
        assert never not in said, never


@pytest.mark.parametrize("name", FOLLOWING)
def test_every_letter_says_for_whom_it_is_written(texts: dict[str, str], name: str) -> None:
    document = FOLLOWING[name][1]
    if FOLLOWING[name][0] is Kind.COVER:
        return
    if document.represented:
        assert "au nom et pour le compte de Madame Camille EXEMPLE" in texts[name]
        assert "mandat écrit donné à titre gratuit le 9 mars 2026" in texts[name]
        assert not re.search(
            r"\b(?:je(?! vous prie d'agréer)|j'ai|mon|ma|mes(?! salutations))\b", texts[name], re.IGNORECASE
        )
    else:
        assert "en qualité de personne concernée" in texts[name]
        assert not re.search(r"\b(?:nous|notre|nos|mandat)\b", texts[name], re.IGNORECASE)


@pytest.mark.parametrize("name", [name for name, (kind, _) in FOLLOWING.items() if kind not in NEW_REQUESTS])
def test_what_goes_back_to_a_request_cites_its_day_its_receipt_and_what_that_rests_on(
    texts: dict[str, str], name: str
) -> None:
    earlier = FOLLOWING[name][1].earlier
    assert f"référence {earlier.reference}, adressée par {earlier.channel}" in texts[name]
    if earlier.proven:
        assert (
            "Cette demande vous est parvenue le 16 mars 2026 : date de remise portée sur l'avis de réception."
            in texts[name]
        )
        assert "présumée" not in texts[name]
    else:
        assert "Sa réception est présumée au 12 mars 2026 : le serveur d'envoi a accepté le message" in texts[name]
    assert "dans un délai d'un mois à compter de la réception de la demande. Si vous" not in texts[name]


@pytest.mark.parametrize("kind", [Kind.ANSWER_REFUSAL, Kind.RELISTING])
def test_an_answer_of_the_platform_proves_receipt_at_the_latest_that_day(renderer: Renderer, kind: Kind) -> None:
    by = replace(
        samples.SENT, proven=True, at_latest=True, received_on=date(2026, 3, 20), basis="votre réponse de ce jour"
    )
    letter = samples.RELISTED if kind is Kind.RELISTING else samples.REFUSAL_COUNCIL
    said = words(renderer.text(kind, replace(letter, earlier=by)))
    assert "vous est parvenue au plus tard le 20 mars 2026 (votre réponse de ce jour)." in said
    assert "parvenue le" not in said


@pytest.mark.parametrize("name", ["reminder-council", "reminder-self", "reminder-extended"])
def test_a_reminder_restarts_nothing(texts: dict[str, str], name: str) -> None:
    assert "Il ne constitue pas une nouvelle demande et n'ouvre aucun nouveau délai" in texts[name]
    assert "dans un délai d'un mois à compter de la réception de la demande" in texts[name]
    assert ("a pris fin le 13 avril 2026, la réception étant présumée" in texts[name]) == (name == "reminder-council")
    assert ("Vous avez prolongé ce délai par votre message du 2 avril 2026" in texts[name]) == (
        name == "reminder-extended"
    )


@pytest.mark.parametrize("name", ["source-council", "source-self"])
def test_the_access_request_states_its_purpose_and_asks_who_received_the_data(texts: dict[str, str], name: str) -> None:
    for needed in (
        "toute information disponible quant à leur source (article 15, paragraphe 1, point g)",
        "les destinataires auxquels elles ont effectivement été communiquées",
        "C-154/21",
        "sa base juridique",
        "la mise en balance à laquelle vous avez procédé",
        "leur durée de conservation",
        "Ces informations ont pour but de connaître l'origine et la diffusion de ces données",
        "avant tout effacement",
        "dans un délai d'un mois",
    ):
        assert needed in texts[name], needed
    assert "article 21" not in texts[name]
    assert "article 17" not in texts[name]


def test_an_identity_demand_without_a_reason_gets_no_copy_and_no_pause(texts: dict[str, str]) -> None:
    said = texts["answer-identity-copy"]
    assert "En l'absence de doute raisonnable, elle ne paraît pas proportionnée et n'est donc pas jointe." in said
    assert "reste compté depuis la réception de la demande" in said
    for offered in (
        "numéro RPPS 10000000001",
        "26-0123",
        "12 rue du Modèle, 26000 Exempleville",
        "mandat écrit du 9 mars 2026",
    ):
        assert offered in said
    assert "fournis" not in said


def test_a_reasoned_doubt_is_quoted_and_answered_with_what_lifts_it(texts: dict[str, str]) -> None:
    said = texts["answer-identity-doubt"]
    assert "« deux praticiens portent ce nom dans la même ville »" in said
    assert "sont également fournis : – l'attestation d'inscription au tableau" in said
    # A reasoned doubt may suspend the period: nothing is claimed of it.
    assert "délai" not in said


HOSTILE = '#read("/etc/passwd") *x* $a$ _y_ {{7*7}} {% if z %} {# c #} \\ @sender # 1.'


@pytest.mark.parametrize("name", [name for name in FOLLOWING if name != "cover"])
def test_a_hostile_name_prints_as_it_is_in_every_letter(renderer: Renderer, name: str) -> None:
    kind, document = FOLLOWING[name]
    hostile = replace(document, practitioner_name=HOSTILE, platform_name="{{7*7}} Soins")
    bare = re.sub(r"[\s\-‐]", "", HOSTILE)
    pdf = pdfium.PdfDocument(renderer.pdf(kind, hostile, day=document.day))
    page = re.sub(r"[\s\ufffe\-‐]", "", "".join(each.get_textpage().get_text_range() for each in pdf))
    assert bare in page
    assert "{{7*7}}Soins" in page
    assert "root:" not in page
    assert bare in re.sub(r"[\s\-‐]", "", renderer.text(kind, hostile))


HEADINGS = {
    Argument.PUBLIC_DATA: "Sur le caractère public des données",
    Argument.LEGITIMATE_INTEREST: "Sur l'intérêt légitime",
    Argument.FREE_SPEECH: "Sur la liberté d'information",
    Argument.CLAIM_PAGE: "Sur la proposition de revendiquer ou de modifier la page",
    Argument.IDENTICAL: "Sur les demandes dites identiques ou excessives",
    Argument.NO_INFORMATION_DUTY: "Sur l'information de la personne",
}


@pytest.mark.parametrize("argument", Argument)
def test_a_refusal_is_answered_on_the_ticked_arguments_and_no_other(renderer: Renderer, argument: Argument) -> None:
    said = words(renderer.text(Kind.ANSWER_REFUSAL, replace(samples.REFUSAL_COUNCIL, arguments=(argument,))))
    assert [each for each, heading in HEADINGS.items() if heading in said] == [argument]
    assert "n'ouvre aucun nouveau délai" in said


def test_a_decision_about_booking_pages_is_not_cited_for_a_bare_one(texts: dict[str, str]) -> None:
    assert "écarté l'intérêt légitime" in texts["answer-refusal-council"]
    assert "écarté l'intérêt légitime" not in texts["answer-refusal-self"]
    assert "annuaires comportant des avis" not in texts["answer-refusal-self"]


def test_an_extension_is_disputed_for_what_it_lacks(renderer: Renderer, texts: dict[str, str]) -> None:
    late, unreasoned = texts["answer-extension-late"], texts["answer-extension-unreasoned"]
    assert "votre message est parvenu après cette date" in late
    assert "prend fin le 16 avril 2026" in unreasoned
    assert "après cette date" not in unreasoned
    assert "n'indique pas de motifs" in unreasoned
    proven = replace(samples.SENT, proven=True, basis="accusé de réception du serveur")
    reasoned = words(
        renderer.text(Kind.ANSWER_EXTENSION, replace(samples.EXTENSION_LATE, reasoned=True, earlier=proven))
    )
    assert "n'indique pas de motifs" not in reasoned


@pytest.mark.parametrize("name", ["answer-identical-council", "answer-identical-self"])
def test_identical_requests_are_answered_by_ones_own_facts(texts: dict[str, str], name: str) -> None:
    for fact in FOLLOWING[name][1].situation:
        assert words(fact) in texts[name]
    assert "met à la charge du responsable du traitement la démonstration" in texts[name]


def test_done_is_answered_by_the_days_on_which_it_was_still_there(texts: dict[str, str]) -> None:
    said = texts["answer-not-done-council"]
    for shown in ("26 mars 2026 à 8 h 00", "20 avril 2026 à 9 h 45", "b1" * 32, "c8" * 32):
        assert shown in said


@pytest.mark.parametrize("name", ["answer-partial-council", "answer-partial-self"])
def test_a_partial_erasure_leaves_the_rest_asked_and_its_clock_as_it_was(texts: dict[str, str], name: str) -> None:
    said, letter = texts[name], samples.FOLLOWING[name][1]
    assert letter.pages[0].url in said
    assert "restent affichées" in said
    assert "n'ouvre aucun nouveau délai" in said
    assert "les motifs légitimes et impérieux que vous invoquez pour chacune" in said
    assert [each for each, heading in HEADINGS.items() if heading in said] == list(letter.arguments)


def test_what_is_still_shown_is_told_by_a_copy_made_since_the_answer(renderer: Renderer) -> None:
    for pages in ((), (samples.PAGE,)):
        with pytest.raises(Refused):
            renderer.text(Kind.ANSWER_PARTIAL, replace(samples.PARTIAL_COUNCIL, pages=pages))


@pytest.mark.parametrize("point", Precision)
def test_a_precision_says_again_what_is_asked_and_nothing_else(renderer: Renderer, point: Precision) -> None:
    reasons = samples.PRECISION_COUNCIL.situation if point is Precision.REASONS else ()
    letter = replace(samples.PRECISION_COUNCIL, points=(point,), situation=reasons)
    said = words(renderer.text(Kind.ANSWER_PRECISION, letter))
    for page in letter.pages:
        assert page.url in said
    titles = {Precision.RIGHTS: "Ce qui est demandé", Precision.REASONS: "Les raisons de l'opposition",
              Precision.PERSON: "Ces données sont celles de Madame Camille EXEMPLE"}  # fmt: skip
    assert [each for each, title in titles.items() if title in said] == [point]
    assert ("Des patients se sont présentés" in said) == (point is Precision.REASONS)


def test_a_precision_is_no_new_request_and_gives_no_data_that_no_page_shows(texts: dict[str, str]) -> None:
    for name in ("answer-precision-council", "answer-precision-self"):
        said = texts[name]
        assert "ne constituent pas une nouvelle demande et n'ouvrent aucun nouveau délai" in said
        assert "porte sur l'ensemble des données" in said
        for never in ("pièce d'identité jointe", "suspen", "date de naissance", "dans un délai d'un mois"):
            assert never not in said, never
    assert "numéro de téléphone" not in texts["answer-precision-self"]


def test_the_reasons_are_said_again_only_where_they_are_asked_and_then_they_are_there(renderer: Renderer) -> None:
    for letter in (
        replace(samples.PRECISION_COUNCIL, situation=()),
        replace(samples.PRECISION_COUNCIL, points=(Precision.PERSON,)),
        replace(samples.PRECISION_COUNCIL, points=(Precision.PERSON, Precision.RIGHTS), situation=()),
        replace(samples.PRECISION_COUNCIL, pages=()),
    ):
        with pytest.raises(Refused):
            renderer.text(Kind.ANSWER_PRECISION, letter)


def test_a_relisting_is_a_new_request_that_says_when_the_page_was_seen_absent(texts: dict[str, str]) -> None:
    said = texts["relisting"]
    assert "a ensuite été observée absente le 3 avril 2026 et le 20 avril 2026" in said
    assert "Ce courrier est une nouvelle demande, qui a son propre délai" in said
    assert "référence EX26-2026-0042" in said
    assert not re.search(r"(?:supprimée|effacée|retirée) le", said)
    request = words((HERE / "request-bookable-council.txt").read_text(encoding="utf-8"))
    for part in ("Mesures demandées", "Informations demandées"):
        again = said.split(part)[1].replace("cette page", "ces pages")
        assert again[:300] == request.split(part)[1][:300]


@pytest.mark.parametrize("name", ["withdrawal-agreement", "withdrawal-person"])
def test_a_withdrawal_asserts_nothing_else(texts: dict[str, str], name: str) -> None:
    for never in ("article 77", "CNIL", "délai", "effacer", "Votre réponse"):
        assert never not in texts[name], never


def test_a_mistaken_request_is_taken_back_for_that_page_with_an_apology(texts: dict[str, str]) -> None:
    assert "cette page concerne une autre personne" in texts["rectification-other"]
    assert "d'excuser cette erreur" in texts["rectification-other"]
    assert "CNIL" not in texts["rectification-other"]


def test_a_mixed_page_keeps_the_right_to_object(texts: dict[str, str]) -> None:
    assert "Ne sont pas les miennes : numéro de téléphone et adresse du cabinet." in texts["rectification-mixed"]
    assert "ne vaut pas accord à la publication ; le droit d'opposition reste entier" in texts["rectification-mixed"]


def test_under_one_cover_each_request_keeps_its_facts_and_its_clock(texts: dict[str, str]) -> None:
    said = texts["cover"]
    assert "chacune a son propre délai et appelle sa propre réponse" in said
    for annex in samples.COVER.annexes:
        page = said.split(f"demande {annex.reference}")[1].split("Annexe")[0]
        for reason in annex.situation:
            assert words(reason) in page
        for listed in annex.pages:
            assert listed.url in page
            assert listed.sha256 in page
        assert f"mandat écrit du {annex.mandate_day.day} mars 2026" in page


# --------------------------------------------------------------------------------------------------- what may be cited


@pytest.mark.parametrize("each", PRECEDENTS, ids=lambda each: each.code)
def test_each_decision_has_its_row_and_was_seen(each: object) -> None:
    assert each.cites in cited_in(each.sentence)  # type: ignore[attr-defined]
    (row,) = covering(each.cites)  # type: ignore[attr-defined]
    assert row.checked is Checked.CONFIRMED


def test_no_template_names_a_decision_outside_the_table_or_without_its_hedge() -> None:
    sources = {file.name: file.read_text(encoding="utf-8") for file in TEMPLATES.glob("*.j2")}
    used = {code for text in sources.values() for code in re.findall(r'known\("(\w+)"\)', text)}
    assert used == {each.code for each in PRECEDENTS}
    assert [name for name, text in sources.items() if "precedent(" in text] == ["_words.j2"]
    for name, text in sources.items():
        assert not re.search(r"cour d’appel|Cour de justice|Conseil d’État|C-\d+/|tribunal", text), name


@pytest.mark.parametrize("name", FOLLOWING)
def test_every_citation_of_a_letter_is_in_the_table_and_may_be_printed_today(texts: dict[str, str], name: str) -> None:
    assert blocked(texts[name], {}, date(2026, 11, 23)) == ()


def test_a_decision_is_hedged_in_the_voice_of_who_signs(texts: dict[str, str]) -> None:
    sentence = words(precedent("professional_data"))
    assert f"À notre connaissance, {sentence}" in texts["answer-refusal-council"]
    assert f"À ma connaissance, {sentence}" in texts["answer-refusal-self"]
