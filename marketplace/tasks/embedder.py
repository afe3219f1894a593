"""The way to the embedding models for jobs, without importing them: the worker says how to load one."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from matching.spaces import Space


class TextEmbedder(Protocol):
    """What jobs need of `matching.embedding.Embedder`."""

    space: Space

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit vector for each text, shape (n, d)."""
        ...


Provider = Callable[[], TextEmbedder]
# By the name of the model; None when this machine does not have it.
Finder = Callable[[str], TextEmbedder | None]


@dataclass(slots=True)
class _Held:
    provider: Provider | None = None
    finder: Finder | None = None
    loaded: TextEmbedder | None = None
    others: dict[Space, TextEmbedder | None] = field(default_factory=dict)


_held = _Held()


def use(provider: Provider | None, finder: Finder | None = None) -> None:
    """Let *provider* make this process's embedder when it is first asked for, and *finder* those of other spaces.

    None for *provider* forgets everything.
    """
    _held.provider, _held.finder, _held.loaded = provider, finder, None
    _held.others.clear()


def get() -> TextEmbedder:
    """Return this process's embedder, loaded at the first call.

    Raises RuntimeError in a process that was given none, such as the web server.
    """
    if _held.loaded is None:
        if _held.provider is None:
            raise RuntimeError("this process has no embedding model: only a worker of the queue 'model' has one")
        _held.loaded = _held.provider()
    return _held.loaded


def find(space: Space) -> TextEmbedder | None:
    """Return the model that makes vectors of *space*, loaded beside this process's own where it is another.

    None when this machine does not have it, or has other weights under its name.
    """
    own = get()
    if own.space == space:
        return own
    if space not in _held.others:
        found = _held.finder(space.model) if _held.finder else None
        _held.others[space] = found if found and found.space == space else None
    return _held.others[space]


def keep_only(spaces: Collection[Space]) -> None:
    """Let go of the models beside this process's own that make vectors of no space in *spaces*."""
    for space in set(_held.others) - set(spaces):
        del _held.others[space]
