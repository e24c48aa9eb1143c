"""What a page kept as evidence is: its manifest, its sheet in French, what it proves and what it does not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from listingguard.domain.case import Acting
from listingguard.domain.french import NBSP, PARIS, french_day, plural
from listingguard.domain.listing import Page
from listingguard.domain.practitioner import Mandate
from listingguard.domain.record import CaptureRow

FORMAT = "listingguard-capture/3"
"""Written in every manifest; those of the first version have no such key, and all are read all the same.

From the third on, what an archive that a person brought says of its own exchange stands under `archive`, and never
where we write what we observed.
"""

NONE_SHOWN = "none"
"""What a person says of a page that shows no listing, in place of a listing's key."""

NOT_RECORDED = "non relevé"


class Origin(StrEnum):
    """How the bytes came to us: a scan, a page that a person saved, or one that only a person can read."""

    SCAN = "scan"
    IMPORT = "import"
    LOOK_UP = "look-up"

    @property
    def label(self) -> str:
        """Return the French words shown on screen."""
        return {
            "scan": "lue par le programme",
            "import": "enregistrée par une personne",
            "look-up": "vue et décrite par une personne",
        }[self.value]


class Said(StrEnum):
    """Whose word a fact of a capture is, when the program did not observe it."""

    PERSON = "person"
    ARCHIVE = "archive"
    FILE = "file"

    @property
    def label(self) -> str:
        """Return the French words shown on screen."""
        return {
            "person": "dit par la personne",
            "archive": "dit par l’archive",
            "file": "dit par le fichier",
        }[self.value]


class Basis(StrEnum):
    """Why we may keep the page. Source: the law page, part 6; the mandate, where there is one, comes in `basis_of`."""

    MISSION = "mission"
    REQUEST = "request"

    @property
    def label(self) -> str:
        """Return the French words shown on screen."""
        return {
            "mission": "mission du conseil de l’Ordre (article\u00a0L.\u00a04321-14 du code de la santé publique)",
            "request": "demande de la personne concernée elle-même",
        }[self.value]


def basis_for(acting: Acting) -> Basis:
    """Return the basis on which a home keeps pages."""
    return Basis.MISSION if acting is Acting.COUNCIL else Basis.REQUEST


class TokenStatus(StrEnum):
    """What we could check ourselves of a time-stamp when it came."""

    VERIFIED = "verified"
    UNVERIFIED = "unverified"

    @property
    def label(self) -> str:
        """Return the French words shown on screen."""
        return {"verified": "vérifié", "unverified": "reçu, non vérifié par nous"}[self.value]


@dataclass(frozen=True)
class TokenRow:
    """One time-stamp (RFC 3161) of a capture's manifest: who gave it, its raw bytes in the vault, when it came, UTC."""

    capture: str
    authority: str
    sha256: str
    status: TokenStatus
    at: datetime


@dataclass(frozen=True)
class Artefact:
    """One file of a capture: its name in an export, its media type, its size in bytes, its name in the vault."""

    name: str
    media_type: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Hop:
    """One exchange as the manifest tells it. `location`: where it sent us, empty for the last.

    tls: of its connection: `protocol`, `cipher`, and of the certificate `sha256` (of its DER bytes), `subject`,
    `issuer`, `not_before`, `not_after`; None without TLS.
    """

    url: str
    at: datetime
    status: int
    location: str
    address: str
    port: int
    tls: Mapping[str, str] | None


# -- the manifest -----------------------------------------------------------------------------------------------------


def manifest(
    page: Page,
    hops: Sequence[Hop],
    *,
    sha256: str,
    day: date,
    at: datetime,
    origin: Origin,
    by: str,
    basis: Basis,
    simulated: bool,
    environment: Mapping[str, Any],
    facts: Mapping[str, Any],
    robots: Mapping[str, Any] | None,
    public_ip: str,
    clock_offset: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """Return everything the manifest says but `artefacts`, which are only known once this is in the WARC.

    sha256: of the page's body. hops: the exchanges, in order; none for a page that a person saved. environment: how
    the program looked; facts: what the browser or the person adds, as they are. null, or an empty text: not recorded.
    The first twelve keys are those of the first version: packs, exports and verifiers read them.
    """
    last, seen = hops[-1] if hops else None, origin is Origin.SCAN
    told = {
        "redirects": [
            {"url": h.url, "status": h.status, "location": h.location, "address": h.address, "at": h.at.isoformat()}
            for h in hops[:-1]
        ],
        "address": last.address if last else "",
        "port": last.port if last else None,
        "tls": dict(last.tls) if last and last.tls else None,
    }
    nothing: dict[str, Any] = {"redirects": [], "address": "", "port": None, "tls": None}
    if last is not None and not seen:
        # Whoever wrote the archive may have written anything in it: none of this did we observe.
        names = ("user_agent", "cookies")
        archive = {**told, "status": page.status, **{name: environment.get(name) or "" for name in names}}
        environment = {**environment, **dict.fromkeys(names)}
    # The browser says of its own cookies and cache what the program says of its: neither hides the other.
    kept = {f"fetch_{key}": value for key, value in environment.items() if facts.get(key, value) != value}
    return {
        "url": page.url,
        "final_url": page.final_url,
        "status": page.status,
        "headers": [list(h) for h in page.headers],
        "sha256": sha256,
        "size": len(page.body),
        "at": at.isoformat(),
        "day": day.isoformat(),
        # In a simulated home the day is invented; when the machine really read the page is never lost.
        "machine_at": page.at.isoformat(),
        "origin": origin.value,
        "by": by,
        "simulated": simulated,
        "format": FORMAT,
        "paris": at.astimezone(PARIS).isoformat(),
        "clock_offset": dict(clock_offset) if clock_offset else None,
        "basis": basis.value,
        **(told if seen else nothing),
        "public_ip": public_ip,
        "robots": dict(robots) if robots else None,
        "environment": {**environment, **kept, **facts},
        **({"archive": archive} if last is not None and not seen else {}),
    }


def moment_said_by(manifest: Mapping[str, Any]) -> Said | None:
    """Return whose word the moment of a page is that a person brought; None when nobody knows it, or we read it.

    Captures of the first versions may have no moment but the one at which they were brought.
    """
    environment = manifest.get("environment") or {}
    if environment.get("seen_at"):
        return Said.PERSON
    for key, said in (("archived_at", Said.ARCHIVE), ("file_dated_at", Said.FILE)):
        if environment.get(key) and _moment(environment[key]) == _moment(manifest["at"]):
            return said
    return None


def moment_known(manifest: Mapping[str, Any]) -> bool:
    """Return True when a capture shows what was there at a moment that we, or somebody, can name.

    One without may have been saved at any time before: it is never a fresh one.
    """
    return Origin(manifest["origin"]) is Origin.SCAN or moment_said_by(manifest) is not None


def _moment(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return None


# -- what a file brought by a person is -------------------------------------------------------------------------------


class Kind(StrEnum):
    """What the bytes of a file are, by the bytes alone. PAGE: anything a site adapter may try to read."""

    PAGE = "page"
    WARC = "warc"
    WACZ = "wacz"
    PDF = "pdf"
    PNG = "png"
    JPEG = "jpeg"
    HEIC = "heic"

    @property
    def label(self) -> str:
        """Return the French words shown on screen."""
        return {
            "page": "une page",
            "warc": "une archive WARC",
            "wacz": "une archive WACZ",
            "pdf": "un document PDF",
            "png": "une image PNG",
            "jpeg": "une image JPEG",
            "heic": "une image HEIC",
        }[self.value]

    @property
    def media_type(self) -> str:
        """Return the media type; empty for a page, whose own headers say it."""
        return {
            "warc": "application/warc",
            "wacz": "application/wacz",
            "pdf": "application/pdf",
            "png": "image/png",
            "jpeg": "image/jpeg",
            "heic": "image/heic",
        }.get(self.value, "")

    @property
    def seen_only(self) -> bool:
        """Return True when no program of ours reads it: a person says what it shows."""
        return self in (Kind.PDF, Kind.PNG, Kind.JPEG, Kind.HEIC)


_HEIF = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}


def kind_of(data: bytes) -> Kind:
    """Return what the bytes are; names and declared types are not asked.

    >>> kind_of(b"%PDF-1.7 ..."), kind_of(b"<html>"), kind_of(b"WARC/1.1\\r\\n")
    (<Kind.PDF: 'pdf'>, <Kind.PAGE: 'page'>, <Kind.WARC: 'warc'>)
    """
    if data.startswith((b"WARC/", b"\x1f\x8b")):
        return Kind.WARC
    if data.startswith(b"PK\x03\x04"):
        return Kind.WACZ
    if data.startswith(b"%PDF-"):
        return Kind.PDF
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return Kind.PNG
    if data.startswith(b"\xff\xd8\xff"):
        return Kind.JPEG
    if data[4:8] == b"ftyp" and data[8:12] in _HEIF:
        return Kind.HEIC
    return Kind.PAGE


_SUFFIX = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "application/json": ".json",
    "text/plain": ".txt",
    "multipart/related": ".mhtml",
    "application/x-webarchive": ".webarchive",
    "application/pdf": ".pdf",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/heic": ".heic",
}


def media_type(page: Page) -> str:
    """Return the media type of a page's bytes: what they plainly are, else what its headers say, else HTML or JSON."""
    known = kind_of(page.body).media_type
    if known:
        return known
    start = page.body[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"bplist00"):
        return "application/x-webarchive"
    if re.search(rb"(?mi)^content-type:\s*multipart/related", start) and not start.startswith(b"<"):
        return "multipart/related"
    declared = page.header("content-type").partition(";")[0].strip().lower()
    if re.fullmatch(r"[a-z0-9.+-]+/[a-z0-9.+-]+", declared):
        return declared
    return "application/json" if start[:1] in (b"{", b"[") else "text/html"


def suffix_of(media: str) -> str:
    """Return the ending of a file name for a media type; `.bin` for one we do not know."""
    return ".json" if media.endswith("+json") else _SUFFIX.get(media, ".bin")


# -- what people read -------------------------------------------------------------------------------------------------

_ENVIRONMENT = {
    "tool": "Programme",
    "python": "Python",
    "system": "Système",
    "user_agent": "Nom donné au site (User-Agent)",
    "cookies": "Cookies",
    "cache": "Cache",
    "proxy": "Serveur mandataire (proxy)",
    "account": "Compte utilisé",
    "clicks": "Clics (bandeau de consentement compris)",
    "viewport": "Fenêtre du navigateur",
}
# Told only where there is something to tell.
_MORE = {
    "fetch_cookies": "Cookies du programme",
    "fetch_cache": "Cache du programme",
    "fetch_clicks": "Clics du programme",
    "browser": "Navigateur",
    "browser_user_agent": "Nom donné au site par le navigateur",
    "browser_locale": "Langue et fuseau du navigateur",
    "browser_at": "Heure de la photographie (UTC)",
    "browser_url": "Adresse affichée par le navigateur",
    "browser_status": "Réponse faite au navigateur",
    "browser_address": "Adresse IP jointe par le navigateur",
    "javascript": "Scripts de la page exécutés",
    "page_height": "Hauteur de la page (points)",
    "page_height_shown": "Hauteur photographiée (points)",
    "files_asked": "Fichiers de la page demandés au site",
    "files_not_loaded": "Fichiers non chargés",
    "third_parties_not_loaded": "Autres sites, non chargés",
    "lacks": "Ce qui manque",
    "pace": "Secondes entre deux demandes",
    "seen_at": "Heure de la visite, dite par la personne",
    "witness": "Page voisine vue à la même visite",
    "shows": "Ce que la page montre, dit par la personne",
    "file": "Fichier apporté",
    "file_sha256": "SHA-256 du fichier apporté",
    "file_saved_at": "Date du fichier apporté (UTC)",
    "archived_at": "Heure de la page, dite par l’archive apportée (UTC)",
    "file_dated_at": "Heure de la page, dite par le fichier apporté (UTC)",
    "about": "Personne que la page concerne, dit par la personne",
}


def artefact(manifest: Mapping[str, Any], name: str) -> str:
    """Return the SHA-256 of the file of that name in a capture; empty when it has none."""
    return next((str(a["sha256"]) for a in manifest.get("artefacts") or () if a["name"] == name), "")


def picture(manifest: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the picture of the page: the browser's, or the one a person brought; empty without any."""
    brought = (
        str(a["sha256"])
        for a in manifest.get("artefacts") or ()
        if a["name"].startswith("body.") and a["media_type"].startswith("image/")
    )
    return artefact(manifest, "page.png") or next(brought, "")


def sheet(manifest: Mapping[str, Any], rests_on: str = "") -> tuple[tuple[str, str], ...]:
    """Return the technical sheet as (label, value), after NF Z67-147; what was not recorded is said so.

    rests_on: the label of `basis_of`, where the mandates are known; the basis alone without it.
    Values come from the site too: whoever prints them must take them for text.
    """
    return tuple((label, one_line(value)) for label, value in _sheet(manifest, rests_on))


def one_line(value: str) -> str:
    """Return a text that comes from a site or a file, on one line and without signs that steer a terminal."""
    return "".join(sign if sign.isprintable() or sign == NBSP else " " for sign in value)


def _sheet(m: Mapping[str, Any], rests_on: str) -> Iterator[tuple[str, str]]:
    seen = Origin(m["origin"]) is Origin.SCAN
    # In the second version, what an archive said stood where our own facts do.
    archive = m.get("archive") or (m if not seen and m.get("address") else None)
    told, by = (m, "") if seen or archive is None else (archive, f", {Said.ARCHIVE.label}")
    yield "Adresse demandée", str(m["url"]) + ("" if seen else f", {Said.PERSON.label}")
    for hop in told.get("redirects") or ():
        yield "Redirection", f"{hop['url']} → {hop['location']} (code {hop['status']}, {hop['address']}){by}"
    yield "Adresse affichée", str(m["final_url"]) + (by or ("" if seen else f", {Said.PERSON.label}"))
    yield "Origine", Origin(m["origin"]).label + (f", par {m['by']}" if m.get("by") else "")
    yield "Code de réponse", f"{m['status']}{by}" if seen or archive is not None else NOT_RECORDED
    at, when = datetime.fromisoformat(m["at"]), ""
    if not seen:
        who = moment_said_by(m)
        when = f", {who.label}" if who else "\u00a0; moment inconnu\u00a0: heure à laquelle le fichier a été apporté"
    yield "Heure UTC", at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S") + when
    yield "Heure de Paris", at.astimezone(PARIS).strftime("%Y-%m-%d %H:%M:%S (UTC%z)") + when
    if m.get("simulated"):
        yield "Jour simulé", f"oui\u00a0; horloge de la machine\u00a0: {m['machine_at']}"
    clock = m.get("clock_offset")
    server = f" d’après {clock['server']}" if clock and clock["server"] else ""
    yield "Écart de l’horloge", f"{clock['milliseconds']:+d}\u00a0ms{server}" if clock else NOT_RECORDED
    yield "Adresse IP du site", _recorded(told.get("address"), "non relevée", by)
    yield "Notre adresse IP publique", _recorded(m.get("public_ip"), "non relevée")
    yield from _tls(told.get("tls") or {}, str(m["final_url"]), seen or archive is not None, by)
    environment = m.get("environment") or {}
    for key, label in _ENVIRONMENT.items():
        exchanged = key in _EXCHANGED
        source = m["archive"] if exchanged and m.get("archive") else environment
        yield label, _recorded(source.get(key), by=by if exchanged else "")
    for key, value in environment.items():
        if key not in _ENVIRONMENT and value not in (None, "", [], {}):
            yield _MORE.get(key, key), _told(value)
    robots = m.get("robots")
    if robots:
        read = f"lu le {robots['fetched_at']}, code {robots['status']}, SHA-256 {robots['sha256']}"
        yield "robots.txt", f"{robots['url']}\u00a0: {read}\u00a0; rien n’y interdit cette lecture"
    else:
        yield "robots.txt", NOT_RECORDED
    yield "Fondement", rests_on or (Basis(m["basis"]).label if m.get("basis") else NOT_RECORDED)
    yield "Contenu", f"{plural(int(m['size']), 'octet')}, SHA-256 {m['sha256']}"
    for artefact in m.get("artefacts") or ():
        size = plural(int(artefact["size"]), "octet")
        yield "Fichier", f"{artefact['name']} ({artefact['media_type']}, {size}), SHA-256 {artefact['sha256']}"


_EXCHANGED = ("user_agent", "cookies")
"""What an exchange tells of whoever asked."""


def _tls(tls: Mapping[str, Any], url: str, observed: bool, by: str) -> Iterator[tuple[str, str]]:
    if observed and not url.startswith("https:"):
        yield "Protocole", f"HTTP, sans chiffrement{by}"
        return
    yield "Protocole", _recorded(" ".join(filter(None, (tls.get("protocol"), tls.get("cipher")))), by=by)
    yield "Certificat TLS", f"SHA-256 {tls['sha256']}{by}" if tls.get("sha256") else NOT_RECORDED
    for key, label in (("subject", "Titulaire du certificat"), ("issuer", "Émetteur du certificat")):
        if tls.get(key):
            yield label, f"{tls[key]}{by}"
    if tls.get("not_after"):
        yield "Validité du certificat", f"du {tls['not_before']} au {tls['not_after']}{by}"


def _told(value: object) -> str:
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, Mapping):
        return "\u00a0; ".join(f"{key}\u00a0: {_told(each)}" for key, each in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(_told, value))
    return "aucune fiche" if value == NONE_SHOWN else str(value)


def _recorded(value: object, otherwise: str = NOT_RECORDED, by: str = "") -> str:
    return f"{_told(value)}{by}" if value not in (None, "") else otherwise


def proves(manifest: Mapping[str, Any], tokens: Sequence[TokenRow]) -> tuple[str, ...]:
    """Return in French what the capture proves, one sentence each."""
    said = ["Ces octets, et la fiche technique qui les décrit, n’ont pas changé depuis leur enregistrement."]
    for token in tokens:
        if token.status is TokenStatus.VERIFIED:
            said.append(f"Ils existaient à l’heure que l’autorité d’horodatage {token.authority} a signée.")
    return tuple(said)


def does_not_prove(manifest: Mapping[str, Any], tokens: Sequence[TokenRow]) -> tuple[str, ...]:
    """Return in French what the capture leaves open, one sentence each; never empty."""
    origin = Origin(manifest["origin"])
    said = ["Que le site les a bien envoyés\u00a0: une empreinte dit que rien n’a changé, pas d’où cela vient."]
    if origin is not Origin.SCAN:
        said.append("Ce que la personne dit de sa visite\u00a0: le programme n’y était pas.")
        if manifest.get("archive") or manifest.get("address"):
            said.append(
                "Ce que l’archive dit de l’échange (heure, adresses, certificat)\u00a0: quiconque a pu l’écrire."
            )
        if not moment_known(manifest):
            said.append("Le jour où la page se montrait ainsi\u00a0: ni le fichier ni la personne ne l’a dit.")
    if not any(t.status is TokenStatus.VERIFIED for t in tokens):
        unverified = "\u00a0; le jeton reçu n’a pas été vérifié par nous" if tokens else ""
        said.append(f"L’heure, sinon par l’horloge de cette machine\u00a0: aucun horodatage vérifié{unverified}.")
    if manifest.get("simulated"):
        said.append("Quoi que ce soit de réel\u00a0: le jour est simulé.")
    said.append("C’est une capture, pas un constat\u00a0: seul un commissaire de justice dresse un constat.")
    return tuple(said)


# -- what it rests on -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rests:
    """What a capture rests on: its basis (None: kept by the first version, which did not note it), and the mandate."""

    basis: Basis | None
    mandate: Mandate | None

    @property
    def label(self) -> str:
        """Return the French words shown on screen."""
        basis = self.basis.label if self.basis else f"fondement {NOT_RECORDED}"
        if self.mandate is None:
            return basis
        return f"{basis}, et mandat du {french_day(self.mandate.since)} (jusqu’au {french_day(self.mandate.until)})"


def basis_of(capture: CaptureRow, mandates: Iterable[Mandate]) -> Rests:
    """Return what a capture rests on: its own basis, and the mandate valid on its day, the longest where several are.

    mandates: of the practitioner whose listing it shows. A capture made before the mandate began, after it ended or
    once it was revoked rests on its basis alone: a mandate never reaches back.
    """
    basis = capture.manifest.get("basis")
    valid = [m for m in mandates if m.valid(capture.day)]
    return Rests(Basis(basis) if basis else None, max(valid, key=lambda m: m.until, default=None))
