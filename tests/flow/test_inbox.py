"""What comes in: to which case it goes, what stays in quarantine, what never counts as an answer, what nobody sees."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest

from listingguard import cli
from listingguard.app import App, create_home
from listingguard.domain.case import Acting, EventKind, State, effective
from listingguard.domain.deadline import Basis
from listingguard.domain.delivery_report import Delivered
from listingguard.domain.pack import represented
from listingguard.domain.practitioner import Practitioner
from listingguard.domain.record import DispatchRow, DispatchState, LetterRow, Sort
from listingguard.domain.service import ProofType
from listingguard.domain.stops import stops
from listingguard.errors import BadInput, NotFound, Refused, Unreachable
from listingguard.flow import clock, complain, inbox, review

SENT, DAY = date(2026, 3, 2), date(2026, 3, 12)
DPO, OWN = "dpo@site.example", "lettres@cabinet.example"
# Two cases: Camille and Sacha, each with the token under which answers come back.
TOKENS = ("abcdefgh234567abcdef", "bcdefghi234567bcdefg")
PEOPLE = (
    Practitioner("99900000011", "EXEMPLE", "Camille", rpps="99900000011"),
    Practitioner("99900000029", "MODÈLE", "Sacha", rpps="99900000029"),
)
CASES = ("KINE-2026-0001", "KINE-2026-0002")
IDS = tuple(f"<kine-2026-000{n}.request.1.0123456789abcdef@cabinet.example>" for n in (1, 2))


@dataclass
class Desk:
    """A kiné's home in which two requests left by e-mail on 2 March 2026."""

    home: Path

    @contextmanager
    def on(self, day: date = DAY):
        with App.open(self.home, actor="Dominique", today=day, writing=True) as app:
            yield app

    def file(self, app: App, raw: bytes, name: str = "a.eml") -> inbox.Filed:
        return inbox.file_message(app.store, app.vault, app.mailroom(), raw, name=name, today=app.today, at=app.now())

    def by_hand(self, app: App, message: str, case: str = CASES[0], **said) -> inbox.Filed:
        return inbox.file_by_hand(
            app.store, app.vault, app.mailroom(), message, app.store.case(case), today=app.today, at=app.now(),
            actor="Dominique", **said,
        )  # fmt: skip

    def read(
        self, app: App, message: str, word: str, sender_known: bool = False, remember: bool = False, instead: bool = False,
        **data,
    ):  # fmt: skip
        return inbox.read_as(
            app.store, app.vault, message, word, record=review.record, today=app.today, at=app.now(), actor="Dominique",
            room=app.mailroom(), data=data, sender_known=sender_known, remember=remember, instead=instead,
        )  # fmt: skip

    def look(self, app: App, message: str, **asked) -> inbox.Seen:
        return inbox.look(app.store, app.vault, app.mailroom(), message, **asked)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    home = tmp_path_factory.mktemp("inbox") / "cabinet"
    create_home(home, acting=Acting.SELF, code="KINE", person="Dominique", simulated=True)
    text = (home / "config.toml").read_text(encoding="utf-8")
    text = text.replace('authserv_id = ""', 'authserv_id = "mx.cabinet.example"')
    text = text.replace("lawyers = []", 'lawyers = ["avocat.example"]')
    (home / "config.toml").write_text(text, encoding="utf-8")
    with Desk(home).on(SENT) as app:
        at = app.now()
        app.store.put_controller(
            "site", {"name": "Site SAS", "email": DPO, "platforms": ["rdv.example"]}, at=at, actor="A"
        )
        for person, case, identity, token in zip(PEOPLE, CASES, IDS, TOKENS, strict=True):
            app.store.put_practitioner(person, source="essai", day=SENT, at=at)
            opening = {"practitioner": person.id, "controller": "site", "platform": "rdv.example", "findings": []}
            letter, dispatch = f"{case}/request/1", f"{case}/request/1/email"
            sent = {"dispatch": dispatch, "channel": "email", "recipient": DPO, "message_id": identity}
            message = app.vault.put(f"Message-ID: {identity}\r\n\r\nLettre\r\n".encode())
            with app.store.tx("test.case"):
                for kind, data in (
                    (EventKind.DETECTED, opening),
                    (EventKind.LISTING_CONFIRMED_BY_KINE, {}),
                    (EventKind.REQUEST_APPROVED, {}),
                    (EventKind.REQUEST_SENT, sent),
                ):
                    app.store.add_event(case, kind, key=dispatch, day=SENT, at=at, actor="A", proof=message, data=data)
                app.store.add_letter(LetterRow(letter, case, "request", 1, "v", message, message, "A", SENT), at=at)
                row = DispatchRow(
                    dispatch, letter, case, "email", DPO, OWN, identity, message, DispatchState.SENT, SENT, ""
                )
                app.store.add_dispatch(row, at=at)
                app.store.add_reply_token(token, dispatch, case, at=at)
    return home


@pytest.fixture
def desk(made, tmp_path):
    import shutil

    return Desk(Path(shutil.copytree(made, tmp_path / "cabinet")))


def mail(text: str = "Nous refusons de supprimer la fiche.", **headers: str) -> bytes:
    lines = {"From": f"DPO <{DPO}>", "To": OWN, "Subject": "Re: demande", "Date": "Mon, 09 Mar 2026 10:00:00 +0100"}
    lines |= {k.replace("_", "-"): v for k, v in headers.items()} | {"Content-Type": "text/plain; charset=utf-8"}
    return ("".join(f"{k}: {v}\r\n" for k, v in lines.items() if v) + f"\r\n{text}\r\n").encode()


def report(action: str, status: str, said: str = "", *, identity: str = "", to: str = OWN, lines: str = "") -> bytes:
    """A report of delivery as Postfix writes it."""
    diagnostic = f"Diagnostic-Code: smtp; {said}\r\n" if said else ""
    return (
        f"From: MAILER-DAEMON@mx.example (Mail Delivery System)\r\nTo: {to}\r\nSubject: Rapport\r\nReturn-Path: <>\r\n"
        "Date: Mon, 02 Mar 2026 18:00:00 +0100\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        f"--b\r\nContent-Type: text/plain\r\n\r\nThis is the mail system.\r\n{lines}"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; {DPO}\r\nAction: {action}\r\nStatus: {status}\r\n{diagnostic}\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {identity}\r\n\r\n--b--\r\n"
    ).encode()


# -- where it goes -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("header", ["Delivered-To", "X-Original-To", "To", "Cc", "Envelope-To"])
def test_the_address_a_reply_was_written_to_names_its_case_whatever_its_subject(desk, header):
    raw = mail(**{header: f"lettres+{TOKENS[1]}@cabinet.example", "Subject": f"Re: {CASES[0]}"})
    with desk.on() as app:
        filed = desk.file(app, raw)
        assert (filed.case, filed.route, filed.sort) == (CASES[1], "token", Sort.REPLY)
        assert desk.file(app, raw) == filed
        assert len(app.store.replies(CASES[1])) == 1
        assert app.store.replies(CASES[1])[0].day == date(2026, 3, 9)


@pytest.mark.parametrize("header", ["In-Reply-To", "References"])
def test_without_that_address_the_thread_names_the_case(desk, header):
    with desk.on() as app:
        filed = desk.file(app, mail(**{header: f"<x@y.example> {IDS[1]}"}))
        assert (filed.case, filed.route) == (CASES[1], "thread")


def test_an_address_and_a_thread_that_disagree_wait_for_a_person(desk):
    with desk.on() as app:
        filed = desk.file(app, mail(To=f"lettres+{TOKENS[0]}@cabinet.example", In_Reply_To=IDS[1]))
        assert (filed.case, filed.guess) == ("", CASES[0])
        assert CASES[1] in filed.reason


@pytest.mark.parametrize(
    ("sender", "trusted"),
    [
        (DPO, True),
        ("aide@rdv.example", True),
        ("Service <aide@mail.site.example>", True),
        ("x@notsite.example", False),
        ("dpo@site.example.evil.example", False),
        ('"dpo@site.example" <x@evil.example>', False),
        ("dpo@site.example, x@evil.example", False),
        ("", False),
    ],
)
def test_a_reference_counts_only_from_a_domain_of_the_controller(desk, sender, trusted):
    raw = mail(From=sender or "(personne)", Subject=f"Votre dossier {CASES[0]}")
    with desk.on() as app:
        filed = desk.file(app, raw)
        assert (filed.case == CASES[0], filed.route) == (trusted, "reference" if trusted else "quarantine")
        if not trusted:
            assert filed.guess == CASES[0]
            assert CASES[0] in filed.reason


def test_a_longer_number_is_not_the_reference_and_two_of_them_are_none(desk):
    with desk.on() as app:
        assert desk.file(app, mail(Subject=f"Re: {CASES[0]}9")).case == ""
        assert desk.file(app, mail(Subject=f"Re: {CASES[0]} et {CASES[1]}")).case == ""


AUTH = "mx.cabinet.example; dmarc=fail header.from=site.example"


@pytest.mark.parametrize(
    ("said", "trusted"),
    [
        (AUTH, False),
        ("mx.cabinet.example; dmarc=pass header.from=site.example; spf=fail", True),
        ("mx.cabinet.example; spf=fail smtp.mailfrom=site.example; dkim=none", False),
        ("mx.cabinet.example; spf=fail; dkim=pass", True),
        # Anybody may write one under another name, or hide words in a comment.
        ("mx.evil.example; dmarc=fail", True),
        ("mx.cabinet.example (; dmarc=fail); dmarc=pass", True),
        ("", True),
    ],
)
def test_what_our_own_server_says_of_the_sender_is_believed_and_nobody_elses(desk, said, trusted):
    for raw in (
        mail(Subject=f"Re: {CASES[0]}", Authentication_Results=said),
        mail(To=f"lettres+{TOKENS[0]}@cabinet.example", Authentication_Results=said),
    ):
        with desk.on() as app:
            assert (desk.file(app, raw).case == CASES[0]) is trusted


def test_only_the_topmost_verdict_of_our_server_counts(desk):
    forged = f"mx.cabinet.example; dmarc=pass\r\nAuthentication-Results: {AUTH}"
    true = f"{AUTH}\r\nAuthentication-Results: mx.cabinet.example; dmarc=pass"
    with desk.on() as app:
        assert desk.file(app, mail(Subject=f"Re: {CASES[0]}", Authentication_Results=true)).case == ""
        assert desk.file(app, mail(Subject=f"Re: {CASES[0]}", Authentication_Results=forged)).case == CASES[0]


def test_a_person_settles_it_and_the_domain_is_known_from_then_on(desk):
    stranger = mail(From="conseil@cabinet-externe.example", Subject=f"Dossier {CASES[0]}")
    with desk.on() as app:
        held = desk.file(app, stranger)
        assert desk.by_hand(app, held.sha256[:12], remember=True).case == CASES[0]
        assert app.store.quarantined() == ()
        assert app.store.audit()[-1][1] == "quarantine_left"
        again = mail("Autre message.", From="autre@cabinet-externe.example", Subject=f"Dossier {CASES[1]}")
        assert desk.file(app, again).route == "reference"
        # Where anybody has an address, only that very address is known.
        public = desk.file(app, mail(From="dpo.site@gmail.com", Subject=f"Dossier {CASES[0]}"))
        desk.by_hand(app, public.sha256[:12], remember=True)
        assert desk.file(app, mail("Deux.", From="dpo.site@gmail.com", Subject=CASES[0])).case == CASES[0]
        assert desk.file(app, mail("Trois.", From="x@gmail.com", Subject=CASES[0])).case == ""
        with pytest.raises(NotFound):
            desk.by_hand(app, held.sha256[:12])


def test_the_day_is_the_one_our_server_wrote_not_the_one_the_sender_claims(desk):
    late = mail(
        To=f"lettres+{TOKENS[0]}@cabinet.example",
        Received="from a by mx.cabinet.example; Wed, 11 Mar 2026 09:00:00 +0100",
        Date="Mon, 02 Mar 2026 08:00:00 +0100",
    )
    future = mail("Deux.", To=f"lettres+{TOKENS[0]}@cabinet.example", Date="Mon, 02 Mar 2099 08:00:00 +0100")
    with desk.on() as app:
        desk.file(app, late)
        desk.file(app, future)
        assert [r.day for r in app.store.replies(CASES[0])] == [date(2026, 3, 11), DAY]


# -- what is no answer -------------------------------------------------------------------------------------------------


def test_a_report_of_failure_comes_back_by_its_own_address_and_undoes_the_sending(desk):
    to = f"lettres+b.{TOKENS[0]}@cabinet.example"
    raw = report("failed", "5.1.1", "550 5.1.1 User unknown \x1b[31m", to=to)
    with desk.on() as app:
        filed = desk.file(app, raw)
        assert (filed.case, filed.route, filed.sort) == (CASES[0], "token", Sort.BOUNCE)
        assert app.store.status(CASES[0], DAY).state is State.DRAFTED
        (proof,) = app.store.proofs(CASES[0])
        assert (proof.type, proof.note) == (ProofType.DSN_FAILED, "5.1.1 550 5.1.1 User unknown [31m")
        assert inbox.unread(app.store, CASES[0]) == ()
        assert desk.file(app, raw).case == CASES[0]
        assert len(app.store.proofs(CASES[0])) == 1


def test_a_report_of_success_proves_receipt_and_is_no_answer(desk):
    with desk.on() as app:
        assert desk.file(app, report("delivered", "2.0.0", identity=IDS[1])).route == "report"
        now = app.store.status(CASES[1], DAY)
        assert (now.clock.basis.value, now.clock.receipt, now.answered) == ("proven", SENT, False)


@pytest.mark.parametrize(("action", "status"), [("delayed", "4.4.1"), ("relayed", "2.0.0")])
def test_a_delay_or_a_relay_moves_nothing(desk, action, status):
    with desk.on() as app:
        before = app.store.status(CASES[0], DAY)
        filed = desk.file(app, report(action, status, identity=IDS[0]))
        assert (filed.sort, app.store.status(CASES[0], DAY)) == (Sort.BOUNCE, before)
        assert desk.look(app, filed.sha256).mail.reports[0].action is Delivered(action)


AUTOMATIC = (
    {"Auto_Submitted": "auto-replied"},
    {"Auto_Submitted": "auto-replied (vacation)"},
    {"Return_Path": "<>"},
    {"Precedence": "auto_reply"},
    {"X_Autoreply": "yes"},
    {"X_Autorespond": "oui"},
    {"X_Auto_Reply": "1"},
)


@pytest.mark.parametrize("headers", AUTOMATIC, ids=str)
def test_a_program_s_message_never_counts_as_an_answer_nor_waits_as_one(desk, headers):
    raw = mail("Votre fiche a été supprimée.", To=f"lettres+{TOKENS[0]}@cabinet.example", **headers)
    with desk.on() as app:
        before = app.store.status(CASES[0], DAY)
        filed = desk.file(app, raw)
        assert (filed.case, filed.sort) == (CASES[0], Sort.AUTOMATIC)
        assert app.store.status(CASES[0], DAY) == before
        assert inbox.unread(app.store, CASES[0]) == ()
        # A person may say that it proves the arrival: still no answer.
        desk.read(app, filed.sha256, "acknowledged")
        now = app.store.status(CASES[0], DAY)
        assert (now.clock.basis.value, now.answered) == ("proven", False)


def test_our_own_message_that_comes_back_is_filed_nowhere(desk):
    loop = mail(Message_ID=IDS[0], From=OWN, To=f"lettres+{TOKENS[0]}@cabinet.example")
    with desk.on() as app:
        filed = desk.file(app, loop)
        assert (filed.case, filed.route) == ("", "own")
        assert (app.store.replies(CASES[0]), app.store.quarantined()) == ((), ())


# -- what nobody sees --------------------------------------------------------------------------------------------------

LIST = """Bonjour, voici les rendez-vous déjà pris par des patients :
- Jean ESSAI, 12/03/2026 à 14 h 05, 06 00 00 00 01
- Mme Claire FICTIVE, 13/03/2026 à 9h30, 06 00 00 00 02
- Paul INVENTÉ, 13/03/2026 à 10h15
"""


def test_a_reply_that_names_patients_is_seen_by_nobody_until_somebody_asks(desk):
    raw = mail(LIST, To=f"lettres+{TOKENS[0]}@cabinet.example", Subject="Rendez-vous de Jean ESSAI")
    with desk.on() as app:
        filed = desk.file(app, raw)
        assert (filed.case, filed.guess, filed.sort) == ("", CASES[0], Sort.SENSITIVE)
        assert app.store.replies(CASES[0]) == ()
        shown = desk.look(app, filed.sha256)
        everything = repr((shown, inbox.seen(app.store, app.vault, app.mailroom()), app.store.quarantined()))
        assert "ESSAI" not in everything
        assert "FICTIVE" in desk.look(app, filed.sha256, reveal=True).mail.new
        assert inbox.to_settle(app.store.quarantined()[0])[2] == f"listingguard inbox delete {filed.sha256[:12]}"
        with pytest.raises(Refused, match="sensible"):
            desk.by_hand(app, filed.sha256)
        inbox.dispose(
            app.store, app.vault, filed.sha256, returned_on=DAY, today=DAY, at=app.now(), actor="Dominique"
        )  # fmt: skip
        assert (app.store.quarantined(), app.vault.has(filed.sha256)) == ((), False)
        assert app.store.check() == ()
        assert "message_returned" in {e.kind for e in app.store.events("home")}


def test_filed_as_sensitive_it_stays_hidden_and_cleared_it_is_an_ordinary_reply(desk):
    with desk.on() as app:
        one = desk.file(app, mail(LIST, To=f"lettres+{TOKENS[0]}@cabinet.example"))
        assert desk.by_hand(app, one.sha256, sort=Sort.SENSITIVE).sort is Sort.SENSITIVE
        assert "ESSAI" not in repr(desk.look(app, one.sha256))
        two = desk.file(app, mail(f"{LIST}\nDeux", To=f"lettres+{TOKENS[0]}@cabinet.example"))
        desk.by_hand(app, two.sha256, sort=Sort.REPLY)
        assert [r.sha256 for r in inbox.unread(app.store, CASES[0])] == [two.sha256]
        assert "ESSAI" in desk.look(app, two.sha256).mail.new


@pytest.mark.parametrize(
    ("text", "sensitive"),
    [
        ("Le patient 2 69 05 49 588 157 80 a réservé.", True),
        ("Le patient 2 69 05 49 588 157 81 a réservé.", False),
        ("Votre RPPS 99900000011, dossier 2690549588157.", False),
        ("Camille Exemple, 12/03/2026 à 14h00, aucun patient n’a réservé.", False),
        ("Ouvert le 12/03 à 9h00, le 13/03 à 10h00 et le 14/03 à 11h00 pour vos patients.", False),
    ],
)
def test_a_number_with_its_key_names_a_patient_and_a_timetable_does_not(desk, text, sensitive):
    with desk.on() as app:
        assert (desk.file(app, mail(text, In_Reply_To=IDS[0])).sort is Sort.SENSITIVE) is sensitive


def test_ones_own_lawyer_is_filed_apart_and_never_waits_as_a_reply(desk):
    with desk.on() as app:
        own = desk.file(app, mail("Notre stratégie.", From="me@avocat.example", Subject=f"Re: {CASES[0]}"))
        assert (own.case, own.sort) == (CASES[0], Sort.LAWYER)
        other = desk.file(app, mail("Notre avis.", From="me@autre.example", Subject=f"Re: {CASES[0]}"))
        assert desk.by_hand(app, other.sha256, sort=Sort.LAWYER).sort is Sort.LAWYER
        assert inbox.unread(app.store, CASES[0]) == ()
        # A person may say it of what came as a reply, too.
        third = desk.file(app, mail("Conseil.", In_Reply_To=IDS[0]))
        desk.read(app, third.sha256, "lawyer")
        assert {r.sort for r in app.store.replies(CASES[0])} == {Sort.LAWYER}


def test_the_lawyer_a_person_named_for_a_case_is_filed_there_apart_and_nowhere_else(desk):
    with desk.on() as app:
        case = app.store.case(CASES[0])
        named = {"day": DAY, "at": app.now(), "actor": "Dominique"}
        complain.name_lawyer(app.store, case, name="Maître Conseil", email="Me@gmail.com", **named)
        before = app.store.status(CASES[0], DAY)
        for text, told in (("Un.", {"Subject": f"Re: {CASES[0]}"}), ("Deux.", {"In_Reply_To": IDS[0]}), ("Trois.", {})):
            filed = desk.file(app, mail(text, From="me@gmail.com", **told))
            assert (filed.case, filed.sort) == (CASES[0], Sort.LAWYER)
        assert inbox.unread(app.store, CASES[0]) == ()
        assert app.store.status(CASES[0], DAY) == before
        # Somewhere else they are nobody's lawyer: a person looks.
        assert desk.file(app, mail("Quatre.", From="me@gmail.com", In_Reply_To=IDS[1])).case == ""
        # Only that address, not all of its domain; and a platform that copies the lawyer in still answers.
        assert desk.file(app, mail("Cinq.", From="x@gmail.com", Subject=CASES[0])).sort is Sort.REPLY
        assert desk.file(app, mail("Six.", Cc="me@gmail.com", In_Reply_To=IDS[0])).sort is Sort.REPLY
        assert len(inbox.unread(app.store, CASES[0])) == 1
        complain.name_lawyer(app.store, case, name="", email="", **named)
        assert desk.file(app, mail("Sept.", From="me@gmail.com")).sort is Sort.LAWYER
        assert represented(app.store.facts(CASES[0])) == ""


@pytest.mark.parametrize(
    ("text", "suggested"),
    [
        ("La fiche de Mme Exemple a été supprimée.", "erased"),
        ("La fiche de Camille EXEMPLE a été supprimée.", "erased"),
        ("Bonjour Madame la Présidente, la fiche a été supprimée.", "erased"),
        ("La fiche de Mme Modèle a été supprimée.", None),
        ("Concernant M. Sacha Modèle : la fiche a été supprimée.", None),
        ("La fiche (RPPS 99900000029) a été supprimée.", None),
        (f"La fiche du dossier {CASES[1]} a été supprimée.", None),
    ],
)
def test_another_person_s_erasure_is_never_suggested_here(desk, text, suggested):
    with desk.on() as app:
        filed = desk.file(app, mail(text, In_Reply_To=IDS[0]))
        meaning = desk.look(app, filed.sha256).suggestion.meaning
        assert (meaning.value if meaning else None) == suggested


# -- what a person decides ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "kind", "state"),
    [
        ("erased", EventKind.ERASED_CLAIMED, State.RUNNING),
        ("partial", EventKind.PARTIAL, State.PARTIAL),
        ("refused", EventKind.REFUSAL, State.REFUSED),
        ("identity_asked", EventKind.ID_REQUESTED, State.ID_PENDING),
        ("precision_asked", EventKind.PRECISION_ASKED, State.RUNNING),
        ("wrong_channel", EventKind.WRONG_CHANNEL, State.RUNNING),
        ("unrelated", None, State.SENT),
    ],
)
def test_what_a_person_reads_moves_the_case_once_and_rests_on_the_message(desk, word, kind, state):
    with desk.on() as app:
        filed = desk.file(app, mail(In_Reply_To=IDS[0]))
        assert [r.sha256 for r in inbox.unread(app.store, CASES[0])] == [filed.sha256]
        for _ in range(2):
            assert desk.read(app, filed.sha256[:10], word)[1] is kind
        now = app.store.status(CASES[0], DAY)
        assert (now.state, inbox.unread(app.store, CASES[0])) == (state, ())
        rests = [f for f in app.store.facts(CASES[0]) if f.proof == filed.sha256]
        assert [(f.kind, f.day) for f in rests] == ([(kind, date(2026, 3, 9))] if kind else [])
        if word == "erased":
            assert now.claimed_erased_on == date(2026, 3, 9)


@pytest.mark.parametrize("route", [{"Delivered_To": f"lettres+{TOKENS[0]}@cabinet.example"}, {"In_Reply_To": IDS[0]}])
@pytest.mark.parametrize("word", ["erased", "refused", "partial", "extended", "acknowledged"])
def test_a_stranger_who_holds_the_token_decides_nothing_until_a_person_vouches_for_them(desk, route, word):
    with desk.on() as app:
        filed = desk.file(app, mail("C’est supprimé.", From="qui@ailleurs.example", **route))
        assert filed.case == CASES[0]
        facts = app.store.facts(CASES[0])
        with pytest.raises(Refused, match=r"qui@ailleurs\.example") as refused:
            desk.read(app, filed.sha256, word)
        assert "--sender-known" in " ".join(refused.value.missing)
        assert (app.store.facts(CASES[0]), len(inbox.unread(app.store, CASES[0]))) == (facts, 1)
        assert desk.read(app, filed.sha256, word, sender_known=True)[1] is not None
        assert (app.store.audit()[-1][1], inbox.unread(app.store, CASES[0])) == ("sender_known", ())
        # Vouched for once; its domain was not remembered.
        again = desk.file(app, mail("Encore.", From="qui@ailleurs.example", **route))
        with pytest.raises(Refused):
            desk.read(app, again.sha256, word)
        desk.read(app, again.sha256, "unrelated")


@pytest.mark.parametrize("word", ["erased", "refused", "partial", "extended", "identity_asked", "acknowledged"])
def test_a_stranger_filed_by_hand_decides_nothing_either_until_a_person_vouches_for_them(desk, word):
    with desk.on() as app:
        held = desk.file(app, mail("C’est supprimé.", From="qui@ailleurs.example", Subject=f"Dossier {CASES[0]}"))
        assert held.case == ""
        # To which case it belongs says nothing of whom it speaks for.
        desk.by_hand(app, held.sha256)
        assert "qui@ailleurs.example" in desk.look(app, held.sha256).doubt
        facts = app.store.facts(CASES[0])
        with pytest.raises(Refused, match=r"qui@ailleurs\.example") as refused:
            desk.read(app, held.sha256, word)
        assert "--sender-known" in " ".join(refused.value.missing)
        assert (app.store.facts(CASES[0]), len(inbox.unread(app.store, CASES[0]))) == (facts, 1)
        assert desk.read(app, held.sha256, word, sender_known=True)[1] is not None
        # Who was remembered while filing is asked about no more.
        other = desk.file(app, mail("Encore.", From="dpo@autre.example", Subject=f"Dossier {CASES[1]}"))
        desk.by_hand(app, other.sha256, CASES[1], remember=True)
        assert desk.read(app, other.sha256, word)[1] is not None


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (("refused", {}), ("acknowledged", {})),
        (("refused", {}), ("unrelated", {})),
        (("identity_asked", {}), ("refused", {})),
        (("unrelated", {}), ("refused", {})),
        (("extended", {}), ("extended", {"reasoned": True})),
        (("extended", {"reasoned": True}), ("extended", {})),
    ],
)
def test_another_reading_of_a_message_is_refused_until_a_person_says_that_it_replaces_the_first(desk, first, then):
    with desk.on() as app:
        filed = desk.file(app, mail(In_Reply_To=IDS[0]))
        kind = desk.read(app, filed.sha256, first[0], **first[1])[1]
        before = app.store.facts(CASES[0])
        with pytest.raises(Refused, match="déjà été lu") as refused:
            desk.read(app, filed.sha256, then[0], **then[1])
        said = "\n".join(refused.value.missing)
        assert f"inbox read {filed.sha256[:12]} --as {then[0]} --instead" in said
        if kind is not None:
            assert f"event add {CASES[0]} correction --event {before[-1].seq} --void" in said
        assert (app.store.facts(CASES[0]), desk.look(app, filed.sha256).word) == (before, first[0])
        for _ in range(2):
            now = desk.read(app, filed.sha256, then[0], instead=True, **then[1])[1]
        told = [f for f in app.store.facts(CASES[0]) if f.kind is EventKind.CORRECTION]
        assert [(f.key, f.data["void"]) for f in told] == ([(str(before[-1].seq), True)] if kind else [])
        rests = [f for f in effective(app.store.facts(CASES[0])) if f.proof == filed.sha256]
        assert [(f.kind, dict(f.data)) for f in rests] == ([(now, then[1])] if now else [])
        assert desk.look(app, filed.sha256).word == then[0]


def test_a_refusal_in_which_a_patient_is_noticed_afterwards_is_hidden_and_stays_a_refusal(desk):
    with desk.on() as app:
        filed = desk.file(app, mail(In_Reply_To=IDS[0]))
        desk.read(app, filed.sha256, "refused")
        desk.read(app, filed.sha256, "sensitive")
        assert (app.store.status(CASES[0], DAY).state, desk.look(app, filed.sha256).sort) == (
            State.REFUSED,
            Sort.SENSITIVE,
        )
        # To show it again is another word, said on purpose.
        with pytest.raises(Refused, match="déjà été lu"):
            desk.read(app, filed.sha256, "refused")


def test_once_a_correction_took_the_first_reading_out_the_message_is_read_again_like_any(desk):
    with desk.on() as app:
        filed = desk.file(app, mail(In_Reply_To=IDS[0]))
        desk.read(app, filed.sha256, "refused")
        review.record(
            app.store, app.vault, app.store.case(CASES[0]), EventKind.CORRECTION, day=DAY, today=DAY, at=app.now(),
            actor="Dominique", data={"event": str(app.store.facts(CASES[0])[-1].seq), "void": True},
        )  # fmt: skip
        assert desk.read(app, filed.sha256, "acknowledged")[1] is EventKind.ACKNOWLEDGED
        assert app.store.status(CASES[0], DAY).state is State.RUNNING


def test_a_domain_remembered_while_reading_speaks_for_the_platform_from_then_on(desk):
    with desk.on() as app:
        first = desk.file(app, mail("Un.", From="qui@ailleurs.example", In_Reply_To=IDS[0]))
        desk.read(app, first.sha256, "wrong_channel", remember=True)
        second = desk.file(app, mail("Deux.", From="dpo@ailleurs.example", In_Reply_To=IDS[1]))
        assert desk.look(app, second.sha256).doubt == ""
        assert desk.read(app, second.sha256, "refused")[1] is EventKind.REFUSAL


@pytest.mark.parametrize("sensitive", [False, True])
def test_a_message_in_quarantine_that_may_answer_a_case_stops_its_letters_until_somebody_settles_it(desk, sensitive):
    text = "Le patient Jean Essai, 2 69 05 49 588 157 80" if sensitive else "Nous avons supprimé."
    told = {"In_Reply_To": IDS[0]} if sensitive else {"From": "x@ailleurs.example", "Subject": f"Dossier {CASES[0]}"}
    with desk.on() as app:
        held = desk.file(app, mail(text, **told))
        assert (held.case, held.guess) == ("", CASES[0])
        (why,) = stops(app.store.circumstances(app.store.case(CASES[0]), DAY))
        assert "quarantaine" in why
        assert f"inbox show {held.sha256[:12]}" in why
        assert stops(app.store.circumstances(app.store.case(CASES[1]), DAY)) == ()
        inbox.dispose(
            app.store, app.vault, held.sha256, returned_on=None, today=DAY, at=app.now(), actor="Dominique"
        )  # fmt: skip
        assert stops(app.store.circumstances(app.store.case(CASES[0]), DAY)) == ()


def test_what_is_said_after_an_absence_observed_is_kept_and_changes_nothing(desk):
    with desk.on(date(2026, 3, 20)) as app:
        app.store.add_event(
            CASES[0], EventKind.ERASED_VERIFIED, key="x", day=DAY, at=app.now(), actor="A",
            data={"absent_on": ["2026-03-04", "2026-03-12"]},
        )  # fmt: skip
        before = app.store.status(CASES[0], app.today)
        assert before.state is State.ERASED
        for n, word in enumerate(("erased", "refused", "identity_asked", "extended")):
            late = f"Mon, {16 + n} Mar 2026 10:00:00 +0100"
            filed = desk.file(app, mail(f"Réponse {n}.", In_Reply_To=IDS[0], Date=late))
            assert desk.read(app, filed.sha256, word)[1] is not None
        after = app.store.status(CASES[0], app.today)
        assert (after.state, after.clock, after.claimed_erased_on) == (State.ERASED, before.clock, None)
        assert (after.erased_on, after.answered) == (before.erased_on, before.answered)
        assert sum("sans effet" in mark for mark in after.marks) == 4
        assert len([f for f in app.store.facts(CASES[0]) if f.day > DAY]) == 4


@pytest.fixture
def typed(desk, monkeypatch, capfd):
    """Type a command in the desk's home on a day and return what it writes, its spaces plain."""
    monkeypatch.setenv("LISTINGGUARD_HOME", str(desk.home))

    def call(day: str, *words: str) -> str:
        code = cli.run(["--today", day, *words])
        out = capfd.readouterr()
        assert code == 0, out.err
        return out.out.replace("\u00a0", " ")

    return call


def test_an_erasure_told_by_mail_is_read_by_a_person_then_next_says_when_to_look_again(desk, typed, tmp_path):
    told = tmp_path / "reponse.eml"
    told.write_bytes(mail("Votre fiche a été supprimée ce jour.", Delivered_To=f"lettres+{TOKENS[0]}@cabinet.example"))
    (filed,) = json.loads(typed("2026-03-09", "inbox", "import", str(told), "--json"))
    assert filed["case"] == CASES[0]
    name = filed["message"][:12]
    assert f"listingguard inbox show {name}" in typed("2026-03-09", "next")
    assert f"inbox read {name} --as erased" in typed("2026-03-09", "inbox", "show", name)
    assert "jours 1, 8 et 30" in typed("2026-03-09", "inbox", "read", name, "--as", "erased")
    for day, again in (
        ("2026-03-09", "10 mars 2026"), ("2026-03-11", "17 mars 2026"), ("2026-03-18", "8 avril 2026"),
    ):  # fmt: skip
        said = typed(day, "next")
        assert name not in said
        (line,) = [each for each in said.split("\n") if "relire la page" in each]
        assert again in line


def test_an_automatic_acknowledgement_is_told_of_once_with_its_command_until_a_person_reads_it(desk, typed):
    with desk.on() as app:
        raw = mail("Nous avons bien reçu votre demande.", In_Reply_To=IDS[0], Auto_Submitted="auto-replied")
        name = desk.file(app, raw).sha256[:12]
        assert app.store.status(CASES[0], DAY).clock.basis is Basis.PRESUMED
    said = typed("2026-03-12", "next")
    assert said.count("Message automatique à lire") == said.count(f"listingguard inbox show {name}") == 1
    assert f"inbox read {name} --as" in typed("2026-03-12", "inbox", "show", name)
    typed("2026-03-12", "inbox", "read", name, "--as", "acknowledged")
    assert name not in typed("2026-03-12", "next")
    with desk.on() as app:
        now = app.store.status(CASES[0], DAY)
        assert (now.clock.basis, now.answered) == (Basis.PROVEN, False)


def test_a_reasoned_extension_needs_a_person_to_say_so(desk):
    with desk.on() as app:
        for identity, told in zip(IDS, ({"reasoned": True}, {}), strict=True):
            filed = desk.file(app, mail(In_Reply_To=identity))
            desk.read(app, filed.sha256, "extended", **told)
        assert [app.store.status(c, DAY).state for c in CASES] == [State.EXTENDED, State.RUNNING]


def test_a_paper_letter_says_nothing_by_itself(desk):
    scan = b"%PDF-1.7\n" + b"x" * 200
    with desk.on() as app:
        told = {"name": "lettre.pdf", "today": DAY, "at": app.now()}
        case = app.store.case(CASES[0])
        with pytest.raises(BadInput, match="pas encore"):
            inbox.file_paper(app.store, app.vault, case, scan, received=date(2026, 4, 1), **told)
        filed = inbox.file_paper(app.store, app.vault, case, scan, received=date(2026, 3, 6), **told)
        (row,) = inbox.unread(app.store, CASES[0])
        assert (row.sha256, row.route, row.day) == (sha256(scan).hexdigest(), "paper", date(2026, 3, 6))
        shown = desk.look(app, filed.sha256)
        assert (shown.suggestion.meaning, shown.mail.attachments[0].real) == (None, "PDF")
        with pytest.raises(BadInput, match=CASES[0]):
            inbox.file_paper(app.store, app.vault, app.store.case(CASES[1]), scan, received=SENT, **told)


def test_a_reply_that_nobody_reads_is_told_of_after_3_10_and_24_days_once_each(desk):
    with desk.on() as app:
        filed = desk.file(app, mail(In_Reply_To=IDS[0]))
        desk.file(app, mail("Je suis absent.", In_Reply_To=IDS[0], Auto_Submitted="auto-replied"))

    def told(day: date) -> int:
        with desk.on(day) as app:
            return sum("attend toujours d’être lue" in n.text for n in clock.tick(app.store, today=day, at=app.now))

    # The machine is off from the fourth to the twentieth of the days that follow 9 March.
    assert [told(date(2026, 3, n)) for n in (11, 12, 12, 13, 29, 30)] == [0, 1, 0, 0, 1, 0]
    assert [told(date(2026, 4, n)) for n in (1, 2, 3)] == [0, 1, 0]
    with desk.on() as app:
        desk.read(app, filed.sha256, "unrelated")
        assert app.store.unread_cases() == ()


# -- a mail box --------------------------------------------------------------------------------------------------------


@dataclass
class Box:
    """A mail box whose server may fail at any message."""

    messages: dict[int, bytes]
    validity: int = 7
    fails_at: int = 0
    name: str = "lettres@mx.example/INBOX"
    moved: tuple[int, ...] = ()

    def uids(self, since):
        return tuple(sorted(self.messages))

    def size(self, uid):
        return len(self.messages[uid])

    def head(self, uid):
        return self.messages[uid].partition(b"\r\n\r\n")[0] + b"\r\n\r\n"

    def get(self, uid, limit):
        if uid == self.fails_at:
            raise Unreachable("La ligne est coupée.")
        return self.messages[uid] if len(self.messages[uid]) <= limit else None

    def put_away(self, uids):
        self.moved = tuple(uids)


def collect(app, box, limit=5000):
    return inbox.collect(
        app.store, app.vault, app.mailroom(), box, since=SENT, today=DAY, at=app.now, limit=limit
    )  # fmt: skip


def test_a_collection_cut_short_goes_on_where_it_was_and_a_renumbered_box_brings_nothing_twice(desk):
    messages = {n: mail(f"Message {n}.", In_Reply_To=IDS[0]) for n in range(1, 6)}
    with desk.on() as app:
        cut = Box(messages, fails_at=3)
        done = collect(app, cut)
        assert (len(done.filed), done.failure, cut.moved) == (2, "La ligne est coupée.", ())
    with desk.on() as app:
        whole = Box(messages)
        assert len(collect(app, whole).filed) == 3
        assert whole.moved == (1, 2, 3, 4, 5)
        assert collect(app, whole) == inbox.Collected()
        again = Box({n + 100: raw for n, raw in messages.items()}, validity=8)
        assert collect(app, again) == inbox.Collected()
        assert len(app.store.replies(CASES[0])) == 5


def test_a_message_too_big_stays_where_it_is_named_whatever_size_the_server_tells(desk):
    big = mail("x" * 6000, Subject=f"Les captures de {CASES[0]}")
    with desk.on() as app:
        box = Box({1: big, 2: mail(In_Reply_To=IDS[1])})
        done = collect(app, box)
        assert (done.left, [f.case for f in done.filed], box.moved) == (
            [f"Les captures de {CASES[0]} ({DPO})"], [CASES[1]], (2,),
        )  # fmt: skip
        (held,) = app.store.quarantined()
        assert (held.guess, app.vault.get(held.sha256).startswith(b"From:")) == (CASES[0], True)
        lying = Box({9: big}, validity=9)
        lying.size = lambda uid: 10
        assert collect(app, lying).left == done.left
        assert len(app.store.quarantined()) == 1


def test_what_is_no_mail_in_the_box_is_kept_and_does_not_stop_the_rest(desk):
    with desk.on() as app:
        done = collect(app, Box({1: b"\x00\x01rien", 2: mail(In_Reply_To=IDS[0])}))
        assert [(f.case, f.route) for f in done.filed] == [("", "quarantine"), (CASES[0], "thread")]
        assert app.vault.get(app.store.quarantined()[0].sha256) == b"\x00\x01rien"


def test_a_message_given_back_does_not_return_when_the_box_is_renumbered(desk):
    raw = mail(LIST, In_Reply_To=IDS[0])
    with desk.on() as app:
        (filed,) = collect(app, Box({1: raw})).filed
        inbox.dispose(app.store, app.vault, filed.sha256, returned_on=None, today=DAY, at=app.now(), actor="D")
        collect(app, Box({1: raw}, validity=8))
        assert (app.store.quarantined(), app.vault.has(filed.sha256)) == ((), False)


def test_a_clock_that_was_wrong_does_not_put_a_reply_before_what_it_answers(desk):
    with desk.on() as app:
        raw = mail("Nous refusons.", To=f"lettres+{TOKENS[0]}@cabinet.example", Date="Fri, 02 Jan 2026 10:00:00 +0100")
        filed = desk.file(app, raw)
        assert app.store.reply(filed.sha256).day == DAY


def test_one_bad_file_costs_none_of_the_others(desk, tmp_path, capsys):
    good, empty = tmp_path / "bon.eml", tmp_path / "vide.eml"
    good.write_bytes(mail("Nous refusons.", To=f"lettres+{TOKENS[0]}@cabinet.example"))
    empty.write_bytes(b"")
    where = ["--home", str(desk.home), "--as", "Dominique", "--today", DAY.isoformat()]
    with pytest.raises(BadInput, match="2 fichiers n’ont pas été classés"):
        cli.main([*where, "inbox", "import", str(empty), str(good), str(tmp_path / "absent.eml")])
    assert f"bon.eml : dossier {CASES[0]}" in capsys.readouterr().out.replace("\u00a0", " ")
    with desk.on() as app:
        assert len(app.store.replies(CASES[0])) == 1
