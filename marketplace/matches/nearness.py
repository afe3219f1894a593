"""How near the vectors in a row are to a wanted one, as SQL, and who is nearest by it.

It is text, because to put it together of objects would take as long as to answer some questions.
"""

from collections.abc import Sequence

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from pgvector.sqlalchemy import HALFVEC

from marketplace.matches.gates_in_sql import Condition
from marketplace.matches.rows import MatchingRow
from matching.signals.closeness import BEST_PASSAGES

MOST_PASSAGES = 10
# A person as they are sent: all of them are one value, a fifth of the work that rows of their own would be.
FOUND = np.dtype([("profile_id", ">i8"), ("away", ">f8"), ("best", ">f8")])
ROW = MatchingRow.__table__.c
WANTED = sa.bindparam("wanted", type_=HALFVEC)

# pgvector's distance, the negative inner product.
AWAY = "{} <#> CAST(:wanted AS halfvec)"
# The nearest passage.  Whoever has none is further away than anybody else; whoever has one is spared the other places.
BEST = "coalesce(CASE WHEN cardinality(passages) > 1 THEN least({}) ELSE {} END, 'Infinity')".format(
    ", ".join(AWAY.format(f"passages[{at}]") for at in range(1, MOST_PASSAGES + 1)), AWAY.format("passages[1]")
)
MEAN = "coalesce((SELECT avg(away) FROM (SELECT {} AS away{} ORDER BY away LIMIT {}) AS nearest), 'Infinity')"
MEAN_OF_ROW = MEAN.format(AWAY.format("unnest(passages)"), "", BEST_PASSAGES)
# The row is found again by its place, which within one statement stays the same.
MEAN_OF_NEAR = MEAN.format(
    AWAY.format("unnest(same.passages)"), " FROM matching_row AS same WHERE same.ctid = near.ctid", BEST_PASSAGES
)
SENT = "string_agg(int8send(near.profile_id) || float8send({}) || float8send(near.best), '')"


def _asked(sql: str) -> sa.TextClause:
    return sa.text(sql).bindparams(WANTED)


COLUMNS_BY_BEST = _asked(f"matching_row.ctid, cardinality(passages) AS held, {BEST} AS best")
SENT_BY_BEST = _asked(SENT.format(f"CASE WHEN near.held > 1 THEN {MEAN_OF_NEAR} ELSE near.best END"))
NEAREST_BY_BEST = sa.text("best, profile_id")
COLUMNS_BY_MEAN = _asked(f"{MEAN_OF_ROW} AS away, {BEST} AS best")
SENT_BY_MEAN = sa.text(SENT.format("near.away"))
NEAREST_BY_MEAN = sa.text("away, profile_id")
WITHIN = _asked(f"{BEST} <= :bound")


def by_best(conditions: Sequence[Condition], most: int) -> sa.Select[tuple[bytes]]:
    """Return the statement for *most* people by their nearest passage, each with the mean of the nearest three."""
    near = sa.select(ROW.profile_id, COLUMNS_BY_BEST).where(*conditions).order_by(NEAREST_BY_BEST).limit(most)
    return sa.select(SENT_BY_BEST).select_from(near.subquery("near"))


def by_mean(conditions: Sequence[Condition], most: int) -> sa.Select[tuple[bytes]]:
    """Return the statement for *most* people by the mean of the nearest three, the nearest one within :bound."""
    near = sa.select(ROW.profile_id, COLUMNS_BY_MEAN).where(*conditions, WITHIN)
    return sa.select(SENT_BY_MEAN).select_from(near.order_by(NEAREST_BY_MEAN).limit(most).subquery("near"))


def received(sent: bytes | None) -> NDArray[np.void]:
    """Return whom one of the statements found, as records of `FOUND`: the nearest by *away* first, ties by id."""
    records = np.frombuffer(sent or b"", dtype=FOUND)
    return records[np.lexsort((records["profile_id"], records["away"]))]
