"""The metrics are those that one computes by hand."""

from math import log2

import numpy as np
import pytest

from matching.evaluation.metrics import average_precision, difference, estimate, ndcg, recall


def values(*numbers: float) -> np.ndarray:
    return np.array(numbers, dtype=np.float64)


@pytest.mark.parametrize(
    ("gains", "known", "expected", "why"),
    [
        (values(1, 0, 0), values(1), 1.0, "the only one stands first"),
        (values(0, 0, 1), values(1), 0.5, "rank 3: 1 / log2(4)"),
        (values(0, 1, 1), values(1, 1), (1 / log2(3) + 1 / 2) / (1 + 1 / log2(3)), "two, of which none is first"),
        (values(1, 3, 2), values(3, 2, 1), (1 + 3 / log2(3) + 2 / 2) / (3 + 2 / log2(3) + 1 / 2), "gains are linear"),
        (values(0, 1), values(1, 2, 0), 1 / log2(3) / (2 + 1 / log2(3)), "one that is not ranked is missed"),
        (values(1, -1), values(1, -1), 1.0, "less than nothing counts as nothing"),
        (values(0, 0), values(0), 0.0, "nothing relevant"),
        (values(*[0] * 10, 1), values(1), 0.0, "beyond the tenth nothing counts"),
        (values(*[1] * 10), values(*[1] * 30), 1.0, "the best order has ten as well"),
    ],
)
def test_ndcg_at_ten(gains, known, expected, why):
    assert ndcg(gains, known) == pytest.approx(expected), why


@pytest.mark.parametrize(
    ("gains", "known", "expected", "why"),
    [
        (values(1, 0, 1, 0), values(1, 1), (1 / 1 + 2 / 3) / 2, "precisions 1 and 2/3"),
        (values(1, 0, 0), values(1, 1, 1, 1), 1 / 4, "three that are not ranked count as 0"),
        (values(0, 0, 0, 0, 2), values(2, 0), 1 / 5, "any relevance above 0 is relevant"),
        (values(0, 0), values(0), 0.0, "nothing relevant"),
    ],
)
def test_average_precision(gains, known, expected, why):
    assert average_precision(gains, known) == pytest.approx(expected), why


def test_recall_is_the_share_of_the_relevant_that_was_found_in_time():
    gains = values(*[0] * 99, 1, 1)
    assert recall(gains, values(1, 1, 1, 0)) == pytest.approx(1 / 3)
    assert recall(gains, values(1, 1), depth=101) == 1.0
    assert recall(gains, values(0)) == 0.0


def test_an_interval_holds_the_mean_and_is_that_of_the_normal_distribution_for_many_queries():
    drawn = np.random.default_rng(1).normal(0.5, 0.1, 400)
    found = estimate(drawn)
    error = drawn.std() / np.sqrt(len(drawn))
    assert found.mean == pytest.approx(drawn.mean())
    assert found.low == pytest.approx(found.mean - 1.96 * error, abs=error / 10)
    assert found.high == pytest.approx(found.mean + 1.96 * error, abs=error / 10)
    assert estimate(drawn) == found


def test_equal_values_leave_no_doubt():
    assert (estimate([0.25] * 7).low, estimate([0.25] * 7).high) == (0.25, 0.25)


def test_a_difference_is_taken_query_by_query():
    first = np.random.default_rng(2).uniform(0, 1, 50)
    found = difference(first + 0.1, first)
    assert (found.mean, found.low, found.high) == pytest.approx((0.1, 0.1, 0.1))
