"""Raw mail -> replies of a case, or the quarantine. Bytes are kept as they came; a person says what they mean.

room (what it is read with) <- collect (filed as it comes), by_hand (as a person says), read (what they read in it), look
(what they see).
"""

from listingguard.flow.inbox.by_hand import (
    Beside,
    answers_for,
    cases_of,
    dispose,
    file_also,
    file_by_hand,
    file_paper,
    waits,
)
from listingguard.flow.inbox.collect import Box, Collected, collect, collected_since, file_message
from listingguard.flow.inbox.look import Seen, look, seen, to_settle, unread
from listingguard.flow.inbox.read import READ_AS, WORDS, read_as
from listingguard.flow.inbox.room import MAX_MAIL, Filed, Mailroom

__all__ = [
    "MAX_MAIL",
    "READ_AS",
    "WORDS",
    "Beside",
    "Box",
    "Collected",
    "Filed",
    "Mailroom",
    "Seen",
    "answers_for",
    "cases_of",
    "collect",
    "collected_since",
    "dispose",
    "file_also",
    "file_by_hand",
    "file_message",
    "file_paper",
    "look",
    "read_as",
    "seen",
    "to_settle",
    "unread",
    "waits",
]
