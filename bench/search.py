"""How fast the search is beside what else could be taken, and beside what memory allows; that it is exact.

Run with `python -m bench.search`.  Every engine answers the same query of the same filter in turn, so that whatever
else the machine does falls on all of them alike.
"""

import argparse
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.figures import Figure, write
from bench.search_database import Database, opened_database
from bench.search_peers import MOST, Ask, Vector, bandwidth, found_peers, in_memory, memory_limit, opened
from bench.search_people import FILTERS, Filter, People, make_people, mixed
from bench.texts import base_texts
from bench.world import SEED
from marketplace.db import db
from marketplace.matches import search

PEOPLE, MILLION = 100_000, 1_000_000
DISK_FOR_A_MILLION = 8 * 2**30
QUERIES = 40
# Threads of a matrix product spin on for a while, and would take a core from the engine that comes next.
REST = 0.05
PASSAGES = 5
OURS, ARRAYS, NAIVE = "PostgreSQL", "numpy", "naive pgvector"
INLINE, JOINED = "best passage inline", "join and group by"
Times = dict[tuple[str, str], NDArray[np.float64]]
# How many times faster than the others at 100,000 people where a filter keeps 5 % or less, and by filter at a million:
# how many times faster than a first attempt, how many times slower than memory allows.
AHEAD = {"sqlite-vec": 4.0, "lancedb": 10.0}
AHEAD_OF_NAIVE = (1.5, 3.0, 8.0, 40.0)
TIMES_THE_LIMIT = (25.0, 60.0, 45.0, 10.0)


def main() -> None:
    """Measure, print and write the figures."""
    parser = argparse.ArgumentParser(prog="python -m bench.search", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("var/bench/search.json"))
    parser.add_argument("--people", type=int, default=PEOPLE, help="how many people to search among")
    parser.add_argument("--million", action="store_true", help="a million people too")
    options = parser.parse_args()
    folder = options.out.parent
    folder.mkdir(parents=True, exist_ok=True)
    if options.million and shutil.disk_usage(folder).free < DISK_FOR_A_MILLION:
        sys.exit("A million people need 8 GB of disk.")
    base = base_texts(folder).vectors
    sizes = [options.people, *([MILLION] if options.million else [])]
    figures = [figure for size in sizes for figure in _measured(folder, size, base)]
    write(figures, options.out)


def _measured(folder: Path, count: int, base: NDArray[np.float32]) -> Iterator[Figure]:
    people, several = make_people(count, base), make_people(count // 5, base, PASSAGES)
    random = np.random.default_rng(SEED)
    queries = mixed(base, (QUERIES,), random)
    with ExitStack() as stack:
        database = stack.enter_context(opened_database(folder, people, several))
        engines: dict[str, Ask] = {OURS: database.product(), ARRAYS: in_memory(people), NAIVE: database.naive()}
        if count <= PEOPLE:
            engines |= {name: stack.enter_context(opened(name, people)) for name in found_peers()}
        times, recall = _in_turn(engines, queries)
        best, _ = _in_turn({INLINE: database.inline_max(), JOINED: database.joined_max()}, queries)
        found = [
            *_own(times, recall, people),
            *_against(times, people),
            *_limits(times, people, bandwidth()),
            *_best_passage(best, count),
            *_everybody(people),
            *_updates(database),
        ]
    for figure in found:
        print(*figure.cells(), sep=" | ", flush=True)
        yield figure


def _in_turn(engines: Mapping[str, Ask], queries: Vector) -> tuple[Times, dict[tuple[str, str], float]]:
    """Return the seconds of each answer and the mean share of the exact ones, by engine and filter."""
    times: dict[tuple[str, str], list[float]] = {}
    hits: dict[tuple[str, str], list[float]] = {}
    for wanted in FILTERS:
        for at, query in enumerate(queries):
            answers = {}
            for name, ask in engines.items():
                time.sleep(REST)
                began = time.perf_counter()
                answers[name] = ask(wanted, query)
                if at:  # the first one warms up
                    times.setdefault((name, wanted.name), []).append(time.perf_counter() - began)
            exact = set(answers.get(ARRAYS, ()))
            for name, answer in answers.items():
                hits.setdefault((name, wanted.name), []).append(len(exact & set(answer)) / max(1, len(exact)))
    return {key: np.array(value) for key, value in times.items()}, {key: float(np.mean(hits[key])) for key in hits}


def _own(times: Times, recall: dict[tuple[str, str], float], people: People) -> Iterator[Figure]:
    for wanted in FILTERS:
        p50, p95 = np.percentile(times[OURS, wanted.name], [50, 95]) * 1000
        hard = len(people) == PEOPLE and wanted.name == "F2"
        yield Figure(
            f"search, {_place(people, wanted)}: p50",
            p50,
            "ms",
            f"p95 {p95:.1f} ms",
            target="≤ 15 ms" if hard else "",
            met=bool(p50 <= 15) if hard else None,
        )
        share = recall[OURS, wanted.name]
        place = f"search, {_place(people, wanted)}: recall@{MOST}"
        yield Figure(place, share, "", "numpy in fp32, exact", target="≥ 0.99", met=share >= 0.99)


def _against(times: Times, people: People) -> Iterator[Figure]:
    """Compare medians of the same run; a ratio says how many times faster PostgreSQL is, with numpy how many slower."""
    for at, wanted in enumerate(FILTERS):
        own = _median(times, OURS, wanted)
        for name in dict.fromkeys(name for name, _ in times if name != OURS):
            other = _median(times, name, wanted)
            target = _target(name, at, len(people))
            ratio = own / other if name == ARRAYS else other / own
            met = None if target is None else bool(ratio <= target if name == ARRAYS else ratio >= target)
            words = "" if target is None else f"{'≤' if name == ARRAYS else '≥'} {target:g} ×"
            title = f"search, {_place(people, wanted)}: {'of' if name == ARRAYS else 'ahead of'} {name}"
            yield Figure(title, own * 1000, "ms", f"{name} {other * 1000:.1f} ms", ratio, words, met)


def _target(name: str, at: int, people: int) -> float | None:
    if name == ARRAYS:
        return 2.5 if people == PEOPLE and at == 1 else None
    if name == NAIVE:
        return AHEAD_OF_NAIVE[at] if people == MILLION else None
    return AHEAD[name] if people == PEOPLE and at > 0 else None


def _limits(times: Times, people: People, bytes_a_second: float) -> Iterator[Figure]:
    for wanted, target in zip(FILTERS, TIMES_THE_LIMIT, strict=True):
        own, limit = _median(times, OURS, wanted), memory_limit(people, wanted, bytes_a_second)
        counts = len(people) == MILLION
        yield Figure(
            f"search, {_place(people, wanted)}: of the memory limit",
            own * 1000,
            "ms",
            f"{limit * 1000:.2f} ms at {bytes_a_second / 1e9:.0f} GB/s",
            own / limit,
            f"≤ {target:g} ×" if counts else "",
            bool(own / limit <= target) if counts else None,
        )


def _best_passage(times: Times, count: int) -> Iterator[Figure]:
    for at, wanted in enumerate(FILTERS):
        own, other = _median(times, INLINE, wanted), _median(times, JOINED, wanted)
        ratio, hard = other / own, at == 1 and count == MILLION
        yield Figure(
            f"best of {PASSAGES} passages, {count // 5:,} people, {wanted.name}: ahead of join + group by",
            own * 1000,
            "ms",
            f"join + group by {other * 1000:.1f} ms",
            ratio,
            "≥ 2 ×" if hard else "",
            bool(ratio >= 2) if hard else None,
        )


def _everybody(people: People) -> Iterator[Figure]:
    nodes = [node for wanted in FILTERS[:3] for node in wanted.nodes()]
    waits = []
    for _ in range(QUERIES // 4):
        began = time.perf_counter()
        considered = search.outcomes(nodes).considered
        waits.append((time.perf_counter() - began) * 1000)
        db.session.rollback()
    name = f"what {len(nodes)} gates say of everybody, {len(people):,} people: p50"
    yield Figure(name, float(np.median(waits[1:])), "ms", f"{considered:,} considered")


def _updates(database: Database) -> Iterator[Figure]:
    for kind, seconds in database.update_times().items():
        p50, p95 = np.percentile(seconds, [50, 95]) * 1000
        yield Figure(
            f"one person changes {kind}, the row derived anew: p50",
            p50,
            "ms",
            f"p95 {p95:.2f} ms",
            target="≤ 5 ms",
            met=bool(p50 <= 5),
        )


def _median(times: Times, name: str, wanted: Filter) -> float:
    return float(np.median(times[name, wanted.name]))


def _place(people: People, wanted: Filter) -> str:
    return f"{len(people):,} people, {wanted.name} ({wanted.mask(people).mean():.2%})"


if __name__ == "__main__":
    main()
