"""What a page of a site nobody described says of its subject, and never what it says to every visitor."""

import json
from datetime import UTC, datetime

import pytest

from listingguard.domain.listing import Listing, Listings, ListingState, Page
from listingguard.sites import GenericSite

URL = "https://www.rdvsuper.example/kine/pau/lena-songeuse"
CARD = "<h1>Léna Songeuse</h1><p>Masseur-kinésithérapeute</p><p>3 place Royale, 64000 Pau</p><p>05 59 00 00 01</p>"


def read(body: str, url: str = URL, title: str = "Léna Songeuse, kiné à Pau") -> Listing:
    html = f"<html><head><title>{title}</title></head><body>{body}</body></html>"
    headers = (("Content-Type", "text/html; charset=utf-8"),)
    reading = GenericSite("rdvsuper.example").reading(
        Page(url, url, 200, headers, html.encode(), datetime(2026, 3, 2, tzinfo=UTC))
    )
    assert isinstance(reading, Listings), reading
    return next(item for item in reading.items if item.name == "Léna Songeuse")


@pytest.mark.parametrize(
    ("words", "phrase"),
    [
        ("Léna Songeuse n’est pas sur RDVSuper. Revendiquer mon profil", "Léna Songeuse n’est pas sur RDVSuper."),
        ("Mme Léna SONGEUSE n'est pas encore inscrite sur rdvsuper.fr", "Mme Léna SONGEUSE n'est pas encore inscrite sur rdvsuper.fr"),
        ("Vous êtes Léna Songeuse ? Prenez la main sur votre page", "Vous êtes Léna Songeuse ?"),
        ("Vous êtes ce praticien ? Revendiquez cette fiche", "Vous êtes ce praticien ?"),
        ("Revendiquer ce profil", "Revendiquer ce profil"),
        ("<a href='/claim/12'>Revendiquer mon profil</a>", "Revendiquer mon profil"),
        ("Cette fiche n’a pas encore été revendiquée.", "Cette fiche n’a pas encore été revendiquée."),
        ("Modifier ces informations ou supprimer ma fiche", "Modifier ces informations ou supprimer ma fiche"),
        ("Ce praticien n’est pas abonné.", "Ce praticien n’est pas abonné."),
    ],
)  # fmt: skip
def test_a_page_that_says_it_was_made_without_its_subject_is_a_stub_with_its_phrase(words: str, phrase: str) -> None:
    item = read(f"{CARD}<p>{words}</p>")
    assert (item.state, item.state_phrase) == (ListingState.STUB, phrase)
    assert item.layers["state"] == "text"


@pytest.mark.parametrize(
    "words",
    [
        "La réservation est temporairement indisponible.",
        "La prise de rendez-vous en ligne est momentanément suspendue.",
    ],
)
def test_a_page_closed_for_a_while_is_closed_and_cannot_be_booked(words: str) -> None:
    item = read(f"{CARD}<p>{words}</p>")
    assert (item.state, item.state_phrase, item.bookable) == (ListingState.CLOSED, words, False)


@pytest.mark.parametrize(
    "words",
    [
        "Ce soignant ne propose pas la prise de rendez-vous en ligne.",
        "Léna Songeuse n’est pas réservable en ligne.",
    ],
)
def test_that_nobody_can_book_says_neither_customer_nor_stub(words: str) -> None:
    item = read(f"{CARD}<p>{words}</p>")
    assert (item.state, item.state_phrase, item.bookable) == (ListingState.UNKNOWN, words, False)


@pytest.mark.parametrize(
    "body",
    [
        f"{CARD}<footer>Revendiquer mon profil</footer>",
        f"{CARD}<div class=footer><p>Vous êtes ce praticien ? Revendiquez cette fiche</p></div>",
        f"<nav><a href='/pro'>Revendiquer mon profil</a></nav>{CARD}",
        f"<div><a href='/pro'>Revendiquer mon profil</a></div>{CARD}",
        f"{CARD}<div><p>Mentions légales</p><p>Revendiquer mon profil</p></div>",
        f"{CARD}<p>Vous êtes professionnel ? Inscrivez-vous</p>",
        f"{CARD}<p>Vous êtes praticien ? Revendiquez votre fiche</p>",
        f"{CARD}<p>Vous êtes Léna Songeuse ? Connectez-vous</p>",
        f"{CARD}<p>Léna Songeuse n’est pas sur place le lundi.</p>",
        f"{CARD}<p>Léna Songeuse n’est pas disponible à domicile.</p>",
        f"{CARD}<h2>Autres kinésithérapeutes à Pau</h2><p>Ce praticien n’est pas inscrit.</p>",
        f"{CARD}<h2>D’autres kinés consultent à Pau</h2><p>La réservation est temporairement indisponible.</p>",
        f"{CARD}<p>Zoé Voisine n’est pas sur RDVSuper.</p>",
        f"{CARD}<p>Que faire si la réservation est temporairement indisponible ?</p>",
        f"{CARD}<p>Maintenance : la réservation est temporairement indisponible.</p>",
        f"{CARD}<div class=reviews><p>Ce profil n’a pas été revendiqué.</p></div>",
    ],
)
def test_what_a_site_says_to_everybody_or_of_others_says_nothing_of_the_listing(body: str) -> None:
    item = read(body)
    assert (item.state, item.state_phrase, item.bookable) == (ListingState.UNKNOWN, "", None)


def test_of_a_list_nobody_takes_the_phrase_of_another() -> None:
    place = {"streetAddress": "3 place Royale", "postalCode": "64000", "addressLocality": "Pau"}
    people = [{"@type": "Physician", "name": name, "address": place} for name in ("Léna Songeuse", "Zoé Voisine")]
    data = json.dumps({"@context": "https://schema.org", "@graph": people})
    body = f'<script type="application/ld+json">{data}</script><p>Ce praticien n’est pas inscrit.</p>'
    assert read(body, "https://www.rdvsuper.example/kine/pau", "Kinés à Pau").state is ListingState.UNKNOWN
