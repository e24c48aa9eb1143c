"""The texts our letters cite: a dated table, how a letter's citations are read, and when one may no longer be printed.

Each row says where its text was seen and when. A row that nobody has seen the source of (recalled), or seen too long
ago, holds back every letter that cites it until a named person checks it and says so in the home.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from listingguard.domain.deadline import add_months
from listingguard.domain.french import french_day
from listingguard.errors import NotFound

AGE_MONTHS = 12
"""A citation counts as verified for this long."""


class Checked(StrEnum):
    """Whether the source of a citation was seen, or only remembered."""

    CONFIRMED = "confirmed"
    RECALL = "recall"

    @property
    def label(self) -> str:
        """Return the French words shown on screen."""
        return {"confirmed": "source vue", "recall": "de mémoire, source à voir"}[self.value]


@dataclass(frozen=True)
class Citation:
    """One text as letters cite it.

    article: « 17(1)(c) » of the GDPR, « LIL 51 » of the loi du 6 janvier 1978, « CSP R.4321-74 », or the number of a
    decision. text: what it says, in its own words. marks: how a letter names a decision, all of them numbers.
    """

    article: str
    text: str
    valid_from: date
    source: str
    checked: Checked
    verified_on: date
    valid_until: date | None = None
    marks: tuple[str, ...] = ()

    @property
    def printed(self) -> str:
        """Return the citation as a letter prints it in mid-sentence.

        >>> row("17(1)(c)").printed, row("77").printed
        ('article 17, paragraphe 1, point c), du RGPD', 'article 77 du RGPD')
        """
        return printed(self.article)


@dataclass(frozen=True)
class Confirmed:
    """A named person's word that a citation is right: where they saw it, and on which day."""

    article: str
    source: str
    on: date
    actor: str


_GDPR = date(2018, 5, 25)
_SEEN = date(2026, 11, 22)


def _gdpr(article: str, text: str, source: str) -> Citation:
    return Citation(article, text, _GDPR, f"règlement (UE) 2016/679 ; {source}", Checked.CONFIRMED, _SEEN)


def _recalled(article: str, text: str, since: date, source: str) -> Citation:
    return Citation(article, text, since, source, Checked.RECALL, _SEEN)


def _seen(article: str, text: str, day: date, source: str, *marks: str) -> Citation:
    return Citation(article, text, day, source, Checked.CONFIRMED, _SEEN, marks=marks)


CITATIONS: tuple[Citation, ...] = (
    _gdpr(
        "4",
        "« données à caractère personnel », toute information se rapportant à une personne physique identifiée ou "
        "identifiable (ci-après dénommée « personne concernée »)",
        "leto.legal/articles-rgpd/article-4",
    ),
    _gdpr(
        "5(1)(d)",
        "exactes et, si nécessaire, tenues à jour ; toutes les mesures raisonnables doivent être prises pour que les "
        "données à caractère personnel qui sont inexactes, eu égard aux finalités pour lesquelles elles sont traitées, "
        "soient effacées ou rectifiées sans tarder (exactitude)",
        "texte de l’article 5 repris dans plusieurs dépôts publics",
    ),
    _gdpr(
        "6",
        "Le traitement n’est licite que si, et dans la mesure où, au moins une des conditions suivantes est remplie",
        "gdprinfo.eu/fr/fr-article-6",
    ),
    _gdpr(
        "12(2)",
        "Le responsable du traitement facilite l’exercice des droits conférés à la personne concernée au titre des "
        "articles 15 à 22.",
        "audit-dpo.com, article 12",
    ),
    _gdpr(
        "12(3)",
        "Le responsable du traitement fournit à la personne concernée des informations sur les mesures prises à la suite "
        "d’une demande formulée en application des articles 15 à 22, dans les meilleurs délais et en tout état de cause "
        "dans un délai d’un mois à compter de la réception de la demande. Au besoin, ce délai peut être prolongé de deux "
        "mois, compte tenu de la complexité et du nombre de demandes. Le responsable du traitement informe la personne "
        "concernée de cette prolongation et des motifs du report dans un délai d’un mois à compter de la réception de la "
        "demande.",
        "audit-dpo.com, article 12",
    ),
    _gdpr(
        "12(4)",
        "Si le responsable du traitement ne donne pas suite à la demande formulée par la personne concernée, il informe "
        "celle-ci sans tarder et au plus tard dans un délai d’un mois à compter de la réception de la demande des motifs "
        "de son inaction et de la possibilité d’introduire une réclamation auprès d’une autorité de contrôle et de former "
        "un recours juridictionnel.",
        "monconseillerrgpd.com, exercice des droits",
    ),
    _gdpr(
        "12(5)",
        "Il incombe au responsable du traitement de démontrer le caractère manifestement infondé ou excessif de la demande.",
        "monconseillerrgpd.com, exercice des droits",
    ),
    _gdpr(
        "12(6)",
        "lorsque le responsable du traitement a des doutes raisonnables quant à l’identité de la personne physique "
        "présentant la demande, il peut demander que lui soient fournies des informations supplémentaires",
        "mémo citant les lignes directrices 01/2022 du CEPD",
    ),
    _gdpr(
        "14",
        "Informations à fournir lorsque les données à caractère personnel n’ont pas été collectées auprès de la personne "
        "concernée : base juridique du traitement (paragraphe 1, point c)), intérêts légitimes poursuivis (paragraphe 2, "
        "point b)), source d’où proviennent les données (paragraphe 2, point f)) ; au plus tard un mois après (paragraphe 3)",
        "portail-rgpd.com/rgpd/article-14",
    ),
    _gdpr(
        "15",
        "La personne concernée a le droit d’obtenir du responsable du traitement […] l’accès auxdites données à caractère "
        "personnel ainsi que les informations suivantes : […] c) les destinataires ou catégories de destinataires […] ; "
        "d) lorsque cela est possible, la durée de conservation […] ; g) lorsque les données à caractère personnel ne sont "
        "pas collectées auprès de la personne concernée, toute information disponible quant à leur source",
        "leto.legal/articles-rgpd/article-15",
    ),
    _gdpr(
        "16",
        "La personne concernée a le droit d’obtenir du responsable du traitement, dans les meilleurs délais, la "
        "rectification des données à caractère personnel la concernant qui sont inexactes.",
        "theneoshields.eu, droit à la rectification",
    ),
    _gdpr(
        "17(1)(c)",
        "la personne concernée s’oppose au traitement en vertu de l’article 21, paragraphe 1, et il n’existe pas de motif "
        "légitime impérieux pour le traitement",
        "gdprinfo.eu/fr/fr-article-17",
    ),
    _gdpr(
        "17(1)(d)",
        "les données à caractère personnel ont fait l’objet d’un traitement illicite",
        "gdprinfo.eu/fr/fr-article-17",
    ),
    _gdpr(
        "17(2)",
        "Lorsqu’il a rendu publiques les données à caractère personnel et qu’il est tenu de les effacer […], le responsable "
        "du traitement, compte tenu des technologies disponibles et des coûts de mise en œuvre, prend des mesures "
        "raisonnables […] pour informer les responsables du traitement qui traitent ces données que la personne concernée "
        "a demandé l’effacement […] de tout lien vers ces données […], ou de toute copie ou reproduction de celles-ci.",
        "gdprinfo.eu/fr/fr-article-17",
    ),
    _gdpr(
        "17(3)",
        "Les paragraphes 1 et 2 ne s’appliquent pas dans la mesure où ce traitement est nécessaire : a) à l’exercice du "
        "droit à la liberté d’expression et d’information […]",
        "gdprinfo.eu/fr/fr-article-17",
    ),
    _gdpr(
        "18(1)",
        "La personne concernée a le droit d’obtenir du responsable du traitement la limitation du traitement lorsque l’un "
        "des éléments suivants s’applique : a) l’exactitude des données à caractère personnel est contestée […] ; d) la "
        "personne concernée s’est opposée au traitement en vertu de l’article 21, paragraphe 1, pendant la vérification "
        "portant sur le point de savoir si les motifs légitimes poursuivis par le responsable du traitement prévalent sur "
        "ceux de la personne concernée.",
        "monexpertdudroit.com/rgpd/article-18 ; aurelienbamde.com",
    ),
    _gdpr(
        "19",
        "Le responsable du traitement notifie à chaque destinataire auquel les données à caractère personnel ont été "
        "communiquées […] tout effacement […]. Le responsable du traitement fournit à la personne concernée des informations "
        "sur ces destinataires si celle-ci en fait la demande.",
        "mémo citant les lignes directrices 01/2022 du CEPD",
    ),
    _gdpr(
        "21(1)",
        "La personne concernée a le droit de s’opposer à tout moment, pour des raisons tenant à sa situation particulière, à "
        "un traitement des données à caractère personnel la concernant fondé sur l’article 6, paragraphe 1, point e) ou f) "
        "[…]. Le responsable du traitement ne traite plus les données à caractère personnel, à moins qu’il ne démontre qu’il "
        "existe des motifs légitimes et impérieux pour le traitement qui prévalent sur les intérêts et les droits et "
        "libertés de la personne concernée, ou pour la constatation, l’exercice ou la défense de droits en justice.",
        "privacy-gdpr.eu/fr/article-21-rgpd",
    ),
    Citation(
        "58(2)(c)",
        "Chaque autorité de contrôle dispose du pouvoir d’adopter toutes les mesures correctrices suivantes : […] c) ordonner "
        "au responsable du traitement ou au sous-traitant de satisfaire aux demandes présentées par la personne concernée en "
        "vue d’exercer ses droits en application du présent règlement",
        _GDPR,
        "règlement (UE) 2016/679 ; leto.legal/articles-rgpd/article-58 ; portail-rgpd.com/rgpd/article-58",
        Checked.CONFIRMED,
        date(2026, 11, 23),
    ),
    _gdpr(
        "77",
        "Sans préjudice de tout autre recours administratif ou juridictionnel, toute personne concernée a le droit "
        "d’introduire une réclamation auprès d’une autorité de contrôle […]. L’autorité de contrôle auprès de laquelle la "
        "réclamation a été introduite informe l’auteur de la réclamation de l’état d’avancement et de l’issue de la "
        "réclamation […].",
        "portail-rgpd.com/rgpd/article-77",
    ),
    _seen(
        "LIL 51",
        "Le droit à l’effacement s’exerce dans les conditions prévues à l’article 17 du règlement (UE) 2016/679 "
        "(paragraphe I).",
        date(2019, 6, 1),
        "rapport du 117e congrès des notaires ; loi n° 78-17 du 6 janvier 1978, article 51, I",
    ),
    _seen(
        "R1182 2",
        "Les jours fériés à prendre en considération sont ceux de l’État membre concerné ; les jours ouvrables sont tous "
        "les jours autres que les jours fériés, les dimanches et les samedis.",
        date(1971, 7, 1),
        "règlement (CEE, Euratom) n° 1182/71, EUR-Lex 31971R1182",
    ),
    _seen(
        "R1182 3",
        "Le jour de l’événement n’est pas compté (paragraphe 1) ; un délai exprimé en mois prend fin à l’expiration du jour "
        "de même quantième, ou du dernier jour du mois (paragraphe 2, point c)) ; s’il prend fin un jour férié, un dimanche "
        "ou un samedi, il prend fin à l’expiration du jour ouvrable suivant (paragraphe 4).",
        date(1971, 7, 1),
        "règlement (CEE, Euratom) n° 1182/71, EUR-Lex 31971R1182",
    ),
    _seen(
        "CSP L.4321-14",
        "L’ordre des masseurs-kinésithérapeutes veille au maintien des principes de moralité, de probité et de compétence, "
        "et à l’observation de leurs devoirs professionnels ; il assure la défense de l’honneur et de l’indépendance de la "
        "profession.",
        date(2004, 8, 11),
        "cotedor.ordremk.fr/2011/03/22",
    ),
    _recalled(
        "LIL 56",
        "Le droit d’opposition s’exerce dans les conditions prévues à l’article 21 du règlement (UE) 2016/679.",
        date(2019, 6, 1),
        "loi n° 78-17 du 6 janvier 1978, article 56",
    ),
    _recalled(
        "D 77",
        "Forme des demandes : sur place, par écrit ou par voie électronique, au besoin par un mandataire ; identité par "
        "tout moyen, copie d’un titre seulement en cas de doute raisonnable.",
        date(2019, 6, 1),
        "décret n° 2019-536 du 29 mai 2019, article 77",
    ),
    _seen(
        "CSP R.4321-74",
        "Le masseur-kinésithérapeute veille à l’usage qui est fait de son nom, de sa qualité ou de ses déclarations. "
        "(première phrase)",
        date(2008, 11, 3),
        "cdomk34.fr/actualites/103 ; code de la santé publique, article R. 4321-74, première phrase",
    ),
    _seen(
        "CA Chambéry 22/01814",
        "Données professionnelles d’un chirurgien-dentiste : ce sont des données personnelles ; intérêt légitime écarté ; "
        "suppression ordonnée. Le seul défaut d’information ne justifie pas l’effacement.",
        date(2025, 5, 22),
        "dsgvo-schmerzensgelder.de (texte) ; derriennic.com",
        "22/01814",
    ),
    _seen(
        "CNIL SAN-2024-020",
        "Sanction d’un service qui réutilise des données de contact publiées avec une visibilité restreinte (articles 5, 6, "
        "12, 14 et 15).",
        date(2024, 12, 5),
        "inside.law ; graces.community",
        "SAN-2024-020",
    ),
    _seen(
        "CJUE C-129/21",
        "Annuaire et moteurs de recherche : le responsable prend des mesures raisonnables pour informer les autres "
        "(article 17, paragraphe 2).",
        date(2022, 10, 27),
        "dbfbruxelles.eu, arrêt Proximus",
        "C-129/21",
    ),
    _seen(
        "CJUE C-154/21",
        "La personne peut demander l’identité des destinataires eux-mêmes, et non leurs seules catégories.",
        date(2023, 1, 12),
        "mémo citant les lignes directrices 01/2022 du CEPD",
        "C-154/21",
    ),
    _recalled(
        "CJUE C-416/23",
        "Le nombre des demandes ne suffit pas à les rendre excessives.",
        date(2025, 1, 9),
        "arrêt Österreichische Datenschutzbehörde, source non relue",
    ),
    _seen(
        "CE 353193",
        "Collecte déloyale par un annuaire ; l’« effort disproportionné » d’information n’est pas retenu.",
        date(2014, 3, 12),
        "legalis.net (Pages Jaunes)",
        "353193",
    ),
    _recalled(
        "CJUE C-526/24",
        "Une première demande d’accès peut déjà être abusive : elle dit son but.",
        date(2026, 3, 19),
        "arrêt du 19 mars 2026, source non relue",
    ),
    _seen(
        "CNIL 2025-12-29",
        "Annuaires avec avis : l’opposition globale d’un professionnel devrait en général être accueillie ; information "
        "individuelle.",
        date(2025, 12, 29),
        "pubt.io ; virtual-dpo.fr/?p=5895",
        "29 décembre 2025",
    ),
    _seen(
        "CNIL annuaires",
        "La réutilisation de registres publics par des annuaires en ligne est soumise au RGPD ; droits des professionnels "
        "concernés.",
        date(2018, 5, 25),
        "cnil.fr/fr/reutilisation-de-donnees-par-des-annuaires-en-ligne-quels-droits-pour-les-professionnels-concernes",
        "réutilisation de données par des annuaires en ligne",
    ),
    _seen(
        "APD 2023-06-14",
        "Annuaire de soignants (autorité belge) : profils de non-clients ; « déjà publié ailleurs » écarté.",
        date(2023, 6, 14),
        "lejournaldumedecin.com, 69593",
        "14 juin 2023",
    ),
    _seen(
        "TJ Paris 2022-12-01",
        "Annuaire détournant les patients de médecins non abonnés ; déréférencement ordonné ; frappé d’appel.",
        date(2022, 12, 1),
        "snorl.org/?p=32726",
        "1er décembre 2022",
    ),
)
"""Every text our letters may cite. A new one: its own words, where they were seen, on which day."""

_BY_ARTICLE = {c.article: c for c in CITATIONS}

_LAWS = {
    "": "du RGPD",
    "LIL": "de la loi du 6 janvier 1978",
    "D": "du décret du 29 mai 2019",
    "CSP": "du code de la santé publique",
    "R1182": "du règlement n° 1182/71",
}


def row(article: str) -> Citation:
    """Return the row that covers an article, its own or that of the whole it belongs to; raise NotFound."""
    found = covering(article)
    if not found:
        known = ", ".join(c.article for c in CITATIONS)
        raise NotFound(f"La table des citations n’a pas « {article} ». Ce qu’elle a : {known}.")
    return found[0]


def covering(article: str) -> tuple[Citation, ...]:
    """Return the rows that speak for an article: its own, else that of the nearest whole, else those of its parts.

    >>> [c.article for c in covering("15(1)(g)")], [c.article for c in covering("17")][:2], covering("82")
    (['15'], ['17(1)(c)', '17(1)(d)'], ())
    """
    whole = article
    while whole:
        if whole in _BY_ARTICLE:
            return (_BY_ARTICLE[whole],)
        whole = whole.rpartition("(")[0]
    return tuple(c for c in CITATIONS if c.article.startswith(f"{article}("))


def printed(article: str) -> str:
    """Return an article as French letters print it, a decision as it is named.

    >>> printed("14(2)(f)"), printed("LIL 51"), printed("CJUE C-129/21")
    ('article 14, paragraphe 2, point f), du RGPD', 'article 51 de la loi du 6 janvier 1978', 'CJUE C-129/21')
    """
    law, _, number = article.rpartition(" ")
    found = re.fullmatch(r"([\dRL.-]+)(?:\((\d+)\))?(?:\(([a-z])\))?", number)
    if found is None or law not in _LAWS:
        return article
    parts = [f"article {found[1]}"]
    parts += [f"paragraphe {found[2]}"] if found[2] else []
    parts += [f"point {found[3]})"] if found[3] else []
    return f"{', '.join(parts)}{',' if found[2] else ''} {_LAWS[law]}"


# -- what a letter cites -----------------------------------------------------------------------------------------------

_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+")
_START = re.compile(r"\barticle(s?) (?=\d|[LR]\.)", re.IGNORECASE)
_TOKEN = re.compile(
    r"(?P<sep>,? (?:et|ou)(?: (?:de |à |au |du )?l'article| article)?,? |, (?:de l'article |article )?|, (?=paragraphe|point|§)"
    r"| (?=paragraphe|point|§))"
    r"|(?P<code>[LR]\. ?\d{3,4}-\d+(?:-\d+)?)|(?P<number>\d+(?:-\d+)?)(?![\d/])"
    r"|paragraphe(?P<pars>s?) (?P<par>\d+)|§ ?(?P<sign>\d+)|point (?P<point>[a-z])\)",
    re.IGNORECASE,
)
_LAW_AFTER = re.compile(
    r",? ?(?:\(?[IVX]+\)?,? )?(?:du|de la|de l'|des) (?P<law>RGPD|règlement|code de la santé publique|loi|décret)", re.I
)
_LAW_BEFORE = re.compile(r"(?P<law>loi (?:n° 78-17 )?du 6 janvier 1978|décret n° 2019-536)[^.;]{0,40}$", re.I)
_NAMED = {"rgpd": "", "règlement": "", "code de la santé publique": "CSP", "loi": "LIL", "décret": "D"}
_ON_TERMS = "1182/71"
_CASE = re.compile(r"\bC-\d+/\d\d\b|\bSAN-\d{4}-\d{3}\b|\bn° ?(\d\d/\d{5})\b|\bn° ?(\d{6})\b")
_SAME = re.compile(r"\bpoint ([a-z])\) du même paragraphe", re.IGNORECASE)


def cited_in(text: str) -> tuple[str, ...]:
    """Return what a French text cites, in order of first mention, each once; nothing where it cites nothing.

    >>> cited_in("article 14, paragraphe 1, point c), et paragraphe 2, point b), du RGPD")
    ('14(1)(c)', '14(2)(b)')
    >>> cited_in("(articles 17, paragraphe 2, et 19 du RGPD) ; à un mois (article 12, paragraphe 3)")
    ('17(2)', '19', '12(3)')
    >>> cited_in("CA Chambéry, 22 mai 2025, n° 22/01814 ; article R. 4321-74 du code de la santé publique")
    ('CSP R.4321-74', 'CA Chambéry 22/01814')
    """
    plain = " ".join(_ADDRESS.sub(" ", text).replace("’", "'").split())
    found: list[str] = []
    at = 0
    while begin := _START.search(plain, at):
        parts, at = _chain(plain, begin.end(), plural=bool(begin[1]))
        law = _law(plain, begin.start(), at)
        # A working that names the regulation on terms once cites its articles bare afterwards; the GDPR's article 3 and
        # its article 2, on scope, are none of our letters'.
        if not law and _ON_TERMS in plain and parts and parts[0].partition("(")[0] in ("2", "3"):
            law = "R1182"
        found += [f"{law} {part}".strip() for part in parts]
        same = _SAME.search(plain, at, at + 120)
        if same and parts and "(" in parts[-1]:
            found.append(f"{law} {parts[-1].partition(')')[0]})({same[1]})".strip())
    by_mark = {mark: c.article for c in CITATIONS for mark in (*c.marks, c.article.rpartition(" ")[2])}
    for each in _CASE.finditer(plain):
        mark = each[1] or each[2] or each[0]
        found.append(by_mark.get(mark, mark))
    # Decisions that letters name by their day.
    found += [c.article for c in CITATIONS if any(mark in plain for mark in c.marks)]
    return tuple(dict.fromkeys(found))


def _chain(plain: str, at: int, *, plural: bool) -> tuple[list[str], int]:
    """Return the articles of one mention, and where it ends."""
    found: list[str] = []
    article, par, point = "", "", ""
    expects_number, pars = True, False

    def close() -> None:
        if article:
            found.append(article + (f"({par})" if par else "") + (f"({point})" if point else ""))

    end = at
    while token := _TOKEN.match(plain, at):
        kind, at = token.lastgroup, token.end()
        if kind == "sep":
            expects_number = expects_number or plural or pars or "article" in token[0].lower()
            continue
        if kind in ("code", "number"):
            if article and not expects_number:
                break
            close()
            if pars and article and kind == "number" and not plural:
                par, point = token[0], ""
            else:
                article, par, point, pars = token[0].replace(" ", ""), "", "", False
            expects_number = False
        elif kind in ("par", "sign"):
            if par:
                close()
            par, point, pars = token["par"] or token["sign"], "", bool(token["pars"])
        elif kind == "point":
            if point:
                close()
            point = token["point"].lower()
        end = at
    close()
    return found, end


def _law(plain: str, start: int, end: int) -> str:
    after = _LAW_AFTER.match(plain, end)
    if after:
        return _NAMED[after["law"].lower()]
    before = _LAW_BEFORE.search(plain, max(0, start - 80), start)
    return "" if before is None else ("LIL" if before["law"].lower().startswith("loi") else "D")


# -- what may be printed -----------------------------------------------------------------------------------------------


def blocked(text: str, confirmed: Mapping[str, Confirmed], day: date) -> tuple[str, ...]:
    """Return what keeps a text from being printed on a day: one French phrase per citation to check, with its command.

    confirmed: the last word of a person on each article of the home.
    """
    return tuple(
        reason for article in cited_in(text) if (reason := _reason(article, confirmed, day))
    )  # fmt: skip


def _reason(article: str, confirmed: Mapping[str, Confirmed], day: date) -> str:
    rows = covering(article)
    if not rows:
        # A platform's own words may cite anything: whoever quotes them has read what they cite.
        command = f'listingguard citation confirm "{article}" --source … --on JOUR'
        known = _fresh(confirmed.get(article), day)
        return (
            "" if known else f"la citation « {printed(article)} », qui n’est pas dans la table : {command}, ou l’ôter"
        )
    reasons = [_row_reason(each, confirmed, day) for each in rows]
    return "" if "" in reasons else reasons[0]


def may_print(each: Citation, word: Confirmed | None, day: date) -> bool:
    """Return True when a letter of that day may cite this row. word: a person's last word on it, None: nobody's."""
    return not _row_reason(each, {} if word is None else {each.article: word}, day)


def _row_reason(each: Citation, confirmed: Mapping[str, Confirmed], day: date) -> str:
    if not each.valid_from <= day <= (each.valid_until or day):
        return f"la citation « {each.printed} » : ce texte n’est pas en vigueur le {french_day(day)}"
    if _fresh(confirmed.get(each.article), day):
        return ""
    if each.checked is Checked.CONFIRMED and day <= add_months(each.verified_on, AGE_MONTHS):
        return ""
    why = (
        "citée de mémoire, dont personne n’a encore vu la source"
        if each.checked is Checked.RECALL
        else f"vérifiée le {french_day(each.verified_on)}, il y a plus de douze mois"
    )
    return (
        f'la citation « {each.printed} », {why} : listingguard citation show "{each.article}", puis '
        f'listingguard citation confirm "{each.article}" --source … --on JOUR'
    )


def _fresh(word: Confirmed | None, day: date) -> bool:
    return word is not None and day <= add_months(word.on, AGE_MONTHS)
