"""The two fakes: an embedder that counts words, so that tests need no model; mail has its outbox."""

import hashlib
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from matching.spaces import Space

DIMENSION = 64


class FakeEmbedder:
    """Hashes words into a vector: texts that share words lie close."""

    space = Space(model="fake", sha256="0" * 64, dimension=DIMENSION)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit row for each text, (n, 64)."""
        rows = np.zeros((len(texts), DIMENSION), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in re.findall(r"[a-z]+", text.lower()) or ["-"]:
                row[int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "big") % DIMENSION] += 1
        return rows / np.linalg.norm(rows, axis=1, keepdims=True) if len(texts) else rows
