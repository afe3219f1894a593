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
    kind = connection.execute("SELECT 'halfvec'::regtype::oid::int").fetchone()
    assert kind is not None
    with connection.cursor().copy(f"COPY {table} ({', '.join(COLUMNS)}) FROM STDIN BINARY") as copy:
        copy.write(b"PGCOPY\n\xff\r\n\0" + bytes(8))
        for first in range(0, len(people), CHUNK):
            copy.write(b"".join(_rows(people, first, kind[0])))
        copy.write(b"\xff\xff")


def _rows(people: People, first: int, halfvec: int) -> Iterator[bytes]:
    """Yield rows of COPY's binary form, each field after its length."""
    chosen = people.vectors[first : first + CHUNK]
    count, passages, width = chosen.shape
    sent = np.zeros((count, passages), [("l", ">i4"), ("d", ">i2"), ("u", ">i2"), ("v", ">f2", (width,))])
    sent["l"], sent["d"], sent["v"] = 4 + 2 * width, width, chosen
    for row, own in enumerate(sent, start=first):
        stated = [(int(at), int(people.levels[row, at])) for at in np.flatnonzero(people.levels[row])]
        codes = [
            16 * (at + 1) + step for at, level in stated for step in (0, *range(1, level + 1), *range(7, 7 + level))
        ]
        lines = [f'"l {LANGUAGES[at]} {level} {level} - declared"' for at, level in stated]
        degree = int(people.degree[row])
        lines += [f'"d {degree} held declared Linguistics"'] if degree else []
        held = struct.pack(">h", degree) if degree else None
        fields = (
            *(struct.pack(">q", value) for value in (row + 1, 1, 5, row + 1, int(people.rate[row]))),
            *(struct.pack(">?", bool(people.matchable[row])), struct.pack(">h", 1200), held, held),
            *(CURRENCY.encode(), b"DE", _smalls(codes), _smalls(range(4))),
            f"\1[{', '.join([*lines, chr(34) + 'e annotation 3 declared' + chr(34)])}]".encode(),
            _head(passages, halfvec) + own.tobytes(),
        )
        yield struct.pack(">h", len(fields)) + b"".join(
            b"\xff\xff\xff\xff" if field is None else struct.pack(">i", len(field)) + field for field in fields
        )


def _smalls(values: Sequence[int]) -> bytes:
    return _head(len(values), 21) + b"".join(struct.pack(">ih", 2, value) for value in values)


def _head(length: int, kind: int) -> bytes:
    """Return the head of an array of one dimension."""
    return struct.pack(">iiIii", 1, 0, kind, length, 1)
