"""Halves become the floats that they stand for."""

import numpy as np
import pytest

from matching.halves import unit_rows


@pytest.mark.parametrize("order", [">f2", "<f2"])
def test_every_half_becomes_the_same_number_however_its_bytes_lie(order: str) -> None:
    every = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
    finite = every[np.isfinite(every)]
    rows = np.stack([finite, np.full_like(finite, 1.0)], axis=1)
    plain = rows.astype(np.float32)
    lengths = np.sqrt(np.einsum("nd,nd->n", plain, plain))[:, None]
    np.testing.assert_array_equal(unit_rows(rows.astype(order)), plain / lengths)


def test_rows_are_of_length_one_again() -> None:
    vectors = np.random.default_rng(1).normal(size=(700, 48))
    rounded = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16)
    np.testing.assert_allclose(np.linalg.norm(unit_rows(rounded), axis=1), 1, atol=1e-6)
    assert unit_rows(rounded[:0]).shape == (0, 48)
