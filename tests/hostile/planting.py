"""Puts words into every cell that holds words, as the owner of the tables, past every door, check and trigger."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from marketplace.db import Base
from tests.hostile.columns import ALL_WORDED, FREE, SHORT, WORDED

# Gives the words for the cell of that number; *last*: it is the last of its column.
Words = Callable[[int, bool], str]


def plant(owner: sa.Engine, words: Words) -> Counter[str]:
    """Fill every cell of every FREE column; return how many were filled, by column, 0 where there are no rows."""
    planted: Counter[str] = Counter()
    with owner.begin() as connection:
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        for name in FREE:
            planted[name] += 0
            column = _column(name)
            keys = list(column.table.primary_key)
            rows = connection.execute(sa.select(column, *keys).order_by(*keys)).all()
            for number, row in enumerate(rows, start=1):
                given = words(sum(planted.values()), number == len(rows))
                value = _filled(column, row[0], given, str(row[1]))
                where = [key == part for key, part in zip(keys, row[1:], strict=True)]
                connection.execute(sa.update(column.table).where(*where).values({column.name: value}))
                planted[name] += value != row[0]
    return planted


def _column(name: str) -> "sa.Column[Any]":
    table, _, column = name.partition(".")
    return Base.metadata.tables[table].columns[column]


def _filled(column: "sa.Column[Any]", now: Any, words: str, key: str) -> Any:
    if isinstance(column.type, JSONB):
        return _reworded(now, words, f"{column.table.name}.{column.name}" in ALL_WORDED)
    if isinstance(column.type, sa.ARRAY):
        return [words, words]
    words = words[: SHORT.get(f"{column.table.name}.{column.name}")]
    return f"{words} {key}" if _is_alone(column) else words


def _is_alone(column: "sa.Column[Any]") -> bool:
    """Return whether no two rows may hold the same words in *column*, by itself or with others."""
    indexes = [index for index in column.table.indexes if index.unique]
    return bool(column.unique) or column.name == "email" or any(column in index.columns.values() for index in indexes)


def _reworded(found: Any, words: str, worded: bool) -> Any:
    """Return a document with *words* for all that is words in it; what is empty says that there is nothing."""
    if isinstance(found, dict):
        return {key: _reworded(value, words, worded or key in WORDED) for key, value in found.items()}
    if isinstance(found, list):
        return [_reworded(value, words, worded) for value in found]
    return words if worded and isinstance(found, str) and found else found
