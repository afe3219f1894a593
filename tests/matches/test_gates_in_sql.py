"""The conditions on matching rows say what the evaluator in Python says, of everybody."""

from random import Random

import numpy as np
import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.db import db
from marketplace.matches import search
from marketplace.matches.gates_in_sql import passing
from marketplace.matches.people import people
from marketplace.matches.rows import KINDS, MOST_LANGUAGES, LanguageCode
from matching.eligibility import judge, passes
from matching.gates import GateGroup, GateNode, LanguageGate
from matching.types import Candidate
from matching.vocabulary import Cefr, ExperienceKind
from tests.matches import crowd

PEOPLE, TREES = 500, 200


def said_in_python(nodes: list[GateNode], candidates: list[Candidate]) -> dict[int, str]:
    return {
        candidate.profile_id: "".join(str(result.outcome)[0] for result in judge(nodes, candidate))
        for candidate in candidates
    }


def said_in_sql(nodes: list[GateNode]) -> dict[int, str]:
    found = search.outcomes(nodes).people
    return {int(profile_id): word for word, ids in found.items() for profile_id in ids}


def test_sql_and_python_agree_on_a_hundred_thousand_cases_of_gates_and_groups(app: Flask) -> None:
    crowd.people(PEOPLE, seed=3)
    chance = Random(4)
    nodes = [crowd.tree(chance) for _ in range(TREES)]
    candidates = [one.candidate for one in people().values()]
    said = said_in_python(nodes, candidates)
    assert said_in_sql(nodes) == said
    letters = "".join(said.values())
    assert len(letters) == PEOPLE * TREES
    assert all(letters.count(letter) > 10_000 for letter in "pfu")


def test_who_passes_in_the_index_is_who_passes_in_python(app: Flask) -> None:
    crowd.people(PEOPLE, seed=5)
    chance = Random(6)
    candidates = [one.candidate for one in people().values()]
    for _ in range(60):
        nodes = [crowd.tree(chance) for _ in range(chance.randint(0, 3))]
        wanted = [one.profile_id for one in candidates if passes(judge(nodes, one))]
        assert search.eligible_ids(nodes).tolist() == wanted
        assert search.count_eligible(nodes) == len(wanted)
        assert search.outcomes(nodes).eligible.tolist() == wanted


@pytest.mark.parametrize("spare", [2, 5, 0])
def test_languages_beyond_those_that_have_codes_are_judged_as_all_others(owner: sa.Engine, spare: int) -> None:
    taken = [{"id": at, "tag": f"x-taken-{at}"} for at in range(1, MOST_LANGUAGES + 1 - spare)]
    with owner.begin() as connection:
        connection.execute(sa.insert(LanguageCode), taken)
    crowd.people(PEOPLE, seed=7)
    chance = Random(8)
    nodes: list[GateNode] = [
        LanguageGate(tag, chance.choice([None, *Cefr]), chance.choice([None, *Cefr]), chance.random() < 0.3)
        for tag in crowd.TAGS
        for _ in range(6)
    ]
    nodes += [GateGroup("all", tuple(chance.sample(nodes, 2))) for _ in range(20)]
    candidates = [one.candidate for one in people().values()]
    assert said_in_sql(nodes) == said_in_python(nodes, candidates)
    wanted = [one.profile_id for one in candidates if passes(judge(nodes[:1], one))]
    assert search.eligible_ids(nodes[:1]).tolist() == wanted


def test_every_kind_of_experience_has_its_codes() -> None:
    assert set(KINDS) == set(ExperienceKind)


def test_a_gate_on_a_language_is_answered_from_the_index(owner: sa.Engine) -> None:
    crowd.people(PEOPLE, seed=9)
    db.session.commit()
    # without statistics PostgreSQL takes the rows to be none and either index to be as good
    with owner.begin() as connection:
        connection.execute(sa.text("ANALYZE matching_row"))
    known = dict(db.session.execute(sa.select(LanguageCode.tag, LanguageCode.id)).all())
    condition = passing(LanguageGate("yue", Cefr.C2, Cefr.C2), search.ROW, known)
    statement = sa.select(search.ROW.profile_id).where(search.ROW.is_matchable, condition)
    db.session.execute(sa.text("SET LOCAL enable_seqscan = off"))
    compiled = statement.compile(db.engine)
    plan = "\n".join(db.session.connection().exec_driver_sql(f"EXPLAIN {compiled}", compiled.params).scalars())
    assert "Bitmap Index Scan on ix_matching_row_langs" in plan


def test_nobody_passes_a_language_that_nobody_states_and_only_who_states_none_is_to_be_asked(app: Flask) -> None:
    crowd.people(50, seed=10)
    silent = [one.candidate.profile_id for one in people().values() if not one.candidate.languages]
    found = search.outcomes([LanguageGate("sw")]).people
    assert set(found) == {"f", "u"}
    assert found["u"].tolist() == silent
    assert np.array_equal(search.eligible_ids([LanguageGate("sw")]), [])
