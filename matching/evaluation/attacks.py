"""How hard the order is to game, and how blind it is: `python -m matching.evaluation.attacks FOLDER` prints it.

FOLDER holds `benchmarks/jobfamily_resumes_dev` and `postings`.
"""

import argparse
import json
import random
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from matching.evaluation.readings import read_document
from matching.evaluation.trials import (
    POSTINGS,
    SWAPS,
    TOP,
    Document,
    Tried,
    Vectors,
    ask,
    hidden_left,
    postings_in,
    resumes_in,
    swapped,
    try_tricks,
)
from matching.resumes.copying import copied_flags, posting_words
from matching.resumes.privacy import seen
from matching.resumes.suspicion import flags_in
from matching.signals.occupations import references_of
from matching.spaces import DEFAULT_MODEL

RESUMES = 100


def main() -> None:
    """Read the folder, try everything, print what came of it."""
    parser = argparse.ArgumentParser(description="Try four tricks on the order, and swap who people are.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--resumes", type=int, default=RESUMES, help="how many try each trick beside each posting")
    parser.add_argument("--postings", type=int, default=len(POSTINGS))
    parser.add_argument("--swaps", type=int, default=SWAPS)
    parser.add_argument("--every", type=int, default=1, help="take every n-th résumé only")
    parser.add_argument("--out", type=Path, help="write the figures there as JSON too")
    chosen = parser.parse_args()
    console = Console()
    resumes = resumes_in(chosen.folder)[:: chosen.every]
    postings = postings_in(chosen.folder)[: chosen.postings]
    figures = measure(resumes, postings, chosen.resumes, chosen.swaps, console)
    console.print(_tricks_table(figures["tricks"]), _honest_table(figures["honest"], len(resumes)))
    console.print(
        "Postings as white text in PDF and DOCX: {dropped} of {files} dropped whole and told.".format(**figures)
    )
    console.print(
        "Name, gender, age, address swapped in {swapped}: {moved} are compared by something else.".format(**figures)
    )
    if chosen.out:
        chosen.out.write_text(json.dumps(figures, indent=1), encoding="utf-8")


def measure(
    resumes: Sequence[Document], postings: Sequence[Document], count: int, swaps: int, console: Console
) -> dict[str, Any]:
    """Return every figure as plain JSON: tricks by name, flags on honest résumés, hidden text, swaps."""
    from matching.embedding import Embedder

    embedder = Embedder.load(DEFAULT_MODEL)
    vectors, references = Vectors(embedder.embed), references_of(embedder.space)
    readings = [read_document(resume.text) for resume in resumes]
    for reading in track(readings, description="Embedding résumés", console=console):
        vectors.of([piece.text for piece in reading.pieces])
    tried: dict[str, list[Tried]] = defaultdict(list)
    for number, posting in enumerate(track(postings, description="Trying tricks", console=console)):
        for one in try_tricks(ask(posting, vectors, references), resumes, readings, vectors, count, number):
            tried[one.trick].append(one)
    left = list(hidden_left(resumes[0].text, postings))
    picked = random.Random(0).sample(resumes, min(swaps, len(resumes)))  # noqa: S311
    moved = sum(first != second for first, second in (swapped(one, number) for number, one in enumerate(picked)))
    return {
        "tricks": {trick: _figures(ones) for trick, ones in tried.items()},
        "honest": _flagged_honest([seen(resume.text).blanked for resume in resumes], postings),
        "files": len(left),
        "dropped": left.count(""),
        "swapped": len(picked),
        "moved": moved,
    }


def _figures(ones: Sequence[Tried]) -> dict[str, float]:
    return {
        "tries": len(ones),
        "flagged": float(np.mean([one.flagged for one in ones])),
        "before": float(np.median([one.before for one in ones])),
        "unguarded": float(np.median([one.unguarded for one in ones])),
        "unguarded_top": sum(one.unguarded <= TOP for one in ones),
        "after": float(np.median([one.after for one in ones])),
        "top": sum(one.after <= TOP for one in ones),
        "best": min(one.after for one in ones),
    }


def _flagged_honest(blanked: Sequence[str], postings: Sequence[Document]) -> dict[str, int]:
    """Return how many honest résumés are flagged by themselves and beside each posting."""
    flagged = {"by itself": sum(bool(flags_in(text)) for text in blanked)}
    for posting in postings:
        words = posting_words(posting.text)
        flagged[posting.name] = sum(bool(copied_flags(words, text)) for text in blanked)
    return flagged


def _tricks_table(tricks: dict[str, dict[str, float]]) -> Table:
    table = Table(
        title="Tricks of the unqualified", caption=f"Ranks are medians; in brackets: how many got in the top {TOP}."
    )
    for column in ("trick", "tries", "flagged", "rank before", "unguarded", "guarded", "best"):
        table.add_column(column, justify="left" if column == "trick" else "right")
    for trick, one in tricks.items():
        unguarded, guarded = f"{one['unguarded']:.0f} ({one['unguarded_top']})", f"{one['after']:.0f} ({one['top']})"
        cells = (
            f"{one['tries']:,}",
            f"{one['flagged']:.1%}",
            f"{one['before']:.0f}",
            unguarded,
            guarded,
            f"{one['best']:.0f}",
        )
        table.add_row(trick, *cells)
    return table


def _honest_table(flagged: dict[str, int], count: int) -> Table:
    table = Table(title=f"Flags on {count:,} honest résumés")
    for column in ("beside", "flagged", "share"):
        table.add_column(column, justify="left" if column == "beside" else "right")
    for name, number in flagged.items():
        table.add_row(name[:50], str(number), f"{number / count:.2%}")
    return table


if __name__ == "__main__":
    main()
