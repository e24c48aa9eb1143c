"""The composition root: the one place that imports edge, builds its objects, and hands them to the flow."""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shlex
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from listingguard import __version__
from listingguard.domain import frequencies
from listingguard.domain.case import Acting, Place, Rules
from listingguard.domain.french import PARIS
from listingguard.errors import BadConfig, BadInput, Busy, ListingguardError, NoHome, Refused

if TYPE_CHECKING:
    from listingguard.config import Settings
    from listingguard.domain.frequencies import Frequencies
    from listingguard.domain.record import CaptureRow, LetterRow
    from listingguard.domain.third_party import Known
    from listingguard.edge.browser import Camera
    from listingguard.edge.evidence import Evidence, Surroundings
    from listingguard.edge.fetch import Fetcher, Lease
    from listingguard.edge.guard import Idle
    from listingguard.edge.mail import Mailer
    from listingguard.edge.mailbox import Mailbox
    from listingguard.edge.readers import Readers as Readers  # noqa: PLC0414 - the command line names it too
    from listingguard.edge.render import Renderer
    from listingguard.edge.stamp import Stamper
    from listingguard.edge.store import Store
    from listingguard.edge.vault import Vault
    from listingguard.flow.complain import Leaving, Writer
    from listingguard.flow.dispatch import Posting
    from listingguard.flow.inbox import Mailroom
    from listingguard.flow.letter import Office
    from listingguard.flow.masking import MaskedCopy
    from listingguard.flow.scan import Desk, HostResult, Plan, Progress
    from listingguard.flow.sent_copies import Copies
    from listingguard.sites import Sites

DATABASE = "listingguard.db"


def _frequencies() -> Frequencies:
    from listingguard.edge.frequencies import shipped_frequencies

    return shipped_frequencies()


# Whoever matches in this process weighs names by the shipped tables, loaded when first needed.
frequencies.use(_frequencies)

# What commands without a home need from edge; each is imported only when it is used.
_REEXPORTS = {
    "read_roster": "roster",
    "read_tracking": "tracking",
    "abroad": "calendar",
    "calendar": "calendar",
    "calendar_file": "ics",
    "verify_pack": "pack_check",
    "verify_parts": "pack_check",
    "write_pack": "pack",
    "sqlite_version": "store",
    "address_hash": "store",
    "check_png": "mask",
    "sheet_pdf": "sheet",
    "is_scan": "outlook",
    "is_mbox": "outlook",
    "mails_in": "outlook",
    "safe_html": "outlook",
    "HomeKey": "transfer_file",
    "write_case": "transfer_file",
    "read_case": "transfer_file",
    "capture_of": "transfer_rows",
    "whole_file": "whole",
}


def __getattr__(name: str) -> Any:
    if name in _REEXPORTS:
        return getattr(import_module(f"listingguard.edge.{_REEXPORTS[name]}"), name)
    raise AttributeError(name)


def shipped(name: str) -> Path:
    """Return where `scrapers`, `letters` or `config.example.toml` lies: installed, or in the repository."""
    packaged = Path(__file__).parent / "_shipped" / name
    return packaged if packaged.exists() else Path(__file__).parent.parent / name


def find_home(wanted: str | None) -> Path:
    """Return the data folder: --home, else LISTINGGUARD_HOME, else the nearest parent folder, else the platform's.

    Raises NoHome, which names `init`, when none of them holds a database.
    """
    named = wanted or os.environ.get("LISTINGGUARD_HOME")
    if named:
        folder = Path(named).expanduser()
        if not (folder / DATABASE).is_file():
            what = (
                "est un fichier, pas un dossier de données" if folder.is_file() else "n’est pas un dossier de données"
            )
            target = "mon-dossier" if folder.is_file() else quoted(folder)
            raise NoHome(f"« {folder} » {what}. Pour en créer un : listingguard init {target}")
        return folder
    for folder in (Path.cwd(), *Path.cwd().parents, default_home()):
        if (folder / DATABASE).is_file():
            return folder
    raise NoHome("Aucun dossier de données ici. Pour en créer un : listingguard init mon-dossier")


def quoted(value: object) -> str:
    """Return the value as one word of a command line to copy, quoted where it needs to be."""
    return subprocess.list2cmdline([str(value)]) if os.name == "nt" else shlex.quote(str(value))


def default_home() -> Path:
    """Return the folder the platform sets aside for a program's data."""
    from platformdirs import user_data_path

    return user_data_path("listingguard", appauthor=False)


_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
"""Of a code drawn by lot: no vowel, so that it spells nothing."""


def default_code(acting: Acting) -> str:
    """Return the code of a new home's case numbers: for a kiné, four letters drawn by lot make it one of its own.

    They come from nothing personal. Two kinés' cases that one council takes over bear different numbers.
    """
    if acting is Acting.COUNCIL:
        return "CDO"
    return "KINE" + "".join(secrets.choice(_LETTERS) for _ in range(4))


def create_home(folder: Path, *, acting: Acting, code: str, person: str, simulated: bool = False) -> Acting:
    """Make a home and return who acts in it: a commented config.toml, an empty database, its folders; mode 0700.

    Run again on a home that is there, it changes nothing; a config.toml that was lost comes back with the `acting`
    and the code that its database says.
    """
    if folder.exists() and not folder.is_dir():
        raise BadInput(f"« {folder} » est un fichier, pas un dossier.")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if os.name == "posix":
        folder.chmod(0o700)
    config = folder / "config.toml"
    if not config.exists():
        acting, code = _made_for(folder) or (acting, code)
        text = shipped("config.example.toml").read_text(encoding="utf-8")
        if simulated:
            text = re.sub(r"(?m)^simulated = false", "simulated = true", text, count=1)
        _write_config(config, text, {"home": {"acting": acting.value, "code": code, "person": person}})
    for name in ("vault", "outbox", "packs", "backups"):
        (folder / name).mkdir(exist_ok=True, mode=0o700)
    with App.open(folder) as app:
        # Opening the store makes the tables.
        return app.store.rules.acting


def _made_for(folder: Path) -> tuple[Acting, str] | None:
    """Return who acts in a home and its code, by its database; None where there is none, or it holds no word of it."""
    from listingguard.domain.case import Gate
    from listingguard.edge.store import Store

    if not (folder / DATABASE).is_file() or not (folder / DATABASE).stat().st_size:
        return None
    # Nothing is computed here, not even by new tables: who acts is what the rules want to know.
    with Store(folder / DATABASE, Rules(Acting.SELF, Gate.LEGAL, {}), migrate=False) as store:
        if found := store.made_for():
            return found
        acting, code = store.must_be_for()
    if acting is None and code:
        raise BadInput(
            f"« {folder} » a déjà des dossiers ({code}-…), et rien n’y dit plus qui agit : remettez config.toml d’une "
            f"sauvegarde, ou écrivez-y [home], acting et code (« {code} »)."
        )
    return (acting, code or default_code(acting)) if acting else None


def fill_config(folder: Path, values: Mapping[str, Mapping[str, str]]) -> None:
    """Write texts into config.toml, section -> key -> value; its comments and everything else stay as they are."""
    config = folder / "config.toml"
    _write_config(config, config.read_text(encoding="utf-8-sig"), values)


def _write_config(config: Path, text: str, values: Mapping[str, Mapping[str, str]]) -> None:
    for section, keys in values.items():
        if not re.search(rf"(?m)^\[{section}\]", text):
            text = f"{text.rstrip()}\n\n[{section}]\n"
        head, heading, tail = _parted(rf"(?m)^\[{section}\].*\n?", text)
        own, following, rest = _parted(r"(?m)^\[", tail)
        for key, value in keys.items():
            line = f"{key} = {json.dumps(value, ensure_ascii=False)}\n"
            own, found, after = _parted(rf"(?m)^{key}\s*=.*\n?", own)
            own = own + line + after if found else line + own
        text = head + heading + own + following + rest
    partial = config.with_name("config.toml.part")
    partial.write_text(text, encoding="utf-8")
    partial.replace(config)


def _parted(pattern: str, text: str) -> tuple[str, str, str]:
    """Return what stands before the first match, the match, and what follows; all of it first where there is none."""
    found = re.search(pattern, text)
    return (text[: found.start()], found[0], text[found.end() :]) if found else (text, "", "")


def passing_fetcher(contact: str) -> Fetcher:
    """Return a guarded, polite session for whoever looks without a home; whose turn it is, it knows while it lives."""
    from pydantic import ValidationError

    from listingguard.config import ScanSettings, Settings
    from listingguard.edge.fetch import Fetcher, MemoryLease

    try:
        agent = Settings(scan=ScanSettings(contact=contact)).user_agent(__version__)
    except ValidationError:
        raise BadInput(f"--contact\u00a0: «\u00a0{contact[:60]}\u00a0» n’est pas une adresse de courriel.") from None
    return Fetcher(user_agent=agent, lease=MemoryLease(), now=lambda: datetime.now(UTC))


@dataclass
class App:
    """One open home and the objects the flow works with; each is built when first asked for.

    today: the day to consider. moment: a fixed time of day in simulated homes, else None: the machine's clock.
    loopback: invented hosts served on this machine (demo and tests only).
    """

    home: Path
    settings: Settings
    actor: str
    today: date
    simulated_day: bool = False
    loopback: Mapping[str, tuple[str, int]] | None = None

    @classmethod
    def open(
        cls,
        home: Path,
        *,
        actor: str | None = None,
        today: date | None = None,
        writing: bool = False,
        loopback: Mapping[str, tuple[str, int]] | None = None,
    ) -> App:
        """Open a home. writing: refuse a simulated day unless the home is marked simulated."""
        from listingguard.config import load

        settings = load(home / "config.toml")
        if today is not None and writing and not settings.home.simulated:
            raise Refused(
                "--today ne sert à écrire que dans un dossier de données simulé.",
                ["un dossier créé par « listingguard demo », ou avec simulated = true dans config.toml"],
            )
        machine_day = datetime.now(PARIS).date()
        app = cls(home, settings, actor or settings.home.person, today or machine_day, today is not None, loopback)
        if not (home / DATABASE).exists():
            (home / DATABASE).touch(mode=0o600)
        return app

    def __enter__(self) -> App:
        return self

    def __exit__(self, *exc: object) -> None:
        if "store" in self.__dict__:
            self.store.close()

    def now(self) -> datetime:
        """Return the present instant in UTC; on a simulated day, an instant of that day's working hours.

        A simulated day runs three times slower than the machine's, from 8 h UTC, so that it never goes back and never
        leaves the day, in Paris or in UTC.
        """
        now = datetime.now(UTC)
        if not self.simulated_day:
            return now
        since_midnight = now - now.replace(hour=0, minute=0, second=0, microsecond=0)
        return datetime.combine(self.today, time(8), UTC) + since_midnight / 3

    def require_actor(self) -> str:
        """Return the name of the person who acts; raise BadInput when nobody is named."""
        if not self.actor.strip():
            raise BadInput('Qui agit ? Ajoutez --as "Prénom Nom" avant la commande, ou « person » dans config.toml.')
        return self.actor

    @cached_property
    def rules(self) -> Rules:
        """What the home decided, the calendar where platforms act, and the other names of platforms."""
        from listingguard.domain.practitioner import families
        from listingguard.edge.calendar import LABELS, calendar

        records, name = _shipped_records(), self.settings.clock.calendar
        names = families(records["controller"], records["formerly"])
        return Rules(
            Acting(self.settings.home.acting), self.settings.gate, calendar(name), names, calendar=LABELS[name]
        )

    @cached_property
    def store(self) -> Store:
        """The database."""
        from listingguard.edge.store import Store

        return Store(self.home / DATABASE, self.rules, complete=self._complete)

    def _complete(self, store: Store) -> Rules:
        """Return the rules with the place of each controller, once the home is known to be whose config.toml says."""
        self._same_home(store)
        records = shipped_controllers()
        records |= {slug: {**records.get(slug, {}), **own} for slug, own in store.controllers().items()}
        found = {slug: place for slug, record in records.items() if (place := self.place_of(record)) is not None}
        return replace(self.rules, places=found)

    def _same_home(self, store: Store) -> None:
        """Raise BadConfig where config.toml says of somebody else's home, or no longer says, who acts here.

        The database has kept it since the home was made: a line lost from a file must not make a council's cases a
        kiné's own, whose letters need neither mandate nor officer. A home made before is asked once.
        """
        own, said = self.settings.home, store.made_for()
        if said is None:
            acting, code = store.must_be_for()
            said = acting or Acting(own.acting), code or own.code
        acting, code = said
        if own.acting != acting.value:
            whose = "d’un conseil" if acting is Acting.COUNCIL else "d’un kiné qui agit pour lui-même"
            line = f"cette ligne dit « {own.acting} »" if "acting" in own.model_fields_set else "cette ligne manque"
            raise BadConfig(
                f"« {self.home / 'config.toml'} », home.acting : ce dossier de données est celui {whose}, et {line}. "
                f'Remettez acting = "{acting.value}" sous [home].'
            )
        if own.code != code and "code" not in own.model_fields_set:
            raise BadConfig(
                f"« {self.home / 'config.toml'} », home.code : cette ligne manque. "
                f'Remettez code = "{code}" sous [home].'
            )
        store.keep_made_for(acting, own.code, at=self.now())

    @cached_property
    def vault(self) -> Vault:
        """The evidence."""
        from listingguard.edge.vault import Vault

        return Vault(self.home / "vault")

    @cached_property
    def sites(self) -> Sites:
        """The adapters: ours, then the user's own, which win."""
        from listingguard.sites import load_sites

        return load_sites(*self._site_folders())

    def fetcher(self, lease: Lease, idle: Idle = nullcontext) -> Fetcher:
        """Return a guarded, polite session that books its slots in `lease`; close it after use. idle: see `Fetcher`."""
        from listingguard.edge.fetch import Fetcher

        scan = self.settings.scan
        return Fetcher(
            user_agent=self.settings.user_agent(__version__),
            lease=_OnTheDay(lease, self.today - datetime.now(PARIS).date()) if self.simulated_day else lease,
            now=lambda: datetime.now(UTC),
            timeout_s=scan.timeout_seconds,
            max_bytes=scan.max_page_bytes,
            max_seconds=3 * scan.timeout_seconds,
            jitter=scan.jitter,
            max_per_day=scan.max_requests_per_day,
            window=scan.window,
            loopback=dict(self.loopback or {}),
            idle=idle,
        )

    @cached_property
    def evidence(self) -> Evidence:
        """What puts captures into the vault and takes them out again."""
        from listingguard.edge.evidence import Evidence

        return Evidence(
            self.vault, tool=f"listingguard/{__version__}", now=lambda: datetime.now(UTC), measure=self._surroundings
        )

    def _surroundings(self) -> Surroundings:
        """Ask the time server how far our clock is off, and the web by which address it sees us; where each is set."""
        from listingguard.edge import clock_offset
        from listingguard.edge.evidence import Surroundings
        from listingguard.edge.fetch import MemoryLease

        asked, measured, seen = self.settings.evidence, None, ""
        if asked.ntp_server and (off := clock_offset.offset(asked.ntp_server)) is not None:
            measured = round(off * 1000)
        if asked.public_ip_service:
            with self.fetcher(MemoryLease()) as fetcher, suppress(ListingguardError):
                seen = clock_offset.public_ip(fetcher, asked.public_ip_service)
        return Surroundings(measured, asked.ntp_server if measured is not None else "", seen)

    def stamper(self) -> Stamper:
        """Return the time-stamping authorities of the home; BadConfig when their certificates cannot be read."""
        from listingguard.edge.stamp import Stamper, load_roots

        asked = self.settings.evidence
        return Stamper(
            asked.timestamp_authorities,
            roots=load_roots(self.home / asked.timestamp_roots) if asked.timestamp_roots else (),
            now=lambda: datetime.now(UTC),
            loopback=dict(self.loopback or {}),
        )

    @cached_property
    def camera(self) -> Camera | None:
        """What takes pictures of pages; None without a browser, or switched off, or in a simulated home not asking."""
        wanted = self.settings.evidence.browser
        if wanted == "off" or (wanted == "auto" and self.settings.home.simulated):
            return None
        from listingguard.edge.browser import Camera, find_browser

        browser = find_browser(wanted)
        if browser is None:
            return None
        agent = self.settings.user_agent(__version__)
        return Camera(browser, user_agent=agent, now=lambda: datetime.now(UTC), loopback=dict(self.loopback or {}))

    @cached_property
    def renderer(self) -> Renderer:
        """Letters as text and as PDF."""
        from listingguard.edge.render import Renderer

        return Renderer(shipped("letters"), self.home / "wording", mark=self.mark)

    @property
    def mark(self) -> str:
        """What stands at the head of every page written here, where nothing is real; else empty."""
        return "SIMULATION – document d’essai, sans valeur" if self.settings.home.simulated else ""

    def mailer(self) -> Mailer | None:
        """Return the SMTP sender; None when the home has no server: letters become drafts."""
        from functools import partial

        from listingguard.edge.mail import Mailer, Manner, SmtpSettings, access_token

        mail = self.settings.mail
        if not mail.smtp_host:
            return None
        by_token = mail.token_file or mail.token_command
        token = partial(access_token, mail.token_file, mail.token_command) if by_token else None
        password = "" if by_token else mail.password()
        server = SmtpSettings(mail.smtp_host, mail.smtp_port, mail.security, mail.username, password, token)
        # Only who chose the sign knows that the server lets an account write under such an address.
        bounces = mail.recipient_delimiter if mail.recipient_delimiter != "auto" else ""
        manner = Manner(bounces, mail.per_controller_per_day, mail.only_to)
        return Mailer(server, now=lambda: datetime.now(UTC), manner=manner)

    def mailroom(self) -> Mailroom:
        """What received messages are read with."""
        from listingguard.edge.outlook import envelope_of, read_any
        from listingguard.edge.reply_mail import reply_rules
        from listingguard.flow import service
        from listingguard.flow.inbox import Mailroom

        imap = self.settings.imap
        return Mailroom(
            read_any,
            envelope_of,
            reply_rules(),
            self.controllers(),
            service.add_proof,
            imap.authserv_id,
            tuple(imap.lawyers),
        )

    def mailbox(self) -> Mailbox:
        """Open the mail box where answers come in; BadConfig when the home has none. Close it after use."""
        from functools import partial

        from listingguard.edge.mail import access_token
        from listingguard.edge.mailbox import ImapSettings, Mailbox

        imap = self.settings.imap
        if not imap.host:
            path = self.home / "config.toml"
            raise BadConfig(f"« {path} », imap.host : aucune boîte de réception n’est réglée ; voir la section [imap].")
        own = imap if imap.username else self.settings.mail
        by_token = own.token_file or own.token_command
        token = partial(access_token, own.token_file, own.token_command) if by_token else None
        password = "" if by_token else own.password()
        return Mailbox(ImapSettings(
            imap.host, imap.port, imap.security, own.username, password, token, imap.folder, imap.done_folder,
        ))  # fmt: skip

    def file_copies(self, actor: str) -> Copies:
        """File what left in the folder of `imap.sent_folder`; without one nothing is filed, nor in a home on trial."""
        from listingguard.flow.sent_copies import Copies, file_copies

        folder = self.settings.imap.sent_folder
        if not folder or self.settings.mail.only_to:
            return Copies(0)
        return file_copies(
            self.store, self.vault, folder, self.mailbox, today=self.today, at=self.now, actor=actor
        )  # fmt: skip

    def sender_lacks(self) -> tuple[str, ...]:
        """Return the keys of [sender] to be filled in before a letter is written; empty once all are."""
        who = self.settings.sender
        lacks = [k for k in ("name", "street", "postcode", "town", "signatory") if not getattr(who, k)]
        if not self.settings.mail_from:
            lacks.append("email")
        # A kiné whose only practice is their home gives no address: the answer comes by e-mail.
        alone = lacks == ["street", "postcode"] and self.settings.home.acting == "self"
        return () if alone else tuple(lacks)

    def office(self) -> Office:
        """Who writes letters here, with the tools to write them; BadInput names what config.toml lacks."""
        from listingguard.domain.letter import Sender
        from listingguard.domain.service import delimiter_of
        from listingguard.edge import mail
        from listingguard.flow.letter import Office

        who = self.settings.sender
        if lacks := self.sender_lacks():
            keys = ", ".join(f"sender.{k}" for k in lacks)
            raise BadConfig(f"« {self.home / 'config.toml'} » est à compléter avant d’écrire un courrier : {keys}.")
        lines = (who.street, f"{who.postcode} {who.town}") if who.street else ()
        return Office(
            sender=Sender(who.name, who.quality, lines, who.email, who.phone),
            place=who.town,
            signatory=who.signatory,
            from_address=self.settings.mail_from,
            renderer=self.renderer,
            build=mail.build_message,
            as_sent=mail.as_sent,
            draft=mail.draft,
            pages=lambda sha: self.pages(self.vault.get(sha)),
            delimiter=delimiter_of(self.settings.mail.recipient_delimiter, self.settings.mail_from),
            new_token=mail.new_token,
        )

    def pages(self, document: bytes) -> int:
        """Return how many pages a document has, as a « P.J. » line says; 0 where nobody can count them."""
        from listingguard.edge.page_count import page_count

        return page_count(document)

    def export_postings(self, ready: Sequence[Posting]) -> Path:
        """Return the folder in `outbox/` where the registered letters of the day now lie, to be printed, with their list."""
        import csv

        from listingguard.domain.french import inert
        from listingguard.domain.service import registered_number

        folder = self.home / "outbox" / f"recommandes-{self.today.isoformat()}"
        folder.mkdir(mode=0o700, exist_ok=True)
        rows = [("Ordre", "Numéro de recommandé", "Dossier", "Destinataire", "Fichier", "Empreinte SHA-256 du PDF")]
        for order, each in enumerate(ready, 1):
            name = f"{order:02d}-{each.row.id.replace('/', '-')}.pdf"
            (folder / name).write_bytes(self.vault.get(each.row.message))
            number = registered_number(each.number).printed if each.number else ""
            rows.append((str(order), number, each.reference, each.row.recipient, name, each.row.message))
        with (folder / "bordereau.csv").open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file, delimiter=";", quoting=csv.QUOTE_ALL).writerows(
                [inert(cell) for cell in row] for row in rows
            )
        return folder

    def export_letter(self, letter: LetterRow) -> Path:
        """Return where the letter's PDF now lies in `outbox/`, to look at or print; its evidence stays in the vault."""
        path = self.home / "outbox" / f"{letter.id.replace('/', '-')}.pdf"
        path.write_bytes(self.vault.get(letter.pdf))
        return path

    def writer(self) -> Writer:
        """Who signs complaints here, with the tools to write them."""
        import tomllib
        from functools import partial

        from cryptography.hazmat.primitives.serialization import Encoding

        from listingguard.edge import dossier, mail_dress, pack, word
        from listingguard.edge.sheet import sheet_of
        from listingguard.edge.whole import put_file
        from listingguard.flow.complain import Writer
        from listingguard.flow.letter import listed_page

        office = self.office()
        roots = b"".join(root.public_bytes(Encoding.PEM) for root in self.stamper().roots)
        letters = shipped("letters")
        with (Path(__file__).parent / "data" / "cnil.toml").open("rb") as stream:
            form = tomllib.load(stream)
        return Writer(
            sender=office.sender,
            place=office.place,
            signatory=office.signatory,
            renderer=office.renderer,
            listed_page=listed_page,
            leaving=self._leaving,
            text_of=dossier.text_of,
            without=dossier.without,
            words_within=dossier.words_within,
            shown_in=mail_dress.shown_in,
            write_pack=pack.write_pack,
            member=pack.Member,
            part=pack.Part,
            exhibit_name=pack.exhibit_name,
            document=dossier.Document,
            shown=dossier.Shown,
            dossier=partial(dossier.dossier_pdf, letters=letters, mark=self.mark),
            word=partial(word.word_file, mark=self.mark),
            sheet=partial(sheet_of, letters=letters),
            put=put_file,
            roots=roots,
            form=form,
            max_bytes=self.settings.pack.max_megabytes * 1_000_000,
            signatures=self.settings.pack.signatures,
        )

    def masked_copy(
        self,
        row: CaptureRow,
        *,
        keep: str,
        today: date,
        hide: Sequence[str] = (),
        picture: Callable[[bytes], bytes] | None = None,
        laid: bool = True,
    ) -> MaskedCopy:
        """Return the copy of a captured page that may leave, in which only one listing is still told about."""
        from functools import partial

        from listingguard.edge.mask import masked_html, on_paper, still_told
        from listingguard.flow import masking
        from listingguard.pages.container import unwrap

        tools = masking.Scissors(
            html=masked_html,
            paper=partial(on_paper, letters=shipped("letters")),
            still_told=still_told,
            picture=picture,
            unwrap=lambda page: unwrap(page).page,
            site=self.platform_words(row.site),
        )
        return masking.masked_copy(
            self.store, self.vault, self.sites, row, tools, keep=keep, hide=hide, today=today, laid=laid
        )

    def platform_words(self, site: str) -> Known:
        """Return what is a platform's own wherever it stands: its controller's name, address, phones and mailboxes."""
        from listingguard.domain.third_party import Known

        record = self.controllers().get(self.controller_of(site), {})
        words = [str(value) for value in record.values() if isinstance(value, str) and value]
        words.append(f"{record.get('street', '')} {record.get('postcode', '')} {record.get('town', '')}")
        return Known("", (str(record.get("name", "")),), tuple(each for each in words if "@" in each), tuple(words))

    def _leaving(self, row: CaptureRow, key: str, laid: bool) -> Leaving:
        """Return the masked copy of a captured page in which only one listing is still told about."""
        from listingguard.flow import masking
        from listingguard.flow.complain import Leaving

        try:
            # The day is the capture's: built on another day, the copy is the same.
            copy = self.masked_copy(row, keep=key, today=row.day, laid=laid)
        except BadInput as error:
            return Leaving(None, None, (), frozenset(), str(error))
        index = json.loads(copy.files[f"{masking.INDEX}.json"])
        what = frozenset(str(each["what"]) for each in index["hidden"])
        return Leaving(
            copy.files[f"{masking.COPY}.html"], copy.paper, copy.hidden, what, flagged=copy.flagged, listing=copy.shows
        )

    @contextmanager
    def desk(self) -> Iterator[Desk]:
        """Open what one host's task works with, in the thread that calls."""
        from listingguard.edge.fetch import Validators
        from listingguard.edge.floor import FLOOR
        from listingguard.edge.sitemap import read_sitemap
        from listingguard.edge.store import Store
        from listingguard.flow.scan import Desk

        with (
            Store(self.home / DATABASE, self.rules, migrate=False) as store,
            self.fetcher(store, FLOOR.yielded) as fetcher,
        ):
            yield Desk(
                store, self.vault, fetcher, self.sites, self.evidence, self.camera, read_sitemap, Validators,
                self._reader, FLOOR,
            )  # fmt: skip

    def scan(
        self,
        hosts: Sequence[str],
        progress: Progress | None = None,
        *,
        rpps: str | None = None,
        others: Readers | None = None,
    ) -> tuple[HostResult, ...]:
        """Return what each host told us, up to 32 read at once by each process.

        progress: told of every page, by many threads; with several processes, a function of a module. others: the
        processes that take their share (`readers`). An interruption ends them all within a page; what they have read is
        kept.
        """
        if others is not None and len(hosts) > 1:
            return self._scan_in_processes(hosts, progress, rpps, others)
        import threading
        from concurrent.futures import ThreadPoolExecutor

        from listingguard.edge.floor import hard_at_work
        from listingguard.flow import scan

        stopping = threading.Event()

        def go_on(result: HostResult, url: str) -> None:
            if stopping.is_set():
                raise SystemExit(1)
            if progress is not None:
                progress(result, url)

        with hard_at_work(), ThreadPoolExecutor(max_workers=min(32, len(hosts) or 1)) as executor:
            try:
                return scan.scan(hosts, self.desk, self.plan(rpps), go_on, executor)
            except (KeyboardInterrupt, SystemExit):
                stopping.set()
                raise

    def _scan_in_processes(
        self, hosts: Sequence[str], progress: Progress | None, rpps: str | None, others: Readers
    ) -> tuple[HostResult, ...]:
        from concurrent.futures.process import BrokenProcessPool
        from multiprocessing import active_children

        # A home as it is before anything is opened: no database and no lock goes from one process to another.
        task, share = replace(self).scan, min(others.count + 1, len(hosts))
        theirs = [others.pool.submit(task, hosts[n::share], progress, rpps=rpps) for n in range(1, share)]
        try:
            found = [*self.scan(hosts[::share], progress, rpps=rpps)]
            for told in theirs:
                found += told.result()
        except BrokenProcessPool:
            raise ListingguardError(
                "Un des processus de lecture s’est arrêté d’un coup (mémoire pleine ?). Rien de ce qui est lu "
                "n’est perdu : relancez la lecture, elle reprend où elle en était."
            ) from None
        except (KeyboardInterrupt, SystemExit):
            for child in active_children():
                child.terminate()
            raise
        by_host = {result.host: result for result in found}
        return tuple(by_host[host] for host in hosts)

    @cached_property
    def _reader(self) -> str:
        """The hash of our version and of every site adapter: when it changes, pages are read again."""
        digest = hashlib.sha256(__version__.encode())
        for folder in self._site_folders():
            for path in sorted(folder.glob("[!_]*.*")):
                digest.update(path.read_bytes())
        return digest.hexdigest()

    def _site_folders(self) -> list[Path]:
        own = self.settings.scan.sites_folder
        return [shipped("scrapers"), *([self.home / own] if own else [])]

    def plan(self, rpps: str | None = None) -> Plan:
        """What a scan is asked to do today."""
        from listingguard.flow.scan import Plan

        scan = self.settings.scan
        return Plan(
            today=self.today, now=self.now, every_days=scan.every_days, max_pages=scan.max_pages_per_site,
            pace_seconds=scan.pace_seconds, rpps=rpps, simulated=self.settings.home.simulated,
        )  # fmt: skip

    def controller_of(self, host: str) -> str:
        """Return the slug of who answers for a host; the host itself when no record names it."""
        for slug, record in self.controllers().items():
            if host in record.get("platforms", ()):
                return slug
        return host

    def place_of(self, record: Mapping[str, Any]) -> Place | None:
        """Return where a controller acts, by its record; None: under the home's calendar."""
        from listingguard.edge.calendar import place_of

        return place_of(record, self.settings.clock.calendar)

    def controllers(self) -> dict[str, dict[str, Any]]:
        """Return slug -> record: ours, overlaid with the home's corrections."""
        records = shipped_controllers()
        for slug, own in self.store.controllers().items():
            records[slug] = {**records.get(slug, {}), **own}
        return records

    @contextmanager
    def job(self) -> Iterator[None]:
        """Hold the home's lease: one scan, one sending, one clock at a time; raise Busy when another holds it.

        The lease is a lock of the operating system on a file, so it ends with the process, even a killed one.
        """
        with (self.home / ".lock").open("a+b") as handle:
            if not _lock(handle):
                raise Busy("Un autre listingguard travaille dans ce dossier de données : attendez qu’il ait fini.")
            yield


@dataclass(frozen=True)
class _OnTheDay:
    """A lease on a simulated day: what a host asked for on another simulated day is reckoned from that day."""

    lease: Lease
    shift: timedelta

    def reserve(self, host: str, pace_seconds: float, now: datetime, *, requests: int = 1) -> float:
        return self.lease.reserve(host, pace_seconds, now + self.shift, requests=requests)

    def leave(self, host: str, pace_seconds: float, booked: datetime, now: datetime) -> float:
        return self.lease.leave(host, pace_seconds, booked + self.shift, now + self.shift)

    def used(self, host: str, day: date) -> int:
        return self.lease.used(host, day + self.shift)

    def rest(self, host: str, until: datetime, why: str) -> None:
        self.lease.rest(host, until + self.shift, why)

    def resting(self, host: str, now: datetime) -> tuple[datetime, str] | None:
        found = self.lease.resting(host, now + self.shift)
        return (found[0] - self.shift, found[1]) if found else None


def shipped_controllers() -> dict[str, dict[str, Any]]:
    """Return slug -> record of `scrapers/controllers.toml`."""
    return dict(_shipped_records()["controller"])


@cache
def _shipped_records() -> dict[str, Any]:
    import tomllib

    with (shipped("scrapers") / "controllers.toml").open("rb") as stream:
        return tomllib.load(stream)


def readers(workers: int) -> AbstractContextManager[Readers | None]:
    """Start all of so many processes but this one, to read sites once the home is open; None where this one is enough."""
    from listingguard.edge.readers import started

    return started(workers, _load)


def _load() -> None:
    """Load what reading a site takes, before there is one to read."""
    for module in ("config", "sites", "flow.scan", "edge.evidence", "edge.fetch", "edge.sitemap", "edge.store"):
        import_module(f"listingguard.{module}")
    _frequencies()


def _lock(handle: Any) -> bool:
    try:
        if os.name == "nt":
            import msvcrt

            handle.seek(0)
            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined, unused-ignore]
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
