"""The command line as its users play it: a home in a temporary folder, one call per command, every word they see."""

import email
import email.message
import email.policy
import io
import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from listingguard import cli
from listingguard.demo_world import paper

PAGES = Path(__file__).parent.parent / "sites" / "doctolib.fr"
RPPS = "99900000011"
ROSTER = (
    "rpps;civility;family_name;first_name;site1_name;site1_street;site1_postcode;site1_town;site1_phone\n"
    f"{RPPS};;Exemple;Camille;Cabinet des Essais;12 rue des Essais;26000;Valence;04 65 71 00 01\n"
    "99900000029;Madame;Modèle;Sacha;;30 rue du Parc;26000;Valence;04 65 71 00 02\n"
)
SENDER = {
    "council": {
        "name": "Conseil départemental d’essai",
        "quality": "Ordre des masseurs-kinésithérapeutes",
        "street": "1 place de l’Exemple",
        "postcode": "26000",
        "town": "Valence",
        "email": "secretariat@conseil.example",
        "signatory": "Claude Élue, présidente",
    },
    "self": {
        "name": "Camille Exemple",
        "street": "12 rue des Essais",
        "postcode": "26000",
        "town": "Valence",
        "email": "camille@exemple.example",
        "signatory": "Camille Exemple",
    },
}

# Words that no French sentence here has. Identifiers to type (event kinds, options) have a `_` or stand apart.
ENGLISH = re.compile(
    r"\b(?:the|this|is|are|not|no|such|with|and|or|of|found|failed|error|missing|invalid|must|should|cannot|unknown|"
    r"required|expected|given|usage: |option requires|unable|exception|warning)\b",
    re.IGNORECASE,
)


class Terminal(io.StringIO):
    """A person at the keyboard who has typed ahead."""

    def isatty(self) -> bool:
        return True


@dataclass
class Done:
    """What one command left: exit code, standard output, standard error."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Return the one document on stdout; raise when there is another."""
        return json.loads(self.out)

    @property
    def said(self) -> str:
        """Return all it wrote, with plain spaces, as a test writes them."""
        return re.sub("[\u00a0\u202f]", " ", self.out + self.err)


def assert_spoken(done: Done, arguments: tuple[str, ...]) -> None:
    """Check what holds of every call: no traceback, no surprise of ours, French, nothing on stdout but a result."""
    for text in (done.out, done.err):
        assert "Traceback" not in text, text
        assert "erreur imprévue" not in text, text
    if done.code == 0:
        return
    # What was typed, and what is to be typed, is no sentence: quoted words, commands, options, paths, choices.
    spoken = re.sub(r"«[^»]*»|listingguard .*|--[a-z-]+|\S*/\S*|\{[^}]*\}|'[^']*'|not-sent", "", done.err)
    assert ENGLISH.findall(spoken) == [], done.err
    if "--json" in arguments:
        assert set(done.json["error"]) == {"kind", "message", "missing"}
        assert done.err == ""
    elif arguments[0] != "verify":
        assert done.out == "", done.out
        assert done.err.strip(), "it failed without a word"


@dataclass
class Desk:
    """One home and a person at its terminal."""

    home: Path
    capsys: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch
    actor: str = ""
    named: bool = False
    followed: bool = False
    # The listing of the story: a page somebody saved, of an invented person on the roster.
    page = PAGES / "fiche-sans-compte.html"
    url = "https://www.doctolib.fr/masseur-kinesitherapeute/valence/camille-exemple"
    rpps = RPPS
    roster = ROSTER

    def __call__(self, *words: object, day: str = "", code: int = 0, stdin: bytes = b"", typed: str = "") -> Done:
        """Run one command on a day, check its exit code, and return what it said. typed: at a terminal, not a pipe."""
        arguments = tuple(str(word) for word in words)
        # Named on the command line, it is also in every command proposed.
        self.monkeypatch.setenv("LISTINGGUARD_HOME", str(self.home))
        before = ["--home", str(self.home)] if self.named else []
        before += ["--today", day] if day else []
        before += ["--as", self.actor] if self.actor else []
        # Without anything typed it is a pipe: nothing may wait for an answer.
        keyboard = Terminal(typed) if typed else io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8")
        self.monkeypatch.setattr(sys, "stdin", keyboard)
        self.capsys.readouterr()
        result = cli.run([*before, *arguments])
        out, err = self.capsys.readouterr()
        done = Done(result, out, err)
        assert result == code, f"{' '.join(arguments)}: {result}\n{out}{err}"
        assert_spoken(done, arguments)
        return done

    def file(self, name: str, content: bytes | str = b"document\n") -> Path:
        """Write a file beside the home and return its path."""
        path, data = self.home.parent / name, content.encode() if isinstance(content, str) else content
        if data.startswith(b"%PDF-1.7 ") and b"\n" not in data and "mandat" in f"{name} {data!r}":
            # What a test calls a signed paper is one that opens.
            data = paper(data.removeprefix(b"%PDF-1.7 ").decode())
        path.write_bytes(data)
        return path

    def follow(self, *people: str, day: str) -> None:
        """Note that people were informed, and may be looked for."""
        for rpps in people:
            self("watch", "set", rpps, "yes", "--informed-on", day, "--channel", "courriel", day=day)

    def verify(self, slug: str, day: str) -> None:
        """Compare a controller's contacts with its legal notice, kept; register who approves, in a council's home."""
        if 'acting = "council"' in (self.home / "config.toml").read_text(encoding="utf-8"):
            act = self.file("election.txt", "Procès-verbal d’élection (document inventé)\n")
            for name in {self.actor or "Dominique Secrétaire", "Claude Élue"}:
                self(
                    "officer", "add", name, "--role", "présidente", "--since", "2025-06-02", "--until", "2028-06-01",
                    "--delegation", act, day=day,
                )  # fmt: skip
        notice = self.file("mentions.html", "<p>Mentions légales (page inventée)</p>\n")
        url = f"https://www.{slug}.example/mentions-legales"
        self("controller", "verify", slug, "--notice", notice, "--url", url, day=day)

    def see(self, day: str) -> str:
        """Bring the saved page, seen that morning, of somebody who was informed; return the case it opened, or ""."""
        if not self.followed:
            self.follow(self.rpps, day=day)
            self.followed = True
        words = ("capture", "import", self.page, "--url", self.url, "--seen-at", f"{day} 08:00", "--json")
        cases = self(*words, day=day).json["cases"]
        return str(cases[0]) if cases else ""

    def mail(self, name: str, text: str = "Bonjour.", **headers: str) -> Path:
        """Write a message received, as a mail program saves it; message_id=… is its header Message-ID."""
        message = email.message.EmailMessage(policy=email.policy.SMTP)
        for header, value in headers.items():
            message[header.replace("_", "-")] = value
        message.set_content(text)
        return self.file(name, message.as_bytes())

    def as_sent(self, draft: Path, *, date: str, message_id: str) -> Path:
        """Write the draft as it lies in « Envoyés »: identity and date of the mail program, the same attachments."""
        message = email.message_from_bytes(draft.read_bytes(), policy=email.policy.SMTP)
        for name in ("X-Unsent", "Message-ID", "Date"):
            del message[name]
        message["Message-ID"], message["Date"] = message_id, date
        message["X-Mailer"] = "Messagerie d’essai 1.0"
        return self.file("copie.eml", message.as_bytes())

    def configure(self, **values: object) -> None:
        """Fill keys of config.toml as a person would, in the editor: section__key=value."""
        path = self.home / "config.toml"
        text = path.read_text(encoding="utf-8")
        for dotted, value in values.items():
            section, key = dotted.split("__")
            head, found, tail = text.partition(f"\n[{section}]\n")
            written = f'"{value}"' if isinstance(value, str) else json.dumps(value)
            changed, count = re.subn(rf"(?m)^{key} = .*$", lambda _, k=key, w=written: f"{k} = {w}", tail, count=1)
            assert count == 1, dotted
            text = head + found + changed
        path.write_text(text, encoding="utf-8")

    def everything(self) -> dict[str, bytes]:
        """Return every file of the home but those that rule who may work and when, and the rows of every table."""
        import sqlite3

        files = {
            str(p.relative_to(self.home)): p.read_bytes()
            for p in sorted(self.home.rglob("*"))
            if p.is_file() and not p.name.startswith(("listingguard.db", "turns.db", ".lock"))
        }
        with sqlite3.connect(self.home / "listingguard.db") as database:
            files["listingguard.db"] = "\n".join(database.iterdump()).encode()
        return files


@pytest.fixture(autouse=True)
def _nowhere_near_a_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keep the tests away from the home of whoever runs them, and their error reports in the temporary folder."""
    monkeypatch.delenv("LISTINGGUARD_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return


@pytest.fixture
def desk_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Desk]:
    """Return a function that makes a simulated home, as `init` makes it, its sender filled in."""

    def make(acting: str, *, simulated: bool = True, sender: bool = True) -> Desk:
        folder = tmp_path / "dossier"
        person = {"council": "Dominique Secrétaire", "self": "Camille Exemple"}[acting]
        code = {"council": "CDO26", "self": "KINE"}[acting]
        words = ["init", str(folder), "--acting", acting, "--code", code, "--person", person]
        assert cli.run([*words, "--simulated"] if simulated else words) == 0
        desk = Desk(folder, capsys, monkeypatch)
        if sender:
            desk.configure(**{f"sender__{key}": value for key, value in SENDER[acting].items()})
        return desk

    return make


@pytest.fixture
def council(desk_of: Callable[..., Desk]) -> Desk:
    """A council's simulated home with two people on its roster."""
    desk = desk_of("council")
    desk("roster", "import", desk.file("tableau.csv", ROSTER), day="2026-01-05")
    return desk


@pytest.fixture
def kine(desk_of: Callable[..., Desk]) -> Desk:
    """The simulated home of a physiotherapist alone, on their own roster."""
    desk = desk_of("self")
    person = ("--family-name", "EXEMPLE", "--first-name", "Camille", "--phone", "04 65 71 00 01")
    place = ("--street", "12 rue des Essais", "--postcode", "26000", "--town", "Valence")
    desk("roster", "add", "--rpps", RPPS, *person, *place, day="2026-01-05")
    return desk
