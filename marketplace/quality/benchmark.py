"""How near labels made of many come to what is known to be true."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from marketplace.errors import Refused
from marketplace.quality.aggregation import Method, aggregate, methods_for, serving
from marketplace.quality.labels import Labels
from marketplace.quality.measures import Measured, alpha, correlation, share
from marketplace.words import say


@dataclass(frozen=True)
class Result:
    """One method against the truth: its accuracy, or for numbers Pearson's r and the mean absolute error."""

    method: Method
    accuracy: Measured | None = None
    pearson: Measured | None = None
    mae: float | None = None


@dataclass(frozen=True)
class Report:
    """Every method on one set of answers; *known* of its tasks have a truth.

    *alpha* is None where no task has two answers.  *serving* is the method that managers are given.
    """

    labels: Labels
    known: int
    alpha: Measured | None
    serving: Method
    results: list[Result]


def measure(
    labels: Labels,
    key: dict[str, str],
    *,
    numeric: bool,
    begin: Callable[[str, int], Callable[[int], object]] | None = None,
) -> Report:
    """Return how each method does, over the tasks of *labels* that *key* has; raises Refused where it has none.

    *begin* is told what takes how many steps, and gives what is told of each that is done.

    For numbers, raises Refused where a truth or an answer is none.
    """
    known = [at for at, task in enumerate(labels.tasks) if task in key]
    if not known:
        raise Refused(say("No task of the labels is among those whose truth is told."))
    try:
        agreed: Measured | None = alpha(labels, numeric=numeric)
    except Refused:
        agreed = None
    truth = [key[labels.tasks[at]] for at in known]
    methods = methods_for(labels, numeric=numeric)
    tell = begin("Measuring the methods", len(methods)) if begin else None
    results = []
    for method in methods:
        results.append(_result(labels, method, known, truth, numeric=numeric))
        if tell:
            tell(1)
    return Report(labels, len(known), agreed, serving(labels, numeric=numeric), results)


def _result(labels: Labels, method: Method, known: list[int], truth: list[str], *, numeric: bool) -> Result:
    made = aggregate(labels, method)
    if not numeric:
        right = sum(made[at].label == told for at, told in zip(known, truth, strict=True))
        return Result(method, accuracy=share(right, len(known)))
    wanted = np.array([_value(told) for told in truth])
    found = np.array([made[at].value for at in known], dtype=np.float64)
    try:
        r: Measured | None = correlation(found, wanted)
    except Refused:
        r = None
    return Result(method, pearson=r, mae=float(np.abs(found - wanted).mean()))


def _value(told: str) -> float:
    try:
        return float(told)
    except ValueError:
        raise Refused(say("The truth “%(told)s” is no number.", told=told)) from None
