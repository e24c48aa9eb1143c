"""`capture`: what a person brings, sees, checks and hands on, in French and as JSON."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
import shutil
import sqlite3
import zipfile
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path

import pypdf
import pytest

from listingguard import cli, scheduler
from listingguard.app import App
from listingguard.domain.record import RobotsRow
from listingguard.edge.stamp import Stamper, load_roots
from tests import authority as tsa

DAY = "2026-01-10"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
NEIGHBOUR = "https://www.doctolib.fr/masseur-kinesitherapeute/romans-sur-isere/noa-specimen"
LOOK = ("--seen-at", "2026-01-09 14:05", "--browser", "Firefox 140, Windows 11")


def seen(day=DAY):
    """Say that the page was seen in the morning of a day."""
    return ("--seen-at", f"{day} 08:00")


@pytest.fixture
def council(council):
    """A council that may look for the two people on its roster."""
    for rpps in (council.rpps, "99900000029"):
        told = ("--informed-on", "2026-01-05", "--channel", "courriel")
        council("watch", "set", rpps, "yes", *told, day="2026-01-05")
    return council


def brought(desk, day=DAY):
    """Bring the saved page of the story and return its capture."""
    return desk("capture", "import", desk.page, "--url", desk.url, *seen(day), "--json", day=day).json["capture"]


def altered(desk, sha):
    """Change one byte of a file of the vault."""
    path = desk.home / "vault" / sha[:2] / sha
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def artefacts(desk, capture):
    return {a["name"]: a["sha256"] for a in desk("capture", "show", capture, "--json").json["manifest"]["artefacts"]}


def test_a_capture_shows_its_sheet_what_it_proves_and_what_it_does_not(council):
    said = council("capture", "show", brought(council)).said
    for words in (
        f"Adresse demandée : {council.url}",
        "Origine : enregistrée par une personne, par Dominique Secrétaire",
        "Notre adresse IP publique : non relevée",
        "Heure de Paris : 2026-01-10",
        "Repose sur (pour 99900000011) : mission du conseil de l’Ordre",
        "Ce qu’elle prouve :",
        "Ce qu’elle ne prouve pas :",
        "pas d’où cela vient",
        "C’est une capture, pas un constat",
        "le jour est simulé",
    ):
        assert words in said, said


def test_the_mandate_of_its_day_is_shown(council):
    before, paper = brought(council), council.file("mandat.pdf", b"%PDF-1.7 mandat")
    words = ("--from", "2026-01-11", "--until", "2028-01-10", "--document", paper)
    council("mandate", "add", council.rpps, *words, day="2026-01-11")
    after = brought(council, "2026-01-12")
    assert "mandat du 11 janvier 2026" in council("capture", "show", after).said
    assert "mandat" not in council("capture", "show", before, "--json").json["rests_on"][council.rpps]


def test_an_intact_capture_exits_0_and_an_altered_one_1_with_its_name(council):
    capture = brought(council)
    assert council("capture", "verify", capture, "--json").json == {"intact": 1}
    assert "1 capture intacte" in council("capture", "verify").said
    altered(council, artefacts(council, capture)["data.warc.gz"])
    said = council("capture", "verify", capture, code=1).said
    assert capture[:12] in said
    assert "data.warc.gz" in said
    assert council("capture", "verify", "--json", code=1).json["error"]["kind"] == "Damaged"


@pytest.mark.parametrize("change", ["replace(manifest, 'Dominique', 'Dominiqua')", "substr(manifest, 1, 50)"])
def test_a_rewritten_manifest_is_found(council, change):
    capture = brought(council)
    rewritten(council, f"UPDATE capture SET manifest = {change}")
    assert "manifest.json" in council("capture", "verify", capture, code=1).said


def rewritten(desk, *statements):
    """Write into the database as somebody would who takes its guards away first."""
    with sqlite3.connect(desk.home / "listingguard.db") as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            database.execute(statement)


CHANGES = {
    "site": ("UPDATE capture SET site = 'autre.example'", "colonne « site »"),
    "url": ("UPDATE capture SET url = url || '?x'", "colonne « url »"),
    "body": ("UPDATE capture SET body = replace(body, 'a', 'b')", "colonne « body »"),
    "day": ("UPDATE capture SET day = '2026-01-03'", "colonne « day »"),
    "at": ("UPDATE capture SET at = '2026-01-03T08:00:00+00:00'", "colonne « at »"),
    "reading": ("UPDATE capture SET reading = (SELECT max(id) FROM reading) WHERE reading = 1", "colonne « reading »"),
    "an illegible day": ("UPDATE capture SET day = 'hier'", "illisible"),
    "another listing": (
        "UPDATE capture_listing SET listing = 'doctolib.fr:noa-specimen'", "ajoutée : doctolib.fr:noa-specimen",
    ),
    "a listing more": (
        "INSERT INTO capture_listing SELECT id, 'doctolib.fr:noa-specimen' FROM capture",
        "ajoutée : doctolib.fr:noa-specimen",
    ),
    "a listing less": ("DELETE FROM capture_listing", "retirée : doctolib.fr:"),
    "the log": ("UPDATE payload SET data = replace(data, 'doctolib.fr', 'autre.example')", "Journal home"),
}  # fmt: skip


@pytest.mark.parametrize("what", CHANGES)
def test_every_altered_column_of_a_capture_is_named(council, what):
    capture, other = brought(council), brought(council, "2026-01-12")
    statement, told = CHANGES[what]
    assert council("capture", "verify", "--json").json == {"intact": 2}
    rewritten(council, statement)
    said = council("capture", "verify", code=1).said
    assert told in said, said
    assert what == "the log" or capture[:12] in said or other[:12] in said
    assert told in council("doctor", code=1).said


@pytest.mark.parametrize("again", [True, False])
def test_a_deleted_capture_is_missed_by_its_name(council, again):
    capture, other = brought(council), brought(council, "2026-01-12")
    rewritten(
        council, f"DELETE FROM capture_listing WHERE capture = '{capture}'",
        f"DELETE FROM capture WHERE id = '{capture}'",
    )  # fmt: skip
    said = council("capture", "verify", *([capture] if again else []), code=1).said
    assert f"Capture {capture[:12]}…, la base ne l’a plus" in said
    assert other[:12] not in said
    assert council("capture", "verify", other, "--json").json == {"intact": 1}
    assert capture[:12] in council("doctor", code=1).said


def test_a_capture_that_nobody_logged_is_no_evidence(council):
    capture = brought(council)
    rewritten(
        council, "INSERT INTO capture SELECT 'ff' || id, reading, site, url, body, day, at, manifest FROM capture"
    )
    said = council("capture", "verify", code=1).said
    assert f"Capture ff{capture[:10]}…, le journal ne connaît pas cette ligne" in said


@pytest.fixture
def robots(council):
    """What a site's robots.txt said on a day, kept as a scan keeps it; return its hash."""
    with App.open(council.home, today=date(2026, 1, 10), writing=True) as app:
        sha, at = app.vault.put(b"User-agent: *\nDisallow: /secret\n"), datetime(2026, 1, 10, 8, tzinfo=UTC)
        url = "https://www.doctolib.fr/robots.txt"
        app.store.put_robots(RobotsRow("doctolib.fr", url, date(2026, 1, 10), at, 200, sha, 2.5))
    return sha


@pytest.mark.parametrize(
    "change",
    [
        "body = replace(body, substr(body, 1, 8), '00000000')",
        "status = 404",
        "crawl_delay = 9",
        "url = 'x'",
        "day = '2026-01-11'",
    ],
)
def test_an_altered_line_about_robots_is_named(council, robots, change):
    brought(council)
    assert council("capture", "verify", "--json").json == {"intact": 1}
    rewritten(council, f"UPDATE robots SET {change}")
    said = council("capture", "verify", code=1).said
    assert "robots.txt de doctolib.fr, le 2026-01-10" in said
    assert "robots.txt de doctolib.fr" in council("doctor", code=1).said


def test_altered_bytes_of_robots_are_named(council, robots):
    altered(council, robots)
    for command in (("capture", "verify"), ("doctor",)):
        said = council(*command, code=1).said
        assert "robots.txt de doctolib.fr, lu le 10 janvier 2026 : La preuve" in said
        assert "altérée" in said
    council("capture", "verify", brought(council))


@pytest.mark.parametrize("table", ["capture", "capture_listing", "robots"])
@pytest.mark.parametrize("verb", ["UPDATE {0} SET rowid = rowid", "DELETE FROM {0}"])
def test_evidence_is_never_changed_nor_deleted(council, robots, table, verb):
    brought(council)
    with sqlite3.connect(council.home / "listingguard.db") as database, pytest.raises(sqlite3.DatabaseError) as told:
        database.execute(verb.format(table))
    assert "never changed" in str(told.value) or "by purge only" in str(told.value)
    council("capture", "verify")


def test_a_capture_that_a_purge_names_is_not_missed(council):
    capture = brought(council)
    with App.open(council.home, today=date(2026, 1, 12), writing=True) as app:
        at, database = datetime(2026, 1, 12, 9, tzinfo=UTC), app.store._db
        app.store.add_event("home", "purged", key=f"capture/{capture}", day=at.date(), at=at, actor="A")
        database.execute("DELETE FROM capture_listing WHERE capture = ?", [capture])
        database.execute("DELETE FROM capture WHERE id = ?", [capture])
        assert app.store.unlike_the_log() == ()


def test_what_was_kept_before_there_were_seals_is_sealed_when_the_home_is_opened(council):
    capture = brought(council)
    with sqlite3.connect(council.home / "listingguard.db") as database:
        triggers = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:
            if name.startswith(
                (
                    "capture_is",
                    "capture_stays",
                    "capture_l",
                    "capture_token_stays",
                    "robots",
                    "canary",
                    "case_",
                    "payload",
                )
            ):
                database.execute(f"DROP TRIGGER {name}")
        database.execute("DROP TABLE canary_name")
        database.execute(
            "DELETE FROM payload WHERE (stream, seq) IN (SELECT stream, seq FROM case_event WHERE kind = 'captured')"
        )
        database.execute("DELETE FROM case_event WHERE kind = 'captured'")
        database.execute("DELETE FROM _sqlite_migrations WHERE name = 'm006_evidence_sealed'")
        database.execute("PRAGMA user_version = 0")
    with App.open(council.home, today=date(2026, 1, 12), writing=True) as app:
        (event,) = [e for e in app.store.events("home") if e.kind == "captured"]
        assert event.key == capture
        assert app.store.unlike_the_log() == ()


def test_a_page_nobody_dates_is_refused_with_the_command_to_complete(council):
    error = council("capture", "import", council.page, "--url", council.url, "--json", day=DAY, code=3).json["error"]
    assert error["missing"] == ['le moment de votre visite, à l’heure de Paris\u00a0: --seen-at "AAAA-MM-JJ HH:MM"']
    assert council("capture", "list", "--json").json == []
    shown = council("capture", "import", council.page, "--url", council.url, *seen(), day=DAY).said
    assert "1 fiche" in shown
    sheet = council("capture", "show", council("capture", "list", "--json").json[0]["id"]).said
    assert "Heure UTC : 2026-01-10 07:00:00, dit par la personne" in sheet


def test_a_page_of_colleagues_only_leaves_no_capture_and_says_so(council):
    other = PAGE.replace("Camille Exemple", "Anna Fictif").replace("12 rue", "99 rue").replace("+33465710001", "")
    saved = council.file("autres.html", other)
    done = council("capture", "import", saved, "--url", CABINET, *seen(), day=DAY).said
    assert "La page n’est pas gardée : on y lit 2 fiches, et aucune n’est celle d’une personne que vous suivez." in done
    assert "Il n’en reste qu’un compte et une empreinte" in done
    assert "--about et son RPPS" in done
    told = council("capture", "import", saved, "--url", CABINET, *seen(), "--json", day=DAY).json
    assert (told["capture"], told["listings"], told["count"], told["cases"]) == ("", [], 2, [])
    assert council("capture", "list", "--json").json == []
    kept = b"".join(p.read_bytes() for p in council.home.rglob("*") if p.is_file())
    assert b"Dumont" not in kept
    assert b"Fictif" not in kept


TEAM = "https://cabinet-du-quai.example/equipe"
OTHERS = "<p>Anna Fictif, masseur-kinésithérapeute, 99 rue des Essais, 26000 Valence, 04 65 71 00 77</p>"
NAMED = f"<html><title>Notre équipe</title><body>{OTHERS}<p>Cet été, EXEMPLE Camille assure la permanence.</p>"


def test_a_page_that_names_somebody_followed_and_lists_them_nowhere_is_never_dropped_in_silence(council):
    saved = council.file("equipe.html", NAMED)
    error = council("capture", "import", saved, "--url", TEAM, *seen(), "--json", day=DAY, code=3).json["error"]
    assert "nomme Camille EXEMPLE" in error["message"]
    assert "ce n’est pas compté comme un retrait" in error["message"]
    command = error["missing"][0].partition("\u00a0: ")[2]
    assert council("capture", "list", "--json").json == []
    assert council("site", "coverage", "--json").said.count("cabinet-du-quai") == 0
    # The command is ready: as it stands, it keeps the page about that person, and nobody else of it.
    words = shlex.split(command)
    assert words[0] == "listingguard"
    assert words[-2:] == ["--about", council.rpps]
    done = council(*words[1:], "--json", day=DAY).json
    assert done["listings"] == ["cabinet-du-quai.example:equipe#camille-exemple"]
    assert done["capture"]
    assert council(*words[1:], "--json", day=DAY).json["capture"] == done["capture"]


def test_at_the_address_of_a_known_listing_a_page_of_others_is_neither_dropped_nor_an_absence(council):
    hers = OTHERS.replace("Anna Fictif", "Camille Exemple").replace("99 rue", "12 rue").replace("00 77", "00 01")
    council("capture", "import", council.file("page.html", hers), "--url", TEAM, *seen(), day=DAY)
    other = council.file("autre.html", OTHERS + OTHERS.replace("Anna Fictif", "Lou Canevas"))
    words = ("capture", "import", other, "--url", TEAM, *seen("2026-01-20"))
    error = council(*words, "--json", day="2026-01-20", code=3).json["error"]
    assert "est à l’adresse d’une fiche déjà relevée, celle de Camille EXEMPLE" in error["message"]
    assert any("--shows none" in line for line in error["missing"])
    assert len(council("capture", "list", "--json").json) == 1
    # On a person's word, the listing that is known there is what the page is about; what was read of it stays.
    done = council(*words, "--about", council.rpps, "--json", day="2026-01-20").json
    assert len(council("capture", "list", "--json").json) == 2
    assert done["listings"] == council("capture", "show", done["capture"], "--json").json["listings"]


def test_a_page_kept_for_one_person_says_whom_else_it_names(council):
    hers = OTHERS.replace("Anna Fictif", "Sacha Modèle").replace("99 rue des Essais", "30 rue du Parc")
    saved = council.file("equipe.html", NAMED.replace(OTHERS, hers))
    told = council("capture", "import", saved, "--url", TEAM, *seen(), "--json", day=DAY).json
    assert told["listings"] == ["cabinet-du-quai.example:equipe#sacha-modele"]
    assert [each for each in told["notes"] if "nomme aussi Camille EXEMPLE" in each]


def test_a_word_about_somebody_the_page_does_not_name_is_refused(council):
    both = OTHERS + OTHERS.replace("Anna Fictif", "Lou Canevas")
    saved = council.file("equipe.html", f"<html><title>Notre équipe</title><body>{both}")
    words = ("capture", "import", saved, "--url", TEAM, *seen(), "--about", council.rpps)
    assert "ni le nom de Camille EXEMPLE" in council(*words, day=DAY, code=3).said
    assert council("capture", "list", "--json").json == []


def test_a_homonym_whom_the_page_lists_is_not_taken_for_the_person_followed(council):
    away = OTHERS.replace("Anna Fictif", "Camille Exemple").replace("26000 Valence", "59000 Lille")
    away = away.replace("masseur-kinésithérapeute", "ostéopathe").replace("04 65 71 00 77", "03 20 00 00 77")
    saved = council.file("lille.html", f"<html><title>Ostéopathes à Lille</title><body>{away}")
    told = council(
        "capture", "import", saved, "--url", "https://osteo-lille.example/equipe", *seen(), "--json", day=DAY
    )
    assert told.json["count"] == 1


def test_a_capture_is_exported_and_brought_back_elsewhere(council, tmp_path):
    capture, target = brought(council), tmp_path / "fiche.wacz"
    assert str(target) in council("capture", "export", capture, "-o", target).out
    with zipfile.ZipFile(target) as package:
        assert package.read("preuve/body.html") == council.page.read_bytes()
        assert capture in package.read("preuve/LISEZ-MOI.txt").decode()
    # Its archive is of the machine's day, which is not the simulated one.
    words = ("capture", "import", target, "--url", council.url)
    assert "plus tard" in council(*words, day="2026-01-12", code=3).said
    again = council(*words, *seen("2026-01-12"), "--json", day="2026-01-12").json
    assert again["outcome"] == "listings"
    wrong = council("capture", "import", target, "--url", NEIGHBOUR, day="2026-01-12", code=1).said
    assert council.url in wrong


def test_a_damaged_capture_is_not_exported(council, tmp_path):
    capture = brought(council)
    altered(council, artefacts(council, capture)["body.html"])
    council("capture", "export", capture, "-o", tmp_path / "fiche.wacz", code=1)
    assert not (tmp_path / "fiche.wacz").exists()


def test_a_picture_without_a_word_says_which_word(council):
    picture = council.file("ecran.png", PNG)
    said = council("capture", "import", picture, "--url", council.url, day=DAY, code=1).said
    assert "une image PNG, pas du texte" in said
    assert "--shows" in said


def test_a_human_look_up_is_a_reading_with_who_when_how_and_what(council):
    brought(council, "2026-01-06")
    words = ("capture", "import", council.page, "--url", council.url, *seen("2026-01-06"), "--json")
    (key,) = council(*words, day="2026-01-06").json["listings"]
    picture = council.file("ecran.png", PNG)
    words = ("capture", "import", picture, "--url", council.url, *LOOK, "--shows", key)
    done = council(*words, "--json", day=DAY).json
    assert (done["outcome"], done["listings"]) == ("listings", [key])
    assert council(*words, "--json", day=DAY).json["capture"] == done["capture"]
    said = council("capture", "show", done["capture"]).said
    for shown in (
        "Origine : vue et décrite par une personne, par Dominique Secrétaire",
        "Heure de la visite, dite par la personne : 2026-01-09T14:05:00+01:00",
        "Navigateur : Firefox 140, Windows 11",
        f"Fiches : {key}",
        "Capture du 9 janvier 2026",
    ):
        assert shown in said, said
    council("capture", "verify", done["capture"])


def test_an_absence_without_its_witness_is_refused_with_what_is_missing(council):
    picture = council.file("ecran.png", PNG)
    words = ("capture", "import", picture, "--url", council.url, "--shows", "none")
    error = council(*words, "--json", day=DAY, code=3).json["error"]
    assert [line.split("--")[1].split()[0] for line in error["missing"]] == ["seen-at", "browser", "witness"]
    assert "--witness" in council(*words, *LOOK, day=DAY, code=3).said
    done = council(*words, *LOOK, "--witness", NEIGHBOUR, "--json", day=DAY).json
    assert (done["outcome"], done["listings"], done["notes"]) == ("none", [], [])


@pytest.mark.parametrize("moment", ["hier", "2026-01-09", "2026-13-09 10:00", "2026-01-09 25:00", "2026-02-30 10:00"])
def test_a_moment_that_is_none_is_refused(council, moment):
    picture = council.file("ecran.png", PNG)
    words = ("--url", council.url, "--shows", "none", "--seen-at", moment)
    assert "--seen-at" in council("capture", "import", picture, *words, day=DAY, code=1).said


@pytest.mark.parametrize("moment", ["2026-01-09 14:05", "09/01/2026 14h05", "2026-01-09T14:05"])
def test_a_moment_is_read_as_people_write_it(council, moment):
    picture = council.file("ecran.png", PNG)
    words = ("--url", council.url, "--shows", "none", "--browser", "Firefox", "--witness", NEIGHBOUR)
    capture = council("capture", "import", picture, *words, "--seen-at", moment, "--json", day=DAY).json["capture"]
    environment = council("capture", "show", capture, "--json").json["manifest"]["environment"]
    assert environment["seen_at"] == "2026-01-09T14:05:00+01:00"


def test_nobody_named_brings_nothing(desk_of):
    desk = desk_of("council")
    desk.configure(home__person="")
    desk("capture", "import", desk.page, "--url", desk.url, *seen(), day=DAY, code=1)
    assert desk("capture", "list", "--json").json == []


def test_an_address_that_steers_the_terminal_is_refused(council):
    assert "--url" in council("capture", "import", council.page, "--url", council.url + "\x1b[2J", day=DAY, code=1).said


@pytest.mark.skipif(shutil.which("openssl") is None, reason="the authority is openssl's")
def test_captures_are_stamped_shown_checked_and_exported_with_their_token(council, tmp_path, monkeypatch):
    capture = brought(council)
    assert "evidence.timestamp_authorities" in council("capture", "stamp", day=DAY, code=1).said
    with tsa.Authority(tmp_path / "tsa") as authority:
        roots = load_roots(authority.roots)
        stamper = Stamper((tsa.URL,), roots=roots, now=lambda: datetime.now(UTC), loopback=authority.loopback)
        monkeypatch.setattr(App, "stamper", lambda self: stamper)
        done = council("capture", "stamp", "--json", day=DAY).json
        assert [(t["capture"], t["status"]) for t in done["stamped"]] == [(capture, "verified")]
        assert "Toutes les captures" in council("capture", "stamp", day=DAY).said
    (token,) = council("capture", "show", capture, "--json").json["tokens"]
    assert token["signed_at"][:10] == datetime.now(UTC).date().isoformat()
    assert f"l’autorité d’horodatage {tsa.URL} a signée" in council("capture", "show", capture).said
    assert council("capture", "list", "--json").json[0]["stamped"] is True
    council("capture", "verify")
    council("capture", "export", capture, "-o", tmp_path / "fiche.wacz")
    with zipfile.ZipFile(tmp_path / "fiche.wacz") as package:
        package.extractall(tmp_path / "out")
    where = tmp_path / "out" / "preuve"
    command = ("ts", "-verify", "-data", where / "manifest.json", "-in", where / "jeton-1.tsr", "-CAfile")
    tsa.openssl(*command, where / "racines.pem")
    manifest = json.loads((where / "manifest.json").read_bytes())
    (where / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    tsa.openssl(*command, where / "racines.pem", code=1)
    altered(council, token["sha256"])
    assert tsa.URL in council("capture", "verify", code=1).said


@pytest.mark.skipif(shutil.which("openssl") is None, reason="the authority is openssl's")
def test_the_unattended_run_stamps_what_is_due_and_tells_when_nobody_answers(council, tmp_path):
    capture = brought(council)
    with tsa.Authority(tmp_path / "tsa") as authority:

        def opened():
            return App.open(council.home, today=date(2026, 1, 10), writing=True, loopback=authority.loopback)

        assert [tick.job for tick in scheduler.run_once(opened)] == ["scan", "clock", "outbox"]
        council.configure(
            evidence__timestamp_authorities=[tsa.URL], evidence__timestamp_roots=str(authority.roots)
        )  # fmt: skip
        authority.answers = "page"
        tick = scheduler.run_job(opened, "stamp")
        assert tick.failed
        assert "1 capture reste sans horodatage : Aucune autorité" in tick.lines[0].replace("\u00a0", " ")
        authority.answers = "stamp"
        ticks = {tick.job: tick for tick in scheduler.run_once(opened)}
        assert list(ticks) == ["scan", "stamp", "clock", "outbox"]
        assert (ticks["stamp"].lines, ticks["stamp"].failed) == (("1 capture horodatée.",), False)
        assert scheduler.run_job(opened, "stamp").lines == ()
    (token,) = council("capture", "show", capture, "--json").json["tokens"]
    assert token["status"] == "verified"
    council("doctor")
    altered(council, token["sha256"])
    said = council("doctor", code=1).said
    assert f"Capture {capture[:12]}…, jeton d’horodatage de {tsa.URL}" in said
    assert "1 problème :" in said


def test_the_command_that_runs_unattended_tells_of_the_time_stamps(council, capsys):
    brought(council)
    council.configure(evidence__timestamp_authorities=["http://127.0.0.1/tsa"])
    assert cli.run(["--home", str(council.home), "--today", DAY, "run", "--once"]) == 1
    said = capsys.readouterr().out.replace("\u00a0", " ")
    assert "Horodatage :\n  1 capture reste sans horodatage : Aucune autorité" in said


def test_doctor_names_the_capture_and_its_file_that_changed(council):
    capture = brought(council)
    assert council("doctor", "--json").json["captures_checked"] == 1
    rewritten(council, "UPDATE capture SET manifest = replace(manifest, 'Dominique', 'Dominiqua')")
    said = council("doctor", code=1).said
    assert f"Capture {capture[:12]}…, la fiche technique (manifest.json) a été altérée" in said


# -- what leaves ------------------------------------------------------------------------------------------------------

CABINET = "https://rdv-soins.example/cabinet-des-essais"
PAGE = """<!doctype html><html lang=fr><head><meta charset=utf-8><title>Cabinet des Essais</title>
<script type="application/ld+json">[
 {"@context": "https://schema.org", "@type": "Physician", "@id": "#c", "name": "Camille Exemple",
  "url": "https://rdv-soins.example/kine/camille-exemple", "telephone": "+33465710001",
  "address": {"streetAddress": "12 rue des Essais", "postalCode": "26000", "addressLocality": "Valence"}},
 {"@context": "https://schema.org", "@type": "Physician", "@id": "#p", "name": "Paul Dumont",
  "url": "https://rdv-soins.example/kine/paul-dumont", "telephone": "+33639980042",
  "address": {"streetAddress": "41 chemin des Écluses", "postalCode": "26500", "addressLocality": "Bourg-lès-Valence"}}
]</script></head><body><h1>Cabinet des Essais</h1>
<p>Camille Exemple, kiné, 12, rue des Essais, 26000 Valence, 04 65 71 00 01</p>
<p>P. DUMONT, 41 chemin des Écluses, 06.39.98.00.42</p>
<p>Aussi chez elle : 7 impasse du Secret, code 4B19</p>
<h2>Avis</h2><p>Très bien, dit Lucie Inconnue.</p></body></html>"""
STRANGERS = ("Dumont", "Écluses", "06 39 98 00 42", "0639980042", "39980042", "Inconnue")
COPIES = ["copie-masquee.html", "copie-masquee.pdf", "index-des-masquages.json", "index-des-masquages.txt"]


def words_of(path):
    """Return all the words of a copy, as a stranger would take them out, spaces gone and in lower case."""
    text = path.read_bytes().decode("utf-8", "ignore")
    if path.suffix == ".pdf":
        reader = pypdf.PdfReader(BytesIO(path.read_bytes()))
        text = " ".join(page.extract_text() for page in reader.pages) + str(reader.metadata)
    return "".join(text.split()).lower()


def left(folder, *secrets):
    """Return which of the secrets can still be found, and in which file."""
    return [
        (path.name, secret)
        for path in sorted(folder.iterdir())
        for secret in secrets
        if "".join(secret.split()).lower() in words_of(path)
    ]


@pytest.fixture
def cabinet(council):
    """A page that shows Camille, who has a case, and a colleague who has none; return its capture."""
    saved = council.file("cabinet.html", PAGE)
    done = council("capture", "import", saved, "--url", CABINET, *seen(), "--json", day=DAY).json
    assert len(done["cases"]) == 1
    assert (len(done["listings"]), done["count"]) == (1, 2)
    return done["capture"]


def test_a_masked_copy_tells_of_one_person_only_and_says_what_went(council, cabinet, tmp_path):
    before, folder = council.everything(), tmp_path / "copie"
    # What is looked for below is found where it is.
    (tmp_path / "original").mkdir()
    (tmp_path / "original" / "page.html").write_text(PAGE, encoding="utf-8")
    assert len(left(tmp_path / "original", *STRANGERS)) >= 3
    said = council("capture", "export", cabinet, "--masked", "--hide", "4B19", "-o", folder, day=DAY).said
    assert sorted(p.name for p in folder.iterdir()) == COPIES
    assert left(folder, *STRANGERS, "4B19") == []
    for name in COPIES[:2]:
        assert "camilleexemple" in words_of(folder / name)
    assert "L’original reste dans le coffre, inchangé" in said
    assert "Sans photographie : aucun navigateur" in said
    assert council.everything() == before
    index = json.loads((folder / "index-des-masquages.json").read_bytes())
    assert (index["capture"], index["case"]) == (cabinet, "CDO26-2026-0001")
    assert {line["what"] for line in index["hidden"]} >= {"person", "contact", "address", "private", "review"}
    text = (folder / "index-des-masquages.txt").read_text(encoding="utf-8")
    for file in index["files"]:
        data = (folder / file["name"]).read_bytes()
        assert file["sha256"] == hashlib.sha256(data).hexdigest()
        assert f"{file['sha256']}  {file['name']}" in text
    assert all(line["why"] in text.replace("\u00a0", " ") for line in index["hidden"])


PROSE = """<!doctype html><html lang=fr><head><meta charset=utf-8><title>Camille Exemple, kinésithérapeute à Valence</title>
<script type="application/ld+json">{"@context": "https://schema.org", "@type": "Physician", "name": "Camille Exemple",
 "medicalSpecialty": "Masseur-kinésithérapeute", "url": "https://rdv-soins.example/kine/camille-exemple",
 "telephone": "+33465710001", "address": {"@type": "PostalAddress", "streetAddress": "12 rue des Essais",
 "postalCode": "26000", "addressLocality": "Valence"}}</script></head>
<body><h1>Camille Exemple</h1><p>Masseur-kinésithérapeute, 12 rue des Essais, 26000 Valence. Tél. 04 65 71 00 01</p>
<p>Réservation : 0 899 12 34 56, aide@rdv-soins.example</p>
<p>Sacha Modèle exerce aussi ici. Secrétaire : Odile Bureau. Appelez Mme Petit au 06 39 98 00 66 ou
accueil@cabinet-voisin.example.</p><ul><li>Bob Confrère, masseur-kinésithérapeute, 06 39 98 00 77</li></ul>
<p>Prendre rendez-vous avec Lou Canevas</p>
<h2>D’autres kinésithérapeutes consultent à proximité</h2><p>Nino Voisin-Fictif</p>
<h2>Horaires</h2><p>Un petit mot : 09:00 12:00 14:00 18:00</p>%s</body></html>"""
NOT_HANDED_IN = (
    "Modèle", "Odile", "Bureau", "Mme Petit", "639980066", "39980077", "cabinet-voisin", "Bob", "Confrère", "Lou Canevas",
    "Voisin-Fictif", "06 39 98 00 66", "06 39 98 00 77",
)  # fmt: skip
ITS_OWN = (
    "Camille Exemple", "12 rue des Essais", "04 65 71 00 01", "0 899 12 34 56", "aide@rdv-soins.example", "Un petit mot",
    "09:00 12:00 14:00 18:00",
)  # fmt: skip
SURE = "Ce qui concerne d’autres personnes en a été retiré"
DOUBT = "Une personne relit avant l’envoi"


def copy_of(council, folder, page):
    """Return what the person is told of the masked copy of a page, whose people nobody has named to the program."""
    words = ("capture", "import", council.file("prose.html", page), "--url", f"{CABINET}/camille", *seen(), "--json")
    done = council(*words, day=DAY).json
    assert done["count"] == 1
    return council("capture", "export", done["capture"], "--masked", "-o", folder, day=DAY).said


def test_a_colleague_of_the_roster_a_neighbour_and_a_secretary_go_though_nobody_named_them(council, tmp_path):
    (tmp_path / "original").mkdir()
    (tmp_path / "original" / "page.html").write_text(PROSE % "", encoding="utf-8")
    assert len(left(tmp_path / "original", *NOT_HANDED_IN)) >= 10
    said, folder = copy_of(council, tmp_path / "copie", PROSE % ""), tmp_path / "copie"
    assert left(folder, *NOT_HANDED_IN) == []
    for name in COPIES[:2]:
        words = words_of(folder / name)
        assert [own for own in ITS_OWN if "".join(own.split()).lower() not in words] == []
        assert "".join(SURE.split()).lower() in words
    assert "À relire" not in said


def test_a_copy_in_which_somebody_may_be_left_says_that_a_person_reads_it_first(council, tmp_path):
    said, folder = (
        copy_of(council, tmp_path / "copie", PROSE % "<p>Patiente J. D., séance du 12/03 à 14:00</p>"),
        tmp_path / "copie",
    )
    for name in COPIES[:2]:
        words = words_of(folder / name)
        assert "".join(SURE.split()).lower() not in words
        assert "".join(DOUBT.split()).lower() in words
    assert "À relire avant l’envoi : la copie paraît encore contenir ce qui paraît concerner des patients" in said
    index = json.loads((folder / "index-des-masquages.json").read_bytes())
    assert index["to_read"] == ["ce qui paraît concerner des patients"]
    assert "À RELIRE AVANT L’ENVOI" in (folder / "index-des-masquages.txt").read_text(encoding="utf-8")


def test_somebody_s_street_goes_though_nobody_listed_it_and_the_site_s_legal_notice_stays(council, tmp_path):
    notice = "<h3>Éditeur</h3><p>Réserve Exemple SAS</p><p>54 quai du Registre</p><p>92300 Exempleville</p><p>01 99 00 12 34</p>"
    host = "<p>© 2026 Réserve Exemple, RCS Exempleville 000 000 000, 3 rue du Greffe. Hébergeur : Serveurs Exemple</p>"
    advert = (
        "<p>Annonce</p><p>Philibert Réclame</p><p>Ostéopathe</p><p>100 avenue du Général de Panneau, 57000 Metz</p>"
    )
    said = copy_of(council, tmp_path / "copie", PROSE % f"{advert}{notice}{host}")
    assert left(tmp_path / "copie", "Philibert", "Réclame", "100 avenue", "Panneau") == []
    for name in COPIES[:2]:
        words = words_of(tmp_path / "copie" / name)
        for own in ("54 quai du Registre", "01 99 00 12 34", "3 rue du Greffe", "12 rue des Essais"):
            assert "".join(own.split()).lower() in words, own
        assert "".join(SURE.split()).lower() in words
    assert "À relire" not in said


def test_an_address_that_is_also_the_home_goes_by_itself(council, cabinet, tmp_path):
    columns = ";site2_street;site2_postcode;site2_town;site2_phone;site2_private\n"
    roster = council.roster.replace("site1_phone\n", f"site1_phone{columns}", 1)
    roster = roster.replace(
        "04 65 71 00 01\n", "04 65 71 00 01;7, impasse du Secret;26000;Valence;04 65 71 00 77;oui\n"
    )
    council("roster", "import", council.file("tableau2.csv", roster), day=DAY)
    council("capture", "export", cabinet, "--masked", "-o", tmp_path / "copie", day=DAY)
    assert left(tmp_path / "copie", "impasse du Secret") == []
    assert left(tmp_path / "copie", "rue des Essais") != []


def test_a_page_whose_listing_is_not_plain_asks_which_and_keeps_the_one_named(council, tmp_path):
    other = PAGE.replace("Paul Dumont", "Sacha Modèle").replace("41 chemin des Écluses", "30 rue du Parc")
    other = other.replace("+33639980042", "+33465710002").replace("26500", "26000").replace("Bourg-lès-", "")
    words = ("capture", "import", council.file("deux.html", other), "--url", CABINET, *seen(), "--json")
    done = council(*words, day=DAY).json
    assert len(done["cases"]) == 2
    words = ("capture", "export", done["capture"], "--masked", "-o", tmp_path / "copie")
    said = council(*words, day=DAY, code=1).said
    assert all(key in said for key in done["listings"])
    assert "--keep" in said
    assert "--keep" in council(*words, "--keep", "ailleurs.example:x", day=DAY, code=1).said
    assert not (tmp_path / "copie").exists()
    made = council(*words, "--keep", done["listings"][1], "--json", day=DAY).json
    assert (made["listing"], made["case"]) == (done["listings"][1], "CDO26-2026-0002")
    assert left(tmp_path / "copie", "04 65 71 00 01", "Camille Exemple") == []


def test_a_page_about_nobody_in_a_case_asks_which(council, tmp_path):
    # Same name and town, another street and number: the program is not sure, so there is no case yet.
    page = PAGE.replace("12 rue des Essais", "40 boulevard de l’Hypothèse").replace("+33465710001", "+33465710099")
    words = ("capture", "import", council.file("p.html", page), "--url", CABINET, *seen(), "--json")
    done = council(*words, day=DAY).json
    assert done["cases"] == []
    said = council("capture", "export", done["capture"], "--masked", "-o", tmp_path / "copie", day=DAY, code=1).said
    assert "Aucune fiche de cette page n’est dans un dossier" in said
    assert "Camille Exemple (rdv-soins.example:" in said


def test_a_copy_in_which_something_is_left_is_not_written(council, cabinet, tmp_path, monkeypatch):
    monkeypatch.setattr("listingguard.edge.mask._mask_text", lambda *_: None)
    folder = tmp_path / "copie"
    said = council("capture", "export", cabinet, "--masked", "-o", folder, day=DAY, code=1).said
    assert "nom d’une autre personne encore lisible" in said
    assert "Rien n’est écrit" in said
    assert not folder.exists()
    assert list(tmp_path.glob(".tmp-*")) == []


def test_a_page_the_program_cannot_read_is_masked_only_when_told_what_to_hide(council, tmp_path):
    brought(council, "2026-01-06")
    words = ("capture", "import", council.page, "--url", council.url, *seen("2026-01-06"), "--json")
    (key,) = council(*words, day="2026-01-06").json["listings"]
    page = council.file("autre.html", "<!doctype html><title>x</title><body><p>Camille Exemple et Paul Dumont</p>")
    capture = council(
        "capture", "import", page, "--url", council.url, "--shows", key, *LOOK, "--json", day=DAY
    ).json["capture"]  # fmt: skip
    words = ("capture", "export", capture, "--masked", "-o", tmp_path / "copie")
    assert "--hide" in council(*words, day=DAY, code=1).said
    council(*words, "--hide", "Paul Dumont", day=DAY)
    assert left(tmp_path / "copie", "Paul Dumont") == []


def test_a_saved_page_in_a_container_is_unwrapped_before_it_is_masked(council, tmp_path):
    import quopri

    body = quopri.encodestring(PAGE.encode()).decode()
    mhtml = (
        f"From: <Saved>\r\nSnapshot-Content-Location: {CABINET}\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/related; type="text/html"; boundary="b"\r\n\r\n--b\r\nContent-Type: text/html\r\n'
        f"Content-Transfer-Encoding: quoted-printable\r\nContent-Location: {CABINET}\r\n\r\n{body}\r\n--b--\r\n"
    )
    saved = council.file("cabinet.mhtml", mhtml)
    capture = council("capture", "import", saved, "--url", CABINET, *seen(), "--json", day=DAY).json["capture"]
    council("capture", "export", capture, "--masked", "-o", tmp_path / "copie", day=DAY)
    assert left(tmp_path / "copie", *STRANGERS, "multipart", "From:") == []
    # The original is the file that a person brought, not what was unwrapped out of it.
    index = json.loads((tmp_path / "copie" / "index-des-masquages.json").read_text(encoding="utf-8"))
    assert index["original_sha256"] == hashlib.sha256(mhtml.encode()).hexdigest()
    assert "Camille Exemple" in (tmp_path / "copie" / "copie-masquee.html").read_text(encoding="utf-8")


def test_a_picture_or_a_used_folder_gives_no_masked_copy(council, cabinet, tmp_path):
    key = council("capture", "show", cabinet, "--json").json["listings"][0]
    picture = council.file("ecran.png", PNG)
    capture = council(
        "capture", "import", picture, "--url", CABINET, "--shows", key, *LOOK, "--json", day=DAY
    ).json["capture"]  # fmt: skip
    words = ("capture", "export", capture, "--masked", "--hide", "Paul Dumont", "-o", tmp_path / "copie")
    assert "page HTML" in council(*words, day=DAY, code=1).said
    used = tmp_path / "occupé"
    used.mkdir()
    (used / "à moi.txt").write_text("x")
    assert "n’est pas un dossier vide" in council("capture", "export", cabinet, "--masked", "-o", used, code=1).said
    assert [p.name for p in used.iterdir()] == ["à moi.txt"]


@pytest.mark.parametrize("words", [("--sheet", "--masked"), ("--keep", "x"), ("--sheet", "--hide", "abc")])
def test_options_that_do_not_go_together_are_refused(council, cabinet, words):
    assert "--" in council("capture", "export", cabinet, *words, code=1).said


def test_the_sheet_is_a_pdf_that_says_where_how_and_which_bytes(council, tmp_path):
    capture, path = brought(council), tmp_path / "fiche.pdf"
    assert str(path) in council("capture", "export", capture, "--sheet", "-o", path).out
    text = " ".join(page.extract_text() for page in pypdf.PdfReader(path).pages)
    flat = "".join(text.split())
    assert "DossierCDO26-2026-0001" in flat
    assert "".join(council.url.split("/")[-1]) in flat
    for sha in artefacts(council, capture).values():
        assert sha in flat.replace("\u200b", "")
    first = path.read_bytes()
    council("capture", "export", capture, "--sheet", "-o", path)
    assert path.read_bytes() == first


def test_nothing_leaves_of_a_capture_that_is_not_intact(council, cabinet, tmp_path):
    altered(council, artefacts(council, cabinet)["data.warc.gz"])
    for words in (("--sheet",), ("--masked",), ()):
        assert "data.warc.gz" in council("capture", "export", cabinet, *words, "-o", tmp_path / "copie", code=1).said
    assert not (tmp_path / "copie").exists()


def test_every_fact_a_browser_adds_has_a_french_label():
    from listingguard.domain.capture import _ENVIRONMENT, _MORE
    from listingguard.edge import browser

    source = Path(browser.__file__).read_text(encoding="utf-8")
    facts = set(re.findall(r'^ {20}"(\w+)": ', source, re.MULTILINE))
    assert {"viewport", "browser_address", "lacks"} <= facts
    assert facts - set(_ENVIRONMENT) - set(_MORE) == set()
