"""What befalls a case while it runs: the command says what it did and what comes next, and nothing leaves that must not."""

import pytest

RPPS = "99900000011"
DAY, LATER = "2026-02-10", "2026-02-20"


@pytest.fixture
def running(council):
    """A council's case whose request was received on 9 January, under a mandate; refused on 10 February."""
    council("roster", "import", council.file("tableau.csv", council.roster), day="2026-01-05")
    case = council.see("2026-01-05")
    word = council.file("parole.txt", "C’est ma fiche, je n’ai rien accepté.")
    council("event", "add", case, "listing_confirmed_by_kine", "--day", "2026-01-06", "--proof", word, day="2026-01-06")
    paper = council.file("mandat.pdf", b"%PDF-1.7 mandat")
    dates = ("--from", "2026-01-06", "--until", "2026-12-31")
    council("mandate", "add", RPPS, *dates, "--document", paper, day="2026-01-06")
    papers = (
        "--letter",
        council.file("lettre.txt", "Ma lettre"),
        "--proof",
        council.file("avis.pdf", b"%PDF-1.7 avis"),
    )
    sent = ("--sent", "2026-01-07", "--received", "2026-01-09", "--url", council.url, "--rpps", RPPS)
    council("case", "add", *sent, *papers, day="2026-01-10")
    refusal = council.file("refus.txt", "Nous ne donnons pas suite.")
    council("event", "add", case, "refusal", "--day", DAY, "--proof", refusal, "--text", "Non.", day=DAY)
    council.case = case
    return council


def state(desk, day=LATER):
    return desk("case", "show", desk.case, "--json", day=day).json["state"]


def test_a_death_on_the_roster_stops_all_that_would_leave_and_leads_to_the_note_in_the_case(running):
    said = running("roster", "set", RPPS, "--status", "deceased", "--status-on", "2026-02-18", day=LATER).said
    assert f"listingguard event add {running.case} deceased" in said
    assert "listingguard complain" not in said
    told = [row["command"] for row in running("next", "--json", day=LATER).json if row["case"] == running.case]
    assert told == [f"listingguard event add {running.case} deceased --day JOUR"]
    lacks = running("complain", running.case, "--proceedings", "aucune", day=LATER, code=3).said
    assert "la personne est décédée" in lacks
    done = running("event", "add", running.case, "deceased", "--day", LATER, day=LATER).said
    assert "les héritiers" in done
    assert state(running) == "closed"


def test_who_retires_or_moves_away_keeps_the_case_and_a_person_decides_who_goes_on(running):
    said = running("roster", "set", RPPS, "--status", "retired", "--status-on", "2026-02-18", day=LATER).said
    assert "vérifier si le conseil agit encore" in said
    assert state(running) == "refused"


def test_a_mandate_revoked_or_ended_holds_the_case_and_says_how_to_get_another(running):
    (mandate,) = running("mandate", "list", "--json", day=LATER).json
    running("mandate", "end", mandate["id"], "--on", LATER, day=LATER)
    commands = [c for row in running("next", "--json", day=LATER).json for c in row["commands"]]
    assert any(c.startswith(f"listingguard mandate add {RPPS}") for c in commands)
    assert "mandat" in running("complain", running.case, "--proceedings", "aucune", day=LATER, code=3).said
    paper = running.file("autre.pdf", b"%PDF-1.7 autre mandat")
    dates = ("--from", "2026-02-21", "--until", "2028-02-20")
    said = running("mandate", "add", RPPS, *dates, "--document", paper, day="2026-02-21").said
    assert running.case in said
    assert running("case", "show", running.case, "--json", day="2026-02-21").json["held"] == []


def test_a_new_owner_of_the_site_is_noted_and_the_request_stays_the_old_ones(running):
    paper = running.file("cession.txt", "Cession du site (document inventé)")
    # Noted in the case alone, the next request would still go to the old one.
    words = ("controller_changed", "--day", LATER, "--proof", paper)
    assert "listingguard controller changed" in running("event", "add", running.case, *words, day=LATER, code=3).said
    words = ("--to", "autre", "--name", "Autre Exemple SAS", "--on", LATER, "--source", "annonce", "--proof", paper)
    said = running("controller", "changed", "www.doctolib.fr", *words, day=LATER).said
    assert f"Dossier {running.case}" in said
    shown = running("case", "show", running.case, day=LATER).said
    assert "(Autre Exemple SAS)" in shown
    assert "dans un nouveau dossier" in shown
    assert state(running) == "refused"


def test_a_kine_who_gives_up_closes_the_case_and_the_platform_is_told_once(running):
    running("event", "add", running.case, "withdrawn", "--day", LATER, day=LATER)
    assert state(running) == "closed"
    (told,) = [row for row in running("next", "--json", day=LATER).json if row["case"] == running.case]
    assert "withdrawal_told" in told["commands"][-1]
    paper = running.file("retrait.txt", "La demande est retirée.")
    words = ("withdrawal_told", "--day", LATER, "--proof", paper)
    running("event", "add", running.case, *words, day=LATER)
    assert not [row for row in running("next", "--json", day=LATER).json if row["case"] == running.case]


def test_a_page_whose_address_the_platform_changed_joins_the_case_and_is_asked_about(running):
    """The old address no longer says anything of the page: nothing is taken for erased because a page moved."""
    moved = running.url.replace("camille-exemple", "camille-exemple-26000")
    saved = running.page.read_text(encoding="utf-8").replace("camille-exemple", "camille-exemple-26000")
    page = running.file("nouvelle.html", saved)
    seen = ("capture", "import", page, "--url", moved, "--seen-at", f"{LATER} 08:00", "--json")
    assert running(*seen, day=LATER).json["cases"] == [running.case]
    shown = running("case", "show", running.case, day=LATER).said
    assert "parole du praticien sur ce qui s’est ajouté depuis" in shown
    assert moved in shown
    commands = [c for row in running("next", "--json", day=LATER).json for c in row["commands"]]
    assert f"listingguard question send {running.case}" in commands
    assert state(running) == "refused"


def test_a_closed_case_names_the_event_that_closed_it_whatever_was_noted_since(running):
    running("event", "add", running.case, "deceased", "--day", LATER, day=LATER)
    note = running.file("note.txt", "Une dernière lettre.")
    running("event", "add", running.case, "letter_sent", "--day", LATER, "--proof", note, day=LATER)
    (closing,) = [
        e["seq"]
        for e in running("case", "show", running.case, "--json", day=LATER).json["events"]
        if e["kind"] == "deceased"
    ]
    refused = running("event", "add", running.case, "refusal", "--day", LATER, "--proof", note, day=LATER, code=3).said
    assert f"correction --event {closing} --void" in refused


def test_a_suspended_case_says_how_to_take_it_up_again(running):
    running("case", "hold", running.case, "--reason", "attente du praticien", day=LATER)
    tasks = [row for row in running("next", "--json", day=LATER).json if row["case"] == running.case]
    assert [row["command"] for row in tasks] == [f"listingguard case release {running.case}"]
    running(*tasks[0]["command"].split()[1:], day=LATER)
    assert running("case", "show", running.case, "--json", day=LATER).json["held"] == []


def test_a_mandate_lost_is_told_once(running):
    (mandate,) = running("mandate", "list", "--json", day=LATER).json
    running("mandate", "end", mandate["id"], "--on", LATER, day=LATER)
    told = [row["what"] for row in running("next", "--json", day=LATER).json if row["case"] == running.case]
    assert len(told) == 1
    assert "en faire signer un nouveau" in told[0]
    # By hand neither the end of a mandate nor its revocation is entered: each has its command.
    words = ("mandate_expired", "--day", LATER)
    assert "listingguard run --once" in running("event", "add", running.case, *words, day=LATER, code=3).said


def test_for_somebody_struck_off_nothing_is_proposed_that_would_be_refused(council):
    case = council.see("2026-01-05")
    council("roster", "set", RPPS, "--status", "struck_off", "--status-on", "2026-01-06", day="2026-01-06")
    commands = [
        c for row in council("next", "--json", day="2026-01-06").json if row["case"] == case for c in row["commands"]
    ]
    assert commands == [f"listingguard roster show {RPPS}", f"listingguard case export {case}"]
