"""What a new home still lacks before it can work, in order, each with its command or its line of config.toml; a pure look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from listingguard.domain.case import Acting
from listingguard.domain.citation import CITATIONS, Checked, may_print
from listingguard.domain.french import plural

if TYPE_CHECKING:
    from listingguard.edge.store import Store


@dataclass(frozen=True)
class Step:
    """One thing to set up: what it is for, then the commands or lines to type, in order."""

    text: str
    commands: tuple[str, ...]


EXAMPLES = {
    "name": '"Conseil départemental de …"', "street": '"1 place de l’Exemple"', "postcode": '"26000"',
    "town": '"Valence"', "email": '"secretariat@conseil.example"', "signatory": '"Claude Élue, présidente"',
}  # fmt: skip
"""What each key of [sender] looks like in a council's home."""

OWN_EXAMPLES = EXAMPLES | {
    "name": '"Camille Exemple"', "street": '"12 rue des Essais"', "email": '"camille@exemple.example"',
    "signatory": '"Camille Exemple"',
}  # fmt: skip


def steps(store: Store, *, config: str, lacks: Sequence[str], mailbox: bool, today: date) -> tuple[Step, ...]:
    """Return what is still to set up, in order; empty once all is done. Nothing stays that a person has done.

    config: where config.toml lies; lacks: the keys of [sender] that are still empty; mailbox: whether replies are
    collected. What the home can do without is told only until its first case is open.
    """
    council, begun = store.rules.acting is Acting.COUNCIL, store.begun()
    found: list[Step] = []
    if not begun and not any(person.practises(today) for person in store.practitioners()):
        found.append(_roster(council))
    if lacks:
        examples = EXAMPLES if council else OWN_EXAMPLES
        lines = tuple(f"{key} = {examples[key]}" for key in lacks)
        found.append(Step(f"Dire qui écrit : dans « {config} », sous la ligne [sender], compléter :", lines))
    if council and not any(officer.in_office(today) for officer in store.officers()):
        found.append(
            Step(
                "Enregistrer l’élu qui approuve les courriers, avec l’acte qui l’y habilite.",
                (
                    'listingguard officer add "Claude Élue" --role présidente --since JOUR --until JOUR '
                    "--delegation FICHIER",
                ),
            )
        )
    confirmed = store.confirmed_citations()
    late = [c for c in CITATIONS if not may_print(c, confirmed.get(c.article), today)]
    recalled = all(c.checked is Checked.RECALL for c in late)
    if late and not (recalled and (begun or not council)):
        why = "nul courrier ne les cite" if recalled else "un courrier qui en cite un ne part pas"
        text = f"{plural(len(late), 'texte')} de loi à relire à la source et à confirmer : d’ici là, {why}."
        found.append(Step(text, ("listingguard citation list --to-confirm",)))
    if council and not begun and not any(check.enabled for check in store.site_checks().values()):
        text = "Vérifier les sites à lire, un par un (décision du conseil, fiche témoin) ; sans cela, une page s’enregistre à la main."
        commands = (
            "listingguard site list",
            "listingguard site allow SITE --decision FICHIER --on JOUR",
            "listingguard site verify SITE --canary ADRESSE_DE_LA_FICHE_TÉMOIN",
        )
        found.append(Step(text, commands))
    if not mailbox and not begun:
        text = f"Régler la boîte de réception : dans « {config} », sous [imap] ; sans elle, les réponses se classent à la main."
        box = "secretariat@conseil.example" if council else "camille@exemple.example"
        lines = (f'host = "imap.{box.partition("@")[2]}"', f'username = "{box}"', 'password_file = "mot-de-passe.txt"')
        found.append(Step(text, lines))
    untold = [p for p in store.practitioners(store.unwatched()) if p.practises(today)] if council else []
    if untold:
        text = f"{plural(len(untold), 'praticien')} au tableau à informer avant toute recherche ; puis, pour chacun :"
        found.append(Step(text, (f"listingguard watch set {untold[0].id} yes --informed-on JOUR --channel courriel",)))
    return tuple(found)


def _roster(council: bool) -> Step:
    if council:
        return Step("Importer le tableau des praticiens.", ("listingguard roster import TABLEAU.xlsx",))
    return Step(
        "Le plus simple, d’un lien à une lettre prête à partir ; ou bien s’inscrire d’abord soi-même au tableau.",
        (
            "listingguard start ADRESSE_DE_LA_PAGE",
            "listingguard roster add --rpps NUMÉRO --family-name NOM --first-name PRÉNOM --postcode CP --town COMMUNE",
        ),
    )
