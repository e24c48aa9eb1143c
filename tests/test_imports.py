"""The direction of imports, and the purity of the domain, read from the source: docs/design.md, part 3."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# Standard modules that only compute. Everything else of the standard library touches the world, or might.
PURE = {
    "__future__", "abc", "base64", "bisect", "calendar", "collections", "contextlib", "copy", "dataclasses", "datetime",
    "decimal", "difflib", "enum", "errno", "fractions", "functools", "hashlib", "heapq", "html", "itertools", "json", "math",
    "operator", "re", "statistics", "string", "struct", "textwrap", "types", "typing", "unicodedata", "urllib.parse",
    "zoneinfo",
}  # fmt: skip
DOMAIN_LIBRARIES = {"rapidfuzz", "phonenumbers", "stdnum"}
# Asking the clock, a file or the environment, however the module was imported.
IMPURE_CALLS = {"now", "utcnow", "today", "localtime", "gmtime", "getenv", "open", "print", "input", "exec", "eval"}

OURS = "listingguard"
# Layer -> the layers it may import. `edge` and `domain` may import themselves; no flow module imports another.
# Edge objects come into flow as arguments: there, and only there, their types may be named under TYPE_CHECKING.
TYPES_ONLY = {"flow": {"edge", "sites"}}
MAY_IMPORT = {
    "errors": set(),
    "domain": {"domain", "errors"},
    "config": {"domain", "errors"},
    "pages": {"pages", "domain", "errors"},
    "sites": {"pages", "domain", "errors"},
    "scrapers": {"sites", "pages", "domain"},
    "edge": {"edge", "domain", "errors", ""},
    "flow": {"domain", "errors"},
    "app": {"edge", "flow", "sites", "pages", "config", "domain", "errors", ""},
    "cli": {"cli", "app", "flow", "sites", "pages", "config", "domain", "errors", "demo", "scheduler", ""},
    "web": {"web", "app", "flow", "config", "domain", "errors", ""},
    "scheduler": {"app", "flow", "config", "domain", "errors", ""},
    "demo": {"app", "flow", "demo", "demo_world", "domain", "errors", ""},
    "demo_world": {"domain", "errors", ""},
    "__main__": {"cli"},
    "": set(),
}


def layer(module: str) -> str:
    """Return `domain` for `listingguard.domain.case`; empty for the package itself, which only knows its version."""
    return module.split(".")[1] if "." in module else ""


def imports(tree: ast.AST, module: str, *, package: bool = False) -> Iterator[tuple[int, str]]:
    """Yield line and full name of all that a module imports, inside functions and under TYPE_CHECKING too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = module.split(".")[: None if package and node.level == 1 else -(node.level - package) or None]
            full = ".".join([*(base if node.level else []), *([node.module] if node.module else [])])
            # `from listingguard import app` imports a module; `from datetime import date` a name.
            yield from ((node.lineno, f"{full}.{name.name}" if full in PACKAGES else full) for name in node.names)
        elif isinstance(node, ast.Call) and _called(node) == "import_module" and node.args:
            yield (
                node.lineno,
                "".join(str(part.value) for part in ast.walk(node.args[0]) if isinstance(part, ast.Constant)),
            )


PACKAGES = {OURS} | {f"{OURS}.{name}" for name in ("domain", "pages", "edge", "flow", "cli", "web")}


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def problems(source: str, module: str, *, package: bool = False) -> list[str]:
    """Return what a module imports or does against its layer's rules; `module` is its full name."""
    tree = ast.parse(source)
    own = "scrapers" if module.startswith("scrapers.") else layer(module)
    if own not in MAY_IMPORT:
        return [f"{module}: no rule says what {own} may import"]
    found = []
    unchecked = _type_checking_lines(tree)
    for line, name in dict.fromkeys(imports(tree, module, package=package)):
        if name == OURS or name.startswith(f"{OURS}."):
            # `from listingguard import __version__`
            target = "" if name in (OURS, f"{OURS}.__version__") else layer(name)
            parent = module.rpartition(".")[0]
            if line in unchecked and target in TYPES_ONLY.get(own, ()):
                continue
            if own == "flow" and _unit(name) == _unit(module):
                continue
            if target not in MAY_IMPORT[own]:
                found.append(f"{module}:{line} imports {name}")
            elif own == "flow" and target == "flow" and name != parent:
                found.append(f"{module}:{line} imports another flow module, {name}")
        elif own == "domain" and not _pure(name):
            found.append(f"{module}:{line} imports {name}, which is not pure")
        elif own == "errors" and name != "__future__" and name != "collections.abc":
            found.append(f"{module}:{line} imports {name}")
    if own == "domain":
        found += [f"{module}:{line} {what}" for line, what in _impure(tree)]
    return found


def _unit(name: str) -> str:
    """Return `listingguard.flow.complain` for one of its files: a flow module may be a folder."""
    return ".".join(name.split(".")[:3])


def _type_checking_lines(tree: ast.AST) -> set[int]:
    """Return the lines that only a type checker runs; the `else` branch is not among them."""
    return {
        inner.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for statement in node.body
        for inner in ast.walk(statement)
        if isinstance(inner, ast.stmt)
    }


def _pure(name: str) -> bool:
    top = name.partition(".")[0]
    return name in PURE or top in DOMAIN_LIBRARIES or (top in PURE and top not in {"urllib"})


def _impure(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _called(node) in IMPURE_CALLS:
            yield node.lineno, f"calls {_called(node)}()"
        elif isinstance(node, ast.Call) and _called(node) == "import_module":
            yield node.lineno, "imports by name"
        elif isinstance(node, ast.Attribute) and node.attr in {"environ", "stdout", "stderr", "stdin"}:
            yield node.lineno, f"reads {node.attr}"


def modules() -> list[tuple[str, Path]]:
    """Return full name and file of every module of the program and of every shipped site module."""
    found = []
    for path in sorted((ROOT / OURS).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found.append((".".join(parts[:-1] if parts[-1] == "__init__" else parts), path))
    return found + [(f"scrapers.{path.stem}", path) for path in sorted((ROOT / "scrapers").glob("*.py"))]


def test_every_module_imports_only_what_its_layer_may():
    everything = modules()
    assert len(everything) > 30
    found = [
        problem
        for name, path in everything
        for problem in problems(path.read_text(encoding="utf-8"), name, package=path.stem == "__init__")
    ]
    assert found == []


@pytest.mark.parametrize(
    ("part", "allowed"),
    [
        ("domain", {"domain", "errors"}),
        ("flow", {"flow", "domain", "errors"}),
        ("edge", {"edge", "domain", "errors"}),
        ("pages", {"pages", "domain", "errors"}),
    ],
)
def test_importing_a_layer_for_real_brings_only_what_it_may(part, allowed):
    names = [name for name, _ in modules() if name.startswith(f"{OURS}.{part}.")]
    code = f"import sys, {', '.join(names)}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    loaded = set(done.stdout.split())
    assert {layer(name) for name in loaded if name.startswith(f"{OURS}.")} <= allowed
    if part == "domain":
        assert not loaded & {"requests", "bs4", "lxml", "typst", "sqlite_utils", "sqlite3", "pydantic", "smtplib"}


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("listingguard.domain.x", "import requests"),
        ("listingguard.domain.x", "import sqlite3"),
        ("listingguard.domain.x", "import os"),
        ("listingguard.domain.x", "import time"),
        ("listingguard.domain.x", "from pathlib import Path"),
        ("listingguard.domain.x", "import urllib.request"),
        ("listingguard.domain.x", "def f():\n    import socket"),
        ("listingguard.domain.x", "from listingguard.edge import store"),
        ("listingguard.domain.x", "from listingguard import app"),
        ("listingguard.domain.x", "from ..edge.store import Store"),
        ("listingguard.domain.x", "from importlib import import_module"),
        ("listingguard.domain.x", "from datetime import date\ndate.today()"),
        ("listingguard.domain.x", "import datetime\ndatetime.datetime.now(datetime.UTC)"),
        ("listingguard.domain.x", "open('x')"),
        ("listingguard.domain.x", "def f(path):\n    return path.open()"),
        ("listingguard.flow.scan", "from listingguard.flow import review"),
        ("listingguard.flow.scan", "from listingguard.flow.review import find"),
        ("listingguard.flow.scan", "from . import review"),
        ("listingguard.flow.scan", "from .review import find"),
        ("listingguard.flow.scan", "from listingguard.edge.fetch import Fetcher"),
        ("listingguard.flow.scan", "import listingguard.app"),
        ("listingguard.flow.scan", "if TYPE_CHECKING:\n    pass\nelse:\n    from listingguard.edge.store import Store"),
        ("listingguard.flow.scan", "if TYPE_CHECKING:\n    from listingguard.app import App"),
        ("listingguard.cli.scan", "if TYPE_CHECKING:\n    from listingguard.edge.store import Store"),
        ("listingguard.edge.store", "from listingguard.flow.scan import plan"),
        ("listingguard.edge.store", "from listingguard.app import App"),
        ("listingguard.edge.store", "from listingguard.config import Settings"),
        ("listingguard.cli.scan", "from listingguard.edge.fetch import Fetcher"),
        ("listingguard.cli.scan", "import importlib\nimportlib.import_module('listingguard.edge.fetch')"),
        ("listingguard.config", "from listingguard.edge.calendar import NAMES"),
        ("listingguard.errors", "import json"),
        ("listingguard.errors", "from listingguard.domain import case"),
        ("listingguard.sites", "from listingguard.edge.fetch import Fetcher"),
        ("listingguard.pages.url", "from listingguard.edge.fetch import Fetcher"),
        ("listingguard.pages.url", "from listingguard.sites import Site"),
        ("listingguard.demo", "from listingguard.edge.store import Store"),
        ("listingguard.surprise", ""),
        ("scrapers.rdv", "from listingguard.errors import BadInput"),
        ("scrapers.rdv", "from listingguard.app import App"),
    ],
)
def test_the_check_sees_a_wrong_import(module, source):
    assert len(problems(source, module)) >= 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("listingguard.domain.x", "import re\nfrom datetime import date\nfrom urllib.parse import urlsplit"),
        ("listingguard.domain.x", "from listingguard.domain import case\nfrom listingguard.errors import BadInput"),
        ("listingguard.domain.x", "from rapidfuzz.distance import JaroWinkler\nimport stdnum.luhn"),
        ("listingguard.domain.x", "from .case import Case"),
        ("listingguard.flow.scan", "if TYPE_CHECKING:\n    from listingguard.edge.store import Store"),
        ("listingguard.flow.scan", "import logging\nfrom listingguard.domain.case import Case"),
        ("listingguard.edge.pack", "from listingguard import __version__\nfrom listingguard.edge import vault"),
        ("listingguard.app", "from listingguard.edge.store import Store\nfrom listingguard.flow import scan"),
        ("listingguard.cli.scan", "def f():\n    from listingguard.app import App"),
        (
            "scrapers.rdv",
            "import bs4\nfrom listingguard.sites import Site\nfrom listingguard.domain.listing import Page",
        ),
    ],
)
def test_the_check_lets_right_imports_pass(module, source):
    assert problems(source, module) == []
