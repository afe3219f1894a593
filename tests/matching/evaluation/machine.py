"""A machine that reads in this process and embeds by counting words."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from matching.evaluation.readings import Reading, read_document
from matching.spaces import Space
from tests.fakes import FakeEmbedder


class FakeMachine:
    """Stands in for `Cores`, whose processes would load the model."""

    def read(self, texts: Sequence[str]) -> list[Reading]:
        """Return what is read of each document."""
        return [read_document(text) for text in texts]

    def space(self, model: str) -> Space:
        """Return the space of the fake, whatever the model."""
        return FakeEmbedder.space

    def embed(self, model: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit vector for each text."""
        return FakeEmbedder().embed(texts)
