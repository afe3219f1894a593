"""Generated people to search among, and the four filters, as arrays in memory and as rows of a database of its own.

Vectors are mixed from real ones; languages, degrees and rates are drawn so that the filters keep about 52, 5, 0.4 and
0.04 % of all.  The rows are loaded past the triggers: there are no profiles behind them.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import psycopg
from numpy.typing import NDArray

from bench import binary
from bench.world import LANGUAGES, SEED
from matching.gates import DegreeGate, GateNode, LanguageGate, RateGate
from matching.vocabulary import Cefr, IscedLevel

PROJECT = 1
INVITED = 5_000
MATCHABLE = 0.72
CHUNK = 2_000
CURRENCY = "USD"
# Three real vectors and noise of this length: the nearest neighbour then lies about as near as among real résumés.
NOISE = 0.6
COLUMNS = (
    *("profile_id", "space_id", "made_in", "resume_id", "min_rate_minor", "is_matchable", "weekly_minutes"),
    *("degree_held", "degree_any", "currency", "country", "langs", "experience", "facts", "passages"),
)


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """Everybody: *vectors* (n, k, d) of length 1 as halves; *levels* (n, languages), 0 not stated; the rest (n,)."""

    vectors: NDArray[np.float16]
    levels: NDArray[np.int8]
    degree: NDArray[np.int16]
    rate: NDArray[np.int64]
    matchable: NDArray[np.bool_]
    invited: NDArray[np.bool_]

    def __len__(self) -> int:
        """How many there are; their profile ids count from 1."""
        return len(self.rate)


@dataclass(frozen=True, slots=True)
class Filter:
    """What has to hold beside being matchable and not invited: (language, least level) pairs, degree, highest rate."""

    name: str
    languages: tuple[tuple[int, int], ...] = ()
    degree: int = 0
    rate: int = 0

    def nodes(self) -> list[GateNode]:
        """Return the filter as the product's gates."""
        found: list[GateNode] = [LanguageGate(LANGUAGES[at], Cefr(level)) for at, level in self.languages]
        found += [DegreeGate(IscedLevel(self.degree))] if self.degree else []
        return found + ([RateGate(self.rate, CURRENCY)] if self.rate else [])

    def mask(self, people: People) -> NDArray[np.bool_]:
        """Return who passes, (n,)."""
        found = people.matchable & ~people.invited
        for at, level in self.languages:
            found &= people.levels[:, at] >= level
        if self.degree:
            found &= people.degree >= self.degree
        if self.rate:
            found &= people.rate <= self.rate
        return found

    def where(self) -> str:
        """Return the filter as an SQL condition on numbers in columns of the same names, one for each language."""
        parts = ["matchable = 1", "invited = 0", *(f"l{at} >= {level}" for at, level in self.languages)]
        parts += [f"degree >= {self.degree}"] if self.degree else []
        return " AND ".join(parts + ([f"rate <= {self.rate}"] if self.rate else []))


FILTERS = (
    Filter("F1", rate=2_700),
    Filter("F2", languages=((16, 1),)),
    Filter("F3", languages=((16, 5),), degree=7, rate=2_700),
    Filter("F4", languages=((16, 4), (17, 1)), degree=7),
)


def make_people(count: int, base: NDArray[np.float32], passages: int = 1) -> People:
    """Return *count* people with *passages* vectors each, mixed from *base* (m, d); the same for the same arguments."""
    random = np.random.default_rng(SEED + passages)
    levels = np.zeros((count, len(LANGUAGES)), dtype=np.int8)
    held = random.choice([1, 2, 3], size=count, p=[0.4, 0.4, 0.2])
    for place in range(3):
        owners = np.flatnonzero(held > place)
        levels[owners, random.integers(len(LANGUAGES), size=len(owners))] = random.integers(1, 7, size=len(owners))
    invited = np.zeros(count, dtype=np.bool_)
    invited[random.choice(count, size=min(INVITED, count // 20), replace=False)] = True
    vectors = np.empty((count, passages, base.shape[1]), dtype=np.float16)
    for first in range(0, count, 10_000):
        part = vectors[first : first + 10_000]
        part[:] = mixed(base, part.shape[:2], random)
    return People(
        vectors=vectors,
        levels=levels,
        degree=random.choice(np.array([0, 5, 6, 7, 8], dtype=np.int16), size=count, p=[0.2, 0.1, 0.4, 0.25, 0.05]),
        rate=random.integers(800, 3_300, size=count),
        matchable=random.random(count) < MATCHABLE,
        invited=invited,
    )


def mixed(base: NDArray[np.float32], shape: Sequence[int], random: np.random.Generator) -> NDArray[np.float32]:
    """Return new unit vectors of *shape* + (d,), each between three of *base*, with noise."""
    weights = random.dirichlet((1.0, 1.0, 1.0), size=tuple(shape)).astype(np.float32)
    found = sum(weights[..., at, None] * base[random.integers(len(base), size=tuple(shape))] for at in range(3))
    found = found / np.linalg.norm(found, axis=-1, keepdims=True)
    noise = random.standard_normal(found.shape, dtype=np.float32)
    found += NOISE * noise / np.linalg.norm(noise, axis=-1, keepdims=True)
    unit: NDArray[np.float32] = found / np.linalg.norm(found, axis=-1, keepdims=True)
    return unit


def load(connection: psycopg.Connection, people: People, table: str) -> None:
    """Copy *people* into *table*, which has the columns of the matching rows."""
    kind = binary.halfvec_kind(connection)
    chunks = range(0, len(people), CHUNK)
    binary.copy_rows(connection, table, COLUMNS, (b"".join(_rows(people, first, kind)) for first in chunks))


def _rows(people: People, first: int, halfvec: int) -> Iterator[bytes]:
    for at, vectors in enumerate(binary.halfvecs(people.vectors[first : first + CHUNK], halfvec), start=first):
        stated = [(int(tag), int(people.levels[at, tag])) for tag in np.flatnonzero(people.levels[at])]
        codes = [
            16 * (tag + 1) + step for tag, level in stated for step in (0, *range(1, level + 1), *range(7, 7 + level))
        ]
        lines = [f'"l {LANGUAGES[tag]} {level} {level} - declared"' for tag, level in stated]
        degree = int(people.degree[at])
        lines += [f'"d {degree} held declared Linguistics"'] if degree else []
        held = struct.pack(">h", degree) if degree else None
        fields = (
            *map(binary.big, (at + 1, 1, 5, at + 1, int(people.rate[at]))),
            *(struct.pack(">?", bool(people.matchable[at])), struct.pack(">h", 1200), held, held),
            *(CURRENCY.encode(), b"DE", binary.smalls(codes), binary.smalls(range(4))),
            f"\1[{', '.join([*lines, chr(34) + 'e annotation 3 declared' + chr(34)])}]".encode(),
            vectors,
        )
        yield binary.row(fields)
