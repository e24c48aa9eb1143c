"""Invented documents, one per situation worth keeping: people, companies and pages that do not exist."""

from dataclasses import replace
from datetime import UTC, date, datetime

from listingguard.domain.letter import (
    CNIL,
    Addressee,
    Answer,
    ChronologyFields,
    ChronologyLine,
    ComplaintFields,
    ControllerIdentity,
    Exhibit,
    ExhibitsFields,
    Fact,
    GroundLine,
    ListedPage,
    MandateFields,
    QuestionFields,
    ReadingsFields,
    ReadPage,
    Reckoning,
    RegisteredFields,
    RequestFields,
    RobotsLine,
    Sender,
    Standing,
    UnreadPage,
)
from listingguard.domain.postal import envelope
from listingguard.domain.practitioner import MANDATE_OBJECT, MANDATE_POWERS, Civility

COUNCIL = Sender(
    "Conseil départemental de l’Ordre des masseurs-kinésithérapeutes de l’Exemple",
    "",
    ("1 place de l’Exemple", "26000 Exempleville"),
    "conseil@ordre26.example",
    "04 00 00 00 26",
)
KINE = Sender("Camille EXEMPLE", "Masseur-kinésithérapeute", ("12 rue du Modèle", "26000 Exempleville"), "", "")
PLATFORM = Addressee(
    "Rendez-vous Soins SAS",
    "Délégué à la protection des données",
    ("40 avenue des Essais", "75000 PARIS"),
)
PAGE = ListedPage(
    "https://www.rdv-soins.example/masseur-kinesitherapeute/exempleville/camille-exemple?place=4821&specialite=12",
    datetime(2026, 3, 2, 8, 15, tzinfo=UTC),
    "3f" * 32,
    ("réservation en ligne", "numéro de mise en relation", "données inexactes"),
    ("nom et prénom", "adresse du cabinet", "numéro de téléphone"),
)
BARE_PAGE = replace(PAGE, traits=(), shown=("nom et prénom", "adresse du cabinet"), sha256="a7" * 32)
OBJECTION = GroundLine(
    "objection",
    "article 21, paragraphe 1, du RGPD",
    "l’opposition tient à la situation particulière de la personne concernée, décrite ci-dessus",
)
ERASURE = GroundLine(
    "erasure_after_objection",
    "article 17, paragraphe 1, point c), du RGPD",
    "l’opposition impose l’effacement, à moins que des motifs légitimes et impérieux ne soient démontrés",
)
NO_BASIS = GroundLine(
    "no_basis",
    "article 17, paragraphe 1, point d), du RGPD",
    "aucune des bases de l’article 6 ne paraît permettre de présenter la personne comme réservable sur le site",
)
ACCURACY = GroundLine(
    "accuracy", "article 5, paragraphe 1, point d), du RGPD", "le numéro de téléphone affiché n’est pas le bon"
)
INFORMATION = GroundLine(
    "information",
    "article 14 du RGPD",
    "la personne n’a pas reçu les informations dues lorsque les données n’ont pas été recueillies auprès d’elle",
)

QUESTION = QuestionFields(
    reference="EX26-2026-0042",
    day=date(2026, 3, 3),
    place="Exempleville",
    sender=COUNCIL,
    addressee=Addressee("Camille EXEMPLE", "", ("12 rue du Modèle", "26000 Exempleville")),
    practitioner_name="Camille EXEMPLE",
    civility=Civility.MADAME,
    platform_name="Rdv-Soins",
    pages=(PAGE,),
    reader="le secrétariat du conseil et par la personne qui signe ce courrier",
    asked_on=None,
    no_contract=True,
    signatory="Dominique MODÈLE, présidente du conseil départemental",
    attachments=("Copie de la page consultée le 2 mars 2026, masquée pour ce qui concerne des tiers",),
)
REMINDER = replace(
    QUESTION,
    day=date(2026, 3, 13),
    civility=Civility.UNKNOWN,
    addressee=Addressee("Camille EXEMPLE", "", ()),
    pages=(BARE_PAGE, replace(BARE_PAGE, url="https://www.rdv-soins.example/cabinet/modele")),
    asked_on=date(2026, 3, 3),
    no_contract=False,
    attachments=(),
)
MANDATE = MandateFields(
    reference="10000000001",
    day=date(2026, 3, 5),
    practitioner_name="Camille EXEMPLE",
    civility=Civility.MADAME,
    rpps="10000000001",
    lines=("12 rue du Modèle", "26000 Exempleville"),
    mandatary=COUNCIL,
    object=MANDATE_OBJECT,
    powers=MANDATE_POWERS,
    pages=(PAGE.url,),
    months=24,
)

BOOKABLE_COUNCIL = RequestFields(
    reference="EX26-2026-0042",
    day=date(2026, 3, 12),
    place="Exempleville",
    sender=COUNCIL,
    addressee=PLATFORM,
    practitioner_name="Camille EXEMPLE",
    civility=Civility.MADAME,
    rpps="10000000001",
    represented=True,
    mandate_day=date(2026, 3, 9),
    platform_name="Rdv-Soins",
    pages=(PAGE, replace(PAGE, url="https://www.rdv-soins.example/cabinet/modele", traits=(), sha256="b4" * 32)),
    grounds=(OBJECTION, ERASURE, NO_BASIS, ACCURACY, INFORMATION),
    situation=(
        "Aucun contrat n’a été conclu avec le site.",
        "Des patients se sont présentés au cabinet pour des rendez-vous qui n’y étaient pas connus.",
        "L’article R. 4321-74 du code de la santé publique demande à chaque masseur-kinésithérapeute de veiller à "
        "l’usage qui est fait de son nom.",
    ),
    bare=False,
    signatory="Dominique MODÈLE, présidente du conseil départemental",
    attachments=("Mandat du 9 mars 2026 (1 page)", "Copie de la page consultée le 2 mars 2026 (2 pages)"),
)
BARE_SELF = replace(
    BOOKABLE_COUNCIL,
    reference="CE-2026-0001",
    sender=replace(KINE, email="camille@cabinet.example", phone="04 00 00 00 01"),
    civility=Civility.UNKNOWN,
    represented=False,
    mandate_day=None,
    pages=(BARE_PAGE,),
    grounds=(OBJECTION, ERASURE),
    situation=(
        "Je n’ai conclu aucun contrat avec le site.",
        "Je ne prends pas de rendez-vous en ligne et des patients s’y trompent.",
    ),
    bare=True,
    signatory="Camille EXEMPLE",
    attachments=("Copie de la page consultée le 2 mars 2026 (1 page)",),
)

EXHIBITS = (
    Exhibit(1, "Mandat donné au conseil départemental", "01-mandat.pdf", "01" * 32, date(2026, 3, 9)),
    Exhibit(2, "Copie de la page avant la demande", "02-page.html", "3f" * 32, date(2026, 3, 2)),
    Exhibit(3, "Demande d’opposition et d’effacement", "03-demande.pdf", "c3" * 32, date(2026, 3, 12)),
    Exhibit(4, "Acceptation du message par le serveur d’envoi", "04-preuve.eml", "d4" * 32, date(2026, 3, 12)),
    Exhibit(5, "Déclaration de Camille EXEMPLE : aucun contrat", "05-declaration.pdf", "e5" * 32, date(2026, 3, 9)),
    Exhibit(6, "Copie de la page au jour de la plainte", "06-page.html", "f6" * 32, date(2026, 5, 18)),
    Exhibit(7, "Mentions légales du site", "07-mentions-legales.html", "07" * 32, date(2026, 3, 10)),
)
LINES = (
    ChronologyLine(date(2026, 3, 2), "première copie de la page", Standing.ESTABLISHED, (2,)),
    ChronologyLine(date(2026, 3, 9), "Camille EXEMPLE se reconnaît dans la page", Standing.DECLARED, (5,)),
    ChronologyLine(date(2026, 3, 12), "envoi de la demande par courriel", Standing.ESTABLISHED, (3, 4)),
    ChronologyLine(date(2026, 3, 12), "réception de la demande", Standing.PRESUMED, (4,)),
    ChronologyLine(date(2026, 4, 13), "fin du délai d’un mois", Standing.PRESUMED),
    ChronologyLine(date(2026, 5, 18), "la page est toujours affichée", Standing.ESTABLISHED, (6,)),
)
LEGAL = Reckoning(
    "délai d’un mois prévu à l’article 12, paragraphe 3, du RGPD",
    date(2026, 4, 13),
    (
        "Réception (présumée) le jeudi 12 mars 2026 : ce jour n’est pas compté "
        "(règlement n° 1182/71, article 3, paragraphe 1).",
        "Un mois plus tard : dimanche 12 avril 2026 (article 3, paragraphe 2, point c).",
        "dimanche 12 avril 2026 : fin de semaine",
        "La période finit donc le premier jour ouvrable suivant, lundi 13 avril 2026, en fin de journée "
        "(article 3, paragraphe 4) ; elle est dépassée à partir du mardi 14 avril 2026.",
    ),
)
SILENCE = ComplaintFields(
    reference="EX26-2026-0042",
    day=date(2026, 5, 19),
    place="Exempleville",
    sender=COUNCIL,
    addressee=CNIL,
    practitioner_name="Camille EXEMPLE",
    civility=Civility.MADAME,
    rpps="10000000001",
    represented=True,
    mandate_day=date(2026, 3, 9),
    mandate_exhibits=(1,),
    platform_name="Rdv-Soins",
    controller=ControllerIdentity(
        "Rendez-vous Soins", "société par actions simplifiée", "123456789", ("40 avenue des Essais", "75000 Paris")
    ),
    controller_exhibits=(7,),
    pages=(replace(PAGE, exhibit=2),),
    still_shown=(replace(PAGE, captured_at=datetime(2026, 5, 18, 12, 5, tzinfo=UTC), sha256="f6" * 32, exhibit=6),),
    facts=(
        Fact(
            Standing.DECLARED,
            "Camille EXEMPLE n’a conclu aucun contrat avec le site et n’y a ouvert aucune page.",
            (5,),
        ),
        Fact(Standing.DECLARED, "Des patients se sont présentés pour des rendez-vous inconnus du cabinet."),
    ),
    request_day=date(2026, 3, 12),
    request_channel="courriel",
    request_exhibits=(3, 4),
    receipt_day=date(2026, 3, 12),
    receipt_proven=False,
    receipt_basis="le serveur d’envoi a accepté le message ce jour-là et aucun avis d’échec n’est revenu",
    receipt_exhibits=(4,),
    answer=Answer.SILENCE,
    answer_day=None,
    answer_text="",
    answer_exhibits=(),
    legal=LEGAL,
    favourable=Reckoning("une réception sept jours plus tard, le 19 mars 2026", date(2026, 4, 20), ()),
    grounds=(OBJECTION, ERASURE, NO_BASIS, INFORMATION),
    not_proved=("le nombre de patients qui ont réservé au moyen de la page", "la source des données publiées"),
    proceedings="Camille EXEMPLE a déclaré le 18 mai 2026 qu’aucune procédure judiciaire n’est en cours sur ces faits.",
    chronology=LINES,
    exhibits=EXHIBITS,
    signatory="Dominique MODÈLE, présidente du conseil départemental",
)
REFUSAL = replace(
    SILENCE,
    reference="CE-2026-0001",
    day=date(2026, 4, 7),
    sender=BARE_SELF.sender,
    civility=Civility.UNKNOWN,
    represented=False,
    mandate_day=None,
    mandate_exhibits=(),
    controller_exhibits=(6,),
    pages=(replace(BARE_PAGE, exhibit=1),),
    still_shown=(replace(BARE_PAGE, captured_at=datetime(2026, 4, 6, 7, 30, tzinfo=UTC), sha256="f6" * 32, exhibit=5),),
    facts=(Fact(Standing.DECLARED, "Camille EXEMPLE n’a conclu aucun contrat avec le site.", (4,)),),
    request_channel="lettre recommandée avec avis de réception",
    request_exhibits=(2,),
    receipt_day=date(2026, 3, 16),
    receipt_proven=True,
    receipt_basis="date de remise portée sur l’avis de réception",
    receipt_exhibits=(2,),
    answer=Answer.REFUSED,
    answer_day=date(2026, 3, 30),
    answer_text="Il écrit : « Vos données proviennent d’un registre public ; nous ne supprimons pas ces fiches. »",
    answer_exhibits=(3,),
    legal=Reckoning(
        "délai d’un mois prévu à l’article 12, paragraphe 3, du RGPD",
        date(2026, 4, 16),
        ("Réception (prouvée) le lundi 16 mars 2026.", "Un mois plus tard : jeudi 16 avril 2026."),
    ),
    favourable=None,
    grounds=(OBJECTION, ERASURE),
    not_proved=(),
    proceedings="Aucune procédure judiciaire n’est en cours sur ces faits, selon la déclaration de Camille EXEMPLE.",
    chronology=(
        ChronologyLine(date(2026, 3, 2), "première copie de la page", Standing.ESTABLISHED, (1,)),
        ChronologyLine(date(2026, 3, 16), "remise de la demande", Standing.ESTABLISHED, (2,)),
        ChronologyLine(date(2026, 3, 30), "refus du responsable du traitement", Standing.ESTABLISHED, (3,)),
        ChronologyLine(date(2026, 4, 6), "la page est toujours affichée", Standing.ESTABLISHED, (5,)),
    ),
    exhibits=(
        Exhibit(1, "Copie de la page avant la demande", "01-page.html", "a7" * 32, date(2026, 3, 2)),
        Exhibit(2, "Demande et avis de réception", "02-demande.pdf", "c3" * 32, date(2026, 3, 12)),
        Exhibit(3, "Réponse de Rendez-vous Soins", "03-reponse.eml", "d4" * 32, date(2026, 3, 30)),
        Exhibit(4, "Déclaration de Camille EXEMPLE", "04-declaration.pdf", "e5" * 32, date(2026, 3, 9)),
        Exhibit(5, "Copie de la page au jour de la plainte", "05-page.html", "f6" * 32, date(2026, 4, 6)),
        Exhibit(6, "Mentions légales du site", "06-mentions-legales.html", "07" * 32),
    ),
    signatory="Camille EXEMPLE",
)
CHRONOLOGY = ChronologyFields("EX26-2026-0042", date(2026, 5, 19), "Camille EXEMPLE", "Rdv-Soins", LINES, (LEGAL,))
LIST = ExhibitsFields("EX26-2026-0042", date(2026, 5, 19), "Camille EXEMPLE", "Rdv-Soins", EXHIBITS)

READINGS = ReadingsFields(
    reference="EX26-2026-0042",
    day=date(2026, 5, 20),
    practitioner_name="Camille EXEMPLE",
    platform_name="RDV Soins",
    pages=(
        ReadPage(PAGE.url, PAGE.captured_at, person=False, exhibit=3),
        ReadPage(PAGE.url, datetime(2026, 5, 12, 7, 0, tzinfo=UTC), person=False),
        ReadPage(PAGE.url, datetime(2026, 5, 18, 9, 30, tzinfo=UTC), person=True, exhibit=4),
    ),
    robots=(
        RobotsLine(date(2026, 3, 2), "https://www.rdv-soins.example/robots.txt", 200, "5d" * 32, "10", allowed=True),
        RobotsLine(date(2026, 5, 12), "https://www.rdv-soins.example/robots.txt", 404, "6e" * 32, "", allowed=None),
    ),
    site_pages=41,
    site_days=9,
    first_day=date(2026, 3, 2),
    last_day=date(2026, 5, 18),
    refusals=2,
    forbidden=1,
    tools=("listingguard 1.0",),
    user_agents=("listingguard/1.0 (+https://ordre26.example/programme)",),
    paces=("10",),
    accounts=("aucun",),
    unread=(UnreadPage(PAGE.url, date(2026, 4, 21), "le site refuse les programmes"),),
    without_robots=1,
    without_account=0,
    without_clock=2,
    without_ip=0,
    without_picture=1,
)

REGISTERED = RegisteredFields(
    reference="KINE-2026-0001",
    day=date(2026, 3, 12),
    practitioner_name="Camille EXEMPLE",
    platform_name="Rdv-Soins",
    envelope=envelope(
        "Rendez-vous Soins SAS", "Délégué à la protection des données", ("12, rue de l’Écluse", "69002 Lyon")
    ),
    sender=Sender("Camille Exemple", "", ("12 rue des Essais", "26000 Valence"), "camille@exemple.example", ""),
    file="KINE-2026-0001-demande.pdf",
    pages=3,
    command="listingguard start https://rdv-soins.example/kine/camille-exemple",
)
