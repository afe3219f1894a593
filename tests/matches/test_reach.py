"""What the live count says is what counting one by one says, for the gates as they are and for each weaker form."""

from random import Random

import pytest
from flask import Flask

from marketplace.matches.people import people
from marketplace.matches.reach import reach
from matching.eligibility import judge, passes
from matching.gates import GateNode, HoursGate, LanguageGate
from matching.relaxing import relaxations
from matching.types import Candidate
from matching.vocabulary import Cefr
from tests.matches import crowd


def counted(nodes: list[GateNode], candidates: list[Candidate]) -> int:
    return sum(passes(judge(nodes, one)) for one in candidates)


@pytest.mark.parametrize("seed", range(6))
def test_every_figure_is_what_counting_one_by_one_gives(app: Flask, seed: int) -> None:
    crowd.people(300, seed=seed)
    candidates = [one.candidate for one in people().values()]
    chance = Random(seed)
    gains = 0
    for _ in range(20):
        nodes = [crowd.tree(chance, depth=chance.choice([0, 0, 0, 2])) for _ in range(chance.randint(0, 3))]
        found = reach(nodes)
        now = counted(nodes, candidates)
        assert (found.people, found.eligible) == (len(candidates), now)
        for at, gate in enumerate(found.gates):
            others = nodes[:at] + nodes[at + 1 :]
            assert gate.kept_out == counted(others, candidates) - now
            assert [step.relaxed for step in gate.steps] == relaxations(nodes[at])
            for step in gate.steps:
                assert all(
                    passes(judge([step.relaxed.node], one)) for one in candidates if passes(judge([nodes[at]], one))
                )
                assert step.more == counted([*others, step.relaxed.node], candidates) - now
                gains += step.more
    assert gains > 0


def test_nobody_at_all_is_counted_as_nobody(app: Flask) -> None:
    found = reach([LanguageGate("de", Cefr.B2), HoursGate(600)])
    assert (found.people, found.eligible) == (0, 0)
    assert [[step.more for step in gate.steps] for gate in found.gates] == [[0], [0]]
