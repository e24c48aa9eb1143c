"""Which grounds of law fit what a page shows, in the order they are pleaded; a named person ticks each, no program does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from listingguard.domain.citation import row
from listingguard.domain.letter.parts import GroundLine
from listingguard.domain.listing import Listing, Trait


@dataclass(frozen=True)
class Ground:
    """One ground and what our letters say of it. cites: its row in the table of citations, which dates it.

    GROUNDS holds them in the order they are pleaded; a request always opens with the first two (law page, part 0).
    """

    code: str
    cites: str
    sentence: str

    @property
    def article(self) -> str:
        """Return the article as a letter prints it in mid-sentence."""
        return row(self.cites).printed

    @property
    def line(self) -> GroundLine:
        """Return the ground as letters and complaints take it."""
        return GroundLine(self.code, self.article, self.sentence)

    def in_force(self, day: date) -> bool:
        """Return True while its text is law."""
        cited = row(self.cites)
        return cited.valid_from <= day <= (cited.valid_until or day)


GROUNDS: tuple[Ground, ...] = (
    Ground(
        "objection",
        "21(1)",
        "la personne s’oppose, pour des raisons tenant à sa situation particulière, au traitement des données qui la concernent",
    ),
    Ground(
        "erasure_after_objection",
        "17(1)(c)",
        "l’opposition exercée emporte l’effacement, sauf motif légitime et impérieux que le responsable du traitement démontrerait",
    ),
    Ground(
        "no_basis",
        "17(1)(d)",
        "aucune des bases énumérées à l’article 6 du RGPD ne paraît fonder cet affichage, qui va au-delà d’un simple annuaire",
    ),
    Ground("accuracy", "5(1)(d)", "les données affichées ne sont pas exactes"),
    # CA Chambéry, 22 May 2025, n° 22/01814: never a sole ground.
    Ground(
        "information",
        "14",
        "il n’apparaît pas que la personne ait reçu les informations dues lorsque les données n’ont pas été recueillies "
        "auprès d’elle, ce que le responsable du traitement peut seul démontrer",
    ),
)


def proposed_grounds(listing: Listing, day: date) -> tuple[Ground, ...]:
    """Return the grounds that fit what the listing shows, in the order they are pleaded.

    A bare listing: objection, its erasure, missing information. A booking button, a relay number, reviews or
    paid ranking add the absence of a basis; wrong data, or a relay number in place of the practice's own, adds
    accuracy. A person ticks; nothing is ticked here.
    """
    codes = {"objection", "erasure_after_objection", "information"}
    if listing.traits & {Trait.BOOKABLE, Trait.RELAY_NUMBER, Trait.REVIEWS, Trait.SPONSORED}:
        codes.add("no_basis")
    if listing.traits & {Trait.WRONG_DATA, Trait.RELAY_NUMBER}:
        codes.add("accuracy")
    return tuple(g for g in GROUNDS if g.code in codes and g.in_force(day))


def ground_lines(codes: Iterable[str]) -> tuple[GroundLine, ...]:
    """Return ticked grounds as letters take them, in the order they are pleaded; unknown codes are left out."""
    wanted = frozenset(codes)
    return tuple(g.line for g in GROUNDS if g.code in wanted)


def ticked_problem(codes: frozenset[str]) -> str | None:
    """Return why these ticked grounds cannot carry a request, or None.

    >>> ticked_problem(frozenset({"objection", "erasure_after_objection", "information"})) is None
    True
    >>> "objection" in (ticked_problem(frozenset({"information"})) or "")
    True
    """
    known = {g.code: g for g in GROUNDS}
    unknown = sorted(codes - known.keys())
    if unknown:
        return f"Motif inconnu : {', '.join(unknown)}. Motifs possibles : {', '.join(known)}."
    lacking = [c for c in ("objection", "erasure_after_objection") if c not in codes]
    if lacking:
        articles = " et ".join(f"« {c} » ({known[c].article})" for c in lacking)
        return f"Une demande s’ouvre par l’opposition et l’effacement qui la suit : cochez aussi {articles}."
    return None
