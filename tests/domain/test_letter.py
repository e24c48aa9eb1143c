import importlib.util
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from types import ModuleType

import pytest

from listingguard.domain.letter import (
    RULES,
    Addressee,
    Answer,
    ChronologyLine,
    Exhibit,
    Fact,
    Fields,
    GroundLine,
    Kind,
    ListedPage,
    Standing,
    cited,
    gaps,
    lint,
)


def _samples() -> ModuleType:
    place = Path(__file__).parents[1] / "letters" / "samples.py"
    spec = importlib.util.spec_from_file_location("letter_samples", place)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SAMPLES = _samples()

# For each rule: what breaks it, then what comes close and is allowed.
CASES = {
    "unlawful": (["ce traitement illicite", "collecte illégale"], ["la licéité du traitement"]),
    "fraud": (["une fraude", "un procédé frauduleux"], ["l’effraie"]),
    "usurpation": (["une usurpation d’identité", "vous usurpez mon nom"], ["un usage de mon nom"]),
    "formal_notice": (["la présente mise en demeure", "je vous mets en demeure"], ["la mise en balance"]),
    "two_months": (["dans un délai de deux mois", "sous 2\u00a0mois", "deux (2) mois"], ["dans un délai d’un mois"]),
    "two_months_as_law": (
        ["le délai légal de deux mois", "le délai de 2 mois a expiré"],
        ["le délai d’un mois, prolongé de deux mois", "le délai a été prolongé de deux mois", "Deux mois plus tard"],
    ),
    "criminal_complaint": (["une plainte pénale", "je vais porter plainte"], ["introduire une réclamation"]),
    "criminal_code": (["l’article 226-18-1", "le code pénal", "pénalement puni"], ["l’article 18"]),
    "damages": (
        ["des dommages et intérêts", "une indemnisation", "mon préjudice", "l’article 82 du RGPD"],
        ["l’article 21"],
    ),
    "sanction": (["une amende", "10 000 €", "300 000 euros", "4 % du chiffre d’affaires"], ["un amendement"]),
    "publicity": (
        [
            "alerter la presse",
            "les réseaux sociaux",
            "les médias",
            "je rendrai public",
            "rendre publique votre réponse",
        ],
        ["les données rendues publiques", "registre public", "4 rue de la Presse"],
    ),
    "lawyers": (["nos avocats vous écriront", "mon avocate"], ["le conseil départemental"]),
    "notice_to_host": (
        ["la présente notification", "au titre de la LCEN", "le DSA", "le règlement (UE) 2022/2065"],
        ["communiquer l’effacement"],
    ),
    "contract_duty": (["le contrat obligatoire"], ["aucun contrat"]),
    "minors_only": (["l’article 51, II"], ["l’article 51 I"]),
    "old_advertising_ban": (["l’article R. 4321-67 interdit", "R.4321-67"], ["l’article R. 4321-67-1"]),
    "ethics": (["la déontologie", "le code de déontologie", "l’article R. 4321-74"], ["l’article 21"]),
    "odds": (["un score de 92", "une probabilité", "vos chances de succès", "92 %"], ["un numéro"]),
    "doctor": (
        ["le Docteur Exemple", "Dr Exemple"],
        ["12 rue du Docteur Roux", "3 avenue Dr Roux", "allodocteur", "Allo Docteur"],
    ),
    "double_gender": (["inscrit(e)", "praticien·ne"], ["point e) ou f)"]),
    "blank": (
        ["{{ nom }}", "{{ sender.name }}", "[à compléter]", "le None", "signature : ______"],
        ["{{7*7}}", "{% %}", "Nonette"],
    ),
    "english": (["your erasure request", "wrong_data", "bookable"], ["la requête", "Rdv-Soins"]),
}


def test_every_rule_has_its_cases() -> None:
    assert list(CASES) == [rule.name for rule in RULES]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_each_forbidden_word_is_found_where_it_is_forbidden_and_only_there(rule) -> None:  # type: ignore[no-untyped-def]
    bad, good = CASES[rule.name]
    for kind in Kind:
        for words in bad:
            said = any(rule.why in sentence for sentence in lint(kind, f"Je vous écris : {words}."))
            assert said == (kind in rule.kinds), (kind, words)
        for words in good:
            assert not any(rule.why in sentence for sentence in lint(kind, f"Je vous écris : {words}.")), words


def test_the_letter_may_cite_the_persons_reason_but_the_complaint_may_not() -> None:
    reason = "L’article R. 4321-74 du code de la santé publique est une de mes raisons."
    assert lint("request", reason) == ()
    assert len(lint("complaint", reason)) == 1


def test_the_name_of_a_page_or_of_a_mailbox_is_not_read_as_our_words() -> None:
    assert lint("request", "https://rdv.example/fraude/your_request?deadline=1 et none_request@rdv.example") == ()


def test_the_words_found_are_quoted() -> None:
    assert lint("request", "Une fraude.") == ("« fraude » : une accusation.",)


@pytest.mark.parametrize(
    ("article", "parts"),
    [
        ("article 21, paragraphe 1, du RGPD", (21, 1, "")),
        ("article 17, paragraphe 1, point c), du RGPD", (17, 1, "c")),
        ("art. 17(1)(d) RGPD", (17, 1, "d")),
        ("article 14 du RGPD", (14, 0, "")),
        ("article du règlement", (0, 0, "")),
    ],
)
def test_citations_are_understood_however_they_are_written(article: str, parts: tuple[int, int, str]) -> None:
    assert cited(article) == parts


@pytest.mark.parametrize(
    "document",
    [
        SAMPLES.BOOKABLE_COUNCIL,
        SAMPLES.BARE_SELF,
        SAMPLES.SILENCE,
        SAMPLES.REFUSAL,
        SAMPLES.CHRONOLOGY,
        SAMPLES.LIST,
    ],
    ids=["bookable", "bare", "silence", "refusal", "chronology", "exhibits"],
)
def test_a_whole_document_lacks_nothing(document: Fields) -> None:
    assert gaps(document) == ()


REQUEST, COMPLAINT = SAMPLES.BOOKABLE_COUNCIL, SAMPLES.SILENCE
NAIVE = datetime(2026, 3, 2, 8, 15)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (replace(REQUEST, reference=" "), "Il manque la référence du dossier."),
        (replace(REQUEST, signatory=""), "Il manque le nom de la personne qui signe."),
        (replace(REQUEST, pages=()), "Il manque l’adresse exacte d’au moins une page."),
        (replace(REQUEST, pages=(replace(SAMPLES.PAGE, shown=()),)), "Il manque ce que la page affiche"),
        (replace(REQUEST, pages=(replace(SAMPLES.PAGE, captured_at=NAIVE),)), "sans fuseau horaire"),
        (replace(REQUEST, addressee=Addressee("X", "", ())), "Il manque le nom ou l’adresse du destinataire."),
        (replace(REQUEST, sender=replace(SAMPLES.KINE, lines=())), "Il manque un moyen de répondre"),
        (replace(REQUEST, mandate_day=None), "Il manque la date du mandat"),
        (replace(REQUEST, mandate_day=date(2026, 3, 13)), "Le mandat est postérieur au courrier."),
        (replace(REQUEST, situation=()), "Il manque les raisons propres à la personne"),
        (replace(REQUEST, grounds=(SAMPLES.ERASURE, SAMPLES.OBJECTION)), "Les deux premiers fondements"),
        (replace(REQUEST, grounds=(SAMPLES.INFORMATION,)), "Les deux premiers fondements"),
        (replace(REQUEST, bare=True), "La fiche est dite simple"),
        (replace(REQUEST, attachments=("Copie de la carte d’identité",)), "Aucune copie de pièce d’identité"),
        (replace(COMPLAINT, mandate_exhibits=()), "Il manque le mandat parmi les pièces."),
        (replace(COMPLAINT, mandate_exhibits=(9,)), "La plainte cite une pièce qui n’est pas dans la liste : n° 9."),
        (replace(COMPLAINT, exhibits=SAMPLES.EXHIBITS[::-1]), "Les pièces ne sont pas numérotées"),
        (replace(COMPLAINT, request_exhibits=()), "Il manque la demande adressée à la plateforme"),
        (replace(COMPLAINT, receipt_proven=True, receipt_exhibits=()), "La réception est dite établie sans pièce"),
        (replace(COMPLAINT, facts=(Fact(Standing.ESTABLISHED, "Un fait."),)), "Un fait est dit établi sans pièce"),
        (
            replace(COMPLAINT, chronology=(ChronologyLine(date(2026, 3, 2), "un fait", Standing.ESTABLISHED),)),
            "Un fait est dit établi sans pièce : « un fait ».",
        ),
        (replace(COMPLAINT, pages=(SAMPLES.PAGE,)), "Il manque le numéro de la pièce qui montre la page"),
        (replace(COMPLAINT, still_shown=()), "Il manque une capture récente"),
        (replace(COMPLAINT, day=date(2026, 4, 13)), "Le délai de réponse n’est pas expiré."),
        (replace(COMPLAINT, day=date(2026, 4, 20)), "Le délai n’est pas expiré dans le calcul le plus favorable"),
        (replace(COMPLAINT, answer_text="Non."), "La plainte dit que rien n’a été répondu"),
        (replace(COMPLAINT, answer=Answer.REFUSED), "Il manque la date, le contenu ou la pièce de la réponse"),
        (replace(COMPLAINT, grounds=(SAMPLES.INFORMATION,)), "Il manque un fondement"),
        (replace(COMPLAINT, grounds=()), "Il manque un fondement"),
        (
            replace(COMPLAINT, grounds=(GroundLine("x", "article 21, paragraphe 1, du RGPD", "votre site me nuit"),)),
            "Un fondement est rédigé pour la plateforme, pas pour la CNIL",
        ),
        (replace(COMPLAINT, proceedings=""), "Il manque une phrase disant si une procédure est en cours."),
        (replace(SAMPLES.CHRONOLOGY, lines=()), "La chronologie est vide."),
        (replace(SAMPLES.LIST, exhibits=()), "La liste des pièces est vide."),
        (replace(SAMPLES.LIST, exhibits=(Exhibit(2, "a", "b", "c"),)), "Les pièces ne sont pas numérotées"),
    ],
)
def test_each_missing_thing_is_named(document: Fields, said: str) -> None:
    assert any(said in sentence for sentence in gaps(document)), gaps(document)


def test_a_refusal_needs_no_lapsed_deadline() -> None:
    assert not SAMPLES.REFUSAL.lapsed
    assert gaps(SAMPLES.REFUSAL) == ()


def test_what_the_pages_show_decides_what_the_letter_asks() -> None:
    bare: ListedPage = replace(SAMPLES.PAGE, traits=())
    assert (REQUEST.bookable, REQUEST.relayed, REQUEST.inaccurate, REQUEST.mandate_joined) == (True,) * 4
    plain = replace(REQUEST, pages=(bare,), attachments=())
    assert (plain.bookable, plain.relayed, plain.inaccurate, plain.mandate_joined) == (False,) * 4
