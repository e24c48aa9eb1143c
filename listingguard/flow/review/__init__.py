"""Matches + a person's word -> judgements, cases with their findings, the practitioner's own word, every later fact.

judging (are the two the same?) -> opening (findings, each in a case) ; to_ledger (what a word writes in the ledger) -> facts (what
people bring) -> answer (what the practitioner says)
"""

from listingguard.flow.review.answer import answer, prior_request
from listingguard.flow.review.facts import BY_THEIR_OWN_COMMAND, record
from listingguard.flow.review.judging import Pair, Undone, judge, pairs, queue, resting_on, second, undo
from listingguard.flow.review.opening import findings, open_cases

__all__ = [
    "BY_THEIR_OWN_COMMAND",
    "Pair",
    "Undone",
    "answer",
    "findings",
    "judge",
    "open_cases",
    "pairs",
    "prior_request",
    "queue",
    "record",
    "resting_on",
    "second",
    "undo",
]
