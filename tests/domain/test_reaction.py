"""Each reply calls for a next step, whose command exists."""

import shlex

import click
import pytest

from listingguard.cli import main
from listingguard.domain.reaction import reaction
from listingguard.domain.suggestion import Meaning


@pytest.mark.parametrize("meaning", Meaning)
def test_every_reply_has_a_next_step_that_can_be_typed_or_written(meaning):
    then = reaction(meaning, "KINE-2026-0001")
    assert then.text
    assert then.commands
    if then.letter:
        for step in ("prepare", "approve"):
            line = f"listingguard letter {step} KINE-2026-0001 --kind {then.letter}"
            assert sum(c == line or c.startswith(f"{line} ") for c in then.commands) == 1
    for line in then.commands:
        program, *words = shlex.split(line.replace("JOUR", "2026-03-05"))
        assert program == "listingguard"
        command, context = main, click.Context(main)
        while isinstance(command, click.Group):
            command, name = command.get_command(context, words[0]), words.pop(0)
            assert command is not None, line
        # Every argument and option is read as the command reads it; a wrong one raises.
        command.make_context(name, words)


def test_an_extension_in_time_and_reasoned_is_waited_for_and_any_other_is_answered():
    assert reaction(Meaning.EXTENDED, "X", reasoned=True).letter is None
    for told in ({}, {"reasoned": True, "late": True}, {"late": True}):
        assert reaction(Meaning.EXTENDED, "X", **told).letter is not None
