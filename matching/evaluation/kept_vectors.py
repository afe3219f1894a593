"""Vectors of texts of one space, in memory and, where a folder is given, on disk for another time."""

import hashlib
import os
import re
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matching.evaluation.files import BadInput
from matching.spaces import Space

# So many new ones are written at a time, so that little is lost when the work is stopped.
SAVED_AT_ONCE = 2_048
KEY_BYTES = 32


class KeptVectors:
    """Vectors of width *dimension* by the sha256 of their texts.

    *folder* holds a folder for each space, and that files of two arrays: keys (n, 32) and vectors (n, d).  Raises
    BadInput when it cannot be used.
    """

    def __init__(self, folder: Path | None, space: Space) -> None:
        self._folder = _folder_of(folder, space.model, space.sha256) if folder else None
        self.space = space
        self._known: dict[bytes, NDArray[np.float32]] = {}
        self._new: list[bytes] = []
        if self._folder:
            self._load(self._folder)

    def missing(self, texts: Iterable[str]) -> list[str]:
        """Return those of *texts* that have no vector yet, each once."""
        return [text for text in dict.fromkeys(texts) if _key(text) not in self._known]

    def add(self, texts: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Keep *vectors* (n, d) of n texts."""
        keys = [_key(text) for text in texts]
        self._known |= dict(zip(keys, vectors, strict=True))
        self._new += keys
        if len(self._new) >= SAVED_AT_ONCE:
            self.save()

    def of(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the vector of each text, (n, d); KeyError for one that has none."""
        rows = np.empty((len(texts), self.space.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            row[:] = self._known[_key(text)]
        return rows

    def save(self) -> None:
        """Write what is new into a file of its own, whole or not at all."""
        if not self._folder or not self._new:
            return
        keys = np.frombuffer(b"".join(self._new), dtype=np.uint8).reshape(-1, KEY_BYTES)
        path = self._folder / f"{hashlib.sha256(keys.tobytes()).hexdigest()[:16]}.npz"
        part = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            with part.open("xb") as file:
                np.savez(file, keys=keys, vectors=np.stack([self._known[key] for key in self._new]))
            part.replace(path)
        except OSError as error:
            raise BadInput(f"{path} cannot be written: {error.strerror}.") from None
        finally:
            part.unlink(missing_ok=True)
        self._new.clear()

    def _load(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BadInput(f"Vectors cannot be kept in {folder}: {error.strerror}.") from None
        for path in sorted(folder.glob("*.npz")):
            keys, vectors = _arrays(path)
            if vectors.shape[1] != self.space.dimension:
                raise _damaged(path)
            self._known |= {key.tobytes(): vector for key, vector in zip(keys, vectors, strict=True)}


def kept_space(folder: Path, model: str, sha256: str) -> Space | None:
    """Return the space of *model* when *folder* holds vectors of it, so that the model need not be loaded to tell."""
    files = sorted(_folder_of(folder, model, sha256).glob("*.npz"))
    return Space(model, sha256, _arrays(files[0])[1].shape[1]) if files else None


def _folder_of(folder: Path, model: str, sha256: str) -> Path:
    name = re.sub(r"[^\w+-]+", "_", model)[-60:]
    return folder / f"{name}-{sha256[:16]}"


def _arrays(path: Path) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    try:
        with path.open("rb") as file, np.load(file) as kept:
            keys, vectors = kept["keys"], kept["vectors"].astype(np.float32)
    except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile):
        raise _damaged(path) from None
    if vectors.ndim != 2 or keys.shape != (len(vectors), KEY_BYTES):
        raise _damaged(path)
    return keys, vectors


def _damaged(path: Path) -> BadInput:
    return BadInput(f"{path} does not hold vectors as they are kept; delete it.")


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
