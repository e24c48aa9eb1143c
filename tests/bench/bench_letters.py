"""How fast letters become PDF, beside WeasyPrint: `python tests/bench/bench_letters.py [--letters N]`.

The same request, to invented people, each with a name, a reference and pages of its own. listingguard writes the words from
the fields, checks them (gaps, lint), and lays them out as PDF/A-2b and PDF/UA-1. WeasyPrint is given the finished
text of that very letter as HTML with a style sheet that asks for the same page, and lays it out once as plain PDF and once
as PDF/UA-1 (it has no profile that is both). Each side runs in a process of its own: seconds and processor's time of the
whole process, imports included, letters a second, bytes of a letter, and the peak of memory. Where other work shares the
machine, the processor's time is the measure.
"""

from __future__ import annotations

import argparse
import html
import importlib.util
import multiprocessing
import resource
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
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
    letters, size = work(count)
    used = resource.getrusage(resource.RUSAGE_SELF)
    out.put((letters, size, time.perf_counter() - begin, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024))


def measured(name: str, work: Callable[[int], tuple[int, int]], count: int) -> None:
    """Print one row: what one side did in a process of its own."""
    context = multiprocessing.get_context("spawn")
    out = context.Queue()
    process = context.Process(target=_child, args=(work, count, out))
    process.start()
    letters, size, seconds, processor, memory = out.get()
    process.join()
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
    print(
        f"{'':<34} {'letters':>6} {'seconds':>8} {'cpu s':>9} {'per s':>9} {'per cpu s':>11} {'KB each':>8} {'peak MB':>8}"
    )
    measured("listingguard, PDF/A-2b + UA-1", ours, args.letters)
    if importlib.util.find_spec("weasyprint") is None:
        print("WeasyPrint is not installed (pip install -e '.[tools]'): no comparison.")
        return
    measured("WeasyPrint, plain PDF", weasyprint, args.peer_letters)
    measured("WeasyPrint, PDF/UA-1", tagged, args.peer_letters)


if __name__ == "__main__":
    main()
