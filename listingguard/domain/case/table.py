"""The table of the law page, part 8: from where each event may happen, and where it leads."""

from __future__ import annotations

from listingguard.domain.case.words import EventKind, State

PRESUMED_AFTER_DAYS = 7
"""An e-mail that did not bounce for this many days is presumed received on the day it left."""

ABSENCE_DAYS = 7
"""Two readings that agree on an absence lie at least this many days apart."""

OPEN = frozenset(
    {State.SENT, State.RUNNING, State.ID_PENDING, State.EXTENDED, State.PARTIAL, State.REFUSED, State.OVERDUE}
)
EARLY = frozenset({State.DETECTED, State.CONFIRMED, State.MANDATED, State.DRAFTED})
"""Nothing has left yet."""

AT_CNIL = frozenset({State.FILED, State.CNIL_PENDING})
"""The complaint is at the CNIL: what the platform says now moves nothing, and the CNIL is told."""

AFTER = AT_CNIL | {State.ERASED}
"""What the platform says now moves nothing: the complaint is lodged, or the absence was observed by ourselves."""

LATE = OPEN | {State.CNIL_READY}
"""An answer still moves the case, however late."""

ANSWERED = frozenset({State.REFUSED, State.PARTIAL, State.OVERDUE})
"""Where an answer, or a proof, that came after the complaint was signed leaves the case: the complaint still goes."""

_ALIVE = frozenset(State) - {State.CLOSED}

REPLIES = frozenset(
    {
        EventKind.ID_REQUESTED,
        EventKind.PRECISION_ASKED,
        EventKind.WRONG_CHANNEL,
        EventKind.EXTENSION_NOTIFIED,
        EventKind.ERASED_CLAIMED,
        EventKind.PARTIAL,
        EventKind.REFUSAL,
    }
)
"""Answers of the platform: each proves receipt, at the latest on its day. An acknowledgement is no answer."""

_K = EventKind
RULES: dict[EventKind, tuple[frozenset[State], State | None]] = {
    _K.FINDING_ADDED: (_ALIVE, None),
    # Once the practitioner spoke, only about a page that joined the case since.
    _K.ASKED: (EARLY | LATE, None),
    _K.ANSWERED: (_ALIVE, None),
    _K.LISTING_CONFIRMED_BY_KINE: (frozenset({State.DETECTED}), State.CONFIRMED),
    _K.AUTHORISED: (EARLY | LATE | {State.ERASED}, State.CLOSED),
    _K.NOT_ME: (EARLY | LATE | {State.ERASED}, State.CLOSED),
    _K.GONE_BEFORE_REQUEST: (EARLY, State.CLOSED),
    _K.MANDATE_SIGNED: (_ALIVE - {State.DETECTED}, None),
    _K.MANDATE_EXPIRED: (_ALIVE, None),
    _K.MANDATE_REVOKED: (_ALIVE, None),
    _K.ADDRESSEE_CHOSEN: (EARLY, None),
    _K.REQUEST_APPROVED: (frozenset({State.CONFIRMED, State.MANDATED, State.DRAFTED}), State.DRAFTED),
    # Reminders, answers, a withdrawal have a state of their own, the one of their dispatch: none of them moves the case.
    _K.LETTER_PREPARED: (frozenset(State), None),
    _K.LETTER_APPROVED: (frozenset(State), None),
    _K.LETTER_SENT: (frozenset(State), None),
    _K.LETTER_WITHDRAWN: (frozenset(State), None),
    _K.PRIOR_REQUEST_RECORDED: (frozenset({State.CONFIRMED, State.MANDATED}), State.SENT),
    # What a person sent although the case was closed left all the same, and is to be taken back: guard.
    _K.REQUEST_SENT: (frozenset({State.DRAFTED, State.SENT, State.RUNNING, State.CLOSED}), State.SENT),
    _K.DISPATCH_FAILED: (_ALIVE, None),
    _K.DISPATCH_UNKNOWN: (_ALIVE, None),
    _K.DISPATCH_NOT_SENT: (_ALIVE, None),
    _K.RECEIPT_PRESUMED: (frozenset({State.SENT}), State.RUNNING),
    _K.RECEIVED: (LATE, None),
    _K.ACKNOWLEDGED: (LATE, None),
    _K.BOUNCED: (frozenset({State.SENT, State.RUNNING, State.OVERDUE, State.CNIL_READY}), None),
    # Post comes back weeks later, when the e-mail sent beside it has long moved the case: recorded, moves nothing.
    _K.REFUSED_DELIVERY: (LATE, None),
    _K.UNCLAIMED: (LATE, None),
    _K.NOT_AT_ADDRESS: (LATE, None),
    _K.ID_REQUESTED: (
        frozenset({State.SENT, State.RUNNING, State.OVERDUE, State.CNIL_READY}) | AFTER,
        State.ID_PENDING,
    ),
    # While the delay runs as well: what is given after the letter that answered. Guard.
    _K.ID_SUPPLIED: (frozenset({State.ID_PENDING, State.RUNNING, State.OVERDUE, State.CNIL_READY}), None),
    _K.PRECISION_ASKED: (LATE | AFTER, None),
    _K.WRONG_CHANNEL: (LATE | AFTER, None),
    _K.EXTENSION_NOTIFIED: (
        frozenset({State.SENT, State.RUNNING, State.OVERDUE, State.CNIL_READY}) | AFTER,
        State.EXTENDED,
    ),
    _K.ERASED_CLAIMED: (LATE | AFTER, None),
    _K.CLAIM_DISPROVED: (LATE, State.PARTIAL),
    _K.ERASED_VERIFIED: (LATE | AT_CNIL, State.ERASED),
    _K.PARTIAL: (LATE | AFTER, State.PARTIAL),
    _K.REFUSAL: (LATE | AFTER, State.REFUSED),
    # Of a delay that a mere question of the platform keeps running, once its day is past: guard.
    _K.PACK_REQUESTED: (
        frozenset({State.RUNNING, State.EXTENDED, State.REFUSED, State.PARTIAL, State.OVERDUE, State.CNIL_READY}),
        State.CNIL_READY,
    ),
    # What undid a complaint at the CNIL, or settled it, is told by an addendum: guards.
    _K.PACK_BUILT: (AT_CNIL | {State.CNIL_READY, State.ERASED, State.CLOSED}, None),
    _K.PACK_SIGNED: (AT_CNIL | {State.CNIL_READY, State.ERASED, State.CLOSED}, None),
    _K.PAPER_PLACED: (frozenset(State), None),
    _K.LAWYER_NAMED: (_ALIVE, None),
    _K.DECLARATION_SIGNED: (_ALIVE, None),
    _K.FILED: (frozenset({State.CNIL_READY}), State.FILED),
    _K.CNIL_ACK: (AT_CNIL, State.CNIL_PENDING),
    _K.CNIL_INFO_REQUEST: (AT_CNIL, State.CNIL_PENDING),
    _K.CNIL_TOLD: (AT_CNIL | {State.ERASED, State.CLOSED}, None),
    _K.CNIL_CLOSED: (AT_CNIL, State.CLOSED),
    _K.CNIL_REJECTED: (AT_CNIL, State.CLOSED),
    _K.AGREEMENT_FOUND: (_ALIVE, State.CLOSED),
    _K.DECEASED: (_ALIVE, State.CLOSED),
    _K.WITHDRAWN: (_ALIVE, State.CLOSED),
    # Of two that were sent, one goes on with its own request and clock; one that is at the CNIL is never closed so.
    _K.DUPLICATE: (EARLY | LATE, State.CLOSED),
    _K.CONTROLLER_CHANGED: (_ALIVE, None),
    _K.DUE_CHANGED: (_ALIVE, None),
    _K.WITHDRAWAL_TOLD: (frozenset({State.CLOSED}), None),
    _K.HOLD: (_ALIVE, None),
    _K.RELEASE: (_ALIVE, None),
    _K.REAPPEARED: (frozenset({State.ERASED, State.CLOSED}), None),
    _K.WATCH_OVER: (frozenset({State.ERASED}), State.CLOSED),
}


BY_THE_PROGRAM = frozenset(
    {
        _K.FINDING_ADDED,
        _K.DISPATCH_FAILED,
        _K.DISPATCH_UNKNOWN,
        _K.DISPATCH_NOT_SENT,
        _K.PACK_BUILT,
        _K.PACK_SIGNED,
        _K.PAPER_PLACED,
        _K.LAWYER_NAMED,
        _K.DECLARATION_SIGNED,
        _K.DUE_CHANGED,
        _K.LETTER_PREPARED,
        _K.LETTER_APPROVED,
        _K.LETTER_SENT,
        _K.LETTER_WITHDRAWN,
    }
)
"""What no person enters by hand, so that no refusal proposes it."""
