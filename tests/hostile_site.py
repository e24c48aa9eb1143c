"""A booking site that does everything wrong, on loopback: raw sockets, one behaviour per host and day; nothing of ours.

Every hit is noted with the server's own clock, so that pace and forbidden paths are judged by the victim, not by us.
"""

from __future__ import annotations

import gzip
import json
import socket
import struct
import threading
import time
import zlib
from collections import defaultdict
from collections.abc import Callable
from itertools import pairwise
from typing import Self

BRAND = "Annuaire du Piège"
NONE_PHRASE = "Aucun kiné à cette adresse"
FILLER = "<p>Un cabinet, des séances, un parking, une salle d’attente, un bilan, des exercices.</p>" * 250

ROBOTS = "User-agent: *\nDisallow: /prive/\nCrawl-delay: 0.2\n"


def person(name: str, slug: str, *, town: str = "Valence", postcode: str = "26000", phone: str = "04 65 71 00 01",
           profession: str = "Masseur-kinésithérapeute", street: str = "12 rue des Essais") -> dict[str, object]:  # fmt: skip
    """Return the schema.org object of an invented person."""
    return {
        "@context": "https://schema.org", "@type": "Physician", "name": name, "url": f"/kine/{slug}",
        "medicalSpecialty": profession, "telephone": phone,
        "address": {"@type": "PostalAddress", "streetAddress": street, "postalCode": postcode, "addressLocality": town},
    }  # fmt: skip


CAMILLE = person("Camille Exemple", "camille-exemple")
CANARY = person("Lou Canevas", "lou-canevas", phone="04 65 71 00 21", street="2 rue du Gabarit")
HOMONYM = person("Camille Exemple", "camille-exemple", town="Lille", postcode="59000", phone="03 53 01 00 09",
                 profession="Orthophoniste", street="80 rue du Mirage")  # fmt: skip


def html(*people: dict[str, object], body: str = "", next_url: str = "", charset: str = "utf-8") -> bytes:
    """Return a normal page of the site: its header, its people as JSON-LD, 20 KB of words."""
    links = "".join(f'<a href="{p["url"]}">{p["name"]}</a>' for p in people)
    following = f'<a rel="next" href="{next_url}">Suivant</a>' if next_url else ""
    block = json.dumps(list(people), ensure_ascii=False)
    text = (
        f'<!doctype html><html lang="fr"><head><title>{BRAND}</title><script type="application/ld+json">{block}</script>'
        f"</head><body><header>{BRAND}</header>{links}{following}{body}{FILLER}</body></html>"
    )
    return text.encode(charset, "replace")


Send = Callable[[socket.socket, "HostileSite", str], None]


def answer(body: bytes, status: int = 200, **headers: str) -> Send:
    """Return a behaviour that sends a whole answer."""
    named = {"Content-Type": "text/html; charset=utf-8"} | {k.replace("_", "-"): v for k, v in headers.items()}

    def send(sock: socket.socket, site: HostileSite, host: str) -> None:
        lines = "".join(f"{k}: {v}\r\n" for k, v in named.items())
        sock.sendall(f"HTTP/1.1 {status} X\r\n{lines}Content-Length: {len(body)}\r\n\r\n".encode() + body)

    return send


def redirect(location: str, status: int = 302) -> Send:
    """Return a behaviour that leads elsewhere; {port} is this server's own."""

    def send(sock: socket.socket, site: HostileSite, host: str) -> None:
        answer(b"", status, Location=location.format(port=site.port, host=host))(sock, site, host)

    return send


def gzip_bomb(sock: socket.socket, site: HostileSite, host: str) -> None:
    """Send one gigabyte in one megabyte."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = b"\0" * (1 << 20)
    packed = b"".join(packer.compress(zeros) for _ in range(1024)) + packer.flush()
    answer(packed, Content_Encoding="gzip")(sock, site, host)


def drip(sock: socket.socket, site: HostileSite, host: str) -> None:
    """Send one byte a second, as long as someone listens."""
    sock.sendall(b"HTTP/1.1 200 X\r\nContent-Type: text/html\r\nContent-Length: 90000\r\n\r\n")
    for _ in range(30):
        if site.closing.wait(1):
            return
        sock.sendall(b"<")


def reset(sock: socket.socket, site: HostileSite, host: str) -> None:
    """Break off in the middle of the body, rudely: what came first looks like a whole page."""
    sock.sendall(b"HTTP/1.1 200 X\r\nContent-Type: text/html\r\nContent-Length: 90000\r\n\r\n" + html(CANARY)[:9000])
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def cut(sock: socket.socket, site: HostileSite, host: str) -> None:
    """Send half of a chunked body and hang up politely."""
    part = html()[:4000] + f"<p>{NONE_PHRASE}</p>".encode()
    sock.sendall(b"HTTP/1.1 200 X\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n")
    sock.sendall(f"{len(part):x}\r\n".encode() + part + b"\r\n")


CHALLENGE = answer(b"<!doctype html><title>Just a moment...</title><p>V\xc3\xa9rification de votre navigateur.</p>")
LATIN = answer(html(person("Camille Exemple", "camille-exemple", street="3 allée de l'Été"), charset="cp1252"))
BOMB_XML = (
    b'<?xml version="1.0"?><!DOCTYPE u [<!ENTITY a "http://x.example/kine/camille-exemple"><!ENTITY passwd SYSTEM '
    b'"file:///etc/passwd">' + b"".join(
        b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9)
    ) + b"]><urlset><url><loc>&j;&passwd;</loc></url></urlset>"
)  # fmt: skip


class HostileSite:
    """The server. `pages[host][path]` says how a path behaves now; a path without its own behaviour is a normal page.

    hits: host -> [(seconds by the server's clock, path)]. secret: hits on what nobody from outside may reach.
    """

    def __init__(self) -> None:
        self.pages: defaultdict[str, dict[str, Send]] = defaultdict(dict)
        self.robots: defaultdict[str, str] = defaultdict(lambda: ROBOTS)
        self.hits: defaultdict[str, list[tuple[float, str]]] = defaultdict(list)
        self.secret: list[str] = []
        # Hosts that keep whoever asks for a third page waiting, until they are taken out.
        self.held: set[str] = set()
        self.closing = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._listener.close()

    def gaps(self, host: str) -> list[float]:
        """Return the seconds between the requests one host saw."""
        times = [moment for moment, _ in self.hits[host]]
        return [later - earlier for earlier, later in pairwise(times)]

    def paths(self, host: str) -> list[str]:
        """Return the paths one host was asked for, in order."""
        return [path for _, path in self.hits[host]]

    def _accept(self) -> None:
        while not self.closing.is_set():
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        with sock:
            try:
                head = b""
                while b"\r\n\r\n" not in head:
                    more = sock.recv(65536)
                    if not more:
                        return
                    head += more
                moment = time.monotonic()
                path = head.split(b" ", 2)[1].decode("latin-1")
                fields = dict(line.split(": ", 1) for line in head.decode("latin-1").split("\r\n")[1:] if ": " in line)
                host = next((v for k, v in fields.items() if k.lower() == "host"), "").partition(":")[0]
                if path.startswith("/secret") or not host.endswith(".example"):
                    self.secret.append(f"{host}{path}")
                self.hits[host].append((moment, path))
                while host in self.held and len(self.hits[host]) > 2 and not self.closing.is_set():
                    time.sleep(0.02)
                self._behaviour(host, path)(sock, self, host)
            except OSError:
                return

    def _behaviour(self, host: str, path: str) -> Send:
        own = self.pages[host].get(path)
        if own:
            return own
        bare = path.partition("?")[0]
        if bare == "/robots.txt":
            return answer(self.robots[host].encode(), Content_Type="text/plain")
        if bare == "/kines/valence-26000":
            return answer(html(CANARY, CAMILLE, body='<a href="/prive/kine/camille-exemple">compte</a>'))
        if bare == "/kine/camille-exemple":
            return answer(html(CAMILLE))
        if bare == "/kine/lou-canevas":
            return answer(html(CANARY))
        return answer(html(body="<p>Page introuvable</p>"), 404)


def gz(data: bytes) -> bytes:
    """Return the bytes as a .gz file."""
    return gzip.compress(data, mtime=0)
