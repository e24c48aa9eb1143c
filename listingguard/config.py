"""What one home has decided: config.toml as typed, checked values. Knows no defaults of the law and opens no database.

Each description below is the end of the sentence a person reads when the value is refused: « Attendu : … ».
`config.example.toml` documents every key; a test holds the two together.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator
from datetime import time
from pathlib import Path
from typing import Annotated, Literal

# We use none of its plugins; to look for them reads what every installed package says of itself, at each command.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from listingguard.domain.case import Gate
from listingguard.errors import BadConfig

# Nothing here may carry a line break into a mail or HTTP header.
_LINE = r"^[^\x00-\x1f\x7f]*$"
_MAIL = r"^([^\s@<>,;\x00-\x1f\x7f]+@[^\s@<>,;\x00-\x1f\x7f]+)?$"
_TIME = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"

Line = Annotated[str, Field(pattern=_LINE, max_length=200, description="un texte d’une seule ligne, entre guillemets")]
Mail = Annotated[str, Field(pattern=_MAIL, max_length=254, description='une adresse de courriel, ou rien ("")')]
Yes = Annotated[bool, Field(description="true ou false, sans guillemets")]
Clock = Annotated[str, Field(pattern=_TIME, description='une heure de Paris entre guillemets, comme "02:30"')]


class _Section(BaseModel):
    # Built once, as parts of `Settings`, instead of twice.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False, defer_build=True)


class HomeSettings(_Section):
    """Who works here, and how its cases are numbered."""

    acting: Literal["self", "council"] = Field(
        default="self", description='"self" (un kiné, pour lui-même) ou "council" (un conseil de l’Ordre, sur mandat)'
    )
    code: str = Field(
        default="KINE",
        pattern=r"^[A-Z0-9]{2,12}$",
        description='2 à 12 lettres majuscules sans accent ou chiffres, comme "CDO26"',
    )
    person: Line = ""
    simulated: Yes = False


class SenderSettings(_Section):
    """Whose name and address stand at the top of a letter."""

    name: Line = ""
    quality: Line = ""
    street: Line = ""
    postcode: Line = ""
    town: Line = ""
    email: Mail = ""
    phone: Line = ""
    signatory: Line = ""


class ClockSettings(_Section):
    """Which date opens the complaint, and whose public holidays count."""

    cnil_gate: Literal["", "legal", "council"] = Field(
        default="", description='"legal" (échéance légale), "council" (repère du conseil) ou "" (selon home.acting)'
    )
    calendar: Literal[
        "fr",
        "alsace-moselle",
        "alsace-moselle-sans-temple",
        "guadeloupe",
        "martinique",
        "guyane",
        "reunion",
        "mayotte",
        "saint-martin",
        "saint-barthelemy",
    ] = Field(
        default="fr",
        description='"fr", "alsace-moselle", "alsace-moselle-sans-temple", "guadeloupe", "martinique", "guyane", "reunion", "mayotte", '
        '"saint-martin" ou "saint-barthelemy"',
    )


class ScanSettings(_Section):
    """How sites are read; delays in seconds, sizes in bytes."""

    contact: str = Field(
        default="",
        pattern=r"^([A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+|https?://[!-'*-~]+)?$",
        max_length=200,
        description='une adresse de courriel, ou une page https://…, ou rien ("")',
    )
    pace_seconds: float = Field(default=5.0, gt=0, le=3600, description="un nombre de secondes, de 1 à 3600")
    every_days: int = Field(default=7, ge=1, le=365, description="un nombre entier de jours, de 1 à 365")
    max_pages_per_site: int = Field(
        default=300, ge=1, le=100_000, description="un nombre entier de pages, de 1 à 100000"
    )
    max_page_bytes: int = Field(
        default=10_485_760, ge=65_536, le=104_857_600, description="un nombre entier d’octets, de 65536 à 104857600"
    )
    timeout_seconds: float = Field(default=20.0, ge=1, le=300, description="un nombre de secondes, de 1 à 300")
    jitter: float = Field(default=0.3, ge=0, le=2, description="une part de l’attente, de 0 à 2")
    between: str = Field(
        default="",
        pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9])?$",
        description='deux heures de Paris, comme "22:00-06:00", ou rien ("")',
    )
    max_requests_per_day: int = Field(
        default=1000, ge=1, le=100_000, description="un nombre entier de demandes, de 1 à 100000"
    )
    sites_folder: Line = ""

    @property
    def window(self) -> tuple[time, time] | None:
        """Return the hours of Paris between which sites may be read; None: at any hour."""
        first, _, last = self.between.partition("-")
        return (time.fromisoformat(first), time.fromisoformat(last)) if last else None


Address = Annotated[str, Field(pattern=r"^https?://[!-~]+$", max_length=500)]


class EvidenceSettings(_Section):
    """What is kept beside a page, and who bears witness to the hour."""

    browser: Line = Field(default="auto", description='"auto", "off", ou le chemin d’un navigateur Chromium')
    timestamp_authorities: list[Address] = Field(
        default=[], max_length=10, description='une liste d’adresses, comme ["https://horodatage.example/tsa"]'
    )
    timestamp_roots: Line = ""
    ntp_server: str = Field(
        default="", pattern=r"^[A-Za-z0-9.-]*$", max_length=200, description='un nom de serveur de temps, ou rien ("")'
    )
    public_ip_service: str = Field(
        default="", pattern=r"^(https?://[!-~]+)?$", max_length=500, description='une adresse https://…, ou rien ("")'
    )


class MailSettings(_Section):
    """The server that sends letters, and how; without one they become drafts."""

    smtp_host: Line = ""
    smtp_port: int = Field(default=587, ge=1, le=65_535, description="un numéro de port, de 1 à 65535")
    security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description='"starttls", "tls" ou "none" (machine locale seulement)'
    )
    username: Line = ""
    password_file: Line = ""
    token_file: Line = ""
    token_command: list[Line] = Field(
        default=[], max_length=20, description='une commande et ses arguments, comme ["mon-jeton", "--courriel"]'
    )
    from_address: Mail = ""
    recipient_delimiter: str = Field(
        default="auto", pattern=r"^(auto|[+=_-])?$", description='"auto", "+", "-", "=", "_", ou rien ("")'
    )
    per_controller_per_day: int = Field(
        default=20, ge=0, le=10_000, description="un nombre entier d’envois, 0 pour ne pas limiter"
    )
    only_to: Mail = ""

    def password(self) -> str:
        """Return the first line of `password_file`; empty when there is none. Raises BadConfig if it cannot be read."""
        return _secret(self.password_file, "mail.password_file")


class ImapSettings(_Section):
    """The mail box where answers come in, and what is known of who writes there."""

    host: Line = ""
    port: int = Field(default=993, ge=1, le=65_535, description="un numéro de port, de 1 à 65535")
    security: Literal["tls", "starttls", "none"] = Field(
        default="tls", description='"tls", "starttls" ou "none" (machine locale seulement)'
    )
    username: Line = ""
    password_file: Line = ""
    token_file: Line = ""
    token_command: list[Line] = Field(
        default=[], max_length=20, description='une commande et ses arguments, comme ["mon-jeton", "--courriel"]'
    )
    folder: Line = "INBOX"
    done_folder: Line = ""
    sent_folder: Line = ""
    every_minutes: int = Field(default=15, ge=1, le=1440, description="un nombre entier de minutes, de 1 à 1440")
    authserv_id: str = Field(
        default="", pattern=r"^[A-Za-z0-9.-]*$", max_length=200, description='un nom de serveur, ou rien ("")'
    )
    lawyers: list[Line] = Field(
        default=[], max_length=50, description='une liste d’adresses ou de domaines, comme ["me.essai@avocat.example"]'
    )

    def password(self) -> str:
        """Return the first line of `password_file`; empty when there is none. Raises BadConfig if it cannot be read."""
        return _secret(self.password_file, "imap.password_file")


def _secret(file: str, key: str) -> str:
    if not file:
        return ""
    try:
        lines = Path(file).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfig(f"{key}\u00a0: le fichier «\u00a0{file}\u00a0» ne peut pas être lu.") from error
    if not lines or not lines[0]:
        raise BadConfig(f"{key}\u00a0: le fichier «\u00a0{file}\u00a0» est vide.")
    return lines[0]


class RunSettings(_Section):
    """When the unattended work is done; hours are those of Paris."""

    scan_at: Clock = "02:30"
    outbox_every_minutes: int = Field(default=15, ge=1, le=1440, description="un nombre entier de minutes, de 1 à 1440")
    clock_at: Clock = "06:00"


class PackSettings(_Section):
    """Who signs a dossier for the CNIL, and how large one of its files may be."""

    signatures: int = Field(default=1, ge=1, le=2, description="1 ou 2 personnes")
    max_megabytes: int = Field(default=100, ge=5, le=1_900, description="un nombre de mégaoctets, de 5 à 1900")


class Settings(_Section):
    """All of config.toml; a section or key that is left out has its default."""

    home: HomeSettings = Field(default_factory=HomeSettings)
    sender: SenderSettings = Field(default_factory=SenderSettings)
    clock: ClockSettings = Field(default_factory=ClockSettings)
    scan: ScanSettings = Field(default_factory=ScanSettings)
    evidence: EvidenceSettings = Field(default_factory=EvidenceSettings)
    mail: MailSettings = Field(default_factory=MailSettings)
    imap: ImapSettings = Field(default_factory=ImapSettings)
    pack: PackSettings = Field(default_factory=PackSettings)
    run: RunSettings = Field(default_factory=RunSettings)

    @property
    def gate(self) -> Gate:
        """Return when a complaint is drafted unasked; not set: the council's mark for it, the law's for a kiné."""
        return Gate(self.clock.cnil_gate or ("council" if self.home.acting == "council" else "legal"))

    @property
    def mail_from(self) -> str:
        """Return the address letters come from: `mail.from_address`, else `sender.email`; may be empty."""
        return self.mail.from_address or self.sender.email

    def user_agent(self, version: str) -> str:
        """Return how we name ourselves to sites, with whom they may write to.

        Raises BadConfig when no contact is known: nobody reads a site anonymously, but for a simulation at home.

        >>> Settings(scan=ScanSettings(contact="contact@conseil.example")).user_agent("1.0")
        'listingguard/1.0 (+contact@conseil.example)'
        """
        contact = self.scan.contact or self.sender.email
        if not contact and not self.home.simulated:
            raise BadConfig(
                "config.toml, scan.contact\u00a0: il est vide, et sender.email aussi. "
                "Un site doit savoir à qui écrire\u00a0: donnez une adresse de courriel ou une page."
            )
        return f"listingguard/{version} (+{contact or 'simulation'})"


def keys() -> dict[str, object]:
    """Return the default of every key, by its dotted name, in the order of the sections."""
    return {
        f"{section}.{key}": value
        for section, fields in Settings().model_dump().items()
        for key, value in fields.items()
    }


def load(path: Path) -> Settings:
    """Return the settings in `path`; relative file names in it are taken from its folder.

    Raises BadConfig, one sentence per wrong key, naming the file, the key and what is allowed.
    """
    try:
        # Notepad on Windows begins a file with a mark that TOML does not know.
        written = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise BadConfig(
            f"«\u00a0{path}\u00a0»\u00a0: ce fichier ne peut pas être lu\u00a0; «\u00a0listingguard init\u00a0» en écrit un."
        ) from error
    except UnicodeDecodeError as error:
        raise BadConfig(f"«\u00a0{path}\u00a0»\u00a0: ce fichier n’est pas du texte en UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        where = f", ligne {line[1]}" if line else ", à la fin"
        raise BadConfig(
            f"«\u00a0{path}\u00a0»{where}\u00a0: ce n’est pas l’écriture d’un fichier TOML (clé = valeur, textes entre guillemets)."
        ) from error
    try:
        settings = Settings.model_validate(written)
    except ValidationError as error:
        raise BadConfig("\n".join(f"«\u00a0{path}\u00a0», {sentence}" for sentence in _sentences(error))) from error
    wrong = list(_contradictions(settings))
    if wrong:
        raise BadConfig("\n".join(f"«\u00a0{path}\u00a0», {sentence}" for sentence in wrong))
    for section in ("mail", "imap"):
        written_in = getattr(settings, section)
        files = {name: getattr(written_in, name) for name in ("password_file", "token_file")}
        absolute = {name: str(path.parent / Path(file).expanduser()) for name, file in files.items() if file}
        if absolute:
            settings = settings.model_copy(update={section: written_in.model_copy(update=absolute)})
    return settings


def _sentences(error: ValidationError) -> Iterator[str]:
    for detail in error.errors(include_url=False):
        key = ".".join(map(str, detail["loc"]))
        if detail["type"] == "extra_forbidden":
            near = _nearest(key)
            yield f"{key}\u00a0: cette clé n’existe pas." + (f" Vouliez-vous dire {near}\u00a0?" if near else "")
        elif len(detail["loc"]) == 1:
            yield f"{key}\u00a0: c’est une section, elle s’écrit [{key}] sur sa propre ligne."
        else:
            yield f"{key}\u00a0: la valeur {_shown(detail['input'])} est refusée. Attendu\u00a0: {_allowed(key)}."


def _allowed(key: str) -> str:
    section, _, name = key.partition(".")
    field = type(getattr(Settings(), section)).model_fields[name]
    return field.description or ""


def _shown(value: object) -> str:
    text = {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
    return f"«\u00a0{text[:60]}\u00a0»".replace("\n", " ")


def _nearest(key: str) -> str:
    """Return the known key or section most like an unknown one; empty when none is."""
    known = [*keys(), *Settings.model_fields]
    by_name = {name.rpartition(".")[2]: name for name in keys()}
    leaf = key.rpartition(".")[2]
    if leaf in by_name:
        return by_name[leaf]
    # Not needed unless a key is wrong.
    import difflib

    close = difflib.get_close_matches(key, known, n=1, cutoff=0.7)
    if not close:
        close = [by_name[name] for name in difflib.get_close_matches(leaf, by_name, n=1, cutoff=0.75)]
    return close[0] if close else ""


def _contradictions(settings: Settings) -> Iterator[str]:
    """Yield what is wrong only together with something else."""
    mail, pace = settings.mail, settings.scan.pace_seconds
    empty = "\u00a0: la valeur est vide. Attendu\u00a0: "
    if pace < 1 and not settings.home.simulated:
        yield f"scan.pace_seconds\u00a0: la valeur {_shown(pace)} est refusée. Attendu\u00a0: au moins 1 seconde."
    if mail.smtp_host and not settings.mail_from:
        yield f"mail.from_address{empty}l’adresse d’où partent les courriers, ici ou dans sender.email."
    if mail.username and not (mail.password_file or mail.token_file or mail.token_command):
        yield f"mail.password_file{empty}le fichier qui contient le mot de passe de mail.username (ou un jeton)."
    if (mail.token_file or mail.token_command) and not mail.username:
        yield f"mail.username{empty}le compte dont le jeton est celui."
    if mail.only_to and not mail.smtp_host:
        yield f"mail.smtp_host{empty}le serveur d’envoi, sans lequel il n’y a pas d’essai (mail.only_to)."
    if mail.username and mail.security == "none" and mail.smtp_host not in {"localhost", "127.0.0.1", "::1"}:
        yield 'mail.security\u00a0: un mot de passe ne part pas en clair. Attendu\u00a0: "starttls" ou "tls".'
    imap = settings.imap
    if imap.host and not (imap.username or mail.username):
        yield f"imap.username{empty}le compte de la boîte, ici ou dans mail.username."
    if imap.username and not (imap.password_file or imap.token_file or imap.token_command):
        yield f"imap.password_file{empty}le fichier qui contient le mot de passe de imap.username (ou un jeton)."
    if imap.sent_folder and not imap.host:
        yield f"imap.host{empty}la boîte où ranger une copie de ce qui part (imap.sent_folder)."
    if imap.sent_folder and imap.sent_folder in {imap.folder, imap.done_folder}:
        yield 'imap.sent_folder\u00a0: ce dossier reçoit déjà les réponses. Attendu\u00a0: un autre, comme "Sent" ou "Envoyés".'
    if imap.host and imap.security == "none" and imap.host not in {"localhost", "127.0.0.1", "::1"}:
        yield 'imap.security\u00a0: un mot de passe ne part pas en clair. Attendu\u00a0: "tls" ou "starttls".'
