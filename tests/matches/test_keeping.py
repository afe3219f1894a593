"""Numbers sent in PostgreSQL's own form arrive as they were."""

from contextlib import closing

import numpy as np
import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketplace.db import db
from marketplace.matches.keeping import Bigints, Doubles, sending

WHOLE = st.lists(st.integers(-(2**63), 2**63 - 1), max_size=30)
REAL = st.lists(st.floats(allow_nan=False), max_size=30)


def received(sent: Bigints | Doubles) -> list[float]:
    with closing(sending()) as cursor:
        cursor.execute("SELECT %b, pg_typeof(%b)::text", (sent, sent))
        values, kind = cursor.fetchone() or ([], "")
    assert kind == ("bigint[]" if isinstance(sent, Bigints) else "double precision[]")
    return list(values)


@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(whole=WHOLE, real=REAL)
def test_arrays_arrive_as_they_were(app: Flask, whole: list[int], real: list[float]) -> None:
    assert received(Bigints(np.array(whole, dtype=np.int64))) == whole
    assert received(Doubles(np.array(real, dtype=np.float64))) == real


@pytest.mark.parametrize("count", [0, 1, 70_000])
def test_so_do_those_of_very_many_people(app: Flask, count: int) -> None:
    db.session.rollback()
    assert received(Bigints(np.arange(count))) == list(range(count))
