"""`python -m bench.labels`: how often labels made of many are right in simulated crowds, by method and strength.

Seven sizes of crowd, five kinds of people, classes alike or one of them at 70 %, three seeds: 210 crowds.  The mean
accuracy of each method over all, and over each kind, is printed; it takes about three minutes.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import product

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from marketplace.quality.aggregation import Method, aggregate, fit
from marketplace.quality.labels import Labels

# Tasks, people, classes and answers a task.
SIZES = (
    (300, 30, 2, 3),
    (300, 30, 4, 3),
    (300, 60, 8, 5),
    (1000, 100, 3, 3),
    (200, 15, 4, 7),
    (400, 80, 20, 3),
    (800, 300, 2, 5),
)
KINDS = {
    "honest": "right as often as Beta(6, 2.5) gives, else anything",
    "guessing": "three in ten guess",
    "one answer": "a quarter always says the same",
    "opposite": "15 % are right in 15 %",
    "leaning": "each errs towards classes of their own",
}
SEEDS = range(3)
Numbers = NDArray[np.float64]
Guess = Callable[[Labels], list[str]]


def crowd(size: tuple[int, int, int, int], kind: str, seed: int, *, skewed: bool) -> tuple[Labels, dict[str, str]]:
    """Return what a simulated crowd answers, and what is true of each task."""
    tasks, people, classes, each = size
    chance = np.random.default_rng(seed)
    shares = np.array([0.7] + [0.3 / (classes - 1)] * (classes - 1)) if skewed else np.full(classes, 1 / classes)
    truth = chance.choice(classes, tasks, p=shares)
    ways = np.stack([_way(chance, kind, classes) for _ in range(people)])
    # A few people answer most, as everywhere.
    busy = chance.pareto(1.2, people) + 0.2
    rows = [
        (str(task), str(who), str(chance.choice(classes, p=ways[who, truth[task]])))
        for task in range(tasks)
        for who in chance.choice(people, min(each, people), replace=False, p=busy / busy.sum())
    ]
    return Labels.of(rows), {str(task): str(told) for task, told in enumerate(truth)}


def _way(chance: np.random.Generator, kind: str, classes: int) -> Numbers:
    """Return the chances of one person to say each class, by the true one."""
    right = float(chance.beta(6, 2.5))
    if kind == "guessing" and chance.random() < 0.3:
        right = 1 / classes
    if kind == "opposite" and chance.random() < 0.15:
        right = 0.15
    way = np.full((classes, classes), (1 - right) / (classes - 1))
    np.fill_diagonal(way, right)
    if kind == "one answer" and chance.random() < 0.25:
        way[:] = 0.02 / classes
        way[:, chance.integers(classes)] += 0.98
    if kind == "leaning":
        way = (1 - right) * chance.dirichlet([0.4] * classes, classes) + right * np.eye(classes)
    return np.asarray(way / way.sum(axis=1, keepdims=True), dtype=np.float64)


def guesses() -> Iterator[tuple[str, Guess]]:
    """Give every way to make one label of many, with its name."""
    for method in (Method.MAJORITY, Method.DAWID_SKENE, Method.ONE_COIN):
        yield method, lambda labels, method=method: [one.label for one in aggregate(labels, method)]  # type: ignore[misc]
    for strength in (0.0, 0.5, 1.0, 2.0, 4.0, 8.0):
        yield f"shrunk, {strength:g}", lambda labels, strength=strength: _shrunk(labels, strength)  # type: ignore[misc]


def _shrunk(labels: Labels, strength: float) -> list[str]:
    return [labels.classes[at] for at in fit(labels, strength).posterior.argmax(axis=1)]


def main() -> None:
    """Measure every method in every crowd and print the means."""
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    for size, kind, skewed, seed in product(SIZES, KINDS, (False, True), SEEDS):
        labels, truth = crowd(size, kind, seed, skewed=skewed)
        for name, guess in guesses():
            made = zip(labels.tasks, guess(labels), strict=True)
            found[name, kind].append(float(np.mean([truth[task] == label for task, label in made])))
    table = Table("method", "all", *KINDS, title="Share of labels that are right in 210 simulated crowds")
    for name, _ in guesses():
        means = [float(np.mean(found[name, kind])) for kind in KINDS]
        table.add_row(name, *(f"{one:.3f}" for one in (float(np.mean(means)), *means)))
    Console().print(table)
    for kind, words in KINDS.items():
        print(f"{kind}: {words}")


if __name__ == "__main__":
    main()
