"""How long a dossier of 60 pages takes, 20 of them colour captures, and how much memory: the aim is 4 s and 600 MB.

nice .venv/bin/python tests/bench/bench_pack.py
"""

import resource
import time
from datetime import date
from io import BytesIO
from pathlib import Path
from random import Random

import pypdf
from PIL import Image

from listingguard.edge.dossier import Document, Shown, dossier_pdf

LETTERS = Path(__file__).parents[2] / "letters"
WORDS = "La personne concernée demande l’effacement de la fiche publiée à son nom. "


def capture(random: Random) -> bytes:
    """Return a page in colour, 1280 points wide: bands, a gradient and noise, as a page with photographs."""
    image = Image.new("RGB", (1280, 1750), "white")
    for top in range(0, 1750, 50):
        image.paste(tuple(random.randrange(256) for _ in range(3)), (0, top, random.randrange(200, 1280), top + 30))
    image.paste(Image.effect_noise((640, 480), 60).convert("RGB"), (320, 400))
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def main() -> None:
    random = Random(1)
    paragraph = {"kind": "p", "rows": [[[[["text", WORDS * 30]]]]]}
    documents = [Document("Plainte", {"body": [paragraph] * 12})]
    shown = [Shown(n, f"Page {n}", f"pieces/piece-{n:02}.png", capture(random)) for n in range(1, 21)]
    mail = ("From: a@b.example\nSubject: essai\n\n" + (WORDS + "\n") * 120).encode()
    shown += [Shown(n, f"Message {n}", f"pieces/piece-{n:02}.eml", mail + str(n).encode()) for n in range(21, 29)]
    begun, used = time.perf_counter(), time.process_time()
    pdf = dossier_pdf(
        documents, shown, letters=LETTERS, day=date(2026, 5, 6), title="Essai", author="Essai", footer="Essai"
    )
    took, cpu = time.perf_counter() - begun, time.process_time() - used
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    pages = len(pypdf.PdfReader(BytesIO(pdf)).pages)
    print(f"{pages} pages, {len(pdf) / 1e6:.1f} MB: {took:.2f} s ({cpu:.2f} s of processor), {memory:.0f} MB at most")


if __name__ == "__main__":
    main()
