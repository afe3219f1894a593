"""Pools of generated people to rank, the same for the same seed."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from matching.briefs import Brief, texts_of
from matching.documents import TextIndex, index_text
from matching.pool import Pool
from matching.types import Span

WIDTH = 8
WORDS = "sentiment medical cooking radiology grammar law music code images speech chemist painter nurse".split()  # noqa: SIM905


def directions(chance: np.random.Generator, count: int) -> NDArray[np.float32]:
    """Return *count* unit vectors."""
    vectors = chance.normal(size=(count, WIDTH)).astype(np.float32)
    unit: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


@dataclass
class Piece:
    """One piece of somebody's résumé."""

    vector: NDArray[np.float32]
    title: bool = False
    flagged: bool = False


@dataclass
class Person:
    """Somebody with pieces, counted words and years."""

    pieces: list[Piece] = field(default_factory=list)
    index: TextIndex | None = None
    years: int = 0


@dataclass(frozen=True)
class World:
    """People by id and a brief with its vectors and the occupations."""

    brief: Brief
    vectors: NDArray[np.float32]
    references: NDArray[np.float32]
    people: dict[int, Person]


def world(seed: int, people: int = 6, most: int = 7) -> World:
    """Return people with up to *most* pieces each, and a brief in some of whose words they speak."""
    chance = np.random.default_rng(seed)
    brief = Brief(
        " ".join(chance.choice(WORDS, 2)) if chance.random() < 0.9 else "",
        tuple(f"Knows {one}, {other} and law" for one, other in chance.choice(WORDS, (int(chance.integers(0, 3)), 2))),
        "We ask for careful work. You judge music and images by the guideline." if chance.random() < 0.7 else "",
    )
    made = {
        10 + 3 * number: Person(
            [
                Piece(direction, chance.random() < 0.3, chance.random() < 0.1)
                for direction in directions(chance, int(chance.integers(0, most + 1)))
            ],
            index_text(" ".join(chance.choice(WORDS, 30))) if chance.random() < 0.8 else None,
            int(chance.integers(0, 50)),
        )
        for number in range(people)
    }
    return World(brief, directions(chance, len(texts_of(brief))), directions(chance, 20), made)


def pool_of(people: dict[int, Person], order: Sequence[int] = ()) -> Pool:
    """Return the pool of *people*; *order*: whose piece is handed over next, each time the first that is left."""
    left = {name: list(enumerate(one.pieces)) for name, one in people.items()}
    owners = order or [name for name, one in people.items() for _ in one.pieces]
    pieces = [(name, *left[name].pop(0)) for name in owners]
    return Pool.of(
        list(people),
        np.array([piece.vector for _, _, piece in pieces], dtype=np.float32).reshape(len(pieces), WIDTH),
        np.array([name for name, _, _ in pieces], dtype=np.int64),
        titles=np.array([piece.title for _, _, piece in pieces], dtype=np.bool_),
        flagged=np.array([piece.flagged for _, _, piece in pieces], dtype=np.bool_),
        spans=[Span(name, number, 1, 100 * number, 100 * number + 90) for name, number, _ in pieces],
        indexes={name: one.index for name, one in people.items() if one.index},
        years={name: one.years for name, one in people.items()},
    )
