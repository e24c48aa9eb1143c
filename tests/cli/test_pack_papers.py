"""A complaint whose papers are not there, or never leave: it says which, and what a person does."""

from hashlib import sha256

from listingguard.app import App
from tests.cli.test_complain import built, refused_case  # noqa: F401 - the fixture

DAY = "2026-01-22"
GO = ("--proceedings", "aucune")


def kept_back_refusal(council, case):
    """Put in the place of the refusal a message that names a patient, filed as sensitive."""
    events = council("case", "show", case, "--json", day=DAY).json["events"]
    number = next(e["seq"] for e in events if e["kind"] == "refusal")
    council("event", "add", case, "correction", "--event", number, "--void", "--day", "2026-01-21", day="2026-01-21")
    text = "Nous ne retirons pas la fiche : votre patiente Alix Inventée a rendez-vous mardi."
    mail = council.mail("patient.eml", text, From="dpo@doctolib.example", Subject=f"Re: {case}")
    council("inbox", "import", mail, day="2026-01-21")
    sha = sha256(mail.read_bytes()).hexdigest()
    with App.open(council.home) as app:
        held = any(row.sha256 == sha for row in app.store.quarantined())
    if held:
        council("inbox", "file", sha, case, day="2026-01-21")
    council("inbox", "read", sha, "--as", "sensitive", day="2026-01-21")
    said = ("refusal", "--day", "2026-01-20", "--reply", sha, "--text", "Refus.")
    council("event", "add", case, *said, day="2026-01-21")


def test_a_complaint_that_rests_on_a_message_kept_back_says_what_to_enter_instead(council, refused_case):  # noqa: F811
    kept_back_refusal(council, refused_case)
    council.see(DAY)
    said = council("complain", refused_case, *GO, day=DAY, code=3).said
    assert "une preuve de la réception qui puisse être jointe" in said
    assert f"event add {refused_case} received --day 2026-01-20 --proof FICHIER" in said
    assert f"event add {refused_case} refusal --day 2026-01-20 --proof FICHIER --text TEXTE" in said
    assert "Inventée" not in said
    copy = council.file("copie.txt", "Copie : « Nous ne retirons pas la fiche » ; le reste est masqué.")
    council("event", "add", refused_case, "received", "--day", "2026-01-20", "--proof", copy, day=DAY)
    other = council.file("copie2.txt", "Copie du refus : « Nous ne retirons pas la fiche » ; le reste est masqué.")
    again = ("refusal", "--day", "2026-01-20", "--proof", other, "--text", "Refus.")
    council("event", "add", refused_case, *again, day=DAY)
    assert built(council, refused_case)["path"]


def test_a_declaration_without_its_document_says_which_and_how_to_bring_it_back(council, refused_case):  # noqa: F811
    paper = council.file("signee.pdf", b"%PDF-1.7 declaration signee")
    words = ("--document", paper, "--on", "2026-01-21", "--no-contract", "--proceedings", "aucune")
    council("declaration", "add", refused_case, *words, day="2026-01-21")
    council.see(DAY)
    sha = sha256(b"%PDF-1.7 declaration signee").hexdigest()
    (kept,) = [p for p in (council.home / "vault").rglob("*") if p.is_file() and sha in p.name]
    kept.unlink()
    said = council("complain", refused_case, day=DAY, code=3).said
    assert "le document de l’événement n°" in said
    assert "21 janvier 2026" in said
    assert f"listingguard declaration add {refused_case} --on 2026-01-21 --document FICHIER" in said
    assert "--void" in said
    # The same paper again is the same declaration: it is back, and nothing is told twice.
    assert not council("declaration", "add", refused_case, *words, "--json", day=DAY).json["new"]
    assert kept.is_file()
    assert "le document de l’événement" not in council("complain", refused_case, "--json", day=DAY).said
