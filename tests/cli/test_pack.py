"""The life of a dossier: two parts, nothing in them that may not leave, signed, completed, filed, undone."""

import json
import re
import zipfile
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pypdf
import pytest

from listingguard.app import App
from listingguard.edge.dossier import text_of
from tests.cli.test_complain import built, confidential, refused_case  # noqa: F401 - the fixture

SECRET = "27 impasse du Foyer Secret"
STAFF = "Louise Greffe"


def everything(path: str) -> dict[str, str]:
    """Return the words of every file of a pack, read again as a stranger would, attachments of the dossier included."""
    found = {}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            data = archive.read(name)
            found[name] = (text_of(Path(name).suffix, data) or "") + data.decode("utf-8", "ignore")
            if name == "dossier.pdf":
                for each, files in pypdf.PdfReader(BytesIO(data)).attachments.items():
                    for content in files:
                        found[f"{name}/{each}"] = content.decode("utf-8", "ignore")
    return found


def test_nothing_that_may_not_leave_is_in_the_communicable_part(council, refused_case):  # noqa: F811
    reply = council.mail("prive.eml", f"Votre patient habite {SECRET}, 06 12 34 56 78.", From="dpo@doctolib.example")
    council("event", "add", refused_case, "wrong_channel", "--day", "2026-01-21", "--proof", reply, day="2026-01-21")
    roster = council.file(
        "domicile.csv",
        "rpps;family_name;first_name;site1_street;site1_postcode;site1_town;site1_private\n"
        f"{council.rpps};Exemple;Camille;{SECRET};26000;Valence;oui\n",
    )
    council("roster", "import", roster, day="2026-01-21")
    # Who signs the request is named in it; who works at the council besides is named nowhere.
    council.actor = STAFF
    council.see("2026-01-22")
    pack = built(council, refused_case)
    public, private = everything(pack["path"]), everything(confidential(pack))
    for name, words in public.items():
        for never in (STAFF, SECRET, "%PDF-1.7 mandat", "score", "prive.eml"):
            assert never not in words, (name, never)
        # The log names facts by the words that its hashes cover, and VERIFIER.txt says in French what each means.
        if Path(name).name not in ("journal.jsonl", "VERIFIER.txt"):
            assert "listing_confirmed" not in words, name
    names = set(public)
    assert {
        "dossier.pdf",
        "plainte.pdf",
        "resume.pdf",
        "liste-des-pieces.pdf",
        "VERIFIER.txt",
    } <= names
    assert not [
        name for name in names if name.endswith((".warc.gz", ".mhtml", ".tsr", ".docx")) or "mandat-signe" in name
    ]
    # What a lawyer edits lies beside what is filed.
    for what in ("", "-liste-des-pieces"):
        beside = zipfile.ZipFile(str(pack["path"]).replace(".zip", f"{what}.docx"))
        written = "".join(beside.read(n).decode("utf-8", "ignore") for n in beside.namelist())
        assert refused_case in written
        assert not [never for never in (STAFF, SECRET) if never in written]
    assert any("mandat-signe" in name for name in private)
    assert any(SECRET in words for words in private.values()), "the mail that tells of a home is for the CNIL alone"
    assert any("C’est ma fiche" in words for words in private.values())
    index = public["index-des-occultations.pdf"].replace("\u202f", " ").replace("\xa0", " ")
    assert "Mandat signé" in index
    assert "Elle porte une adresse ou un numéro personnels" in index.replace("\n", " ")
    # The confidential part in one file holds what its table lists: messages whole, sheets of captures attached.
    with zipfile.ZipFile(confidential(pack)) as archive:
        single = pypdf.PdfReader(BytesIO(archive.read("confidentiel.pdf"))).attachments
        members = {Path(name).name: archive.read(name) for name in archive.namelist() if name.startswith("pieces/")}
    assert any("fiche-technique" in name for name in members)
    assert {name: files[0] for name, files in single.items() if name in members} == members
    council("verify", pack["path"], confidential(pack))


def test_the_log_that_leaves_names_no_staff_and_its_chain_still_verifies(council, refused_case):  # noqa: F811
    council.actor = STAFF
    council.see("2026-01-22")
    pack = built(council, refused_case)
    with zipfile.ZipFile(pack["path"]) as archive:
        journal, readme = archive.read("journal.jsonl").decode(), archive.read("VERIFIER.txt").decode()
    assert STAFF not in journal
    assert "Dominique" not in journal
    events = [json.loads(line) for line in journal.splitlines()]
    told = {entry["event"]["kind"]: entry["event"] for entry in events if "event" in entry}
    assert len(told) < len(events)
    # What counts stands in the open, under the chain's own hash, whoever recorded it.
    assert told["request_sent"]["actor_hash"]
    assert told["request_sent"]["day"]
    assert not any("told" in entry for entry in events)
    assert "request_sent demande envoyée" in " ".join(readme.split())
    assert council("verify", pack["path"], "--json").json["events"] == journal.count("\n")


def test_a_dossier_is_signed_by_two_then_frozen_completed_and_filed(council, refused_case):  # noqa: F811
    config = council.home / "config.toml"
    config.write_text(re.sub(r"(?m)^signatures = 1", "signatures = 2", config.read_text(encoding="utf-8")), "utf-8")
    council("pack", "sign", refused_case, day="2026-01-22", code=3)
    council.see("2026-01-22")
    pack = built(council, refused_case)
    council("pack", "sign", refused_case, "--second", day="2026-01-22", code=3)
    first = council("pack", "sign", refused_case, "--json", day="2026-01-22").json
    assert (first["frozen"], first["state"]) == (False, "signée par une personne sur deux")
    council("pack", "sign", refused_case, "--second", day="2026-01-22", code=3)
    council.actor = "Claude Élue"
    done = council("pack", "sign", refused_case, "--second", "--json", day="2026-01-22").json
    assert done["frozen"]
    again = council("pack", "sign", refused_case, "--second", "--json", day="2026-01-22").json
    assert again == done
    # Signed, it changes no more.
    assert "addendum" in council("complain", refused_case, "--proceedings", "aucune", day="2026-01-23", code=3).said
    assert "Rien de nouveau" in council("pack", "addendum", refused_case, day="2026-01-23", code=3).said
    reply = council.mail("suite.eml", "Nous maintenons notre refus.", From="dpo@doctolib.example")
    council("event", "add", refused_case, "precision_asked", "--day", "2026-01-23", "--proof", reply, day="2026-01-23")
    more = council("pack", "addendum", refused_case, "--json", day="2026-01-23").json
    council("verify", more["path"], "--expect", more["sha256"])
    told = everything(more["path"])
    assert pack["sha256"] in told["additif.pdf"].replace("\n", "").replace(" ", "")
    names = [name for path in (pack["path"], confidential(pack)) for name in zipfile.ZipFile(path).namelist()]
    last = max(int(name[13:15]) for name in names if name.startswith("pieces/"))
    assert any(name.startswith(f"pieces/piece-{last + 1:02}-") for name in told), told.keys()
    # It is filed with what the CNIL handed over.
    paper = council.file("accuse.pdf", b"%PDF-1.7 accuse")
    words = ("--number", "26-012345", "--on", "2026-01-24", "--receipt", paper, "--json")
    filed = council("pack", "file", refused_case, *words, day="2026-01-24").json
    assert (filed["number"], filed["filed"], filed["filed_on"]) == (1, "26-012345", "2026-01-24")
    assert council("pack", "file", refused_case, *words, day="2026-01-24").json == filed
    assert council("case", "show", refused_case, "--json", day="2026-01-24").json["state"] == "filed"


def test_a_complaint_is_signed_by_an_officer_and_filed_only_as_it_was_signed(council, refused_case):  # noqa: F811
    council.see("2026-01-22")
    first = built(council, refused_case)
    # Another answer about proceedings makes another complaint.
    said = "Un référé est en cours devant le tribunal de Valence."
    other = council("complain", refused_case, "--proceedings", said, "--json", day="2026-01-22").json
    assert other["sha256"] != first["sha256"]
    assert said in " ".join(everything(other["path"])["plainte.pdf"].split())
    officer, council.actor = council.actor, "Paul Inconnu"
    assert "officer add" in council("pack", "sign", refused_case, day="2026-01-22", code=3).said
    council.actor = officer
    paper = council.file("accuse.pdf", b"%PDF-1.7 accuse")
    by_hand = ("event", "add", refused_case, "filed", "--day", "2026-01-22", "--proof", paper)
    assert "pack file" in council(*by_hand, day="2026-01-22", code=3).said
    council("pack", "sign", refused_case, day="2026-01-23")
    before = ("pack", "file", refused_case, "--on", "2026-01-22", "--receipt", paper)
    assert "signée le 23 janvier 2026" in council(*before, day="2026-01-24", code=1).said


def test_a_page_seen_again_just_as_it_was_is_an_exhibit_of_the_addendum(council, refused_case):  # noqa: F811
    council.see("2026-01-22")
    built(council, refused_case)
    council("pack", "sign", refused_case, day="2026-01-22")
    council.see("2026-01-24")
    more = council("pack", "addendum", refused_case, "--json", day="2026-01-24").json
    assert "Page de la fiche, le 24 janvier 2026" in " ".join(everything(more["path"])["additif.pdf"].split())


def test_what_undoes_a_signed_dossier_is_said_with_its_reason(council, refused_case):  # noqa: F811
    council.see("2026-01-22")
    built(council, refused_case)
    council("pack", "sign", refused_case, day="2026-01-22")
    proof = council.file("contrat.pdf", b"%PDF-1.7 contrat")
    council("event", "add", refused_case, "agreement_found", "--day", "2026-01-23", "--proof", proof, day="2026-01-23")
    (pack,) = council("pack", "list", "--json", day="2026-01-23").json
    assert pack["void"] == "un contrat ou un compte existe, le 23 janvier 2026"
    paper = council.file("accuse.pdf", b"%PDF-1.7 accuse")
    words = ("--on", "2026-01-24", "--receipt", paper)
    assert "sans effet" in council("pack", "file", refused_case, *words, day="2026-01-24", code=3).said
    assert "sans effet" in council("pack", "show", refused_case, day="2026-01-24").said


def test_over_the_size_a_dossier_is_cut_into_parts_that_verify_alone_and_together(council, refused_case):  # noqa: F811
    import random

    config = council.home / "config.toml"
    config.write_text(
        re.sub(r"(?m)^max_megabytes = 100", "max_megabytes = 5", config.read_text(encoding="utf-8")), "utf-8"
    )
    for number in (1, 2):
        big = council.mail(f"long-{number}.eml", f"Pièce {number}\n" + random.Random(number).randbytes(1_700_000).hex())
        council("event", "add", refused_case, "wrong_channel", "--day", "2026-01-21", "--proof", big, day="2026-01-21")
    council.see("2026-01-22")
    pack = built(council, refused_case)
    paths = [part["path"] for part in pack["parts"]]
    assert len(paths) >= 3
    for part in pack["parts"]:
        council("verify", part["path"], "--expect", part["sha256"])
    council("verify", *paths)
    assert "il manque des parties" in council("verify", paths[0], paths[-1], code=1).said


@pytest.mark.parametrize("extra", [(), ("--email", "avocat@exemple.example")])
def test_the_lawyer_is_told_where_mail_goes(council, refused_case, extra):  # noqa: F811
    council("pack", "lawyer", refused_case, "--name", "Maître Exemple", *extra, day="2026-01-21")
    council.see("2026-01-22")
    private = everything(confidential(built(council, refused_case)))
    assert "Maître Exemple" in private["coordonnees.pdf"]


def test_every_answer_is_an_exhibit_but_what_names_patients_or_passed_to_a_lawyer(council, refused_case):  # noqa: F811
    words = {
        "autre.eml": "Voir aussi notre politique de confidentialité, version verte.",
        "patient.eml": "Votre patiente Alix Inventée a rendez-vous mardi.",
        "avocat.eml": "Cher confrère, stratégie confidentielle.",
    }
    shas = {}
    for name, text in words.items():
        mail = council.mail(
            name,
            text,
            From="dpo@doctolib.example",
            Subject=f"Re: {refused_case}",
            **{"Message-ID": f"<{name}@d.example>"},
        )
        sha = sha256(mail.read_bytes()).hexdigest()
        council("inbox", "import", mail, day="2026-01-21")
        with App.open(council.home) as app:
            held = any(row.sha256 == sha for row in app.store.quarantined())
        if held:
            council("inbox", "file", sha, refused_case, day="2026-01-21")
        shas[name] = sha
    council("inbox", "read", shas["patient.eml"], "--as", "sensitive", day="2026-01-21")
    council("inbox", "read", shas["avocat.eml"], "--as", "lawyer", day="2026-01-21")
    council("inbox", "read", shas["autre.eml"], "--as", "unrelated", day="2026-01-21")
    council.see("2026-01-22")
    pack = built(council, refused_case)
    told = "".join(everything(pack["path"]).values()) + "".join(everything(confidential(pack)).values())
    assert "version verte" in told
    assert "Inventée" not in told
    assert "stratégie confidentielle" not in told
