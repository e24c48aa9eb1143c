"""Who a listing is about: similarity of names, sufficiency of evidence, and a decision with its reasons.

Knows a roster and one listing at a time; keeps out what people answered (judgements) and what the ledger says.

Two axes. *Similarity* says how alike the names are; with nothing to disagree it reaches 1 for any homonym, so it never
decides alone. *Sufficiency* says whether something independent of the name points at the same person: the RPPS
number, a phone number, the exact address of a practice, a page that names colleagues of it, or a name too rare for a
second bearer in that town or practice. What was seen is weighed in bits (`weights.py`, fitted) and turned into a
probability among all who come near and nobody of the roster. Only a probable match with sufficient evidence and nothing
that a person would want to look at is CONFIRMED. The rest goes to a person, or is REJECTED when there is nothing for a
person to weigh.

    sides -> likeness (names), evidence (the rest) -> weights -> matcher (index, decision) -> reasons (French)

Named here is only what a match is: `matcher`, with its tables, is loaded by whoever matches.
"""

from listingguard.domain.matching.verdicts import Decision, Match, Reason, Sufficiency

__all__ = ["Decision", "Match", "Reason", "Sufficiency"]
