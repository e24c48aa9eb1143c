"""How well replies are read: suggestion against truth, per class, on two sets; totals only, never a name or a text.

    python tests/bench/bench_replies.py [--peer PYTHON]

tests/mails/replies was written before the rules, by their author; tests/mails/held_out by somebody else, unseen;
tests/mails/treacherous by a third, unseen too, most of it meant to mislead: two guards and one rule came of it since.
Beside it: a keyword baseline for the classes, and `mail-parser-reply` for the new text where the interpreter given
with --peer has it (it is no dependency of ours).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from listingguard.domain.reply_text import Automatic
from listingguard.domain.suggestion import Meaning, plain, suggest
from listingguard.edge.reply_mail import read_mail, reply_rules

MAILS = Path(__file__).parent.parent / "mails"
SETS = {"développement": MAILS / "replies", "mesure": MAILS / "held_out", "retors": MAILS / "treacherous"}

ALIASES = {
    "automatic": "auto", "auto_reply": "auto", "autoreply": "auto", "out_of_office": "auto", "bounced": "bounce",
    "none": None, "null": None, "": None, "mixed": None, "person": None, "left": None,
}  # fmt: skip


@dataclass
class Score:
    """What one reader got right on one set. left: no suggestion where there is one class; wrong: another class."""

    right: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    false_erased: int = 0
    false_refused: int = 0
    unreadable_truth: int = 0
    seconds: float = 0.0

    @property
    def mails(self) -> int:
        """Return how many mails were judged."""
        return sum(self.right.values()) + sum(self.left.values()) + sum(self.wrong.values())

    @property
    def accuracy(self) -> float:
        """Return the share of mails whose suggestion is right."""
        return sum(self.right.values()) / max(1, self.mails)


def accepted(entry: Any) -> set[str | None]:
    """Return the values that are right; a list means a mixed answer: any of it, or none."""
    value = entry.get("truth", entry.get("class", entry.get("suggestion"))) if isinstance(entry, Mapping) else entry
    values = [*value, None] if isinstance(value, list) else [value]
    known = {m.value for m in Meaning}
    done: set[str | None] = set()
    for each in values:
        name = ALIASES.get(each, each) if isinstance(each, str) or each is None else "?"
        if name is not None and name not in known:
            raise ValueError("unknown class")
        done.add(name)
    return done


def entries(folder: Path) -> dict[str, Any]:
    """Return file name -> entry of a set's truth.json."""
    data = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    if isinstance(data, Mapping) and not any(str(k).endswith(".eml") for k in data):
        data = next((v for v in data.values() if isinstance(v, (list, Mapping))), {})
    if isinstance(data, list):
        return {e.get("file") or e.get("name"): e for e in data}
    return dict(data)


def scored(folder: Path, reader: Callable[[bytes], str | None]) -> Score:
    """Return a reader's score on one set."""
    score = Score()
    for name, entry in entries(folder).items():
        raw = (folder / name).read_bytes()
        start = time.perf_counter()
        got = reader(raw)
        score.seconds += time.perf_counter() - start
        try:
            truth = accepted(entry)
        except (ValueError, AttributeError):
            score.unreadable_truth += 1
            continue
        label = "personne" if truth == {None} else "mêlée" if len(truth) > 1 else str(next(iter(truth)))
        bin_ = score.right if got in truth else score.left if got is None else score.wrong
        bin_[label] += 1
        score.false_erased += got == "erased" and got not in truth
        score.false_refused += got == "refused" and got not in truth
    return score


def ours(raw: bytes) -> str | None:
    """Return our suggestion."""
    found = suggest(read_mail(raw), reply_rules()).meaning
    return found.value if found else None


KEYWORDS = {
    "bounce": ("undeliver", "non remis", "echec de"), "auto": ("absent", "out of office", "reponse automatique"),
    "erased": ("supprime", "efface", "retire", "deleted", "removed"), "refused": ("refus", "ne pouvons", "unable"),
    "identity_asked": ("identite", "identity"), "extended": ("prolong", "delai supplementaire", "extend"),
    "wrong_channel": ("formulaire", "form"), "precision_asked": ("preciser", "quelle", "which", "url"),
    "acknowledged": ("recu", "reception", "received"), "unrelated": ("offre", "webinaire", "facture"),
}  # fmt: skip


def keywords(raw: bytes) -> str | None:
    """Return the first class of which a word occurs in the new text: what a filter in a mail program can do."""
    mail = read_mail(raw)
    text = plain(f"{mail.subject} {mail.new}")
    return next((kind for kind, words in KEYWORDS.items() if any(w in text for w in words)), None)


PEER = """
import json, sys
from mailparser_reply import EmailReplyParser
texts = json.load(sys.stdin)
parser = EmailReplyParser(languages=["fr", "en"])
print(json.dumps([parser.parse_reply(t) or "" for t in texts]))
"""


def quotes(peer: str) -> dict[str, tuple[int, int]]:
    """Return reader -> (mails whose new text is whole and free of the quote, mails judged), on the development set."""
    folder = SETS["développement"]
    rows = [(read_mail((folder / n).read_bytes()), e) for n, e in entries(folder).items()]
    rows = [(m, e) for m, e in rows if e["quoted_contains"]]
    texts = {"listingguard": [m.new for m, _ in rows]}
    if peer:
        whole = json.dumps(["\n\n".join(s.text for s in m.segments) for m, _ in rows])
        done = subprocess.run([peer, "-c", PEER], input=whole, capture_output=True, text=True, check=True, timeout=120)
        texts["mail-parser-reply"] = json.loads(done.stdout)
    flat = {name: [" ".join(t.split()) for t in given] for name, given in texts.items()}
    return {
        name: (
            sum(
                e["new_text_contains"] in text and e["quoted_contains"] not in text
                for text, (_, e) in zip(given, rows, strict=True)
            ),
            len(rows),
        )
        for name, given in flat.items()
    }


def extracted(folder: Path) -> tuple[int, int, int]:
    """Return mails whose new text was found apart from the rest, rightly told automatic or not, and judged."""
    found = told = 0
    rows = {name: entry for name, entry in entries(folder).items() if "new_text_contains" in entry}
    for name, entry in rows.items():
        mail = read_mail((folder / name).read_bytes())
        found += " ".join(entry["new_text_contains"].split()) in " ".join(mail.new.split())
        told += entry["automatic"] is (mail.automatic is not Automatic.NO)
    return found, told, len(rows)


def main() -> None:
    """Print the tables."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--peer", default="", help="an interpreter that has mail-parser-reply")
    asked = options.parse_args()
    reply_rules()
    for name, folder in SETS.items():
        if not (folder / "truth.json").exists():
            sys.stdout.write(f"{name}: absent\n")
            continue
        for reader in (ours, keywords):
            s = scored(folder, reader)
            sys.stdout.write(
                f"\n{name} / {'listingguard' if reader is ours else 'mots-clés'}: {s.mails} mails, right {s.accuracy:.1%}, "
                f"left to a person {sum(s.left.values())}, wrong {sum(s.wrong.values())}, false erased {s.false_erased}, "
                f"false refused {s.false_refused}, {1000 * s.seconds / max(1, s.mails):.2f} ms per mail"
                + (f", truth not understood {s.unreadable_truth}" if s.unreadable_truth else "") + "\n"
            )  # fmt: skip
            if reader is ours:
                for kind in sorted({*s.right, *s.left, *s.wrong}):
                    row = f"{kind:<18} right {s.right[kind]:>2}  left {s.left[kind]:>2}  wrong {s.wrong[kind]:>2}\n"
                    sys.stdout.write(row)
        found, told, judged = extracted(folder)
        sys.stdout.write(f"new text found {found} of {judged}, automatic or not {told} of {judged}\n")
    for name, (right, judged) in quotes(asked.peer).items():
        sys.stdout.write(f"\nnew text whole and free of the quote / {name}: {right} of {judged}")
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
