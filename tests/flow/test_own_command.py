"""A fact that has its own command is not recorded past it."""

from listingguard.domain.case import EventKind
from listingguard.flow.review import BY_THEIR_OWN_COMMAND


def test_a_signed_declaration_is_registered_by_its_own_command_only() -> None:
    assert BY_THEIR_OWN_COMMAND[EventKind.DECLARATION_SIGNED] == "listingguard declaration add"
