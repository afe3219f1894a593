"""News: everything that is rung is known, everything known is answered, everything answered is rung somewhere."""

import ast
from pathlib import Path

from marketplace import worker
from marketplace.tasks.news import NEWS

ROOT = Path(__file__).resolve().parents[2] / "marketplace"
RINGS = {"ring", "ring_apart"}


def rung() -> set[str]:
    found = set()
    for file in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in RINGS:
                first = node.args[0]
                assert isinstance(first, ast.Constant), f"{file.name}: news is rung by its name"
                found.add(str(first.value))
    return found


def test_news_that_is_rung_is_answered_and_the_other_way_round():
    assert rung() == set(worker.ANSWERS) == set(NEWS)


def test_sweeps_have_names_of_their_own():
    names = [sweep.name for sweep in worker.SWEEPS]
    assert len(names) == len(set(names))
    assert not {sweep.news for sweep in worker.SWEEPS} & set(NEWS)
