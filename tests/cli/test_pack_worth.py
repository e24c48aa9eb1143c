"""What each line of a complaint is worth: proved by another hand, declared in a paper, presumed, or left out."""

import re
import socket
import zipfile
from io import BytesIO

import pypdf
import pytest
from aiosmtpd.controller import Controller

from tests.cli.test_complain import confidential, texts

QUEUE = "4F2C11A0B7"


class Server:
    """A mail server that takes every message over and gives it a number of its own."""

    async def handle_DATA(self, server, session, envelope):
        return f"250 2.0.0 Ok: queued as {QUEUE}"


@pytest.fixture
def silent(council) -> str:
    """A case whose request a server accepted on 6 January 2026, and nobody answered; a fresh capture of 9 February."""
    council.actor = "Dominique Exemple"
    case = council.see("2026-01-05")
    word = council.file("parole.txt", "C’est ma fiche, je n’ai rien accepté.")
    council("event", "add", case, "listing_confirmed_by_kine", "--day", "2026-01-06", "--proof", word, day="2026-01-06")
    dates = ("--from", "2026-01-06", "--until", "2028-01-05")
    council(
        "mandate", "add", council.rpps, *dates, "--document", council.file("mandat.pdf", b"%PDF-1.7 mandat"),
        day="2026-01-06",
    )  # fmt: skip
    council.verify("doctolib", "2026-01-06")
    council("controller", "set", "doctolib", "--email", "dpo@doctolib.example", day="2026-01-06")
    council.verify("doctolib", "2026-01-06")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    running = Controller(Server(), hostname="127.0.0.1", port=port)
    running.start()
    try:
        council.configure(mail__smtp_host="127.0.0.1", mail__smtp_port=port, mail__security="none")
        council("letter", "approve", case, "--all-grounds", day="2026-01-06")
        (sent,) = council("send", "--json", day="2026-01-06").json
        assert sent["state"] == "sent", sent
    finally:
        running.stop()
    council.configure(mail__smtp_host="")
    council("run", "--once", day="2026-01-14")
    council.see("2026-02-09")
    return case


def plain(text: str) -> str:
    return re.sub(r"[\s\u00a0\u202f]+", " ", text)


def complaint(pack) -> str:
    return plain(texts(pack["path"])["plainte.pdf"])


def test_a_mandatary_says_what_it_knows_and_the_person_only_what_she_signed(council, silent):
    first = council("complain", silent, "--proceedings", "aucune", "--json", day="2026-02-09").json
    said = complaint(first)
    for line in (
        "Le mandataire indique, d’après les messages qu’il a reçus au 9 février 2026, ne connaître aucune réponse à cette "
        "demande. Indiqué par le mandataire",
        "Le mandataire indique ne connaître aucune procédure judiciaire portant sur ces faits.",
        "– l’absence de tout contrat ;",
    ):
        assert line in said, line
    for never in ("déclare n’avoir reçu", "n’est en cours", "À ma connaissance", "atteste"):
        assert never not in said, never
    assert not [name for name in texts(first["path"]) if "attestation" in name]
    assert [words in " ".join(first["advice"]) for words in ("declaration print", "--attest", "--register")] == [
        True
    ] * 3
    # Signed and brought back, what was not struck out is told in her name, and where.
    printed = council.file("a-signer.pdf", b"")
    council("declaration", "print", silent, "-o", printed, day="2026-02-09")
    paper = plain(pypdf.PdfReader(BytesIO(printed.read_bytes())).pages[0].extract_text())
    assert (
        "je n’ai ni souscrit d’offre, ni créé, revendiqué ou modifié de fiche, ni chargé un tiers de le faire" in paper
    )
    kept = ("--no-contract", "--no-answer", "--proceedings", "aucune")
    assert (
        "--no-contract"
        in council(
            "declaration", "add", silent, "--document", printed, "--on", "2026-02-08", day="2026-02-09", code=1
        ).said
    )
    council("declaration", "add", silent, "--document", printed, "--on", "2026-02-08", *kept, day="2026-02-09")
    other = council("complain", silent, "--proceedings", "Un référé.", day="2026-02-09", code=3)
    assert "celle du dossier dit « aucune »" in other.said
    # The register of contracts as it stood, and an extract of the company's.
    register = council.file("registre.csv", "N° RPPS;Plateforme;Date du contrat;Transmis le\n")
    council("authorisation", "import", register, "--as-of", "2026-02-06", day="2026-02-09")
    extract = council.file("extrait.txt", "Dénomination : Doctolib (extrait inventé)\n")
    words = ("--register", extract, "--register-on", "2026-02-02")
    council("controller", "verify", "doctolib", *words, day="2026-02-09")
    second = council("complain", silent, "--json", day="2026-02-09").json
    assert second["advice"] == []
    said = complaint(second)
    for pattern in (
        r"déclare n’avoir reçu directement, au 8 février 2026, aucune réponse à cette demande\. Déclaré \(pièce n° \d+\)",
        r"La personne concernée déclare : « À ma connaissance, je n’ai ni souscrit .*? » Déclaré \(pièce n° \d+\)",
        r"La personne concernée déclare qu’aucune procédure judiciaire .*? n’est en cours\. Déclaré \(pièce n° \d+\)",
        r"ne figure, au 6 février 2026, parmi ceux qui lui ont été transmis\. Indiqué par le mandataire \(pièce n° \d+\)",
        r"Extrait de registre sur le responsable du traitement, le 2 février 2026",
    ):
        assert re.search(pattern, said), pattern
    (attestation,) = (plain(text) for name, text in texts(second["path"]).items() if "attestation" in name)
    assert "son registre arrêté au 6 février 2026" in attestation
    with zipfile.ZipFile(confidential(second)) as archive:
        assert [name for name in archive.namelist() if "declaration-de-la-personne" in name]


def test_a_declaration_speaks_of_what_was_there_when_it_was_signed_and_the_last_one_counts(council, silent):
    signed = council.file("signee.pdf", b"%PDF-1.7 signee")
    add = ("declaration", "add", silent, "--document", signed, "--on")
    kept = ("--no-contract", "--proceedings", "aucune")
    assert "avant l’envoi" in council(*add, "2026-01-05", *kept, "--no-answer", day="2026-02-09", code=1).said
    assert "declaration add" in council(
        "event", "add", silent, "declaration_signed", "--day", "2026-02-08", "--proof", signed, day="2026-02-09", code=3
    ).said  # fmt: skip
    council(*add, "2026-01-05", *kept, day="2026-02-09")
    # A second one, where the person struck out that she had no contract.
    council(*add, "2026-02-08", "--no-answer", "--proceedings", "aucune", day="2026-02-09")
    pack = council("complain", silent, "--json", day="2026-02-09").json
    said = complaint(pack)
    assert "déclare n’avoir reçu directement, au 8 février 2026, aucune réponse" in said
    assert "À ma connaissance, je n’ai ni souscrit" not in said
    assert "declaration print" in " ".join(pack["advice"])


def test_nobody_attests_that_no_contract_came_where_one_is_in_the_register(council, silent):
    contract = council.file("contrat.pdf", b"%PDF-1.7 contrat")
    agreed = ("--rpps", council.rpps, "--platform", "doctolib.fr", "--contract", "--from", "2024-01-02")
    ended = ("--until", "2025-01-01", "--given-by", "practitioner", "--sent-on", "2024-02-01", "--proof", contract)
    council("authorisation", "add", *agreed, *ended, day="2026-02-09")
    told = council("complain", silent, "--proceedings", "aucune", "--attest", day="2026-02-09", code=3).said
    assert "ne peut pas attester" in told
    register = council.file("registre.csv", "N° RPPS;Plateforme;Date du contrat;Transmis le\n")
    council("authorisation", "import", register, "--as-of", "2026-02-06", day="2026-02-09")
    pack = council("complain", silent, "--proceedings", "aucune", "--json", day="2026-02-09").json
    assert not [name for name in texts(pack["path"]) if "attestation" in name]
    assert "--attest" in " ".join(pack["advice"])


def test_only_an_officer_who_looked_attests_for_the_council(council, silent):
    officer, council.actor = council.actor, "Paul Inconnu"
    asked = ("complain", silent, "--proceedings", "aucune", "--attest")
    assert "ne peut pas attester" in council(*asked, day="2026-02-09", code=3).said
    council.actor = officer
    pack = council(*asked, "--json", day="2026-02-09").json
    (attestation,) = (plain(text) for name, text in texts(pack["path"]).items() if "attestation" in name)
    assert "tels que les a consultés ce jour Dominique Exemple, présidente" in attestation


def test_what_the_mail_server_said_is_an_exhibit_and_every_page_says_that_it_is_a_simulation(council, silent):
    pack = council("complain", silent, "--proceedings", "aucune", "--json", day="2026-02-09").json
    told = texts(pack["path"])
    (sheet,) = (plain(text) for name, text in told.items() if "fiche-d-envoi" in name)
    for words in (
        QUEUE,
        f"250 2.0.0 Ok : queued as {QUEUE}",
        "127.0.0.1",
        "UTC",
        "Message-ID",
        "le serveur n’en propose pas",
    ):
        assert words in sheet, words
    said = complaint(pack)
    assert re.search(
        r"a été adressée au responsable du traitement par courriel\. Établi \(pièces n° \d+, \d+ et \d+\)", said
    )
    assert re.search(r"Demande envoyée par courriel, acceptée par le serveur d’envoi Établi", said)
    assert "Calendrier des jours fériés : France." in said
    for name, text in told.items():
        if not name.startswith("pieces/") or "fiche-d-envoi" in name:
            assert "SIMULATION" in text, name
    # Who works at the council is named nowhere, and the originals under seal are told by their hashes.
    with zipfile.ZipFile(confidential(pack)) as archive:
        sheets = [archive.read(name).decode() for name in archive.namelist() if "fiche-technique" in name]
        assert all("Dominique" not in sheet and '"by":"le conseil"' in sheet for sheet in sheets)
        private = plain(
            " ".join(p.extract_text() for p in pypdf.PdfReader(BytesIO(archive.read("coordonnees.pdf"))).pages)
        )
    assert "04 65 71 00 01" in private
    assert "à son domicile" in private


def test_a_late_answer_leaves_the_presumed_date_beside_the_proven_one(council, silent):
    reply = council.mail("refus.eml", "Nous refusons.", From="dpo@doctolib.example")
    council("event", "add", silent, "refusal", "--day", "2026-02-10", "--proof", reply, day="2026-02-10")
    shown = council("case", "show", silent, "--explain", day="2026-02-10").said
    assert "échéance légale depuis ce jour présumé : 6 février 2026, passée" in shown
    assert "au plus tard le 10 février 2026 : échéance légale le 10 mars 2026, la date retenue" in shown
    pack = council("complain", silent, "--proceedings", "aucune", "--json", day="2026-02-10").json
    said = complaint(pack)
    for line in (
        "Présumée reçue le 6 janvier 2026 : le délai d’un mois prévu à l’article 12, paragraphe 3, du RGPD a expiré le 6 février 2026.",
        "La réponse du 10 février 2026 est arrivée passé ce délai, compté de la date présumée de la réception.",
        "Reçue au plus tard le 10 février 2026, ce qui est seul établi : dans le calcul le plus favorable au responsable du "
        "traitement, le même délai expire le 10 mars 2026",
        "Fin du délai d’un mois compté de la réception présumée, sans réponse connue",
    ):
        assert line in said, line
    summary = plain(texts(pack["path"])["resume.pdf"])
    assert "la réponse est arrivée passé ce délai" in summary


def test_a_complaint_never_says_that_nothing_came_where_a_message_naming_patients_is_kept_back(council, silent):
    arrived = council.mail("accuse.eml", "Bien reçu.", From="dpo@doctolib.example")
    council("event", "add", silent, "acknowledged", "--day", "2026-01-15", "--proof", arrived, day="2026-01-15")
    reply = council.mail(
        "identite.eml", "Qui êtes-vous ?", From="dpo@doctolib.example", Date="Tue, 20 Jan 2026 10:00:00 +0100"
    )
    (read,) = council("inbox", "import", reply, "--json", day="2026-01-20").json
    council("inbox", "file", read["message"], silent, "--sensitive", day="2026-01-20")
    council("event", "add", silent, "id_requested", "--day", "2026-01-20", "--proof", reply, day="2026-01-20")
    council("event", "add", silent, "id_supplied", "--day", "2026-01-21", day="2026-01-21")
    council.see("2026-02-24")
    pack = council("complain", silent, "--proceedings", "aucune", "--json", day="2026-02-24").json
    said = complaint(pack)
    assert (
        "ne connaître aucune réponse donnant suite à cette demande ; ce qui a été reçu n’y donne pas suite et n’est pas joint"
        in said
    )
    assert "aucune réponse à cette demande" not in said
    assert "Aucune réponse donnant suite à cette demande" in plain(texts(pack["path"])["resume.pdf"])


def test_signing_and_filing_ask_for_a_fresh_page_and_a_late_answer_moves_no_date_of_what_was_filed(council, silent):
    council("complain", silent, "--proceedings", "aucune", day="2026-02-09")
    assert (
        "7 jours au plus ; la dernière est du 9 février 2026"
        in council("pack", "sign", silent, day="2026-02-17", code=3).said
    )
    council("pack", "sign", silent, day="2026-02-10")
    paper = council.file("accuse.pdf", b"%PDF-1.7 accuse")
    filing = ("pack", "file", silent, "--on", "2026-02-18", "--receipt", paper)
    assert "--why" in council(*filing, day="2026-02-18", code=3).said
    assert "sans numéro" in council(*filing, "--why", "Déposée avant la relecture.", day="2026-02-18").said
    before = council("case", "show", silent, "--json", day="2026-02-18").json
    reply = council.mail("refus.eml", "Nous refusons.", From="dpo@doctolib.example")
    council("event", "add", silent, "refusal", "--day", "2026-02-19", "--proof", reply, day="2026-02-19")
    after = council("case", "show", silent, "--json", day="2026-02-19").json
    dates = ("receipt", "receipt_basis", "legal_due", "council_due")
    assert (after["state"], [after[d] for d in dates]) == ("filed", [before[d] for d in dates])
    assert "CNIL" in council("next", day="2026-02-19").said
    more = council("pack", "addendum", silent, "--json", day="2026-02-19").json
    said = plain(texts(more["path"])["additif.pdf"])
    for line in (
        "le dossier arrêté le 9 février 2026 et signé le 10 février 2026",
        "Le dossier signé donnait la même date : les faits ci-dessus n’y changent rien.",
        "Pour Camille EXEMPLE, par mandat",
        "Refus de la plateforme Établi",
    ):
        assert line in said, line
    assert "Additif n° 1" in council("pack", "sign", silent, day="2026-02-19").said
    out = council.home.parent / "dossier.zip"
    council("case", "export", silent, "-o", out, day="2026-02-19")
    with zipfile.ZipFile(out) as archive:
        assert {name.rpartition("-")[2] for name in archive.namelist() if "plainte-1-" in name} >= {
            "cnil.pdf",
            "justice.pdf",
        }


def test_a_kine_s_own_letter_never_proves_that_it_arrived(kine):
    kine.follow(kine.rpps, day="2026-01-05")
    kine.followed = True
    kine.verify("doctolib", "2026-01-05")
    kine.see("2026-02-01")
    letter = kine.file("lettre.txt", "Je m’oppose au traitement de mes données.\n")
    words = ("--rpps", kine.rpps, "--url", kine.url, "--sent", "2026-02-02", "--received", "2026-02-04")
    case = kine("case", "add", *words, "--letter", letter, "--proof", letter, "--json", day="2026-02-05").json["case"]
    kine.see("2026-03-05")
    asked = (
        "complain",
        case,
        "--proceedings",
        "aucune",
        "--ground",
        "objection",
        "--ground",
        "erasure_after_objection",
    )
    assert "que vous n’avez pas écrite vous-même" in kine(*asked, day="2026-03-05", code=3).said
    proof = kine.file("avis.txt", "Avis de réception : distribué le 3 février 2026.\n")
    kine(
        "event",
        "add",
        case,
        "received",
        "--day",
        "2026-02-05",
        "--received-on",
        "2026-02-03",
        "--proof",
        proof,
        day="2026-03-05",
    )
    pack = kine(*asked, "--json", day="2026-03-05").json
    said = complaint(pack)
    assert re.search(r"a reçu cette demande le 3 février 2026 : avis de réception\. Établi \(pièce n° \d+\)", said)
    assert "Demande antérieure enregistrée" not in said
    assert re.search(r"3 février 2026 Demande reçue par le responsable du traitement Établi \(pièce n° \d+\)", said)
    assert re.search(r"2 février 2026 Demande envoyée par [\w ]+ Déclaré", said)
    assert re.search(r"n’a reçu aucune réponse à cette demande\. Déclaré 4?", said)


def test_a_reason_is_the_person_s_word_only_where_her_paper_holds_it(council):
    council.actor = "Dominique Exemple"
    case = council.see("2026-01-05")
    written, typed = "Mon cabinet est complet depuis deux ans", "Des patients attendent devant une porte fermée."
    word = council.file("parole.txt", f"C’est ma fiche, je n’ai rien accepté. {written}.")
    said = ("listing_confirmed_by_kine", "--day", "2026-01-06", "--proof", word)
    named = council("event", "add", case, *said, "--situation", "M. Dupont attend.", day="2026-01-06", code=1).said
    assert "nomme une autre personne" in named
    council("event", "add", case, *said, "--situation", written, "--situation", typed, day="2026-01-06")
    letter = council.file("lettre.txt", "Je m’oppose à cette page. Elle trompe mes patients.")
    papers = ("--letter", letter, "--proof", council.file("avis.txt", "Avis de réception signé le 9 janvier 2026"))
    told, untold = "Elle trompe mes patients.", "Elle affiche un ancien numéro."
    reasons = ("--situation", told, "--situation", untold)
    sent = ("--sent", "2026-01-07", "--received", "2026-01-09", "--url", council.url, "--rpps", council.rpps)
    bad = ("--situation", "Madame Durand, ma patiente, attend devant la porte.")
    assert "Madame Durand" in council("case", "add", *sent, *papers, *bad, day="2026-01-20", code=1).said
    assert council("case", "add", *sent, *papers, *reasons, "--json", day="2026-01-20").json["case"] == case
    mandated(council, case)
    text = complaint(council("complain", case, "--proceedings", "aucune", *GROUNDS, "--json", day="2026-02-20").json)
    for pattern in (
        rf"La personne concernée indique : « {written}\. » Déclaré \(pièce n° \d+\)",
        rf"Le mandataire indique, d’après la personne concernée : « {typed} » Indiqué par le mandataire ",
        rf"exposée dans la demande : « {told} » Indiqué par le mandataire \(pièce n° \d+\)",
        rf"Le mandataire indique, d’après la personne concernée : « {untold} » Indiqué par le mandataire ",
    ):
        assert re.search(pattern, text), (pattern, text)


GROUNDS = ("--ground", "objection", "--ground", "erasure_after_objection")


def mandated(council, case: str) -> None:
    """Register the mandate, read the platform's legal notice, and see the page again."""
    dates = ("--from", "2026-01-06", "--until", "2028-01-05")
    paper = council.file("mandat.pdf", b"%PDF-1.7 mandat")
    council("mandate", "add", council.rpps, *dates, "--document", paper, day="2026-01-20")
    council.verify("doctolib", "2026-01-20")
    council("run", "--once", day="2026-02-20")
    council.see("2026-02-20")


def test_an_objection_without_any_reason_of_the_person_s_is_no_complaint_until_she_signs_one(council):
    council.actor = "Dominique Exemple"
    council.see("2026-01-05")
    papers = ("--letter", council.file("lettre.txt", "Retirez ma page."))
    papers += ("--proof", council.file("avis.txt", "Avis de réception signé le 9 janvier 2026"))
    sent = ("--sent", "2026-01-07", "--received", "2026-01-09", "--url", council.url, "--rpps", council.rpps)
    case = council("case", "add", *sent, *papers, "--json", day="2026-01-20").json["case"]
    mandated(council, case)
    words = ("complain", case, "--proceedings", "aucune", *GROUNDS)
    assert f"declaration add {case} … --situation" in council(*words, day="2026-02-20", code=3).said
    signed = council.file("signee.pdf", b"%PDF-1.7 declaration signee")
    add = ("declaration", "add", case, "--document", signed, "--on", "2026-02-20")
    assert (
        "nomme une autre personne" in council(*add, "--situation", "M. Dupont attend.", day="2026-02-20", code=1).said
    )
    council(*add, "--situation", "Ma page fait perdre du temps à des patients.", day="2026-02-20")
    text = complaint(council(*words, "--json", day="2026-02-20").json)
    assert re.search(r"« Ma page fait perdre du temps à des patients\. » Déclaré \(pièce n° \d+\)", text)
    printed = council.file("declaration.pdf", b"")
    council("declaration", "print", case, "-o", printed, day="2026-02-20")
    pages = " ".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(printed.read_bytes())).pages)
    assert "Ma page fait perdre du temps à des patients." in plain(pages)
