"""How fast letters go into the outbox, and become PDF beside WeasyPrint: `python tests/bench/bench_letters.py [--letters N]`.

First the whole way: a council's home with as many people, each with a case of their own, its captured page, their word and
their mandate; then each request is prepared and approved by an officer: ticks, guards, words, checks, PDF, e-mail with
the mandate, bytes synced into the vault, rows and event in one unit. What lies in the outbox afterwards is counted on disk.

Then the words and the page alone: the same request, to invented people, each with a name, a reference and pages of its
own. listingguard writes the words from the fields, checks them (gaps, lint), and lays them out as PDF/A-2b and PDF/UA-1.
WeasyPrint is given the finished text of that very letter as HTML with a style sheet that asks for the same page, and lays
it out once as plain PDF and once as PDF/UA-1 (it has no profile that is both). Its process writes those words as ours does,
checks included: what differs is the page.

Each side runs in a process of its own: seconds and processor's time of the whole process, imports included, letters a
second, bytes of a letter, and the peak of memory. Where other work shares the machine, the processor's time is the measure.
"""

from __future__ import annotations

import argparse
import html
import importlib.util
import multiprocessing
import queue
import resource
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).parents[2]
DAY = date(2026, 3, 12)

STYLE = """
@page { size: A4; margin: 20mm 20mm 24mm 25mm;
        @bottom-right { content: counter(page) "/" counter(pages); font-size: 8.5pt } }
body { font-family: "Libertinus Serif", "DejaVu Serif", serif; font-size: 10.5pt; line-height: 1.25; text-align: justify;
       hyphens: auto }
p { margin: 0 0 .7em } ul { margin: 0 0 .7em 4mm } .to { margin: 8mm 0 12mm 85mm } .sign { margin-left: 85mm }
"""


def samples() -> ModuleType:
    """Return the invented letters of the tests."""
    spec = importlib.util.spec_from_file_location("letter_samples", ROOT / "tests" / "letters" / "samples.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def requests(count: int) -> Iterator[Any]:
    """Yield as many requests, each about another invented person and another page."""
    made = samples()
    for number in range(1, count + 1):
        page = replace(
            made.PAGE,
            url=f"https://www.rdv-soins.example/masseur-kinesitherapeute/exempleville/{number}",
            sha256=f"{number:064x}",
        )
        yield replace(
            made.BOOKABLE_COUNCIL,
            reference=f"EX26-2026-{number:04}",
            practitioner_name=f"Camille EXEMPLE-{number}",
            pages=(page, replace(page, url=f"{page.url}/avis")),
        )


HOST, OFFICER = "rdv-soins.example", "Claude Élue"


def fill(home: Path, count: int) -> None:
    """Make a council's home with that many cases whose request may be approved today."""
    from listingguard.app import App, create_home
    from listingguard.demo import CONFIG
    from listingguard.demo_world import paper
    from listingguard.domain.case import Acting, EventKind
    from listingguard.domain.listing import Listing, Outcome, Place, Trait
    from listingguard.domain.practitioner import Civility, Mandate, Practice, Practitioner
    from listingguard.domain.record import CaptureRow, ReadingRow
    from listingguard.flow import approval, ledger, platform, review

    create_home(home, acting=Acting.COUNCIL, code="BENCH", person=OFFICER, simulated=True)
    (home / "config.toml").write_text(CONFIG.format(port=2525), encoding="utf-8")
    with App.open(home, actor=OFFICER, today=DAY, writing=True) as app:
        store, at = app.store, app.now()
        told: dict[str, Any] = {"today": DAY, "at": at, "actor": OFFICER}
        record = {
            "name": "Rendez-vous Soins SAS", "street": "40 avenue des Essais", "postcode": "75000", "town": "Paris",
            "email": "dpo@rdv-soins.example", "platform_name": "Rdv-Soins", "verified_on": DAY.isoformat(),
        }  # fmt: skip
        platform.set_controller(store, HOST, record, **told)
        notice = b"<p>Mentions legales</p>"
        platform.keep_notice(store, app.vault, HOST, f"https://{HOST}/mentions", notice, seen_on=DAY, **told)
        approval.add_officer(
            store, app.vault, name=OFFICER, role="présidente", since=date(2025, 1, 1), until=date(2029, 1, 1),
            delegated_by="", document=b"%PDF-1.7 acte", **told,
        )  # fmt: skip
        signed = app.vault.put(paper("Mandat"))
        with store.tx("bench.fill"):
            read = ReadingRow(HOST, f"https://{HOST}/", DAY, Outcome.LISTINGS, "", count, canary=True, human=False)
            reading = store.add_reading(read, at=at, milliseconds=1)
            for n in range(1, count + 1):
                practice = Practice("", f"{n} rue du Modèle", "26000", "Exempleville")
                person = Practitioner(
                    f"{n:011}",
                    f"Exemple-{n}",
                    "Camille",
                    rpps=f"{n:011}",
                    civility=Civility.MADAME,
                    practices=(practice,),
                )
                store.put_practitioner(person, source="bench", day=DAY, at=at)
                place = Place(practice.street, practice.postcode, practice.town)
                page = Listing(
                    HOST, str(n), f"https://www.{HOST}/masseur-kinesitherapeute/exempleville/{n}", person.full_name,
                    places=(place,), traits=frozenset({Trait.BOOKABLE}),
                )  # fmt: skip
                row = CaptureRow(f"{n:064x}", HOST, page.url, f"{n:064x}", DAY, at, {"at": at.isoformat()})
                store.add_capture(row, reading, [page.key])
                store.put_listing(page, row)
                finding = {"listing": page.key, "url": page.url, "capture": row.id, "reasons": [],
                           "verdict": "undetermined", "judged_by": OFFICER}  # fmt: skip
                name = store.open_case(
                    "BENCH", None, practitioner=person.id, controller=HOST, platform=HOST, day=DAY, at=at, actor=OFFICER,
                    data={"findings": [finding]},
                )  # fmt: skip
                review.record(
                    store, app.vault, store.case(name), EventKind.LISTING_CONFIRMED_BY_KINE, day=DAY, proof=b"moi", **told,
                    data={"situation": [f"{n + 1} patients se sont présentés sans rendez-vous connu du cabinet."]},
                )  # fmt: skip
                ledger.add_mandate(
                    store, Mandate(f"m{n}", person.id, "retrait", (), DAY, date(2028, 1, 7), signed), **told
                )


def outbox(home: Path, count: int) -> tuple[int, int]:
    """Approve the request of each case of a home, and return how many wait in the outbox, and the bytes of their PDFs."""
    from listingguard.app import App
    from listingguard.domain.record import DispatchState
    from listingguard.flow import letter as letters

    size = 0
    with App.open(home, actor=OFFICER, today=DAY, writing=True) as app:
        office, controllers = app.office(), app.controllers()
        for case in app.store.cases()[:count]:
            row = letters.approve(
                app.store, app.vault, office, controllers, case, ticked=("objection", "erasure_after_objection"),
                today=DAY, at=app.now(), actor=OFFICER,
            )  # fmt: skip
            size += len(app.vault.get(row.pdf))
        return len(app.store.dispatches(state=DispatchState.QUEUED)), size


def ours(count: int) -> tuple[int, int]:
    """Return how many letters were written, and their bytes."""
    from listingguard.domain.letter import Kind
    from listingguard.edge.render import Renderer

    renderer = Renderer(ROOT / "letters")
    return count, sum(len(renderer.pdf(Kind.REQUEST, each, day=DAY)) for each in requests(count))


def as_html(text: str) -> str:
    """Return the finished text of a letter as HTML, a block for each of its blocks."""
    blocks = []
    for number, block in enumerate(text.strip().split("\n\n")):
        lines = [html.escape(line.strip()) for line in block.splitlines()]
        if block.startswith("– "):
            blocks.append("<ul>" + "".join(f"<li>{line.removeprefix('– ')}</li>" for line in lines) + "</ul>")
        else:
            blocks.append(f"<p{' class=to' if number == 1 else ''}>" + "<br>".join(lines) + "</p>")
    return f"<!doctype html><html lang=fr><title>Demande</title><style>{STYLE}</style><body>{''.join(blocks)}</body></html>"


def weasyprint(count: int, variant: str | None = None) -> tuple[int, int]:
    """Return how many letters WeasyPrint laid out, and their bytes; the words come ready, as its input."""
    from weasyprint import HTML  # type: ignore[import-not-found, unused-ignore]
    from weasyprint.text.fonts import FontConfiguration  # type: ignore[import-not-found, unused-ignore]

    from listingguard.domain.letter import Kind
    from listingguard.edge.render import Renderer

    renderer, fonts = Renderer(ROOT / "letters"), FontConfiguration()
    size = 0
    for each in requests(count):
        page = HTML(string=as_html(renderer.text(Kind.REQUEST, each)))
        size += len(page.write_pdf(font_config=fonts, pdf_variant=variant))
    return count, size


def tagged(count: int) -> tuple[int, int]:
    """Return what WeasyPrint makes as PDF/UA-1."""
    return weasyprint(count, "pdf/ua-1")


def _child(work: Callable[[int], tuple[int, int]], count: int, out: Any) -> None:
    begin = time.perf_counter()
    try:
        letters, size = work(count)
    except BaseException:
        out.put(traceback.format_exc())
        raise
    used = resource.getrusage(resource.RUSAGE_SELF)
    out.put((letters, size, time.perf_counter() - begin, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024))


def measured(name: str, work: Callable[[int], tuple[int, int]], count: int) -> None:
    """Print one row: what one side did in a process of its own."""
    context = multiprocessing.get_context("spawn")
    out = context.Queue()
    process = context.Process(target=_child, args=(work, count, out))
    process.start()
    told: Any = None
    while told is None:
        # A child that was killed, by want of memory say, tells nothing: it is not waited for.
        with suppress(queue.Empty):
            told = out.get(timeout=1.0)
        if told is None and not process.is_alive() and out.empty():
            told = f"the process ended without a result (code {process.exitcode})"
    process.join()
    if isinstance(told, str):
        raise SystemExit(f"{name}: {told}")
    letters, size, seconds, processor, memory = told
    if letters != count:
        raise SystemExit(f"{name}: {letters} letters came of {count}")
    print(
        f"{name:<34} {letters:>6} {seconds:>9.1f} {processor:>9.1f} {letters / seconds:>9.1f} {letters / processor:>11.1f}"
        f" {size / letters / 1024:>8.1f} {memory:>8.0f}"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--letters", type=int, default=1000)
    parser.add_argument(
        "--peer-letters", type=int, default=100, help="WeasyPrint is slower: fewer letters tell its pace"
    )
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "conseil"
        begin = time.perf_counter()
        fill(home, args.letters)
        print(f"{args.letters} cases made, ready to be approved, in {time.perf_counter() - begin:.1f} s")
        head()
        measured("listingguard, into the outbox", partial(outbox, home), args.letters)
        files = [file for file in home.rglob("*") if file.is_file()]
        print(f"the home on disk: {len(files)} files, {sum(file.stat().st_size for file in files) / 1e6:.1f} MB\n")
    head()
    measured("listingguard, PDF/A-2b + UA-1", ours, args.letters)
    if importlib.util.find_spec("weasyprint") is None:
        print("WeasyPrint is not installed (pip install -e '.[tools]'): no comparison.")
        return
    measured("WeasyPrint, plain PDF", weasyprint, args.peer_letters)
    measured("WeasyPrint, PDF/UA-1", tagged, args.peer_letters)


def head() -> None:
    """Print the titles of the columns."""
    print(
        f"{'':<34} {'letters':>6} {'seconds':>8} {'cpu s':>9} {'per s':>9} {'per cpu s':>11} {'KB each':>8} {'peak MB':>8}"
    )


if __name__ == "__main__":
    main()
