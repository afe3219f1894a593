"""`python -m bench.chart OUT.svg` draws how long the whole answer takes among ever more people, from var/bench.json."""

import argparse
import json
import re
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Figure

ANSWER = re.compile(r"whole answer, ([\d,]+) people: p95")
PASSING = re.compile(r"p50 ([\d,.]+) ms, ([\d,]+) pass")


def main() -> None:
    """Draw the chart."""
    parser = argparse.ArgumentParser(prog="python -m bench.chart", description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--figures", type=Path, default=Path("var/bench.json"))
    options = parser.parse_args()
    points = sorted(_points([Figure.from_spec(spec) for spec in json.loads(options.figures.read_text())]))
    if not points:
        parser.error(f"{options.figures} holds no figure of a whole answer; run `python -m bench answer` first")
    _draw(points, options.out)


def _points(figures: list[Figure]) -> Iterator[tuple[int, float, float, float]]:
    """Yield people, p95 and p50 in milliseconds, and how many passed the gates."""
    for figure in figures:
        size, reference = ANSWER.match(figure.name), PASSING.match(figure.reference)
        if size and reference:
            p50, passing = (float(found.replace(",", "")) for found in reference.groups())
            yield int(size[1].replace(",", "")), figure.value, p50, passing


def _draw(points: list[tuple[int, float, float, float]], out: Path) -> None:
    import matplotlib as mpl

    mpl.use("svg")
    # The same bytes for the same figures, and words that stay words.
    mpl.rcParams.update({"svg.hashsalt": "fairmatch", "svg.fonttype": "none", "font.family": "sans-serif"})
    from matplotlib import pyplot

    people, p95, p50, passing = zip(*points, strict=True)
    drawing, axes = pyplot.subplots(figsize=(7.5, 4.2))
    axes.loglog(people, p95, "o-", color="#1f5fbf", label="whole answer, p95")
    axes.loglog(people, p50, "o--", color="#1f5fbf", alpha=0.6, label="whole answer, p50")
    slope = [p95[0] * count / passing[0] for count in passing]
    axes.loglog(people, slope, ":", color="#888888", label="growth of the number that pass the gates")
    for at, count in zip(people, passing, strict=True):
        axes.annotate(
            f"{count:,.0f} pass", (at, p95[people.index(at)]), xytext=(0, 8), textcoords="offset points", ha="center"
        )
    axes.set(xlabel="people", ylabel="milliseconds", title="What a manager waits for")
    axes.set_ylim(min(p50) / 2, max(p95) * 4)
    axes.grid(visible=True, which="major", alpha=0.3)
    axes.legend(loc="upper left")
    drawing.tight_layout()
    out.parent.mkdir(parents=True, exist_ok=True)
    drawing.savefig(out, metadata={"Date": None})


if __name__ == "__main__":
    main()
