"""`--json`: one document (or one line per thing, where the command says so) on stdout, and nothing else."""

import json
import re
from hashlib import sha256
from pathlib import Path

import pytest

from listingguard import cli
from listingguard.cli import COMMANDS

LINES = {("read",), ("match",), ("scan",)}
"""Commands that print JSON lines."""
WITHOUT = {("demo",), ("look",), ("start",)}
"""Commands that only talk to people, or that need a site to read: test_look.py and test_start.py read their documents."""


def every_command() -> list[tuple[str, ...]]:
    """Return the words of each command that does something: groups are followed to their verbs."""
    import importlib

    import click

    found: list[tuple[str, ...]] = []
    for name, (module, _) in COMMANDS.items():
        command = getattr(importlib.import_module(f"listingguard.cli.{module}"), name)
        verbs = getattr(command, "commands", {})
        found += [(name, verb) for verb in verbs] if isinstance(command, click.Group) else [(name,)]
    return found


@pytest.fixture
def told(council, tmp_path):
    """Every command of the program run once with --json, in an order that makes sense: words -> stdout."""
    desk, told = council, {}

    def run(*words, day="2026-01-10"):
        done = desk(*words, "--json", day=day)
        verb = (str(words[0]), str(words[1])) if len(words) > 1 else (str(words[0]),)
        told[verb if verb in commands else verb[:1]] = done.out
        assert done.err == "", f"{words}: {done.err}"
        return done

    commands = every_command()
    rpps, file = desk.rpps, desk.file
    run("init", tmp_path / "autre", "--acting", "self")
    run("roster", "import", file("tableau.csv", desk.roster))
    place = ("--street", "3 rue de la Fable", "--postcode", "26000", "--town", "Valence")
    run("roster", "add", "--rpps", "99900000045", "--family-name", "Fictif", "--first-name", "Charlie", *place)
    run("roster", "set", "99900000045", "--email", "charlie@fictif.example")
    run("roster", "list")
    run("inbox", "fetch")
    local = run("roster", "add", "--family-name", "Fictif", "--first-name", "Charlie", *place).json["id"]
    run("roster", "duplicates")
    run("roster", "merge", "99900000045", local)
    run("roster", "unmerge", "99900000045", local)
    run("watch", "set", rpps, "yes", "--informed-on", "2026-01-02", "--channel", "courriel")
    run("watch", "list")
    run("site", "list")
    run("site", "allow", "doctolib.fr", "--decision", file("decision.pdf"), "--on", "2026-01-05")
    run("site", "coverage")
    run("site", "show", "allodocteur.fr")
    run(
        "site",
        "new",
        "https://rdv-soins.example/kine/valence/camille-exemple",
        "--from",
        desk.page,
        "--dir",
        tmp_path / "sites",
    )
    run("site", "verify", "reserve-kine.example")
    run("site", "verify", "reserve-kine.example", "--off")
    run("controller", "list")
    run("controller", "set", "doctolib", "--email", "dpo@doctolib.example")
    notice = ("--notice", file("mentions.html"), "--url", "https://www.doctolib.example/mentions")
    run("controller", "verify", "doctolib", *notice)
    office = (
        "--role",
        "présidente",
        "--since",
        "2026-01-05",
        "--until",
        "2028-12-31",
        "--delegation",
        file("acte.pdf"),
    )
    run("officer", "add", "Dominique Secrétaire", *office)
    run("officer", "add", "Lou Sortante", *office)
    run("officer", "end", "Lou Sortante", "--on", "2026-01-10")
    run("officer", "list")
    run("citation", "list")
    run("citation", "show", "12(3)")
    run("citation", "confirm", "12(3)", "--source", "EUR-Lex", "--on", "2026-01-09")
    run("controller", "show", "doctolib")
    run("read", desk.page, "--url", desk.url)
    listings = file("fiches.jsonl", told["read",])
    run("match", "--roster", file("tableau.csv", desk.roster), "--listings", listings)
    run("capture", "stamp")
    desk.follow(rpps, "99900000029", day="2026-01-10")
    (case,) = run("capture", "import", desk.page, "--url", desk.url, "--seen-at", "2026-01-10 08:00").json["cases"]
    run("capture", "list")
    capture = desk("capture", "list", "--json").json[0]["id"]
    run("capture", "show", capture)
    run("capture", "export", capture, "-o", tmp_path / "fiche.wacz")
    run("capture", "verify")
    run("review")
    # Another person of the roster, on the same platform.
    text = desk.page.read_text(encoding="utf-8").replace("Camille Exemple", "Sacha Modèle")
    text = text.replace("12 Rue des Essais", "30 rue du Parc").replace("+33465710001", "+33465710002")
    theirs, other = (
        file("sacha.html", text.replace("camille-exemple", "sacha-modele")),
        desk.url.replace("camille-exemple", "sacha-modele"),
    )
    look = ("--seen-at", "2026-01-10 08:00", "--json")
    (second,) = desk("capture", "import", theirs, "--url", other, *look, day="2026-01-10").json["cases"]
    run("question", "list")
    run("question", "show", case)
    run("question", "send", case, "--channel", "post")
    called = ("--answer", "talk", "--on", "2026-01-10", "--proof", file("appel.txt"))
    run("question", "answer", case, *called)
    run("authorisation", "import", file("registre.csv", "RPPS;Plateforme;Date du contrat;Transmis le\n"))
    run("authorisation", "verdict", "--rpps", rpps, "--platform", "doctolib.fr")
    run("mandate", "print", "--rpps", rpps, "-o", file("a-signer.pdf"))
    run("letter", "address", case, "platform")
    run("event", "add", case, "listing_confirmed_by_kine", "--day", "2026-01-10", "--proof", file("parole.txt"))
    mandate = run(
        "mandate",
        "add",
        rpps,
        "--from",
        "2026-01-09",
        "--until",
        "2028-01-08",
        "--document",
        file("m.pdf", b"%PDF-1.7 mandat"),
    )
    run("mandate", "list")
    mine = ("listing_confirmed_by_kine", "--day", "2026-01-10", "--proof", file("parole.txt"))
    own = ("--situation", "Deux patients se sont présentés sans rendez-vous connu du cabinet.")
    desk("event", "add", second, *mine, *own, day="2026-01-10")
    signed = ("--from", "2026-01-09", "--until", "2028-01-08", "--document", file("m2.pdf", b"%PDF-1.7 autre mandat"))
    desk("mandate", "add", "99900000029", *signed, day="2026-01-10")
    run("letter", "cover", "doctolib", "--cases", f"{case},{second}")
    taken = ("--sent", "2026-01-06", "--letter", file("lettre.txt"), "--proof", file("avis.txt"))
    run("case", "add", "--rpps", "99900000029", "--url", other, *taken)
    run("letter", "propose", case)
    run("letter", "show", case)
    run("letter", "prepare", case)
    run("letter", "explain", case)
    run("letter", "approve", case, "--all-grounds")
    run("letter", "withdraw", f"{case}/request/1", "--reason", "faute")
    run("letter", "approve", case, "--all-grounds")
    run("case", "hold", case, "--reason", "attente")
    run("case", "release", case)
    (sent,) = run("send").json
    copy = desk.as_sent(Path(sent["path"]), date="Sat, 10 Jan 2026 10:00:00 +0100", message_id="<a@b.example>")
    run("inbox", "import", copy)
    run("send", "--dry-run")
    receipt = ("--dispatch", sent["dispatch"], "--type", "relayed", "--day", "2026-01-10", "--file", file("relais.eml"))
    run("proof", "add", case, *receipt)
    run("proof", "list", case)
    run("proof", "types")
    run("proof", "import", file("suivi.csv", "Numéro;Statut;Date\nRR473124829FR;Distribué;09/01/2026\n"))
    stranger = tmp_path / "inconnu.eml"
    stranger.write_bytes(b"From: x@inconnu.example\nSubject: bonjour\n\nRien.\n")
    run("inbox", "import", stranger)
    run("inbox", "list")
    run("inbox", "show", sha256(stranger.read_bytes()).hexdigest()[:12])
    run("inbox", "file", sha256(stranger.read_bytes()).hexdigest()[:12], case)
    run("inbox", "export", sha256(stranger.read_bytes()).hexdigest()[:12], "-o", tmp_path / "message.eml")
    run("inbox", "read", sha256(stranger.read_bytes()).hexdigest()[:12], "--as", "unrelated")
    for name, verb in (("a", ("delete",)), ("b", ("return", "--on", "2026-01-10"))):
        held = tmp_path / f"{name}.eml"
        held.write_bytes(f"From: x@inconnu.example\nSubject: {name}\n\nRien.\n".encode())
        desk("inbox", "import", held)
        run("inbox", verb[0], sha256(held.read_bytes()).hexdigest()[:12], *verb[1:])
    run("scan")
    run("run", "--once", day="2026-01-19")
    run("next")
    run("case", "list")
    run("case", "show", case)
    run("case", "ics", case, "-o", tmp_path / "jours.ics", day="2026-01-19")
    desk.see("2026-02-20")
    declared = file("declaration.pdf", b"%PDF-1.7 declaration")
    run("declaration", "print", case, "-o", file("declaration-a-signer.pdf"), day="2026-02-19")
    run("declaration", "add", case, "--document", declared, "--on", "2026-02-19", "--no-answer", day="2026-02-19")
    run("complain", case, "--proceedings", "aucune", day="2026-02-20")
    refused = desk("pack", "place", case, "999", "--communicable", "--why", "Relue.", day="2026-02-20", code=3)
    (received,) = re.findall(r"n°.(\d+) \(", refused.err)[:1]
    run("pack", "place", case, received, "--communicable", "--why", "Relue.", day="2026-02-20")
    # What was built with the paper elsewhere is without effect.
    desk("complain", case, "--proceedings", "aucune", day="2026-02-20")
    run("pack", "list")
    run("pack", "show", case)
    run("pack", "sign", case, day="2026-02-20")
    run("pack", "lawyer", case, "--name", "Maître Exemple", day="2026-02-20")
    desk.see("2026-02-21")
    run("pack", "addendum", case, day="2026-02-21")
    refused = ("refusal", "--day", "2026-02-20", "--proof", file("refus.txt"))
    desk("event", "add", second, *refused, day="2026-02-20")
    look = ("--seen-at", "2026-02-20 08:00")
    desk("capture", "import", theirs, "--url", other, *look, day="2026-02-20")
    grounds = ("--ground", "objection", "--ground", "erasure_after_objection")
    desk("complain", second, "--proceedings", "aucune", *grounds, day="2026-02-20")
    desk("pack", "sign", second, day="2026-02-20")
    run("pack", "joint", case, second, day="2026-02-21")
    run("pack", "file", case, "--on", "2026-02-21", "--receipt", file("accuse.pdf"), day="2026-02-21")
    run("verify", desk("pack", "list", "--json").json[0]["path"])
    run("deadline", "2026-03-05")
    run("roster", "show", rpps)
    run("mandate", "end", mandate.json["mandate"], day="2026-02-21")
    agreed = ("--rpps", rpps, "--platform", "doctolib.fr", "--from", "2026-02-21", "--given-by", "employer")
    run("authorisation", "add", *agreed, day="2026-02-21")
    run("authorisation", "list")
    number = next(r["id"] for r in desk("authorisation", "list", "--json").json if r["agreement"] == "agreed")
    run("authorisation", "end", number, "--day", "2026-02-22", day="2026-02-22")
    # A letter that may still leave stays with its home.
    desk("send", "--settle", f"{case}/question/1/post", "sent", "--day", "2026-01-10", day="2026-02-22")
    gone = run("case", "export", case, "-o", tmp_path / "dossier-signe.zip", day="2026-02-22").json
    # It is here already: nothing is added, and it says so.
    run("case", "import", gone["path"], "--fingerprint", gone["fingerprint"], day="2026-02-22")
    run("doctor")
    run("rebuild")
    owner = ("--to", "autre", "--name", "Autre Exemple SAS", "--on", "2026-02-20", "--source", "annonce")
    run("controller", "changed", "doctolib.fr", *owner, "--proof", file("cession.html"), day="2026-02-22")
    return told


def test_every_command_prints_one_document_or_lines_and_nothing_else(told):
    assert sorted(told) == sorted(set(every_command()) - WITHOUT), "a command is new here: run it above"
    for words, out in told.items():
        if words in LINES:
            for line in out.splitlines():
                assert isinstance(json.loads(line), dict), words
        else:
            assert isinstance(json.loads(out), dict | list), words


def test_days_are_written_as_iso_and_accents_as_themselves(told):
    everything = "".join(told.values())
    assert "\\u00" not in everything
    assert json.loads(told["mandate", "list"])[0]["since"] == "2026-01-09"
    assert json.loads(told["deadline",])["legal_due"] == "2026-04-07"


def test_an_answer_to_review_is_given_even_with_json(council, capsys):
    # Same town, same name, another street and telephone: the program is not sure.
    page = council.page.read_text(encoding="utf-8").replace("12 Rue des Essais", "40 Boulevard de l’Hypothèse")
    page = page.replace("+33465710001", "+33465710099")
    saved = council.file("page.html", page)
    council.follow(council.rpps, day="2026-01-05")
    words = ("capture", "import", saved, "--url", council.url, "--seen-at", "2026-01-05 08:00", "--json")
    assert council(*words, day="2026-01-05").json["cases"] == []
    (pair,) = council("review", "--json").json
    answer = ("review", "--answer", pair["listing"], pair["rpps"])
    assert council(*answer, "i", "--json", day="2026-01-05").json == {"cases": []}
    assert council("review", "--json").json == []
    assert council("review", "--undo", "--json", day="2026-01-05").json == {"undone": pair["listing"]}
    assert council(*answer, "m", "--json", day="2026-01-05").json == {"cases": ["CDO26-2026-0001"]}
    error = council("review", "--undo", "--json", day="2026-01-05", code=3).json["error"]
    assert "CDO26-2026-0001" in error["message"]


def test_a_letter_or_a_path_on_screen_can_be_copied_as_it_is(tmp_path, capsys):
    folder = tmp_path / "l'ordre : 12 mars"
    assert cli.run(["init", str(folder), "--acting", "self"]) == 0
    out = capsys.readouterr().out
    assert str(folder) in out
    import shlex

    command = next(line for line in out.splitlines() if line.strip().startswith("listingguard"))
    assert shlex.split(command)[2] == str(folder)
