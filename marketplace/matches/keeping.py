"""How a run is written down: everybody considered, by outcome, and of those ranked what each score is made of.

The numbers go in PostgreSQL's own binary form: a million ids as text would take as long as the whole answer may.
"""

import json
import struct
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from psycopg.adapt import Dumper
from psycopg.pq import Format

from marketplace.db import db
from marketplace.matches.models import MatchRun
from marketplace.matches.search import PASS, Outcomes
from matching.scoring import Ranking

# Types of PostgreSQL, by their numbers: arrays, and what they are of.
BIGINTS, BIGINT, DOUBLES, DOUBLE = 1016, 20, 1022, 701
LOG = """
INSERT INTO match_log (run_id, outcomes, ranked, profile_ids, scores, features)
VALUES (%(run_id)s, %(outcomes)s, %(ranked)s, %(profile_ids)b, %(scores)b, %(features)s::jsonb)
"""
# All of them as one value: a hundred times a statement's own work is more than theirs.
MATCHES = sa.text("""
INSERT INTO match (run_id, profile_id, resume_id, rank, score, gates, parts, flags)
SELECT :run_id, one.* FROM jsonb_to_recordset(CAST(:rows AS jsonb))
    AS one (profile_id bigint, resume_id bigint, rank bigint, score float8, gates jsonb, parts jsonb, flags jsonb)
ON CONFLICT (run_id, profile_id) DO NOTHING
""")


class Bigints:
    """Whole numbers, (n,), to be sent as a bigint[]."""

    def __init__(self, values: NDArray[np.int64]) -> None:
        self.values = values


class Doubles:
    """Numbers, (n,), to be sent as a double precision[]."""

    def __init__(self, values: NDArray[np.float64]) -> None:
        self.values = values


class _BigintsDumper(Dumper):
    format, oid = Format.BINARY, BIGINTS

    def dump(self, obj: Bigints) -> bytes:
        return _array(obj.values, BIGINT, ">i8")


class _DoublesDumper(Dumper):
    format, oid = Format.BINARY, DOUBLES

    def dump(self, obj: Doubles) -> bytes:
        return _array(obj.values, DOUBLE, ">f8")


def _array(values: NDArray[Any], kind: int, each: str) -> bytes:
    """Return an array of one dimension: its head, and each value after its length."""
    if not len(values):
        return struct.pack(">iiI", 0, 0, kind)
    sent = np.empty(len(values), dtype=[("length", ">i4"), ("value", each)])
    sent["length"], sent["value"] = sent.dtype["value"].itemsize, values
    return struct.pack(">iiIii", 1, 0, kind, len(values), 1) + sent.tobytes()


def sending() -> Any:
    """Return a cursor in this transaction that can send `Bigints` and `Doubles`."""
    db.session.flush()
    cursor = db.session.connection().connection.cursor()
    cursor.adapters.register_dumper(Bigints, _BigintsDumper)
    cursor.adapters.register_dumper(Doubles, _DoublesDumper)
    return cursor


def keep_log(run: MatchRun, found: Outcomes, ranked: Ranking) -> None:
    """Write down everybody considered: by outcome and, of those who pass, the ranked in their order with the parts."""
    scored = np.sort(ranked.ids)
    rows: list[dict[str, Any]] = []
    for word, ids in found.people.items():
        left = np.setdiff1d(ids, scored, assume_unique=True) if set(word) <= {PASS} else ids
        if len(left):
            rows.append(_row(run, word, ids=left))
    if ranked:
        rows.append(_row(run, PASS * (len(run.gates) + 1), ids=ranked.ids) | _of_ranked(ranked))
    with closing(sending()) as cursor:
        for row in rows:
            cursor.execute(LOG, row)


def _row(run: MatchRun, outcomes: str, *, ids: NDArray[np.int64]) -> dict[str, Any]:
    unranked = {"ranked": False, "scores": None, "features": None}
    return {"run_id": run.id, "outcomes": outcomes, "profile_ids": Bigints(ids)} | unranked


def _of_ranked(ranked: Ranking) -> dict[str, Any]:
    return {"ranked": True, "scores": Doubles(ranked.scores), "features": json.dumps(ranked.features.tolist())}


def keep_matches(run: MatchRun, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write down *rows* of the table of matches, which lack their run."""
    if rows:
        db.session.execute(MATCHES, {"run_id": run.id, "rows": json.dumps(rows)})
