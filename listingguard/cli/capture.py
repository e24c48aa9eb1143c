"""`capture`: the pages kept as evidence."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from listingguard.cli.common import answer, emit, json_option, note, opened, parse_day, read_file, say, write_file
from listingguard.domain.french import PARIS, french_at, french_day, plural
from listingguard.errors import BadInput, Damaged, NotFound, Unreachable

if TYPE_CHECKING:
    from listingguard.app import App
    from listingguard.domain.capture import TokenRow
    from listingguard.domain.record import CaptureRow


@click.group()
def capture() -> None:
    """Les pages gardées comme preuves.

    \b
    Exemples :
      listingguard capture import page.html --url https://site.example/kine/camille-exemple
          --seen-at "2026-11-20 14:05"
      listingguard capture list
      listingguard capture verify
    """


@capture.command("import")
@click.argument("file", metavar="FICHIER")
@click.option("--url", required=True, help="L’adresse exacte de la page.")
@click.option("--content-type", default="", help="Le type du contenu, s’il n’est pas du HTML.")
@click.option("--seen-at", default="", metavar='"AAAA-MM-JJ HH:MM"', help="Quand vous avez vu la page, heure de Paris.")
@click.option("--browser", default="", metavar="TEXTE", help='Avec quoi : "Firefox 140, Windows 11".')
@click.option("--witness", default="", metavar="URL", help="Une page voisine qui s’affichait à la même visite.")
@click.option("--shows", default="", metavar="CLÉ", help="La fiche que vous y voyez, ou none s’il n’y en a pas.")
@click.option("--about", default="", metavar="RPPS", help="La personne suivie que la page concerne, selon vous.")
@json_option
def import_(
    file: str, url: str, content_type: str, seen_at: str, browser: str, witness: str, shows: str, about: str,
    as_json: bool,
) -> None:  # fmt: skip
    """Garde une page que vous avez enregistrée ou vue vous-même : une lecture humaine et une preuve.

    FICHIER : HTML, MHTML, webarchive, JSON, WARC ou WACZ, que le programme lit ; ou PDF, PNG, JPEG, HEIC, dont vous
    dites vous-même ce qu’ils montrent. Sans --seen-at, seuls servent un MHTML, un WARC ou un WACZ, qui portent leur
    date ; elle est alors dite par le fichier ou par l’archive. Seules les fiches des personnes suivies sont gardées.

    \b
    Exemples :
      listingguard capture import page.html --url https://site.example/kine/camille-exemple
          --seen-at "2026-11-20 14:05"
      listingguard capture import ecran.png --url https://site.example/kine/camille-exemple --shows none
          --seen-at "2026-11-20 14:05" --browser "Firefox 140, Windows 11" --witness https://site.example/kine/autre
    """
    from listingguard.app import quoted
    from listingguard.cli.read import check_charset
    from listingguard.domain.capture import one_line
    from listingguard.domain.listing import wrong_url
    from listingguard.flow import evidence, review
    from listingguard.pages.document import charset_of
    from listingguard.pages.elsewhere import named_elsewhere

    for option, address in (("--url", url), ("--witness", witness)):
        if (address or option == "--url") and (wrong := wrong_url(address)):
            raise BadInput(f"{option} : « {one_line(address)} » : {wrong}.")
    check_charset(charset_of(content_type))
    look = evidence.Look(moment(seen_at) if seen_at else None, browser.strip(), witness, shows, about.strip())
    data = read_file(file, "Page")
    saved_at = None if file == "-" else datetime.fromtimestamp(Path(file).stat().st_mtime, UTC)
    name = "entrée standard" if file == "-" else Path(file).name
    said = {"--content-type": content_type, "--seen-at": seen_at, "--browser": browser, "--witness": witness}
    words = [file, "--url", url, *(word for option, value in said.items() if value for word in (option, value))]
    command = f"listingguard capture import {' '.join(map(quoted, words))}"
    saved = evidence.Saved(data, url, name, content_type, saved_at, command)
    with opened(writing=True) as app:
        done = evidence.import_file(
            app.store, app.evidence, app.sites, saved, look, elsewhere=lambda page: named_elsewhere(page, app.sites.for_url(url).owns),
            today=app.today, at=app.now(), machine_at=datetime.now(UTC), actor=app.require_actor(),
            simulated=app.settings.home.simulated,
        )  # fmt: skip
        touched = review.open_cases(
            app.store, app.controller_of, app.settings.home.code, today=app.today, at=app.now(), actor=app.actor
        )
    if as_json:
        emit(
            {
                "capture": done.capture,
                "outcome": done.outcome.value,
                "listings": list(done.shown),
                "count": done.count,
                "cases": touched,
                "notes": list(done.notes),
            }
        )
        return
    if done.capture:
        shown = plural(len(done.shown), "fiche") if done.shown else done.outcome.label
        say(f"Capture {done.capture[:12]}… : {shown}.")
    else:
        whose = "aucune n’est celle" if done.count > 1 else "ce n’est pas celle"
        say(
            f"La page n’est pas gardée : on y lit {plural(done.count, 'fiche')}, et {whose} d’une personne que vous suivez."
        )
    for item in done.listings:
        say(f"  {item.name} — {item.key}")
    for case in touched:
        say(f"Dossier {case} : ouvert ou complété.")
    for line in done.notes:
        note(line)


def moment(text: str) -> datetime:
    """Return the moment written as a day and an hour of Paris; raise BadInput otherwise."""
    day, _, hour = text.strip().replace("T", " ").partition(" ")
    try:
        clock = datetime.strptime(hour.strip().replace(" ", "").replace("h", ":"), "%H:%M").time()  # noqa: DTZ007
    except ValueError:
        raise BadInput(
            f"--seen-at : « {text[:40]} » n’est pas un moment. Écrivez le jour et l’heure de Paris, par exemple "
            '"2026-11-20 14:05".'
        ) from None
    return datetime.combine(parse_day(day, "--seen-at"), clock, PARIS)


@capture.command("list")
@json_option
def list_(as_json: bool) -> None:
    """Liste les captures."""
    with opened(writing=False) as app:
        rows = app.store.captures()
        stamped = {token.capture for token in app.store.tokens()}
    if as_json:
        emit(
            [
                {
                    "id": r.id,
                    "url": r.url,
                    "day": r.day,
                    "sha256": r.body,
                    "origin": r.manifest["origin"],
                    "stamped": r.id in stamped,
                }
                for r in rows
            ]
        )
        return
    for row in rows:
        say(f"{row.id[:12]}  {row.day:%d/%m/%Y}  {'horodatée' if row.id in stamped else '         '}  {{}}", row.url)
    if not rows:
        note("Aucune capture.")


@capture.command()
@click.argument("identifier", metavar="CAPTURE")
@json_option
def show(identifier: str, as_json: bool) -> None:
    """Montre une capture : sa fiche technique, ce qu’elle prouve et ce qu’elle ne prouve pas."""
    from listingguard.domain.capture import does_not_prove, proves, sheet

    with opened(writing=False) as app:
        row = app.store.capture(identifier)
        listings, tokens = app.store.capture_listings(row.id), app.store.tokens(row.id)
        rests = _rests_on(app, row, listings)
        signed = [app.evidence.signed_at(token) for token in tokens]
    shows, hides = proves(row.manifest, tokens), does_not_prove(row.manifest, tokens)
    if as_json:
        emit(
            {
                "id": row.id,
                "manifest": dict(row.manifest),
                "listings": listings,
                "rests_on": rests,
                "tokens": [_token(token, at) for token, at in zip(tokens, signed, strict=True)],
                "proves": shows,
                "does_not_prove": hides,
            }
        )
        return
    say(f"Capture du {french_day(row.day)}, {row.id}")
    say()
    for label, value in sheet(row.manifest):
        say(f"{label} : {{}}", value)
    say(f"Fiches : {', '.join(listings) or 'aucune'}")
    for who, label in rests.items():
        say(f"Repose sur{f' (pour {who})' if who else ''} : {label}")
    for token, at in zip(tokens, signed, strict=True):
        when = f"le {french_at(at)}" if at else "heure illisible par nous"
        say(f"Horodatage : {token.authority}, {when}, {token.status.label}")
    for heading, lines in (("Ce qu’elle prouve :", shows), ("Ce qu’elle ne prouve pas :", hides)):
        say()
        say(heading)
        for line in lines:
            say(f"  – {line}")


def _rests_on(app: App, row: CaptureRow, listings: tuple[str, ...]) -> dict[str, str]:
    """Return practitioner -> what the capture rests on; under an empty name where it shows nobody we know."""
    from listingguard.domain.capture import basis_of

    people = dict.fromkeys(match.practitioner for match, _ in app.store.matches() if match.listing in listings)
    return {who: basis_of(row, app.store.mandates(who)).label for who in people} or {"": basis_of(row, ()).label}


def _token(token: TokenRow, signed_at: datetime | None) -> dict[str, object]:
    return {
        "authority": token.authority,
        "status": token.status.value,
        "signed_at": signed_at.isoformat() if signed_at else None,
        "received_at": token.at.isoformat(),
        "sha256": token.sha256,
    }


@capture.command()
@click.argument("identifier", metavar="[CAPTURE]", required=False)
@json_option
def verify(identifier: str | None, as_json: bool) -> None:
    """Vérifie une capture, ou toutes : fichiers, fiche technique, archive, horodatage, base et journal.

    Sort en 0 si tout est intact, en 1 sinon, en nommant ce qui a été altéré.
    """
    with opened(writing=False) as app:
        told = [said for who, said in app.store.unlike_the_log() if who.startswith(identifier or "")]
        if identifier and told and not any(row.id.startswith(identifier) for row in app.store.captures()):
            raise Damaged("\n".join(told))
        rows = (app.store.capture(identifier),) if identifier else app.store.captures()
        # The log is what the rows are compared with: it must hold itself.
        problems = [*app.store.broken_links(), *told]
        problems += [each for _, found in altered(app, rows) for each in found]
        problems += altered_robots(app, rows if identifier else None)
    if problems:
        raise Damaged("\n".join(dict.fromkeys(problems)))
    answer(as_json, {"intact": len(rows)}, f"{plural(len(rows), 'capture intacte', 'captures intactes')}.")


def altered(app: App, rows: Iterable[CaptureRow]) -> Iterator[tuple[CaptureRow, list[str]]]:
    """Yield each capture with one French sentence per thing of it, its time-stamps included, that is not intact."""
    roots = app.stamper().roots
    tokens: dict[str, list[TokenRow]] = {}
    for token in app.store.tokens():
        tokens.setdefault(token.capture, []).append(token)
    for row in rows:
        found = app.evidence.problems(row, tokens.get(row.id, ()), roots)
        yield row, [f"Capture {row.id[:12]}…, {each}" for each in found]


def altered_robots(app: App, rows: Iterable[CaptureRow] | None = None) -> list[str]:
    """Return one French sentence per robots.txt whose bytes are not intact: those of the captures, or all of them."""
    wanted = None if rows is None else {str((row.manifest.get("robots") or {}).get("sha256")) for row in rows}
    problems = []
    for robots in app.store.robots():
        if robots.body and (wanted is None or robots.body in wanted):
            try:
                app.vault.get(robots.body)
            except (Damaged, NotFound) as error:
                problems.append(f"robots.txt de {robots.host}, lu le {french_day(robots.day)} : {error}")
    return problems


@capture.command()
@click.argument("identifier", metavar="CAPTURE")
@click.option("-o", "--output", default="", metavar="CHEMIN", help="Où l’écrire (par défaut : ici).")
@click.option("--sheet", is_flag=True, help="La fiche de capture en PDF, avec l’image de la page.")
@click.option("--masked", is_flag=True, help="Une copie masquée, dans un dossier : pour ce qui sort.")
@click.option("--keep", default="", metavar="FICHE", help="Avec --masked : la fiche qui reste lisible.")
@click.option("--hide", multiple=True, metavar="TEXTE", help="Avec --masked : ce qui doit partir aussi ; répétable.")
@json_option
def export(
    identifier: str, output: str, sheet: bool, masked: bool, keep: str, hide: tuple[str, ...], as_json: bool
) -> None:
    """Écrit une capture hors du coffre : archive complète, fiche en PDF, ou copie masquée.

    Sans option, un fichier WACZ, que d’autres peuvent revoir et vérifier sans listingguard ; tout y est, sans masque :
    ce que la page montrait d’autres personnes aussi. L’original reste toujours dans le coffre, inchangé.

    \b
    Exemples :
      listingguard capture export 3f2a9c0d -o fiche.wacz
      listingguard capture export 3f2a9c0d --sheet -o fiche.pdf
      listingguard capture export 3f2a9c0d --masked --hide "06 39 98 00 42" -o copie
    """
    if sheet and masked:
        raise BadInput("--sheet et --masked sont deux copies différentes : demandez-les l’une après l’autre.")
    if (keep or hide) and not masked:
        raise BadInput("--keep et --hide ne vont qu’avec --masked.")
    with opened(writing=False) as app:
        row = app.store.capture(identifier)
        unlike = [said for who, said in app.store.unlike_the_log() if who == row.id]
        for _, found in altered(app, [row]):
            if found or unlike:
                raise Damaged("\n".join([*unlike, *found]))
        if masked:
            _export_masked(app, row, Path(output or f"copie-masquee-{row.id[:12]}"), keep, hide, as_json)
            return
        if sheet:
            path = Path(output or f"fiche-{row.id[:12]}.pdf")
            write_file(path, _sheet(app, row), "La fiche de capture")
        else:
            path = Path(output or f"capture-{row.id[:12]}.wacz")
            app.evidence.export(row, app.store.tokens(row.id), path, app.stamper().roots)
    if as_json:
        emit({"capture": row.id, "path": str(path)})
        return
    say("Écrit : {}", path)


def _sheet(app: App, row: CaptureRow) -> bytes:
    """Return the sheet of a capture as PDF, under the reference of its case where there is only one."""
    from listingguard.app import sheet_pdf, shipped
    from listingguard.domain.capture import picture
    from listingguard.flow.masking import cases_on

    cases = cases_on(app.store, row, app.store.capture_listings(row.id))
    ours = {case.id for found in cases.values() for case in found}
    image = picture(row.manifest)
    rests = _rests_on(app, row, app.store.capture_listings(row.id))
    made: bytes = sheet_pdf(
        row.manifest,
        app.vault.get(image) if image else None,
        letters=shipped("letters"),
        tokens=app.store.tokens(row.id),
        reference=ours.pop() if len(ours) == 1 else "",
        # One practitioner: what the capture rests on for them; several have each their own mandate.
        rests_on=next(iter(rests.values())) if len(rests) == 1 else "",
    )
    return made


def _export_masked(app: App, row: CaptureRow, folder: Path, keep: str, hide: tuple[str, ...], as_json: bool) -> None:
    """Write the masked copy of a capture and say what was hidden."""
    from listingguard.app import check_png

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadInput(f"-o : « {folder} » n’est pas un dossier vide ; la copie s’y mêlerait à autre chose.")
    camera = app.camera

    def picture(html: bytes) -> bytes:
        assert camera is not None
        drawn = camera.render(html)
        check_png(drawn)
        return drawn

    copy = app.masked_copy(row, keep=keep, hide=hide, today=app.today, picture=picture if camera else None)
    _write_folder(folder, copy.files)
    if as_json:
        emit(
            {
                "capture": row.id,
                "listing": copy.listing,
                "case": copy.case,
                "path": str(folder),
                "files": list(copy.files),
                "hidden": list(copy.hidden),
                "notes": list(copy.notes),
            }
        )
        return
    say("Copie masquée écrite : {}", folder)
    for name in copy.files:
        say("  {}", name)
    say("Retiré :" if copy.hidden else "Rien n’a été retiré.")
    for line in copy.hidden:
        say("  – {}", line)
    say("L’original reste dans le coffre, inchangé. Relisez la copie avant de la faire sortir.")
    for line in copy.notes:
        note(line)


def _write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files into a new or empty folder, all of them or none."""
    made = Path(tempfile.mkdtemp(dir=folder.absolute().parent, prefix=".tmp-"))
    try:
        for name, data in files.items():
            (made / name).write_bytes(data)
        if folder.exists():
            folder.rmdir()
        made.replace(folder)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise


@capture.command()
@json_option
def stamp(as_json: bool) -> None:
    """Demande un horodatage pour chaque capture qui n’en a pas encore."""
    from listingguard.flow.evidence import stamp_due

    with opened(writing=True, job=True) as app:
        done = stamp_due(app.store, app.vault, app.stamper())
    if done.failure:
        got = f"{plural(len(done.tokens), 'capture horodatée', 'captures horodatées')}, {done.left} sans horodatage. "
        raise Unreachable(got + done.failure)
    words = [f"{t.capture[:12]}…  {t.status.label}, par {t.authority}" for t in done.tokens]
    answer(
        as_json,
        {"stamped": [{"capture": t.capture, **_token(t, None)} for t in done.tokens], "left": done.left},
        *(words or ["Toutes les captures ont leur horodatage."]),
    )
