"""What leaves holds nothing of other people: each copy is taken apart again here, by other means than the masker's."""

import html as entities
import re
import unicodedata
import zlib
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from urllib.parse import unquote

import pypdf
import pytest
from bs4 import BeautifulSoup, Comment
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from listingguard.domain.listing import Listing, ListingKind, Page, Place
from listingguard.edge.mask import MASK, What, check_png, masked_html, on_paper, still_told
from listingguard.errors import BadInput, Refused

LETTERS = Path(__file__).parents[2] / "letters"
URL = "https://rdv-soins.example/kine/valence/camille-exemple"
KEEP = Listing(
    site="rdv-soins.example",
    id="camille-exemple",
    url=URL,
    name="Camille EXEMPLE",
    places=(Place("3 place Haute", "26000", "Valence", ("+33475000001",)),),
    phones=("+33475000001",),
    booking_url="https://rdv-soins.example/prendre/17",
)
OTHER = Listing(
    site="rdv-soins.example",
    id="paul-dumont",
    url="https://rdv-soins.example/kine/valence/paul-dumont",
    name="M. Paul Dumont",
    places=(Place("41 chemin des Écluses", "26500", "Bourg-lès-Valence"),),
    phones=("+33639980042",),
    email="p.dumont@cabinet.example",
)


def page(body: str, *, charset: str = "utf-8", content_type: str = "") -> Page:
    headers = (("Content-Type", content_type or f"text/html; charset={charset}"),)
    return Page(URL, URL, 200, headers, body.encode(charset), datetime(2026, 3, 12, 9, tzinfo=UTC))


def plain(text: str) -> str:
    """Return letters and digits only, as someone who searches without care for writing would."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if c.isalnum())


def forms(data: bytes) -> list[str]:
    """Return every way to read the bytes that somebody might try: charsets, entities, escapes, attributes, tags gone."""
    texts = [data.decode(charset, "ignore") for charset in ("utf-8", "latin-1", "utf-16-le", "utf-16-be")]
    soup = BeautifulSoup(data, "html.parser")
    texts += [soup.get_text(), soup.get_text(" ")]
    texts += [str(value) for tag in soup.find_all(True) for value in tag.attrs.values()]
    texts += [str(comment) for comment in soup.find_all(string=lambda s: isinstance(s, Comment))]
    return [plain(form) for text in texts for form in (text, entities.unescape(text), unquote(entities.unescape(text)))]


def holds(data: bytes, *secrets: str) -> list[str]:
    return [secret for secret in secrets if any(plain(secret) in form for form in forms(data))]


RICH = """<!doctype html><html><head><meta charset="utf-8"><title>Camille Exemple, kiné à Valence (près de Paul Dumont)</title>
<meta name="description" content="Camille Exemple et Paul Dumont"><link rel="next" href="/paul-dumont">
<script type="application/ld+json">{"@type":"Physician","name":"Camille Exemple","review":[{"@type":"Review",
"author":{"@type":"Person","name":"Zoé Patiente-Fictive"},"reviewBody":"Il m'a opéré du genou gauche"}]}</script>
<script>window.colleague = "Paul Dumont";</script><style>.x::after{content:"Paul Dumont"}</style></head>
<body class="paul-dumont" data-colleague="Paul Dumont"><!-- Paul Dumont, 06 39 98 00 42 -->
<h1>Camille EXEMPLE</h1><p>Masseur-kinésithérapeute, 3 place Haute, 26000 Valence. Tél. 04 75 00 00 01.</p>
<a href="https://rdv-soins.example/prendre/17" onclick="go('paul dumont')">Prendre rendez-vous</a>
<img src="/photos/paul-dumont.jpg" alt="Paul Dumont"><div hidden>Paul Dumont</div><p style="display: none">Paul Dumont</p>
<h2>Sur place</h2><ul><li><a href="/kine/valence/paul-dumont?tel=0639980042" title="Paul Dumont">
<b>Paul</b> <i>Du</i>mont</a>, 41, chemin des Ecluses, 06.39.98.00.42, p.dumont&#64;cabinet.example</li></ul>
<p>M. DUMONT est absent. D&amp;eacute;posez vos plis chez P. Dumont ou DUMONT Paul, +33 (0)6 39 98 00 42.</p>
<p>Merci à Zoe PATIENTE-FICTIVE !</p>
<section><div class="head"><h2>12 avis</h2></div><div><p>Il m’a opéré du genou gauche, Zoé P.</p></div></section>
<div itemprop="review" itemscope itemtype="https://schema.org/Review"><span itemprop="author">Hugo Malade-Fictif</span>
<p itemprop="reviewBody">Séance parfaite pour mon dos</p></div><p>Hugo Malade-Fictif</p>
<h2>Horaires</h2><p>Lundi 9 h – 18 h</p>
<input type="hidden" value="Paul Dumont"><template>Paul Dumont</template><iframe srcdoc="Paul Dumont"></iframe>
</body></html>"""

SECRETS = (
    "Paul Dumont", "Dumont", "0639980042", "639980042", "p.dumont@cabinet.example", "41 chemin des Écluses",
    "Zoé Patiente-Fictive", "Hugo Malade-Fictif", "genou gauche", "parfaite pour mon dos",
)  # fmt: skip


def test_the_original_does_hold_what_the_copy_must_not():
    assert holds(page(RICH).body, *SECRETS) == list(SECRETS)


def test_nothing_of_other_people_is_found_in_the_copy_and_the_listing_stays():
    copy = masked_html(page(RICH), KEEP, [OTHER], [])
    assert holds(copy.html, *SECRETS) == []
    kept = (
        "Camille EXEMPLE",
        "3 place Haute",
        "26000 Valence",
        "04 75 00 00 01",
        "Prendre rendez-vous",
        "Horaires",
        "Lundi",
    )
    assert holds(copy.html, *kept) == list(kept)
    assert KEEP.booking_url.encode() in copy.html
    assert not re.search(rb"<(?:script|style|img|iframe|link|input|svg)\b|<!--|\bon\w+=|\bsrc=|data-", copy.html)


def test_a_name_with_accents_goes_also_where_the_header_names_the_wrong_charset():
    body = "<html><body><h1>Camille EXEMPLE</h1><p>Éloïse Bézier</p></body></html>"
    copy = masked_html(
        page(body, content_type="text/html; charset=iso-8859-1"), KEEP, [replace(OTHER, name="Éloïse Bézier")], []
    )
    assert "Bézier" not in copy.html.decode()
    assert "zier" not in copy.text
    assert "Camille EXEMPLE" in copy.text


def test_an_xhtml_page_that_begins_with_a_byte_order_mark_is_masked_like_any_other():
    body = '\ufeff<?xml version="1.0" encoding="utf-8"?><html><body><h1>Camille EXEMPLE</h1><p>Paul Dumont</p></body></html>'
    assert masked_html(page(body), KEEP, [OTHER], []).text.splitlines()[-2:] == ["Camille EXEMPLE", MASK]


def test_what_the_page_publishes_of_the_listing_in_its_code_alone_is_told_but_never_a_home():
    home = "9 impasse du Verger"
    keep = replace(
        KEEP,
        rpps="10003456789",
        email="camille@cabinet.example",
        places=(*KEEP.places, Place(home, "26000", "Valence")),
    )
    shown = page(
        "<html><body><h1>Camille EXEMPLE</h1><p>3, place haute, Valence, CAMILLE@cabinet.example</p></body></html>"
    )
    copy = masked_html(shown, keep, [], [home], read=True)
    told = " ".join(copy.text.split())
    assert "absent de son texte : téléphone 04 75 00 00 01, numéro RPPS 10003456789." in told
    assert holds(copy.html, home) == []
    assert "absent de son texte" not in masked_html(shown, keep, [], [home]).text


def test_the_index_says_what_was_taken_out_and_why_without_saying_it():
    copy = masked_html(page(RICH), KEEP, [OTHER], [])
    assert {hidden.what for hidden in copy.hidden} >= {
        What.REVIEW, What.REVIEWER, What.PERSON, What.CONTACT, What.ADDRESS, What.DATA, What.SCRIPT, What.STYLE,
        What.PICTURE, What.FRAME, What.COMMENT, What.META, What.CONCEALED, What.LINK, What.ATTRIBUTE,
    }  # fmt: skip
    told = "\n".join(hidden.sentence for hidden in copy.hidden)
    assert holds(told.encode(), *SECRETS) == []
    counts = {hidden.what: hidden.count for hidden in copy.hidden}
    assert (counts[What.ADDRESS], counts[What.CONTACT], counts[What.COMMENT]) == (1, 3, 1)
    assert "Commentaire du code\u00a0: 1 retrait." in told


def test_the_copy_says_that_it_is_one_and_names_the_original_by_its_hash():
    copy = masked_html(page(RICH), KEEP, [OTHER], [])
    assert copy.text.startswith("Camille Exemple, kiné à Valence (près de [masqué])\nCopie masquée")
    assert copy.original in copy.text
    assert len(copy.original) == 64


@pytest.mark.parametrize(
    "written",
    [
        "5 bis rue des Lilas, 26000 Valence",
        "5 BIS, RUE DES LILAS 26000 VALENCE",
        "5bis r. des lilas",
        "5 bis, rue<br>des Lilas<br>26000 Valence",
        "<span>5</span><span>bis</span> <b>rue des Li</b>las",
        "5 bis rue des Li&shy;las",
        "5 bis rue des Li&#8203;las",
        "5&nbsp;bis&nbsp;rue&nbsp;des&nbsp;Lilas",
        "5 bis rue des &#76;ilas",
        "5 bis rue des &amp;#76;ilas",
        "&#x35; bis rue des L\u0131las",
        "5 bis rue dés Lílas",
        "５ bis rue des Ｌilas",
    ],
)
def test_a_private_address_goes_however_the_page_writes_it(written):
    body = f"<html><body><h1>Camille Exemple</h1><p>{written}</p><p>Fin</p></body></html>"
    copy = masked_html(page(body), KEEP, [], ["5 bis rue des Lilas, 26000 Valence"])
    assert holds(copy.html, "rue des lilas", "5 bis", "Lilas") == []
    assert holds(copy.html, "Camille Exemple", "Fin") == ["Camille Exemple", "Fin"]


@pytest.mark.parametrize(
    "written",
    ["06 39 98 00 77", "06.39.98.00.77", "0639980077", "+33 6 39 98 00 77", "+33(0)639980077", "0033639980077",
     "06-39-98-00-77", "06&nbsp;39&nbsp;98&nbsp;00&nbsp;77", "06 <b>39</b> 98 <i>00</i> 77", "06/39/98/00/77"],
)  # fmt: skip
def test_a_private_number_goes_however_the_page_writes_it(written):
    body = f"<html><body><h1>Camille Exemple</h1><p>Tél. {written} ou 04 75 00 00 01</p></body></html>"
    copy = masked_html(page(body), KEEP, [], ["06 39 98 00 77"])
    assert holds(copy.html, "639980077", "39980077") == []
    assert holds(copy.html, "0475000001") == ["0475000001"]
    assert copy.text.count(MASK) == 2  # the notice at the top explains the sign once


def test_a_private_number_wins_over_what_the_listing_shows():
    body = "<html><body><h1>Camille Exemple</h1><p>04 75 00 00 01</p></body></html>"
    assert holds(masked_html(page(body), KEEP, [], ["+33475000001"]).html, "475000001") == []


def test_a_shared_practice_and_a_shared_family_name_stay_the_listing_s():
    spouse = Listing(
        site=KEEP.site,
        id="x",
        url=URL,
        name="Louise Exemple",
        places=KEEP.places,
        phones=KEEP.phones,
    )
    body = (
        "<body><h1>Camille Exemple</h1><p>3 place Haute, 04 75 00 00 01</p><p>Louise Exemple et L. Exemple</p></body>"
    )
    copy = masked_html(page(body), KEEP, [spouse], [])
    assert holds(copy.html, "Camille Exemple", "3 place Haute", "0475000001") != []
    assert holds(copy.html, "Louise Exemple", "L. Exemple") == []
    assert copy.text.splitlines()[-1] == f"{MASK} et {MASK}"


def test_an_organisation_of_the_page_is_not_a_person():
    centre = Listing(site=KEEP.site, id="c", url=URL, name="Centre Fictif", kind=ListingKind.ORGANISATION)
    body = "<body><h1>Camille Exemple</h1><p>Centre Fictif</p></body>"
    assert holds(masked_html(page(body), KEEP, [centre], []).html, "Centre Fictif") == ["Centre Fictif"]


def test_the_name_written_capitals_first_is_understood():
    other = Listing(site=KEEP.site, id="d", url=URL, name="LE FICTIF Jean-Marc")
    body = "<body><h1>Camille Exemple</h1><p>M. Le Fictif, alias J. Le Fictif, soit Jean-Marc Le Fictif ; puis Jean-Marc passe.</p></body>"
    copy = masked_html(page(body), KEEP, [other], [])
    assert copy.text.splitlines()[-1] == f"M. {MASK}, alias {MASK}, soit {MASK} ; puis Jean-Marc passe."


@pytest.mark.parametrize(
    "reviews",
    [
        "<h2>Avis</h2><p>secret</p><div>secret</div>secret",
        "<div><h3>Les avis des patients</h3><span>4,5</span></div><div><p>secret</p></div>",
        "<section><header><h2>Avis (12)</h2></header><ul><li><h4>Titre</h4>secret</li></ul></section>",
        "<details open><summary>Témoignages</summary>secret</details>",
        "<p><strong>Avis des internautes</strong></p><p>secret</p>",
        '<div class="reviews-list"><p>secret</p></div>',
        '<div id="patientReviews"><p>secret</p></div>',
        '<article typeof="schema:Review">secret</article>',
        '<div vocab="https://schema.org/"><div property="review" typeof="Review">secret</div></div>',
        '<li itemprop="reviews">secret</li>',
    ],
)
def test_reviews_go_whatever_markup_holds_them(reviews):
    body = f"<body><h1>Camille Exemple</h1><p>3 place Haute</p>{reviews}<h2>Horaires</h2><p>Lundi</p></body>"
    copy = masked_html(page(body), KEEP, [], [])
    assert holds(copy.html, "secret") == []
    assert holds(copy.html, "Camille Exemple", "3 place Haute", "Lundi") == [
        "Camille Exemple",
        "3 place Haute",
        "Lundi",
    ]


def test_a_wrapper_named_after_reviews_does_not_take_the_listing_with_it():
    body = '<body><div class="page has-reviews"><h1>Camille Exemple</h1><p>3 place Haute</p></div></body>'
    assert holds(masked_html(page(body), KEEP, [], []).html, "3 place Haute") == ["3 place Haute"]


@pytest.mark.parametrize("charset", ["windows-1252", "utf-16", "iso-8859-15"])
def test_the_charset_of_the_page_changes_nothing(charset):
    body = "<html><body><h1>Camille Exemple</h1><p>Église, Hélène Fictive, 3 place Haute</p></body></html>"
    other = Listing(site=KEEP.site, id="h", url=URL, name="Hélène Fictive")
    copy = masked_html(page(body, charset=charset), KEEP, [other], [])
    assert holds(copy.html, "Hélène Fictive") == []
    assert "Église, [masqué], 3 place Haute" in copy.html.decode()


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ('{"name": "Paul Dumont"}', "application/json"),
        ("%PDF-1.7 Paul", "application/pdf"),
        ("", "text/html"),
        ("Paul", ""),
    ],
)
def test_what_is_no_page_gives_no_copy(body, content_type):
    with pytest.raises(BadInput, match="page HTML"):
        masked_html(page(body, content_type=content_type), KEEP, [OTHER], [])


def test_a_copy_in_which_a_hidden_word_is_left_is_never_returned(monkeypatch):
    monkeypatch.setattr("listingguard.edge.mask._mask_text", lambda *_: None)
    with pytest.raises(Refused) as refused:
        masked_html(page(RICH), KEEP, [OTHER], [])
    assert refused.value.missing[:2] == ("auteur d’un avis encore lisible", "nom d’une autre personne encore lisible")
    assert holds(str(refused.value).encode(), *SECRETS) == []


def test_too_little_to_look_for_is_said_rather_than_ignored():
    with pytest.raises(BadInput, match="trois lettres"):
        masked_html(page(RICH), KEEP, [], ["a"])


def test_the_same_page_gives_the_same_copy():
    assert masked_html(page(RICH), KEEP, [OTHER], ["5 rue des Lilas"]) == masked_html(
        page(RICH), KEEP, [OTHER], ["5 rue des Lilas"]
    )


SPLITS = st.lists(
    st.sampled_from(["", "<b>", "</b>", "<!-- x -->", "&#8203;", "&shy;", "<wbr>"]), min_size=24, max_size=24
)


@settings(max_examples=40, deadline=None)
@given(SPLITS, st.sampled_from(["Paul Dumont", "PAUL DUMONT", "paul\u00a0dumont", "Dumont, Paul", "Paul-Dumont"]))
def test_no_markup_between_the_letters_saves_a_name(between, name):
    written = "".join(letter + mark for letter, mark in zip(name, between, strict=False))
    body = f"<html><body><h1>Camille Exemple</h1><p>Avec {written} ici</p></body></html>"
    assert holds(masked_html(page(body), KEEP, [OTHER], []).html, "Dumont") == []


# -- what is written so that nobody finds it --------------------------------------------------------------------

NAMED = Listing(
    site=KEEP.site, id="fictif", url=URL, name="Mme Anna Fictif", rpps="10999000042",
    places=(Place("12 rue de la Fable", "26000", "Valence"),),
)  # fmt: skip
FIRM = Listing(site=KEEP.site, id="selarl", url=URL, name="SELARL Dr Fictif", kind=ListingKind.ORGANISATION)
LATIN = str.maketrans("АаВЕеКМНОоРрСсТХхуіјѕԁӏνοραιΑΝΤΙ", "AaBEeKMHOoPpCcTXxyijsdlvopaiANTI")


def seen(data: bytes) -> str:
    """Return the letters and digits that a reader takes in: nothing unseen, look-alikes read as what they look like."""
    shown = "".join(c for c in data.decode() if unicodedata.category(c) not in ("Cf", "Mn", "Me", "Cc"))
    soup = BeautifulSoup(unicodedata.normalize("NFKC", shown).translate(LATIN), "html.parser")
    for turned in soup.find_all("bdo", dir="rtl"):
        turned.string = turned.get_text()[::-1]
    return plain(soup.get_text())


HIDDEN = {
    "an RPPS number in its field": ("RPPS 10999000042", "10999000042"),
    "an RPPS number spaced out": ("n° 1099 9000 042", "10999000042"),
    "an RPPS number of somebody without a listing": ("RPPS : 99900000037", "99900000037"),
    "a bare register number": ("enregistrée sous 10888000011", "10888000011"),
    "an ADELI number": ("Adeli n° 267012345", "267012345"),
    "a street shortened": ("12 r. de la Fable", "delafable"),
    "a street with a comma": ("12, r de la Fable", "delafable"),
    "a street without its number": ("au bout de la rue de la Fable", "delafable"),
    "a firm named after a person": ("SELARL Dr Fictif", "fictif"),
    "the person of that firm": ("chez FICTIF", "fictif"),
    "a doctor no listing names": ("avec le Dr P. Invente", "invente"),
    "a name drawn backwards": ('<bdo dir="rtl">fitciF annA</bdo>', "fictif"),
    "a name half backwards": ('Anna <bdo dir="RTL"><b>fit</b>ciF</bdo>', "fictif"),
    "a name turned by a style": ('<i style="unicode-bidi: bidi-override; direction: rtl">fitciF</i>', "fictif"),
    "a name turned by a sign": ("Anna \u202efitciF\u202c", "fictif"),
    "a name turned by a style sheet": ('<i class="r">fitciF annA</i>', "fitcif"),
    "a name among steering signs": ("A\u200fn\u200en\u2066a F\u2069ictif", "fictif"),
    "Cyrillic letters": ("Аnnа Fісtіf", "fictif"),
    "Greek letters": ("Αnnα Fιctιf", "fictif"),
    "small capitals": ("Anna ꜰɪᴄᴛɪꜰ", "fictif"),
    "letters of mathematics": ("Anna 𝐅𝓲𝕔𝖙𝗂𝚏", "fictif"),
    "letters in squares": ("Anna 🅵🅸🅲🆃🅸🅵", "fictif"),
    "zero-width signs": ("Anna F\u200bi\u200cc\u200dt\u2060i\ufefff", "fictif"),
    "a filler that is a letter": ("Anna F\u3164i\u115fctif", "fictif"),
    "a joiner that is a mark": ("Anna F\u034fic\ufe0ftif", "fictif"),
    "letters spaced out": ("Anna F i c t i f", "fictif"),
    "letters dotted": ("A.N.N.A F.I.C.T.I.F", "fictif"),
}


@pytest.mark.parametrize("how", HIDDEN)
def test_what_is_written_to_be_overlooked_goes_like_the_rest(how: str) -> None:
    written, secret = HIDDEN[how]
    body = f"<html><body><h1>Camille Exemple</h1><p>Avant {written}</p><p>3 place Haute</p></body></html>"
    copy = masked_html(page(body), KEEP, [NAMED, FIRM], [])
    pdf = on_paper(copy, letters=LETTERS, day=date(2026, 3, 12)).pdf
    text = "".join(each.extract_text() for each in pypdf.PdfReader(BytesIO(pdf)).pages)
    said = seen(copy.html.partition(copy.original.encode())[2])
    for told in (said, said[::-1], plain(text.partition("Retiré")[0].replace(copy.original, ""))):
        assert secret not in told
    assert all(kept in said for kept in ("camilleexemple", "avant", "3placehaute"))
    assert not re.search("[\u200b-\u200f\u202a-\u202e\u2060-\u2069]", copy.html.decode())


@pytest.mark.parametrize("how", HIDDEN)
def test_the_check_by_itself_finds_what_is_written_to_be_overlooked(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("listingguard.edge.mask._mask_text", lambda *_: None)
    monkeypatch.setattr("listingguard.edge.mask._straighten", lambda *_: None)
    body = f"<html><body><h1>Camille Exemple</h1><p>Avant {HIDDEN[how][0]}</p></body></html>"
    with pytest.raises(Refused, match="s’y trouve encore"):
        masked_html(page(body), KEEP, [NAMED, FIRM], [])


@pytest.mark.parametrize("alone", ["<b>Dr</b>", "<td>RPPS</td><td>à venir</td>", "Pr", "dr " * 5_000, "1 " * 5_000])
def test_a_title_or_a_number_of_nobody_refuses_no_copy_and_takes_no_time(alone: str) -> None:
    body = f"<html><body><h1>Camille Exemple</h1><p>{alone}</p><p>3 place Haute</p></body></html>"
    assert "3 place Haute" in masked_html(page(body), KEEP, [NAMED, FIRM], []).text


@pytest.mark.parametrize("name", ["Анна Фиктив", "王小明", "Ρένα Φικτίδου"])
def test_a_name_in_another_script_goes_as_well(name: str) -> None:
    other = Listing(site=KEEP.site, id="o", url=URL, name=name)
    body = f"<body><h1>Camille Exemple</h1><p>Aussi {name} ici, ou {name.upper()}</p></body>"
    copy = masked_html(page(body), KEEP, [other], [])
    assert copy.text.splitlines()[-1] == f"Aussi {MASK} ici, ou {MASK}"


def test_a_listing_whose_own_name_is_disguised_is_found_where_it_is_not() -> None:
    other = Listing(site=KEEP.site, id="d", url=URL, name="Раul Du\u200bmont")
    body = "<body><h1>Camille Exemple</h1><p>Paul Dumont, ou M. DUMONT</p></body>"
    assert masked_html(page(body), KEEP, [other], []).text.splitlines()[-1] == f"{MASK}, ou M. {MASK}"


@pytest.mark.parametrize(
    "practice", ["Cabinet du Parc", "Centre Fictif", "Cabinet de kinésithérapie Valence", "Maison de santé des Essais"]
)
def test_a_practice_that_names_nobody_stays(practice: str) -> None:
    centre = Listing(site=KEEP.site, id="c", url=URL, name=practice, kind=ListingKind.ORGANISATION)
    body = f"<body><h1>Camille Exemple</h1><p>{practice}</p><p>Docteur en kinésithérapie</p></body>"
    text = masked_html(page(body), replace(KEEP, organisation=practice), [centre], []).text
    assert text.splitlines()[-2:] == [practice, "Docteur en kinésithérapie"]


def test_the_listing_s_own_name_number_and_title_stay() -> None:
    keep = replace(KEEP, rpps="10999000059", organisation="SELARL Dr Exemple")
    body = (
        "<body><h1>Dr Camille Exemple</h1><p>SELARL Dr Exemple, RPPS 10999000059, Docteur C. Exemple</p>"
        "<p>+33 4 75 00 00 01</p></body>"
    )
    assert MASK not in masked_html(page(body), keep, [NAMED], []).text.partition(":")[2]


# -- what is made of the copy --------------------------------------------------------------------------------------


def test_the_pdf_of_the_copy_holds_its_text_and_nothing_hidden():
    copy = masked_html(page(RICH), KEEP, [OTHER], [])
    pdf = on_paper(copy, letters=LETTERS, day=date(2026, 3, 12), reference="K-2026-0001").pdf
    reader = pypdf.PdfReader(BytesIO(pdf))
    text = "\n".join(each.extract_text() for each in reader.pages) + str(reader.metadata) + str(reader.xmp_metadata)
    streams = b"".join(
        zlib.decompress(s) for s in re.findall(rb"stream\r?\n(x[\x01\x5e\x9c\xda].*?)\r?\nendstream", pdf, re.S)
    )
    assert [s for s in SECRETS if plain(s) in plain(text)] == []
    assert streams
    assert holds(streams + pdf, *SECRETS) == []
    assert all(
        plain(word) in plain(text)
        for word in ("Camille EXEMPLE", "3 place Haute", copy.original, "programme de la page")
    )
    assert pdf == on_paper(copy, letters=LETTERS, day=date(2026, 3, 12), reference="K-2026-0001").pdf


def test_a_text_that_no_font_holds_still_gives_a_pdf():
    copy = masked_html(page("<body><h1>Camille Exemple</h1><p>王 😀 " + "a" * 900 + "</p></body>"), KEEP, [], [])
    text = pypdf.PdfReader(BytesIO(on_paper(copy, letters=LETTERS, day=date(2026, 3, 12)).pdf)).pages[0].extract_text()
    assert "‹U+738B›" in text


def test_a_picture_with_anything_but_pixels_is_refused():
    out, told = BytesIO(), BytesIO()
    image = Image.new("RGB", (8, 8), "white")
    image.save(out, "PNG")
    check_png(out.getvalue())
    info = PngImagePlugin.PngInfo()
    info.add_itxt("Comment", "Paul Dumont")
    image.save(told, "PNG", pnginfo=info)
    with pytest.raises(Refused, match="iTXt"):
        check_png(told.getvalue())
    with pytest.raises(Refused, match="IEND"):
        check_png(out.getvalue() + b"Paul Dumont, behind the end")
    with pytest.raises(BadInput, match="PNG"):
        check_png(b"GIF89a")


# -- whom nobody named to the program ------------------------------------------------------------------------------

NEIGHBOURS = "<p>Bob Confrère</p><ul><li>Lou Canevas, 06 39 98 00 66</li></ul>"


@pytest.mark.parametrize(
    "heading",
    [
        "<h2>D’autres masseurs-kinésithérapeutes consultent à Valence</h2>",
        "<h3>Les autres praticiens du cabinet</h3>",
        "<h2>Kinésithérapeutes à proximité</h2>",
        "<h2>Praticiens similaires</h2>",
        "<h2>Ils consultent ici</h2>",
        "<h2>Nos praticiens</h2>",
        "<h2>L’équipe</h2>",
        "<h2>Dans le même cabinet</h2>",
        "<p>Autres kinésithérapeutes à Valence</p>",
    ],
)
def test_a_section_about_other_practitioners_goes_whole(heading: str) -> None:
    body = (
        f"<body><h1>Camille Exemple</h1><p>3 place Haute</p>{heading}{NEIGHBOURS}<h2>Horaires</h2><p>Lundi</p></body>"
    )
    copy = masked_html(page(body), KEEP, [], [])
    assert holds(copy.html, "Bob", "Confrère", "Lou Canevas", "639980066") == []
    assert holds(copy.html, "Camille Exemple", "3 place Haute", "Lundi") == [
        "Camille Exemple",
        "3 place Haute",
        "Lundi",
    ]


def test_a_team_in_which_the_listing_stands_is_not_cut_off() -> None:
    body = f"<body><h1>Cabinet</h1><h2>Nos praticiens</h2><p>Camille Exemple</p><p>3 place Haute</p>{NEIGHBOURS}</body>"
    copy = masked_html(page(body), KEEP, [], [])
    assert holds(copy.html, "Camille Exemple", "3 place Haute") == ["Camille Exemple", "3 place Haute"]
    assert holds(copy.html, "639980066") == []


@pytest.mark.parametrize(
    ("written", "secrets", "kept"),
    [
        ("Mme Odile Bureau répond, ou Odile Bureau", ["Odile Bureau"], "répond"),
        ("Un petit mot pour M. Petit", ["M. Petit"], "Un petit mot"),
        ("Secrétaire médicale : Odile Bureau", ["Odile Bureau"], "Secrétaire médicale"),
        ("Bob Confrère, masseur-kinésithérapeute", ["Bob", "Confrère"], "masseur-kinésithérapeute"),
        ("Prendre rendez-vous avec Lou Canevas", ["Lou Canevas"], "Prendre rendez-vous"),
        ("Lou.Canevas@voisin.example, +33 6.39.98 00 66", ["canevas", "639980066"], "Avant"),
        ("Ouvert 09:00 12:00 14:00 18:00, 0 899 12 34 56", [], "09:00 12:00 14:00 18:00, 0 899 12 34 56"),
        ("aide@rdv-soins.example", [], "aide@rdv-soins.example"),
        ("Masseur Kinésithérapeute Ostéopathe, Mme Exemple", [], "Masseur Kinésithérapeute Ostéopathe, Mme Exemple"),
    ],
)
def test_whoever_a_page_names_or_reaches_beside_the_listing_goes(written: str, secrets: list[str], kept: str) -> None:
    body = f"<body><h1>Camille Exemple</h1><p>Avant</p><p>{written}</p></body>"
    copy = masked_html(page(body), KEEP, [], [])
    assert holds(copy.html, *secrets) == []
    assert kept in copy.text


def test_the_copy_promises_only_what_was_checked() -> None:
    body = page("<body><h1>Camille Exemple</h1></body>")
    sure, doubt = "Ce qui concerne d’autres personnes en a été retiré", "Une personne relit avant l’envoi"
    for check, said, unsaid in ((lambda _: (), sure, doubt), (lambda _: ("un nom",), doubt, sure), (None, doubt, sure)):
        copy = masked_html(body, KEEP, [], [], check)
        pdf = pypdf.PdfReader(BytesIO(on_paper(copy, letters=LETTERS, day=date(2026, 3, 12)).pdf))
        for text in (copy.text, "".join(each.extract_text() for each in pdf.pages)):
            assert plain(said) in plain(text)
            assert plain(unsaid) not in plain(text)


def test_a_pdf_that_tells_more_than_the_page_does_not_say_otherwise() -> None:
    readings = iter([(), ("un nom",), ("un nom",)])
    copy = masked_html(page("<body><h1>Camille Exemple</h1></body>"), KEEP, [], [], lambda _: next(readings))
    data = on_paper(copy, letters=LETTERS, day=date(2026, 3, 12)).pdf
    pdf = pypdf.PdfReader(BytesIO(data))
    assert still_told(copy, data) == ("un nom",)
    assert plain("Une personne relit avant l’envoi") in plain("".join(each.extract_text() for each in pdf.pages))
