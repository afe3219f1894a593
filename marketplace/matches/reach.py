"""How many people pass some gates, and how many more would if one of them asked for less: counted, not estimated.

One pass over the matching rows.  Only whoever passes all gates but one at most can be let in by one change.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from marketplace.matches.gates_in_sql import Condition, Languages, passing
from marketplace.matches.search import ROW, answered
from matching.gates import GateNode, node_in_words
from matching.relaxing import Relaxed, relaxations


@dataclass(frozen=True, slots=True)
class Step:
    """A weaker form of a gate and how many *more* people would pass."""

    relaxed: Relaxed
    more: int


@dataclass(frozen=True, slots=True)
class GateReach:
    """One gate: how many pass everything *but* it, and what each weaker form would gain."""

    node: GateNode
    words: str
    kept_out: int
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Reach:
    """How many qualified people there are, how many of them pass every gate, and what each gate costs."""

    people: int
    eligible: int
    gates: tuple[GateReach, ...]


def reach(nodes: Sequence[GateNode]) -> Reach:
    """Return how far *nodes* reach among everybody who can be matched now."""
    weaker = [relaxations(node) for node in nodes]
    (row,) = answered(lambda known: _counts(nodes, weaker, known))
    people, eligible, *rest = row[:-1]
    found = iter(rest)
    gates = [
        GateReach(node, node_in_words(node), next(found), tuple(Step(one, next(found)) for one in ways))
        for node, ways in zip(nodes, weaker, strict=True)
    ]
    return Reach(people, eligible, tuple(gates))


def _counts(nodes: Sequence[GateNode], weaker: Sequence[Sequence[Relaxed]], known: Languages) -> Any:
    """Return the statement that counts everybody, those eligible and, gate by gate, those whom it alone keeps out."""
    columns = [ROW.langs, ROW.experience, ROW.facts, ROW.country, ROW.currency, ROW.min_rate_minor]
    columns += [ROW.weekly_minutes, ROW.degree_any, ROW.degree_held]
    holds = [sa.func.coalesce(passing(node, ROW, known), sa.false()) for node in nodes]
    named = [condition.label(f"gate_{at}") for at, condition in enumerate(holds)]
    # OFFSET 0 keeps PostgreSQL from writing each condition out wherever it is counted.
    judged = sa.select(*columns, *named).where(ROW.is_matchable).offset(sa.literal_column("0")).subquery("judged")
    passes: list[Condition] = [judged.c[label.name] for label in named]
    count = sa.func.count()
    counts = [count, count.filter(sa.and_(sa.true(), *passes))]
    for at, ways in enumerate(weaker):
        alone = sa.and_(~passes[at], *(condition for other, condition in enumerate(passes) if other != at))
        counts.append(count.filter(alone))
        counts += [count.filter(alone, passing(one.node, judged.c, known)) for one in ways]
    return sa.select(*counts).select_from(judged)
