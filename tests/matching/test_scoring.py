"""The order of people, the parts of their scores, and what flags can and cannot do."""

import json
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.briefs import Brief, BriefKind, texts_of
from matching.documents import TextIndex
from matching.scoring import FLAGS, Ranking, first_vector, rank_pool
from matching.signals.closeness import closeness
from matching.types import part_to_spec
from tests.matching.pools import WIDTH, Person, Piece, World, directions, pool_of, world

seeds = st.integers(0, 2**31)
patiently = settings(deadline=None)  # most of a hundred milliseconds are numpy's first call on a busy machine


def ranked(found: World) -> Ranking:
    return rank_pool(found.brief, found.vectors, pool_of(found.people), found.references)


def scores(ranking: Ranking) -> dict[int, float]:
    return dict(zip(ranking.ids.tolist(), ranking.scores.tolist(), strict=True))


@patiently
@given(seed=seeds)
def test_parts_add_up_to_the_score_in_any_order_and_out_of_json(seed: int) -> None:
    ranking = ranked(world(seed))
    for one, features in zip(ranking, ranking.features, strict=True):
        kept = json.loads(json.dumps([part_to_spec(part) for part in one.parts]))
        assert sum(part.score for part in one.parts) == one.score
        assert sum(part["score"] for part in reversed(kept)) == one.score
        assert sum(json.loads(json.dumps(features.tolist()))) == one.score


@patiently
@given(seed=seeds)
def test_parts_stand_in_the_order_of_the_features(seed: int) -> None:
    ranking = ranked(world(seed))
    assert ranking.kinds[-1] == FLAGS
    for one, features in zip(ranking, ranking.features.tolist(), strict=True):
        assert [part.score for part in one.parts if part.kind != FLAGS] == features[:-1]
        assert tuple((part.kind, part.label) for part in one.parts if part.kind != FLAGS) == tuple(
            zip(ranking.kinds[:-1], ranking.labels[:-1], strict=True)
        )
        assert sum(part.score for part in one.parts if part.kind == FLAGS) == features[-1] <= 0


@patiently
@given(seed=seeds)
def test_everybody_is_ranked_once_and_best_first(seed: int) -> None:
    found = world(seed)
    order = [(one.profile_id, one.score) for one in ranked(found)]
    assert sorted(one for one, _ in order) == list(found.people)
    assert order == sorted(order, key=lambda one: (-one[1], one[0]))
    assert all(score <= 1 for _, score in order)


@patiently
@given(seed=seeds, shuffle=st.randoms(use_true_random=False))
def test_the_order_in_which_people_are_handed_over_changes_no_score(seed: int, shuffle: Random) -> None:
    found = world(seed)
    owners = [name for name, one in found.people.items() for _ in one.pieces]
    shuffle.shuffle(owners)
    mixed = rank_pool(found.brief, found.vectors, pool_of(found.people, owners), found.references)
    assert scores(mixed) == scores(rank_pool(found.brief, found.vectors, pool_of(found.people), found.references))


@patiently
@given(seed=seeds, others=st.integers(1, 30))
def test_nobodys_score_depends_on_who_else_is_in_the_pool(seed: int, others: int) -> None:
    found = world(seed)
    more = {name + 1: one for name, one in world(seed + 1, others, most=20).people.items()}
    alone = scores(rank_pool(found.brief, found.vectors, pool_of(found.people), found.references))
    among = scores(rank_pool(found.brief, found.vectors, pool_of(found.people | more), found.references))
    assert {name: among[name] for name in alone} == alone


@settings(deadline=None, max_examples=400)
@given(seed=seeds, name=st.integers(0, 5), places=st.lists(st.integers(0, 7), min_size=1, max_size=4))
def test_flagged_pieces_never_lift_their_owner_nor_move_anybody_else(seed: int, name: int, places: list[int]) -> None:
    found = world(seed)
    name = list(found.people)[name]
    pieces = [piece for piece in found.people[name].pieces if not piece.flagged]
    pieces.append(Piece(directions(np.random.default_rng(seed + 1), 1)[0]))  # whatever names a job stands in a passage
    found = replace(found, people=found.people | {name: replace(found.people[name], pieces=pieces.copy())})
    before = scores(ranked(found))
    wanted = [*found.vectors, *directions(np.random.default_rng(seed), 1)]
    for number, place in enumerate(places):
        pasted = wanted[(seed + number) % len(wanted)]
        pieces.insert(min(place, len(pieces)), Piece(pasted, title=bool((seed >> number) & 1), flagged=True))
    after = scores(ranked(replace(found, people=found.people | {name: replace(found.people[name], pieces=pieces)})))
    assert after[name] <= before[name]
    assert {one: after[one] for one in after if one != name} == {one: before[one] for one in before if one != name}


@patiently
@given(seed=seeds, share=st.floats(0, 1), counted=st.lists(st.integers(0, 5)))
def test_suspecting_some_later_is_the_same_as_having_suspected_them_at_once(
    seed: int, share: float, counted: list[int]
) -> None:
    found = world(seed)
    pool, first = pool_of(found.people), ranked(found)
    flagged = pool.flagged | (np.random.default_rng(seed).random(len(pool.flagged)) < share)
    indexes = {list(found.people)[one]: TextIndex(b"") for one in counted}
    later = first.suspecting(flagged, indexes)
    at_once = rank_pool(found.brief, found.vectors, pool.suspecting(flagged, indexes), found.references)
    assert scores(later) == scores(at_once)
    assert later[:] == at_once[:]
    assert np.array_equal(later.features, at_once.features)


@patiently
@given(seed=seeds, owners=st.lists(st.integers(0, 4), max_size=30), texts=st.integers(1, 3))
def test_the_best_three_are_found_as_a_plain_loop_finds_them(seed: int, owners: list[int], texts: int) -> None:
    similar = np.random.default_rng(seed).uniform(-1, 1, (len(owners), texts))
    found = closeness(similar, np.array(sorted(owners), dtype=np.int64), 5)
    for person in range(5):
        for text in range(texts):
            own = [(similar[row, text], -row) for row, owner in enumerate(sorted(owners)) if owner == person]
            best = sorted(own, reverse=True)[:3]
            values = [value for value, _ in best]
            assert found.means[person, text] == pytest.approx(sum(values) / len(best) if best else 0, abs=1e-6)
            assert found.bests[person, text] == (values[0] if best else 0)
            average = sum(value for value, _ in own) / len(own) if own else 0
            assert found.averages[person, text] == pytest.approx(average, abs=1e-6)
            assert found.rows[person, :, text].tolist() == [*(-row for _, row in best), -1, -1, -1][:3]


def test_somebody_with_three_good_passages_comes_before_one_pasted_sentence() -> None:
    text = directions(np.random.default_rng(1), 1)
    near, far = text[0].copy(), np.zeros(WIDTH, np.float32)
    far[np.argmin(np.abs(near))] = 1
    good = (0.8 * near + 0.6 * far) / np.linalg.norm(0.8 * near + 0.6 * far)
    people = {1: Person([Piece(near), Piece(far), Piece(far)]), 2: Person([Piece(good)] * 3)}
    assert rank_pool(Brief("x"), np.repeat(text, 2, axis=0), pool_of(people)).ids.tolist() == [2, 1]


def test_somebody_without_a_resume_scores_nothing_and_has_no_place() -> None:
    (one,) = rank_pool(Brief("", ("Law",)), directions(np.random.default_rng(1), 2), pool_of({9: Person()}))
    assert (one.profile_id, one.score, {part.places for part in one.parts}) == (9, 0, {()})


def test_nobody_at_all_is_a_ranking_of_nobody() -> None:
    found = world(3)
    assert list(rank_pool(found.brief, found.vectors, pool_of({}), found.references)) == []


def test_the_pieces_of_people_who_are_not_ranked_are_left_out() -> None:
    found = world(4)
    pool = pool_of({name: one for name, one in found.people.items() if name == 10})
    assert rank_pool(found.brief, found.vectors, pool, found.references).ids.tolist() == [10]


def test_where_nothing_is_asked_for_the_order_goes_by_years_and_then_by_id() -> None:
    people = {4: Person(years=0), 3: Person(years=0), 5: Person(years=7)}
    ranking = rank_pool(Brief(""), np.zeros((0, WIDTH), np.float32), pool_of(people))
    assert ranking.ids.tolist() == [5, 3, 4]
    assert ranking[0].parts[0].score == ranking[0].score


def test_vectors_of_two_spaces_are_refused() -> None:
    found = world(5)
    with pytest.raises(ValueError, match="different spaces"):
        rank_pool(found.brief, found.vectors[:, :4], pool_of(found.people))


def test_a_text_without_its_vector_is_refused() -> None:
    found = world(5)
    with pytest.raises(ValueError, match="one vector"):
        rank_pool(found.brief, found.vectors[1:], pool_of(found.people))


def test_the_places_of_a_part_are_the_closest_pieces_that_are_not_flagged() -> None:
    text = directions(np.random.default_rng(1), 1)
    off = -text[0]
    people = {1: Person([Piece(off), Piece(text[0], flagged=True), Piece(text[0])])}
    (one,) = rank_pool(Brief("", ("Law",)), np.repeat(text, 2, axis=0), pool_of(people))
    wish = next(part for part in one.parts if part.kind == BriefKind.WISH)
    assert [place.passage_number for place in wish.places] == [2, 0]


def test_the_first_choice_is_made_by_title_wishes_and_text_alike() -> None:
    brief = Brief("Nurse", ("Law", "Music"), "Careful work")
    texts = texts_of(brief)
    rows = np.eye(len(texts), WIDTH, dtype=np.float32)
    by_kind = {
        kind: [float(first_vector(texts, rows)[at]) for at, text in enumerate(texts) if text.kind is kind]
        for kind in (BriefKind.TITLE, BriefKind.WISH, BriefKind.TEXT)
    }
    assert by_kind[BriefKind.TITLE] == by_kind[BriefKind.TEXT] == pytest.approx([2 * by_kind[BriefKind.WISH][0]])
