"""Cases -> letters approved: written from the case's facts, their grounds and facts ticked, their bytes frozen by a person.

prepare (a letter as it would leave today) -> approve (frozen, or taken back) ; cover (several people) ; explain (each
sentence). Nothing leaves from here: an approved letter waits in the outbox for `dispatch`.
"""

from listingguard.flow.letter.approve import already, approve, frozen, note_prepared, withdraw
from listingguard.flow.letter.cover import Cover, approve_cover, prepare_cover
from listingguard.flow.letter.explain import explain
from listingguard.flow.letter.prepare import (
    Draft,
    Office,
    choose_addressee,
    listed_page,
    prepare,
    propose,
    request_kind,
    requests,
)

__all__ = [
    "Cover",
    "Draft",
    "Office",
    "already",
    "approve",
    "approve_cover",
    "choose_addressee",
    "explain",
    "frozen",
    "listed_page",
    "note_prepared",
    "prepare",
    "prepare_cover",
    "propose",
    "request_kind",
    "requests",
    "withdraw",
]
