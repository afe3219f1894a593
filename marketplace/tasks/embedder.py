"""The way to the embedding model for jobs, without importing it: the worker says how to load it, tests give a fake."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
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


@dataclass(slots=True)
class _Held:
    provider: Callable[[], TextEmbedder] | None = None
    loaded: TextEmbedder | None = None


_held = _Held()


def use(provider: Callable[[], TextEmbedder] | None) -> None:
    """Let *provider* make the embedder when it is first asked for; None forgets both."""
    _held.provider, _held.loaded = provider, None


def get() -> TextEmbedder:
    """Return this process's embedder, loaded at the first call.

    Raises RuntimeError in a process that was given none, such as the web server.
    """
    if _held.loaded is None:
        if _held.provider is None:
            raise RuntimeError("this process has no embedding model: only a worker of the queue 'model' has one")
        _held.loaded = _held.provider()
    return _held.loaded
