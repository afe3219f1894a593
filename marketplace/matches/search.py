"""Who passes the gates, who of them is nearest, and what each gate says of everybody: PostgreSQL answers, exactly.

All of it is read from the matching rows, so from one table.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, cast

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from pgvector.sqlalchemy import HALFVEC

from marketplace.db import db
from marketplace.matches.gates_in_sql import Condition, Languages, Row, outcome, passing
from marketplace.matches.people import seen_in
from marketplace.matches.rows import LanguageCode, MatchingRow
from matching.gates import GateNode

SHORTLIST = 1_000
BEST_PASSAGES = 3
# Further away than any vector: nothing of the résumé could be compared.
NO_CLOSENESS = -1.0
PASS, FAIL, UNKNOWN = "p", "f", "u"
# The tables of features above, by name: whoever holds one of these is not invited again.
LIVE = {
    "invitation": ("queued", "sent", "opened", "waitlisted", "accepted"),
    "engagement": ("offered", "active", "paused"),
}
ROW: Row = MatchingRow.__table__.c


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
    ((found,),) = _answer(lambda known: sa.select(ids).where(*_eligible(nodes, known, not_invited_to)))
    return _ids(found or b"")


def count_eligible(nodes: Sequence[GateNode], *, not_invited_to: int | None = None) -> int:
    """Return how many pass all of *nodes*."""
    count = sa.func.count()
    ((found,),) = _answer(
        lambda known: sa.select(count).select_from(MatchingRow).where(*_eligible(nodes, known, not_invited_to))
    )
    return int(found)


def shortlist(
    nodes: Sequence[GateNode], vector: NDArray[Any], most: int = SHORTLIST, *, not_invited_to: int | None = None
) -> list[Near]:
    """Return up to *most* of those who pass, nearest to *vector* first, ties by profile id.

    *vector*: (d,), of length 1, in the active space.  Nearness is the mean of the best three inner products with the
    vectors in the row (of all, where there are fewer), computed for everybody who passes.
    """
    wanted = sa.cast(sa.literal(vector.astype(np.float32), HALFVEC), HALFVEC)
    passage = sa.func.unnest(ROW.passages, type_=HALFVEC).column_valued("passage")
    away = passage.op("<#>", return_type=sa.Float)(wanted).label("away")
    best = sa.select(away).order_by(away).limit(BEST_PASSAGES).subquery()
    mean = sa.select(sa.func.avg(best.c.away)).scalar_subquery().label("distance")

    def statement(known: Languages) -> sa.Select[Any]:
        eligible = sa.select(ROW.profile_id, mean).where(*_eligible(nodes, known, not_invited_to))
        return eligible.order_by(mean.nulls_last(), ROW.profile_id).limit(most)

    return [Near(one, NO_CLOSENESS if away is None else -away) for one, away in _answer(statement)]


def outcomes(nodes: Sequence[GateNode], *, invited_to: int | None = None, as_of: str | None = None) -> Outcomes:
    """Return what each of *nodes* says of everybody who can be matched.

    *invited_to*: one letter more at the end says f where that project has invited the person already, else p.
    *as_of*: the snapshot of an earlier answer, to judge the people as they were then.
    """
    seen: Row = ROW if as_of is None else seen_in(as_of).subquery("seen").c

    def statement(known: Languages) -> sa.Select[Any]:
        letters = [_letter(outcome(node, seen, known)) for node in nodes]
        if invited_to is not None:
            letters.append(sa.case((_invited(seen.profile_id, invited_to), FAIL), else_=PASS))
        word = reduce(_joined, letters, cast(sa.ColumnElement[str], sa.literal(""))).label("word")
        sent = sa.func.string_agg(sa.func.int8send(seen.profile_id), sa.literal(b""), type_=sa.LargeBinary)
        found = sa.select(word, sent.label("ids")).where(seen.is_matchable).group_by(word).subquery()
        now = sa.select(sa.cast(sa.func.pg_current_snapshot(), sa.Text).label("snapshot")).subquery()
        return sa.select(now.c.snapshot, found.c.word, found.c.ids).select_from(now.outerjoin(found, sa.true()))

    rows = _answer(statement)
    return Outcomes(as_of or rows[0][0], {word: _ids(sent) for _, word, sent in rows if sent is not None})


def _answer(statement: Callable[[Languages], sa.Select[Any]]) -> Sequence[Any]:
    """Return the rows of a statement that knows every language stated; asks anew when one was added meanwhile."""
    db.session.flush()
    # A plan for any values would not know how many people the wanted ones leave.
    db.session.execute(sa.select(sa.func.set_config("plan_cache_mode", "force_custom_plan", True)))
    while True:
        known: Languages = dict(db.session.execute(sa.select(LanguageCode.tag, LanguageCode.id)).all())
        rows = db.session.execute(statement(known)).all()
        if db.session.scalar(sa.select(sa.func.count()).select_from(LanguageCode)) == len(known):
            return rows


def _eligible(nodes: Sequence[GateNode], known: Languages, not_invited_to: int | None) -> list[Condition]:
    conditions = [ROW.is_matchable, *(passing(node, ROW, known) for node in nodes)]
    return conditions if not_invited_to is None else [*conditions, ~_invited(ROW.profile_id, not_invited_to)]


def _invited(profile_id: sa.ColumnElement[int], project_id: int) -> Condition:
    held = []
    for name, states in LIVE.items():
        table = sa.table(name, sa.column("profile_id"), sa.column("project_id"), sa.column("state"))
        held.append(sa.select(table.c.profile_id).where(table.c.project_id == project_id, table.c.state.in_(states)))
    return profile_id.in_(sa.union_all(*held))


def _joined(word: sa.ColumnElement[str], letter: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    return word.concat(letter)


def _letter(found: Condition) -> sa.ColumnElement[str]:
    return sa.case({True: PASS, False: FAIL}, value=found, else_=UNKNOWN)


def _ids(sent: bytes) -> NDArray[np.int64]:
    return np.sort(np.frombuffer(sent, dtype=">i8").astype(np.int64))
