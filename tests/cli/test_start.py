"""`start`: a kiné alone, from a link to a request that leaves; played at a terminal, on a real site and mail server."""

import email
import email.policy
import io
import json
import os
import pty
import re
import select
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pypdf
import pytest

from listingguard import cli
from listingguard.app import App, fill_config
from listingguard.cli.asking import drop_typed_ahead, rpps_of
from listingguard.config import load
from listingguard.demo_world import CASE_SLUG, HOST, BookingSite, MailSink
from listingguard.errors import BadInput

URL = f"http://{HOST}/masseur-kinesitherapeute/valence/{CASE_SLUG}"
OTHER = f"http://{HOST}/masseur-kinesitherapeute/romans-sur-isere/sacha-modele"
UNKNOWN = "annuaire-inconnu.example"
"""A site that nobody described: neither an adapter, nor who answers for it."""
DAY = "2026-01-05"
WHO = (
    "Camille", "Exemple", "", "Mme", "", "12 rue des Essais", "26000", "Valence", "n", "04 65 71 00 01",
    "camille@exemple.example", "o",
)  # fmt: skip
"""The answers of the first step, the last one: « tout est exact »."""
PATIENTS = "Depuis mars 2026, quatre patients se sont présentés pour un rendez-vous pris sur cette page"
MINE = ("m", "1", PATIENTS, "", "")
"""It is me; I declare it; one reason of my own."""
WRITTEN = ("o", "o", "o", "n", "o", "o")
"""The addressee compared, three grounds of four ticked, the text approved."""
FACTS = (
    "--first-name", "Camille", "--family-name", "Exemple", "--street", "12 rue des Essais", "--postcode", "26000",
    "--town", "Valence", "--not-at-home", "--phone", "04 65 71 00 01", "--email", "camille@exemple.example",
)  # fmt: skip
SAID = ("--me", "m", "--said", "not_agreed", "--contacts-verified")
GROUNDS = ("--ground", "objection", "--ground", "erasure_after_objection")


def typed(*answers):
    return "".join(f"{answer}\n" for answer in answers)


@pytest.fixture
def site(monkeypatch):
    """The demo's booking site, where every command of these tests finds it."""
    with BookingSite() as booking:
        real = App.open.__func__

        def opened(cls, *args, **more):
            return real(cls, *args, **more, loopback=dict.fromkeys((HOST, UNKNOWN), ("127.0.0.1", booking.port)))

        monkeypatch.setattr(App, "open", classmethod(opened))
        yield booking


@pytest.fixture
def alone(desk_of, site):
    """A simulated home of a kiné, as `init` leaves it: nobody on the roster, no sender."""
    desk = desk_of("self", sender=False)
    desk.named = True
    return desk


def case_row(desk, day=DAY):
    (row,) = desk("case", "list", "--json", day=day).json
    return row


def test_a_newcomer_goes_from_a_link_to_a_draft_and_every_question_says_why(site, tmp_path, monkeypatch, capsys):
    home = tmp_path / "neuf"
    monkeypatch.setattr("listingguard.edge.browser.find_browser", lambda wanted: None)
    monkeypatch.setattr(sys, "stdin", Terminal(typed(*WHO, *MINE, *WRITTEN, "1")))
    assert cli.run(["--home", str(home), "start", URL]) == 0
    out, err = (re.sub("[\u00a0\u202f]", " ", text) for text in capsys.readouterr())
    for step in ("Étape 1 sur 6 — Vous", "Étape 2 sur 6", "Étape 3 sur 6", "Étape 4 sur 6", "Étape 5", "Étape 6"):
        assert step in err
    for why in (
        "Pour reconnaître la fiche",
        "Il montre qui vous êtes sans copie de pièce d’identité",
        "y répond, et le site sait",
    ):
        assert why in " ".join(err.split())
    # Both sides in front of the person, agreeing line by line.
    assert re.search(r"= adresse +12 rue des Essais +12 rue des Essais", err)
    assert f"http://{HOST}/mentions-legales" in err
    assert re.search(r"Dossier KINE[A-Z]{4}-\d{4}-0001 : Courrier prêt", out)
    (draft,) = (home / "outbox").glob("*.eml")
    text = body(draft)
    assert b"To: dpo@reserve-kine.example" in draft.read_bytes()
    assert PATIENTS in text
    assert "masseuse-kinésithérapeute" in text
    assert "deux mois" not in text
    # The home says who writes; nothing typed lies about in a second place.
    settings = load(home / "config.toml")
    assert (settings.home.acting, settings.home.person) == ("self", "Camille Exemple")
    assert (settings.sender.street, settings.sender.signatory) == ("12 rue des Essais", "Camille Exemple")
    assert not (home / "start.json").exists()
    if os.name == "posix":
        assert home.stat().st_mode & 0o077 == 0


def body(draft):
    """Return the text of a draft, on lines of their own."""
    return email.message_from_bytes(draft.read_bytes(), policy=email.policy.default).get_body().get_content()


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_stopped_after_every_single_answer_it_goes_on_and_nothing_is_lost_or_doubled(alone, site):
    answers = [*WHO, *MINE, *WRITTEN, "1"]
    for answer in answers[:-1]:
        # One answer, then the person is gone: the next question finds nobody.
        done = alone("start", URL, day=DAY, typed=typed(answer), code=1)
        assert "Interrompu" in done.said
        assert f"Vos réponses sont gardées. Pour continuer : listingguard --home {alone.home} start {URL}" in done.said
    done = alone("start", URL, day=DAY, typed=typed(answers[-1]))
    assert "Courrier prêt" in done.said
    assert case_row(alone)["state"] == "drafted"
    events = alone("case", "show", "KINE-2026-0001", "--json", day=DAY).json["events"]
    assert [e["kind"] for e in events] == ["detected", "listing_confirmed_by_kine", "request_approved"]
    assert sum("valence/camille" in path for path, _, _ in site.hits) == 1
    assert not (alone.home / "start.json").exists()
    # Again, with nothing new to say: nothing changes but what is shown.
    before = alone.everything()
    alone("start", URL, day=DAY, typed="\n")
    assert {k: v for k, v in alone.everything().items() if k.endswith((".pdf", ".eml", ".toml"))} == {
        k: v for k, v in before.items() if k.endswith((".pdf", ".eml", ".toml"))
    }
    assert len(alone("case", "show", "KINE-2026-0001", "--json", day=DAY).json["events"]) == 3


def test_with_a_mail_server_one_message_leaves_however_often_it_is_run(alone):
    with MailSink() as sink:
        alone.configure(mail__smtp_host="127.0.0.1", mail__smtp_port=sink.port, mail__security="none",
                        mail__from_address="camille@exemple.example")  # fmt: skip
        done = alone("start", URL, day=DAY, typed=typed(*WHO, *MINE, *WRITTEN, "1"))
        assert "Envoyé, réception à prouver" in done.said
        alone("start", URL, day=DAY, typed="\n")
        alone("send", day=DAY)
        assert len(sink.messages) == 1
    # A week without an error: presumed, and both dates are said, only one of them as the law's.
    done = alone("start", URL, day="2026-01-13", typed="\n")
    assert "Réception présumée : 5 janvier 2026." in done.said
    assert "Échéance légale : 5 février 2026 (article 12, paragraphe 3, du RGPD)." in done.said
    assert "Repère du conseil : 5 mars 2026" in done.said
    assert "ce n’est pas le délai de la loi" in done.said
    calendar = unfolded(alone.home / "outbox" / "KINE-2026-0001.ics")
    assert re.findall(r"DTSTART;VALUE=DATE:(\d+)", calendar) == ["20260205", "20260305"]
    assert calendar.count("échéance légale") >= 1


def unfolded(path):
    return path.read_bytes().decode().replace("\r\n ", "")


def test_by_registered_post_a_sheet_says_what_to_do_and_the_dates_run_from_the_notice(alone):
    alone("start", URL, day=DAY, typed=typed(*WHO, *MINE, *WRITTEN, "2"))
    outbox = alone.home / "outbox"
    # Only paper leaves: no draft lies there, none is sent.
    assert sorted(p.name for p in outbox.iterdir()) == [
        "KINE-2026-0001-demande.pdf", "KINE-2026-0001-recommande.pdf", "KINE-2026-0001.ics",
    ]  # fmt: skip
    sheet = pypdf.PdfReader(outbox / "KINE-2026-0001-recommande.pdf").pages[0].extract_text()
    assert "1 PLACE DE LA DEMONSTRATION\n26000 VALENCE" in sheet
    for words in ("avis de réception", "Numéro du recommandé", "Déposé à la poste le", "ne court pas"):
        assert words in " ".join(sheet.split())
    assert "noter la réception de la demande" in unfolded(outbox / "KINE-2026-0001.ics")
    assert alone("send", "--json", day=DAY).json == []
    (task,) = [t for t in alone("next", "--json", day=DAY).json if t["case"]]
    assert "recommandé" in task["what"]

    slip = alone.file("depot.jpg", b"\xff\xd8\xff depot")
    # The next day, posted; a day that has not come is refused, and asked again.
    alone("start", URL, day="2026-01-06", typed=typed("2026-02-30", "2026-01-06", "1A 234 567 8901 2", slip))
    assert case_row(alone, "2026-01-06")["state"] == "sent"
    shown = alone("case", "show", "KINE-2026-0001", day="2026-01-06").said
    assert "recommandé n° 1A 234 567 8901 2" in shown
    # No clock runs from the deposit.
    assert case_row(alone, "2026-01-20")["legal_due"] is None
    notice = alone.file("avis.jpg", b"\xff\xd8\xff avis")
    done = alone("start", URL, day="2026-01-12", typed=typed("2026-01-09", notice))
    assert "Réception prouvée : 9 janvier 2026." in done.said
    row = case_row(alone, "2026-01-12")
    assert (row["receipt"], row["receipt_basis"], row["legal_due"]) == ("2026-01-09", "proven", "2026-02-09")
    calendar = unfolded(outbox / "KINE-2026-0001.ics")
    assert re.findall(r"DTSTART;VALUE=DATE:(\d+)", calendar) == ["20260209", "20260309"]


def test_every_command_to_copy_names_the_home_that_was_named(alone):
    done = alone("start", URL, day=DAY, typed=typed(*WHO, *MINE, *WRITTEN, "3"))
    again = f"listingguard --home {alone.home} start {URL}"
    assert f"pour le noter : {again}" in done.said
    assert again in unfolded(alone.home / "outbox" / "KINE-2026-0001.ics")
    sheet = pypdf.PdfReader(alone.home / "outbox" / "KINE-2026-0001-recommande.pdf").pages[0].extract_text()
    # On paper the command is broken into lines.
    assert "listingguard--home/" in "".join(sheet.split()), sheet


def test_what_was_posted_goes_into_the_complaint_with_its_two_proofs(alone, site):
    alone("start", URL, day=DAY, typed=typed(*WHO, *MINE, *WRITTEN, "2"))
    slip, notice = alone.file("depot.jpg", b"\xff\xd8\xff depot"), alone.file("avis.jpg", b"\xff\xd8\xff avis")
    posted = ("--posted-on", "2026-01-06", "--number", "1A 234", "--deposit", slip)
    alone("start", URL, *posted, day="2026-01-06")
    alone("start", URL, "--received-on", "2026-01-09", "--receipt", notice, "--json", day="2026-01-12")
    page = alone.file("page.html", site.answer("/masseur-kinesitherapeute/valence/camille-exemple")[2])
    alone("capture", "import", page, "--url", URL, "--seen-at", "2026-02-10 07:30", day="2026-02-10")
    pack = alone("complain", "KINE-2026-0001", "--proceedings", "aucune", "--json", day="2026-02-10").json
    alone("verify", pack["path"], "--expect", pack["sha256"])
    with zipfile.ZipFile(pack["path"]) as archive:
        contents = {archive.read(name): name for name in archive.namelist()}
    assert "preuve-de-l-envoi" in contents[slip.read_bytes()]
    assert "courriel" not in contents[slip.read_bytes()]
    assert notice.read_bytes() in contents


def test_of_a_site_nobody_described_the_legal_notice_is_read_and_its_publisher_proposed(alone, site, monkeypatch):
    monkeypatch.setattr("listingguard.flow.scan.pace_of", lambda each, plan: 0.0)
    url = URL.replace(HOST, UNKNOWN)
    # What the notice says is proposed, and kept by a mere Enter; what it does not say is typed.
    editor = ("", "Vie privée", "", "", "", "")
    done = alone("start", url, day=DAY, typed=typed(*WHO, *MINE, *editor, *WRITTEN, "1"))
    assert "Réserve-Kiné" in done.said
    assert f"http://{UNKNOWN}/mentions-legales" in done.said
    record = alone("controller", "show", UNKNOWN, "--json", day=DAY).json
    assert (record["street"], record["postcode"], record["town"]) == ("1 place de la Démonstration", "26000", "Valence")
    assert (record["email"], record["attention"]) == ("dpo@reserve-kine.example", "Vie privée")
    assert record["verified_on"] == DAY
    assert "Courrier prêt" in done.said


def test_the_answers_about_one_page_are_never_taken_for_those_about_another(alone):
    alone("start", URL, day=DAY, typed=typed(*WHO, *MINE, *WRITTEN, "2"))
    # Interrupted between the day and the number of the deposit.
    alone("start", URL, day="2026-01-06", typed=typed("2026-01-06"), code=1)
    lou = f"http://{HOST}/masseur-kinesitherapeute/valence/lou-canevas"
    done = alone("start", lou, "--json", day="2026-01-06", code=3)
    assert "ne vous désigne" in done.json["error"]["message"]
    alone("start", URL, day="2026-01-07", typed=typed("1A 234", "", ""))
    shown = alone("case", "show", "KINE-2026-0001", day="2026-01-07").said
    assert re.search(r"06/01/2026\W+(\d+ +)?demande envoyée", shown)


def test_a_second_page_of_the_same_site_is_told_that_the_request_does_not_cite_it(alone, site):
    alone("start", URL, day=DAY, typed=typed(*WHO, *MINE, *WRITTEN, "1"))
    again = URL.replace("/valence/", "/romans-sur-isere/").replace(CASE_SLUG, "camille-exemple-2")
    answer = site.answer
    text = answer("/masseur-kinesitherapeute/valence/camille-exemple")[2]
    moved = text.replace("/valence/camille-exemple", "/romans-sur-isere/camille-exemple-2")
    moved = moved.replace('data-id="camille-exemple"', 'data-id="camille-exemple-2"')
    site.answer = lambda path: (200, "text/html; charset=utf-8", moved) if path.endswith("-2") else answer(path)
    done = alone("start", again, day=DAY, typed=typed("m"))
    assert "ne la cite pas" in done.said
    assert len(alone("case", "list", "--json", day=DAY).json) == 1


def test_without_a_terminal_nothing_is_approved_that_was_not_read(alone):
    words = ("start", URL, *FACTS, *SAID, *GROUNDS, "--by", "draft")
    error = alone(*words, "--json", day=DAY, code=3).json["error"]
    assert "lu et approuvé" in error["message"]
    text = (alone.home / "outbox" / "KINE-2026-0001-a-relire.txt").read_text(encoding="utf-8")
    assert "Je m’adresse à vous en qualité de personne concernée" in text
    (mark,) = re.findall(r"--approve ([0-9a-f]{12})", error["missing"][0])
    # The mark of another text, another day's for instance, approves nothing.
    assert "il a changé" not in alone(*words, "--approve", "0" * 12, day=DAY, code=3).said
    tomorrow = alone(*words, "--approve", mark, "--json", day="2026-01-06", code=3).json["error"]
    assert "il a changé depuis" in tomorrow["message"]
    done = alone(*words, "--approve", mark, "--json", day=DAY).json
    assert (done["case"], done["state"]) == ("KINE-2026-0001", "drafted")
    assert [Path(f).exists() for f in done["files"]] == [True] * len(done["files"])


def test_without_a_terminal_each_missing_answer_names_its_option(alone):
    given = list(FACTS)
    for option in ("--first-name", "--town", "--email"):
        where = given.index(option)
        error = alone("start", URL, *given[:where], *given[where + 2 :], "--json", day=DAY, code=3).json["error"]
        assert error["missing"] == [option]
    for name, rest in (("--me", ()), ("--said", SAID[:2]), ("--contacts-verified", SAID[:4])):
        assert alone("start", URL, *FACTS, *rest, "--json", day=DAY, code=3).json["error"]["missing"] == [name]
    error = alone("start", URL, *FACTS, *SAID, "--json", day=DAY, code=3).json["error"]
    assert any("--ground objection" in line for line in error["missing"])


@pytest.mark.parametrize(("letter", "word"), [("a", "other"), ("i", "unknown")])
def test_a_page_that_is_not_mine_is_noted_and_nothing_is_written(alone, letter, word):
    done = alone("start", URL, day=DAY, typed=typed(*WHO, letter))
    assert "aucune demande n’est écrite" in done.said
    assert alone("case", "list", "--json", day=DAY).json == []
    (pair,) = alone("review", "--decided", "--json", day=DAY).json
    assert [o["word"] for o in pair["opinions"]] == [word]
    # Asked once; a change of mind is possible.
    assert "votre réponse sur cette page" in alone("start", URL, day=DAY, typed="\n").said
    alone("review", "--undo", day=DAY)
    alone("start", URL, day=DAY, typed=typed(*MINE[:2]), code=1)
    assert case_row(alone)["state"] == "detected"


@pytest.mark.parametrize(
    ("said", "state", "told"),
    [("agreed", "closed", "vous aviez donné votre accord"), ("practice", "detected", "tant que cela n’est pas éclairci"),
     ("claimed", "detected", "tant que cela n’est pas éclairci"), ("talk", "detected", "je souhaite en parler")],
)  # fmt: skip
def test_whoever_may_have_agreed_writes_to_nobody(alone, said, state, told):
    done = alone("start", URL, *FACTS, "--me", "m", "--said", said, day=DAY)
    assert told in done.said
    assert case_row(alone)["state"] == state
    alone("letter", "approve", "KINE-2026-0001", "--all-grounds", day=DAY, code=3)


@pytest.mark.parametrize(
    ("words", "state", "told"),
    [(("--me", "a"), "closed", "ce n’est pas vous"), (("--said", "agreed"), "closed", "est clos"),
     (("--said", "talk"), "drafted", "attend une décision"), (("--said", "claimed"), "drafted", "attend une décision")],
)  # fmt: skip
def test_a_word_that_contradicts_what_is_recorded_is_never_ignored(alone, words, state, told):
    alone("start", URL, day=DAY, typed=typed(*WHO, *MINE, *WRITTEN, "2"))
    done = alone("start", URL, *words, day=DAY)
    assert told in done.said
    assert "Ne l’envoyez pas" in done.said
    assert case_row(alone)["state"] == state
    # Said again, and then unsaid by a script that repeats what is recorded: the last word counts.
    again = alone("start", URL, *words, day=DAY)
    assert "Courrier prêt" not in again.said


def test_not_being_sure_any_more_is_refused_once_a_case_rests_on_it(alone):
    alone("start", URL, day=DAY, typed=typed(*WHO, *MINE, *WRITTEN, "2"))
    error = alone("start", URL, "--me", "i", "--json", day=DAY, code=3).json["error"]
    assert "KINE-2026-0001 repose sur votre réponse" in error["message"]
    assert "hold" in error["missing"][1]


def test_a_page_first_said_to_be_somebody_elses_can_be_claimed_by_an_option(alone):
    alone("start", URL, *FACTS, "--me", "a", day=DAY)
    alone("start", URL, *SAID, day=DAY, code=3)
    assert case_row(alone)["state"] == "confirmed"


def test_a_page_about_somebody_else_is_refused_with_the_reasons_and_not_kept(alone):
    error = alone("start", OTHER, *FACTS, "--json", day=DAY, code=3).json["error"]
    assert "ne vous désigne" in error["message"]
    assert error["missing"]
    assert alone("capture", "list", "--json", day=DAY).json == []


def test_a_page_programs_may_not_read_is_saved_by_hand_and_the_sitting_goes_on(alone, site, tmp_path):
    answer = site.answer
    site.answer = lambda path: (403, "text/html", "non") if "camille" in path else answer(path)
    error = alone("start", URL, *FACTS, "--json", day=DAY, code=3).json["error"]
    assert "Enregistrer sous" in error["missing"][0]
    assert f"listingguard --home {alone.home} start {URL} --file page.html" in error["missing"][1]
    page = alone.file("page.html", answer("/masseur-kinesitherapeute/valence/camille-exemple")[2])
    seen = ("--file", page, "--seen-at", f"{DAY} 07:30")
    # The legal notice, which may not be read either, is saved by hand too.
    notice = alone.file("mentions.html", answer("/mentions-legales")[2])
    done = alone("start", URL, *seen, day=DAY, typed=typed(*MINE, WRITTEN[0], notice, *WRITTEN[1:], "1"))
    assert "Courrier prêt" in done.said
    (capture,) = alone("capture", "list", "--json", day=DAY).json
    assert capture["origin"] == "import"


@pytest.mark.parametrize("mark", ['<link rel="canonical" href="{}">', '<meta property="og:url" content="{}">'])
def test_a_saved_page_of_another_site_is_refused_with_the_address_it_gives_itself(alone, site, mark):
    page = site.answer("/masseur-kinesitherapeute/valence/camille-exemple")[2]
    page = re.sub(r'<link rel="canonical"[^>]*>|<meta property="og:url"[^>]*>', "", page)
    saved = alone.file("page.html", page.replace("<head>", "<head>" + mark.format(URL)))
    words = ("--file", saved, "--seen-at", f"{DAY} 07:30", *FACTS)
    error = alone("start", URL.replace(HOST, UNKNOWN), *words, "--json", day=DAY, code=3).json["error"]
    assert "une autre page" in error["message"]
    assert f"start {URL} --file" in error["missing"][0]
    assert alone("capture", "list", "--json", day=DAY).json == []
    alone("start", URL, *words, "--me", "a", day=DAY)


def test_an_address_made_of_a_relative_link_in_a_saved_page_is_never_cited_unseen(alone, site):
    page = site.answer("/masseur-kinesitherapeute/valence/camille-exemple")[2]
    saved = alone.file("page.html", re.sub(r'<link rel="canonical"[^>]*>|<meta property="og:url"[^>]*>', "", page))
    words = ("--file", saved, "--seen-at", f"{DAY} 07:30", *FACTS, *SAID)
    error = alone("start", f"http://{UNKNOWN}/x", *words, "--json", day=DAY, code=3).json["error"]
    assert "une autre adresse que" in error["message"]
    assert alone("case", "list", "--json", day=DAY).json == []


def test_a_mistyped_link_is_an_error_and_never_a_removal(alone):
    error = alone("start", f"{URL}x", *FACTS, "--json", day=DAY, code=1).json["error"]
    assert "ne mène à aucune page" in error["message"]
    assert "rien à demander" not in error["message"]


def test_on_a_customers_page_the_person_chooses_whether_to_write_to_the_site_or_to_the_practice(alone):
    page = Path(__file__).parent.parent / "sites" / "doctolib.fr" / "fiche-cliente.html"
    said = json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))
    (listing,) = [item for item in said["listings"] if item["state"] == "customer"]
    first, _, last = listing["name"].rpartition(" ")
    street, postcode, town = (listing["places"][0][key] for key in ("street", "postcode", "town"))
    who = ("--first-name", first, "--family-name", last, "--street", street, "--postcode", postcode, "--town", town)
    seen = ("--file", page, "--seen-at", f"{DAY} 07:30")
    rest = ("--not-at-home", "--phone", "", "--email", "a@exemple.example", "--me", "m", "--said", "not_agreed")
    url = said["url"]
    error = alone("start", url, *who, *seen, *rest, "--json", day=DAY, code=3).json["error"]
    assert error["missing"] == ["--to"]
    practice = ("Cabinet des Essais", "", "1 rue Neuve", "26000", "Valence", "cabinet@exemple.example")
    done = alone("start", url, day=DAY, typed=typed("2", *practice, "o", "o", "o", "n", "o", "2"))
    assert "Courrier prêt" in done.said
    sheet = pypdf.PdfReader(alone.home / "outbox" / "KINE-2026-0001-recommande.pdf").pages[0].extract_text()
    assert "1 RUE NEUVE\n26000 VALENCE" in sheet


def test_the_days_of_a_case_are_written_for_a_calendar_by_themselves_too(alone, tmp_path):
    alone("start", URL, *FACTS, *SAID[:4], day=DAY, code=3)
    target = tmp_path / "jours.ics"
    alone("case", "ics", "KINE-2026-0001", "-o", target, day=DAY, code=3)
    alone("start", URL, day=DAY, typed=typed(*WRITTEN, "2"))
    document = alone("case", "ics", "KINE-2026-0001", "-o", target, "--json", day=DAY).json
    assert [each["day"] for each in document["days"]] == ["2026-01-20"]
    assert "20260120" in unfolded(target)


def test_a_home_is_never_printed(alone):
    at_home = [*WHO[:8], "o", *WHO[9:]]
    done = alone("start", URL, day=DAY, typed=typed(*at_home, *MINE, *WRITTEN, "3"))
    assert "Courrier prêt" in done.said
    for name in ("demande", "recommande"):
        pdf = pypdf.PdfReader(alone.home / "outbox" / f"KINE-2026-0001-{name}.pdf")
        text = " ".join(" ".join(page.extract_text() for page in pdf.pages).split())
        assert "12 rue des Essais" not in text
    assert "(adresse personnelle)" in done.said


def test_a_council_is_told_to_use_its_own_commands(council, site):
    done = council("start", URL, "--json", day=DAY, code=3).json["error"]
    assert "celui d’un conseil" in done["message"]
    assert site.hits == []


def test_an_official_register_and_a_site_switched_off_are_never_read(alone, site):
    alone("start", "https://annuaire.esante.gouv.fr/fiche/1", *FACTS, day=DAY, code=3)
    alone("site", "verify", HOST, "--off", day=DAY)
    assert "éteint" in " ".join(alone("start", URL, *FACTS, "--json", day=DAY, code=3).json["error"]["missing"])
    assert "éteint" in " ".join(alone("look", URL, "--json", day=DAY, code=3).json["error"]["missing"])
    assert alone("capture", "list", "--json", day=DAY).json == []
    assert site.hits == []


def test_a_reason_that_a_request_must_not_give_is_asked_again(alone):
    harsh = "Cette page est une fraude"
    done = alone("start", URL, day=DAY, typed=typed(*WHO, "m", "1", harsh, PATIENTS, "", "", *WRITTEN, "1"))
    assert "« fraude » : une accusation" in done.said
    text = body(alone.home / "outbox" / "KINE-2026-0001-request-1-email.eml")
    assert f"{PATIENTS}." in text
    assert harsh not in text


def test_what_somebody_wrote_in_the_config_stays(alone):
    alone.configure(sender__quality="masseuse-kinésithérapeute", sender__phone="04 00 00 00 00")
    alone("start", URL, *FACTS, day=DAY, code=3)
    sender = load(alone.home / "config.toml").sender
    assert (sender.quality, sender.phone, sender.name) == (
        "masseuse-kinésithérapeute", "04 00 00 00 00", "Camille Exemple",
    )  # fmt: skip


def test_filling_the_config_keeps_comments_and_takes_any_text(tmp_path):
    config = tmp_path / "config.toml"
    config.write_text('# mine\n[sender]\n# who\nname = ""\n\n[mail]\nsmtp_host = "x.example"\nfrom_address = "a@b.fr"')
    fill_config(tmp_path, {"sender": {"name": 'L’« \\ " é', "town": "Die"}, "home": {"person": "A"}})
    text = config.read_text(encoding="utf-8")
    assert text.startswith("# mine\n[sender]\n")
    assert "# who\n" in text
    settings = load(config)
    assert (settings.sender.name, settings.sender.town, settings.home.person) == ('L’« \\ " é', "Die", "A")
    assert settings.mail.smtp_host == "x.example"


DRIVER = """
import signal
import sys

# Whoever starts the tests in the background has them ignore Ctrl-C: a program at a terminal does not.
signal.signal(signal.SIGINT, signal.default_int_handler)
from listingguard import cli
from listingguard.app import App
real = App.open.__func__
App.camera = None
def opened(cls, *args, **more):
    return real(cls, *args, **more, loopback={%r: ("127.0.0.1", %d)})
App.open = classmethod(opened)
sys.exit(cli.run(sys.argv[1:]))
"""


@pytest.mark.skipif(os.name != "posix", reason="a pseudo-terminal")
def test_at_a_real_terminal_with_a_break_in_the_middle_in_less_than_ten_minutes(tmp_path):
    with BookingSite() as booking:
        script = tmp_path / "drive.py"
        script.write_text(DRIVER % (HOST, booking.port))
        command = [sys.executable, str(script), "--home", str(tmp_path / "moi"), "start", URL]
        started = time.monotonic()
        shown = play(command, [*WHO, "m", "1"], then="\x03")
        assert "Interrompu" in shown
        shown = play(command, [*MINE[2:], *WRITTEN, "1"])
        assert "Courrier prêt" in shown
        assert "Déjà fait" in shown
        # At fifteen seconds for each question, the letter read besides, and what the program takes.
        questions = len([*WHO, *MINE, *WRITTEN, "1"])
        assert time.monotonic() - started + questions * 15 + 120 < 600


def play(command, answers, then=""):
    """Return all that a terminal shows while the answers are typed, each once the program asks."""
    master, slave = pty.openpty()
    with subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
                          env={**os.environ, "PYTHONPATH": str(Path(cli.__file__).parents[2])}) as process:  # fmt: skip
        os.close(slave)
        shown, waiting, interrupted = "", [*(f"{answer}\n" for answer in answers), then], 0
        while True:
            # A Ctrl-C that falls just before the program begins to read is lost, as a person's would be: again.
            ready, _, _ = select.select([master], [], [], 2 if interrupted else 60)
            if interrupted and not ready and interrupted < 10:
                interrupted += 1
                process.send_signal(2)
                continue
            try:
                data = os.read(master, 65536) if ready else b""
            except OSError:
                break
            if not data:
                break
            shown += re.sub("[\u00a0\u202f]", " ", data.decode("utf-8", "replace"))
            if waiting and re.search(r" : $", shown):
                key = waiting.pop(0)
                if key == "\x03":
                    interrupted = 1
                    process.send_signal(2)
                else:
                    os.write(master, key.encode())
                shown += "\n"
        try:
            assert process.wait(60) in (0, 1), shown
        except subprocess.TimeoutExpired:
            # It asks what nobody here answers: the test must end all the same.
            process.kill()
            raise AssertionError(shown) from None
    os.close(master)
    return shown


@pytest.mark.skipif(os.name != "posix", reason="a pseudo-terminal")
def test_keys_pressed_before_the_question_do_not_answer_it(monkeypatch):
    master, slave = pty.openpty()
    with os.fdopen(slave) as terminal:
        monkeypatch.setattr(sys, "stdin", terminal)
        os.write(master, b"m\n")
        drop_typed_ahead()
        os.write(master, b"a\n")
        assert terminal.readline() == "a\n"
    os.close(master)


def test_a_number_whose_key_does_not_fit_is_said_and_kept(capsys):
    """Numbers in use fail the key that others compute: to refuse one would cost the person their surest identifier."""
    assert rpps_of("100 0346 1033") == "10003461033"
    assert "clé" in capsys.readouterr().err
    with pytest.raises(BadInput):
        rpps_of("1000346103")


def test_the_whole_answer_as_json_is_one_document(alone):
    document = json.loads(alone("start", URL, *FACTS, "--me", "a", "--json", day=DAY).out)
    assert set(document) == {"home", "case", "state", "files", "over"}
    assert document["case"] is None


def test_whether_it_is_the_home_is_asked_until_the_answer_is_yes_or_no_and_one_line_is_put_right_alone(
    site, tmp_path, monkeypatch, capsys
):
    """A home address that passed for a practice would be printed at the head of the letter."""
    home = tmp_path / "neuf"
    monkeypatch.setattr("listingguard.edge.browser.find_browser", lambda wanted: None)
    who = (
        # A number is no street; a whole address fills three lines, proposed for a mere Enter.
        "Camile", "Exemple", "", "Mme", "99900000011", "99900000037", "12 rue des Essais, 26000 Valence",
        "", "", "peut-être", "oui c’est chez moi", "04 65 71 00 01", "camille@exemple.example",
    )  # fmt: skip
    corrected = ("n", "1", "Camille", "oui")
    mine = ("m", "1", "3", PATIENTS, "o", "", "")
    monkeypatch.setattr(sys, "stdin", Terminal(typed(*who, *corrected, *mine, *WRITTEN, "1")))
    assert cli.run(["--home", str(home), "start", URL]) == 0
    err = re.sub("[\u00a0\u202f]", " ", capsys.readouterr().err)
    assert "Le numéro et la rue sont attendus" in err
    assert "Répondez o (oui) ou n (non)." in err
    assert "12 rue des Essais, 26000 Valence (votre domicile : jamais imprimé)" in err
    assert "Camille EXEMPLE, RPPS 99900000011" in err
    (draft,) = (home / "outbox").glob("*.eml")
    assert "rue des Essais" not in body(draft)
    assert PATIENTS in body(draft)
    assert load(home / "config.toml").sender.street == ""
