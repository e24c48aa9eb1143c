"""What the documents promise is there: commands, options, links, make targets, licences, locked versions."""

import re
import shlex
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click
import pytest
from packaging.requirements import Requirement

from listingguard.cli import COMMANDS, main
from listingguard.domain.case import EventKind
from listingguard.domain.french import typography

ROOT = Path(__file__).parent.parent
# The design says what is meant, later versions included; the other pages say what is there.
PAGES = [ROOT / "README.md", *sorted(path for path in (ROOT / "docs").glob("*.md") if path.name != "design.md")]
FRENCH = [path for path in PAGES if path.name.startswith("guide-")]

_FENCE = re.compile(r"^```[^\n]*\n(.*?)^```", re.M | re.S)
_INLINE = re.compile(r"`([^`\n]+)`")
_CONTINUED = re.compile(r"\s*\\\n\s*")
_CALL = re.compile(r"(?:^|\$ |/)listingguard (?P<rest>\S.*)")


def blocks(text: str) -> Iterator[str]:
    """Yield every command line of the code blocks, without `listingguard`, up to a remark two spaces away."""
    for block in _FENCE.findall(text):
        for line in _CONTINUED.sub(" ", block).splitlines():
            if found := _CALL.search(line.strip()):
                yield found["rest"].split("  ")[0]


def mentions(text: str) -> Iterator[str]:
    """Yield every command named within a sentence."""
    for code in _INLINE.findall(_FENCE.sub("", text)):
        if found := _CALL.match(code):
            yield found["rest"]


def examples() -> Iterator[tuple[str, str]]:
    """Yield the name of each command and every command line its own help shows."""
    for name, command in [("", main), *((name, top(name)) for name in COMMANDS)]:
        for each in [command, *getattr(command, "commands", {}).values()]:
            for line in _CONTINUED.sub(" ", each.help or "").splitlines():
                if line.startswith("  ") and (found := _CALL.match(line.strip())):
                    yield name, found["rest"].split("  ")[0]


def top(name: str) -> click.Command:
    command: click.Command = getattr(import_module(f"listingguard.cli.{COMMANDS[name][0]}"), name)
    return command


def wrong(line: str, *, whole: bool = True) -> str:
    """Return why the program would refuse this command line, without running it; empty when it would not.

    whole: False for a mere mention, whose arguments may be left out.
    """
    # click keeps the help option it makes first: it has to be the program's own, in French.
    program = click.Context(main, info_name="listingguard", **main.context_settings)
    words = shlex.split(line)
    try:
        _, words, _ = main.make_parser(program).parse_args(words)
        if not words or words[0] not in COMMANDS:
            return f"no such command: {line}"
        command = top(words.pop(0))
        while isinstance(command, click.Group) and words and words[0] in command.commands:
            command = command.commands[words.pop(0)]
        if isinstance(command, click.Group):
            return f"a verb is missing or unknown: {line}" if whole or words else ""
        if whole:
            context = click.Context(command, parent=program, info_name=line)
            command.parse_args(context, list(words))
            kind = context.params.get("kind", EventKind.DETECTED)
            return "" if kind in set(EventKind) else f"no such kind of event: {line}"
        options = [word for word in words if word.startswith("--")]
        known = {name for param in command.params for name in param.opts}
        return "" if known.issuperset(options) else f"no such option: {line}"
    except click.UsageError as error:
        return f"{line}: {error.format_message()}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_line_of_a_page_would_be_accepted(page):
    text = page.read_text(encoding="utf-8")
    assert [problem for line in blocks(text) if (problem := wrong(line))] == []
    assert [problem for line in mentions(text) if (problem := wrong(line, whole=False))] == []


def test_every_example_in_a_help_text_would_be_accepted():
    found = list(examples())
    assert len(found) > len(COMMANDS)
    assert [problem for _, line in found if (problem := wrong(line))] == []


def test_every_page_shows_commands():
    assert {page.name for page in PAGES} >= {"README.md", "guide-kine.md", "guide-conseil.md", "operations.md"}
    assert all(list(blocks(page.read_text(encoding="utf-8"))) for page in PAGES if page.name != "adding-a-site.md")


@pytest.mark.parametrize(
    "line",
    [
        "inconnue",
        "roster",
        "roster effacer",
        "deadline",
        "deadline 2026-03-05 --inconnue",
        "--inconnue next",
        "verify --expected a.zip",
        "event add K-1 disparu --day 2026-01-01",
        "watch set 10005173140 peut-être",
        "letter approve",
    ],
)
def test_the_check_sees_a_command_line_that_would_be_refused(line):
    assert wrong(line)


def test_relative_links_lead_somewhere():
    broken = []
    for page in [*PAGES, ROOT / "docs" / "design.md", ROOT / "CHANGELOG.md"]:
        for target in re.findall(r"\]\(([^)\s]+)\)", _FENCE.sub("", page.read_text(encoding="utf-8"))):
            path = target.partition("#")[0]
            if "://" not in target and path and not (page.parent / path).exists():
                broken.append(f"{page.name}: {target}")
    assert broken == []


def test_every_make_target_that_is_named_exists():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    assert targets >= {"demo", "test", "check", "wheel", "bench", "system-test", "clean"}
    texts = [page.read_text(encoding="utf-8") for page in PAGES]
    texts += [(ROOT / ".ci" / "run").read_text(encoding="utf-8")]
    named = {name for text in texts for name in re.findall(r"(?:^\s*\$? ?|`|\w )make ([a-z-]+)(?:`|$)", text, re.M)}
    assert named >= {"demo", "test"}
    assert named <= targets


@pytest.mark.parametrize("page", FRENCH, ids=lambda page: page.name)
def test_the_guides_are_written_as_french_is(page):
    text = page.read_text(encoding="utf-8")
    prose = _INLINE.sub("code", _FENCE.sub("", text))
    assert prose == typography(prose, narrow=False)
    assert not re.search(r"\bDocteur\b|\(e\)|mise en demeure|deux mois de la loi", prose)


def locked(name: str) -> dict[str, list[str]]:
    """Return the versions of each package in a lock: more than one where they depend on the machine."""
    found: dict[str, list[str]] = {}
    for package, version in re.findall(r"^([a-z0-9._-]+)==([^\s;]+)", (ROOT / name).read_text(encoding="utf-8"), re.M):
        found.setdefault(package, []).append(version)
    return found


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_the_locks_satisfy_the_project_hash_everything_and_name_no_index(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "://" not in text
    assert "index" not in text
    assert all("--hash=sha256:" in entry for entry in re.split(r"^(?=[a-z0-9])", text, flags=re.M) if entry.strip())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *(project["optional-dependencies"]["dev"] if "dev" in name else [])]
    versions = locked(name)
    for requirement in map(Requirement, wanted):
        assert versions.get(requirement.name), f"{requirement.name} is not locked"
        assert all(requirement.specifier.contains(version) for version in versions[requirement.name]), requirement


def test_both_locks_agree():
    runtime, dev = locked("requirements.lock"), locked("requirements-dev.lock")
    assert {name: dev.get(name) for name in runtime} == runtime


def test_notice_lists_every_package_that_is_installed_with_us():
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    listed = set(re.findall(r"(?:^  |  )([a-z0-9-]+)  ", notice, re.M))
    assert set(locked("requirements.lock")) - listed == set()


def test_the_licence_is_the_one_that_is_declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert project["license"] == "EUPL-1.2"
    assert licence.startswith("EUROPEAN UNION PUBLIC LICENCE v. 1.2")
    assert "15.Applicable Law" in licence
    assert "Appendix" in licence
