"""`authorisation`: contracts, revocations, the verdict of a day with its working, the council's register of contracts."""

from __future__ import annotations

import pytest

RPPS = "99900000011"
REGISTER = (
    "Registre des contrats transmis au conseil;;;;\n"
    ";;;;\n"
    "N° RPPS;Nom;Plateforme;Date du contrat;Transmis le;Fin;Signataire\n"
    f"{RPPS};Exemple;www.doctolib.fr;01/09/2025;15/09/2025;;Praticien\n"
    "99900000029;Modèle;maiia.com;01/03/2025;02/03/2025;28/02/2026;Cabinet\n"
    "99900000029;Modèle;;01/03/2025;02/03/2025;;Cabinet\n"
    "12345678901;Inconnu;maiia.com;01/03/2025;02/03/2025;;Praticien\n"
    f"{RPPS};Exemple;keldoc.com;01/09/2025;;;Praticien\n"
    f"{RPPS};Exemple;keldoc.com;le 1er;15/09/2025;;Praticien\n"
    f"{RPPS};Exemple;keldoc.com;01/09/2025;15/09/2025;;Cousin\n"
)


def add(desk, *words, code=0, day="2026-03-01"):
    return desk("authorisation", "add", "--rpps", RPPS, "--platform", "doctolib.fr", *words, day=day, code=code)


def verdict(desk, on, platform="doctolib.fr"):
    return desk("authorisation", "verdict", "--rpps", RPPS, "--platform", platform, "--on", on, "--json").json


def test_the_verdict_of_a_day_shows_its_working(council):
    paper = council.file("contrat.pdf", b"%PDF-1.7 contrat")
    add(council, "--from", "2025-09-01", "--given-by", "practitioner", "--sent-on", "2025-09-15", "--proof", paper)
    add(council, "--from", "2026-02-01", "--given-by", "practitioner", "--revoked")
    said = {day: verdict(council, day) for day in ("2025-08-31", "2025-09-01", "2026-01-31", "2026-02-01")}
    assert {day: told["verdict"] for day, told in said.items()} == {
        "2025-08-31": "undetermined", "2025-09-01": "authorised", "2026-01-31": "authorised", "2026-02-01": "unauthorised",
    }  # fmt: skip
    assert {told["attestation"] for told in said.values()} == {""}, "no register was brought: nobody looked"
    assert said["2026-01-31"]["attestation"] == ""
    assert len(said["2025-08-31"]["rows"]) == 2, "rows without effect are shown as well"
    told = council(
        "authorisation", "verdict", "--rpps", RPPS, "--platform", "WWW.doctolib.fr", "--on", "2026-02-01"
    ).said
    assert "contrat du 1er septembre 2025" in told
    assert "transmis au conseil le 15 septembre 2025" in told
    assert "Au 1er février 2026, pas d’accord" in told


def test_what_a_platform_supplied_is_never_a_contract_sent_to_the_council(council):
    before = council.everything()
    words = ("--from", "2025-09-01", "--given-by", "practitioner", "--contract", "--from-platform")
    assert "plateforme" in add(council, *words, "--sent-on", "2025-09-15", code=3).said
    assert council.everything() == before
    add(council, *words)
    told = verdict(council, "2026-03-01")
    assert told["verdict"] == "undetermined"
    assert "seule la plateforme" in told["conclusion"]
    nobody = council.file("vide.csv", "N° RPPS;Nom;Plateforme;Date du contrat;Transmis le\n")
    council("authorisation", "import", nobody, "--as-of", "2026-02-27", day="2026-03-01")
    attested = verdict(council, "2026-03-01")["attestation"]
    assert attested.startswith("À la date du 27 février 2026, à laquelle notre registre est arrêté, aucun contrat")


def test_nothing_is_attested_of_contracts_before_a_register_is_brought(council):
    asked = ("authorisation", "verdict", "--rpps", RPPS, "--platform", "doctolib.fr")
    told = council(*asked, day="2026-03-01").said
    assert "ne peut rien attester" in told
    assert "listingguard authorisation import" in told
    assert "transmis à ce jour" not in told


@pytest.mark.parametrize(
    ("name", "host"),
    [("docavenue.com", "maiia.com"), ("doctolib", "doctolib.fr"), ("doctolib", "mondocteur.fr")],
)
def test_an_agreement_to_a_former_name_or_to_a_family_speaks_for_the_platform_of_today(council, name, host):
    given = ("--rpps", RPPS, "--platform", name, "--from", "2024-01-01", "--given-by", "practitioner")
    council("authorisation", "add", *given, day="2026-03-01")
    told = verdict(council, "2026-03-01", host)
    assert told["verdict"] == "authorised"
    assert f"pour « {name} », qui désigne aussi {host}" in told["rows"][0]
    assert verdict(council, "2026-03-01", "keldoc.com")["verdict"] == "undetermined"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Doctolib", "doctolib"),
        ("https://www.doctolib.fr/masseur-kinesitherapeute/valence/camille-exemple", "doctolib.fr"),
        ("Pages Jaunes", "pagesjaunes.fr"),
        ("pagesjaunes", "pagesjaunes.fr"),
    ],
)
def test_a_platform_is_known_by_any_of_its_names(council, typed, kept):
    given = ("--rpps", RPPS, "--from", "2024-01-01", "--given-by", "practitioner", "--platform", typed)
    council("authorisation", "add", *given, day="2026-03-01")
    assert [r["platform"] for r in council("authorisation", "list", "--json").json] == [kept]


def test_a_contract_about_a_platform_nobody_knows_is_refused_and_nothing_is_attested(council):
    before = council.everything()
    given = ("--rpps", RPPS, "--from", "2024-01-01", "--given-by", "practitioner", "--platform")
    assert "« doctolib.fr »" in council("authorisation", "add", *given, "doctolibe.fr", day="2026-03-01", code=3).said
    # What is no host is no new platform either.
    for typed in ("nimportequoi", "=1+1", "http://[", "../x"):
        council("authorisation", "add", *given, typed, "--new-platform", day="2026-03-01", code=3)
    assert council.everything() == before
    words = ("authorisation", "verdict", "--rpps", RPPS, "--platform", "nimportequoi")
    assert "attester" not in council(*words, code=3).said
    council("authorisation", "add", *given, "https://www.neuf.example/kine/1", "--new-platform", day="2026-03-01")
    assert verdict(council, "2026-03-01", "neuf.example")["verdict"] == "authorised"


def test_a_kine_alone_attests_nothing_for_a_council(kine):
    assert verdict(kine, "2026-03-01")["attestation"] == ""


def test_the_register_is_tried_then_imported_and_the_same_again_adds_nothing(council):
    register = council.file("registre.csv", REGISTER.encode("cp1252"))
    before = council.everything()
    tried = council("authorisation", "import", register, "--dry-run", day="2026-03-01").said
    assert "Essai, rien n’est écrit : 2 contrats ajoutés" in tried
    assert "5 lignes refusées" in tried
    assert council.everything() == before
    done = council("authorisation", "import", register, "--json", day="2026-03-01").json
    assert (done["added"], done["known"]) == (2, 0)
    assert [line.partition(" : ")[0] for line in done["refused"]] == [f"ligne {n}" for n in (6, 7, 8, 9, 10)]
    again = council("authorisation", "import", register, "--json", day="2026-03-02").json
    assert (again["added"], again["known"]) == (0, 2)
    rows = council("authorisation", "list", "--json").json
    assert [(r["agreement"], r["platform"], r["sent_on"], r["given_by"]) for r in rows] == [
        ("contract", "doctolib.fr", "2025-09-15", "practitioner"), ("contract", "maiia.com", "2025-03-02", "practice"),
    ]  # fmt: skip
    assert all(len(row["proof"]) == 64 for row in rows), "the register itself is the proof"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\x03\x04 classeur", "CSV"),
        (b"a;b;c\n1;2;3\n", "aucune ligne d’en-tête"),
        ('"N° RPPS";"Plateforme'.encode(), "aucune ligne d’en-tête"),
    ],
)
def test_a_file_that_is_no_register_is_refused_with_the_cure(council, content, said):
    before = council.everything()
    assert said in council("authorisation", "import", council.file("x.csv", content), day="2026-03-01", code=1).said
    assert council.everything() == before


def test_a_formula_in_the_register_stays_a_text_and_names_no_platform(council):
    row = f'{RPPS};"=HYPERLINK(""http://mal.example"")";01/09/2025;15/09/2025\n'
    table = council.file("r.csv", "RPPS;Plateforme;Date du contrat;Transmis le\n" + row)
    said = council("authorisation", "import", table, day="2026-03-01").said
    assert '« =HYPERLINK("http://mal.example") »' in said
    assert council("authorisation", "list", "--json").json == []
