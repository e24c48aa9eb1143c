"""`site`, `controller`: the sites we know and who answers for them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from urllib.parse import urlsplit

import click

from listingguard.cli.common import answer, emit, json_option, opened, say
from listingguard.errors import BadInput, NotFound

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
    "email": "courriel",
    "platforms": "sites",
    "source": "source",
    "source_date": "date de la source",
    "quality": "qualité",
    "verified_on": "vérifié le",
}


@click.group()
def site() -> None:
    """Les sites connus : lister, vérifier, éteindre.

    \b
    Exemples :
      listingguard site list
      listingguard site verify doctolib.fr --canary https://www.doctolib.fr/…
      listingguard site verify doctolib.fr --off
    """


@site.command("list")
@json_option
def list_sites(as_json: bool) -> None:
    """Liste les sites et dit lesquels sont activés ; un site réel reste éteint tant que personne ne l’a vérifié."""
    with opened(writing=False) as app:
        checks, sites = app.store.site_checks(), app.sites.all()
    if as_json:
        emit(
            [
                {"host": s.host, "name": s.name, "check": asdict(checks[s.host]) if s.host in checks else None}
                for s in sites
            ]
        )
        return
    for each in sites:
        check = checks.get(each.host)
        word = "éteint, jamais vérifié" if check is None else "éteint" if not check.enabled else "activé"
        witness = f", vérifié le {check.verified_on:%d/%m/%Y}" if check else ""
        say(f"{each.host:<26} {each.name:<18} {word}{witness}")


@site.command()
@click.argument("host", metavar="SITE")
@click.option(
    "--canary",
    default="",
    metavar="URL",
    help="Une fiche témoin, dont on sait qu’elle existe ; elle reste dans ce dossier.",
)
@click.option("--off", is_flag=True, help="Éteint le site.")
@json_option
def verify(host: str, canary: str, off: bool, as_json: bool) -> None:
    """Note qu’une personne a vérifié, sur le site lui-même, que l’adaptateur le lit juste ; l’active.

    Sans fiche témoin, aucune absence ne sera jamais retenue : un site qui a changé ressemblerait à un effacement.
    """
    from listingguard.domain.record import SiteCheck
    from listingguard.flow import ledger

    with opened(writing=True) as app:
        known = app.sites.get(host)
        if known is None:
            raise NotFound(f"Aucun adaptateur pour {host}. Les sites connus : listingguard site list.")
        if known.official:
            raise BadInput(f"{known.host} est un registre officiel : il n’est jamais recherché.")
        if canary and (app.sites.for_url(canary).host != known.host or known.profile_id(canary) is None):
            raise BadInput(f"--canary : {canary} n’est pas l’adresse d’une fiche de {known.host}.")
        check = SiteCheck(known.host, app.today, canary, not off)
        ledger.verify_site(app.store, check, today=app.today, at=app.now(), actor=app.require_actor())
    answer(as_json, asdict(check), f"{check.host} est {'éteint' if off else 'activé'}.")


@click.group()
def controller() -> None:
    """Qui répond de chaque plateforme (responsable du traitement), et à quelle adresse lui écrire.

    \b
    Exemples :
      listingguard controller list
      listingguard controller show doctolib
      listingguard controller set allodocteur --name "…" --street "…" --postcode … --town … --email …
      listingguard controller verify doctolib
    """


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
        record = app.controllers().get(slug)
    if record is None:
        raise NotFound(f"Aucun responsable ne s’appelle « {slug} ». La liste : listingguard controller list.")
    if as_json:
        emit({"slug": slug, **record})
        return
    for key, value in record.items():
        told = ", ".join(value) if isinstance(value, list) else str(value)
        if told:
            say(f"{LABELS.get(key, key):<22} {{}}", told)
    if not record.get("verified_on"):
        say(f"À vérifier par une personne : listingguard controller verify {slug}")


@controller.command("set")
@click.argument("slug", metavar="RESPONSABLE")
@click.option("--name", help="Raison sociale.")
@click.option("--legal-form", help="Forme juridique.")
@click.option("--siren", help="SIREN, 9 chiffres.")
@click.option("--attention", help="Service ou personne : délégué à la protection des données.")
@click.option("--street", help="Rue.")
@click.option("--postcode", help="Code postal.")
@click.option("--town", help="Ville.")
@click.option("--country", help="Pays.")
@click.option("--email", help="Courriel où exercer ses droits.")
@click.option("--platform-name", help="Nom de la plateforme, tel qu’affiché.")
@click.option("--platform", "platforms", multiple=True, help="Site dont il répond ; à répéter.")
@json_option
def set_controller(slug: str, platforms: tuple[str, ...], as_json: bool, **values: str | None) -> None:
    """Corrige ou crée une fiche de responsable ; elle est alors à vérifier de nouveau."""
    from stdnum import luhn

    from listingguard.flow import ledger

    changes: dict[str, object] = {k: v.strip() for k, v in values.items() if v is not None}
    if platforms:
        changes["platforms"] = [_host(p) for p in platforms]
    if not changes:
        raise BadInput("Rien à changer : donnez au moins une option, par exemple --email.")
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
        ledger.set_controller(
            app.store, slug, {**changes, "verified_on": ""}, today=app.today, at=app.now(), actor=app.require_actor()
        )
    text = f"{slug} : corrigé ; à vérifier : listingguard controller verify {slug}"
    answer(as_json, {"slug": slug, **changes, "verified_on": ""}, text)


@controller.command("verify")
@click.argument("slug", metavar="RESPONSABLE")
@json_option
def verify_controller(slug: str, as_json: bool) -> None:
    """Note qu’une personne a vérifié aujourd’hui ses coordonnées, aux mentions légales et au registre."""
    from listingguard.flow import ledger

    with opened(writing=True) as app:
        record = app.controllers().get(slug)
        if record is None:
            raise NotFound(f"Aucun responsable ne s’appelle « {slug} ». La liste : listingguard controller list.")
        lacks = [k for k in ("name", "street", "postcode", "town", "email") if not record.get(k)]
        if lacks:
            raise BadInput(
                f"{slug} : il manque {', '.join(lacks)} ; complétez avec listingguard controller set {slug}."
            )
        ledger.set_controller(
            app.store,
            slug,
            {"verified_on": app.today.isoformat()},
            today=app.today,
            at=app.now(),
            actor=app.require_actor(),
        )
    text = f"{slug} : coordonnées vérifiées le {app.today:%d/%m/%Y}."
    answer(as_json, {"slug": slug, "verified_on": app.today}, text)


def _host(text: str) -> str:
    host = urlsplit(text if "//" in text else f"//{text}").hostname or ""
    if "." not in host:
        raise BadInput(f"--platform : « {text} » n’est pas un nom de site.")
    return host.removeprefix("www.")
