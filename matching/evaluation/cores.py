"""Reading and embedding on every core: one process each, started afresh, since torch does not survive a fork."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from matching.evaluation.files import BadInput
from matching.evaluation.kept_vectors import KeptVectors, kept_space
from matching.evaluation.readings import Reading, read_document
from matching.spaces import Space

if TYPE_CHECKING:
    from matching.embedding import Embedder

# So many at a time are handed to a process.  Which texts are embedded together depends on the texts alone, never on
# the number of processes or who is faster, since it may show in the last bit of a vector.
READ_AT_ONCE = 8
EMBEDDED_AT_ONCE = 64

# Says that so many more are done; `Begin` begins to say so of something with a name and a total, which may be 0.
Tell = Callable[[int], None]
Begin = Callable[[str, int], Tell]

T = TypeVar("T")


class Machine(Protocol):
    """What reads documents and embeds texts; `Cores` is one."""

    def read(self, texts: Sequence[str]) -> list[Reading]:
        """Return what is read of each document."""
        ...

    def space(self, model: str) -> Space:
        """Return the space of *model*."""
        ...

    def embed(self, model: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit vector for each text, (n, d)."""
        ...


class Cores:
    """Processes that read and embed until the block ends.

    *processes*: how many, of half a gigabyte each.  *folder*: where vectors are kept for another time, None: nowhere.
    """

    def __init__(self, processes: int, folder: Path | None, begin: Begin) -> None:
        self._folder, self._begin = folder, begin
        spawn = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(processes, mp_context=spawn, initializer=_end_with_parent)
        self._spaces: dict[str, Space] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def read(self, texts: Sequence[str]) -> list[Reading]:
        """Return what is read of each document."""
        parts = [texts[start : start + READ_AT_ONCE] for start in range(0, len(texts), READ_AT_ONCE)]
        found: dict[int, list[Reading]] = {}
        tell = self._begin("Reading documents", len(texts))
        for number, readings in _as_they_end([self._pool.submit(_read, part) for part in parts]):
            found[number] = readings
            tell(len(readings))
        return [reading for number in range(len(parts)) for reading in found[number]]

    def space(self, model: str) -> Space:
        """Return the space of *model*.  Raises BadInput when there is no such model."""
        if model not in self._spaces:
            kept = kept_space(self._folder, model, sha256) if self._folder and (sha256 := _sha256(model)) else None
            self._spaces[model] = kept or self._pool.submit(_space, model, self._folder).result()
        return self._spaces[model]

    def embed(self, model: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit vector for each text, (n, d).

        Raises BadInput when there is no such model, or when the folder of kept vectors cannot be used.
        """
        kept = KeptVectors(self._folder, self.space(model))
        new = sorted(kept.missing(texts), key=lambda text: (-len(text), text))
        parts = [new[start : start + EMBEDDED_AT_ONCE] for start in range(0, len(new), EMBEDDED_AT_ONCE)]
        # It is the letters that take time, not the texts.
        tell = self._begin("Embedding", sum(map(len, new)))
        for number, vectors in _as_they_end([self._pool.submit(_embed, model, self._folder, part) for part in parts]):
            kept.add(parts[number], vectors)
            tell(sum(map(len, parts[number])))
        kept.save()
        return kept.of(texts)


def _as_they_end(futures: Sequence[Future[T]]) -> Iterator[tuple[int, T]]:
    """Yield what came of each, with its number, as soon as it is there."""
    numbers = {future: number for number, future in enumerate(futures)}
    for future in as_completed(numbers):
        yield numbers[future], future.result()


def _end_with_parent() -> None:
    """End at once and without a word at Ctrl-C, and when the parent is gone, however it went."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    parent = multiprocessing.parent_process()

    def wait() -> None:
        if parent:
            parent.join()
            os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def _read(texts: Sequence[str]) -> list[Reading]:
    return [read_document(text) for text in texts]


def _space(model: str, folder: Path | None) -> Space:
    return _embedder(model, folder).space


def _embed(model: str, folder: Path | None, texts: Sequence[str]) -> NDArray[np.float32]:
    return _embedder(model, folder).embed(texts)


@cache
def _embedder(model: str, folder: Path | None) -> "Embedder":
    from matching.embedding import Embedder

    with _of_a_model(model):
        return Embedder.load(model, cache=folder / "models" if folder else None)


def _sha256(model: str) -> str | None:
    from matching.embedding import sha256_of

    with _of_a_model(model):
        return sha256_of(model)


@contextmanager
def _of_a_model(model: str) -> Iterator[None]:
    """Turn what is wrong with *model* into BadInput."""
    from matching.embedding import WrongModel

    try:
        yield
    except (WrongModel, OSError, ValueError) as error:
        raise BadInput(f"The model {model} cannot be loaded: {error}") from None
