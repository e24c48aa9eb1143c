"""`citation`: the texts our letters cite, where they were seen and when."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from listingguard.cli.common import answer, emit, json_option, opened, parse_day, say
from listingguard.domain.french import french_day

if TYPE_CHECKING:
    from listingguard.app import App
    from listingguard.domain.citation import Citation, Confirmed


@click.group()
def citation() -> None:
    """Les textes cités par les courriers : leur source, le jour où elle a été vue, et qui l’a confirmée ici.

    Un texte cité de mémoire, ou vérifié depuis plus de douze mois, retient tout courrier qui le cite jusqu’à ce qu’une
    personne le confirme.

    \b
    Exemples :
      listingguard citation list
      listingguard citation show "15(1)(g)"
      listingguard citation confirm "D 77" --source "legifrance.gouv.fr, version du 1er juin 2019" --on 2026-11-20
    """


@citation.command("list")
@click.option("--to-confirm", is_flag=True, help="Seulement celles qu’une personne doit confirmer.")
@json_option
def list_(to_confirm: bool, as_json: bool) -> None:
    """Liste les citations, et dit lesquelles retiennent un courrier aujourd’hui."""
    from listingguard.domain.citation import CITATIONS, may_print

    with opened(writing=False) as app:
        confirmed, today, used = app.store.confirmed_citations(), app.today, _used(app)
    rows = [(c, may_print(c, confirmed.get(c.article), today)) for c in CITATIONS]
    rows = [(c, fine) for c, fine in rows if not (to_confirm and fine)]
    if as_json:
        emit([_row(c, confirmed.get(c.article), used.get(c.article, [])) | {"may_print": fine} for c, fine in rows])
        return
    for each, fine in rows:
        word = confirmed.get(each.article)
        seen = (
            f"confirmée le {word.on:%d/%m/%Y} par {word.actor}"
            if word
            else f"{each.checked.label}, {each.verified_on:%d/%m/%Y}"
        )
        say(f"{each.article:<22} {'utilisable' if fine else 'À CONFIRMER':<12} {seen}")


@citation.command()
@click.argument("article", metavar="ARTICLE")
@json_option
def show(article: str, as_json: bool) -> None:
    """Montre une citation : son texte, sa source, ses dates, les courriers qui l’emploient."""
    from listingguard.domain.citation import may_print, row

    with opened(writing=False) as app:
        found = row(article)
        word, today, used = app.store.confirmed_citations().get(found.article), app.today, _used(app)
    fine = may_print(found, word, today)
    kinds = used.get(found.article, [])
    if as_json:
        emit(_row(found, word, kinds) | {"may_print": fine})
        return
    say(f"{found.printed}")
    say("« {} »", found.text)
    until = f" au {french_day(found.valid_until)}" if found.valid_until else ""
    say(f"En vigueur : du {french_day(found.valid_from)}{until}")
    say(f"Source : {{}} ({found.checked.label} le {french_day(found.verified_on)})", found.source)
    if word:
        say(f"Confirmée le {french_day(word.on)} par {word.actor} : {{}}", word.source)
    say(f"Employée par : {', '.join(kinds) or 'aucun courrier d’office'}")
    if not fine:
        say(f'À confirmer : listingguard citation confirm "{found.article}" --source … --on JOUR')


@citation.command()
@click.argument("article", metavar="ARTICLE")
@click.option("--source", required=True, metavar="TEXTE", help="Où vous avez lu le texte.")
@click.option("--on", required=True, metavar="JOUR", help="Le jour où vous l’avez lu.")
@json_option
def confirm(article: str, source: str, on: str, as_json: bool) -> None:
    """Note que vous avez lu ce texte à sa source : les courriers peuvent le citer pendant douze mois."""
    from listingguard.flow import approval

    day = parse_day(on, "--on")
    with opened(writing=True) as app:
        done = approval.confirm_citation(
            app.store, article, source, day, today=app.today, at=app.now(), actor=app.require_actor()
        )
    text = f"{done.article} : confirmé par {done.actor}, lu le {french_day(done.on)}."
    answer(as_json, {"article": done.article, "source": done.source, "on": done.on, "by": done.actor}, text)


def _used(app: App) -> dict[str, list[str]]:
    """Return row -> French names of the kinds of letters whose words cite it, and « motif coché » for a ground."""
    from listingguard.domain.citation import cited_in, covering
    from listingguard.domain.grounds import GROUNDS
    from listingguard.domain.letter import Kind

    found: dict[str, list[str]] = {}
    for kind in Kind:
        words = re.sub(r"\{[%{#].*?[%}#]\}", " ", app.renderer.words(kind.value), flags=re.S)
        for article in dict.fromkeys(c.article for key in cited_in(words) for c in covering(key)):
            found.setdefault(article, []).append(kind.label)
    for ground in GROUNDS:
        found.setdefault(ground.cites, []).append(f"motif « {ground.code} »")
    return found


def _row(each: Citation, word: Confirmed | None, used: list[str]) -> dict[str, object]:
    return {
        "article": each.article, "printed": each.printed, "text": each.text, "valid_from": each.valid_from,
        "valid_until": each.valid_until, "source": each.source, "checked": each.checked.value,
        "verified_on": each.verified_on, "used_by": used,
        "confirmed": {"by": word.actor, "on": word.on, "source": word.source} if word else None,
    }  # fmt: skip
