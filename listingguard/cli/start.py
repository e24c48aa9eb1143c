"""`start URL`: one kiné, one sitting, from a link to a request that leaves; run again, it goes on where it stopped.

What is known is never asked again: each step first looks at what is true already, in the home or in the case.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from listingguard.cli.asking import Asking, aside, at_the_terminal
from listingguard.cli.common import emit, json_option, note, say
from listingguard.cli.sitting import Over, Sitting, again
from listingguard.cli.start_leave import note_receipt, send, what_next, write_calendar
from listingguard.cli.start_letter import approve, know_whom_to_write
from listingguard.cli.start_page import captured_listing, case_of, is_it_me, say_so
from listingguard.cli.start_who import WHOEVER, home_folder, know_who, opened_home, person_here
from listingguard.errors import BadInput


@click.command()
@click.argument("url", metavar="URL")
@click.option("--file", "saved", metavar="FICHIER", help="La page, enregistrée dans votre navigateur.")
@click.option(
    "--seen-at", metavar="MOMENT", help='Quand vous l’avez enregistrée, à l’heure de Paris : "2026-11-20 14:05".'
)
@click.option("--civility", help="Mme ou M. ; vide : tournure neutre.")
@click.option("--first-name", help="Votre prénom.")
@click.option("--family-name", help="Votre nom de famille.")
@click.option("--usage-name", help="Votre nom d’usage, s’il diffère.")
@click.option("--rpps", help="Votre numéro RPPS, 11 chiffres, si vous l’avez.")
@click.option("--street", help="La rue de votre cabinet.")
@click.option("--postcode", help="Son code postal.")
@click.option("--town", help="Sa commune.")
@click.option("--at-home/--not-at-home", default=None, help="Cette adresse est, ou n’est pas, aussi votre domicile.")
@click.option("--phone", help="Le téléphone du cabinet.")
@click.option("--email", help="Votre courriel.")
@click.option("--me", type=click.Choice(["m", "a", "i"]), help="La page : m (c’est moi), a (une autre personne), i.")
@click.option(
    "--said",
    type=click.Choice(["not_agreed", "agreed", "practice", "claimed", "talk"]),
    help="Votre accord ; not_agreed vaut la déclaration : « À ma connaissance, je n’ai ni souscrit d’offre, ni créé, revendiqué "
    "ou modifié de fiche, ni chargé un tiers de le faire. »",
)
@click.option("--since", metavar="JOUR", help="Avec --said agreed : depuis quel jour.")
@click.option(
    "--situation", multiple=True, help="Une raison propre à vous, une phrase, sans nom de patient ; à répéter."
)
@click.option(
    "--contacts-verified",
    is_flag=True,
    default=None,
    help="Vous avez comparé l’adresse du site à ses mentions légales.",
)
@click.option(
    "--notice", metavar="FICHIER", help="Les mentions légales du site, enregistrées, s’il ne se lit pas d’ici."
)
@click.option(
    "--to", type=click.Choice(["platform", "practice"]), help="Sur une fiche de client : au site, ou au cabinet."
)
@click.option("--ground", "grounds", multiple=True, help="Un motif que vous cochez ; à répéter.")
@click.option(
    "--approve", metavar="EMPREINTE", help="Approuve le texte que vous avez lu : l’empreinte affichée avec lui."
)
@click.option(
    "--by",
    multiple=True,
    type=click.Choice(["email", "draft", "post"]),
    help="email (envoyé d’ici), draft (brouillon), post (recommandé) ; à répéter.",
)
@click.option("--sent-copy", metavar="FICHIER", help="Brouillon envoyé : la copie du message, prise dans « Envoyés ».")
@click.option("--posted-on", metavar="JOUR", help="Recommandé : le jour du dépôt à la poste.")
@click.option("--number", help="Recommandé : son numéro.")
@click.option("--deposit", metavar="FICHIER", help="Recommandé : la preuve de dépôt, photographiée ou numérisée.")
@click.option("--received-on", metavar="JOUR", help="Le jour que porte l’avis de réception.")
@click.option("--receipt", metavar="FICHIER", help="L’avis de réception, photographié ou numérisé.")
@json_option
def start(url: str, as_json: bool, **options: Any) -> None:
    """D’un lien à une demande prête à partir : vous, la page, votre accord, le courrier, l’envoi, le calendrier.

    Une seule commande, à relancer quand vous voulez : elle reprend où elle s’est arrêtée. Rien ne part sans que vous
    ayez lu et approuvé le texte. Sans dossier de données, elle en crée un.

    Au terminal, il suffit de répondre aux questions : les options ne servent qu’à répondre d’avance.

    \b
    Exemples :
      listingguard start https://reserve-kine.example/masseur-kinesitherapeute/valence/camille-exemple
      listingguard start https://reserve-kine.example/kine/camille-exemple --file page.html
    """
    from listingguard.domain.listing import canonical_url, wrong_url

    url = canonical_url(url.partition("#")[0])
    if wrong := wrong_url(url):
        raise BadInput(f"« {url[:200]} » : {wrong}.")
    folder = home_folder()
    given = {name: value for name, value in options.items() if value not in (None, ())}
    ask = Asking(folder / "start.json", given, talks=at_the_terminal(as_json), about=url, always=WHOEVER)
    if ask.talks:
        aside(
            "Une seule séance, six étapes. Vous pouvez vous arrêter quand vous voulez (Ctrl-C) : la même commande reprend "
            "où vous en étiez. Rien ne part sans que vous l’ayez lu et approuvé."
        )
        aside("Tout reste sur cet ordinateur, dans : {}", folder)
    try:
        _from_the_start(folder, url, ask, as_json)
    except (click.Abort, KeyboardInterrupt):
        if ask.talks:
            note(f"Vos réponses sont gardées. Pour continuer : {again(folder, url)}")
        raise


def _from_the_start(folder: Path, url: str, ask: Asking, as_json: bool) -> None:
    over: Over | None = None
    know_who(folder, ask)
    with opened_home(folder) as app:
        sitting = Sitting(app, url, ask, person_here(app, ask))
        try:
            _sit(sitting)
        except Over as end:
            over = end
        _finish(sitting, over, as_json)


def _sit(sitting: Sitting) -> None:
    pair = is_it_me(sitting, captured_listing(sitting))
    sitting.listing = pair.listing.url
    case = sitting.case = case_of(sitting, pair)
    say_so(sitting, case)
    know_whom_to_write(sitting, case)
    letter = approve(sitting, case)
    send(sitting, case, letter)
    note_receipt(sitting, case)


def _finish(sitting: Sitting, over: Over | None, as_json: bool) -> None:
    """Write the calendar file and say where things stand."""
    app, case = sitting.app, sitting.case
    document: dict[str, Any] = {"home": app.home, "case": None, "state": None, "files": [], "over": str(over or "")}
    lines: list[tuple[str, tuple[object, ...]]] = []
    if case is not None:
        now = app.store.status(case.id, app.today)
        write_calendar(sitting, case)
        document |= {
            "case": case.id,
            "state": now.state.value,
            "files": list(sitting.files.values()),
            "receipt": now.clock.receipt if now.clock else None,
            "legal_due": now.clock.legal.due if now.clock else None,
            "council_due": now.clock.council.due if now.clock else None,
        }
        if over is None:
            lines.append((f"Dossier {case.id} : {now.state.label}.", ()))
            lines += [(f"  {what} : {{}}", (path,)) for what, path in sitting.files.items()]
            lines += [(text, ()) for text in what_next(sitting, case)]
    if as_json:
        emit(document)
        return
    if over is not None:
        say(str(over))
        for then in over.then:
            say(f"  {then}")
    for text, exact in lines:
        say(text, *exact)
