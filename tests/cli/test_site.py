"""`site`: who may be read and by whose decision, the witness, and who was checked where."""

import pytest

from listingguard.demo_world import CANARY_URL, HOST

DAY, LATER = "2026-01-05", "2026-01-06"
REAL = "doctolib.fr"
CANARY = "https://www.doctolib.fr/masseur-kinesitherapeute/valence/lou-canevas"
BY_HAND = ("--no-check", "le site refuse les programmes ; vue par D. Secrétaire dans Firefox")


def listed(desk, host=REAL):
    return next(row for row in desk("site", "list", "--json", day=DAY).json if row["host"] == host)


def test_a_council_needs_its_own_decision_before_a_single_page_of_a_real_site_is_asked_for(council):
    done = council("site", "verify", REAL, "--canary", CANARY, day=DAY, code=3)
    assert "listingguard site allow doctolib.fr --decision FICHIER --on JOUR" in done.said
    assert listed(council)["check"] is None
    # What a person saw may be noted before, and reads nothing.
    done = council("site", "verify", REAL, "--canary", CANARY, *BY_HAND, day=DAY)
    assert "Il manque encore la décision signée du conseil" in done.said
    assert "vérifié, sans décision du conseil" in council("site", "list", day=DAY).said
    refused = council("scan", "--site", REAL, "--json", day=DAY, code=3)
    assert ["site allow" in line for line in refused.json["error"]["missing"]] == [True]

    paper = council.file("deliberation.pdf", b"%PDF-1.7 deliberation")
    for _ in range(2):
        council("site", "allow", REAL, "--decision", paper, "--on", "2026-01-02", day=DAY)
    row = listed(council)
    assert (row["decision"]["decided_on"], row["missing"]) == ("2026-01-02", [])
    assert "décision du 02/01/2026" in council("site", "list", day=DAY).said


def test_a_kine_alone_needs_no_decision(kine):
    kine("site", "verify", REAL, "--canary", CANARY, *BY_HAND, day=DAY)
    assert listed(kine)["missing"] == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("allow", "inconnu.example", "--decision", "FILE", "--on", DAY), "inconnu.example"),
        (("allow", REAL, "--decision", "FILE", "--on", "2026-02-01"), "pas encore arrivé"),
        (("allow", REAL, "--decision", "FILE", "--on", "hier"), "n’est pas un jour"),
        (("allow", REAL, "--decision", "/nulle/part.pdf", "--on", DAY), "part.pdf"),
        (("verify", REAL, "--canary", CANARY, "--no-check", " "), "--no-check"),
        (("verify", REAL, "--canary", "https://autre.example/kine/x"), "--canary"),
        (("coverage", "--rpps", "10000000000"), "10000000000"),
    ],
)
def test_a_wrong_word_is_refused_and_changes_nothing(council, words, said):
    paper = str(council.file("deliberation.pdf", b"%PDF-1.7"))
    before = council.everything()
    assert said in council("site", *(paper if w == "FILE" else w for w in words), day=DAY, code=1).said
    assert council.everything() == before


def test_switching_a_site_off_keeps_its_witness_and_who_verified_it(council):
    council("site", "verify", HOST, "--canary", CANARY_URL, day=DAY)
    council("site", "verify", HOST, "--off", day=LATER)
    check = listed(council, HOST)["check"]
    assert (check["enabled"], check["canary"], check["verified_on"]) == (False, CANARY_URL, DAY)


def test_a_site_that_does_not_answer_is_verified_by_the_person_and_says_so(council):
    done = council("site", "verify", HOST, "--canary", CANARY_URL, day=DAY)
    assert "la fiche témoin n’a pas été lue" in done.said


def test_the_matrix_names_everybody_we_look_for_and_says_never_before_the_first_scan(council):
    council("watch", "set", council.rpps, "yes", "--informed-on", "2025-12-15", "--channel", "courriel", day=DAY)
    council("site", "verify", HOST, "--canary", CANARY_URL, day=DAY)
    said = council("site", "coverage", day=DAY).said
    assert "dernière lecture sûre : jamais" in said
    (line,) = [line for line in said.splitlines() if "EXEMPLE" in line]
    assert line.split()[-1] == "jamais"
    assert "MODÈLE" not in said, "not watched"
    rows = council("site", "coverage", "--json", day=DAY).json
    on = [row for row in rows if row["enabled"]]
    assert [(row["host"], row["age_days"]) for row in on] == [(HOST, None)]
    assert [(c["practitioner"], c["sight"]) for c in on[0]["practitioners"]] == [(council.rpps, "never")]
    # Sites nobody switched on are named too: never read is no « nothing there ».
    assert REAL in [row["host"] for row in rows]
    assert REAL in said


def test_nobody_to_look_for_is_said(council):
    assert "Personne n’est recherché" in council("site", "coverage", day=DAY).said


def test_someone_asks_to_be_left_alone_on_one_site_and_later_not(council):
    told = ("--informed-on", "2025-12-15", "--channel", "courriel")
    done = council("watch", "set", council.rpps, "yes", *told, "--leave", HOST, "--json", day=DAY)
    assert done.json["left_alone_on"] == [HOST]
    assert f"sauf sur {HOST}" in council("watch", "list", day=DAY).said
    assert (
        "pas un site connu" in council("watch", "set", council.rpps, "yes", *told, "--leave", "x", day=DAY, code=1).said
    )
    done = council("watch", "set", council.rpps, "yes", *told, "--look", HOST, "--json", day=DAY)
    assert done.json["left_alone_on"] == []
