"""What somebody would take instead of PostgreSQL: arrays in memory, sqlite-vec, LanceDB; and what memory allows."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.search_people import Filter, People

Vector = NDArray[np.float32]
Ask = Callable[[Filter, Vector], list[int]]
MOST = 200
# From this share on the full product is faster than gathering the rows first.
GATHER_UP_TO = 0.25
INSERTED_AT_ONCE = 10_000
USED = tuple(sorted({16, 17}))


def in_memory(people: People) -> Ask:
    """Return the search by mask and matrix product in fp32, which is exact."""
    vectors = people.vectors[:, 0].astype(np.float32)

    def ask(wanted: Filter, vector: Vector) -> list[int]:
        mask = wanted.mask(people)
        rows = np.flatnonzero(mask)
        whole = len(rows) > GATHER_UP_TO * len(mask)
        near = (vectors @ vector)[rows] if whole else vectors[rows] @ vector
        best = np.argpartition(-near, MOST)[:MOST] if len(near) > MOST else np.arange(len(near))
        return [int(row) + 1 for row in rows[best[np.argsort(-near[best], kind="stable")]]]

    return ask


def found_peers() -> list[str]:
    """Return which of the peers are installed (`pip install '.[bench]'`)."""
    wanted = {"sqlite-vec": ("sqlite_vec", "apsw"), "lancedb": ("lancedb",)}
    return [name for name, modules in wanted.items() if all(map(find_spec, modules))]


@contextmanager
def opened(name: str, people: People) -> Iterator[Ask]:
    """Give the search of one peer, filled with *people* in a folder of its own that goes with it."""
    with TemporaryDirectory() as folder:
        yield {"sqlite-vec": _sqlite_vec, "lancedb": _lancedb}[name](people, Path(folder))


def _columns(people: People, first: int, last: int) -> dict[str, list[Any]]:
    own = {"matchable": people.matchable, "invited": people.invited, "degree": people.degree, "rate": people.rate}
    own |= {f"l{at}": people.levels[:, at] for at in USED}
    return {name: values[first:last].astype(np.int64).tolist() for name, values in own.items()}


def _sqlite_vec(people: People, folder: Path) -> Ask:
    import apsw
    import sqlite_vec

    database = apsw.Connection(str(folder / "people.db"))
    database.enable_load_extension(True)
    database.load_extension(sqlite_vec.loadable_path())
    names = list(_columns(people, 0, 0))
    width = people.vectors.shape[2]
    columns = ", ".join(f"{name} integer" for name in names)
    database.execute(f"CREATE VIRTUAL TABLE people USING vec0(id integer primary key, v float[{width}], {columns})")
    insert = f"INSERT INTO people (id, v, {', '.join(names)}) VALUES ({', '.join('?' * (len(names) + 2))})"
    for first in range(0, len(people), INSERTED_AT_ONCE):
        last = min(first + INSERTED_AT_ONCE, len(people))
        vectors = people.vectors[first:last, 0].astype(np.float32)
        rows = zip(
            range(first + 1, last + 1),
            (one.tobytes() for one in vectors),
            *_columns(people, first, last).values(),
            strict=True,
        )
        with database:
            database.executemany(insert, rows)

    def ask(wanted: Filter, vector: Vector) -> list[int]:
        where = wanted.where()
        rows = database.execute(
            f"SELECT id FROM people WHERE v MATCH ? AND k = {MOST} AND {where} ORDER BY distance", (vector.tobytes(),)
        )
        return [row[0] for row in rows]

    return ask


def _lancedb(people: People, folder: Path) -> Ask:
    import lancedb
    import pyarrow

    def batches() -> Iterator[Any]:
        for first in range(0, len(people), INSERTED_AT_ONCE):
            last = min(first + INSERTED_AT_ONCE, len(people))
            flat = pyarrow.array(people.vectors[first:last, 0].astype(np.float32).ravel())
            vectors = pyarrow.FixedSizeListArray.from_arrays(flat, people.vectors.shape[2])
            yield pyarrow.table({"id": range(first + 1, last + 1), "v": vectors, **_columns(people, first, last)})

    parts = batches()
    table = lancedb.connect(folder).create_table("people", next(parts))
    for part in parts:
        table.add(part)

    def ask(wanted: Filter, vector: Vector) -> list[int]:
        found = table.search(vector).distance_type("dot").where(wanted.where(), prefilter=True)
        return list(found.limit(MOST).select(["id", "_distance"]).to_arrow()["id"].to_pylist())

    return ask


def bandwidth(seconds: float = 1.0) -> float:
    """Return how many bytes a second a matrix-vector product reads from memory with all cores, the best of several."""
    matrix = np.ones((300_000, 384), dtype=np.float32)
    vector = np.ones(384, dtype=np.float32)
    best, until = np.inf, time.perf_counter() + seconds
    while time.perf_counter() < until:
        began = time.perf_counter()
        matrix @ vector
        best = min(best, time.perf_counter() - began)
    return float(matrix.nbytes / best)


def memory_limit(people: People, wanted: Filter, bytes_a_second: float) -> float:
    """Return the seconds that reading the filter columns of all and the halves of those who pass takes at least.

    Source: 20 bytes of filter columns a person, 2 bytes a number.
    """
    passing = int(np.count_nonzero(wanted.mask(people)))
    return float(20 * len(people) + 2 * people.vectors.shape[2] * passing) / bytes_a_second
