"""`look URL…`: one page each, now, politely; what it shows and, with a home, who it is about. Nothing is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click

from listingguard.cli.common import emit, json_option, note, optional_day, say
from listingguard.errors import BadInput, ListingguardError, NoHome, Refused

if TYPE_CHECKING:
    from listingguard.app import App
    from listingguard.domain.listing import Listing
    from listingguard.flow.sitting import About
    from listingguard.sites import Site, Sites

MAX_URLS = 20
"""Pages of one call: more of them are a scan's."""


@dataclass
class _Told:
    """What became of one address. listings: each with whom it may be about. hidden: those that concern nobody here."""

    url: str
    outcome: str = ""
    reason: str = ""
    listings: list[tuple[Listing, tuple[About, ...]]] = field(default_factory=list)
    hidden: int = 0
    error: ListingguardError | None = None


@click.command()
@click.argument("urls", metavar="URL...", nargs=-1, required=True)
@click.option(
    "--contact", default="", metavar="COURRIEL", help="Sans dossier de données : l’adresse où le site peut vous écrire."
)
@json_option
def look(urls: tuple[str, ...], contact: str, as_json: bool) -> int:
    """Regarde une page, maintenant : qui désigne-t-elle, et y a-t-il un accord ? Rien n’est gardé.

    Le site est lu poliment, sans compte : son fichier robots.txt est respecté, une pause sépare deux pages, et il sait
    à qui écrire. S’il refuse les programmes, la commande dit comment enregistrer la page vous-même.

    \b
    Exemples :
      listingguard look https://reserve-kine.example/masseur-kinesitherapeute/valence/camille-exemple
      listingguard look https://reserve-kine.example/kine/camille-exemple --contact camille@exemple.example --json
    """
    from listingguard.domain.listing import canonical_url, wrong_url

    wanted = tuple(dict.fromkeys(map(canonical_url, urls)))
    for url in wanted:
        if wrong := wrong_url(url):
            raise BadInput(f"« {url[:200]} » : {wrong}.")
    if len(wanted) > MAX_URLS:
        raise BadInput(f"Plus de {MAX_URLS} pages à la fois : c’est le travail de listingguard scan --urls FICHIER.csv")
    with _desk(contact) as (app, fetcher, sites):
        if app is None:
            note("Sans dossier de données : la page est lue, personne ne lui est comparé.")
        told, who_is = [], _asker(app)
        for url in wanted:
            told.append(_looked(app, fetcher, sites, who_is, url))
            if not as_json:
                _tell(told[-1], app)
    errors = [each.error for each in told if each.error is not None]
    if as_json:
        document: Any = [_row(each) for each in told]
        emit({"error": _error(errors[0]), "pages": document} if errors else document)
    return max((e.exit_code for e in errors), default=0)


@contextmanager
def _desk(contact: str) -> Iterator[tuple[App | None, Any, Sites]]:
    """Open the home there is, or what a look without one needs."""
    from listingguard.app import App, find_home, passing_fetcher, shipped
    from listingguard.sites import load_sites

    options = click.get_current_context().find_root().obj
    today = optional_day(options["today"], "--today")
    try:
        home = find_home(options["home"])
    except NoHome:
        if options["home"]:
            raise
        if not contact:
            raise Refused(
                "Personne ne lit un site anonymement.",
                [
                    "une adresse où le site peut vous écrire : --contact COURRIEL",
                    "ou un dossier de données, qui la connaît : listingguard init mon-dossier",
                ],
            ) from None
        with passing_fetcher(contact) as fetcher:
            yield None, fetcher, load_sites(shipped("scrapers"))
        return
    with App.open(home, actor=options["actor"], today=today) as app, app.fetcher(app.store) as fetcher:
        yield app, fetcher, app.sites


def _looked(
    app: App | None, fetcher: Any, sites: Sites, who_is: Callable[[Listing], tuple[About, ...]], url: str
) -> _Told:
    from listingguard.domain.listing import Listings, SaysNone, Unreadable, outcome
    from listingguard.flow import sitting

    told, site = _Told(url), sites.for_url(url)
    try:
        _may_look(app, site)
        _, reading = sitting.look(fetcher, site, url, pace=_pace(app, site), by_hand=_by_hand(app, url))
    except ListingguardError as error:
        told.error = error
        return told
    told.outcome = outcome(reading).value
    match reading:
        case Listings(items=items):
            for item in items:
                who = who_is(item)
                if who or app is None or not _council(app):
                    told.listings.append((item, who))
                else:
                    told.hidden += 1
        case SaysNone(phrase=phrase):
            told.reason = f"le site dit qu’il n’a personne (« {phrase} »)"
        case Unreadable(reason=reason):
            told.reason = reason
            told.error = BadInput(f"{url} : {reason}")
        case _:
            known = app is not None and any(
                item.url == url or (item.site == site.host and item.id == site.profile_id(url))
                for item, _ in app.store.listings()
            )
            told.reason = (
                "le site répond que cette page n’existe plus"
                if known
                else "cette adresse ne mène à aucune page : vérifiez le lien"
            )
    return told


def _may_look(app: App | None, site: Site) -> None:
    from listingguard.flow import sitting

    if lacks := sitting.missing_to_look(site, app.store.standing(site.host) if app else None):
        raise Refused(f"{site.host} n’est pas à lire ici.", lacks)
    if app is not None and _council(app) and not _wanted(app, site.host):
        raise Refused(
            "Un conseil ne regarde une page que pour des personnes informées.",
            ["une personne suivie : listingguard watch set RPPS yes --informed-on JOUR --channel courriel"],
        )


def _council(app: App) -> bool:
    from listingguard.domain.case import Acting

    return app.rules.acting is Acting.COUNCIL


def _wanted(app: App, host: str) -> tuple[Any, ...]:
    """Return whom we may look for on the site; who acts for himself has only himself on the roster."""
    from listingguard.domain.permission import may_look_for

    people = app.store.practitioners()
    if not _council(app):
        return people
    alone = {who for who, _ in app.store.left_alone(host)}
    return may_look_for(people, app.store.watches(), app.rules.acting, app.today, alone)


def _asker(app: App | None) -> Callable[[Listing], tuple[About, ...]]:
    """Return what says who a listing may be about, the roster made ready once; without a home, nobody."""
    from listingguard.domain.matching.matcher import Matcher
    from listingguard.flow import sitting

    if app is None:
        return lambda item: ()
    people = {p.id: p for p in app.store.practitioners()}
    matcher, ledger = Matcher(tuple(people.values())), app.store.authorisations()

    def who(item: Listing) -> tuple[About, ...]:
        wanted = {p.id for p in _wanted(app, item.site)}
        return sitting.about(item, matcher, people, wanted, ledger, app.today)

    return who


def _pace(app: App | None, site: Site) -> float:
    from listingguard.flow.scan import pace_of

    return pace_of(site, app.plan()) if app else site.pace_seconds


def _by_hand(app: App | None, url: str) -> str:
    """Return the command that takes a page saved in a browser; without a home, the one that only reads it."""
    from listingguard.app import quoted

    seen = ' --seen-at "AAAA-MM-JJ HH:MM"'
    return f"listingguard {'capture import' if app else 'read'} page.html --url {quoted(url)}{seen if app else ''}"


# -- what is told ------------------------------------------------------------------------------------------------------


def _tell(told: _Told, app: App | None) -> None:
    from listingguard.app import quoted

    if told.error is not None:
        note("{}", told.url)
        note(f"  {told.error}")
        for line in told.error.missing:
            note(f"    – {line}")
        return
    say("{}", told.url)
    if told.reason:
        say(f"  {told.reason[0].upper()}{told.reason[1:]}.")
    for item, who in told.listings:
        tell_listing(item)
        for each in who:
            say(f"  Qui est-ce ? {{}}, {each.match.decision.label}", each.person.full_name)
            for reason in each.match.reasons:
                say(f"    – {reason.text}")
            say(f"  Y a-t-il un accord ? {each.verdict.label[0].upper()}{each.verdict.label[1:]}.")
        if app is not None and not who:
            say("  Personne de votre tableau ne s’en rapproche.")
    if told.hidden:
        say(f"  Autres fiches de la page : {told.hidden}, qui ne concernent personne de suivi.")
    if any(who for _, who in told.listings) and app is not None:
        if _council(app):
            say("  La suite : un scan garde la page comme preuve et ouvre le dossier : listingguard scan")
        else:
            say("  La suite, pas à pas : {}", f"listingguard start {quoted(told.url)}")


def tell_listing(item: Listing) -> None:
    """Say what a listing shows, a line per fact; what the site does not say is left out."""
    from listingguard.cli.review import shown_phones
    from listingguard.domain.listing import ListingState, Trait

    say("  {}", " — ".join(filter(None, (item.name, item.profession))))
    for place in item.places:
        say("    adresse : {}", ", ".join(filter(None, (place.street, f"{place.postcode} {place.town}".strip()))))
    if phones := (*item.phones, *(p for place in item.places for p in place.phones)):
        say("    téléphone : {}", shown_phones(phones))
    if item.rpps:
        say("    numéro RPPS : {}", item.rpps)
    traits = [t.label for t in Trait if t in item.traits]
    kind = [item.state.label] if item.state is not ListingState.UNKNOWN else []
    say(f"    la page : {', '.join([*kind, *traits]) or 'rien de plus qu’un nom et une adresse'}")


def _row(told: _Told) -> dict[str, object]:
    from listingguard.pages.line import as_line

    return {
        "url": told.url,
        "outcome": told.outcome,
        "reason": told.reason,
        "listings": [{**as_line(item), "about": [_about(each) for each in who]} for item, who in told.listings],
        "others": told.hidden,
        "error": _error(told.error) if told.error else None,
    }


def _about(each: About) -> dict[str, object]:
    return {
        "practitioner": each.person.id,
        "name": each.person.full_name,
        "decision": each.match.decision.value,
        "similarity": each.match.similarity,
        "sufficiency": each.match.sufficiency.value,
        "reasons": [r.text for r in each.match.reasons],
        "verdict": each.verdict.value,
    }


def _error(error: ListingguardError) -> dict[str, object]:
    return {"kind": error.kind, "message": str(error), "missing": list(error.missing)}
