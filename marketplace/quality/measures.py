"""How sure a measure is, how far people agree, and how hard a question is: never a bare number."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from marketplace.errors import Refused
from marketplace.quality.labels import Floats, Ints, Labels
from marketplace.words import say

NDArrayBool = NDArray[np.bool_]

LEVEL = 0.95
RESAMPLES = 1000


@dataclass(frozen=True)
class Measured:
    """A *value* with its 95 % interval from *low* to *high*, out of *n* cases.

    *low* and *high* are None where nothing can be said of them, as with a single case.
    """

    value: float
    low: float | None
    high: float | None
    n: int

    def __str__(self) -> str:
        """Return it as pages write it: ``0.898 (0.826 to 0.943, n = 108)``."""
        between = "" if self.low is None or self.high is None else f"{self.low:.3f} to {self.high:.3f}, "
        return f"{self.value:.3f} ({between}n = {self.n:,})"


def share(right: int, n: int) -> Measured:
    """Return a share with the interval of Wilson (1927); raises Refused with *n* 0 or *right* outside 0 to *n*."""
    if n < 1 or not 0 <= right <= n:
        raise Refused(say("There is nothing to take a share of."))
    from scipy.stats import binomtest

    found = binomtest(right, n).proportion_ci(LEVEL, method="wilson")
    return Measured(right / n, float(found.low), float(found.high), n)


def correlation(first: Floats, second: Floats) -> Measured:
    """Return Pearson's r of two rows of numbers with Fisher's interval; raises Refused where one does not vary."""
    n = len(first)
    if n < 2 or not np.ptp(first) or not np.ptp(second):
        raise Refused(say("There is no correlation where one side does not vary."))
    value = float(np.corrcoef(first, second)[0, 1])
    if n < 4 or abs(value) >= 1:
        return Measured(value, None, None, n)
    half = 1.959963984540054 / np.sqrt(n - 3)
    low, high = np.tanh(np.arctanh(value) - half), np.tanh(np.arctanh(value) + half)
    return Measured(value, float(low), float(high), n)


def alpha(labels: Labels, *, numeric: bool = False) -> Measured:
    """Return Krippendorff's alpha, nominal, or interval with *numeric*; 1 is agreement, 0 what chance gives.

    The interval is the bootstrap over tasks, 1,000 resamples with a fixed seed; n is the number of tasks with two
    answers or more.  Raises Refused where no task has two.
    """
    counts = np.bincount(labels.task_of, minlength=len(labels.tasks))
    paired = np.flatnonzero(counts >= 2)
    if not len(paired):
        raise Refused(say("No task has two answers: there is nothing that could agree."))
    votes = labels.votes[paired].astype(np.float64)
    distance = _distance(labels, numeric=numeric)
    # Distances summed over pairs of answers to a task, divided by its answers less one (Krippendorff 2011).
    within = np.einsum("tj,jk,tk->t", votes, distance, votes) / (votes.sum(axis=1) - 1)
    value = _alpha(within, votes, distance)
    chance = np.random.default_rng(0)
    drawn = chance.integers(0, len(paired), (RESAMPLES, len(paired)))
    again = np.array([_alpha(within[row], votes[row], distance) for row in drawn])
    if len(paired) < 2:
        return Measured(value, None, None, len(paired))
    low, high = np.quantile(again, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Measured(value, float(low), float(high), len(paired))


def _distance(labels: Labels, *, numeric: bool) -> Floats:
    size = len(labels.classes)
    if not numeric:
        return np.ones((size, size)) - np.eye(size)
    labels.values()  # refuses what is no number
    values = np.array([float(name) for name in labels.classes])
    return np.asarray((values[:, None] - values[None, :]) ** 2, dtype=np.float64)


def _alpha(within: Floats, votes: Floats, distance: Floats) -> float:
    said = votes.sum(axis=0)
    total = said.sum()
    expected = said @ distance @ said / (total - 1)
    return float(1 - within.sum() / expected) if expected else 1.0


def kappa(first: Sequence[str], second: Sequence[str], *, weights: str | None = None) -> Measured:
    """Return Cohen's kappa of two people over the same tasks; *weights* ``linear`` or ``quadratic`` for ordered labels.

    Numbers are ordered by size, words by their letters.  The interval is the bootstrap over tasks.  Raises Refused for
    rows that are empty or of two lengths.
    """
    if not first or len(first) != len(second):
        raise Refused(say("Two people are compared over the same tasks."))
    both = Labels.of(
        [
            (f"{at:09}", who, label)
            for at, pair in enumerate(zip(first, second, strict=True))
            for who, label in zip("ab", pair, strict=True)
        ]
    )
    said = both.class_of.reshape(-1, 2)
    size = len(both.classes)
    steps = np.abs(np.arange(size)[:, None] - np.arange(size)[None, :]).astype(np.float64)
    cost = {None: (steps > 0).astype(np.float64), "linear": steps, "quadratic": steps**2}[weights]
    value = _kappa(said, cost)
    chance = np.random.default_rng(0)
    drawn = chance.integers(0, len(said), (RESAMPLES, len(said)))
    low, high = np.quantile([_kappa(said[row], cost) for row in drawn], [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    enough = len(said) > 1
    return Measured(value, float(low) if enough else None, float(high) if enough else None, len(said))


def _kappa(said: Ints, cost: Floats) -> float:
    size = len(cost)
    table = np.zeros((size, size))
    np.add.at(table, (said[:, 0], said[:, 1]), 1)
    table /= len(said)
    expected = float((cost * np.outer(table.sum(axis=1), table.sum(axis=0))).sum())
    return 1 - float((cost * table).sum()) / expected if expected else 1.0


def agreement_with_others(labels: Labels) -> dict[str, Measured]:
    """Return for each person how often they said what most of the others said of the same task.

    Tasks of which the others say two things equally often, or nobody else says anything, are left out; so are people
    without any such task.
    """
    votes = labels.votes
    others = votes[labels.task_of]
    others[np.arange(len(others)), labels.class_of] -= 1
    most = others.max(axis=1)
    clear = (most > 0) & ((others == most[:, None]).sum(axis=1) == 1)
    same = clear & (others.argmax(axis=1) == labels.class_of)
    cases = np.bincount(labels.worker_of, clear, len(labels.workers)).astype(int)
    agreed = np.bincount(labels.worker_of, same, len(labels.workers)).astype(int)
    return {who: share(int(agreed[at]), int(cases[at])) for at, who in enumerate(labels.workers) if cases[at]}


def against_key(labels: Labels, key: dict[str, str]) -> dict[str, Measured]:
    """Return for each person how often they gave the label that *key* holds, over the tasks that it has."""
    names = {name: at for at, name in enumerate(labels.classes)}
    keyed = np.array([names.get(key[task], -2) if task in key else -1 for task in labels.tasks])[labels.task_of]
    cases = np.bincount(labels.worker_of, keyed != -1, len(labels.workers)).astype(int)
    right = np.bincount(labels.worker_of, keyed == labels.class_of, len(labels.workers)).astype(int)
    return {who: share(int(right[at]), int(cases[at])) for at, who in enumerate(labels.workers) if cases[at]}


@dataclass(frozen=True)
class Item:
    """How a question of an exam does.

    *easiness* is the share that is right, *discrimination* the point-biserial r with the score over the other
    questions, None where one of the two does not vary.
    """

    easiness: Measured
    discrimination: Measured | None


def items(right: NDArrayBool) -> list[Item]:
    """Return how each question does, from who was right: shape (people, questions)."""
    score = right.sum(axis=1)
    found = []
    for column in right.T.astype(np.int64):
        rest = (score - column).astype(np.float64)
        varies = np.ptp(column) and np.ptp(rest)
        r = correlation(column.astype(np.float64), rest) if varies else None
        found.append(Item(share(int(column.sum()), len(column)), r))
    return found
