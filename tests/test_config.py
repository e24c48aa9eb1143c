"""config.toml: every key documented, every wrong one named, and what is allowed said."""

import re
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest

from listingguard.config import HomeSettings, ScanSettings, SenderSettings, Settings, keys, load
from listingguard.edge.calendar import NAMES
from listingguard.errors import BadConfig

EXAMPLE = Path(__file__).parent.parent / "config.example.toml"


@pytest.fixture
def config(tmp_path):
    def write(text: str | bytes) -> Path:
        path = tmp_path / "config.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def refusal(path) -> str:
    with pytest.raises(BadConfig) as caught:
        load(path)
    return str(caught.value).replace(f"«\u00a0{path}\u00a0»", "config.toml")


def test_the_example_holds_every_key_once_with_its_default_and_no_other():
    written = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    flat = {f"{section}.{key}": value for section, fields in written.items() for key, value in fields.items()}
    assert flat == keys()
    assert list(flat) == list(keys())
    assert {key: type(value) for key, value in flat.items()} == {key: type(value) for key, value in keys().items()}
    assert load(EXAMPLE) == Settings()


def test_every_key_of_the_example_has_a_comment_of_its_own():
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    bare = [line for before, line in pairwise(lines) if re.match(r"\w+ = ", line) and before[:2] != "# "]
    assert bare == []


def test_every_key_says_what_it_allows():
    for name, field in Settings.model_fields.items():
        for key, value in field.annotation.model_fields.items():
            assert value.description, f"{name}.{key}"


def test_an_empty_file_gives_the_defaults(config):
    assert load(config("")) == Settings()
    assert load(config(b'\xef\xbb\xbf[home]\r\ncode = "CDO26"\r\n')).home.code == "CDO26"


@pytest.mark.parametrize(
    ("text", "key", "allowed"),
    [
        ('[home]\nacting = "conseil"', "home.acting", '"council"'),
        ('[home]\ncode = "cdo26"', "home.code", "majuscules"),
        ('[home]\ncode = "A"', "home.code", "2 à 12"),
        ('[home]\nsimulated = "oui"', "home.simulated", "true ou false"),
        ("[home]\nperson = 3", "home.person", "texte"),
        ('[sender]\nname = "a\\nBcc: x"', "sender.name", "seule ligne"),
        ('[sender]\nemail = "camille"', "sender.email", "adresse de courriel"),
        ('[clock]\ncnil_gate = "deux mois"', "clock.cnil_gate", '"legal"'),
        ('[clock]\ncalendar = "corse"', "clock.calendar", '"mayotte"'),
        ('[scan]\ncontact = "a b"', "scan.contact", "courriel"),
        ("[scan]\npace_seconds = 0.5", "scan.pace_seconds", "au moins 1 seconde"),
        ("[scan]\npace_seconds = nan", "scan.pace_seconds", "de 1 à 3600"),
        ("[scan]\nevery_days = 0", "scan.every_days", "jours"),
        ("[scan]\nevery_days = 7.5", "scan.every_days", "entier"),
        ("[scan]\nmax_pages_per_site = -1", "scan.max_pages_per_site", "pages"),
        ("[scan]\nmax_page_bytes = 10", "scan.max_page_bytes", "octets"),
        ("[scan]\ntimeout_seconds = 0", "scan.timeout_seconds", "secondes"),
        ('[mail]\nsmtp_port = "587"', "mail.smtp_port", "65535"),
        ('[mail]\nsecurity = "ssl"', "mail.security", '"starttls"'),
        ('[mail]\nsmtp_host = "smtp.example"', "mail.from_address", "partent"),
        ('[mail]\nusername = "x"', "mail.password_file", "mot de passe"),
        ('[mail]\nusername = "x"\npassword_file = "p"\nsecurity = "none"', "mail.security", "tls"),
        ('[run]\nscan_at = "25:00"', "run.scan_at", '"02:30"'),
        ('[run]\nclock_at = "6:00"', "run.clock_at", "heure"),
        ("[run]\noutbox_every_minutes = 0", "run.outbox_every_minutes", "minutes"),
    ],
)
def test_a_refused_value_names_file_key_and_what_is_allowed(config, text, key, allowed):
    message = refusal(config(text))
    assert message.startswith(f"config.toml, {key}\u00a0: ")
    assert allowed in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("text", "key", "near"),
    [
        ('[home]\ncodes = "X"', "home.codes", "home.code"),
        ("[scan]\npace = 5", "scan.pace", ""),
        ("[scan]\npace_second = 5", "scan.pace_second", "scan.pace_seconds"),
        ('[mail]\ncontact = "x@y.example"', "mail.contact", "scan.contact"),
        ('[mail]\npassword = "secret"', "mail.password", "mail.password_file"),
        ("[scans]\nx = 1", "scans", "scan"),
        ('acting = "self"', "acting", "home.acting"),
        ("[zzz]", "zzz", ""),
    ],
)
def test_an_unknown_key_is_named_with_the_nearest_known_one(config, text, key, near):
    message = refusal(config(text))
    assert message.startswith(f"config.toml, {key}\u00a0: cette clé n’existe pas.")
    assert message.endswith(f" Vouliez-vous dire {near}\u00a0?" if near else "n’existe pas.")
    assert "secret" not in message


def test_every_wrong_key_is_told_at_once(config):
    assert len(refusal(config('[home]\ncode = "x"\n[run]\nscan_at = 3')).splitlines()) == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[home\n", "ligne 1"),
        ('[home]\ncode = KINE"', "ligne 2"),
        ('home = "x"', "section"),
        (b'[home]\nperson = "Ren\xe9e"', "UTF-8"),
        (b"\x00\x01\x02", "TOML"),
    ],
)
def test_a_file_that_is_no_toml_is_one_sentence(config, text, words):
    message = refusal(config(text))
    assert words in message
    assert "\n" not in message


def test_a_missing_file_is_one_sentence(tmp_path):
    assert "init" in refusal(tmp_path / "config.toml")
    assert refusal(tmp_path)


def test_a_simulated_home_may_hurry(config):
    assert load(config("[home]\nsimulated = true\n[scan]\npace_seconds = 0.01")).scan.pace_seconds == 0.01


def test_the_gate_follows_who_acts_unless_it_is_set(config):
    assert load(config("")).gate == "legal"
    assert load(config('[home]\nacting = "council"')).gate == "council"
    assert load(config('[home]\nacting = "council"\n[clock]\ncnil_gate = "legal"')).gate == "legal"
    assert load(config('[clock]\ncnil_gate = "council"')).gate == "council"


def test_every_calendar_of_the_program_can_be_chosen_and_no_other(config):
    for name in NAMES:
        assert load(config(f'[clock]\ncalendar = "{name}"')).clock.calendar == name
    message = refusal(config('[clock]\ncalendar = "x"'))
    assert re.findall(r'"([^"]+)"', message) == list(NAMES)


def test_sites_are_told_whom_to_write_to():
    assert Settings(scan=ScanSettings(contact="https://conseil.example/robot")).user_agent("1.2") == (
        "listingguard/1.2 (+https://conseil.example/robot)"
    )
    assert "cabinet@kine.example" in Settings(sender=SenderSettings(email="cabinet@kine.example")).user_agent("1")
    with pytest.raises(BadConfig, match=r"scan\.contact"):
        Settings().user_agent("1")
    assert Settings(home=HomeSettings(simulated=True)).user_agent("1") == "listingguard/1 (+simulation)"


def test_the_password_is_the_first_line_of_a_file_beside_the_config(config, tmp_path):
    text = '[sender]\nemail = "a@b.example"\n[mail]\nsmtp_host = "h"\nusername = "u"\npassword_file = "secret.txt"'
    mail = load(config(text)).mail
    with pytest.raises(BadConfig, match=r"secret\.txt"):
        mail.password()
    (tmp_path / "secret.txt").write_text("")
    with pytest.raises(BadConfig, match="vide"):
        mail.password()
    (tmp_path / "secret.txt").write_bytes("pâsse word\r\nreste".encode())
    assert mail.password() == "pâsse word"
    assert Settings().mail.password() == ""


def test_settings_cannot_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        Settings().home = HomeSettings()
