from dataclasses import replace
from datetime import date, datetime

import pytest

from listingguard.domain.letter import (
    FIELDS,
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
from listingguard.domain.letter.frame import Frame
from listingguard.domain.letter.lint import ARTICLES, misplaced
from listingguard.domain.letter.privacy import given_away, leaks
from listingguard.domain.listing import Listing, Place
from listingguard.domain.practitioner import Practice, Practitioner
from tests.letters import samples

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
    "campaign": (["notre campagne de demandes", "cette Campagne"], ["4 rue de la Campagne", "Maison de campagne"]),
    "representation": (["au titre de l’article 80 du RGPD", "une action de groupe"], ["l’article 8", "un groupe"]),
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
        [
            "{{ nom }}",
            "{{ sender.name }}",
            "[à compléter]",
            "le None",
            "signature : ______",
            "M. XXXX",
            "[insérer le motif]",
        ],
        ["{{7*7}}", "{% %}", "Nonette"],
    ),
    "english": (
        ["your erasure request", "wrong_data", "bookable", "best regards", "my answer"],
        ["la requête", "Rdv-Soins"],
    ),
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


# For each kind that exercises a right: what belongs to it, then what belongs to another.
FITTING = {
    Kind.REQUEST: (["article 21, paragraphe 1, du RGPD", "article 17, paragraphe 1, point d), du RGPD",
                    "article 18, paragraphe 1, point a), du RGPD", "article 14 du RGPD"],
                   ["article 17, paragraphe 1, point f), du RGPD", "article 20 du RGPD", "article 22 du RGPD"]),
    Kind.RELISTING: (["article 19 du RGPD"], ["article 16 du RGPD"]),
    Kind.COVER: (["article 15, paragraphe 1, point g), du RGPD"], ["article 13 du RGPD"]),
    Kind.SOURCE: (["article 15, paragraphe 1, point g), du RGPD", "article 12, paragraphe 3, du RGPD"],
                  ["article 17, paragraphe 1, point c), du RGPD", "article 21, paragraphe 1, du RGPD"]),
    Kind.REMINDER: (["les articles 21 et 17 du RGPD", "article 12, paragraphe 4, du RGPD"], ["article 15 du RGPD"]),
    Kind.ANSWER_IDENTITY: (["article 12, paragraphe 6, du RGPD"], ["article 15 du RGPD", "article 16 du RGPD"]),
    Kind.ANSWER_REFUSAL: (["article 17, paragraphe 3, point a), du RGPD"], ["article 17, paragraphe 3, point b), du RGPD"]),
    Kind.ANSWER_EXTENSION: (["article 12, paragraphe 3, du RGPD"], ["article 15 du RGPD"]),
    Kind.ANSWER_IDENTICAL: (["article 12, paragraphe 5, du RGPD"], ["article 16 du RGPD"]),
    Kind.ANSWER_NOT_DONE: (["article 17, paragraphe 2, du RGPD"], ["article 17, paragraphe 3, du RGPD"]),
    Kind.ANSWER_PARTIAL: (["article 21, paragraphe 1, du RGPD", "article 12, paragraphe 4, du RGPD"],
                          ["article 16 du RGPD", "article 17, paragraphe 3, point b), du RGPD"]),
    Kind.ANSWER_PRECISION: (["article 21, paragraphe 1, du RGPD", "article 17, paragraphe 1, point c), du RGPD"],
                            ["article 15 du RGPD", "article 17, paragraphe 1, point d), du RGPD"]),
    Kind.WITHDRAWAL: (["les articles 21 et 17 du RGPD"], ["article 77 du RGPD", "article 15 du RGPD"]),
    Kind.RECTIFICATION: (["article 16 du RGPD", "article 5, paragraphe 1, point d), du RGPD"], ["article 15 du RGPD"]),
}  # fmt: skip


@pytest.mark.parametrize("kind", FITTING)
def test_an_article_of_another_right_is_refused(kind: Kind) -> None:
    good, bad = FITTING[kind]
    for article in good:
        assert misplaced(kind, f"En application de {article}.") == ()
    for article in bad:
        assert misplaced(kind, f"En application de l’{article}.") == (article,)
        assert any(article in sentence for sentence in lint(kind, f"En application de l’{article}."))


def test_every_letter_that_exercises_a_right_has_its_articles() -> None:
    assert set(FITTING) == set(ARTICLES)
    assert {kind for kind in Kind if issubclass(FIELDS[kind], Frame)} == set(ARTICLES)


def test_another_practitioner_is_found_by_name_in_either_order_and_a_street_or_a_signature_is_nobody() -> None:
    person = Practitioner(
        "1", "Exemple", "Camille", practices=(Practice("Cabinet Lou Essai", "3 rue Noa Fictif", "26000", "X"),)
    )
    others = (
        Practitioner("2", "Essai", "Lou"),
        Practitioner("3", "Fictif", "Noa"),
        Practitioner("4", "Exemple", "Mille"),
    )
    frame = ("Lou ESSAI, présidente du conseil",)
    for fine in (
        "Camille EXEMPLE, 3 rue Noa Fictif. Signé Lou ESSAI, présidente du conseil", "La loue à l’essai, fictif.",
        "https://a.example/noa-fictif", "Au Cabinet Lou Essai.",
    ):  # fmt: skip
        assert given_away(fine, person, [], samples.KINE, others, frame) == (), fine
    for named in ("Voir Lou Essai.", "Voir ESSAI Lou, kiné", "Noa\u00a0FICTIF"):
        assert len(given_away(named, person, [], samples.KINE, others, frame)) == 1, named


def test_no_letter_gives_away_a_home_nor_what_the_page_does_not_show() -> None:
    said = "Camille EXEMPLE, 12 rue du Modèle, 06.00.00.00.07, Camille@maison.example https://a.example/3-rue-des-Lilas"
    assert leaks(said, private=["12, RUE DU MODELE"]) == ("« 12, RUE DU MODELE » est une adresse personnelle.",)
    # The address of a page is the platform's own, and must be exact.
    assert leaks(said, private=["3 rue des Lilas", "2 rue du Modèle"]) == ()
    assert leaks(said, hidden=["04 00 00 00 07", "autre@maison.example", "mille@maison.example"]) == ()
    assert len(leaks(said, hidden=["+33600000007", "camille@maison.example"])) == 2
    assert leaks(said, others=["Lou ESSAI", "Exemple Camille"]) == ()
    assert leaks("Avec Lou Essai.", others=["Lou ESSAI"]) == ("« Lou ESSAI » est le nom d’une autre personne.",)
    assert leaks(said, private=["", " "], hidden=["", "12"], others=[""]) == ()


def test_what_the_listing_shows_and_what_the_sender_prints_are_no_secret_and_a_home_always_is() -> None:
    at_home = Practice(street="12 rue du Modèle", phones=("+33475000001",), private=True)
    person = Practitioner(
        "1", "Exemple", "Camille", mobile="+33600000007", email="c@maison.example", practices=(at_home,)
    )
    listing = Listing("rdv.example", "7", "https://rdv.example/7", "Camille Exemple", phones=("+33475000001",))
    said = "Tél. 04 75 00 00 01, mobile 06 00 00 00 07, C@maison.example, 12 rue du Modèle"
    assert given_away("Rien de cela.", person, [listing], samples.KINE) == ()
    assert [each.split(" »")[0] for each in given_away(said, person, [listing], samples.KINE)] == [
        "« 12 rue du Modèle", "« +33600000007", "« c@maison.example",
    ]  # fmt: skip
    shown = replace(listing, email="c@maison.example", places=(Place(phones=("+33600000007",)),))
    assert len(given_away(said, person, [shown], samples.KINE)) == 1
    own = replace(samples.KINE, phone="06 00 00 00 07", email="c@maison.example")
    assert len(given_away(said, person, [listing], own)) == 1


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
        samples.BOOKABLE_COUNCIL,
        samples.BARE_SELF,
        samples.SILENCE,
        samples.REFUSAL,
        samples.CHRONOLOGY,
        samples.LIST,
    ],
    ids=["bookable", "bare", "silence", "refusal", "chronology", "exhibits"],
)
def test_a_whole_document_lacks_nothing(document: Fields) -> None:
    assert gaps(document) == ()


REQUEST, COMPLAINT = samples.BOOKABLE_COUNCIL, samples.SILENCE
NAIVE = datetime(2026, 3, 2, 8, 15)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (replace(REQUEST, reference=" "), "Il manque la référence du dossier."),
        (replace(REQUEST, signatory=""), "Il manque le nom de la personne qui signe."),
        (replace(REQUEST, pages=()), "Il manque l’adresse exacte d’au moins une page."),
        (replace(REQUEST, pages=(replace(samples.PAGE, shown=()),)), "Il manque ce que la page affiche"),
        (replace(REQUEST, pages=(replace(samples.PAGE, captured_at=NAIVE),)), "sans fuseau horaire"),
        (replace(REQUEST, addressee=Addressee("X", "", ())), "Il manque le nom ou l’adresse du destinataire."),
        (replace(REQUEST, sender=replace(samples.KINE, lines=())), "Il manque un moyen de répondre"),
        (replace(REQUEST, mandate_day=None), "Il manque la date du mandat"),
        (replace(REQUEST, mandate_day=date(2026, 3, 13)), "Le mandat est postérieur au courrier."),
        (replace(REQUEST, situation=()), "Il manque les raisons propres à la personne"),
        (replace(REQUEST, grounds=(samples.ERASURE, samples.OBJECTION)), "Les deux premiers fondements"),
        (replace(REQUEST, grounds=(samples.INFORMATION,)), "Les deux premiers fondements"),
        (replace(REQUEST, bare=True), "La fiche est dite simple"),
        (replace(REQUEST, attachments=("Copie de la carte d’identité",)), "Aucune copie de pièce d’identité"),
        (replace(samples.REMINDER_COUNCIL, day=date(2026, 4, 13)), "Le délai de réponse n’est pas expiré"),
        (replace(samples.REMINDER_COUNCIL, pages=(samples.BARE_PAGE,)), "La copie de la page est antérieure"),
        (replace(samples.REMINDER_COUNCIL, earlier=replace(samples.SENT, basis="")), "Il manque ce sur quoi repose"),
        (replace(samples.REMINDER_COUNCIL, earlier=replace(samples.SENT, reference="")), "Il manque la référence"),
        (
            replace(samples.REMINDER_COUNCIL, earlier=replace(samples.SENT, received_on=date(2026, 3, 1))),
            "ne se suivent pas",
        ),
        (replace(samples.NOT_DONE_SELF, reply_day=date(2026, 3, 1)), "n’est pas daté entre la demande et ce courrier"),
        (replace(samples.NOT_DONE_SELF, readings=()), "Il manque l’adresse exacte d’au moins une page."),
        (replace(samples.NOT_DONE_SELF, readings=(samples.BARE_PAGE,)), "La copie de la page est antérieure"),
        (replace(samples.IDENTITY_DOUBT, supplied=()), "il manque ce qui est fourni pour le lever"),
        (replace(samples.IDENTITY_DOUBT, doubt=""), "Rien n’est fourni de plus"),
        (replace(samples.IDENTITY_COPY, attachments=("Passeport (1 page)",)), "Aucune copie de pièce d’identité"),
        (replace(samples.IDENTITY_DOUBT, rpps=""), "Il manque ce qui identifie la personne"),
        (replace(samples.REFUSAL_SELF, arguments=()), "Il manque l’argument auquel répondre"),
        (replace(samples.REFUSAL_SELF, arguments=samples.REFUSAL_SELF.arguments[::-1]), "dans l’ordre"),
        (replace(samples.EXTENSION_BARE, reasoned=True), "elle est valable, rien n’est à contester"),
        (replace(samples.EXTENSION_LATE, reasoned=True), "n’est tardive que si la réception est bien celle"),
        (replace(samples.IDENTICAL_SELF, situation=()), "Il manque les faits propres à cette personne."),
        (replace(samples.RELISTED, absent_on=()), "Il manque les jours où la page a été observée absente."),
        (replace(samples.RELISTED, absent_on=samples.RELISTED.absent_on[::-1]), "ne sont pas dans l’ordre"),
        (replace(samples.RELISTED, absent_on=(date(2026, 3, 1),)), "n’est pas compris entre"),
        (replace(samples.RECTIFIED_MIXED, wrong=()), "Il manque ce qui, sur la page, n’est pas de cette personne."),
        (replace(samples.RECTIFIED_OTHER, earlier=None), "Il manque la demande à rectifier."),
        (replace(samples.SOURCE_SELF, pages=()), "Il manque l’adresse exacte d’au moins une page."),
        (replace(samples.COVER, annexes=samples.COVER.annexes[:1]), "réunit au moins deux demandes"),
        (replace(samples.COVER, annexes=samples.COVER.annexes[:1] * 2), "Deux demandes portent la même référence"),
        (replace(samples.COVER, annexes=samples.COVER.annexes[:1] * 2), "chacune dit les faits de sa propre personne"),
        (replace(samples.COVER, day=date(2026, 3, 8)), "Camille EXEMPLE : Le mandat est postérieur au courrier."),
        (replace(COMPLAINT, mandate_exhibits=()), "Il manque le mandat parmi les pièces."),
        (replace(COMPLAINT, mandate_exhibits=(9,)), "La plainte cite une pièce qui n’est pas dans la liste : n° 9."),
        (replace(COMPLAINT, exhibits=samples.EXHIBITS[::-1]), "Les pièces ne sont pas numérotées"),
        (replace(COMPLAINT, request_exhibits=()), "Il manque la demande adressée à la plateforme"),
        (replace(COMPLAINT, receipt_proven=True, receipt_exhibits=()), "La réception est dite établie sans pièce"),
        (replace(COMPLAINT, facts=(Fact(Standing.ESTABLISHED, "Un fait."),)), "Un fait est dit établi sans pièce"),
        (
            replace(COMPLAINT, chronology=(ChronologyLine(date(2026, 3, 2), "un fait", Standing.ESTABLISHED),)),
            "Un fait est dit établi sans pièce : « un fait ».",
        ),
        (replace(COMPLAINT, pages=(samples.PAGE,)), "Il manque le numéro de la pièce qui montre la page"),
        (replace(COMPLAINT, still_shown=()), "Il manque une capture récente"),
        (replace(COMPLAINT, day=date(2026, 4, 13)), "Le délai de réponse n’est pas expiré."),
        (replace(COMPLAINT, day=date(2026, 4, 20)), "Le délai n’est pas expiré dans le calcul le plus favorable"),
        (replace(COMPLAINT, answer_text="Non."), "La plainte dit que rien n’a été répondu"),
        (replace(COMPLAINT, answer=Answer.REFUSED), "Il manque la date, le contenu ou la pièce de la réponse"),
        (replace(COMPLAINT, grounds=(samples.INFORMATION,)), "Il manque un fondement"),
        (replace(COMPLAINT, grounds=()), "Il manque un fondement"),
        (
            replace(COMPLAINT, grounds=(GroundLine("x", "article 21, paragraphe 1, du RGPD", "votre site me nuit"),)),
            "Un fondement est rédigé pour la plateforme, pas pour la CNIL",
        ),
        (replace(COMPLAINT, proceedings=""), "Il manque une phrase disant si une procédure est en cours."),
        (replace(samples.CHRONOLOGY, lines=()), "La chronologie est vide."),
        (replace(samples.LIST, exhibits=()), "La liste des pièces est vide."),
        (replace(samples.LIST, exhibits=(Exhibit(2, "a", "b", "c"),)), "Les pièces ne sont pas numérotées"),
    ],
)
def test_each_missing_thing_is_named(document: Fields, said: str) -> None:
    assert any(said in sentence for sentence in gaps(document)), gaps(document)


def test_a_refusal_needs_no_lapsed_deadline() -> None:
    assert not samples.REFUSAL.lapsed
    assert gaps(samples.REFUSAL) == ()


def test_what_the_pages_show_decides_what_the_letter_asks() -> None:
    bare: ListedPage = replace(samples.PAGE, traits=())
    assert (REQUEST.bookable, REQUEST.relayed, REQUEST.inaccurate, REQUEST.mandate_joined) == (True,) * 4
    assert replace(REQUEST, pages=(bare,)).inaccurate, "a person ticked that the number is not theirs: article 18(1)(a)"
    plain = replace(REQUEST, pages=(bare,), attachments=(), grounds=REQUEST.grounds[:2])
    assert (plain.bookable, plain.relayed, plain.inaccurate, plain.mandate_joined) == (False,) * 4
