"""Receipt is the day a letter was handed over; what came back proves no date; a machine's word is no answer."""

from datetime import date
from functools import partial

import pytest

from listingguard.domain.case import Acting, EventKind, Fact, Gate, Rules, State, Status, status, why_not
from listingguard.domain.deadline import Basis
from listingguard.domain.service import (
    CHANNELS,
    ProofType,
    beside_the_cover,
    beside_the_post,
    bounce_address,
    delimiter_of,
    effect,
    entered_number,
    form_parts,
    found_token,
    owed,
    proof_of_dsn,
    registered_number,
    reply_address,
    s10_key,
    tracking_status,
)
from listingguard.errors import BadInput, Refused

P, K = ProofType, EventKind
DAY = date(2026, 3, 9)
RULES = Rules(Acting.SELF, Gate.LEGAL, {})

# The law page, parts 2 and 8: what each proof makes of the case, and whether it fixes the day of receipt.
LAW = {
    P.DEPOSITED: (None, False, "dépôt n’est pas la réception"),
    P.PRESENTED: (None, False, "sans être remise"),
    P.SIGNED: (K.RECEIVED, True, "Réception prouvée le 9 mars 2026"),
    P.HANDED_OVER: (K.RECEIVED, True, "Garder aussi l’avis signé"),
    P.REFUSED: (K.REFUSED_DELIVERY, False, "pas une date de réception"),
    P.UNCLAIMED: (K.UNCLAIMED, False, "par courriel, aujourd’hui"),
    P.NOT_AT_ADDRESS: (K.NOT_AT_ADDRESS, False, "inconnu à l’adresse"),
    P.LRE_RECEIVED: (K.RECEIVED, True, "Réception prouvée"),
    P.LRE_NEGLECTED: (K.UNCLAIMED, False, "pas une date de réception"),
    P.DSN_DELIVERED: (K.RECEIVED, True, "Réception prouvée"),
    P.DSN_FAILED: (K.BOUNCED, False, "ne compte pas comme reçu"),
    P.DSN_DELAYED: (None, False, "rien à faire"),
    P.RELAYED: (None, False, "pas une réception prouvée"),
    P.FORM_CONFIRMATION: (K.RECEIVED, True, "Réception prouvée"),
    P.AUTOMATIC_ACK: (K.ACKNOWLEDGED, True, "Ce n’est pas une réponse"),
    P.REPLY: (K.RECEIVED, True, "Réception prouvée"),
    P.SENT_COPY: (None, False, "présumée ce jour-là au bout de sept jours"),
    P.BY_HAND: (K.RECEIVED, True, "Réception prouvée"),
}


def test_every_proof_is_in_the_table_of_the_law():
    assert set(LAW) == set(ProofType)


@pytest.mark.parametrize("kind", ProofType)
def test_a_proof_does_to_the_clock_what_the_law_page_says(kind):
    event, fixes, words = LAW[kind]
    what = effect(kind, DAY)
    assert (what.kind, what.received) == (event, DAY if fixes else None)
    assert words in what.sentence
    assert what.source
    assert kind.label
    assert kind.channels <= set(CHANNELS)


# -- folded into a case ----------------------------------------------------------------------------------------------------


def case(*events: tuple[EventKind, str, dict[str, object]]) -> list[Fact]:
    base = [
        (K.DETECTED, "2026-02-01", {}),
        (K.LISTING_CONFIRMED_BY_KINE, "2026-02-02", {}),
        (K.REQUEST_APPROVED, "2026-03-02", {}),
    ]
    return [
        Fact(seq, kind, f"{kind}/{seq}", date.fromisoformat(day), data=data)
        for seq, (kind, day, data) in enumerate([*base, *events], 1)
    ]


def sent(name: str, channel: str, day: str) -> tuple[EventKind, str, dict[str, object]]:
    return K.REQUEST_SENT, day, {"dispatch": name, "channel": channel}


def proven(kind: ProofType, name: str, day: str) -> list[tuple[EventKind, str, dict[str, object]]]:
    what = effect(kind, date.fromisoformat(day))
    return [(what.kind, day, {"dispatch": name})] if what.kind else []


def on(facts: list[Fact], day: str) -> Status:
    return status(facts, date.fromisoformat(day), RULES)


@pytest.mark.parametrize("kind", [k for k, (_, fixes, _) in LAW.items() if not fixes])
def test_what_is_no_receipt_leaves_a_posted_letter_without_a_clock(kind):
    facts = case(sent("r/lrar", "lrar", "2026-03-04"))
    for event, day, data in proven(kind, "r/lrar", "2026-03-09"):
        probe = Fact(99, event, "p", date.fromisoformat(day), data=data)
        if why_not(facts, probe, RULES) is None:
            facts.append(probe)
    now = on(facts, "2026-09-01")
    assert (now.state, now.clock) == (State.SENT, None)


def test_a_letter_posted_on_the_4th_presented_on_the_6th_and_handed_over_on_the_9th_runs_from_the_9th():
    events = [sent("r/lrar", "lrar", "2026-03-04")]
    for kind, day in ((P.DEPOSITED, "2026-03-04"), (P.PRESENTED, "2026-03-06"), (P.SIGNED, "2026-03-09")):
        events += proven(kind, "r/lrar", day)
    clock = on(case(*events), "2026-03-20").clock
    assert (clock.receipt, clock.basis, clock.legal.due) == (date(2026, 3, 9), Basis.PROVEN, date(2026, 4, 9))


def test_of_several_dispatches_the_earliest_proven_receipt_counts_and_the_presumed_one_stands_beside():
    events = [
        sent("r/email", "email", "2026-03-04"),
        sent("r/lrar", "lrar", "2026-03-04"),
        (K.RECEIPT_PRESUMED, "2026-03-11", {"dispatch": "r/email"}),
    ]
    late = [*events, *proven(P.SIGNED, "r/lrar", "2026-03-12")]
    clock = on(case(*late), "2026-03-20").clock
    assert (clock.receipt, clock.basis, clock.presumed_receipt) == (date(2026, 3, 12), Basis.PROVEN, date(2026, 3, 4))
    both = [*late, *proven(P.DSN_DELIVERED, "r/email", "2026-03-04")]
    assert on(case(*both), "2026-03-20").clock.receipt == date(2026, 3, 4)


def test_an_automatic_acknowledgement_proves_the_arrival_and_answers_nothing():
    now = on(
        case(sent("r/email", "email", "2026-03-04"), *proven(P.AUTOMATIC_ACK, "r/email", "2026-03-05")), "2026-06-01"
    )
    assert now.clock.receipt == date(2026, 3, 5)
    assert not now.answered
    assert now.silent


# -- what a person owes ----------------------------------------------------------------------------------------------------

POSTED = [("r/lrar", "lrar")]
MAILED = [("r/email", "email")]


@pytest.mark.parametrize("kind", [P.REFUSED, P.UNCLAIMED, P.NOT_AT_ADDRESS])
def test_post_that_came_back_asks_for_an_email_at_once_and_for_none_where_one_stands(kind):
    back = proven(kind, "r/lrar", "2026-03-25")
    facts = case(sent("r/lrar", "lrar", "2026-03-04"), *back)
    assert [a.code for a in owed(facts, on(facts, "2026-03-25"), RULES, POSTED)] == ["email_at_once"]
    held = case(sent("r/lrar", "lrar", "2026-03-04"), *back, (K.HOLD, "2026-03-25", {"reason": "à revoir"}))
    assert owed(held, on(held, "2026-03-25"), RULES, POSTED) == ()
    beside = case(sent("r/lrar", "lrar", "2026-03-04"), sent("r/email", "email", "2026-03-04"), *back)
    assert owed(beside, on(beside, "2026-03-25"), RULES, [*POSTED, *MAILED]) == ()


def test_a_bounce_is_a_task_even_while_the_registered_letter_stands_and_a_delay_is_none():
    both = [sent("r/lrar", "lrar", "2026-03-04"), sent("r/email", "email", "2026-03-04")]
    delayed = case(*both, *proven(P.DSN_DELAYED, "r/email", "2026-03-05"))
    assert owed(delayed, on(delayed, "2026-03-05"), RULES, [*POSTED, *MAILED]) == ()
    bounced = case(*both, *proven(P.DSN_FAILED, "r/email", "2026-03-05"))
    now = on(bounced, "2026-03-05")
    assert [a.code for a in owed(bounced, now, RULES, [*POSTED, *MAILED])] == ["address"]
    assert (now.state, now.clock) == (State.SENT, None)


# -- delivery reports ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "code", "kind"),
    [
        ("failed", "5.1.1", P.DSN_FAILED),
        ("Failed", "", P.DSN_FAILED),
        ("failed", "4.4.7", P.DSN_FAILED),
        ("delayed", "4.4.1", P.DSN_DELAYED),
        ("delivered", "2.0.0", P.DSN_DELIVERED),
        ("relayed", "2.1.9", P.RELAYED),
        ("expanded", "2.1.5", P.RELAYED),
        ("delivered", "5.1.1", None),
        ("delayed", "5.0.0", None),
        ("read", "2.0.0", None),
        ("", "", None),
    ],
)
def test_a_report_proves_what_its_action_says_and_nothing_where_its_status_denies_it(action, code, kind):
    assert proof_of_dsn(action, code) is kind


# -- addresses -------------------------------------------------------------------------------------------------------------

TOKEN = "abcdefgh234567abcdef"


@pytest.mark.parametrize(("make", "bounce"), [(reply_address, False), (bounce_address, True)])
@pytest.mark.parametrize("sign", "+-=_")
def test_the_token_of_an_address_is_found_again_and_says_whether_it_is_a_bounce(make, bounce, sign):
    address = make("lettres@conseil.example", TOKEN, sign)
    assert len(address.partition("@")[0]) < 64
    assert found_token(f"Conseil <{address.upper()}>, autre@conseil.example") == (TOKEN, bounce)


@pytest.mark.parametrize(
    "text", ["", "lettres@conseil.example", "lettres+court@conseil.example", "a+b.c@d.example", "+" * 9000]
)
def test_no_token_is_read_where_none_is(text):
    assert found_token(text) is None


def test_an_address_no_server_would_take_stays_bare():
    long = f"{'a' * 50}@conseil.example"
    assert reply_address(long, TOKEN, "+") == long


def test_without_a_sign_or_a_token_the_address_stays_bare():
    assert reply_address("lettres@conseil.example", TOKEN, "") == "lettres@conseil.example"
    assert bounce_address("lettres@conseil.example", "", "+") == "lettres@conseil.example"


@pytest.mark.parametrize(
    ("setting", "address", "sign"),
    [
        ("auto", "camille@gmail.com", "+"),
        ("auto", "camille@orange.fr", ""),
        ("auto", "lettres@conseil.example", ""),
        ("+", "lettres@conseil.example", "+"),
        ("", "camille@gmail.com", ""),
    ],
)
def test_an_address_takes_a_token_only_where_its_provider_is_known_to_deliver_it(setting, address, sign):
    assert delimiter_of(setting, address) == sign


# -- registered letters ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("digits", "key"), [("47312482", 9), ("00000000", 5), ("02000000", 0), ("00000001", 4)])
def test_the_key_of_an_international_number_is_the_one_of_the_standard(digits, key):
    assert s10_key(digits) == key


@pytest.mark.parametrize(
    ("text", "compact", "printed", "warned"),
    [
        ("RR473124829FR", "RR473124829FR", "RR 473 124 829 FR", False),
        ("rr 473 124 829 fr", "RR473124829FR", "RR 473 124 829 FR", False),
        ("1A 123 456 7890 1", "1A12345678901", "1A 123 456 7890 1", True),
        ("2C-123-456-7890-1", "2C12345678901", "2C 123 456 7890 1", True),
        ("87000123456789A", "87000123456789A", "87000123456789A", True),
    ],
)
def test_a_number_is_kept_and_printed_as_on_the_slip(text, compact, printed, warned):
    number = registered_number(text)
    assert (number.compact, number.printed, bool(number.warning)) == (compact, printed, warned)


@pytest.mark.parametrize("text", ["", "1A", "=HYPERLINK(1)", "1A 123 456 7890 é", "x" * 500])
def test_what_is_no_number_is_refused_even_when_it_is_said_to_be_so_printed(text):
    for read in (registered_number, entered_number, partial(entered_number, as_printed=True)):
        with pytest.raises(BadInput, match="recommandé"):
            read(text)


def test_the_email_of_one_case_of_a_cover_says_which_and_that_the_others_have_their_own():
    two = beside_the_cover("Texte.", "CDO26-2026-0001", 1, "RR473124829FR", "ab" * 32)
    assert two.startswith(
        "Ce courriel porte sur la seule demande CDO26-2026-0001. La lettre ci-dessous la réunit à une autre, qui"
    )
    assert two.endswith(beside_the_post("Texte.", "RR473124829FR", "ab" * 32))
    assert "à 2 autres, dont chacune fait" in beside_the_cover("Texte.", "CDO26-2026-0001", 2, "", "ab" * 32)


@pytest.mark.parametrize("text", ["RR473124828FR", "1A 123 456 7890 1", "87000123456789A"])
def test_a_key_that_is_wrong_or_cannot_be_checked_is_refused_unless_it_is_so_printed(text):
    with pytest.raises(Refused) as refused:
        entered_number(text)
    assert "--as-printed" in refused.value.missing[0]
    assert entered_number(text, as_printed=True) == registered_number(text)
    assert registered_number(text).wrong == (text == "RR473124828FR")
    assert entered_number("RR473124829FR").warning == ""


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("Distribué", P.HANDED_OVER),
        ("Votre courrier a été distribué à son destinataire contre signature", P.HANDED_OVER),
        ("Remis au destinataire", P.HANDED_OVER),
        ("AR signé numérisé", P.SIGNED),
        ("Avisé non réclamé", P.UNCLAIMED),
        ("Retour à l'expéditeur : pli non réclamé", P.UNCLAIMED),
        ("Refusé par le destinataire", P.REFUSED),
        ("Destinataire inconnu à l’adresse", P.NOT_AT_ADDRESS),
        ("NPAI", P.NOT_AT_ADDRESS),
        ("Présenté, avisé en point de retrait", P.PRESENTED),
        ("Non distribué, avisé", P.PRESENTED),
        ("Pris en charge par La Poste", P.DEPOSITED),
        ("Déposé", P.DEPOSITED),
        ("En cours de distribution", None),
        ("En cours d’acheminement", None),
        ("Sera distribué demain", None),
        ("Retour à l’expéditeur", None),
        ("Retourné à l'expéditeur et remis à celui-ci", None),
        ("", None),
        ("Livraison au gardien prévue", None),
    ],
)
def test_a_carriers_words_prove_a_hand_over_only_where_they_say_it(words, kind):
    assert tracking_status(words) is kind


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("Reçue", P.LRE_RECEIVED),
        ("Acceptée par le destinataire", P.LRE_RECEIVED),
        ("Négligée", P.LRE_NEGLECTED),
        ("Refusée", P.REFUSED),
    ],
)
def test_an_electronic_letter_is_received_refused_or_neglected(words, kind):
    assert tracking_status(words, electronic=True) is kind


# -- what is sent ----------------------------------------------------------------------------------------------------------


def test_the_email_beside_a_registered_letter_quotes_its_number_and_the_hash_of_its_pdf():
    text = beside_the_post("Madame, Monsieur,\n", "RR473124829FR", "ab" * 32)
    assert "n° RR 473 124 829 FR" in text
    assert "ab" * 32 in text
    assert text.endswith("Madame, Monsieur,\n")
    assert beside_the_post("Madame", "", "ab") == "Madame"


def test_a_form_takes_the_whole_letter_in_parts_that_fit_and_nothing_is_left_out():
    text = "\n\n".join(f"Paragraphe {n} : {'mot ' * 40}fin." for n in range(30))
    parts = form_parts(text, 1000)
    assert len(parts) > 1
    assert all(len(part) <= 1000 for part in parts)
    assert parts[0].startswith(f"(1/{len(parts)}) Paragraphe 0")
    joined = " ".join(part.partition(") ")[2] for part in parts)
    assert joined.split() == text.split()
    assert form_parts(text, 0) == (text,)
    assert "\u202f" not in form_parts("Oui\u202f!", 0)[0]
    with pytest.raises(BadInput, match="autre canal"):
        form_parts(text, 100)
