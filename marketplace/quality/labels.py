"""Answers of many people to many tasks, as arrays in one fixed order."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from marketplace.errors import Refused
from marketplace.words import say

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Labels:
    """What people said of tasks, each of n answers by numbers.

    *task_of*, *worker_of* and *class_of* have the shape (n,) and point into *tasks*, *workers* and *classes*, which are
    sorted; so the same answers in another order are the same object.
    """

    tasks: tuple[str, ...]
    workers: tuple[str, ...]
    classes: tuple[str, ...]
    task_of: Ints
    worker_of: Ints
    class_of: Ints

    @classmethod
    def of(cls, rows: Iterable[tuple[str, str, str]]) -> "Labels":
        """Return the answers of *rows*: (task, worker, label).  Raises Refused where there is none.

        Labels that are numbers are one label however they are written: ``1``, ``1.0`` and ``01``.
        """
        answers = sorted((task, worker, canonical(label)) for task, worker, label in rows)
        if not answers:
            raise Refused(say("There is not a single answer."))
        tasks = sorted({task for task, _, _ in answers})
        workers = sorted({worker for _, worker, _ in answers})
        classes = sorted({label for _, _, label in answers}, key=_order)
        numbers = [{name: at for at, name in enumerate(names)} for names in (tasks, workers, classes)]
        columns = np.array(
            [(numbers[0][task], numbers[1][worker], numbers[2][label]) for task, worker, label in answers],
            dtype=np.int64,
        )
        return cls(tuple(tasks), tuple(workers), tuple(classes), *columns.T)

    @property
    def votes(self) -> Ints:
        """How often each class was said of each task: shape (tasks, classes)."""
        counts = np.zeros((len(self.tasks), len(self.classes)), dtype=np.int64)
        np.add.at(counts, (self.task_of, self.class_of), 1)
        return counts

    def values(self) -> Floats:
        """Return the answers as numbers, shape (n,); raises Refused, naming the first that is none."""
        read = [_number(name) for name in self.classes]
        for name, value in zip(self.classes, read, strict=True):
            if value is None:
                raise Refused(say("“%(label)s” is no number.", label=name))
        return np.array(read, dtype=np.float64)[self.class_of]


def canonical(label: str) -> str:
    """Return *label* without space around it; a number in its shortest way: ``01`` and ``1.0`` give ``1``."""
    text = label.strip()
    value = _number(text)
    if value is None:
        return text
    return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if np.isfinite(value) else None


def _order(label: str) -> tuple[bool, float, str]:
    """Sort numbers by size and before words; words by their letters."""
    value = _number(label)
    return (value is None, value or 0.0, label)
