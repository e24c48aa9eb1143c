"""What others wrote and what it tells of anybody else: nothing of it in the communicable part, and every page says so."""

import zipfile

import pytest

from listingguard.app import App
from tests.cli.test_complain import built, confidential, refused_case  # noqa: F401 - the fixture
from tests.cli.test_pack import everything

OTHER = (
    "Mme Paul MARTIN, kinésithérapeute (RPPS 10005173140, 06 12 34 56 78), nous a aussi écrit. "
    "Camille Exemple demeure au 7 impasse du Secret, 26000 Valence."
)
NEVER = ("10005173140", "MARTIN", "06 12 34 56 78", "impasse du Secret", "inconnue@ailleurs.example")
DAY = "2026-01-22"


def plain(text: str) -> str:
    return " ".join(text.replace("\u202f", " ").replace("\xa0", " ").split())


def answered(council, case, name, body, kind="wrong_channel"):
    reply = council.mail(name, body, From="dpo@doctolib.example", Cc="inconnue@ailleurs.example")
    council("event", "add", case, kind, "--day", "2026-01-21", "--proof", reply, day="2026-01-21")
    return reply


def number_of(pack, council, case):
    (found,) = pack["set_aside"]
    return found["exhibit"]


def test_an_answer_that_tells_of_somebody_else_is_for_the_cnil_alone_and_a_page_stands_for_it(council, refused_case):  # noqa: F811
    answered(council, refused_case, "autrui.eml", OTHER)
    council.see(DAY)
    pack = built(council, refused_case)
    public, private = everything(pack["path"]), everything(confidential(pack))
    for name, words in public.items():
        for never in NEVER:
            assert never not in words, (name, never)
    assert any("10005173140" in words for words in private.values()), "the CNIL has it whole"
    number = number_of(pack, council, refused_case)
    (stand_in,) = [words for name, words in public.items() if name.startswith(f"pieces/piece-{number:02}")]
    assert "n’est pas dans la partie communicable" in plain(stand_in)
    assert "le numéro RPPS d’une autre personne" in plain(stand_in)
    assert "n’est pas dans la partie communicable" in plain(public["dossier.pdf"])
    index = plain(public["index-des-occultations.pdf"])
    assert f"Pièce n° {number} : " in index
    assert "Un programme y a relevé" in index
    assert "lue par un programme" in index, "the refusal, shown whole, is not said to be masked"
    letter = plain(everything_beside(pack["path"], "lettre-cnil"))
    assert "les tiers y sont masqués" not in letter
    assert "n’y sont pas" in letter
    council("verify", pack["path"], confidential(pack))


def everything_beside(path, what):
    from pathlib import Path

    from listingguard.edge.dossier import text_of

    return text_of(".pdf", Path(path.replace(".zip", f"-{what}.pdf")).read_bytes())


def test_an_addendum_hides_what_a_late_answer_tells_of_a_patient(council, refused_case):  # noqa: F811
    council.see(DAY)
    built(council, refused_case)
    council("pack", "sign", refused_case, day=DAY)
    answered(council, refused_case, "patient.eml", "Mme Dupont Marie, patiente, 06 12 34 56 78, a rendez-vous mardi.")
    more = council("pack", "addendum", refused_case, "--json", day=DAY).json
    for name, words in everything(more["path"]).items():
        for never in ("Dupont", "06 12 34 56 78", "inconnue@ailleurs.example"):
            assert never not in words, (name, never)
    assert more["set_aside"], "who built it is told"


@pytest.mark.parametrize("attachment", [b"\x89PNG\r\n\x1a\nrien", b"PK\x03\x04 un classeur"])
def test_what_no_program_reads_is_never_shown_before_a_person_read_it(council, refused_case, attachment):  # noqa: F811
    import email.message
    import email.policy

    message = email.message.EmailMessage(policy=email.policy.SMTP)
    message["From"], message["To"], message["Subject"] = (
        "dpo@doctolib.example",
        "secretariat@conseil.example",
        "Réponse",
    )
    message.set_content("Voir la pièce jointe.")
    message.add_attachment(attachment, maintype="application", subtype="octet-stream", filename="liste.bin")
    reply = council.file("jointe.eml", message.as_bytes())
    council("event", "add", refused_case, "wrong_channel", "--day", "2026-01-21", "--proof", reply, day="2026-01-21")
    council.see(DAY)
    (aside,) = built(council, refused_case)["set_aside"]
    assert "Aucun programme n’en lit tout le contenu" in plain(aside["why"])


def test_an_answer_with_a_logo_is_shown_and_one_with_a_scan_is_for_the_cnil_alone(council, refused_case):  # noqa: F811
    from pathlib import Path

    # The wide banner stands in two messages of the house: its dress as well.
    for name, day in (("signature", 16), ("banner-1", 17), ("banner-2", 18), ("scan", 19)):
        reply = Path(__file__).parent.parent / "mails" / "dress" / f"{name}.eml"
        council("event", "add", refused_case, "wrong_channel", "--day", f"2026-01-{day}", "--proof", reply, day=DAY)
    council.see(DAY)
    pack = built(council, refused_case)
    (aside,) = pack["set_aside"]
    assert "Aucun programme n’en lit tout le contenu" in plain(aside["why"])
    names = {
        path: [n for n in zipfile.ZipFile(path).namelist() if n.endswith(".eml")]
        for path in (pack["path"], confidential(pack))
    }
    data = {path: [zipfile.ZipFile(path).read(name) for name in each] for path, each in names.items()}
    for name in (b"signature", b"banner-1", b"banner-2"):
        assert any(b"<%s@rdv.example>" % name in each for each in data[pack["path"]]), name
    assert not any(b"<scan@rdv.example>" in each for each in data[pack["path"]])
    assert any(b"<scan@rdv.example>" in each for each in data[confidential(pack)])


def test_a_person_moves_a_paper_to_the_other_part_and_back_and_the_built_dossier_says_it(council, refused_case):  # noqa: F811
    council.see(DAY)
    first = built(council, refused_case)
    assert first["set_aside"] == []
    names = zipfile.ZipFile(first["path"]).namelist()
    (refusal,) = [name for name in names if name.endswith("-message-de-la-plateforme.eml")]
    number = int(refusal.split("-")[1])
    council("pack", "place", refused_case, number, "--confidential", "--why", "À la demande de la personne.", day=DAY)
    assert "une de ses pièces a changé de partie" in council("pack", "show", refused_case, day=DAY).said
    second = built(council, refused_case)
    assert refusal not in zipfile.ZipFile(second["path"]).namelist()
    assert "À la demande de la personne." in plain(everything(second["path"])["index-des-occultations.pdf"])
    assert refusal in zipfile.ZipFile(confidential(second)).namelist()
    council("pack", "place", refused_case, number, "--communicable", "--why", "Relue en entier.", day=DAY)
    assert refusal in zipfile.ZipFile(built(council, refused_case)["path"]).namelist()
    said = council("pack", "place", refused_case, 99, "--confidential", "--why", "Non.", day=DAY, code=3).said
    assert f"n° {number} (Message de la plateforme)" in said


def test_a_home_is_never_moved_back_into_what_the_platform_reads(council, refused_case):  # noqa: F811
    answered(council, refused_case, "prive.eml", "La personne habite 27 impasse du Foyer Secret.")
    home = council.file(
        "domicile.csv",
        "rpps;family_name;first_name;site1_street;site1_postcode;site1_town;site1_private\n"
        f"{council.rpps};Exemple;Camille;27 impasse du Foyer Secret;26000;Valence;oui\n",
    )
    council("roster", "import", home, day="2026-01-21")
    council.see(DAY)
    number = number_of(built(council, refused_case), council, refused_case)
    council("pack", "place", refused_case, number, "--communicable", "--why", "Sans importance.", day=DAY)
    pack = built(council, refused_case)
    assert [aside["exhibit"] for aside in pack["set_aside"]] == [number]
    assert not any("Foyer Secret" in words for words in everything(pack["path"]).values())


def test_what_was_typed_of_an_answer_names_nobody_else_in_the_complaint(council, refused_case):  # noqa: F811
    events = council("case", "show", refused_case, "--json", day=DAY).json["events"]
    number = next(e["seq"] for e in events if e["kind"] == "refusal")
    council(
        "event", "add", refused_case, "correction", "--event", number, "--void", "--day", "2026-01-21", day="2026-01-21"
    )
    reply = council.mail("refus2.eml", OTHER, From="dpo@doctolib.example")
    council(
        "event", "add", refused_case, "refusal", "--day", "2026-01-20", "--proof", reply, "--text",
        "Refus, Mme Paul MARTIN ayant aussi écrit.", day="2026-01-21",
    )  # fmt: skip
    council.see(DAY)
    pack = built(council, refused_case)
    public = everything(pack["path"])
    for name, words in public.items():
        assert "MARTIN" not in words, name
    assert "La plateforme a répondu qu’elle ne donnait pas suite à la demande." in plain(public["plainte.pdf"])
    assert any("n’est pas repris" in line for line in pack["advice"])


def test_where_a_zip_is_refused_each_part_is_one_pdf_that_the_field_sheet_names_with_its_hash(council, refused_case):  # noqa: F811
    from hashlib import sha256

    council.see(DAY)
    pack = built(council, refused_case)
    sheet = plain(everything_beside(pack["path"], "fiche-cnil")).replace(" ", "")
    for path, name in ((pack["path"], "dossier.pdf"), (confidential(pack), "confidentiel.pdf")):
        with zipfile.ZipFile(path) as archive:
            data = archive.read(name)
        assert name in sheet
        assert sha256(data).hexdigest() in sheet
    words = everything(confidential(pack))["confidentiel.pdf"]
    assert "Mandat signé" in words, "the mandate is in it"
    council("verify", pack["path"], confidential(pack))


def test_the_reasons_ticked_for_the_request_are_lines_of_the_complaint_with_what_they_are_worth(council, refused_case):  # noqa: F811
    with App.open(council.home) as app:
        (approved,) = [f for f in app.store.facts(refused_case) if f.kind.value == "request_approved"]
        reasons = [each["sentence"] for each in approved.data["facts"]]
    council.see(DAY)
    said = plain(everything(built(council, refused_case)["path"])["plainte.pdf"])
    assert reasons
    for reason in reasons:
        assert f"Raison tenant à sa situation, exposée dans la demande : {plain(reason)}" in said
    assert "Page enregistrée : https" in said, "what an exhibit establishes is that a page was recorded"


def test_no_pdf_of_the_pack_makes_poppler_speak_of_an_error(council, refused_case, tmp_path):  # noqa: F811
    import shutil
    import subprocess

    council.see(DAY)
    pack = built(council, refused_case)
    looked = 0
    for path in (pack["path"], confidential(pack)):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                data = archive.read(name)
                if name.endswith(".pdf") and b"/MarkInfo" in data:
                    looked += 1
                    assert b"/Suspects" not in data[data.rindex(b"/MarkInfo") :], name
                    file = tmp_path / "one.pdf"
                    file.write_bytes(data)
                    if shutil.which("pdfinfo"):
                        run = subprocess.run(
                            ["pdfinfo", str(file)], capture_output=True, text=True, timeout=20, check=True
                        )
                        assert run.stderr == "", name
    assert looked > 5


def test_a_message_to_be_read_is_shown_with_every_word_for_what_it_may_be(council, refused_case):  # noqa: F811
    from hashlib import sha256

    mail = council.mail("a-lire.eml", "Voir ci-joint.", From="dpo@doctolib.example", Subject=f"Re: {refused_case}")
    council("inbox", "import", mail, day=DAY)
    sha = sha256(mail.read_bytes()).hexdigest()
    with App.open(council.home) as app:
        held = any(row.sha256 == sha for row in app.store.quarantined())
    if held:
        council("inbox", "file", sha, refused_case, day=DAY)
    said = council("inbox", "show", sha, day=DAY).said
    assert "NATURE est l’un de ces mots" in said
    for word in ("lawyer (", "sensitive (", "refused ("):
        assert word in said
