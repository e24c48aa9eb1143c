"""`authorisation`, `mandate`, `watch`: what people agreed to, signed, and accept that we look for."""

from __future__ import annotations

from dataclasses import asdict

import click

from listingguard.cli.common import answer, emit, json_option, note, opened, optional_day, parse_day, read_file, say
from listingguard.domain.french import plural
from listingguard.errors import BadInput


@click.group()
def authorisation() -> None:
    """Les accords donnés à une plateforme, ou refusés.

    \b
    Exemples :
      listingguard authorisation add --rpps 10005173140 --platform doctolib.fr --from 2024-09-01 --given-by practitioner
      listingguard authorisation list
      listingguard authorisation end a1b2c3d4 --day 2026-06-30
    """


@authorisation.command("add")
@click.option("--rpps", required=True, help="Le praticien.")
@click.option("--platform", required=True, help="Le site, par exemple doctolib.fr.")
@click.option("--from", "since", required=True, metavar="JOUR", help="Premier jour.")
@click.option("--until", metavar="JOUR", help="Dernier jour, s’il est connu.")
@click.option(
    "--given-by", type=click.Choice(["practitioner", "practice", "employer"]), required=True, help="Qui l’a donné."
)
@click.option("--refused", is_flag=True, help="Un refus, et non un accord.")
@click.option("--proof", metavar="FICHIER", help="Le contrat, ou ce qui prouve l’accord.")
@click.option("--sent-on", metavar="JOUR", help="Jour où le contrat a été transmis au conseil par le praticien.")
@click.option("--practice", metavar="CP", help="Code postal du cabinet qui l’a donné (avec --given-by practice).")
@json_option
def add_authorisation(
    rpps: str, platform: str, since: str, until: str | None, given_by: str, refused: bool, proof: str | None,
    sent_on: str | None, practice: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Enregistre un accord, ou un refus, avec sa preuve."""
    from listingguard.domain.practitioner import Agreement, Authorisation, GivenBy
    from listingguard.flow import ledger

    first, last = parse_day(since, "--from"), optional_day(until, "--until")
    if last is not None and last < first:
        raise BadInput("Un accord ne peut pas finir avant d’avoir commencé.")
    with opened(writing=True) as app:
        # Everything that can be refused is asked before the document is kept.
        app.require_actor()
        app.store.practitioner(rpps)
        document = read_file(proof, "--proof") if proof else b""
        hashed = ""
        if practice:
            found = [h for h, p in app.store.practices(rpps).items() if p.postcode == practice]
            if len(found) != 1:
                raise BadInput(
                    f"--practice : {plural(len(found), 'cabinet')} de cette personne au code postal {practice}."
                )
            hashed = found[0]
        row = Authorisation(
            ledger.new_id(), rpps, platform.lower().removeprefix("www."),
            Agreement.REFUSED if refused else Agreement.AGREED, GivenBy(given_by), first, last,
            app.vault.put(document) if document else "", optional_day(sent_on, "--sent-on"),
        )  # fmt: skip
        closed = ledger.add_authorisation(
            app.store, row, practice=hashed, today=app.today, at=app.now(), actor=app.require_actor()
        )
    lines = [f"Le dossier {case} est clos : un accord existe. Rien n’est effacé." for case in closed]
    text = f"{row.agreement.label.capitalize()} enregistré : n° {row.id}."
    answer(as_json, {"authorisation": row.id, "closed": closed}, text, *lines)


@authorisation.command("list")
@click.option("--rpps", help="Un seul praticien.")
@json_option
def list_authorisations(rpps: str | None, as_json: bool) -> None:
    """Liste les accords et les refus."""
    with opened(writing=False) as app:
        rows = app.store.authorisations(rpps)
    if as_json:
        emit([asdict(r) for r in rows])
        return
    for row in rows:
        until = f" au {row.until:%d/%m/%Y}" if row.until else ""
        say(
            f"{row.id}  {row.practitioner:<14} {row.platform:<24} {row.agreement.label} du {row.since:%d/%m/%Y}{until}, par {row.given_by.label}"
        )
    if not rows:
        note("Aucun accord ni refus enregistré.")


@authorisation.command("end")
@click.argument("identifier", metavar="NUMÉRO")
@click.option("--day", required=True, metavar="JOUR", help="Dernier jour de l’accord.")
@json_option
def end_authorisation(identifier: str, day: str, as_json: bool) -> None:
    """Note le dernier jour d’un accord."""
    from listingguard.flow import ledger

    with opened(writing=True) as app:
        ledger.end_authorisation(
            app.store, identifier, parse_day(day, "--day"), today=app.today, at=app.now(), actor=app.require_actor()
        )
    answer(as_json, {"authorisation": identifier}, f"L’accord {identifier} prend fin.")


@click.group()
def mandate() -> None:
    """Les mandats signés qui permettent au conseil d’agir ; ils sont gratuits.

    \b
    Exemples :
      listingguard mandate add 10005173140 --from 2026-03-01 --until 2028-03-01 --document mandat.pdf
      listingguard mandate list
    """


@mandate.command("add")
@click.argument("rpps")
@click.option("--from", "since", required=True, metavar="JOUR", help="Jour de la signature.")
@click.option("--until", required=True, metavar="JOUR", help="Dernier jour : un mandat a une durée.")
@click.option("--document", required=True, metavar="FICHIER", help="Le mandat signé.")
@click.option(
    "--object",
    "subject",
    default="retrait des fiches de réservation publiées sans accord",
    show_default=True,
    help="L’objet.",
)
@click.option(
    "--power", "powers", multiple=True,
    default=("exercer les droits d’opposition et d’effacement", "saisir la CNIL et recevoir les réponses"),
    help="Un pouvoir donné ; à répéter.",
)  # fmt: skip
@json_option
def add_mandate(
    rpps: str, since: str, until: str, document: str, subject: str, powers: tuple[str, ...], as_json: bool
) -> None:
    """Enregistre un mandat signé ; les dossiers confirmés avancent."""
    from listingguard.domain.practitioner import Mandate
    from listingguard.flow import ledger

    first, last = parse_day(since, "--from"), parse_day(until, "--until")
    if last < first:
        raise BadInput("Un mandat ne peut pas finir avant d’avoir commencé.")
    with opened(writing=True) as app:
        app.require_actor()
        app.store.practitioner(rpps)
        kept = app.vault.put(read_file(document, "--document"))
        row = Mandate(ledger.new_id(), rpps, subject, powers, first, last, kept)
        moved = ledger.add_mandate(app.store, row, today=app.today, at=app.now(), actor=app.require_actor())
    lines = [f"Le dossier {case} a maintenant son mandat." for case in moved]
    answer(as_json, {"mandate": row.id, "cases": moved}, f"Mandat enregistré : n° {row.id}.", *lines)


@mandate.command("list")
@json_option
def list_mandates(as_json: bool) -> None:
    """Liste les mandats."""
    with opened(writing=False) as app:
        rows, today = app.store.mandates(), app.today
    if as_json:
        emit([asdict(r) for r in rows])
        return
    for row in rows:
        word = "valable" if row.valid(today) else "non valable"
        say(f"{row.id}  {row.practitioner:<14} du {row.since:%d/%m/%Y} au {row.until:%d/%m/%Y}  {word}")
    if not rows:
        note("Aucun mandat.")


@mandate.command("end")
@click.argument("identifier", metavar="NUMÉRO")
@json_option
def end_mandate(identifier: str, as_json: bool) -> None:
    """Note la révocation d’un mandat, aujourd’hui ; plus rien ne part."""
    from listingguard.flow import ledger

    with opened(writing=True) as app:
        held = ledger.revoke_mandate(app.store, identifier, today=app.today, at=app.now(), actor=app.require_actor())
    lines = [f"Le dossier {case} est retenu jusqu’à un nouveau mandat." for case in held]
    answer(as_json, {"mandate": identifier, "held": held}, f"Le mandat {identifier} est révoqué.", *lines)


@click.group()
def watch() -> None:
    """Qui l’on a le droit de rechercher : les personnes informées, qui ne s’y opposent pas.

    \b
    Exemples :
      listingguard watch set 10005173140 yes --informed-on 2026-02-01 --channel courriel
      listingguard watch set 10005173140 no
      listingguard watch list
    """


@watch.command("set")
@click.argument("rpps")
@click.argument("wanted", type=click.Choice(["yes", "no"]))
@click.option("--informed-on", metavar="JOUR", help="Jour où la personne a été informée.")
@click.option("--channel", default="", help="Comment : courriel, courrier, réunion…")
@click.option("--opposed-on", metavar="JOUR", help="Jour où la personne s’y est opposée.")
@click.option("--leave", multiple=True, metavar="SITE", help="Un site où ne pas rechercher la personne ; à répéter.")
@click.option("--look", multiple=True, metavar="SITE", help="Un site où la rechercher de nouveau ; à répéter.")
@json_option
def set_watch(
    rpps: str, wanted: str, informed_on: str | None, channel: str, opposed_on: str | None, leave: tuple[str, ...],
    look: tuple[str, ...], as_json: bool,
) -> None:  # fmt: skip
    """Note si l’on peut rechercher les fiches d’une personne, et sur quels sites elle veut être laissée tranquille."""
    from listingguard.domain.case import Acting
    from listingguard.domain.practitioner import Watch
    from listingguard.errors import Refused
    from listingguard.flow import ledger

    with opened(writing=True) as app:
        informed = optional_day(informed_on, "--informed-on")
        if wanted == "yes" and informed is None and app.rules.acting is Acting.COUNCIL:
            raise Refused(
                "Un conseil ne recherche que des personnes informées.",
                ["le jour et le moyen : --informed-on JOUR --channel courriel"],
            )
        row = Watch(rpps, wanted == "yes", informed, channel, optional_day(opposed_on, "--opposed-on"))
        hosts = [(app.sites.get(name), name, name in leave) for name in (*leave, *look)]
        for site, name, _ in hosts:
            if site is None:
                raise BadInput(f"« {name} » n’est pas un site connu. La liste : listingguard site list.")
        ledger.set_watch(app.store, row, today=app.today, at=app.now(), actor=app.require_actor())
        for site, _, left in hosts:
            assert site is not None
            ledger.leave_alone(
                app.store, rpps, site.host, left=left, today=app.today, at=app.now(), actor=app.require_actor()
            )
        alone = sorted(host for who, host in app.store.left_alone() if who == rpps)
    but = f", sauf sur {', '.join(alone)}" if row.active and alone else ""
    text = f"{rpps} : {'suivi' if row.active else 'non suivi'}{but}."
    answer(as_json, {**asdict(row), "left_alone_on": alone}, text)


@watch.command("list")
@json_option
def list_watch(as_json: bool) -> None:
    """Liste les personnes suivies ou opposées."""
    with opened(writing=False) as app:
        rows, pairs = app.store.watches(), sorted(app.store.left_alone())
    alone = {who: [host for person, host in pairs if person == who] for who in rows}
    if as_json:
        emit([{**asdict(r), "left_alone_on": alone[r.practitioner]} for r in rows.values()])
        return
    for row in rows.values():
        word = "opposé" if row.opposed_on else "suivi" if row.active else "non suivi"
        informed = f", informé le {row.informed_on:%d/%m/%Y} ({row.channel})" if row.informed_on else ""
        but = f", sauf sur {', '.join(alone[row.practitioner])}" if alone[row.practitioner] else ""
        say(f"{row.practitioner:<14} {word}{informed}{but}")
    if not rows:
        note("Personne n’est suivi. Pour suivre quelqu’un : listingguard watch set RPPS yes --informed-on JOUR")
