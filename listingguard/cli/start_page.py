"""The page, and whether its subject agreed to it: the second and third steps of `start`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from listingguard.cli.asking import aside, day_of, drop_typed_ahead, moment_of, sentence_of
from listingguard.cli.common import note, parse_day, read_file
from listingguard.cli.sitting import Over, Sitting, done, step
from listingguard.domain.french import french_day
from listingguard.errors import BadInput, Refused

if TYPE_CHECKING:
    from datetime import date

    from listingguard.domain.finding import Word
    from listingguard.domain.listing import Listing, Page
    from listingguard.domain.practitioner import Practitioner
    from listingguard.domain.record import CaptureRow, CaseRow
    from listingguard.flow.review import Pair


def captured_listing(sitting: Sitting) -> Listing:
    """Return the listing of the page, which is captured by now; looks at it when nobody did yet."""
    from listingguard.pages.url import tidy_url

    app, url = sitting.app, sitting.url
    site = app.sites.for_url(url)
    key = f"{site.host}:{site.profile_id(url)}"
    saved = sitting.ask.option("saved")
    if not saved:
        for item, capture in app.store.listings():
            if item.key == key or item.url == url:
                done(sitting, f"page gardée le {french_day(app.store.capture(capture).day)}")
                return item
    step(sitting.ask, 2)
    items = _import(sitting, saved) if saved else _look(sitting)
    chosen = [item for item in items if item.key == key] or list(items)
    mine = [item for item in chosen if not _unlike(item, sitting.person)]
    if len(mine) == 1:
        if saved and site.generic and mine[0].url and mine[0].key != key and tidy_url(mine[0].url) != tidy_url(url):
            # Of a site nobody described, a relative link in a file only makes an address out of what was typed.
            raise Refused(
                f"La page enregistrée donne à votre fiche une autre adresse que {url} : la demande citerait une page que vous "
                "n’avez pas vue.",
                [f"ouvrir cette adresse et, si c’est bien votre page : {_start_at(sitting, mine[0].url)}"],
            )
        return mine[0]
    if mine:
        links = [item.url for item in mine if item.url]
        raise Refused("Cette page montre plusieurs fiches. Donnez le lien de la vôtre.", links[:5])
    reasons = _unlike(chosen[0], sitting.person) if len(chosen) == 1 else ()
    raise Refused(
        "Rien dans cette page ne vous désigne, d’après ce que vous avez dit de vous : aucune demande n’est écrite.",
        [
            *reasons,
            "si la page est bien la vôtre, corriger ce que vous avez dit : "
            f"listingguard roster set {sitting.person.id} --usage-name NOM",
        ],
    )


def _unlike(item: Listing, person: Practitioner) -> tuple[str, ...]:
    from listingguard.flow import sitting as flow

    return flow.unlike(item, person)


def _look(sitting: Sitting) -> tuple[Listing, ...]:
    """Read the page now, keep what concerns the person, and return its listings."""
    from listingguard.domain.listing import Gone, Listings, SaysNone
    from listingguard.flow import scan
    from listingguard.flow import sitting as flow

    app, url = sitting.app, sitting.url
    site = app.sites.for_url(url)
    if lacks := flow.missing_to_look(site, app.store.standing(site.host)):
        raise Refused(f"{site.host} n’est pas à lire ici.", lacks)
    if sitting.ask.talks:
        note("   Je lis la page (quelques secondes)…")
    with app.desk() as desk:
        command = f"{sitting.again} --file page.html"
        page, reading = flow.look(desk.fetcher, site, url, pace=scan.pace_of(site, app.plan()), by_hand=command)
        match reading:
            case Listings(items=shown):
                items = app.store.met_again(shown)
                kept = [item for item in items if not _unlike(item, sitting.person)]
            case Gone():
                # Nobody here ever saw a listing there: a slip in the link looks the same as a page taken down.
                raise BadInput(
                    f"{url} : cette adresse ne mène à aucune page. Vérifiez le lien, copié depuis votre navigateur."
                )
            case SaysNone(phrase=phrase):
                raise Over(f"Le site dit qu’il n’a personne (« {phrase} ») : il n’y a rien à demander.")
            case _:
                raise Refused(f"{url} : {reading.reason}", [flow.BROWSER, f"donner ce fichier : {command}"])
        if kept:
            row: CaptureRow = scan.captured(desk, site, app.plan(), page)
            flow.keep(app.store, url, reading, kept, row, today=app.today, at=app.now())
    return items


def _import(sitting: Sitting, file: str) -> tuple[Listing, ...]:
    from datetime import UTC, datetime

    from listingguard.cli.capture import moment
    from listingguard.domain.french import PARIS
    from listingguard.flow import evidence
    from listingguard.pages.elsewhere import named_elsewhere

    app = sitting.app
    site = app.sites.for_url(sitting.url)

    def elsewhere(page: Page) -> str:
        if other := named_elsewhere(page, site.owns):
            raise Refused(
                f"« {saved.name} » se donne pour une autre page que {sitting.url} : la demande citerait une adresse fausse.",
                [
                    f"si c’est bien votre page, la commande avec son adresse : {_start_at(sitting, other)} --file FICHIER"
                ],
            )
        return ""

    data = read_file(file, "--file")
    stamp = None if file == "-" else datetime.fromtimestamp(Path(file).stat().st_mtime, UTC)
    seen = sitting.ask.text(
        "seen_at", "Quand l’avez-vous enregistrée (jour et heure de Paris)", "C’est ce jour que la page prouve quelque chose.",
        check=moment_of, optional=not sitting.ask.talks,
        default=f"{stamp.astimezone(PARIS):%Y-%m-%d %H:%M}" if stamp and sitting.ask.talks else "",
    )  # fmt: skip
    sitting.ask.forget("seen_at")
    look = evidence.Look(moment(seen) if seen else None)
    saved = evidence.Saved(data, sitting.url, "entrée standard" if file == "-" else Path(file).name, "", stamp)
    told = evidence.import_file(
        app.store, app.evidence, app.sites, saved, look, elsewhere=elsewhere,
        machine_at=datetime.now(UTC), simulated=app.settings.home.simulated, **sitting.told(),
    )  # fmt: skip
    if not told.count:
        raise Over(f"La page ne montre aucune fiche ({told.outcome.label}) : il n’y a rien à demander.")
    return told.listings


def _start_at(sitting: Sitting, url: str) -> str:
    from dataclasses import replace

    from listingguard.domain.capture import one_line

    return replace(sitting, url=one_line(url)).again


def is_it_me(sitting: Sitting, item: Listing) -> Pair:
    """Return the pair of the listing and the person, once that person said « c’est moi »."""
    from listingguard.cli.review import reasons_of, side_by_side
    from listingguard.domain.finding import Word
    from listingguard.flow import review

    app = sitting.app
    pairs = (
        p
        for p in review.pairs(app.store, app.today)
        if (p.listing.key, p.practitioner.id) == (item.key, sitting.person.id)
    )
    pair = next(pairs, None)
    if pair is None:
        raise Refused(
            "Votre nom n’est pas suivi dans ce dossier, ou pas sur ce site : vous l’avez demandé ainsi.",
            [f"listingguard watch set {sitting.person.id} yes"],
        )
    words = {w.key: w for w in (Word.SAME, Word.OTHER, Word.UNKNOWN)}
    given = sitting.ask.option("me")
    if pair.word is None or (given is not None and words[given] is not pair.word):
        if sitting.ask.talks:
            note("")
            side_by_side(pair.listing, pair.practitioner, "CE QUE VOUS AVEZ DIT", write=note)
            reasons_of(pair.match, write=note)
            drop_typed_ahead()
        meaning = {"m": "oui, c’est moi", "a": "non, c’est une autre personne", "i": "je ne sais pas"}
        said = words[sitting.ask.one_of("me", "C’est bien vous\u00a0? m, a ou i", meaning)]
        if said is not Word.SAME and (case := _resting_on(sitting, pair)) is not None:
            _not_mine_after_all(sitting, pair, case, said)
        review.judge(app.store, pair, said, themselves=True, **sitting.told())
    else:
        said = pair.word
        done(sitting, f"votre réponse sur cette page : {said.label}")
    if said is not Word.SAME:
        raise Over(
            "C’est noté : aucune demande n’est écrite au sujet de cette page.",
            "Vous changez d’avis ? listingguard review --undo",
        )
    return pair


def _resting_on(sitting: Sitting, pair: Pair) -> CaseRow | None:
    """Return the open case that cites the listing; None without one."""
    from listingguard.domain.case import State, findings_of

    app = sitting.app
    for case in app.store.cases(practitioner=sitting.person.id):
        cited = any(f["listing"] == pair.listing.key for f in findings_of(app.store.facts(case.id)))
        if cited and app.store.status(case.id, app.today).state is not State.CLOSED:
            return case
    return None


def _not_mine_after_all(sitting: Sitting, pair: Pair, case: CaseRow, said: Word) -> NoReturn:
    """Record that the page of an open case is not the person's, and end there: the case must not go on regardless."""
    from listingguard.domain.case import findings_of
    from listingguard.domain.finding import Word
    from listingguard.domain.question import Said
    from listingguard.flow import review

    app = sitting.app
    if said is not Word.OTHER:
        raise Refused(
            f"Le dossier {case.id} repose sur votre réponse « {Word.SAME.label} » au sujet de cette page : rien n’est noté.",
            [
                "si la page est celle d’une autre personne : --me a",
                f"pour suspendre le dossier, le temps de vérifier : listingguard event add {case.id} hold --day {app.today.isoformat()}",
            ],
        )
    sent = app.store.status(case.id, app.today).sent_on
    if {f["listing"] for f in findings_of(app.store.facts(case.id))} != {pair.listing.key}:
        review.judge(app.store, pair, said, themselves=True, **sitting.told())
        raise Over(
            f"C’est noté : cette page est celle d’une autre personne. Le dossier {case.id}, qui la cite, en cite d’autres aussi.",
            f"Le revoir avant tout envoi : listingguard case show {case.id}",
        )
    review.answer(app.store, app.vault, case, Said.NOT_ME, day=app.today, **sitting.told())
    raise Over(f"C’est noté : ce n’est pas vous. Le dossier {case.id} est clos.", _now_that(sent))


def _now_that(sent: date | None) -> str:
    """Return what a request that should not be asks of the person, sent or not."""
    if sent is None:
        return "Rien n’en est parti d’ici. Un brouillon ou un courrier est prêt ? Ne l’envoyez pas."
    return f"La demande est partie le {french_day(sent)} : écrivez à la plateforme, sous la même référence, pour la retirer."


# -- the agreement ------------------------------------------------------------------------------------------------------


def case_of(sitting: Sitting, pair: Pair) -> CaseRow:
    """Return the case of the listing, opened when there is none yet."""
    from listingguard.domain.case import State, findings_of
    from listingguard.flow import review

    app = sitting.app
    review.open_cases(app.store, app.controller_of, app.settings.home.code, **sitting.told())
    cases = [
        case
        for case in app.store.cases(practitioner=sitting.person.id)
        if any(f["listing"] == pair.listing.key for f in findings_of(app.store.facts(case.id)))
    ]
    if not cases:
        raise Over(
            f"Vous avez enregistré un accord avec {pair.listing.site} : aucune demande n’est écrite.",
            "Le registre des accords : listingguard authorisation list",
        )
    case = cases[-1]
    now = app.store.status(case.id, app.today)
    if now.state is State.CLOSED:
        why = f" ({now.close_reason.label})" if now.close_reason else ""
        raise Over(f"Le dossier {case.id} est clos{why}.", f"Le revoir : listingguard case show {case.id}")
    return case


def say_so(sitting: Sitting, case: CaseRow) -> None:
    """Record the person's own word about an agreement, and the reasons that are theirs."""
    from listingguard.domain.case import State
    from listingguard.domain.question import DECLARATION, Said
    from listingguard.flow import review

    app, ask = sitting.app, sitting.ask
    now, given = app.store.status(case.id, app.today), ask.option("said")
    if now.state is not State.DETECTED:
        contradicts = given is not None and Said(given) is not (now.answer or Said.NOT_AGREED)
        if not contradicts and (now.answer is None or now.sent_on is not None):
            done(sitting, "votre déclaration sur l’accord")
            return
    step(ask, 3)
    key = "said"
    kept = ask.kept(key)
    if kept is None or given is not None:
        if ask.talks:
            aside("Lisez cette phrase : la demande repose sur elle. La réponse 1 vaut déclaration.")
            aside(f"« {DECLARATION} »")
        answers = [Said.NOT_AGREED, Said.AGREED, Said.PRACTICE, Said.CLAIMED, Said.TALK]
        meaning = {str(n): answer.label for n, answer in enumerate(answers, 1)}
        meaning["1"] = "c’est exact, je le déclare"
        pressed = ask.one_of("said", "Votre réponse, de 1 à 5", meaning)
        said = answers[int(pressed) - 1] if pressed.isdigit() else Said(pressed)
        ask.keep(key, said.value)
    else:
        said = Said(kept)
    told = {"day": app.today, **sitting.told()}
    if said is Said.NOT_AGREED:
        review.answer(app.store, app.vault, case, said, situation=_situation(sitting), **told)
        # That something is wrong is asked about once more, among the grounds.
        ask.forget(key, "patients", "other")
        return
    since = (
        ask.text("since", "Depuis quel jour", "Entrée si vous ne savez plus.", check=day_of, optional=True)
        if said is Said.AGREED
        else ""
    )
    review.answer(app.store, app.vault, case, said, since=parse_day(since) if since else None, **told)
    ask.forget(key, "since")
    if now.state is not State.DETECTED:
        closed = said is Said.AGREED
        raise Over(
            f"C’est noté : {said.label}. Le dossier {case.id} " + ("est clos." if closed else "attend une décision."),
            _now_that(now.sent_on),
            *(
                ()
                if closed or now.sent_on
                else (f"Une fois la chose claire, si rien n’a été accepté : {sitting.again}",)
            ),
        )
    if said is Said.AGREED:
        raise Over(
            "C’est noté : vous aviez donné votre accord. Aucune demande n’est écrite ; rien n’est effacé.",
            "Pour y mettre fin, dites-le d’abord au site, puis notez-en le dernier jour : listingguard authorisation list",
        )
    raise Over(
        f"C’est noté : {said.label}. Aucune demande n’est écrite tant que cela n’est pas éclairci.",
        "Rassemblez ce que vous avez (contrat, courriels, compte) et parlez-en à votre conseil départemental.",
        f"Une fois la chose claire, si rien n’a été accepté : {sitting.again}",
    )


def _situation(sitting: Sitting) -> list[str]:
    """Return the person's own reasons, whole sentences; none is a valid answer."""
    ask = sitting.ask
    if (given := ask.option("situation")) is not None:
        return [sentence_of(text) for text in given]
    if not ask.talks:
        return []
    note("")
    aside(
        "Votre demande dit déjà que vous n’avez rien souscrit. Ce qui vous est arrivé la renforce : des nombres et des "
        "dates, jamais le nom ni la santé d’un patient. Entrée pour passer."
    )
    found = []
    for name, question, why in (
        (
            "patients",
            "Des patients trompés par cette page",
            "Par exemple : Depuis mars 2026, quatre patients se sont présentés pour un rendez-vous pris sur cette page.",
        ),
        ("wrong", "Ce qui est faux dans la page", "Par exemple : Les horaires affichés ne sont pas ceux du cabinet."),
        ("other", "Une autre raison", ""),
    ):
        if sentence := ask.text(name, question, why, check=sentence_of, optional=True):
            found.append(sentence)
    return found
