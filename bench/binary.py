"""Rows in the binary form of PostgreSQL's COPY: a million people are loaded in minutes."""

import struct
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray

SMALLINT = 21


def copy_rows(connection: psycopg.Connection, table: str, columns: Sequence[str], rows: Iterable[bytes]) -> None:
    """Copy *rows*, each as `row` gives it, or several in a row, into *columns* of *table*."""
    with connection.cursor().copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN BINARY".encode()) as copy:
        copy.write(b"PGCOPY\n\xff\r\n\0" + bytes(8))
        for sent in rows:
            copy.write(sent)
        copy.write(b"\xff\xff")


def row(fields: Sequence[bytes | None]) -> bytes:
    """Return one row, each field after its length."""
    return struct.pack(">h", len(fields)) + b"".join(
        b"\xff\xff\xff\xff" if field is None else struct.pack(">i", len(field)) + field for field in fields
    )


def big(value: int) -> bytes:
    """Return a bigint."""
    return struct.pack(">q", value)


def smalls(values: Sequence[int]) -> bytes:
    """Return a smallint[]."""
    return _head(len(values), SMALLINT) + b"".join(struct.pack(">ih", 2, value) for value in values)


def halfvec_kind(connection: psycopg.Connection) -> int:
    """Return the number of pgvector's type in this database."""
    found = connection.execute("SELECT 'halfvec'::regtype::oid::int").fetchone()
    assert found is not None
    return int(found[0])


def halfvecs(vectors: NDArray[Any], kind: int) -> list[bytes]:
    """Return a halfvec[] for each of *vectors*, (m, n, d); *kind*: the number of that type."""
    _, each, width = vectors.shape
    sent = np.zeros(vectors.shape[:2], [("l", ">i4"), ("d", ">i2"), ("u", ">i2"), ("v", ">f2", (width,))])
    sent["l"], sent["d"], sent["v"] = 4 + 2 * width, width, vectors
    head = _head(each, kind)
    return [head + own.tobytes() for own in sent]


def _head(length: int, kind: int) -> bytes:
    """Return the head of an array of one dimension."""
    return struct.pack(">iiIii", 1, 0, kind, length, 1)
