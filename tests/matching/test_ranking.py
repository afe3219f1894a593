"""The order of people and the parts of their scores."""

import json
from collections.abc import Sequence
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from matching.ranking import best_passages, rank
from matching.types import Candidate, ExperienceFact, Passages, Ranked, Span, WishPart, part_from_spec, part_to_spec
from matching.vocabulary import ExperienceKind


def passages(owners: Sequence[int], vectors: NDArray[np.float32]) -> Passages:
    """Return one passage for each owner."""
    spans = [Span(owner, number, 1, 0, 10) for number, owner in enumerate(owners)]
    return Passages(vectors, np.array(owners, dtype=np.int64), spans)


def directions(seed: int, count: int, width: int = 8) -> NDArray[np.float32]:
    """Return *count* unit vectors."""
    vectors = np.random.default_rng(seed).normal(size=(count, width)).astype(np.float32)
    unit: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


def people(*profile_ids: int) -> list[Candidate]:
    """Return candidates who state nothing."""
    return [Candidate(profile_id) for profile_id in profile_ids]


worlds = st.tuples(st.integers(0, 2**31), st.integers(1, 4), st.lists(st.integers(1, 6), max_size=24))


def ranked(world: tuple[int, int, list[int]]) -> list[Ranked]:
    """Rank six people, of whom some own passages."""
    seed, count, owners = world
    wishes = [f"wish {number}" for number in range(count)]
    found = passages(owners, directions(seed, len(owners)))
    return rank(wishes, directions(seed + 1, count), found, people(3, 1, 2, 6, 5, 4))


@given(world=worlds)
def test_parts_add_up_to_the_score_in_any_order_and_out_of_json(world: tuple[int, int, list[int]]) -> None:
    for one in ranked(world):
        again = [part_from_spec(json.loads(json.dumps(part_to_spec(part)))) for part in one.parts]
        assert sum(part.score for part in one.parts) == one.score
        assert sum(part.score for part in reversed(again)) == one.score
        assert tuple(again) == one.parts


@given(world=worlds)
def test_everybody_is_ranked_once_and_best_first(world: tuple[int, int, list[int]]) -> None:
    order = ranked(world)
    assert sorted(one.profile_id for one in order) == [1, 2, 3, 4, 5, 6]
    assert order == sorted(order, key=lambda one: (-one.score, one.profile_id))


@given(world=worlds, shuffle=st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing(world: tuple[int, int, list[int]], shuffle: Random) -> None:
    seed, count, owners = world
    rows = list(range(len(owners)))
    shuffle.shuffle(rows)
    vectors = directions(seed, len(owners))
    wishes = [f"wish {number}" for number in range(count)]
    mixed = passages([owners[row] for row in rows], vectors[rows])
    other = rank(wishes, directions(seed + 1, count), mixed, people(1, 2, 3, 4, 5, 6))
    assert [(one.profile_id, one.score) for one in other] == [(one.profile_id, one.score) for one in ranked(world)]


@given(seed=st.integers(0, 2**31), owners=st.lists(st.integers(0, 4), max_size=30), wishes=st.integers(1, 3))
def test_the_best_three_are_found_as_a_plain_loop_finds_them(seed: int, owners: list[int], wishes: int) -> None:
    similar = np.random.default_rng(seed).uniform(-1, 1, (len(owners), wishes))
    means, bests, firsts = best_passages(similar, np.array(owners, dtype=np.int64), 5)
    for person in range(5):
        for wish in range(wishes):
            own = sorted((similar[row, wish] for row, owner in enumerate(owners) if owner == person), reverse=True)
            assert means[person, wish] == pytest.approx(sum(own[:3]) / len(own[:3]) if own else 0)
            assert bests[person, wish] == (own[0] if own else 0)
            if own:
                assert similar[firsts[person, wish], wish] == own[0]


def test_somebody_with_three_good_passages_comes_before_one_pasted_sentence() -> None:
    wish = np.array([[1, 0]], dtype=np.float32)
    good, pasted, off = [0.8, 0.6], [1, 0], [0, 1]
    found = passages([1, 1, 1, 2, 2, 2], np.array([pasted, off, off, good, good, good], dtype=np.float32))
    assert [one.profile_id for one in rank(["x"], wish, found, people(1, 2))] == [2, 1]


def test_somebody_without_a_resume_scores_nothing_and_has_no_span() -> None:
    (one,) = rank(["x"], directions(1, 1), passages([], directions(1, 0)), people(9))
    assert one == Ranked(9, 0, (WishPart("x", 0, 0, 0),))


def test_passages_of_people_whose_gates_did_not_pass_are_left_out() -> None:
    order = rank(["x"], directions(1, 1), passages([1, 2, 3], directions(2, 3)), people(2))
    assert [one.profile_id for one in order] == [2]


def test_without_wishes_the_order_goes_by_years_and_then_by_profile() -> None:
    old = Candidate(5, experiences=(ExperienceFact(ExperienceKind.ANNOTATION, 7),))
    order = rank([], np.zeros((0, 8), np.float32), passages([], directions(1, 0)), [*people(4, 3), old])
    assert [one.profile_id for one in order] == [5, 3, 4]
    assert order[0].parts[0].score == order[0].score


def test_vectors_of_two_spaces_are_refused() -> None:
    with pytest.raises(ValueError, match="different spaces"):
        rank(["x"], directions(1, 1, width=4), passages([1], directions(1, 1)), people(1))


@given(world=worlds, owner=st.integers(1, 6), pasted=st.integers(0, 3))
def test_a_flagged_passage_never_lifts_its_owner(world: tuple[int, int, list[int]], owner: int, pasted: int) -> None:
    seed, count, owners = world
    wishes = [f"wish {number}" for number in range(count)]
    wanted, theirs = directions(seed + 1, count), directions(seed, len(owners))
    copied = wanted[[pasted % count]]
    with_it = passages([*owners, owner], np.concatenate([theirs.reshape(-1, 8), copied]))
    flagged = np.array([False] * len(owners) + [True])
    before = {one.profile_id: one.score for one in rank(wishes, wanted, passages(owners, theirs), people(*range(1, 7)))}
    after = {one.profile_id: one.score for one in rank(wishes, wanted, with_it, people(*range(1, 7)), flagged)}
    assert after[owner] <= before[owner]
    assert all(after[other] == before[other] for other in after if other != owner)
