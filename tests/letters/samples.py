"""Invented documents, one per situation worth keeping: people, companies and pages that do not exist."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime

from listingguard.domain.letter import (
    CNIL,
    Addressee,
    Annex,
    Answer,
    AnswerExtensionFields,
    AnswerIdenticalFields,
    AnswerIdentityFields,
    AnswerNotDoneFields,
    AnswerPartialFields,
    AnswerPrecisionFields,
    AnswerRefusalFields,
    Argument,
    ChronologyFields,
    ChronologyLine,
    ComplaintFields,
    ControllerIdentity,
    CoverFields,
    Earlier,
    Exhibit,
    ExhibitsFields,
    Fact,
    GroundLine,
    Kind,
    ListedPage,
    MandateFields,
    Mixup,
    Precision,
    QuestionFields,
    ReadingsFields,
    ReadPage,
    Reckoning,
    RectificationFields,
    RegisteredFields,
    RelistingFields,
    ReminderFields,
    RequestFields,
    RobotsLine,
    Sender,
    SourceFields,
    Standing,
    TakenBack,
    UnreadPage,
    WithdrawalFields,
    enclosed,
)
from listingguard.domain.letter.own_words import quoted
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
    no_contract=date(2026, 3, 1),
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
    no_contract=None,
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
    platforms=("Rdv-Soins (Rdv Soins SAS)",),
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
        quoted("Des patients se sont présentés au cabinet pour des rendez-vous qui n’y étaient pas connus"),
        "L’article R. 4321-74 du code de la santé publique demande à chaque masseur-kinésithérapeute de veiller à "
        "l’usage qui est fait de son nom.",
    ),
    bare=False,
    signatory="Dominique MODÈLE, présidente du conseil départemental",
    attachments=(enclosed("Mandat du 9 mars 2026", 1), enclosed("Copie de la page consultée le 2 mars 2026", 2)),
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
    attachments=(enclosed("Copie de la page consultée le 2 mars 2026", 1),),
)
# A number that is not hers, on a page that nobody may book: what the page shows beside name and address.
RELAYED_SELF = replace(
    BARE_SELF,
    pages=(replace(
        PAGE, traits=("numéro de mise en relation",), shown=("nom et prénom", "numéro de téléphone"), sha256="6c" * 32
    ),),
    grounds=(OBJECTION, ERASURE, ACCURACY),
    situation=("Des patients appellent un numéro surtaxé en croyant joindre mon cabinet.",),
    bare=False,
)  # fmt: skip
REVIEWED_COUNCIL = replace(
    BOOKABLE_COUNCIL,
    pages=(replace(PAGE, traits=("avis publiés",), shown=("nom et prénom", "adresse du cabinet"), sha256="7d" * 32),),
    grounds=(OBJECTION, ERASURE),
    situation=(quoted("Le secret professionnel m’interdit de répondre aux avis publiés sous mon nom"),),
    attachments=(enclosed("Mandat du 9 mars 2026", 1),),
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
        Fact(Standing.DECLARED, "Des patients se sont présentés pour des rendez-vous inconnus du cabinet.", (5,)),
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

# ---------------------------------------------------------------------------------------- after, or beside, the request

SENT = Earlier("EX26-2026-0042", date(2026, 3, 12), "courriel", date(2026, 3, 12),
               "le serveur d’envoi a accepté le message ce jour-là et aucun avis d’échec n’est revenu", proven=False)  # fmt: skip
RECEIVED = Earlier("CE-2026-0001", date(2026, 3, 12), "lettre recommandée avec avis de réception", date(2026, 3, 16),
                   "date de remise portée sur l’avis de réception", proven=True)  # fmt: skip
LATER_PAGE = replace(PAGE, captured_at=datetime(2026, 4, 20, 7, 45, tzinfo=UTC), sha256="c8" * 32)
LATER_BARE = replace(BARE_PAGE, captured_at=datetime(2026, 4, 20, 7, 45, tzinfo=UTC), sha256="d9" * 32)
_FRAME = (
    "reference", "place", "sender", "addressee", "practitioner_name", "civility", "rpps", "represented", "mandate_day",
    "platform_name", "signatory",
)  # fmt: skip
_COUNCIL = {name: getattr(BOOKABLE_COUNCIL, name) for name in _FRAME}
SECRETARY = "Dominique MODÈLE, secrétaire générale du conseil départemental"
_SELF = {name: getattr(BARE_SELF, name) for name in _FRAME}

SOURCE_COUNCIL = SourceFields(**_COUNCIL, day=date(2026, 3, 12), pages=(PAGE,))
SOURCE_SELF = SourceFields(**_SELF, day=date(2026, 4, 20), pages=(BARE_PAGE,), asked_on=date(2026, 3, 12))
REMINDER_COUNCIL = ReminderFields(
    **_COUNCIL | {"signatory": SECRETARY},
    day=date(2026, 4, 21),
    earlier=SENT,
    due=date(2026, 4, 13),
    pages=(LATER_PAGE,),
    acknowledged_on=date(2026, 3, 13),
    their_reference="DPO/2026/118",
    attachments=(enclosed("Demande du 12 mars 2026", 3), enclosed("Mandat du 9 mars 2026", 1)),
    delegated_by="la présidente",
)
REMINDER_SELF = ReminderFields(
    **_SELF,
    day=date(2026, 4, 21),
    earlier=RECEIVED,
    due=date(2026, 4, 16),
    pages=(LATER_BARE,),
    registered_number="1A 123 456 7890 1",
    copies=("Conseil départemental de l’Ordre des masseurs-kinésithérapeutes de l’Exemple",),
)
REMINDER_EXTENDED = replace(REMINDER_COUNCIL, day=date(2026, 6, 16), due=date(2026, 6, 12), acknowledged_on=None,
                            extended_on=date(2026, 4, 2), delegated_by="", their_reference="", attachments=())  # fmt: skip
IDENTITY_COPY = AnswerIdentityFields(
    **_COUNCIL, day=date(2026, 3, 23), earlier=SENT, reply_day=date(2026, 3, 20), asks_copy=True, order_number="26-0123",
    practice=("12 rue du Modèle", "26000 Exempleville"), attachments=(enclosed("Mandat du 9 mars 2026", 1),),
)  # fmt: skip
IDENTITY_DOUBT = AnswerIdentityFields(
    **_SELF, day=date(2026, 3, 23), earlier=RECEIVED, reply_day=date(2026, 3, 20), asks_copy=False,
    doubt="deux praticiens portent ce nom dans la même ville",
    supplied=("l’attestation d’inscription au tableau de l’Ordre du 5 janvier 2026",),
    attachments=(enclosed("Attestation d’inscription du 5 janvier 2026", 1),),
)  # fmt: skip
REFUSAL_COUNCIL = AnswerRefusalFields(
    **_COUNCIL, day=date(2026, 4, 21), earlier=SENT, reply_day=date(2026, 3, 30), arguments=tuple(Argument),
    pages=(replace(LATER_PAGE, traits=(*LATER_PAGE.traits, "avis publiés")),),
    copies=("Conseil national de l’Ordre des masseurs-kinésithérapeutes", "La personne concernée"),
)  # fmt: skip
REFUSAL_SELF = AnswerRefusalFields(
    **_SELF, day=date(2026, 4, 21), earlier=RECEIVED, reply_day=date(2026, 3, 30),
    arguments=(Argument.PUBLIC_DATA, Argument.LEGITIMATE_INTEREST), pages=(LATER_BARE,),
)  # fmt: skip
EXTENSION_LATE = AnswerExtensionFields(
    **_COUNCIL, day=date(2026, 4, 21), earlier=SENT, reply_day=date(2026, 4, 17), received_on=date(2026, 4, 17),
    due=date(2026, 4, 13), reasoned=False,
)  # fmt: skip
EXTENSION_BARE = AnswerExtensionFields(
    **_SELF, day=date(2026, 4, 3), earlier=RECEIVED, reply_day=date(2026, 4, 1), received_on=date(2026, 4, 2),
    due=date(2026, 4, 16), reasoned=False,
)  # fmt: skip
IDENTICAL_COUNCIL = AnswerIdenticalFields(
    **_COUNCIL, day=date(2026, 4, 3), earlier=SENT, reply_day=date(2026, 4, 1), pages=(PAGE,),
    situation=BOOKABLE_COUNCIL.situation[:2],
)  # fmt: skip
IDENTICAL_SELF = AnswerIdenticalFields(
    **_SELF, day=date(2026, 4, 3), earlier=RECEIVED, reply_day=date(2026, 4, 1), pages=(BARE_PAGE,),
    situation=BARE_SELF.situation,
)  # fmt: skip
NOT_DONE_COUNCIL = AnswerNotDoneFields(
    **_COUNCIL, day=date(2026, 4, 21), earlier=SENT, reply_day=date(2026, 3, 25),
    readings=(replace(LATER_PAGE, captured_at=datetime(2026, 3, 26, 7, 0, tzinfo=UTC), sha256="b1" * 32), LATER_PAGE),
)  # fmt: skip
NOT_DONE_SELF = AnswerNotDoneFields(
    **_SELF, day=date(2026, 4, 21), earlier=RECEIVED, reply_day=date(2026, 3, 25), readings=(LATER_BARE,)
)
PARTIAL_COUNCIL = AnswerPartialFields(
    **_COUNCIL, day=date(2026, 4, 21), earlier=SENT, reply_day=date(2026, 3, 25),
    arguments=(Argument.PUBLIC_DATA, Argument.LEGITIMATE_INTEREST), pages=(replace(
        LATER_PAGE, traits=(), shown=("nom et prénom", "adresse du cabinet")),),
    said="Nous avons retiré la prise de rendez-vous ; le nom et l’adresse, publics, sont conservés.",
)  # fmt: skip
PARTIAL_SELF = AnswerPartialFields(
    **_SELF, day=date(2026, 4, 21), earlier=RECEIVED, reply_day=date(2026, 3, 25), arguments=(), pages=(LATER_BARE,)
)
PRECISION_COUNCIL = AnswerPrecisionFields(
    **_COUNCIL, day=date(2026, 3, 23), earlier=SENT, reply_day=date(2026, 3, 20), pages=BOOKABLE_COUNCIL.pages,
    said="Merci de nous préciser de quelle page et de quel praticien il s’agit.", points=tuple(Precision),
    situation=BOOKABLE_COUNCIL.situation[:2],
)  # fmt: skip
PRECISION_SELF = AnswerPrecisionFields(
    **_SELF, day=date(2026, 3, 23), earlier=RECEIVED, reply_day=date(2026, 3, 20), pages=(BARE_PAGE,)
)
RELISTED = RelistingFields(
    **{each.name: getattr(BOOKABLE_COUNCIL, each.name) for each in fields(BOOKABLE_COUNCIL)}
    | {"reference": "EX26-2026-0057", "day": date(2026, 9, 14), "pages": (replace(
        PAGE, captured_at=datetime(2026, 9, 11, 8, 15, tzinfo=UTC), sha256="e2" * 32),),
       "attachments": (enclosed("Mandat du 9 mars 2026", 1), enclosed("Copie de la page consultée le 11 septembre 2026", 2))},
    earlier=replace(SENT, proven=True, basis="réponse de la plateforme du 20 mars 2026", received_on=date(2026, 3, 20)),
    absent_on=(date(2026, 4, 3), date(2026, 4, 20)),
)  # fmt: skip
WITHDRAWN_COUNCIL = WithdrawalFields(**_COUNCIL, day=date(2026, 3, 27), earlier=SENT, why=TakenBack.AGREEMENT)
WITHDRAWN_SELF = WithdrawalFields(**_SELF, day=date(2026, 3, 27), earlier=RECEIVED, why=TakenBack.PERSON)
RECTIFIED_MIXED = RectificationFields(
    **_SELF, day=date(2026, 3, 12), mixup=Mixup.MIXED_PAGE, pages=(PAGE,),
    wrong=("numéro de téléphone", "adresse du cabinet"),
)  # fmt: skip
RECTIFIED_OTHER = RectificationFields(
    **_COUNCIL, day=date(2026, 3, 30), mixup=Mixup.OTHER_PERSON, pages=(PAGE,), earlier=SENT
)
COVER = CoverFields(
    reference="EX26-2026-A003",
    day=date(2026, 3, 12),
    place="Exempleville",
    sender=COUNCIL,
    addressee=PLATFORM,
    platform_name="Rdv-Soins",
    signatory=SECRETARY,
    attachments=(enclosed("Mandat du 9 mars 2026, Camille EXEMPLE", 1), enclosed("Mandat du 6 mars 2026, Lou ESSAI", 1)),
    registered_number="1A 123 456 7890 1",
    delegated_by="la présidente",
    annexes=(
        Annex("EX26-2026-0042", "Camille EXEMPLE", Civility.MADAME, "10000000001", date(2026, 3, 9), (PAGE,),
              (OBJECTION, ERASURE, NO_BASIS, ACCURACY), BOOKABLE_COUNCIL.situation[:2]),
        Annex("EX26-2026-0043", "Lou ESSAI", Civility.UNKNOWN, "", date(2026, 3, 6),
              (replace(BARE_PAGE, url="https://www.rdv-soins.example/kine/lou-essai"),), (OBJECTION, ERASURE),
              ("Aucune demande de publication n’a été faite et le cabinet ne prend plus de patients.",)),
    ),
)  # fmt: skip

FOLLOWING = {
    "source-council": (Kind.SOURCE, SOURCE_COUNCIL),
    "source-self": (Kind.SOURCE, SOURCE_SELF),
    "reminder-council": (Kind.REMINDER, REMINDER_COUNCIL),
    "reminder-self": (Kind.REMINDER, REMINDER_SELF),
    "reminder-extended": (Kind.REMINDER, REMINDER_EXTENDED),
    "answer-identity-copy": (Kind.ANSWER_IDENTITY, IDENTITY_COPY),
    "answer-identity-doubt": (Kind.ANSWER_IDENTITY, IDENTITY_DOUBT),
    "answer-refusal-council": (Kind.ANSWER_REFUSAL, REFUSAL_COUNCIL),
    "answer-refusal-self": (Kind.ANSWER_REFUSAL, REFUSAL_SELF),
    "answer-extension-late": (Kind.ANSWER_EXTENSION, EXTENSION_LATE),
    "answer-extension-unreasoned": (Kind.ANSWER_EXTENSION, EXTENSION_BARE),
    "answer-identical-council": (Kind.ANSWER_IDENTICAL, IDENTICAL_COUNCIL),
    "answer-identical-self": (Kind.ANSWER_IDENTICAL, IDENTICAL_SELF),
    "answer-not-done-council": (Kind.ANSWER_NOT_DONE, NOT_DONE_COUNCIL),
    "answer-not-done-self": (Kind.ANSWER_NOT_DONE, NOT_DONE_SELF),
    "answer-partial-council": (Kind.ANSWER_PARTIAL, PARTIAL_COUNCIL),
    "answer-partial-self": (Kind.ANSWER_PARTIAL, PARTIAL_SELF),
    "answer-precision-council": (Kind.ANSWER_PRECISION, PRECISION_COUNCIL),
    "answer-precision-self": (Kind.ANSWER_PRECISION, PRECISION_SELF),
    "relisting": (Kind.RELISTING, RELISTED),
    "withdrawal-agreement": (Kind.WITHDRAWAL, WITHDRAWN_COUNCIL),
    "withdrawal-person": (Kind.WITHDRAWAL, WITHDRAWN_SELF),
    "rectification-mixed": (Kind.RECTIFICATION, RECTIFIED_MIXED),
    "rectification-other": (Kind.RECTIFICATION, RECTIFIED_OTHER),
    "cover": (Kind.COVER, COVER),
}
"""Each letter that goes back to a request, or stands beside it, by the name of its kept text."""
