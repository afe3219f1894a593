"""Who passes the gates, who of them is nearest, and what each gate says of everybody: PostgreSQL answers, exactly.

All of it is read from the matching rows, so from one table.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from marketplace.db import db
from marketplace.matches import nearness
from marketplace.matches.gates_in_sql import Condition, Languages, Row, outcome, passing
from marketplace.matches.people import seen_in
from marketplace.matches.rows import LanguageCode, MatchingRow
from matching.gates import GateNode

# Of those who pass this many, and one more for each PASSING_FOR_ONE_MORE, are ranked in full: among 4,000 who passed
# 600 held 99.7 % of the first fifty of all, 800 all of them, and each of them has a manager wait longer.
SHORTLIST, PASSING_FOR_ONE_MORE = 600, 40
# So many times more people are found by their best passage than are wanted by the mean of three.
WIDER = 4
# Further away than any vector: nothing of the résumé could be compared.
NO_CLOSENESS = -1.0
PASS, FAIL, UNKNOWN = "p", "f", "u"
LETTERS = {True: PASS, False: FAIL, None: UNKNOWN}
# The tables of features above, by name: whoever holds one of these is not invited again.
LIVE = {
    "invitation": ("queued", "sent", "opened", "waitlisted", "accepted"),
    "engagement": ("offered", "active", "paused"),
}
# One list for all tables, because PostgreSQL hashes a list once.
HOLDERS = "SELECT profile_id FROM {} WHERE project_id = :project AND state IN {}"
INVITED = " UNION ALL ".join(HOLDERS.format(table, states) for table, states in LIVE.items())
ROW: Row = MatchingRow.__table__.c
CODES = LanguageCode.__table__
# As measured, in units of PostgreSQL: a page that lies in memory costs little, and a process that helps has to map each
# page that it reads anew, so that it helps with large scans only.
COSTS = {"seq_page_cost": "0.1", "random_page_cost": "0.2", "parallel_setup_cost": "3000"}
STATED = sa.select(sa.func.count()).select_from(CODES).scalar_subquery()
# With every language: a plan for any values at all would not know how many people the wanted ones leave, and one that
# shuns pages as if they were on a disk would rather look at everybody's facts than at the rows that an index names.
PREPARED = sa.select(
    sa.select(sa.func.json_object_agg(CODES.c.tag, CODES.c.id, type_=sa.JSON)).scalar_subquery(),
    sa.func.set_config("plan_cache_mode", "force_custom_plan", True),
    *(sa.func.set_config(name, cost, True) for name, cost in COSTS.items()),
)


@dataclass(frozen=True, slots=True)
class Near:
    """Somebody with the mean of their best three inner products with a vector, -1 to 1."""

    profile_id: int
    closeness: float


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """What every gate says of everybody: profile ids, ascending, by a word of one letter for each gate, in order.

    *snapshot*: what PostgreSQL had committed for this answer; with it the same people can be read again.
    """

    snapshot: str
    people: dict[str, NDArray[np.int64]]

    @property
    def considered(self) -> int:
        """How many people were considered."""
        return sum(map(len, self.people.values()))

    @property
    def eligible(self) -> NDArray[np.int64]:
        """Who passes everything."""
        found = [ids for word, ids in self.people.items() if set(word) <= {PASS}]
        return found[0] if found else np.zeros(0, dtype=np.int64)


def eligible_ids(nodes: Sequence[GateNode], *, not_invited_to: int | None = None) -> NDArray[np.int64]:
    """Return who passes all of *nodes*, ascending; *not_invited_to*: without whom that project has invited."""
    ids = sa.func.string_agg(sa.func.int8send(ROW.profile_id), sa.literal(b""), type_=sa.LargeBinary)
    ((found, _),) = answered(lambda known: sa.select(ids).where(*_eligible(nodes, known, not_invited_to)))
    return _ids(found or b"")


def count_eligible(nodes: Sequence[GateNode], *, not_invited_to: int | None = None) -> int:
    """Return how many pass all of *nodes*."""
    count = sa.func.count()
    ((found, _),) = answered(
        lambda known: (
            sa.select(count).select_from(MatchingRow.__table__).where(*_eligible(nodes, known, not_invited_to))
        )
    )
    return int(found)


def shortlist_size(passing: int) -> int:
    """Return how many of so many people who pass are ranked in full."""
    return min(passing, SHORTLIST + passing // PASSING_FOR_ONE_MORE)


def shortlist(
    nodes: Sequence[GateNode], vector: NDArray[Any], most: int, *, not_invited_to: int | None = None
) -> list[Near]:
    """Return up to *most* (one or more) of those who pass, the nearest to *vector* first, ties by profile id; exactly.

    *vector*: (d,), of length 1, in the active space.  Nearness is the mean of the best three inner products with the
    vectors in the row (of all, where there are fewer).

    That mean is never above the best product of all, by which people are found at half the cost, and by several
    processes.  Those further down need not be looked at when the last one wanted lies above the best of the last found
    (R. Fagin et al., Optimal aggregation algorithms for middleware, 2003, section 4); else everybody is whose best
    product reaches that far.
    """
    wanted: dict[str, Any] = {"wanted": vector.astype(np.float32)}

    def asked(statement: Callable[[Sequence[Condition], int], sa.Select[Any]], count: int) -> NDArray[np.void]:
        ((sent, _),) = answered(lambda known: statement(_eligible(nodes, known, not_invited_to), count), wanted)
        return nearness.received(sent)

    while True:
        found = asked(nearness.by_best, WIDER * most)
        if len(found) < WIDER * most or found["away"][most - 1] < found["best"].max():
            break
        wanted["bound"] = float(found["away"][most - 1])
        found = asked(nearness.by_mean, most)
        # unless somebody left between the two answers
        if len(found) == most and found["away"][-1] <= wanted["bound"]:
            break
    return [Near(one, max(-away, NO_CLOSENESS)) for one, away, _ in found[:most].tolist()]


def outcomes(nodes: Sequence[GateNode], *, invited_to: int | None = None, as_of: str | None = None) -> Outcomes:
    """Return what each of *nodes* says of everybody who can be matched.

    *invited_to*: one letter more at the end says f where that project has invited the person already, else p.
    *as_of*: the snapshot of an earlier answer, to judge the people as they were then.
    """
    seen: Row = ROW if as_of is None else seen_in(as_of).subquery("seen").c

    def statement(known: Languages) -> sa.Select[Any]:
        said = [outcome(node, seen, known) for node in nodes]
        if invited_to is not None:
            said.append(~_invited(seen.profile_id, invited_to))
        # By truth values, not words: of those PostgreSQL expects few groups, which it counts in several processes.
        gates = [one.label(f"gate_{at}") for at, one in enumerate(said)]
        judged = sa.select(seen.profile_id, *gates).where(seen.is_matchable).subquery()
        by = [judged.c[gate.name] for gate in gates]
        sent = sa.func.string_agg(sa.func.int8send(judged.c.profile_id), sa.literal(b""), type_=sa.LargeBinary)
        found = sa.select(sent.label("ids"), *by).group_by(*by).subquery()
        now = sa.select(sa.cast(sa.func.pg_current_snapshot(), sa.Text).label("snapshot")).subquery()
        return sa.select(now.c.snapshot, *found.c).select_from(now.outerjoin(found, sa.true()))

    rows = answered(statement)
    words = {"".join(map(LETTERS.__getitem__, said)): _ids(sent) for _, sent, *said, _ in rows if sent is not None}
    return Outcomes(as_of or rows[0][0], words)


def answered(
    statement: Callable[[Languages], sa.Select[Any]], values: Mapping[str, Any] | None = None
) -> Sequence[Any]:
    """Return the rows of a statement that knows every language stated; asks anew when one was added meanwhile.

    There is at least one row, and each has one value more than asked for.
    """
    db.session.flush()
    while True:
        known: Languages = db.session.execute(PREPARED).one()[0] or {}
        rows = db.session.execute(statement(known).add_columns(STATED), values).all()
        if rows[0][-1] == len(known):
            return rows


def _eligible(nodes: Sequence[GateNode], known: Languages, not_invited_to: int | None) -> list[Condition]:
    conditions = [ROW.is_matchable, *(passing(node, ROW, known) for node in nodes)]
    return conditions if not_invited_to is None else [*conditions, ~_invited(ROW.profile_id, not_invited_to)]


def _invited(profile_id: sa.ColumnElement[int], project_id: int) -> Condition:
    """Return the condition that somebody is not to be invited anew."""
    return profile_id.in_(sa.text(INVITED).bindparams(project=project_id))


def _ids(sent: bytes) -> NDArray[np.int64]:
    return np.sort(np.frombuffer(sent, dtype=">i8").astype(np.int64))
