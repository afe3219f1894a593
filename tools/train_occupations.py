"""Make matching/data/occupations-NAME.npz: the vectors of all O*NET occupations in the space of a model.

Usage: python tools/train_occupations.py FOLDER MODEL [--out NAME], where FOLDER holds onet_occupations.jsonl.gz and
MODEL is what EMBEDDING_MODEL may be.  Source: O*NET 29.3 Database (USDOL/ETA, CC BY 4.0), changed: only vectors leave.
"""

import argparse
import gzip
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.documents import DATA
from matching.embedding import Embedder

MOST_TITLES = 11


def main() -> None:
    """Embed and write."""
    options = argparse.ArgumentParser()
    options.add_argument("folder", type=Path)
    options.add_argument("model")
    options.add_argument("--out", default="work")
    chosen = options.parse_args()
    embedder = Embedder.load(chosen.model)
    with gzip.open(chosen.folder / "onet_occupations.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    vectors = np.array([_middle(embedder, row) for row in rows])
    space = embedder.space
    path = DATA / f"occupations-{chosen.out}.npz"
    np.savez_compressed(path, model=space.model, sha256=space.sha256, vectors=vectors.astype(np.float16))


def _middle(embedder: Embedder, row: dict[str, Any]) -> NDArray[np.float32]:
    """Return the middle of titles, description and tasks, each counting alike."""
    titles = [" ".join(re.sub(r"\s*\([^)]*\)", "", title).split()) for title in (row["title"], *row["alt"])]
    kinds: list[Sequence[str]] = [titles[:MOST_TITLES], [row["description"]], row["tasks"] or [row["description"]]]
    middle = np.sum([_unit(embedder.embed(texts).mean(axis=0)) for texts in kinds], axis=0)
    return _unit(middle)


def _unit(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    unit: NDArray[np.float32] = vector / np.linalg.norm(vector)
    return unit


if __name__ == "__main__":
    main()
