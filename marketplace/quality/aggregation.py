"""What many answers to one task together say: classes and numbers."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from marketplace.quality.labels import Floats, Labels

if TYPE_CHECKING:
    import pandas as pd

# How many answers, for each class that is the true one, a person's own way of answering in general counts for beside
# what they answered.  Two is the usual strength of a weak prior; from 1 to 4 the results hardly differ (README).
STRENGTH = 2.0
# Before any answer a person is thought to be right in two of three.
RIGHT, WRONG = 2.0, 1.0
MOST_ROUNDS, STILL = 200, 1e-6


class Method(StrEnum):
    """A way to make one label of many."""

    SHRUNK = "dawid_skene_shrunk"
    MAJORITY = "majority_vote"
    DAWID_SKENE = "dawid_skene"
    ONE_COIN = "one_coin_dawid_skene"
    MACE = "mace"
    GLAD = "glad"
    MEAN = "mean"
    MEDIAN = "median"
    WEIGHTED = "weighted_mean"


# What managers are given: one way for each shape of answer, whatever the project.
FOR_CLASSES, FOR_NUMBERS = Method.SHRUNK, Method.MEAN
# Chances that a model may hold, one for each person and pair of classes: half a gigabyte while it is fitted.
MOST_CHANCES = 20_000_000
CLASSES = (Method.SHRUNK, Method.MAJORITY, Method.DAWID_SKENE, Method.ONE_COIN, Method.MACE, Method.GLAD)
NUMBERS = (Method.MEAN, Method.MEDIAN, Method.WEIGHTED)
# Answers from which on a method that takes minutes is left out.
MOST_ANSWERS = {Method.GLAD: 20_000, Method.MACE: 20_000}
WHY = {
    Method.SHRUNK: (
        "People are counted by how they answer each class, and by how often they are right in general where they"
        " have answered little: whoever leans to one side is corrected, and newcomers are not over-read."
    ),
    Method.MAJORITY: "Each answer counts the same: there are too many people and classes to tell how each answers.",
    Method.MEAN: "Each answer counts the same: weighing people by how near they come to others did worse (README).",
}


@dataclass(frozen=True)
class Final:
    """The label of one task, with the *votes* behind it; *confidence*, 0 to 1, that it is right if the model holds.

    For numbers *value* is set, *confidence* is None and *error* is the standard error of a mean, None with one answer.
    """

    task: str
    label: str
    votes: dict[str, int]
    confidence: float | None = None
    value: float | None = None
    error: float | None = None


@dataclass(frozen=True)
class Fitted:
    """What a model of people gives: *posterior* of shape (tasks, classes), *matrices* of (workers, true, said)."""

    posterior: Floats
    matrices: Floats
    prior: Floats
    rounds: int


def aggregate(labels: Labels, method: Method = FOR_CLASSES) -> list[Final]:
    """Return the final label of each task, in the order of *labels*; the same answers give the same labels, always.

    Of classes that come out alike the one that sorts first is taken.  Raises Refused where numbers are asked of words.
    """
    if method in NUMBERS:
        return _numbers(labels, method)
    posterior = _posterior(labels, method)
    votes, best = labels.votes, posterior.argmax(axis=1)
    return [
        Final(
            task,
            labels.classes[best[at]],
            {labels.classes[said]: int(votes[at, said]) for said in np.flatnonzero(votes[at])},
            confidence=float(posterior[at, best[at]]),
        )
        for at, task in enumerate(labels.tasks)
    ]


def serving(labels: Labels, *, numeric: bool) -> Method:
    """Return the method that managers are given for answers of this shape."""
    if numeric:
        return FOR_NUMBERS
    return FOR_CLASSES if _fits(labels) else Method.MAJORITY


def methods_for(labels: Labels, *, numeric: bool) -> list[Method]:
    """Return the methods that end within minutes on so many answers, the one that serves managers first."""
    if numeric:
        return list(NUMBERS)
    if not _fits(labels):
        return [Method.MAJORITY]
    return [one for one in CLASSES if len(labels.task_of) <= MOST_ANSWERS.get(one, len(labels.task_of))]


def _fits(labels: Labels) -> bool:
    return len(labels.workers) * len(labels.classes) ** 2 <= MOST_CHANCES


def fit(labels: Labels, strength: float = STRENGTH) -> Fitted:
    """Fit the model of Dawid and Skene (1979), each person's matrix drawn towards their own one-coin matrix.

    A person's chance to say *k* of a task that is *j* is (answers so far + *strength* × base) / (their sum +
    *strength*); base is their accuracy over all classes on the diagonal, under a Beta(2, 1) prior, and the rest spread
    evenly.  It is a hierarchical form of the independent BCC of Kim and Ghahramani (2012); with *strength* 0 it is
    Dawid and Skene's.  EM from the shares of votes, until no chance moves by 1e-6 or for 200 rounds.
    """
    workers, classes = len(labels.workers), len(labels.classes)
    own = np.arange(classes)
    votes = labels.votes.astype(np.float64)
    posterior = votes / votes.sum(axis=1, keepdims=True)
    matrices, prior, rounds = np.zeros((workers, classes, classes)), posterior.mean(axis=0), 0
    while rounds < MOST_ROUNDS:
        rounds += 1
        prior = posterior.sum(axis=0) + 1
        prior /= prior.sum()
        counts = np.zeros((workers, classes, classes))
        np.add.at(counts.transpose(0, 2, 1), (labels.worker_of, labels.class_of), posterior[labels.task_of])
        accuracy = (counts[:, own, own].sum(axis=1) + RIGHT) / (counts.sum(axis=(1, 2)) + RIGHT + WRONG)
        base = np.empty_like(counts)
        base[:] = ((1 - accuracy) / max(classes - 1, 1))[:, None, None]
        base[:, own, own] = accuracy[:, None]
        matrices = counts + strength * base
        matrices /= np.maximum(matrices.sum(axis=2, keepdims=True), 1e-300)
        moved = _chances(labels, matrices, prior)
        step = float(np.abs(moved - posterior).max())
        posterior = moved
        if step < STILL:
            break
    return Fitted(posterior, matrices, prior, rounds)


def _chances(labels: Labels, matrices: Floats, prior: Floats) -> Floats:
    logs = np.tile(np.log(prior), (len(labels.tasks), 1))
    said = np.log(np.maximum(matrices, 1e-300)).transpose(0, 2, 1)[labels.worker_of, labels.class_of]
    np.add.at(logs, labels.task_of, said)
    chances = np.exp(logs - logs.max(axis=1, keepdims=True))
    return np.asarray(chances / chances.sum(axis=1, keepdims=True), dtype=np.float64)


def _posterior(labels: Labels, method: Method) -> Floats:
    if method is Method.SHRUNK:
        return fit(labels).posterior
    if method is Method.MAJORITY:
        votes = labels.votes.astype(np.float64)
        return np.asarray(votes / votes.sum(axis=1, keepdims=True))
    return _by_crowd_kit(labels, method)


def _by_crowd_kit(labels: Labels, method: Method) -> Floats:
    """Return the chances of a method of crowd-kit."""
    # It loads pandas, scikit-learn and nltk: only where it is asked for.
    from crowdkit.aggregation import GLAD, MACE, DawidSkene, OneCoinDawidSkene

    makers: dict[Method, Callable[[], DawidSkene | GLAD | MACE | OneCoinDawidSkene]] = {
        Method.DAWID_SKENE: lambda: DawidSkene(n_iter=100),
        Method.ONE_COIN: lambda: OneCoinDawidSkene(n_iter=100),
        Method.GLAD: lambda: GLAD(silent=True),
        Method.MACE: lambda: MACE(random_state=0),
    }
    with warnings.catch_warnings():
        # It does what the next pandas will not let it; the version here is pinned.
        warnings.simplefilter("ignore")
        found = makers[method]().fit_predict_proba(as_frame(labels))
    chances = found.reindex(index=range(len(labels.tasks)), columns=range(len(labels.classes)), fill_value=0.0)
    return np.asarray(chances.fillna(0.0).to_numpy(), dtype=np.float64)


def as_frame(labels: Labels) -> "pd.DataFrame":
    """Return the answers as crowd-kit wants them, by numbers."""
    import pandas as pd

    return pd.DataFrame({"task": labels.task_of, "worker": labels.worker_of, "label": labels.class_of})


def _numbers(labels: Labels, method: Method) -> list[Final]:
    values, tasks = labels.values(), len(labels.tasks)
    counts = np.bincount(labels.task_of, minlength=tasks)
    if method is Method.MEDIAN:
        order = np.lexsort((values, labels.task_of))
        parts = np.split(values[order], np.cumsum(counts)[:-1])
        found = np.array([np.median(part) for part in parts])
    else:
        weights = np.ones_like(values) if method is Method.MEAN else _precision(labels, values)
        found = np.bincount(labels.task_of, weights * values, tasks) / np.bincount(labels.task_of, weights, tasks)
    spread = np.bincount(labels.task_of, (values - found[labels.task_of]) ** 2, tasks)
    votes = labels.votes
    return [
        Final(
            task,
            f"{found[at]:.6g}",
            {labels.classes[said]: int(votes[at, said]) for said in np.flatnonzero(votes[at])},
            value=float(found[at]),
            error=float(np.sqrt(spread[at] / (counts[at] - 1) / counts[at])) if counts[at] > 1 else None,
        )
        for at, task in enumerate(labels.tasks)
    ]


def _precision(labels: Labels, values: Floats) -> Floats:
    """Return the weight of each answer: how near its author is to the others, drawn to the average by five answers."""
    workers, tasks = len(labels.workers), len(labels.tasks)
    counts = np.bincount(labels.worker_of, minlength=workers)
    weights = np.ones_like(values)
    for _ in range(20):
        means = np.bincount(labels.task_of, weights * values, tasks) / np.bincount(labels.task_of, weights, tasks)
        squares = (values - means[labels.task_of]) ** 2
        average = float(squares.mean()) or 1.0
        spread = (np.bincount(labels.worker_of, squares, workers) + 5 * average) / (counts + 5)
        weights = 1 / spread[labels.worker_of]
    return weights
