"""The whole story on loopback: a booking site, a mail server, invented people and simulated days."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from listingguard.app import App, create_home, read_roster, verify_pack
from listingguard.demo_world import PEOPLE, ROSTER_CSV, BookingSite, MailSink, paper
from listingguard.domain.case import Acting, EventKind
from listingguard.domain.finding import Word
from listingguard.domain.french import french_day, plural
from listingguard.domain.practitioner import Mandate, Watch, verdict
from listingguard.domain.record import SiteCheck
from listingguard.errors import ListingguardError, Refused
from listingguard.flow import approval, clock, complain, dispatch, enrol, ledger, platform, review, sitting
from listingguard.flow import letter as letters
from listingguard.flow import scan as scanning

HOST = "reserve-kine.example"
STAFF, OFFICER = "Dominique Secrétaire", "Claude Élue"
ELECTION = (
    "Procès-verbal : Claude Élue est élue présidente le 2 juin 2025, pour trois ans. (document inventé)\n".encode()
)
NOTICE_URL = f"http://{HOST}/mentions-legales"

CONFIG = """
[home]
acting = "council"
code = "DEMO"
simulated = true
person = "Dominique Secrétaire"

[sender]
name = "Conseil départemental de démonstration"
quality = "Ordre des masseurs-kinésithérapeutes"
street = "1 place de l’Exemple"
postcode = "26000"
town = "Valence"
email = "secretariat@conseil.example"
signatory = "Claude Élue, présidente"

[scan]
contact = "secretariat@conseil.example"

[mail]
smtp_host = "127.0.0.1"
smtp_port = {port}
security = "none"
from_address = "secretariat@conseil.example"
"""

WORD = """From: Camille Exemple <camille@exemple.example>
To: secretariat@conseil.example
Subject: Re: une fiche a votre nom
Date: Wed, 07 Jan 2026 09:12:00 +0100
Message-ID: <parole@exemple.example>

Bonjour, cette fiche me designe et je n'ai jamais donne mon accord a ce site.
Camille Exemple
"""

MANDATE = paper("Mandat invente pour la demonstration, signe par Camille Exemple le 8 janvier 2026.")

Say = Callable[[str], None]


class _Story:
    """The days of the story, each with its home opened anew, as on real days."""

    def __init__(self, home: Path, site: BookingSite, say: Say) -> None:
        self.home, self.say, self.steps = home, say, 0
        self.loopback = {HOST: ("127.0.0.1", site.port)}

    @contextmanager
    def on(self, day: date, actor: str = STAFF) -> Iterator[App]:
        with App.open(self.home, actor=actor, today=day, writing=True, loopback=self.loopback) as app:
            yield app

    def step(self, day: date, title: str, command: str) -> None:
        self.steps += 1
        self.say("")
        self.say(f"{self.steps}. {french_day(day)} — {title}")
        self.say(f"   $ listingguard {command}")

    def tell(self, text: str) -> None:
        self.say(f"   {text}")


def play(folder: Path | None, say: Say) -> Path:
    """Play the story and return the home it left behind; every step is the real one, nothing leaves this machine."""
    home = _free_folder(folder)
    with BookingSite() as site, MailSink() as sink:
        create_home(home, acting=Acting.COUNCIL, code="DEMO", person=STAFF, simulated=True)
        (home / "config.toml").write_text(CONFIG.format(port=sink.port), encoding="utf-8")
        say("Démonstration : tout se passe sur cette machine, les personnes et la plateforme sont inventées.")
        say(f"Dossier de données : {home}")
        story = _Story(home, site, say)
        _find(story)
        case = _confirm(story)
        letter = _write(story, case, sink)
        _wait(story, case)
        pack = _complain(story, case)
    say("")
    say("Fin de l’histoire.")
    say(f"   Le courrier : {letter}")
    say(f"   La plainte et ses pièces : {pack}")
    say(f"   À vous : listingguard --home {home} case show {case} --explain")
    return home


def _free_folder(wanted: Path | None) -> Path:
    if wanted is None:
        return Path(tempfile.mkdtemp(prefix="listingguard-demo-"))
    number, folder = 1, wanted
    while folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        # An earlier demo stays as it is.
        number += 1
        folder = wanted.with_name(f"{wanted.name}-{number}")
    return folder


def _find(story: _Story) -> None:
    day = date(2026, 1, 5)
    with story.on(day) as app:
        story.step(day, "le tableau est importé", "roster import tableau.csv")
        read = read_roster(io.BytesIO(ROSTER_CSV.encode()), "tableau.csv")
        done = enrol.import_roster(
            app.store, read.practitioners, source="tableau.csv", today=day, at=app.now(), actor=STAFF
        )
        story.tell(f"{done.added} praticiens ajoutés, {len(read.refused)} ligne refusée.")
        story.step(day, "les praticiens informés sont suivis", "watch set 99900000011 yes --informed-on 2025-12-15 …")
        for person in read.practitioners:
            watch = Watch(person.id, True, date(2025, 12, 15), "courriel")
            ledger.set_watch(app.store, watch, today=day, at=app.now(), actor=STAFF)
        story.step(day, "une personne vérifie le site et choisit une fiche témoin", f"site verify {HOST} --canary URL")
        witness = next(p for p in PEOPLE if p.slug not in ("camille-exemple", "sacha-modele", "noa-specimen"))
        check = SiteCheck(HOST, day, f"http://{HOST}{witness.path}", True)
        platform.verify_site(app.store, check, today=day, at=app.now(), actor=STAFF)
        story.step(day, "le site est lu, poliment, page après page", "scan")
        results = scanning.scan(scanning.hosts_on(app.store, app.sites), app.desk, app.plan(), lambda r, u: None)
        for result in results:
            story.tell(
                f"{result.host} : {plural(result.pages, 'page lue', 'pages lues')}, "
                f"{plural(result.listings, 'fiche vue', 'fiches vues')}, {plural(len(result.kept), 'gardée')} ; "
                f"fiche témoin {'trouvée' if result.canary else 'absente'}."
            )
        _judge(story, app, day)
        opened = review.open_cases(app.store, app.controller_of, "DEMO", today=day, at=app.now(), actor=STAFF)
        for pair in review.pairs(app.store, app.today):
            if any(pair.practitioner.id == app.store.case(c).practitioner for c in opened):
                story.tell(f"{pair.listing.url}")
                for reason in pair.match.reasons:
                    story.tell(f"  – {reason.text}")
        for case in opened:
            row = app.store.case(case)
            said = verdict(app.store.authorisations(), row.practitioner, row.platform, day)
            story.tell(f"Registre des accords : {said.label}. Le dossier {case} s’ouvre.")


def _judge(story: _Story, app: App, day: date) -> None:
    for pair in review.queue(app.store, app.today):
        story.step(day, "un rapprochement n’est pas sûr : une personne décide", "review")
        story.tell(f"{pair.listing.name} ({pair.listing.url}) / {pair.practitioner.full_name}")
        for reason in pair.match.reasons:
            story.tell(f"  – {reason.text}")
        review.judge(app.store, pair, Word.UNKNOWN, today=day, at=app.now(), actor=STAFF)
        story.tell("Réponse : i — je ne sais pas. Rien ne sera écrit à ce sujet.")


def _confirm(story: _Story) -> str:
    day = date(2026, 1, 7)
    with story.on(day) as app:
        row = app.store.cases()[0]
        story.step(
            day,
            "Camille Exemple répond : « c’est moi, et je n’ai rien accepté »",
            f"event add {row.id} listing_confirmed_by_kine --day 2026-01-07 --proof reponse.eml",
        )
        review.record(
            app.store, app.vault, row, EventKind.LISTING_CONFIRMED_BY_KINE, day=day, today=day, at=app.now(),
            actor=STAFF, proof=WORD.encode(),
        )  # fmt: skip
        story.tell(f"État : {app.store.status(row.id, day).state.label}.")
    day = date(2026, 1, 8)
    with story.on(day) as app:
        story.step(
            day,
            "Camille Exemple signe un mandat",
            f"mandate add {row.practitioner} --from 2026-01-08 --document mandat.pdf …",
        )
        mandate = Mandate(
            ledger.new_id(), row.practitioner, "retrait des fiches publiées sans accord",
            ("exercer les droits d’opposition et d’effacement", "saisir la CNIL et recevoir les réponses"),
            day, date(2028, 1, 7), app.vault.put(MANDATE),
        )  # fmt: skip
        ledger.add_mandate(app.store, mandate, today=day, at=app.now(), actor=STAFF)
        story.tell(f"État : {app.store.status(row.id, day).state.label}.")
    return row.id


def _write(story: _Story, case: str, sink: MailSink) -> Path:
    day = date(2026, 1, 12)
    with story.on(day, OFFICER) as app:
        row = app.store.case(case)
        story.step(
            day,
            "les coordonnées de la plateforme sont vérifiées par une personne, à ses mentions légales",
            f"controller verify {row.controller} --notice mentions.html --url {NOTICE_URL}",
        )
        told: dict[str, Any] = {"today": day, "at": app.now(), "actor": STAFF}
        platform.set_controller(app.store, row.controller, {"verified_on": day.isoformat()}, **told)
        site = app.sites.for_url(NOTICE_URL)
        with app.fetcher(app.store) as fetcher:
            page, _ = sitting.look(fetcher, site, NOTICE_URL, pace=scanning.pace_of(site, app.plan()), by_hand="")
        platform.keep_notice(app.store, app.vault, row.controller, NOTICE_URL, page.body, seen_on=day, **told)
        story.step(
            day, "l’élue qui approuvera est enregistrée, avec l’acte qui l’habilite", f"officer add « {OFFICER} » …"
        )
        approval.add_officer(
            app.store, app.vault, name=OFFICER, role="présidente", since=date(2025, 6, 2), until=date(2028, 6, 1),
            delegated_by="", document=ELECTION, **told,
        )  # fmt: skip
        story.step(day, "une élue relit, coche les motifs et approuve", f"letter approve {case} --ground objection …")
        office, controllers = app.office(), app.controllers()
        draft = letters.prepare(app.store, office, controllers, row, today=day)
        for ground in draft.proposed:
            story.tell(f"[x] {ground.article}")
        done = letters.approve(
            app.store, app.vault, office, controllers, row, ticked=[g.code for g in draft.proposed], today=day,
            at=app.now(), actor=OFFICER,
        )  # fmt: skip
        path = app.export_letter(done)
        story.step(day, "la demande part par courriel, une seule fois", "send")
        for _ in range(2):
            for sent in dispatch.send_due(
                app.store, app.vault, app.mailer(), office, app.home / "outbox", today=day, at=app.now, actor=OFFICER
            ):
                story.tell(f"{sent.dispatch} : {sent.state.label} — {sent.text}")
        story.tell(f"Commande répétée : le serveur de courriel a reçu {len(sink.messages)} message en tout.")
    return path


def _wait(story: _Story, case: str) -> None:
    for day, title in (
        (date(2026, 1, 20), "une semaine sans retour d’erreur : la réception est présumée"),
        (date(2026, 2, 13), "l’échéance légale est passée"),
        (date(2026, 3, 13), "le repère du conseil est passé aussi"),
    ):
        with story.on(day) as app:
            story.step(day, title, "run --once")
            for notice in clock.tick(app.store, today=day, at=app.now):
                story.tell(notice.text)
            now = app.store.status(case, day)
            story.tell(f"État : {now.state.label}.")
            if now.clock is not None and day.month == 1:
                for line in now.clock.legal.working:
                    story.tell(f"  {line}")


def _complain(story: _Story, case: str) -> Path:
    day = date(2026, 3, 13)
    with story.on(day, OFFICER) as app:
        row = app.store.case(case)
        story.step(day, "la plainte est demandée trop tôt : le programme dit ce qui manque", f"complain {case}")
        try:
            _build(app, case, day)
        except Refused as refusal:
            for line in refusal.missing:
                story.tell(f"– {line}")
        story.step(day, "le site est relu", "scan")
        for result in scanning.scan((row.platform,), app.desk, app.plan(), lambda r, u: None):
            story.tell(f"{result.host} : la fiche est {'encore affichée' if result.kept else 'absente'}.")
        story.step(day, "la plainte et ses pièces sont construites", f"complain {case} --proceedings aucune")
        path = _build(app, case, day)
        pack = app.store.packs(case)[-1]
        story.tell(f"Empreinte SHA-256 : {pack.sha256}")
        story.step(day, "n’importe qui vérifie, hors ligne", f"verify {path.name} --expect {pack.sha256[:12]}…")
        report = verify_pack(path, expect=pack.sha256)
        story.tell(
            f"{'Intacte' if report.intact else 'ALTÉRÉE'} : {report.files} fichiers, {report.events} événements."
        )
        story.step(day, "un seul octet changé dans une copie se voit", "verify copie.zip")
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "copie.zip"
            copy.write_bytes(data)
            for problem in verify_pack(copy).problems:
                story.tell(f"{problem.name} : {problem.text}")
        if not report.intact:
            raise ListingguardError("La démonstration a échoué : la plainte construite ne se vérifie pas.")
    return path


def _build(app: App, case: str, day: date) -> Path:
    folder = app.home / "packs"
    pack = complain.build(
        app.store, app.vault, app.writer(), app.controllers(), app.store.case(case), folder, proceedings="aucune",
        today=day, at=app.now(), actor=OFFICER,
    )  # fmt: skip
    return folder / pack.path
