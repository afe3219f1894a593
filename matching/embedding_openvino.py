"""The same model on OpenVINO, which does its arithmetic faster than torch; used by `matching.embedding` alone.

One thread and one stream a process, as many processes as cores: two processes that each pin their thread would both
take the first core, so nothing is pinned.
"""

import json
import logging
import shutil
import sys
import tempfile
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from tokenizers import Tokenizer

INPUTS = ("input_ids", "attention_mask", "token_type_ids")
SETTINGS = {
    "INFERENCE_NUM_THREADS": 1,
    "NUM_STREAMS": 1,
    "ENABLE_CPU_PINNING": False,
    "INFERENCE_PRECISION_HINT": "f32",
}
GRAPH, WEIGHTS, WORDS, FACTS = "model.xml", "model.bin", "tokenizer.json", "facts.json"
# Texts of several lengths, alone and together, one of them cut off.
TRIALS = ["", "Checked medical labels.", "Rated answers of language models for two years. " * 12, "labels " * 400]
LEAST_COSINE = 0.9999


class NotConvertible(Exception):
    """OpenVINO cannot take the model over, or would give other vectors; its text says why."""


@dataclass(frozen=True, slots=True)
class Network:
    """A compiled model with its tokenizer; *dimension*: width of its vectors."""

    request: Any
    tokenizer: "Tokenizer"
    dimension: int

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit vector for each text, shape (n, dimension).

        One text at a time: filled up to the longest of four, those of a résumé took 13 % longer.
        """
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        for vector, pieces in zip(vectors, self.tokenizer.encode_batch(list(texts)), strict=True):
            ids = np.array([pieces.ids], dtype=np.int64)
            vector[:] = self.request.infer([ids, np.ones_like(ids), np.zeros_like(ids)])[0][0]
        return vectors


def kept(cache: Path, sha256: str) -> Network | None:
    """Return the network that was made of the weights *sha256*, None when there is none or its files are damaged."""
    folder = cache / _name(sha256)
    try:
        facts = json.loads((folder / FACTS).read_text())
        sound = all(_sha256(folder / name) == facts["files"][name] for name in (GRAPH, WEIGHTS, WORDS))
    except (OSError, ValueError, KeyError):
        return None
    return _compiled(folder, facts["dimension"]) if sound else None


def made(
    whole: Any,
    model: Any,
    plain: Callable[[Sequence[str]], NDArray[np.float32]],
    dimension: int,
    cache: Path | None,
    sha256: str,
) -> Network:
    """Convert a torch module, check that it gives the vectors of *plain*, and keep it in *cache* where there is one.

    *whole*: takes `INPUTS`, gives unit vectors.  *model*: the SentenceTransformer, whose tokenizer is taken over.
    Raises NotConvertible.
    """
    with tempfile.TemporaryDirectory(prefix="fairmatch-openvino-") as name:
        folder = Path(name)
        _save_words(model, folder / WORDS)
        _convert(whole, model, folder / GRAPH)
        network = _compiled(folder, dimension)
        cosine = float((network.encode(TRIALS) * plain(TRIALS)).sum(axis=1).min())
        if not cosine >= LEAST_COSINE:
            raise NotConvertible(f"its vectors would differ (cosine {cosine:.5f})")
        if cache:
            _keep(folder, cache, sha256, dimension)
        return network


def _save_words(model: Any, path: Path) -> None:
    fast = getattr(model.tokenizer, "backend_tokenizer", None)
    if fast is None:
        raise NotConvertible("the model has no fast tokenizer")
    fast.no_padding()
    fast.enable_truncation(max_length=model.max_seq_length)
    fast.save(str(path))


def _convert(whole: Any, model: Any, path: Path) -> None:
    openvino = _library()
    example = model.tokenizer(["Two texts of", "different length"], padding=True, return_tensors="pt")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # whether the traced graph holds for other lengths is tried out afterwards
            graph = openvino.convert_model(whole, example_input=tuple(example[name] for name in INPUTS))
        openvino.save_model(graph, str(path), compress_to_fp16=False)
    except (RuntimeError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise NotConvertible(f"{type(error).__name__}: {str(error)[:200]}") from error


def _compiled(folder: Path, dimension: int) -> Network:
    from tokenizers import Tokenizer

    openvino = _library()
    compiled = openvino.Core().compile_model(str(folder / GRAPH), "CPU", SETTINGS)
    return Network(compiled.create_infer_request(), Tokenizer.from_file(str(folder / WORDS)), dimension)


def keep_silent() -> None:
    """Have OpenVINO not report to its makers, which it does unasked at each conversion; to be called before its import.

    Others import it too: sentence-transformers does where it finds it.
    """
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]


def _library() -> Any:
    keep_silent()
    import openvino

    logging.getLogger("openvino").setLevel(logging.ERROR)
    return openvino


def _keep(folder: Path, cache: Path, sha256: str, dimension: int) -> None:
    """Put the files of *folder* into the cache, whole or not at all; of two makers at once the first one's."""
    cache.mkdir(mode=0o700, parents=True, exist_ok=True)
    files = {name: _sha256(folder / name) for name in (GRAPH, WEIGHTS, WORDS)}
    part = Path(tempfile.mkdtemp(dir=cache, prefix=".part-"))
    try:
        for name in files:
            shutil.copyfile(folder / name, part / name)
        (part / FACTS).write_text(json.dumps({"dimension": dimension, "files": files}))
        target = cache / _name(sha256)
        if kept(cache, sha256) is None:
            shutil.rmtree(target, ignore_errors=True)
            part.rename(target)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _name(sha256: str) -> str:
    """Return the name of what was made of these weights by this version of OpenVINO."""
    return f"{sha256[:32]}-{_library().__version__.split('-')[0]}"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
