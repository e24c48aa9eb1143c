"""The whole story through the commands a person types: by a council under mandate, and by a kiné alone."""

import re
import zipfile
from pathlib import Path

import pytest

from listingguard.app import verify_pack
from listingguard.demo import play

RPPS = "99900000011"


def test_the_demo_ends_with_one_message_and_a_pack_that_verifies(tmp_path: Path) -> None:
    told: list[str] = []
    home = play(tmp_path / "essai", told.append)
    (letter,) = (home / "outbox").iterdir()
    pack, private = sorted((home / "packs").glob("*.zip"), key=lambda path: "confidentiel" in path.name)
    assert letter.read_bytes().startswith(b"%PDF-")
    expected = next(line.rpartition(" ")[2] for line in told if "Empreinte SHA-256" in line)
    assert verify_pack(pack, expect=expected).intact
    assert verify_pack(private).intact
    assert any("a reçu 1 message en tout" in line for line in told)
    assert str(letter) in told[-3]
    assert str(pack) in told[-2]


def test_the_demo_played_again_leaves_the_first_one_alone(tmp_path: Path) -> None:
    first = play(tmp_path / "essai", lambda line: None)
    before = {p: p.read_bytes() for p in first.rglob("*") if p.is_file()}
    second = play(tmp_path / "essai", lambda line: None)
    assert second == tmp_path / "essai-2"
    assert {p: p.read_bytes() for p in first.rglob("*") if p.is_file()} == before


def test_a_council_goes_from_the_roster_to_a_verified_complaint(desk_of, tmp_path):
    desk = desk_of("council")

    # The roster: first looked at, then imported, then once more.
    table = desk.file("tableau.csv", desk.roster)
    assert "Essai : 2 praticiens" in desk("roster", "import", table, "--dry-run").said
    assert desk("roster", "list", "--json").json == []
    assert "2 praticiens ajoutés" in desk("roster", "import", table, day="2026-01-05").said
    assert "0 praticien ajouté, 0 mis à jour, 2 inchangés" in desk("roster", "import", table, day="2026-01-05").said
    told = desk("watch", "set", RPPS, "yes", "--informed-on", "2025-12-15", "--channel", "courriel", day="2026-01-05")
    assert "suivi" in told.said

    # A page somebody saved opens the case; read twice it opens no other.
    case = desk.see("2026-01-05")
    assert case == "CDO26-2026-0001"
    assert desk.see("2026-01-05") == ""
    assert desk("case", "list", "--json").json[0]["state"] == "detected"

    # Nothing is written before the person's own word, the mandate, and the platform's verified address.
    early = desk("letter", "approve", case, "--all-grounds", day="2026-01-06", code=3).said
    assert all(f"listingguard {command}" in early for command in ("event add", "mandate add", "controller verify"))
    word = desk.mail("parole.eml", "Cette fiche est la mienne, je n’ai rien accepté.", From="camille@exemple.example")
    desk("event", "add", case, "listing_confirmed_by_kine", "--day", "2026-01-07", "--proof", word, day="2026-01-07")
    paper = desk.file("mandat.pdf", b"%PDF-1.7 mandat")
    term = ("--from", "2026-01-08", "--until", "2028-01-07", "--document", paper)
    assert case in desk("mandate", "add", RPPS, *term, day="2026-01-08").said
    desk("controller", "set", "doctolib", "--email", "dpo@doctolib.example", day="2026-01-09")
    desk.verify("doctolib", "2026-01-09")

    # An elected member reads, ticks and approves; approving again changes nothing.
    desk.actor = "Claude Élue"
    assert "s’oppose" in desk("letter", "show", case, day="2026-01-12").said
    ticked = ("--ground", "objection", "--ground", "erasure_after_objection", "--fact", "no_agreement")
    approved = desk("letter", "approve", case, *ticked, "--json", day="2026-01-12").json
    assert approved["approved_by"] == "Claude Élue"
    assert Path(approved["path"]).read_bytes().startswith(b"%PDF-")
    assert desk("letter", "approve", case, *ticked, "--json", day="2026-01-12").json["letter"] == approved["letter"]

    # No mail server: an unsent draft, once; the copy of what left, from any mail program, proves the day.
    desk.actor = ""
    (sent,) = desk("send", "--json", day="2026-01-12").json
    draft = Path(sent["path"])
    assert (sent["state"], draft.parent.name) == ("draft", "outbox")
    assert b"X-Unsent: 1" in draft.read_bytes()
    assert desk("send", "--json", day="2026-01-12").json == []
    assert str(draft) in desk("next", day="2026-01-12").out
    copy = desk.as_sent(draft, date="Tue, 13 Jan 2026 08:15:00 +0100", message_id="<m1@messagerie.example>")
    assert "prouve l’envoi" in desk("inbox", "import", copy, day="2026-01-15").said
    assert "déjà enregistré" in desk("inbox", "import", copy, day="2026-01-16").said
    journal = desk("case", "show", case, "--json").json
    assert [e["day"] for e in journal["events"] if e["kind"] == "request_sent"] == ["2026-01-13"]

    # A reply finds its case by the thread, under the identity the mail program gave; a stranger's does not.
    said = {
        "From": "support@autre-maison.example",
        "Subject": "Votre message",
        "Date": "Tue, 20 Jan 2026 10:00:00 +0100",
    }
    reply = desk.mail("reponse.eml", "Nous refusons.", In_Reply_To="<m1@messagerie.example>", **said)
    (filed,) = desk("inbox", "import", reply, "--json", day="2026-01-21").json
    assert (filed["case"], filed["route"]) == (case, "thread")
    stranger = desk.mail("inconnu.eml", "Tout est réglé.", From="x@inconnu.example", Subject=f"Dossier {case} : effacé")
    assert "quarantaine" in desk("inbox", "import", stranger, day="2026-01-21").said
    first, waiting = desk("inbox", "list", "--json").json
    assert (first["message"], waiting["case"]) == (filed["message"], "")
    assert "inbox file" in desk("next", day="2026-01-21").out
    assert filed["message"][:12] in desk("next", day="2026-01-21").out

    # A person says what it means; the case's own message is the proof.
    options = (
        "--day",
        "2026-01-20",
        "--reply",
        filed["message"][:12],
        "--text",
        "La plateforme invoque un annuaire public.",
    )
    assert "Refus" in desk("event", "add", case, "refusal", *options, day="2026-01-21").said
    assert desk("inbox", "list", "--json").json[0]["unread"] is False

    # The complaint wants a fresh capture, then is built, once a day.
    lacks = desk("complain", case, "--proceedings", "aucune", day="2026-01-22", code=3).said
    assert "capture" in lacks
    assert "listingguard capture import" in lacks
    desk.see("2026-01-22")
    pack = desk("complain", case, "--proceedings", "aucune", "--json", day="2026-01-22").json
    assert desk("complain", case, "--proceedings", "aucune", "--json", day="2026-01-22").json == pack
    assert "listingguard pack sign" in desk("next", day="2026-01-22").said
    assert "pack file" in desk("next", day="2026-01-22").said

    # Anyone verifies it; one byte of one exhibit changed is named.
    assert "Intact" in desk("verify", pack["path"], "--expect", pack["sha256"]).said
    exhibits = _exhibits(Path(pack["path"]))
    assert any("courriel-de-la-demande" in name and name.endswith(".eml") for name in exhibits)
    assert any("message-de-la-plateforme" in name and name.endswith(".eml") for name in exhibits)
    name, altered = _with_one_byte_changed(Path(pack["path"]), tmp_path / "copie.zip")
    assert name in desk("verify", altered, code=1).out

    # And the home is whole.
    assert "Tout est intact" in desk("doctor").said
    assert desk("rebuild", "--json").json == {"changed": []}


def test_an_agreement_found_later_closes_the_case_and_nothing_leaves(council):
    case = council.see("2026-01-05")
    agreed = ("--rpps", RPPS, "--platform", "doctolib.fr", "--from", "2025-01-01", "--given-by", "practitioner")
    assert case in council("authorisation", "add", *agreed, day="2026-01-06").said
    assert council("case", "list", "--json").json[0]["state"] == "closed"
    assert council("send", "--json", day="2026-01-06").json == []
    # The same page seen again opens nothing: the ledger says yes.
    assert council.see("2026-02-05") == ""


def test_a_kine_alone_needs_no_mandate_and_no_proof_of_his_own_word(kine):
    case = kine.see("2026-01-05")
    assert case == "KINE-2026-0001"
    kine("event", "add", case, "listing_confirmed_by_kine", "--day", "2026-01-06", day="2026-01-06")
    assert "mandat" not in kine("next", day="2026-01-06").said
    kine.verify("doctolib", "2026-01-06")
    letter = kine("letter", "show", case, day="2026-01-06").said
    assert "Je m’adresse à vous en qualité de personne concernée" in letter
    assert "mandat" not in letter
    kine("letter", "approve", case, "--all-grounds", day="2026-01-06")
    (sent,) = kine("send", "--json", day="2026-01-06").json
    copy = kine.as_sent(
        Path(sent["path"]), date="Wed, 07 Jan 2026 08:15:00 +0100", message_id="<k1@messagerie.example>"
    )
    kine("inbox", "import", copy, day="2026-01-07")
    # A week without a bounce: presumed received on the day it left; a month and a day later, a complaint is possible.
    kine("run", "--once", day="2026-01-14")
    row = kine("case", "list", "--json", day="2026-01-14").json[0]
    assert (row["state"], row["receipt"], row["receipt_basis"], row["legal_due"]) == (
        "running", "2026-01-07", "presumed", "2026-02-09",
    )  # fmt: skip
    assert "9 février 2026" in kine("complain", case, "--proceedings", "aucune", day="2026-02-09", code=3).said
    kine.see("2026-02-10")
    pack = kine("complain", case, "--proceedings", "aucune", "--json", day="2026-02-10").json
    kine("verify", pack["path"], "--expect", pack["sha256"])


@pytest.mark.parametrize("noticed", ["2026-01-05", "2026-01-20"], ids=["before the letter", "after the letter"])
def test_a_letter_sent_by_hand_is_taken_over_and_its_clock_runs_from_its_receipt(kine, noticed):
    case = kine.see(noticed)
    sent = ("--sent", "2026-01-06", "--received", "2026-01-08", "--url", kine.url, "--rpps", RPPS)
    papers = ("--letter", kine.file("lettre.txt", "Ma lettre"), "--proof", kine.file("avis.pdf", b"%PDF-1.7 avis"))
    taken = kine("case", "add", *sent, *papers, "--json", day="2026-01-20").json
    assert taken == {"case": case, "state": "running"}
    assert kine("case", "add", *sent, *papers, "--json", day="2026-01-21").json == taken

    row = kine("case", "list", "--json", day="2026-01-21").json[0]
    assert (row["receipt"], row["receipt_basis"], row["legal_due"]) == ("2026-01-08", "proven", "2026-02-09")
    # No second request: neither offered, nor possible.
    assert kine("next", "--json", day="2026-01-21").json == []
    kine("letter", "show", case, day="2026-01-21", code=3)
    kine("letter", "approve", case, "--all-grounds", day="2026-01-21", code=3)
    assert kine("send", "--json", day="2026-01-21").json == []

    # After the legal month, not before, and with a capture of the week.
    grounds = ("--ground", "objection", "--ground", "erasure_after_objection", "--proceedings", "aucune")
    assert "9 février 2026" in kine("complain", case, *grounds, day="2026-02-09", code=3).said
    assert "capture" in kine("complain", case, *grounds, day="2026-02-10", code=3).said
    kine.see("2026-02-10")
    pack = kine("complain", case, *grounds, "--json", day="2026-02-10").json
    kine("verify", pack["path"], "--expect", pack["sha256"])
    names = _exhibits(Path(pack["path"]))
    # The letter is one exhibit, under its own name.
    assert len([n for n in names if "demande-adressee" in n]) == 1
    assert not [n for n in names if "parole" in n]


def test_at_a_terminal_a_person_is_asked_and_decides(kine):
    page = kine.page.read_text(encoding="utf-8").replace("12 Rue des Essais", "40 Boulevard de l’Hypothèse")
    saved = kine.file("page.html", page.replace("+33465710001", "+33465710099"))
    kine("capture", "import", saved, "--url", kine.url, "--seen-at", "2026-01-05 08:00", day="2026-01-05")
    assert "1 rapprochement à décider" in kine("next", day="2026-01-05").said

    # A slip of the finger is asked again; both sides stand in front of the person.
    asked = kine("review", day="2026-01-05", typed="x\nm\n").said
    assert "« x » n’est pas l’un de" in asked
    assert re.search(r"adresse +40 Boulevard de l’Hypothèse +12 rue des Essais", asked)
    assert re.search(r"téléphone +04 65 71 00 99 +04 65 71 00 01", asked)
    assert "KINE-2026-0001" in asked

    kine("event", "add", "KINE-2026-0001", "listing_confirmed_by_kine", "--day", "2026-01-05", day="2026-01-05")
    kine.verify("doctolib", "2026-01-05")
    # Nothing is ticked by a mere Enter; the third ground is left out.
    kine("letter", "approve", "KINE-2026-0001", day="2026-01-05", typed="\n\n\n", code=3)
    asked = kine("letter", "approve", "KINE-2026-0001", day="2026-01-05", typed="o\noui\nn\no\n").said
    assert asked.count("Retenir ce motif ? [o/N]") == 3
    letter = kine("letter", "show", "KINE-2026-0001", day="2026-01-05").said
    assert "article 14 du RGPD : la personne" not in letter


def _exhibits(pack: Path) -> list[str]:
    """Return the file names of the exhibits, without their folder."""
    with zipfile.ZipFile(pack) as archive:
        return [name.rpartition("/")[2] for name in archive.namelist() if "/piece-" in name]


def _with_one_byte_changed(pack: Path, target: Path) -> tuple[str, Path]:
    """Write the pack again with one byte of one exhibit changed, the archive itself sound; return that member."""
    with zipfile.ZipFile(pack) as source, zipfile.ZipFile(target, "w") as copy:
        chosen = next(i.filename for i in source.infolist() if i.filename.endswith(".html"))
        for info in source.infolist():
            data = bytearray(source.read(info))
            if info.filename == chosen:
                data[10] ^= 1
            copy.writestr(info, bytes(data))
    return chosen, target
