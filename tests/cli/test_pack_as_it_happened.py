"""A complaint tells what happened: the request that left, the page as each capture shows it, each day as it was."""

from __future__ import annotations

import re
import socket
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

import pytest
from aiosmtpd.controller import Controller
from PIL import Image

from tests.cli.test_complain import built, confidential, texts
from tests.cli.test_cover import DAY, NUMBER, two  # noqa: F401 - the fixture
from tests.cli.test_pack_worth import Server, silent  # noqa: F401 - the fixture

REQUEST = "Demande d’opposition et d’effacement"
WITNESS = "https://www.doctolib.fr/masseur-kinesitherapeute/valence/noa-specimen"


@contextmanager
def posted(desk) -> Iterator[None]:
    """Let the desk send through a real server that accepts all."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    running = Controller(Server(), hostname="127.0.0.1", port=port)
    running.start()
    try:
        desk.configure(mail__smtp_host="127.0.0.1", mail__smtp_port=port, mail__security="none")
        yield
    finally:
        running.stop()
        desk.configure(mail__smtp_host="")


def approvable(kine) -> str:
    """Return a kiné's own case, ready for its request."""
    case = kine.see("2026-01-05")
    kine("event", "add", case, "listing_confirmed_by_kine", "--day", "2026-01-06", day="2026-01-06")
    kine("controller", "set", "doctolib", "--email", "dpo@doctolib.example", day="2026-01-06")
    kine.verify("doctolib", "2026-01-06")
    return case


def proven(desk, case: str, *proofs: tuple[str, str], name: str = "") -> None:
    for kind, day in proofs:
        paper = desk.file(f"{kind}{name}.txt", f"Papier {kind} {name}")
        desk("proof", "add", case, "--dispatch", "lrar", "--type", kind, "--day", day, "--file", paper, day=day)


def gone(desk, day: str) -> None:
    """Let a person see, in a browser, that the page is not there, and its neighbour is."""
    picture = BytesIO()
    Image.new("RGB", (640, 900), (int(day[-2:]) * 5, 128, 0)).save(picture, "PNG")
    look = ("--seen-at", f"{day} 08:00", "--browser", "Firefox 140", "--witness", WITNESS)
    screen = desk.file(f"ecran{day}.png", picture.getvalue())
    desk("capture", "import", screen, "--url", desk.url, "--shows", "none", *look, day=day)


def test_the_day_of_a_claim_of_erasure_is_the_platform_s_not_the_one_on_which_it_was_found_untrue(council, silent):  # noqa: F811
    reply = council.mail("efface.eml", "La fiche est supprimée.", From="dpo@doctolib.example")
    said = "La plateforme écrit : la fiche est supprimée."
    words = ("erased_claimed", "--day", "2026-01-20", "--proof", reply, "--text", said)
    council("event", "add", silent, *words, day="2026-01-20")
    council.see("2026-02-09")
    council("run", "--once", day="2026-02-09")
    for name in ("plainte.pdf", "resume.pdf"):
        told = texts(built(council, silent, "2026-02-09")["path"])[name]
        assert "9 février 2026, le responsable" not in told
        assert "passé ce délai" not in told
    told = texts(built(council, silent, "2026-02-09")["path"])["plainte.pdf"]
    assert "Le 20 janvier 2026, le responsable du traitement a indiqué avoir fait droit" in told
    # What somebody typed of an answer is told as what the answer says, never as what happened.
    assert f"Cette réponse, en résumé : « {said} »" in told
    assert "La réponse ayant été donnée le 20 janvier 2026" in told


def test_a_page_is_told_as_each_capture_shows_it(council, silent):  # noqa: F811
    before = council.page.read_text(encoding="utf-8")
    assert before.count("+33465710001")
    page = council.file("sans.html", before.replace('"telephone"', '"x-telephone"').replace("+33465710001", ""))
    look = ("--url", council.url, "--seen-at", "2026-02-09 09:00")
    council("capture", "import", page, *look, day="2026-02-09")
    told = texts(built(council, silent, "2026-02-09")["path"])["plainte.pdf"]
    first, _, last = told.partition("4. L’exercice préalable des droits")
    assert "numéro de téléphone" in first.partition("3. Les faits")[2]
    assert "numéro de téléphone" not in last.partition("toujours affichée")[2].partition("5. Le délai")[0]


def test_a_request_that_came_back_is_not_the_one_told_of(kine):
    case = approvable(kine)
    with posted(kine):
        kine("letter", "approve", case, "--all-grounds", day="2026-01-06")
        kine("send", day="2026-01-06")
    back = kine.mail("retour.eml", "550 no such user", From="mailer-daemon@conseil.example")
    kine("event", "add", case, "bounced", "--day", "2026-01-07", "--proof", back, day="2026-01-07")
    kine("controller", "set", "doctolib", "--webform", "https://www.doctolib.example/donnees", day="2026-01-08")
    kine.verify("doctolib", "2026-01-08")
    kine("letter", "approve", case, "--all-grounds", day="2026-01-08")
    kine("send", case, "--channel", "form", day="2026-01-08")
    shot = kine.file("confirmation.txt", "Votre demande a bien été envoyée")
    proof = ("--type", "form_confirmation", "--day", "2026-01-08", "--file", shot)
    kine("proof", "add", case, "--dispatch", "form", *proof, day="2026-01-08")
    kine.see("2026-02-20")
    told = texts(built(kine, case, "2026-02-20")["path"])["plainte.pdf"]
    sentence = told.partition("Le 8 janvier 2026, une demande")[2].partition("À la date de la présente")[0]
    assert "par formulaire du site" in sentence
    assert "confirmation du formulaire" in sentence
    assert "avis de réception" not in sentence
    came_back = re.search(r"N° (\d+) Demande d’opposition et d’effacement 6 janvier 2026", told)
    assert came_back
    assert came_back[1] not in re.findall(r"\d+", sentence.partition("Établi (")[2].partition(")")[0])


@pytest.mark.parametrize("channel", ["lrar", "email"])
def test_a_letter_for_several_people_is_an_exhibit_for_the_cnil_alone(council, two, channel):  # noqa: F811
    number = ("--number", NUMBER) if channel == "lrar" else ()
    command = ("letter", "cover", "doctolib", "--cases", ",".join(two), "--all-grounds", "--approve")
    if channel == "lrar":
        council(*command, "--channel", channel, *number, day=DAY)
        council("send", "--channel", "lrar", day=DAY)
        proven(council, two[0], ("deposited", DAY), ("signed", "2026-01-14"))
    else:
        with posted(council):
            council(*command, "--channel", channel, day=DAY)
            council("send", day=DAY)
        council("run", "--once", day="2026-01-20")
    council.see("2026-02-20")
    pack = built(council, two[0], "2026-02-20")
    told = texts(pack["path"])
    assert f"{REQUEST} (partie confidentielle)" in told["liste-des-pieces.pdf"]
    assert "plusieurs praticiens" in told["index-des-occultations.pdf"]
    with zipfile.ZipFile(pack["path"]) as archive:
        assert not any(name.startswith("pieces/") and "courriel-de-la-demande" in name for name in archive.namelist())
    assert not any("Sacha" in words for words in told.values())
    for part in pack["parts"]:
        council("verify", part["path"])
    with zipfile.ZipFile(confidential(pack)) as archive:
        assert any("demande-d-opposition" in name for name in archive.namelist())


def test_a_page_that_came_back_is_told_as_such_with_its_own_request(kine):
    case = approvable(kine)
    kine("letter", "approve", case, "--all-grounds", "--channel", "lrar", "--number", NUMBER, day="2026-01-06")
    kine("send", "--channel", "lrar", day="2026-01-06")
    proven(kine, case, ("deposited", "2026-01-07"), ("signed", "2026-01-09"))
    gone(kine, "2026-01-20")
    gone(kine, "2026-01-29")
    kine("event", "add", case, "erased_verified", "--day", "2026-01-29", day="2026-01-29")
    kine.see("2026-02-10")
    (second,) = (r["case"] for r in kine("case", "list", "--json", day="2026-02-10").json if r["case"] != case)
    kine("event", "add", second, "listing_confirmed_by_kine", "--day", "2026-02-10", day="2026-02-10")
    kine.verify("doctolib", "2026-02-10")
    words = ("--channel", "lrar", "--number", "RR 000 000 005 FR", "--kind", "relisting")
    kine("letter", "approve", second, "--all-grounds", *words, day="2026-02-10")
    kine("send", "--channel", "lrar", day="2026-02-10")
    proven(kine, second, ("deposited", "2026-02-11"), ("signed", "2026-02-13"), name="2")
    kine.see("2026-03-25")
    told = texts(built(kine, second, "2026-03-25")["path"])
    assert REQUEST in told["liste-des-pieces.pdf"]
    said = told["plainte.pdf"]
    assert "adressée le 7 janvier 2026" in said
    assert "observée absente le 20 janvier 2026 et le 29 janvier 2026, puis de nouveau affichée" in said
    # What was seen on these days is among the exhibits: each look's own sheet.
    assert re.search(r"puis de nouveau affichée\. Déclaré \(pièces n° \d+ et \d+\)", said), said
    for day in ("20", "29"):
        assert f"Page relevée sans la fiche, le {day} janvier 2026" in told["liste-des-pieces.pdf"]
    assert "Page enregistrée le 10 février 2026" in said
    assert "Page enregistrée le 5 janvier" not in said


def test_the_answer_to_a_demand_for_proof_of_identity_ends_the_pause_and_is_an_exhibit(council, silent):  # noqa: F811
    ask = council.mail(
        "identite.eml", "Merci de joindre une copie de votre pièce d’identité.", From="dpo@doctolib.example"
    )
    council("event", "add", silent, "id_requested", "--day", "2026-01-20", "--proof", ask, day="2026-01-20")
    assert "justificatif" in council("next", day="2026-01-20").said
    with posted(council):
        council("letter", "approve", silent, "--kind", "answer_identity", day="2026-01-21")
        council("send", day="2026-01-21")
    council.see("2026-03-06")
    assert "justificatif" not in council("next", day="2026-03-06").said
    council("run", "--once", day="2026-03-06")
    told = texts(built(council, silent, "2026-03-06")["path"])
    label = "réponse à une demande de justificatif d’identité"
    assert f"21 janvier 2026 {label.capitalize()} : courrier envoyé à la plateforme" in told["plainte.pdf"]
    assert label.capitalize() in told["liste-des-pieces.pdf"]
    assert "a demandé un justificatif d’identité. Il y a été répondu le 21 janvier 2026." in told["plainte.pdf"]
    assert "fourni" not in told["chronologie.pdf"]


def test_a_prolongation_without_a_reason_is_told_as_such(council, silent):  # noqa: F811
    later = council.mail("prolonge.eml", "Nous prolongeons le délai de deux mois.", From="dpo@doctolib.example")
    council("event", "add", silent, "extension_notified", "--day", "2026-01-20", "--proof", later, day="2026-01-20")
    council.see("2026-03-06")
    council("run", "--once", day="2026-03-06")
    told = texts(built(council, silent, "2026-03-06")["path"])["plainte.pdf"]
    assert "a annoncé prolonger le délai de réponse, sans en indiquer les motifs. Établi (pièce" in told
    assert "Article 12, paragraphe 3, du RGPD : le responsable du traitement n’a pas informé" in told


def test_a_question_that_was_answered_does_not_keep_a_person_from_complaining_once_the_delay_is_past(council, silent):  # noqa: F811
    ask = council.mail("precision.eml", "De quelle page s’agit-il ?", From="dpo@doctolib.example")
    council("event", "add", silent, "precision_asked", "--day", "2026-01-20", "--proof", ask, day="2026-01-20")
    council.see("2026-03-06")
    council("run", "--once", day="2026-03-06")
    asked = council("complain", silent, "--proceedings", "aucune", day="2026-03-06", code=3).said
    assert "rien ne lui a été répondu depuis" in asked
    assert f"listingguard letter propose {silent}" in asked
    assert "précision" in council("letter", "propose", silent, day="2026-03-06").said
    council.verify("doctolib", "2026-03-06")
    with posted(council):
        council("letter", "approve", silent, "--kind", "answer_precision", "--point", "rights", day="2026-03-06")
        council("send", day="2026-03-06")
    pack = built(council, silent, "2026-03-06")
    told = texts(pack["path"])["plainte.pdf"]
    assert (
        "aucune réponse donnant suite à cette demande ; les messages reçus, qui n’y donnent pas suite, sont joints"
        in told
    )
    assert "a expiré le 20 février 2026" in told
    assert "réponse à une demande de précision" in told.lower()
    council("pack", "sign", silent, day="2026-03-06")
    council("verify", pack["path"], "--expect", pack["sha256"])


def test_a_removal_is_told_to_the_cnil_with_what_showed_it(kine):
    case = approvable(kine)
    kine("letter", "approve", case, "--all-grounds", "--channel", "lrar", "--number", NUMBER, day="2026-01-06")
    kine("send", "--channel", "lrar", day="2026-01-06")
    proven(kine, case, ("deposited", "2026-01-07"), ("signed", "2026-01-09"))
    kine.see("2026-02-12")
    first = built(kine, case, "2026-02-12")
    kine("pack", "sign", case, day="2026-02-12")
    paper = kine.file("depot-cnil.txt", "Accusé de dépôt")
    kine("pack", "file", case, "--number", "26-1", "--on", "2026-02-12", "--receipt", paper, day="2026-02-12")
    for day in ("2026-02-20", "2026-02-28"):
        gone(kine, day)
    kine("event", "add", case, "erased_verified", "--day", "2026-02-28", day="2026-02-28")
    more = kine("pack", "addendum", case, "--json", day="2026-02-28").json
    told = texts(more["path"])
    said = " ".join(told.values())
    for day in ("20", "28"):
        assert f"Page relevée sans la fiche, le {day} février 2026" in said
    sheets = [name for name in told if "page-relevee-sans-la-fiche" in name]
    assert len(sheets) == 2
    assert not [name for name in zipfile.ZipFile(first["path"]).namelist() if "sans-la-fiche" in name]
    kine("verify", more["path"], "--expect", more["sha256"])
