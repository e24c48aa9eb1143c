"""The world of the demo on this machine: an invented booking site over HTTP, a mail server, a roster; nothing of ours.

Every person, practice and company here is invented; telephone numbers are of the blocks that Arcep keeps for
fiction (04 65 71), RPPS numbers of a range that is not given out (999).
"""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from dataclasses import dataclass
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

HOST = "reserve-kine.example"
BRAND = "Réserve-Kiné"
PER_PAGE = 10
NONE_PHRASE = "Aucun praticien ne correspond à votre recherche"
UNCLAIMED_PHRASE = "Vous êtes ce praticien\u00a0? Revendiquez cette fiche"

KINE = "Masseur-kinésithérapeute"
TOWNS = {"valence": ("26000", "Valence"), "romans-sur-isere": ("26100", "Romans-sur-Isère")}


@dataclass(frozen=True)
class Invented:
    """One person of the booking site. claimed: they manage their page themselves; reviews: how many are shown."""

    slug: str
    name: str
    town: str
    street: str
    phone: str
    profession: str = KINE
    bookable: bool = True
    claimed: bool = True
    reviews: int = 0

    @property
    def path(self) -> str:
        """Return the path of the person's page."""
        return f"/masseur-kinesitherapeute/{self.town}/{self.slug}"


CASE_SLUG = "camille-exemple"
"""The person the demo's case is about: bookable on the site, never signed up."""
CANARY_URL = f"http://{HOST}/masseur-kinesitherapeute/valence/lou-canevas"
"""A page that is always there: the witness that the site is read right."""

# The site shows its customers first, the pages it made itself last, as real ones do.
PEOPLE = (
    Invented("lou-canevas", "Lou Canevas", "valence", "2 rue du Gabarit", "04 65 71 00 21", reviews=12),
    Invented("ange-maquette", "Ange Maquette", "valence", "2 rue du Gabarit", "04 65 71 00 22", reviews=3),
    Invented("eden-esquisse", "Eden Esquisse", "valence", "15 avenue du Brouillon", "04 65 71 00 23"),
    Invented("yael-virgule", "Yaël Virgule", "valence", "15 avenue du Brouillon", "04 65 71 00 24", reviews=7),
    Invented("morgan-tilde", "Morgan Tilde", "valence", "40 boulevard de l’Hypothèse", "04 65 71 00 25"),
    Invented("maxime-accolade", "Maxime Accolade", "valence", "7 place de la Parabole", "04 65 71 00 26"),
    Invented("claude-cedille", "Claude Cédille", "valence", "7 place de la Parabole", "04 65 71 00 27", reviews=1),
    Invented("andrea-guillemet", "Andréa Guillemet", "valence", "3 impasse du Mirage", "04 65 71 00 28"),
    Invented("swann-asterisque", "Swann Astérisque", "valence", "21 rue de la Fable", "04 65 71 00 29"),
    Invented("gael-majuscule", "Gaël Majuscule", "valence", "21 rue de la Fable", "04 65 71 00 30"),
    Invented("lenny-chimere", "Lenny Chimère", "valence", "9 rue du Prototype", "04 65 71 00 31", reviews=2),
    Invented("jo-paragraphe", "Jo Paragraphe", "valence", "9 rue du Prototype", "04 65 71 00 32"),
    Invented("robin-alinea", "Robin Alinéa", "valence", "58 avenue du Canevas", "04 65 71 00 33"),
    Invented("camille-exemple", "Camille Exemple", "valence", "12 rue des Essais", "04 65 71 00 01", claimed=False),
    Invented("noa-specimen", "Noa Spécimen", "valence", "4 rue de l’Ancienne-Adresse", "04 65 71 00 43", claimed=False),
    Invented("sam-apostrophe", "Sam Apostrophe", "valence", "6 quai du Conditionnel", "04 65 71 00 34", claimed=False),
    Invented(
        "lisa-trema", "Lisa Tréma", "valence", "6 quai du Conditionnel", "04 65 71 00 35", bookable=False, claimed=False
    ),
    Invented("rene-tiret", "René Tiret", "valence", "31 rue du Futur", "04 65 71 00 36", bookable=False, claimed=False),
    Invented("lea-synonyme", "Léa Synonyme", "romans-sur-isere", "1 place du Subjonctif", "04 65 71 00 51", reviews=9),
    Invented("hugo-antonyme", "Hugo Antonyme", "romans-sur-isere", "1 place du Subjonctif", "04 65 71 00 52"),
    Invented("ines-adverbe", "Inès Adverbe", "romans-sur-isere", "18 rue de la Rime", "04 65 71 00 53", reviews=4),
    Invented("paul-pronom", "Paul Pronom", "romans-sur-isere", "18 rue de la Rime", "04 65 71 00 54"),
    Invented("zoe-syllabe", "Zoé Syllabe", "romans-sur-isere", "27 côte du Quatrain", "04 65 71 00 55"),
    Invented("tom-voyelle", "Tom Voyelle", "romans-sur-isere", "27 côte du Quatrain", "04 65 71 00 56"),
    Invented("anna-consonne", "Anna Consonne", "romans-sur-isere", "5 rue de l’Épigraphe", "04 65 71 00 57"),
    Invented("leo-preface", "Léo Préface", "romans-sur-isere", "5 rue de l’Épigraphe", "04 65 71 00 58", reviews=1),
    Invented("eva-epilogue", "Éva Épilogue", "romans-sur-isere", "33 avenue du Sonnet", "04 65 71 00 59"),
    Invented("jade-chapitre", "Jade Chapitre", "romans-sur-isere", "33 avenue du Sonnet", "04 65 71 00 60"),
    Invented("sacha-modele", "Sacha Modèle", "romans-sur-isere", "8 rue du Sosie", "04 65 71 00 61", "Ostéopathe"),
    Invented(
        "tess-glossaire", "Tess Glossaire", "romans-sur-isere", "10 rue du Lexique", "04 65 71 00 62", claimed=False
    ),
)

_SITE_COLUMNS = ("name", "street", "postcode", "town", "insee", "phone")
_COLUMNS = "rpps;civility;family_name;usage_name;first_name;other_first_names;profession;mobile;email;" + ";".join(
    f"site{number}_{column}" for number in (1, 2, 3) for column in _SITE_COLUMNS
)
_VALENCE, _ROMANS = "26000;Valence;26362", "26100;Romans-sur-Isère;26281"
_NO_MORE_SITES = ";" * 12

ROSTER_CSV = "\n".join(
    [
        _COLUMNS,
        # On the site, same address, same telephone: the demo's case.
        f"99900000011;;Exemple;;Camille;;{KINE};;camille@exemple.example;"
        f"Cabinet des Essais;12 rue des Essais;{_VALENCE};04 65 71 00 01{_NO_MORE_SITES}",
        # The site shows another Sacha Modèle: an osteopath, in another town.
        f"99900000029;Madame;Modèle;;Sacha;;{KINE};;sacha@modele.example;"
        f"Cabinet du Parc;30 rue du Parc;{_VALENCE};04 65 71 00 02{_NO_MORE_SITES}",
        # Moved within the town: the site still shows the former address and telephone. A person decides.
        f"99900000037;Monsieur;Spécimen;;Noa;Ange Lou;{KINE};;noa@specimen.example;"
        f";16 place du Déménagement;{_VALENCE};04 65 71 00 03{_NO_MORE_SITES}",
        # Not on the site.
        f"99900000045;Madame;Fictif;;Charlie;;{KINE};;charlie@fictif.example;"
        f"Maison de santé de la Fable;3 rue de la Fable;{_VALENCE};04 65 71 00 04{_NO_MORE_SITES}",
        f"99900000052;Madame;Prototype;Essai;Dominique;;{KINE};;dominique@essai.example;"
        f";22 rue de la Rime;{_ROMANS};04 65 71 00 05{_NO_MORE_SITES}",
        f"99900000060;;Témoin;;Alix;;{KINE};;;;11 côte du Quatrain;{_ROMANS};04 65 71 00 06{_NO_MORE_SITES}",
        "",
    ]
)
"""Six invented physiotherapists, in the columns of `roster import`; UTF-8, `;`."""


class BookingSite:
    """An invented booking site on 127.0.0.1, for as long as the `with` block lasts.

    port: where it listens (0: a free one). hits: path with query, User-Agent and monotonic time of every request.
    """

    def __init__(self, port: int = 0) -> None:
        self.hits: list[tuple[str, str, float]] = []
        self._removed: set[str] = set()
        self._lock = threading.Lock()
        site = self

        class Handler(_Handler):
            world = site

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def url(self) -> str:
        """Return the address for a browser on this machine."""
        return f"http://127.0.0.1:{self.port}/"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def remove(self, slug: str) -> None:
        """Take a person off the site: their page answers 404 and the directory leaves them out."""
        self._known(slug)
        with self._lock:
            self._removed.add(slug)

    def restore(self, slug: str) -> None:
        """Put a person back."""
        self._known(slug)
        with self._lock:
            self._removed.discard(slug)

    def _known(self, slug: str) -> None:
        if all(person.slug != slug for person in PEOPLE):
            raise KeyError(slug)

    def note(self, path: str, agent: str) -> None:
        """Record one request."""
        with self._lock:
            self.hits.append((path, agent, time.monotonic()))

    def people(self) -> tuple[Invented, ...]:
        """Return who is on the site now, in its order."""
        with self._lock:
            return tuple(person for person in PEOPLE if person.slug not in self._removed)

    def answer(self, path: str) -> tuple[int, str, str]:
        """Return status, content type and text for a path with its query."""
        parts = urlsplit(path)
        steps = [step for step in parts.path.split("/") if step]
        match steps:
            case []:
                return 200, _HTML, _front_page()
            case ["robots.txt"]:
                return 200, "text/plain; charset=utf-8", _ROBOTS
            case ["style.css"]:
                return 200, "text/css; charset=utf-8", _CSS
            case ["mentions-legales"]:
                return 200, _HTML, _legal_page()
            case ["masseur-kinesitherapeute", place]:
                return self._directory(place, parts.query)
            case ["masseur-kinesitherapeute", town, slug]:
                for person in self.people():
                    if (person.town, person.slug) == (town, slug):
                        return 200, _HTML, _profile_page(person)
            case ["reservation", slug] if any(p.slug == slug and p.bookable for p in self.people()):
                return 200, _HTML, _page("Réservation", "<h1>Choisissez un créneau</h1><p>Démonstration.</p>")
            case ["compte", *_]:
                return 200, _HTML, _page("Votre compte", "<h1>Connexion</h1><p>Démonstration.</p>")
        return 404, _HTML, _page("Page introuvable", "<h1>Cette page n’existe pas</h1><p><a href='/'>Accueil</a></p>")

    def _directory(self, place: str, query: str) -> tuple[int, str, str]:
        town, _, postcode = place.rpartition("-")
        asked = parse_qs(query).get("page", ["1"])[0]
        number = int(asked) if asked.isascii() and asked.isdigit() else 0
        code, label = TOWNS.get(town, (postcode, town.replace("-", " ").title()))
        here = [p for p in self.people() if p.town == town and code == postcode]
        shown = here[(number - 1) * PER_PAGE : number * PER_PAGE]
        if number < 1 or (number > 1 and not shown):
            return 404, _HTML, _page("Page introuvable", "<h1>Cette page n’existe pas</h1>")
        follows = f"/masseur-kinesitherapeute/{place}?page={number + 1}" if len(here) > number * PER_PAGE else ""
        return 200, _HTML, _directory_page(f"{label} ({postcode})", shown, follows, len(here))


class _Handler(BaseHTTPRequestHandler):
    world: BookingSite
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "reserve-kine-demo", ""

    def do_GET(self) -> None:
        self.world.note(self.path, self.headers.get("User-Agent", ""))
        status, kind, text = self.world.answer(self.path)
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_HEAD = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the hits are the log."""


# --- its pages -------------------------------------------------------------------------------------------------

_HTML = "text/html; charset=utf-8"
_ROBOTS = "User-agent: *\nAllow: /masseur-kinesitherapeute/\nDisallow: /reservation/\nDisallow: /compte/\n"
_CSS = """
body{margin:0;font:16px/1.5 system-ui,sans-serif;color:#1d2b36;background:#f4f7f9}
header,footer{background:#0b5c6b;color:#fff;padding:.8rem 1.2rem}header a,footer a{color:#fff}
header a{font-weight:700;text-decoration:none;font-size:1.2rem}footer{margin-top:3rem;font-size:.9rem}
main{max-width:46rem;margin:1.5rem auto;padding:0 1rem}a{color:#0b5c6b}
.fiche{background:#fff;border:1px solid #d7e0e5;border-radius:8px;padding:1rem 1.2rem;margin:1rem 0}
.fiche h1,.fiche h2{margin:0}.metier{color:#4a5c68;margin:.1rem 0 .6rem}
.reserver{display:inline-block;background:#0b5c6b;color:#fff;padding:.5rem 1rem;border-radius:6px;text-decoration:none}
.ferme{color:#5c6b75}.revendiquer{border-left:4px solid #b8860b;padding-left:.8rem;margin-top:1.2rem}
.suite{display:flex;justify-content:flex-end}
"""


def _page(title: str, body: str, *, head: str = "", blocks: tuple[object, ...] = ()) -> str:
    company = {
        "@context": "https://schema.org",
        "@type": "Organization",
        "name": BRAND,
        "url": f"http://{HOST}/",
        "address": {
            "@type": "PostalAddress",
            "streetAddress": "1 place de la Démonstration",
            "postalCode": "26000",
            "addressLocality": "Valence",
        },
    }
    texts = (json.dumps(block, ensure_ascii=False).replace("</", "<\\/") for block in (company, *blocks))
    scripts = "".join(f'<script type="application/ld+json">{text}</script>\n' for text in texts)
    return (
        '<!doctype html>\n<html lang="fr">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
        f'<title>{escape(title)} | {BRAND}</title>\n<link rel="stylesheet" href="/style.css">\n{head}{scripts}</head>\n'
        f'<body>\n<header><a href="/">{BRAND}</a></header>\n<main>\n{body}\n</main>\n'
        f"<footer>{BRAND}, plateforme inventée pour une démonstration · "
        '<a href="/mentions-legales">Mentions légales</a>'
        "</footer>\n</body>\n</html>\n"
    )


def _front_page() -> str:
    links = "".join(
        f'<li><a href="/masseur-kinesitherapeute/{town}-{code}">Kinésithérapeutes à {label}</a></li>'
        for town, (code, label) in TOWNS.items()
    )
    return _page("Prenez rendez-vous avec un kiné", f"<h1>Prenez rendez-vous avec un kiné</h1>\n<ul>{links}</ul>")


def _legal_page() -> str:
    return _page(
        "Mentions légales",
        "<h1>Mentions légales</h1>\n<p>Éditeur\u00a0: Réserve-Kiné (plateforme inventée), SAS, 1 place de la "
        "Démonstration, 26000 Valence, France.</p>\n<p>Déléguée à la protection des données\u00a0: "
        '<a href="mailto:dpo@reserve-kine.example">dpo@reserve-kine.example</a></p>\n'
        "<p>Hébergeur\u00a0: votre ordinateur.</p>",
    )


def _physician(person: Invented) -> dict[str, Any]:
    code, label = TOWNS[person.town]
    block: dict[str, Any] = {
        "@type": "Physician",
        "name": person.name,
        "medicalSpecialty": person.profession,
        "url": person.path,
        "telephone": person.phone,
        "address": {
            "@type": "PostalAddress",
            "streetAddress": person.street,
            "postalCode": code,
            "addressLocality": label,
            "addressCountry": "FR",
        },
    }
    if person.reviews:
        block["aggregateRating"] = {
            "@type": "AggregateRating",
            "ratingValue": "4.6",
            "reviewCount": str(person.reviews),
        }
    return block


def _card(person: Invented, heading: str) -> str:
    code, label = TOWNS[person.town]
    button = (
        f'<a class="reserver" href="/reservation/{person.slug}">Réserver un créneau</a>'
        if person.bookable
        else '<p class="ferme">Pas de réservation en ligne</p>'
    )
    reviews = f"<p>{person.reviews} avis de patients</p>" if person.reviews else ""
    return (
        f'<article class="fiche" data-id="{person.slug}">\n{heading}\n<p class="metier">{person.profession}</p>\n'
        f"<p>{escape(person.street)}<br>{code} {label}</p>\n<p>{person.phone}</p>\n{reviews}{button}\n</article>\n"
    )


def _profile_page(person: Invented) -> str:
    code, label = TOWNS[person.town]
    crumbs = {
        "@context": "https://schema.org",
        "@type": "BreadcrumbList",
        "itemListElement": [
            {
                "@type": "ListItem",
                "position": 1,
                "name": label,
                "item": f"/masseur-kinesitherapeute/{person.town}-{code}",
            },
            {"@type": "ListItem", "position": 2, "name": person.name, "item": person.path},
        ],
    }
    unclaimed = (
        ""
        if person.claimed
        else f'<p class="revendiquer">{UNCLAIMED_PHRASE}.<br>Informations issues de sources publiques.</p>'
    )
    body = _card(person, f"<h1>{escape(person.name)}</h1>") + unclaimed
    block = {"@context": "https://schema.org", **_physician(person)}
    return _page(f"{person.name}, {person.profession} à {label}", body, blocks=(crumbs, block))


def _directory_page(place: str, people: list[Invented], follows: str, total: int) -> str:
    if not people:
        body = f"<h1>Kinésithérapeutes\u00a0: {escape(place)}</h1>\n<p>{NONE_PHRASE}.</p>"
        return _page(f"Kinésithérapeutes {place}", body)
    cards = "".join(_card(p, f'<h2><a href="{p.path}">{escape(p.name)}</a></h2>') for p in people)
    more = f'<p class="suite"><a rel="next" href="{follows}">Page suivante</a></p>' if follows else ""
    block = {
        "@context": "https://schema.org",
        "@type": "ItemList",
        "itemListElement": [
            {"@type": "ListItem", "position": position, "item": _physician(person)}
            for position, person in enumerate(people, 1)
        ],
    }
    return _page(
        f"Kinésithérapeutes {place}",
        f"<h1>Kinésithérapeutes\u00a0: {escape(place)}</h1>\n<p>{total} praticiens</p>\n{cards}{more}",
        head=f'<link rel="next" href="{follows}">\n' if follows else "",
        blocks=(block,),
    )


# --- the mail server -------------------------------------------------------------------------------------------


class MailSink:
    """A mail server on 127.0.0.1 that keeps what it gets, for as long as the `with` block lasts.

    port: where it listens (0: a free one). messages: the raw bytes of each message accepted, in order.
    """

    def __init__(self, port: int = 0) -> None:
        self.messages: list[bytes] = []
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", port))
        self.port: int = self._socket.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        from aiosmtpd.smtp import SMTP

        # aiosmtpd's own Controller cannot listen on a port the system chooses.
        self._server = self._loop.run_until_complete(
            self._loop.create_server(lambda: SMTP(self, hostname="localhost", enable_SMTPUTF8=True), sock=self._socket)
        )
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:
        """Keep one message."""
        self.messages.append(envelope.original_content)
        return "250 2.0.0 Ok"


def paper(words: str) -> bytes:
    """Return a PDF of one page that shows one line of plain letters: a signed document of the story."""
    line = "".join(c for c in words if c.isascii() and c.isprintable() and c not in "()\\")
    shown = f"BT /F1 11 Tf 60 780 Td ({line}) Tj ET".encode("ascii")
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(shown), shown),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    data, places = f"%PDF-1.7\n%{line}\n".encode("ascii"), []
    for number, each in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj%s endobj\n" % (number, each)
    lines = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    end = b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
    return data + end % (size, lines, size, len(data))
