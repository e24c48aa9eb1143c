"""Each reply calls for a next step, whose command exists."""

import shlex

import click
import pytest

from listingguard.cli import COMMANDS, main
from listingguard.domain.reaction import reaction
from listingguard.domain.suggestion import Meaning


@pytest.mark.parametrize("meaning", Meaning)
def test_every_reply_has_a_next_step_that_can_be_typed_or_written(meaning):
    then = reaction(meaning, "KINE-2026-0001")
    assert then.text
    assert then.letter or then.command
    if then.command:
        _, *words = shlex.split(then.command)
        assert words[0] in COMMANDS
        command = main.get_command(click.Context(main), words[0])
        assert not isinstance(command, click.Group) or words[1] in command.commands


def test_an_extension_in_time_and_reasoned_is_waited_for_and_any_other_is_answered():
    assert reaction(Meaning.EXTENDED, "X", reasoned=True).letter is None
    for told in ({}, {"reasoned": True, "late": True}, {"late": True}):
        assert reaction(Meaning.EXTENDED, "X", **told).letter is not None
