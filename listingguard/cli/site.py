"""`site`, `controller`: the sites we know and who answers for them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from listingguard.cli.common import answer, emit, json_option, opened, optional_day, parse_day, read_file, say
from listingguard.cli.site_new import new
from listingguard.cli.succession import changed
from listingguard.domain.coverage import Cell, Sight
from listingguard.domain.french import plural
from listingguard.domain.record import SiteDecision
from listingguard.errors import BadInput, NotFound

if TYPE_CHECKING:
    from listingguard.app import App
    from listingguard.sites import Site

FIELDS = (
    "name", "legal_form", "siren", "attention", "street", "postcode", "town", "country", "email", "platform_name",
)  # fmt: skip

LABELS = {
    "platform_name": "plateforme",
    "name": "raison sociale",
    "legal_form": "forme juridique",
    "siren": "SIREN",
    "rcs": "registre du commerce",
    "attention": "à l’attention de",
    "street": "rue",
    "postcode": "code postal",
    "town": "commune",
    "country": "pays",
    "calendar": "jours fériés",
    "email": "courriel",
    "platforms": "sites",
    "source": "source",
    "source_date": "date de la source",
    "quality": "qualité",
    "verified_on": "vérifié le",
}

SITE_LABELS = {
    "host": "site",
    "name": "nom",
    "aliases": "autres noms du site",
    "controller": "responsable du traitement",
    "official": "registre officiel",
    "relay": "numéros de mise en relation",
    "profile": "adresse d’une fiche",
    "directory": "liste par commune",
    "search": "recherche par nom",
    "api": "liste en JSON",
    "sitemap": "plan du site",
    "urls": "adresses vues",
    "pace_seconds": "secondes entre deux pages",
    "unclaimed_last": "fiches non réclamées à la fin",
    "note": "note",
    "source": "source",
    "source_date": "date de la source",
    "verified_on": "vérifié le",
}


@click.group()
def site() -> None:
    """Les sites connus : lister, vérifier, autoriser, éteindre ; qui y a été recherché, et quand.

    \b
    Exemples :
      listingguard site list
      listingguard site show doctolib.fr
      listingguard site allow doctolib.fr --decision deliberation.pdf --on 2026-03-01
      listingguard site verify doctolib.fr --canary https://www.doctolib.fr/…
      listingguard site verify doctolib.fr --off
      listingguard site coverage
    """


site.add_command(new)


@site.command("list")
@json_option
def list_sites(as_json: bool) -> None:
    """Liste les sites et dit lesquels sont activés ; un site réel reste éteint tant que personne ne l’a vérifié."""
    from listingguard.domain.permission import missing_for

    with opened(writing=False) as app:
        checks, sites, decisions = app.store.site_checks(), app.sites.all(), app.store.site_decisions()
        lacks = {s.host: missing_for(s, app.store.standing(s.host)) for s in sites}
    if as_json:
        emit(
            [
                {
                    "host": s.host,
                    "name": s.name,
                    "check": asdict(checks[s.host]) if s.host in checks else None,
                    "decision": asdict(decisions[s.host]) if s.host in decisions else None,
                    "missing": lacks[s.host],
                }
                for s in sites
            ]
        )
        return
    wide, named = max(len(s.host) for s in sites), max(len(s.name) for s in sites)
    for each in sites:
        check, decision = checks.get(each.host), decisions.get(each.host)
        word = "éteint, jamais vérifié" if check is None else "éteint" if not check.enabled else "activé"
        if each.official:
            word = "registre officiel, jamais lu"
        elif check is not None and check.enabled and lacks[each.host]:
            word = "vérifié, sans décision du conseil"
        witness = f", vérifié le {check.verified_on:%d/%m/%Y}" if check else ""
        allowed = f", décision du {decision.decided_on:%d/%m/%Y}" if decision else ""
        say(f"{each.host:<{wide}}  {each.name:<{named}}  {word}{witness}{allowed}")


@site.command()
@click.argument("host", metavar="SITE")
@json_option
def show(host: str, as_json: bool) -> None:
    """Montre ce que l’on sait d’un site : adresses, lecture, responsable, source, et ce qui manque pour le lire."""
    from listingguard.domain.permission import missing_for

    with opened(writing=False) as app:
        known = app.sites.known(host)
        lacks, check = missing_for(known, app.store.standing(known.host)), app.store.site_checks().get(known.host)
        controller = app.controller_of(known.host)
    facts: dict[str, object] = {
        "host": known.host, "name": known.name, "aliases": known.aliases, "controller": controller,
        "official": known.official, "relay": known.relay, "profile": known.profile, "directory": known.directory,
        "search": known.search, "api": known.api, "sitemap": known.sitemap, "urls": known.urls,
        "pace_seconds": known.pace_seconds, "unclaimed_last": known.unclaimed_last, "note": known.note,
        "source": known.source, "source_date": known.source_date,
        "verified_on": check.verified_on if check else None, "missing": lacks,
    }  # fmt: skip
    if as_json:
        emit(facts)
        return
    for key, value in facts.items():
        shown = " · ".join(value) if isinstance(value, tuple) else value
        if key == "missing" or shown in ("", None, False):
            continue
        text = "oui" if shown is True else f"{shown:%d/%m/%Y}" if isinstance(shown, date) else str(shown)
        # As it is: an expression is no French sentence, whose signs would be spaced.
        click.echo(f"{SITE_LABELS[key]:<30}{text}")
    for lack in lacks:
        click.echo(f"{'manque pour le lire':<30}{lack}")


@site.command()
@click.argument("host", metavar="SITE")
@click.option(
    "--canary",
    default="",
    metavar="URL",
    help="Une fiche témoin, dont on sait qu’elle existe ; elle reste dans ce dossier.",
)
@click.option(
    "--no-check",
    metavar="RAISON",
    help="Ne lit pas la fiche témoin par programme : une personne l’a vue. Dites pourquoi, où et quand.",
)
@click.option("--off", is_flag=True, help="Éteint le site.")
@json_option
def verify(host: str, canary: str, no_check: str | None, off: bool, as_json: bool) -> None:
    """Note qu’une personne a vérifié, sur le site lui-même, que l’adaptateur le lit juste ; l’active.

    La fiche témoin est lue aussitôt, une seule page, et refusée si elle ne se lit pas, ou si elle peut être celle d’une
    personne du tableau. Sans fiche témoin, aucune absence ne sera jamais retenue : un site qui a changé ressemblerait à
    un effacement.
    """
    from listingguard.domain.permission import missing_for
    from listingguard.domain.record import SiteCheck
    from listingguard.flow import platform, scan

    if no_check is not None and not no_check.strip():
        raise BadInput("--no-check : dites pourquoi la page n’est pas lue par programme, et qui l’a vue.")
    with opened(writing=True) as app:
        known = _searchable(app, host)
        if canary and (app.sites.for_url(canary).host != known.host or known.profile_id(canary) is None):
            raise BadInput(f"--canary : {canary} n’est pas l’adresse d’une fiche de {known.host}.")
        if canary and not off:
            # Already kept for somebody of the roster: known without reading it, whoever looks at it.
            wanted = known.profile_id(canary)
            for who, url in app.store.matched_pages(known.host):
                if known.profile_id(url) == wanted:
                    scan.refuse_witness(known, app.store.practitioner(who))
        actor = app.require_actor()
        before = app.store.site_checks().get(known.host)
        seen = ""
        if canary and not off and no_check is None:
            platform.check_allowed(known, app.store)
            with app.desk() as desk:
                shown = scan.verify_witness(desk, known, canary, app.plan())
            seen = "la fiche témoin se lit" if shown else "le site ne répond pas : la fiche témoin n’a pas été lue"
        elif canary and not off:
            seen = "la fiche témoin a été vue par une personne"
        # To switch a site off is no verification: whoever verified it, and its witness, stay as they were.
        day, witness = (before.verified_on, before.canary) if off and before else (app.today, canary)
        check = SiteCheck(known.host, day, witness, not off)
        platform.verify_site(app.store, check, today=app.today, at=app.now(), actor=actor)
        if no_check is not None:
            app.store.add_audit(actor, "site_verified_by_hand", f"{known.host} : {no_check.strip()}", at=app.now())
        lacks = missing_for(known, app.store.standing(known.host))
    lines = [f"{seen[0].upper()}{seen[1:]}."] if seen else []
    if lacks and not off:
        lines.append(f"Il manque encore {lacks[0]}")
    answer(as_json, asdict(check), f"{check.host} est {'éteint' if off else 'activé'}.", *lines)


@site.command()
@click.argument("host", metavar="SITE")
@click.option("--decision", required=True, metavar="FICHIER", help="La décision signée du conseil.")
@click.option("--on", "decided", required=True, metavar="JOUR", help="Jour de la décision.")
@json_option
def allow(host: str, decision: str, decided: str, as_json: bool) -> None:
    """Garde la décision signée par laquelle le conseil fait lire un site ; sans elle, un conseil ne lit aucun site réel."""
    from listingguard.domain.permission import missing_for
    from listingguard.flow import platform

    day = parse_day(decided, "--on")
    with opened(writing=True) as app:
        known = _searchable(app, host)
        if day > app.today:
            raise BadInput("--on : une décision se prend avant d’être enregistrée ; ce jour n’est pas encore arrivé.")
        actor = app.require_actor()
        document = app.vault.put(read_file(decision, "--decision"))
        row = SiteDecision(known.host, day, document, actor)
        platform.allow_site(app.store, row, today=app.today, at=app.now())
        lacks = missing_for(known, app.store.standing(known.host))
    lines = [f"Il manque encore {lacks[0]}"] if lacks else []
    answer(as_json, asdict(row), f"{row.host} : décision du {day:%d/%m/%Y} enregistrée.", *lines)


def _searchable(app: App, host: str) -> Site:
    """Return a site that may be read for people of the roster; BadInput where it is an official register."""
    known = app.sites.known(host)
    if known.official:
        raise BadInput(f"{known.host} est un registre officiel : il n’est jamais recherché.")
    return known


@site.command()
@click.option("--rpps", help="Un seul praticien.")
@json_option
def coverage(rpps: str | None, as_json: bool) -> None:
    """Montre qui a été recherché où, et quand : « jamais » et « aveugle » ne valent jamais « absent ».

    Le jour est celui où toutes les pages où la personne se verrait avaient été lues. Aveugle : le site refuse, se tait
    ou a changé.
    """
    from listingguard.flow import oversight

    with opened(writing=False) as app:
        if rpps is not None:
            app.store.practitioner(rpps)
        rows = oversight.who_was_checked(app.store, app.sites, app.today, rpps)
        today = app.today
        names = {p.id: p.full_name for p in app.store.practitioners()}
    if as_json:
        emit(
            [
                {**asdict(state), "age_days": state.age(today), "practitioners": [asdict(cell) for cell in cells]}
                for state, cells in rows
            ]
        )
        return
    on = [(state, cells) for state, cells in rows if state.enabled]
    for number, (state, cells) in enumerate(on, 1):
        age = state.age(today)
        success = "jamais" if age is None else "aujourd’hui" if age == 0 else f"il y a {plural(age, 'jour')}"
        counts = ", ".join(plural(sum(c.sight is s for c in cells), s.label, s.several) for s in Sight)
        say(f"[{number}] {state.host:<26} dernière lecture sûre : {success} ; {counts}")
        if state.blind:
            rest = f" ; laissé tranquille jusqu’au {state.until:%d/%m/%Y}" if state.until else ""
            say(f"    aveugle : {state.blind}{rest}")
    if on and any(cells for _, cells in on):
        say(f"{'':<30}" + "".join(f"{f'[{n}]':<18}" for n in range(1, len(on) + 1)).rstrip())
    found = {(state.host, cell.practitioner): cell for state, cells in on for cell in cells}
    for who in dict.fromkeys(cell.practitioner for _, cells in rows for cell in cells):
        shown = [_cell(found.get((state.host, who))) for state, _ in on]
        if shown:
            say(f"{names[who][:28]:<30}" + "".join(f"{text:<18}" for text in shown).rstrip())
    odd = {
        (cell.practitioner, cell.why) for state, cells in on for cell in cells if cell.why and cell.why != state.blind
    }
    for who, why in sorted(odd):
        say(f"{names[who]} n’a pas pu être cherché partout : {why}.")
    off = [state.host for state, _ in rows if not state.enabled]
    if off:
        say(f"Jamais lus ({plural(len(off), 'site connu', 'sites connus')}, pas activés) : {', '.join(off)}")
    if not any(cells for _, cells in rows):
        say("Personne n’est recherché. Pour suivre quelqu’un : listingguard watch set RPPS yes --informed-on JOUR")


def _cell(cell: Cell | None) -> str:
    """Return a cell as a few characters; « — » for whoever asked to be left alone on that site."""
    if cell is None:
        return "—"
    day = f"{cell.checked_on:%d/%m/%y} " if cell.checked_on else ""
    return f"{day}{cell.sight.label}" if cell.sight is not Sight.NEVER else cell.sight.label


@click.group()
def controller() -> None:
    """Qui répond de chaque plateforme (responsable du traitement), et à quelle adresse lui écrire.

    \b
    Exemples :
      listingguard controller list
      listingguard controller show doctolib
      listingguard controller set allodocteur --name "…" --street "…" --postcode … --town … --email …
      listingguard controller verify doctolib --notice mentions.html --url https://site.example/mentions-legales
    """


controller.add_command(changed)


@controller.command("list")
@json_option
def list_controllers(as_json: bool) -> None:
    """Liste les responsables et dit lesquels sont vérifiés."""
    with opened(writing=False) as app:
        records = app.controllers()
    if as_json:
        emit(records)
        return
    for slug, record in records.items():
        day = record.get("verified_on")
        checked = f"vérifié le {date.fromisoformat(day):%d/%m/%Y}" if day else "à vérifier"
        say(
            f"{slug:<18} {record.get('name') or '(à compléter)':<36} {', '.join(record.get('platforms', ())):<26} {checked}"
        )


@controller.command("show")
@click.argument("slug", metavar="RESPONSABLE")
@json_option
def show_controller(slug: str, as_json: bool) -> None:
    """Montre tout ce que l’on sait d’un responsable."""
    with opened(writing=False) as app:
        record = _record(app, slug)
    if as_json:
        emit({"slug": slug, **record})
        return
    for key, value in record.items():
        told = ", ".join(value) if isinstance(value, list) else str(value)
        if told:
            say(f"{LABELS.get(key, key):<22} {{}}", told)
    if not record.get("verified_on"):
        say(f"À vérifier par une personne : listingguard controller verify {slug} --notice FICHIER --url ADRESSE")


def _record(app: App, slug: str) -> Mapping[str, Any]:
    record = app.controllers().get(slug)
    if record is None:
        raise NotFound(f"Aucun responsable ne s’appelle « {slug} ». La liste : listingguard controller list.")
    return record


@controller.command("set")
@click.argument("slug", metavar="RESPONSABLE")
@click.option("--name", help="Raison sociale.")
@click.option("--legal-form", help="Forme juridique.")
@click.option("--siren", help="SIREN, 9 chiffres.")
@click.option("--attention", help="Service ou personne : délégué à la protection des données.")
@click.option("--street", help="Rue.")
@click.option("--postcode", help="Code postal.")
@click.option("--town", help="Ville.")
@click.option(
    "--country", help="Pays, en français ; hors de France, l’échéance la plus tardive des deux pays est retenue."
)
@click.option(
    "--calendar", help="Jours fériés de sa commune, s’ils ne sont pas ceux de config.toml ; par exemple alsace-moselle."
)
@click.option("--email", help="Courriel où exercer ses droits.")
@click.option("--webform", help="Adresse du formulaire où exercer ses droits, https://…")
@click.option(
    "--form-limit", type=click.IntRange(200, 100_000), metavar="N", help="Caractères que ce formulaire accepte."
)
@click.option("--platform-name", help="Nom de la plateforme, tel qu’affiché.")
@click.option("--platform", "platforms", multiple=True, help="Site dont il répond ; à répéter.")
@json_option
def set_controller(
    slug: str, platforms: tuple[str, ...], form_limit: int | None, as_json: bool, **values: str | None
) -> None:
    """Corrige ou crée une fiche de responsable ; elle est alors à vérifier de nouveau."""
    from stdnum import luhn

    from listingguard.flow import platform

    changes: dict[str, object] = {k: v.strip() for k, v in values.items() if v is not None}
    if form_limit is not None:
        changes["form_limit"] = form_limit
    if (url := str(changes.get("webform", ""))) and not re.fullmatch(r"https?://[!-~]{3,500}", url):
        raise BadInput(f"--webform : « {url[:80]} » n’est pas une adresse https://…")
    if platforms:
        changes["platforms"] = [_host(p) for p in platforms]
    if not changes:
        raise BadInput("Rien à changer : donnez au moins une option, par exemple --email.")
    if changes.get("calendar"):
        from listingguard.app import calendar

        calendar(str(changes["calendar"]))
    siren = str(changes.get("siren", "")).replace(" ", "")
    if siren and not (siren.isdigit() and len(siren) == 9 and luhn.is_valid(siren)):
        raise BadInput(f"--siren : « {siren} » n’est pas un numéro SIREN (9 chiffres, clé de contrôle).")
    email = str(changes.get("email", ""))
    if email and ("@" not in email or any(c.isspace() or c in ",;<>" for c in email)):
        raise BadInput(f"--email : « {email} » n’est pas une adresse de courriel.")
    if "siren" in changes:
        changes["siren"] = siren
    with opened(writing=True) as app:
        # A correction undoes the verification: the new contacts have not been checked.
        platform.set_controller(
            app.store, slug, {**changes, "verified_on": ""}, today=app.today, at=app.now(), actor=app.require_actor()
        )
    text = f"{slug} : corrigé ; à vérifier : listingguard controller verify {slug} --notice FICHIER --url ADRESSE"
    answer(as_json, {"slug": slug, **changes, "verified_on": ""}, text)


@controller.command("verify")
@click.argument("slug", metavar="RESPONSABLE")
@click.option("--notice", metavar="FICHIER", help="La page des mentions légales, telle que vous l’avez enregistrée.")
@click.option("--url", default="", metavar="ADRESSE", help="Avec --notice : son adresse.")
@click.option("--seen-on", metavar="JOUR", help="Avec --notice : le jour où vous l’avez vue (aujourd’hui, sinon).")
@click.option("--register", metavar="FICHIER", help="L’extrait du registre : dénomination, siège, SIREN.")
@click.option("--register-on", metavar="JOUR", help="Avec --register : le jour de l’extrait (aujourd’hui, sinon).")
@click.option(
    "--register-from",
    metavar="SOURCE",
    default="Annuaire des entreprises",
    show_default=True,
    help="Avec --register : d’où il vient.",
)
@json_option
def verify_controller(
    slug: str,
    notice: str | None,
    url: str,
    seen_on: str | None,
    register: str | None,
    register_on: str | None,
    register_from: str,
    as_json: bool,
) -> None:
    """Note qu’une personne a vérifié aujourd’hui ses coordonnées, aux mentions légales et au registre.

    Un courrier à une plateforme repose sur une copie de ses mentions légales de trente jours au plus : --notice la garde.

    \b
    Exemple :
      listingguard controller verify doctolib --notice mentions.html --url https://site.example/mentions-legales
    """
    from listingguard.flow import platform

    if bool(notice) != bool(url) or (seen_on and not notice):
        raise BadInput("La copie des mentions légales va avec son adresse : --notice FICHIER --url ADRESSE.")
    document = read_file(notice, "--notice") if notice else b""
    seen = optional_day(seen_on, "--seen-on")
    extract = read_file(register, "--register") if register else b""
    extract_of = optional_day(register_on, "--register-on")
    if register_on and not register:
        raise BadInput("Le jour de l’extrait va avec l’extrait : --register FICHIER.")
    with opened(writing=True) as app:
        record = _record(app, slug)
        lacks = [k for k in ("name", "street", "postcode", "town", "email") if not record.get(k)]
        if lacks:
            raise BadInput(
                f"{slug} : il manque {', '.join(lacks)} ; complétez avec listingguard controller set {slug}."
            )
        platform.set_controller(
            app.store,
            slug,
            {"verified_on": app.today.isoformat()},
            today=app.today,
            at=app.now(),
            actor=app.require_actor(),
        )
        kept = None
        if document:
            kept = platform.keep_notice(
                app.store, app.vault, slug, url, document, seen_on=seen or app.today, today=app.today, at=app.now(),
                actor=app.require_actor(),
            )  # fmt: skip
        filed = None
        if extract:
            filed = platform.keep_extract(
                app.store, app.vault, slug, register_from, extract, of=extract_of or app.today, today=app.today,
                at=app.now(), actor=app.require_actor(),
            )  # fmt: skip
    lines = [f"{slug} : coordonnées vérifiées le {app.today:%d/%m/%Y}."]
    if kept is not None:
        lines.append(f"Mentions légales gardées, vues le {kept.day:%d/%m/%Y} : empreinte {kept.document[:12]}…")
    if filed is not None:
        lines.append(f"Extrait de registre gardé, du {filed.day:%d/%m/%Y} : empreinte {filed.document[:12]}…")
    told = {"notice": kept.document if kept else "", "register": filed.document if filed else ""}
    answer(as_json, {"slug": slug, "verified_on": app.today, **told}, *lines)


def _host(text: str) -> str:
    host = urlsplit(text if "//" in text else f"//{text}").hostname or ""
    if "." not in host:
        raise BadInput(f"--platform : « {text} » n’est pas un nom de site.")
    return host.removeprefix("www.")
