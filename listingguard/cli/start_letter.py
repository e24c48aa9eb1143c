"""Whom to write to, and the request itself: the fourth and fifth steps of `start`. A person ticks, reads and approves."""

from __future__ import annotations

import hashlib
import textwrap
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from listingguard.cli.asking import aside, drop_typed_ahead, email_of, file_of, words_of
from listingguard.cli.common import note
from listingguard.cli.sitting import Over, Sitting, done, step
from listingguard.domain.french import french_day
from listingguard.errors import Refused

if TYPE_CHECKING:
    from listingguard.domain.grounds import Ground
    from listingguard.domain.listing import Page
    from listingguard.domain.record import CaseRow, LetterRow


IN_PLAIN_WORDS = {
    "objection": "vous vous opposez à l’usage de vos données par ce site. Nécessaire.",
    "erasure_after_objection": "l’opposition entraîne l’effacement. Nécessaire, avec le précédent.",
    "no_basis": "la page fait plus que vous citer (rendez-vous, avis, numéro…), et vous n’avez rien signé.",
    "accuracy": "quelque chose d’affiché est faux.",
    "information": "personne ne vous a prévenu que ces données étaient publiées.",
}
"""What each ground means, beside its article."""


# -- whom to write to --------------------------------------------------------------------------------------------------

_CONTACTS = {
    "name": "Raison sociale de l’éditeur",
    "attention": "Service ou personne (délégué à la protection des données)",
    "street": "Numéro et rue",
    "postcode": "Code postal",
    "town": "Ville",
    "email": "Courriel pour les données personnelles",
}


def know_whom_to_write(sitting: Sitting, case: CaseRow) -> None:
    """Have the addressee's contacts compared with the site's legal notice, once a year."""
    from listingguard.domain.case import State
    from listingguard.flow import platform

    app, ask = sitting.app, sitting.ask
    now = app.store.status(case.id, app.today)
    if _to_the_practice(sitting, case):
        return
    record = app.controllers().get(case.controller, {})
    settled = now.state is State.DRAFTED or _verified(record, app.today)
    if now.state not in (State.CONFIRMED, State.DRAFTED):
        return
    if settled and not now.undelivered:
        if now.state is State.CONFIRMED:
            _keep_notice(sitting, case, _notice_url(sitting), None)
        return
    step(ask, 4)
    complete = all(record.get(k) for k in ("name", "street", "postcode", "town", "email"))
    notice = _notice_url(sitting)
    if ask.talks:
        aside(
            "La demande va à l’entreprise qui publie le site. Son adresse se vérifie à ses mentions légales ; ouvrez :"
        )
        note("     {}", notice or f"les mentions légales de {case.platform}, en bas de ses pages")
    page = _notice_page(sitting, notice) if notice and (complete or ask.talks) else None
    if not complete and page is not None:
        record = {**_proposed(sitting, page), **{k: v for k, v in record.items() if v}}
    while True:
        if not complete and ask.talks:
            note("   Complétez ou corrigez chaque ligne ; Entrée garde ce qui est proposé.")
            for key, question in _CONTACTS.items():
                check = email_of if key == "email" else words_of
                known = str(record.get(key) or "")
                value = ask.text(f"editor {key}", question, check=check, optional=key == "attention", default=known)
                record = {**record, key: value}
            changes = {key: str(record.get(key) or "") for key in _CONTACTS}
            platforms = list(record.get("platforms") or [case.platform])
            platform.set_controller(
                app.store, case.controller, {**changes, "platforms": platforms, "verified_on": ""}, **sitting.told()
            )
            ask.forget(*(f"editor {key}" for key in _CONTACTS))
            complete = True
        if not complete:
            raise Refused(
                f"L’adresse de l’éditeur de {case.platform} n’est pas connue.",
                [f"listingguard controller set {case.controller} --name … --street … --postcode … --town … --email …"],
            )
        if ask.talks:
            for line in _shown(record):
                note("     {}", line)
        if ask.yes("contacts_verified", "Vous l’avez comparée, c’est la même\u00a0?", keep=False):
            break
        complete = False
    platform.set_controller(app.store, case.controller, {"verified_on": app.today.isoformat()}, **sitting.told())
    _keep_notice(sitting, case, notice, page)


def _keep_notice(sitting: Sitting, case: CaseRow, notice: str, page: Page | None) -> None:
    """Keep the copy of the site's legal notice that the request rests on: read from here, else saved by the person."""
    from listingguard.cli.common import read_file
    from listingguard.domain.addressee import fresh_notice
    from listingguard.flow import platform

    app, ask = sitting.app, sitting.ask
    if fresh_notice(app.store.notices(case.controller), app.today) is not None:
        return
    page = page or (_notice_page(sitting, notice) if notice and ask.option("notice") is None else None)
    url = notice or f"https://{case.platform}/"
    if page is not None:
        body = page.body
    elif ask.talks or ask.option("notice") is not None:
        file = ask.text(
            "notice", "Les mentions légales du site, enregistrées (un fichier)",
            "La demande garde une copie de la page où vous avez lu cette adresse. Dans votre navigateur : « Enregistrer "
            "sous… », « Page web, HTML uniquement ».",
            check=file_of,
        )  # fmt: skip
        body = read_file(file, "Mentions légales")
        ask.forget("notice")
    else:
        # The request itself will say what is missing, and with which command to bring it.
        return
    platform.keep_notice(app.store, app.vault, case.controller, url, body, seen_on=app.today, **sitting.told())


def _to_the_practice(sitting: Sitting, case: CaseRow) -> bool:
    """Return True when the person writes to the practice that runs the page; on a customer's page they are asked."""
    from listingguard.domain import addressee
    from listingguard.domain.case import EventKind, State, findings_of
    from listingguard.domain.listing import ListingState
    from listingguard.flow import letter as letters

    app, ask = sitting.app, sitting.ask
    facts = app.store.facts(case.id)
    if chosen := [f for f in facts if f.kind is EventKind.ADDRESSEE_CHOSEN]:
        return chosen[-1].data.get("to") == addressee.PRACTICE
    listings = [app.store.listing(str(f["listing"])) for f in findings_of(facts)]
    customer = any(item.state is ListingState.CUSTOMER for item in listings)
    if not customer or app.store.status(case.id, app.today).state is not State.CONFIRMED:
        return False
    step(ask, 4)
    if ask.talks:
        aside(
            "Cette fiche a l’air d’être celle d’un client du site, par exemple un cabinet où vous avez exercé. C’est alors "
            "peut-être lui qui en répond, et non le site."
        )
    pressed = ask.one_of("to", "À qui écrire\u00a0? 1 ou 2", {"1": "au site", "2": "au cabinet qui tient la fiche"})
    to = {"1": addressee.PLATFORM, "2": addressee.PRACTICE}.get(pressed, pressed)
    record = {}
    if to == addressee.PRACTICE:
        for key, question in _CONTACTS.items():
            check = email_of if key == "email" else words_of
            record[key] = ask.text(f"to {key}", question, check=check, optional=key == "attention")
    letters.choose_addressee(app.store, case, to, record=record, **sitting.told())
    ask.forget(*(f"to {key}" for key in _CONTACTS))
    return bool(to == addressee.PRACTICE)


def _shown(record: Mapping[str, Any]) -> list[str]:
    """Return the addressee as it stands on an envelope, then the mail address."""
    said = {key: str(record.get(key) or "") for key in _CONTACTS}
    lines = [said["name"], said["attention"], said["street"], f"{said['postcode']} {said['town']}".strip()]
    return [line for line in (*lines, str(record.get("country") or ""), said["email"]) if line]


def _verified(record: Mapping[str, Any], today: date) -> bool:
    from datetime import timedelta

    from listingguard.domain.addressee import CONTACT_AGE_DAYS

    text = str(record.get("verified_on") or "")
    return bool(text) and today - timedelta(days=CONTACT_AGE_DAYS) <= date.fromisoformat(text) <= today


def _captured_page(sitting: Sitting) -> Page | None:
    """Return the page as it was kept; None where its bytes are none of a page."""
    from listingguard.domain.listing import Page

    site = sitting.app.sites.for_url(sitting.url)
    key = f"{site.host}:{site.profile_id(sitting.url)}"
    # A page that shows several people gives none of them its own id.
    store = sitting.app.store
    rows = store.captures(key) or tuple(row for row in store.captures() if row.url == sitting.url)
    if not rows:
        return None
    said = rows[-1].manifest
    body = sitting.app.vault.get(rows[-1].body)
    return Page(rows[-1].url, str(said["final_url"]), 200, (("Content-Type", "text/html"),), body, rows[-1].at)


def _notice_url(sitting: Sitting) -> str:
    """Return where the page's own link « Mentions légales » leads, on the same site; empty when it has none."""
    from listingguard.domain.names import fold
    from listingguard.pages.document import tree_of
    from listingguard.pages.url import absolute

    page = _captured_page(sitting)
    tree = tree_of(page) if page is not None else None
    site = sitting.app.sites.for_url(sitting.url)
    if page is None or tree is None:
        return ""
    for link in tree.iter("a"):
        words = fold(" ".join(link.itertext()))
        if "mentions legales" in words or words == "informations legales":
            leads = absolute(link.get("href") or "", page)
            if leads and site.owns(leads):
                return str(leads)
    return ""


def _notice_page(sitting: Sitting, notice: str) -> Page | None:
    """Return the legal notice as the site shows it now; None when it cannot be read from here."""
    from listingguard.errors import ListingguardError
    from listingguard.flow import scan
    from listingguard.flow import sitting as flow

    app = sitting.app
    site = app.sites.for_url(notice)
    try:
        with app.fetcher(app.store) as fetcher:
            page, _ = flow.look(fetcher, site, notice, pace=scan.pace_of(site, app.plan()), by_hand="")
    except ListingguardError:
        return None
    return page


def _proposed(sitting: Sitting, page: Page) -> dict[str, Any]:
    """Return what the legal notice says of its publisher, to be checked by the person; empty when it says nothing."""
    from listingguard.pages.legal import as_record, read_notice

    said = read_notice(page)
    return {k: v for k, v in as_record(said, sitting.app.today).items() if v} if said else {}


# -- the request --------------------------------------------------------------------------------------------------------


def approve(sitting: Sitting, case: CaseRow) -> LetterRow:
    """Return the request, approved by the person who ticked its grounds and read its text."""
    from listingguard.domain.case import State
    from listingguard.domain.grounds import GROUNDS
    from listingguard.domain.letter import Kind
    from listingguard.domain.record import EMAIL, REGISTERED
    from listingguard.flow import letter as letters

    app, ask = sitting.app, sitting.ask
    now, requests = app.store.status(case.id, app.today), letters.requests(app.store, case.id)
    if requests and not now.undelivered and now.state not in (State.CONFIRMED, State.MANDATED):
        if sitting.listing not in app.vault.get(requests[-1].text).decode():
            raise Over(
                f"Cette page rejoint le dossier {case.id}, dont la demande, déjà approuvée, ne la cite pas.",
                "Signalez-la au site dans le même échange, sous la même référence : l’opposition vaut pour toutes vos données.",
                f"Le dossier : listingguard case show {case.id}",
            )
        done(sitting, f"demande approuvée le {french_day(requests[-1].day)}")
        return requests[-1]
    if now.state not in (State.CONFIRMED, State.DRAFTED):
        raise Over(
            f"Dossier {case.id}, état « {now.state.label} » : aucune demande n’y est à écrire.",
            f"Le voir : listingguard case show {case.id}",
        )
    step(ask, 5)
    office, controllers = app.office(), app.controllers()
    proposed = letters.prepare(app.store, office, controllers, case, today=app.today).proposed
    proposed = tuple(g for g in GROUNDS if g in proposed or (g.code == "accuracy" and ask.kept("wrong")))
    ticked = _ticked(sitting, proposed)
    draft = letters.prepare(app.store, office, controllers, case, today=app.today, ticked=ticked)
    if draft.missing:
        ask.forget(*(g.code for g in proposed))
        raise Refused("La demande n’est pas prête. Il manque :", draft.missing)
    text = app.renderer.text(Kind.REQUEST.value, draft.fields)
    mark = _mark_of(text)
    _read_it(sitting, case, text, mark)
    by = _by(sitting)
    channels = {EMAIL for way in by if way != "post"} | {REGISTERED for way in by if way == "post"}
    row: LetterRow = letters.approve(
        app.store, app.vault, office, controllers, case, ticked=ticked, channels=channels, **sitting.told()
    )
    ask.forget("approved", "wrong", *(g.code for g in proposed))
    return row


def _ticked(sitting: Sitting, proposed: tuple[Ground, ...]) -> tuple[str, ...]:
    """Return the grounds the person ticks, one by one; nothing is ticked by a mere Enter."""
    ask = sitting.ask
    if (given := ask.option("grounds")) is not None:
        return tuple(given)
    if not ask.talks:
        choices = [f"--ground {g.code} ({g.article})" for g in proposed]
        raise Refused("Une personne coche chaque motif ; aucun n’est retenu d’office.", choices)
    aside("Sur quoi se fonde votre demande ? Cochez chaque motif vrai pour vous ; les deux premiers vont ensemble.")
    found = []
    for ground in proposed:
        meaning = IN_PLAIN_WORDS.get(ground.code, f"{ground.sentence}.")
        note("")
        aside(f"{ground.article[0].upper()}{ground.article[1:]} : {meaning}")
        if ask.yes(ground.code, "Retenir ce motif\u00a0?"):
            found.append(ground.code)
    return tuple(found)


def _mark_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _read_it(sitting: Sitting, case: CaseRow, text: str, mark: str) -> None:
    """Show the whole text and take the person's approval of that very text."""
    app, ask = sitting.app, sitting.ask
    path = app.home / "outbox" / f"{case.id}-a-relire.txt"
    approved = ask.option("approve")
    if approved is not None:
        if approved != mark:
            read = path.is_file() and _mark_of(path.read_text(encoding="utf-8")) == approved
            path.write_text(text, encoding="utf-8")
            raise Refused(
                "Cette empreinte n’est pas celle du texte d’aujourd’hui : "
                + ("il a changé depuis que vous l’avez lu." if read else "vérifiez-la, ou lisez d’abord le texte."),
                [f"lire « {path} », puis : --approve {mark}"],
            )
        path.unlink(missing_ok=True)
        return
    if not ask.talks:
        path.write_text(text, encoding="utf-8")
        raise Refused(
            "Rien ne part sans que son texte ait été lu et approuvé.", [f"lire « {path} », puis : --approve {mark}"]
        )
    key = "approved"
    if ask.kept(key) == mark:
        return
    note("")
    note("   Voici votre demande, telle qu’elle partira. Lisez-la en entier.")
    click.echo(err=True)
    # Exactly the letter: its spaces are already those of its own typography.
    for line in text.splitlines():
        for piece in textwrap.wrap(line, 74, break_long_words=False, break_on_hyphens=False) or [""]:
            click.echo(f"   │ {piece}".rstrip(), err=True)
    click.echo(err=True)
    drop_typed_ahead()
    if not ask.yes("", "Approuvez-vous ce texte\u00a0? Il est alors figé", keep=False):
        ask.forget(*IN_PLAIN_WORDS)
        raise Over(
            "Rien n’est approuvé, rien n’est parti.",
            f"Pour choisir d’autres motifs et relire : {sitting.again}",
        )
    ask.keep(key, mark)


def _by(sitting: Sitting) -> tuple[str, ...]:
    """Return how the request leaves: by mail from here, as a draft, by registered post; one or two of them."""
    app, ask = sitting.app, sitting.ask
    mails = app.settings.mail.smtp_host != ""
    given = ask.option("by")
    if given is not None:
        if "email" in given and not mails:
            raise Refused(
                "Aucun serveur de courriel n’est réglé dans ce dossier.",
                [
                    "un brouillon à envoyer vous-même : --by draft",
                    f"ou compléter [mail] dans « {app.home / 'config.toml'} »",
                ],
            )
        ask.keep("by", " ".join(given))
        return tuple(given)
    step(ask, 6)
    first = "email" if mails else "draft"
    mail = "par courriel, maintenant" if mails else "par courriel : un brouillon que vous envoyez"
    ways = {"1": (first,), "2": ("post",), "3": (first, "post")}
    meaning = {
        "1": f"{mail} ; gratuit",
        "2": "en recommandé avec avis de réception ; payant, mais la date est prouvée",
        "3": "les deux",
    }
    chosen = ways[ask.one_of("by", "Comment l’envoyer\u00a0? 1, 2 ou 3", meaning)]
    ask.keep("by", " ".join(chosen))
    return chosen
