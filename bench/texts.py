"""The texts that generated people are made of: real résumés where the shared folder is, else those of the demo."""

import gzip
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matching.documents import TextIndex
from matching.embedding import Embedder, sha256_of
from matching.evaluation.readings import Reading, read_document
from matching.spaces import DEFAULT_MODEL, Space

DEFAULT_SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
FILE = Path("benchmarks") / "jobfamily_resumes_dev" / "documents.jsonl.gz"
TEXTS = 150
LONGEST = 6_000


@dataclass(frozen=True, slots=True, eq=False)
class Base:
    """Texts with their counted words, their pieces (text, number, kind, start, end) and the vectors of those.

    *vectors*: (pieces, d), of passages and, behind those of each text, of titles.
    """

    texts: list[str]
    indexes: list[TextIndex]
    pieces: list[tuple[int, int, str, int, int]]
    vectors: NDArray[np.float32]
    space: Space

    @property
    def passage_vectors(self) -> NDArray[np.float32]:
        """The vectors of passages alone, (n, d)."""
        return self.vectors[[kind == "passage" for _, _, kind, _, _ in self.pieces]]


def base_texts(folder: Path) -> Base:
    """Return the base, embedded once and kept under *folder*."""
    texts = list(_texts())
    readings = [read_document(text) for text in texts]
    kept = folder / "base.npz"
    embedder_space, vectors = _kept(kept, texts)
    if vectors is None:
        embedder = Embedder.load(DEFAULT_MODEL)
        vectors = embedder.embed([piece.text for reading in readings for piece in reading.pieces])
        embedder_space = embedder.space
        folder.mkdir(parents=True, exist_ok=True)
        space = np.array([embedder.space.model, embedder.space.sha256, str(embedder.space.dimension)])
        np.savez(kept, vectors=vectors, texts=np.array(texts), space=space)
    assert embedder_space is not None
    pieces = [piece for at, reading in enumerate(readings) for piece in _pieces(at, reading)]
    return Base(texts, [reading.index for reading in readings], pieces, vectors, embedder_space)


def _kept(path: Path, texts: list[str]) -> tuple[Space | None, NDArray[np.float32] | None]:
    if not path.exists():
        return None, None
    with np.load(path) as found:
        model, sha256, dimension = found["space"].tolist()
        if found["texts"].tolist() != texts or (model, sha256) != (DEFAULT_MODEL, sha256_of(DEFAULT_MODEL)):
            return None, None
        return Space(model, sha256, int(dimension)), found["vectors"]


def _texts() -> Iterator[str]:
    path = Path(os.environ.get("FAIRMATCH_SHARED_DATA", DEFAULT_SHARED)) / FILE
    if path.exists():
        with gzip.open(path, "rt") as lines:
            found = [json.loads(line)["text"][:LONGEST] for line in lines]
        yield from found[:: max(1, len(found) // TEXTS)][:TEXTS]
        return
    from marketplace.demo import files, people

    yield from ("\n".join(text for _, text in files.lines(person)) for person in people.PEOPLE)


def _pieces(at: int, reading: Reading) -> Iterator[tuple[int, int, str, int, int]]:
    for number, piece in enumerate(reading.pieces, start=1):
        yield at, number, "title" if piece.title else "passage", piece.start, piece.end
