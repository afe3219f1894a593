"""Vectors are kept by text and space, for as long as their folder stands."""

from pathlib import Path

import numpy as np
import pytest

from matching.evaluation.files import BadInput
from matching.evaluation.kept_vectors import KeptVectors, kept_space
from matching.spaces import Space
from tests.fakes import FakeEmbedder

SPACE = FakeEmbedder.space
TEXTS = ["nurse", "line cook"]


def kept_in(folder: Path) -> KeptVectors:
    kept = KeptVectors(folder, SPACE)
    kept.add(TEXTS, FakeEmbedder().embed(TEXTS))
    kept.save()
    return kept


def test_what_was_kept_is_there_another_time(tmp_path: Path) -> None:
    kept_in(tmp_path)
    again = KeptVectors(tmp_path, SPACE)
    assert again.missing(["driver", *TEXTS, "driver"]) == ["driver"]
    assert np.array_equal(again.of([*TEXTS[::-1], TEXTS[0]]), FakeEmbedder().embed([*TEXTS[::-1], TEXTS[0]]))
    assert kept_space(tmp_path, SPACE.model, SPACE.sha256) == SPACE


def test_spaces_are_kept_apart(tmp_path: Path) -> None:
    kept_in(tmp_path)
    other = Space(SPACE.model, "1" * 64, SPACE.dimension)
    assert KeptVectors(tmp_path, other).missing(TEXTS) == TEXTS
    assert kept_space(tmp_path, other.model, other.sha256) is None


def test_without_a_folder_vectors_live_as_long_as_the_work() -> None:
    kept = KeptVectors(None, SPACE)
    kept.add(TEXTS, FakeEmbedder().embed(TEXTS))
    kept.save()
    assert kept.missing(TEXTS) == []


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 no longer an archive"])
def test_a_damaged_file_is_named(tmp_path: Path, damage: bytes) -> None:
    kept_in(tmp_path)
    [path] = tmp_path.glob("*/*.npz")
    path.write_bytes(damage)
    with pytest.raises(BadInput, match=f"{path.name} does not hold vectors as they are kept; delete it"):
        KeptVectors(tmp_path, SPACE)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BadInput, match="Vectors cannot be kept in"):
        KeptVectors(tmp_path / "file", SPACE)
