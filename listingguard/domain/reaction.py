"""What to do once a person has said what a reply is: a French sentence and the letter or command that does it.

The same reply calls for the same next step every time; a person may do otherwise. The law page, parts 2, 3, 4 and 8.
"""

from __future__ import annotations

from dataclasses import dataclass

from listingguard.domain.letter import Argument, Kind, Precision
from listingguard.domain.suggestion import Meaning


@dataclass(frozen=True)
class Reaction:
    """The next step. letter: what is to be written, None: nothing is; commands: what may be typed, the first thing first."""

    text: str
    letter: Kind | None = None
    commands: tuple[str, ...] = ()


def _write(case: str, kind: Kind, *options: str) -> tuple[str, str]:
    """Return how such a letter is read again, then approved. options: what a person ticks of the platform's words."""
    told = " ".join((case, f"--kind {kind.value}", *options))
    return f"listingguard letter prepare {told}", f"listingguard letter approve {told}"


def reaction(meaning: Meaning, case: str, *, reasoned: bool = False, late: bool = False) -> Reaction:
    """Return the next step after a reply of this meaning in a case.

    reasoned: an extension gave reasons of its own; late: it came after the first month (art. 12(3) GDPR).
    """
    complain = f"listingguard complain {case}"
    match meaning:
        case Meaning.ERASED:
            return Reaction(
                "Vérifier : la page est relue aux jours 1, 8 et 30 ; encore affichée, l’annonce est démentie et la "
                "plainte est possible.",
                commands=("listingguard scan", f"listingguard case show {case}"),
            )
        case Meaning.PARTIAL:
            return Reaction(
                "Vérifier ce qui reste affiché (une lecture), puis écrire que la demande tient pour le reste, ou porter "
                "plainte sans attendre ; demander aussi d’où viennent les données gardées (article 15, paragraphe 1, point g, "
                "du RGPD).",
                Kind.ANSWER_PARTIAL,
                ("listingguard scan", *_write(case, Kind.ANSWER_PARTIAL), complain, *_write(case, Kind.SOURCE)),
            )
        case Meaning.REFUSED:
            return Reaction(
                "Répondre au motif opposé, ou porter plainte sans attendre l’échéance (article 12, paragraphe 4, du RGPD). "
                f"Ce que dit la plateforme se coche, à la place de {Argument.PUBLIC_DATA.value} : "
                f"{', '.join(a.value for a in Argument)}.",
                Kind.ANSWER_REFUSAL,
                (*_write(case, Kind.ANSWER_REFUSAL, f"--argument {Argument.PUBLIC_DATA.value}"), complain),
            )
        case Meaning.IDENTITY_ASKED:
            return Reaction(
                "Répondre par le numéro RPPS et, pour un conseil, le mandat ; aucune copie de pièce d’identité d’office "
                "(article 12, paragraphe 6, du RGPD). L’envoi de ce courrier met fin à la suspension du délai ; ce qui est fourni "
                "autrement se note.",
                Kind.ANSWER_IDENTITY,
                (*_write(case, Kind.ANSWER_IDENTITY), f"listingguard event add {case} id_supplied --day JOUR"),
            )
        case Meaning.EXTENDED if reasoned and not late:
            return Reaction(
                "Attendre : la nouvelle échéance est dans le dossier.", commands=(f"listingguard case show {case}",)
            )
        case Meaning.EXTENDED:
            return Reaction(
                "Écrire que la prolongation ne vaut pas : tardive ou sans raison, elle laisse l’échéance d’un mois "
                "(article 12, paragraphe 3, du RGPD).",
                Kind.ANSWER_EXTENSION,
                _write(case, Kind.ANSWER_EXTENSION),
            )
        case Meaning.PRECISION_ASKED:
            return Reaction(
                "Répondre par l’adresse exacte de chaque page ; ce qu’elle demande d’autre se coche (--point "
                f"{', '.join(p.value for p in Precision)}). Rien de plus n’est communiqué, et le délai n’est pas suspendu.",
                Kind.ANSWER_PRECISION,
                _write(case, Kind.ANSWER_PRECISION),
            )
        case Meaning.WRONG_CHANNEL:
            return Reaction(
                "Envoyer aussi par le canal indiqué, sans rien y créer, et garder la confirmation : le délai court déjà, "
                "une demande reçue par un canal officiel vaut (article 12, paragraphe 2, du RGPD).",
                commands=(f"listingguard send {case} --channel form", f"listingguard letter show {case}"),
            )
        case Meaning.ACKNOWLEDGED:
            return Reaction(
                "Attendre la réponse : la réception est prouvée, l’échéance est dans le dossier.",
                commands=(f"listingguard case show {case}",),
            )
        case Meaning.BOUNCE:
            return Reaction(
                "Vérifier l’adresse du responsable, puis approuver un nouvel envoi, ou écrire en recommandé.",
                commands=(f"listingguard letter approve {case}",),
            )
        case Meaning.UNRELATED | Meaning.AUTO:
            return Reaction(
                "Rien : ce message ne répond pas à la demande.", commands=(f"listingguard case show {case}",)
            )
