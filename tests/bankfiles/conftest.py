from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
import sqlalchemy as sa

from marketplace.db import db


@pytest.fixture
def counted_queries(app) -> Callable[[], AbstractContextManager[Callable[[], int]]]:
    """Give a context that counts the statements sent inside it."""

    @contextmanager
    def counting() -> Iterator[Callable[[], int]]:
        sent: list[str] = []

        def note(conn, cursor, statement, *rest):
            sent.append(statement)

        sa.event.listen(db.engine, "before_cursor_execute", note)
        try:
            yield lambda: len(sent)
        finally:
            sa.event.remove(db.engine, "before_cursor_execute", note)

    return counting
