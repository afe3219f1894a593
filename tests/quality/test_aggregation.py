import random
from collections.abc import Iterator
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.errors import Refused
from marketplace.quality.aggregation import (
    MOST_CHANCES,
    Final,
    Method,
    aggregate,
    fit,
    methods_for,
    serving,
)
from marketplace.quality.labels import Labels, canonical

Rows = list[tuple[str, str, str]]
answers = st.lists(
    st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("uvwxyz"), st.sampled_from(["yes", "no", "odd"])),
    min_size=1,
    max_size=60,
    unique_by=lambda row: row[:2],
)


def said(rows: Rows, method: Method = Method.SHRUNK) -> dict[str, str]:
    return {one.task: one.label for one in aggregate(Labels.of(rows), method)}


def confident(rows: Rows) -> dict[str, Final]:
    return {one.task: one for one in aggregate(Labels.of(rows))}


@settings(max_examples=60, deadline=None)
@given(answers, st.randoms(use_true_random=False))
def test_neither_the_order_of_answers_nor_the_names_of_people_matter(rows: Rows, chance: random.Random) -> None:
    mixed = [(task, f"person {worker}", label) for task, worker, label in chance.sample(rows, len(rows))]
    before, after = confident(rows), confident(mixed)
    assert before.keys() == after.keys()
    for task, one in before.items():
        assert (one.label, one.votes) == (after[task].label, after[task].votes)
        assert one.confidence == pytest.approx(after[task].confidence, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(answers)
def test_chances_are_chances_and_votes_are_those_given(rows: Rows) -> None:
    labels = Labels.of(rows)
    found = fit(labels)
    assert np.allclose(found.posterior.sum(axis=1), 1)
    assert np.allclose(found.matrices.sum(axis=2), 1)
    assert (found.posterior >= 0).all()
    for one in aggregate(labels):
        assert sum(one.votes.values()) == sum(row[0] == one.task for row in rows)
        assert one.confidence is not None
        assert 1 / 3 - 1e-9 <= one.confidence <= 1 or len(labels.classes) < 3


@pytest.mark.parametrize(
    "method", [Method.SHRUNK, Method.MAJORITY, Method.DAWID_SKENE, Method.ONE_COIN, Method.MACE, Method.GLAD]
)
def test_what_everybody_says_is_the_label(method: Method) -> None:
    rows = [(f"t{at:02}", who, "yes" if at % 3 else "no") for at, who in product(range(12), "abc")]
    assert said(rows, method) == {f"t{at:02}": "yes" if at % 3 else "no" for at in range(12)}


def test_whoever_says_the_opposite_is_understood() -> None:
    truth = {f"t{at:02}": "yes" if at % 2 else "no" for at in range(40)}
    other = {"yes": "no", "no": "yes"}
    rows = [(task, who, told) for task, told in truth.items() for who in "abc"]
    rows += [(task, who, other[told]) for task, told in truth.items() for who in ("liar", "liar too")]
    wrong_once = {("t01", "a"), ("t01", "b"), ("t02", "c"), ("t02", "a")}
    rows = [(task, who, other[told] if (task, who) in wrong_once else told) for task, who, told in rows]
    assert said(rows) == truth
    assert said(rows, Method.MAJORITY) != truth


def test_somebody_with_a_single_answer_does_not_outweigh_two_who_are_known() -> None:
    rows = [(f"t{at:02}", who, "yes" if at % 2 else "no") for at, who in product(range(30), ("ann", "ben"))]
    rows += [("new", "ann", "yes"), ("new", "ben", "yes"), ("new", "newcomer", "no")]
    found = confident(rows)["new"]
    assert (found.label, found.votes) == ("yes", {"no": 1, "yes": 2})
    assert found.confidence is not None
    assert found.confidence > 0.9


def test_ties_go_to_the_class_that_sorts_first() -> None:
    rows = [("t", "a", "10"), ("t", "b", "9"), ("u", "a", "b"), ("u", "b", "a")]
    assert said(rows, Method.MAJORITY) == {"t": "9", "u": "a"}


def test_the_same_answers_give_the_same_bytes() -> None:
    chance = np.random.default_rng(1)
    rows = [(f"t{t}", f"w{w}", str(chance.integers(3))) for t, w in product(range(50), range(5))]
    once, again = (repr(aggregate(Labels.of(rows), Method.MACE)) for _ in range(2))
    assert once == again


@pytest.mark.parametrize(
    ("method", "value"), [(Method.MEAN, 4.0), (Method.MEDIAN, 2.0), (Method.WEIGHTED, pytest.approx(4.0, abs=3))]
)
def test_numbers_are_averaged(method: Method, value: float) -> None:
    rows = [("t", "a", "1"), ("t", "b", "2.0"), ("t", "c", "9")]
    [one] = aggregate(Labels.of(rows), method)
    assert one.value == value
    assert one.votes == {"1": 1, "2": 1, "9": 1}
    assert one.error is not None


def test_one_number_has_no_error_of_its_own() -> None:
    [one] = aggregate(Labels.of([("t", "a", "-3.5")]), Method.MEAN)
    assert (one.value, one.error, one.label) == (-3.5, None, "-3.5")


def test_words_are_no_numbers_and_nothing_is_no_answer() -> None:
    with pytest.raises(Refused, match="“good” is no number"):
        aggregate(Labels.of([("t", "a", "good")]), Method.MEAN)
    with pytest.raises(Refused, match="not a single answer"):
        Labels.of([])


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("01", "1"),
        ("1.0", "1"),
        (" yes ", "yes"),
        ("-0.50", "-0.5"),
        ("nan", "nan"),
        ("inf", "inf"),
        ("1e3", "1000"),
        ("", ""),
    ],
)
def test_a_number_is_one_label_however_it_is_written(written: str, read: str) -> None:
    assert canonical(written) == read


def crowded(people: int, classes: int) -> Iterator[tuple[str, str, str]]:
    for at in range(people):
        yield f"t{at % 7}", f"w{at}", f"c{at % classes}"


def test_where_a_model_would_not_fit_into_memory_votes_are_counted() -> None:
    labels = Labels.of(crowded(3000, 100))
    assert len(labels.workers) * len(labels.classes) ** 2 > MOST_CHANCES
    assert serving(labels, numeric=False) is Method.MAJORITY
    assert methods_for(labels, numeric=False) == [Method.MAJORITY]


def test_slow_methods_are_left_out_of_many_answers() -> None:
    labels = Labels.of((f"t{at % 5000}", f"w{at // 5000}", str(at % 2)) for at in range(25_000))
    assert Method.GLAD not in methods_for(labels, numeric=False)
    assert methods_for(labels, numeric=False)[0] is serving(labels, numeric=False) is Method.SHRUNK
