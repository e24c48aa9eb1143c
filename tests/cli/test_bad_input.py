"""Bad input at the command line: one plain French sentence, the right exit code, nothing written, no traceback."""

import fcntl
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from listingguard import cli

ROOT = Path(__file__).parent.parent.parent
HEADER = "rpps;civility;family_name;first_name;site1_street;site1_postcode;site1_town"
MIB = 1024 * 1024


def refused(desk, *words, code=1, day="2026-01-10", stdin=b"", lines=1):
    """Run a command that must fail; check that it wrote nothing in the home and said so many lines; return them."""
    before = desk.everything()
    done = desk(*words, code=code, day=day, stdin=stdin)
    assert desk.everything() == before
    if lines:
        assert done.err.count("\n") == lines, done.err
        # A sentence ends as one; a command to type ends as it is typed.
        assert done.err.rstrip()[-1] in ".?:…)" or re.search("  – |listingguard ", done.err), done.err
    return done.said


# -- a roster -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("couleur;taille;ville\nbleu;38;Valence\n", "tableau.csv"),
        (HEADER + ";plaque\n99900000011;;Exemple;Camille;1 rue X;26000;Valence;26\n", "plaque"),
        (b"", "vide"),
        (b"\xef\xbb\xbf\r\n  \r\n", "en-tête"),
        (b"%PDF-1.7\n\x00\x01\x02\x03" + bytes(range(256)) * 8, "tableau.csv"),
        (b"PK\x03\x04" + bytes(200), "tableau.csv"),
    ],
    ids=["wrong header", "a column nobody knows", "empty", "blank", "binary", "a spreadsheet"],
)
def test_a_roster_that_is_none_is_named(content, said, council):
    assert said in refused(council, "roster", "import", council.file("tableau.csv", content))


def test_a_bad_row_is_named_by_its_line_and_column_and_the_others_are_kept(council):
    rows = [
        HEADER,
        "12345;;Court;Numéro;1 rue X;26000;Valence",
        "99900000045;Madame;Fictif;Charlie;3 rue Y;26000;Valence",
    ]
    done = council("roster", "import", council.file("tableau.csv", "\n".join(rows)), day="2026-01-10")
    assert "1 praticien ajouté" in done.said
    assert "1 ligne refusée" in done.said
    assert "tableau.csv" in done.err
    assert "ligne 2" in done.err
    assert "rpps" in done.err


def test_a_line_over_one_mebibyte_from_a_pipe_is_refused_without_reading_on(council):
    told = refused(council, "roster", "import", "-", stdin=HEADER.encode() + b"\n" + b"9" * (MIB + 10) + b"\n")
    assert "ligne 2" in told
    assert "1 Mio" in told


def test_a_listing_over_one_mebibyte_from_a_pipe_is_refused(council):
    table = council.file("tableau.csv", council.roster)
    long = json.dumps({"listing_id": "a", "name": "x" * (MIB + 10)}).encode()
    words = ("match", "--roster", table, "--listings", "-", "-o", council.home.parent / "sortie.jsonl")
    assert "1 Mio" in refused(council, *words, stdin=long)
    assert not (council.home.parent / "sortie.jsonl").exists()


def test_files_that_cannot_be_opened_are_named(council):
    for what in ("absent.csv", council.home):
        assert Path(what).name in refused(council, "roster", "import", what)
    assert "n’existe pas" in refused(council, "inbox", "import", "absent.eml")
    assert "dossier" in refused(council, "capture", "import", council.home, "--url", council.url)


# -- a page ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "vide"),
        (b" \n\t\n", "vide"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "texte"),
        ("<html><meta charset=utf-8><p>K\u00e9".encode() + b"\xff\xfe\xfa" * 60, ""),
        (b"<html><body><h1>Bonjour</h1></body></html>", "fiche"),
    ],
    ids=["empty", "blank", "binary", "wrong charset", "nobody's"],
)
def test_a_page_that_cannot_be_read_is_named(content, said, council):
    page = council.file("page.html", content)
    assert said in refused(council, "read", page, "--url", council.url)
    assert said in refused(council, "capture", "import", page, "--url", council.url)


def test_a_page_of_fifty_megabytes_is_refused(council):
    page = council.home.parent / "page.html"
    with page.open("wb") as stream:
        stream.truncate(50 * MIB + 1)
    assert "50 Mo" in refused(council, "capture", "import", page, "--url", council.url)
    assert "20 Mio" in refused(council, "read", page, "--url", council.url)


def test_a_page_whose_declared_charset_does_not_exist_is_named(council):
    words = ("read", council.page, "--url", council.url, "--content-type", "text/html; charset=klingon")
    assert "klingon" in refused(council, *words)
    words = ("capture", "import", council.page, "--url", council.url, "--content-type", "text/html; charset=klingon")
    assert "klingon" in refused(council, *words)


@pytest.mark.parametrize("url", ["doctolib.fr/x", "ftp://doctolib.fr/x", "", "https://"])
def test_an_address_that_is_none_is_refused(url, council):
    assert "--url" in refused(council, "capture", "import", council.page, "--url", url)


# -- the home -------------------------------------------------------------------------------------------------------


def test_an_unknown_key_of_the_configuration_is_named_with_the_nearest(council):
    path = council.home / "config.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("\nperson =", "\npersonne ="), encoding="utf-8")
    told = refused(council, "next")
    assert str(path) in told
    assert "home.personne" in told
    assert "home.person" in told


@pytest.mark.parametrize("content", ['[home]\nacting = "duo"\n', "[home\n", "acting = \xff", ""])
def test_a_broken_configuration_never_ends_in_a_traceback(content, council):
    (council.home / "config.toml").write_bytes(content.encode("latin-1"))
    # An empty file is all defaults, and by default a kiné acts for himself: not in a council's home.
    assert "config.toml" in refused(council, "next")


def test_without_a_home_the_sentence_names_init(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.run(["next"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "listingguard init" in err


def test_a_home_that_is_a_file_says_so(tmp_path, capsys):
    path = tmp_path / "l'an : 1.txt"
    path.write_text("x", encoding="utf-8")
    for words in (["--home", str(path), "next"], ["init", str(path)]):
        assert cli.run(words) == 1
        out, err = capsys.readouterr()
        assert (out, err.count("\n")) == ("", 1)
        assert "est un fichier, pas un dossier" in err
        # The path comes back as it was typed, to be copied.
        assert str(path) in err
    assert path.read_text(encoding="utf-8") == "x"


def test_a_database_that_is_none_is_named(council):
    council.home.joinpath("listingguard.db").write_bytes(b"ceci n'est pas une base" * 100)
    for suffix in ("-wal", "-shm"):
        council.home.joinpath(f"listingguard.db{suffix}").unlink(missing_ok=True)
    done = council("next", code=1)
    assert "listingguard.db" in done.err or "base" in done.err


def test_two_long_jobs_at_once_are_told_to_wait(council):
    with (council.home / ".lock").open("a+b") as other:
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for words in (("scan",), ("send",), ("rebuild",), ("roster", "import", council.file("t.csv", council.roster))):
            assert "Un autre listingguard travaille" in refused(council, *words)
        # Readers do not wait.
        council("next")
    council("send", day="2026-01-10")


# -- who, what, when ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["case", "show", "CDO26-2026-9999"], "CDO26-2026-9999"),
        (["letter", "show", "CDO26-2026-9999"], "CDO26-2026-9999"),
        (["letter", "approve", "CDO26-2026-9999", "--all-grounds"], "CDO26-2026-9999"),
        (["complain", "CDO26-2026-9999"], "CDO26-2026-9999"),
        (["pack", "show", "CDO26-2026-9999"], "CDO26-2026-9999"),
        (["case", "hold", "CDO26-2026-9999", "--reason", "x"], "CDO26-2026-9999"),
        (["event", "add", "CDO26-2026-9999", "received", "--day", "2026-01-09"], "CDO26-2026-9999"),
        (["roster", "show", "10000000000"], "10000000000"),
        (["roster", "set", "10000000000", "--email", "a@b.example"], "10000000000"),
        (["watch", "set", "10000000000", "no"], "10000000000"),
        (["scan", "--rpps", "10000000000"], "10000000000"),
        (["authorisation", "end", "zzzz", "--day", "2026-01-09"], "zzzz"),
        (["mandate", "end", "zzzz"], "zzzz"),
        (["capture", "show", "zzzz"], "zzzz"),
        (["controller", "show", "personne"], "personne"),
        (["controller", "verify", "personne"], "personne"),
        (["controller", "verify", "allodocteur"], "allodocteur"),
        (["site", "verify", "inconnu.example"], "inconnu.example"),
        (["site", "verify", "doctolib.fr", "--canary", "https://www.doctolib.fr/"], "--canary"),
        (["send", "--settle", "CDO26-2026-9999/request/1/email", "sent"], "CDO26-2026-9999"),
        (["send", "--settle", "x", "peut-être"], "peut-être"),
        (["review", "--answer", "a:b", "99900000011", "m"], "a:b"),
        (["review", "--undo"], "annuler"),
        (["controller", "set", "doctolib"], "--email"),
        (["controller", "set", "doctolib", "--email", "sans arobase"], "sans arobase"),
        (["controller", "set", "doctolib", "--siren", "123"], "123"),
    ],
)
def test_what_does_not_exist_is_named(words, said, council):
    assert said in refused(council, *words)


@pytest.mark.parametrize(
    "day", ["2026-13-01", "2026-02-30", "demain", "20260105", "2026-W10-4", "05.01.2026", "2026-1-5", ""]
)
def test_a_day_that_is_none_is_refused_everywhere(day, council):
    case = council.see("2026-01-05")
    proof = council.file("avis.pdf")
    event = ("event", "add", case, "received", "--proof", proof)
    mandate = ("mandate", "add", council.rpps, "--until", "2028-01-01", "--document", proof)
    for words in ((*event, "--day", day), (*mandate, "--from", day), ("deadline", day)):
        told = refused(council, *words)
        assert "n’est pas un jour" in told
        assert "2026-03-05" in told
    if day:
        assert "--today" in refused(council, "next", day=day)


def test_a_fact_of_tomorrow_is_refused(council):
    case = council.see("2026-01-05")
    words = ("event", "add", case, "listing_confirmed_by_kine", "--day", "2026-01-11", "--proof", council.file("p.txt"))
    assert "11 janvier 2026" in refused(council, *words, day="2026-01-10")
    sent = ("--sent", "2026-01-11", "--letter", council.file("l.txt"), "--proof", council.file("p.txt"))
    refused(council, "case", "add", "--rpps", council.rpps, "--url", council.url, *sent, day="2026-01-10")
    assert "--day" in refused(council, "send", "--settle", "x", "sent", "--day", "2026-01-11", day="2026-01-10")


def test_an_invented_day_writes_only_in_a_simulated_home(desk_of):
    desk = desk_of("self", simulated=False)
    table = desk.file("tableau.csv", desk.roster)
    for words in (("roster", "import", table), ("scan",), ("send",), ("run", "--once"), ("rebuild",)):
        told = refused(desk, *words, code=3, lines=2)
        assert "--today" in told
        assert "simulé" in told
    # Looking at another day writes nothing, anywhere.
    before = desk.everything()
    for words in (
        ("next",),
        ("case", "list"),
        ("roster", "list"),
        ("roster", "import", table, "--dry-run"),
        ("doctor",),
    ):
        desk(*words, day="2027-03-01")
    assert desk.everything() == before


def test_nobody_acts_without_a_name(desk_of):
    desk = desk_of("council")
    desk.configure(home__person="")
    table = desk.file("tableau.csv", desk.roster)
    assert "--as" in refused(desk, "roster", "import", table)
    desk.actor = "Dominique Secrétaire"
    desk("roster", "import", table, day="2026-01-05")


# -- guards: exit 3, with what is missing -----------------------------------------------------------------------------


def test_a_council_looks_only_for_people_who_were_told(council):
    assert "--informed-on" in refused(council, "watch", "set", council.rpps, "yes", code=3, lines=2)


def test_an_impossible_fact_lists_what_is_possible(council):
    case = council.see("2026-01-05")
    told = refused(
        council,
        "event",
        "add",
        case,
        "refusal",
        "--day",
        "2026-01-09",
        "--proof",
        council.file("p.txt"),
        code=3,
        lines=0,
    )
    assert "Repérée" in told
    # The word to type beside what it means; what has a command of its own is named by that.
    assert "listing_confirmed_by_kine : la personne concernée se reconnaît" in told
    assert "réponse de la personne concernée : listingguard question answer" in told
    assert "answered" not in told
    assert "refusal :" not in told


def test_a_day_that_cannot_be_is_one_sentence_without_a_list(council):
    case = council.see("2026-01-05")
    words = ("event", "add", case, "not_me", "--proof", council.file("p.txt"))
    told = refused(council, *words, "--day", "2026-01-02", code=3, lines=1)
    assert "pas encore ouvert ce jour-là" in told
    assert "pas encore arrivé" in refused(council, *words, "--day", "2027-01-02", lines=1)


def test_a_fact_nobody_knows_lists_those_there_are(council):
    case = council.see("2026-01-05")
    told = refused(council, "event", "add", case, "perdu", "--day", "2026-01-09", lines=0)
    assert "perdu" in told
    assert "refusal" in told


@pytest.mark.parametrize(
    "kind", ["listing_confirmed_by_kine", "not_me", "received", "refusal", "erased_claimed", "filed"]
)
def test_a_fact_without_its_proof_is_refused(kind, council):
    case = council.see("2026-01-05")
    assert "--proof" in refused(council, "event", "add", case, kind, "--day", "2026-01-09", code=3, lines=2)


def test_a_proof_that_is_empty_or_absent_proves_nothing(council):
    case = council.see("2026-01-05")
    words = ("event", "add", case, "listing_confirmed_by_kine", "--day", "2026-01-09", "--proof")
    assert "vide" in refused(council, *words, council.file("rien.txt", ""))
    assert "absent.txt" in refused(council, *words, "absent.txt")


@pytest.mark.parametrize(
    ("kind", "command"),
    [("mandate_signed", "mandate add"), ("request_sent", "send"), ("pack_built", "complain"), ("detected", "review")],
)
def test_a_fact_that_has_its_own_command_is_sent_there(kind, command, council):
    case = council.see("2026-01-05")
    told = refused(council, "event", "add", case, kind, "--day", "2026-01-09", code=3, lines=2)
    assert f"listingguard {command}" in told


def test_a_mandate_wants_its_document_and_a_term_that_makes_sense(council):
    words = ("mandate", "add", council.rpps, "--from", "2026-01-06", "--until", "2028-01-05")
    assert "--document" in refused(council, *words, code=2, lines=0)
    assert "vide" in refused(council, *words, "--document", council.file("mandat.pdf", ""))
    backwards = ("mandate", "add", council.rpps, "--from", "2026-01-06", "--until", "2025-01-05")
    assert "avant d’avoir commencé" in refused(council, *backwards, "--document", council.file("mandat.pdf"))


@pytest.fixture
def ready(council):
    """A case whose request only waits for its approval, and its number."""
    case = council.see("2026-01-05")
    word, paper = council.file("parole.txt"), council.file("mandat.pdf", b"%PDF-1.7 mandat")
    council("event", "add", case, "listing_confirmed_by_kine", "--day", "2026-01-06", "--proof", word, day="2026-01-06")
    term = ("--from", "2026-01-06", "--until", "2028-01-05", "--document", paper)
    council("mandate", "add", council.rpps, *term, day="2026-01-06")
    council.verify("doctolib", "2026-01-06")
    return case


def test_no_ground_is_ticked_by_the_program(council, ready):
    told = refused(council, "letter", "approve", ready, code=3, lines=0)
    assert "--ground objection (article 21, paragraphe 1, du RGPD)" in told
    assert "--ground erasure_after_objection" in told


def test_grounds_that_do_not_hold_together_or_exist_are_refused(council, ready):
    words = ("letter", "approve", ready, "--all-facts")
    assert "objection" in refused(council, *words, "--ground", "information", code=3, lines=0)
    assert "fantaisie" in refused(
        council, *words, "--ground", "objection", "--ground", "erasure_after_objection",
        "--ground", "fantaisie", code=3, lines=0,
    )  # fmt: skip


def test_an_incomplete_sender_names_every_key(desk_of):
    desk = desk_of("council", sender=False)
    keys = ("sender.name", "sender.street", "sender.postcode", "sender.town", "sender.signatory", "sender.email")
    told = refused(desk, "send")
    assert all(key in told for key in keys)
    desk.configure(sender__name="Conseil", sender__street="1 rue X", sender__postcode="26000")
    told = refused(desk, "send")
    assert [key for key in keys if key in told] == ["sender.town", "sender.signatory", "sender.email"]


def test_a_complaint_too_early_lists_what_is_missing_with_each_command(council, ready):
    told = refused(council, "complain", ready, code=3, lines=0)
    missing = [line for line in told.splitlines() if line.startswith("  –")]
    assert any("n’a pas été envoyée" in line and "listingguard letter approve" in line for line in missing)
    assert any("--proceedings" in line for line in missing)
    assert any("--ground" in line for line in missing)
    council("letter", "approve", ready, "--all-grounds", day="2026-01-07")
    for ticks in (
        ("--ground", "objection"),
        ("--ground", "objection", "--fact", "no_agreement"),
        ("--their-ref", "ZZ"),
    ):
        # It is frozen: that comes before any word of what would be left to tick.
        told = refused(council, "letter", "approve", ready, *ticks, day="2026-01-07", code=3, lines=0)
        assert "déjà approuvé" in told
        assert "coche" not in told
    (sent,) = council("send", "--json", day="2026-01-07").json
    council("send", "--settle", sent["dispatch"], "sent", day="2026-01-07")
    told = refused(council, "letter", "approve", ready, "--ground", "objection", day="2026-01-07", code=3, lines=0)
    assert "déjà approuvée, le 7 janvier 2026" in told
    told = refused(council, "complain", ready, "--proceedings", "aucune", day="2026-01-08", code=3, lines=0)
    assert "ni prouvée ni présumée" in told
    council("run", "--once", day="2026-01-14")
    told = refused(council, "complain", ready, "--proceedings", "aucune", day="2026-01-20", code=3, lines=0)
    assert "9 février 2026" in told
    assert "capture" in told
    council("mandate", "end", council("mandate", "list", "--json").json[0]["id"], day="2026-01-20")
    told = refused(council, "complain", ready, "--proceedings", "aucune", day="2026-01-20", code=3, lines=0)
    assert "listingguard mandate add" in told


def test_who_receives_a_copy_is_named_in_few_words_printed_and_told_to_whoever_hands_it_over(council, ready):
    four = [word for n in range(4) for word in ("--copy-to", f"Conseil {n}")]
    for wrong, said in ((four, "3 destinataires"), (["--copy-to", "Mme Durand, ma patiente"], "par sa fonction")):
        told = refused(council, "letter", "approve", ready, "--all-grounds", *wrong, day="2026-01-07", code=3, lines=0)
        assert said in told
    copied = ("--copy-to", "Conseil national de l’Ordre")
    done = council("letter", "approve", ready, "--all-grounds", *copied, day="2026-01-07")
    assert "Copie annoncée à « Conseil national de l’Ordre »" in done.err.replace("\u00a0", " ")
    shown = council("letter", "show", ready, day="2026-01-07").out
    assert "– Conseil national de l’Ordre" in shown.partition("Copie")[2]


@pytest.mark.parametrize(
    ("name", "raw", "said"),
    [
        ("lettre.msg", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 64, "message Outlook (.msg) est abîmé"),
        ("lettre.msg", b"\x00\x01" * 40, "message Outlook (.msg) est abîmé"),
        ("scan.pdf", b"\x00\x01" * 40, "ce fichier .pdf est abîmé"),
        ("envoi.zip", b"PK\x03\x04" + b"\0" * 40, "une archive ZIP n’est pas un courriel"),
        ("note.docx", b"PK\x03\x04" + b"word/document.xml" * 3, "document Word"),
    ],
)
def test_a_file_that_is_no_message_is_named_as_what_it_is_with_what_is_taken(council, name, raw, said):
    told = refused(council, "inbox", "import", council.file(name, raw))
    assert said in told
    assert "courriel .eml, message Outlook .msg, boîte .mbox, courrier numérisé en PDF, PNG ou JPEG" in told


def test_a_mail_that_is_none_or_goes_elsewhere_is_refused(council, ready):
    assert "n’est pas un courriel" in refused(council, "inbox", "import", council.file("x.eml", b"\x00\x01\x02" * 50))
    assert "vide" in refused(council, "inbox", "import", council.file("x.eml", b""))
    council("letter", "approve", ready, "--all-grounds", day="2026-01-07")
    (sent,) = council("send", "--json", day="2026-01-07").json
    copy = council.as_sent(Path(sent["path"]), date="Wed, 07 Jan 2026 10:00:00 +0100", message_id="<a@b.example>")
    elsewhere = copy.read_bytes().replace(b"To: contact.dataprivacy@doctolib.com", b"To: ami@ailleurs.example")
    assert "contact.dataprivacy@doctolib.com" in refused(
        council, "inbox", "import", council.file("autre.eml", elsewhere)
    )
    undated = copy.read_bytes().replace(b"Date: Wed, 07 Jan 2026 10:00:00 +0100", b"Date: un jour")
    assert "date" in refused(council, "inbox", "import", council.file("sansdate.eml", undated))
    early = copy.read_bytes().replace(b"07 Jan 2026", b"01 Jan 2026")
    assert "1er janvier 2026" in refused(council, "inbox", "import", council.file("tot.eml", early))


# -- the command line itself ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["inconnue"], "La commande inconnue n’existe pas"),
        (["case", "detruire"], "La commande detruire n’existe pas"),
        (["next", "--vite"], "L’option --vite n’existe pas"),
        (["case", "show"], "DOSSIER"),
        (["case", "show", "A", "B"], "Argument en trop"),
        (["complain", "A", "--proceedings"], "--proceedings"),
        (["watch", "set", "99900000011", "peut-être"], "peut-être"),
        (["read", "x.html", "--url", "https://x.example", "--status", "abc"], "abc"),
        (["read", "x.html", "--url", "https://x.example", "--status", "42"], "de 100 à 599"),
        (["review", "--answer", "a:b"], "--answer"),
    ],
)
def test_wrong_usage_ends_in_2_and_in_french(words, said, council):
    assert said in refused(council, *words, code=2, lines=0)


def test_without_arguments_help_is_shown_and_nothing_breaks(capsys):
    for words in ([], ["case"], ["roster"]):
        code = cli.run(words)
        out, err = capsys.readouterr()
        assert code == 2
        assert "Commandes\u00a0:" in out + err
        assert "Traceback" not in err


def test_a_failure_with_json_is_one_document_on_stdout(council):
    case = council.see("2026-01-05")
    for words, code, kind in (
        (("case", "show", "X-1", "--json"), 1, "NotFound"),
        (("complain", case, "--json"), 3, "Refused"),
        (("event", "add", case, "refusal", "--day", "2026-01-09", "--json"), 3, "Refused"),
        (("event", "add", case, "erased_verified", "--day", "2026-01-09", "--json"), 3, "IllegalEvent"),
        (("next", "--vite", "--json"), 2, "Usage"),
        (("roster", "import", "absent.csv", "--json"), 1, "BadInput"),
    ):
        error = council(*words, day="2026-01-10", code=code).json["error"]
        assert error["kind"] == kind
        assert error["message"]
        assert isinstance(error["missing"], list)
    assert council("complain", case, "--json", day="2026-01-10", code=3).json["error"]["missing"]


def test_a_full_disk_or_a_folder_without_rights_is_one_sentence(council, monkeypatch):
    import listingguard.app

    def full(*args, **kwargs):
        raise OSError(28, "No space left on device", str(council.home / "vault"))

    monkeypatch.setattr(listingguard.app.App, "open", full)
    told = council("next", code=1).said
    assert "le disque est plein" in told
    assert "vault" in told


def test_a_fault_of_ours_is_a_sentence_and_a_report_only_we_may_read(council, monkeypatch, tmp_path, capsys):
    import listingguard.app

    def broken(*args, **kwargs):
        raise KeyError("camille")

    monkeypatch.setattr(listingguard.app.App, "open", broken)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert cli.run(["--home", str(council.home), "next"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "erreur imprévue (KeyError)" in err
    assert "Traceback" not in err
    (report,) = tmp_path.glob("listingguard-*.txt")
    assert str(report) in err
    assert "KeyError: 'camille'" in report.read_text(encoding="utf-8")
    assert report.stat().st_mode & 0o077 == 0


def test_the_program_itself_ends_the_same_way(tmp_path):
    """As a process: exit code, streams and encoding are those of the functions above."""
    environment = {
        **os.environ,
        "LC_ALL": "C",
        "PYTHONUTF8": "0",
        "XDG_DATA_HOME": str(tmp_path),
        "HOME": str(tmp_path),
    }
    environment["PYTHONPATH"] = str(ROOT)
    done = subprocess.run(
        [sys.executable, "-m", "listingguard", "next"], cwd=tmp_path, env=environment, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, b"")
    assert "Aucun dossier de données ici." in done.stderr.decode("utf-8")
    head = subprocess.run(
        f"{sys.executable} -m listingguard --help | head -1", shell=True, cwd=tmp_path, env=environment,
        capture_output=True, check=False,
    )  # fmt: skip
    assert head.stderr == b""
