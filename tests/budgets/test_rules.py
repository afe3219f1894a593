from datetime import date, timedelta

import pytest

from marketplace.budgets.rules import pace_of

WEDNESDAY = date(2026, 11, 11)
MONDAY = date(2026, 11, 9)


def weeks(*costs):
    """Costs of the whole weeks before MONDAY, the newest last."""
    return {MONDAY - timedelta(days=7 * (len(costs) - at)): cost for at, cost in enumerate(costs)}


@pytest.mark.parametrize(
    ("free", "costs", "days", "why"),
    [
        (1000, weeks(500, 500), 14, "two weeks at five hundred"),
        (1001, weeks(500, 500), 15, "a part of a day is another day"),
        (1000, weeks(9000, 100, 100, 100, 100), 70, "only the last four weeks count"),
        (1000, weeks(500, 0), 28, "a week without hours counts"),
        (1000, weeks(500, 500) | {MONDAY: 5000}, 14, "the week under way does not count yet"),
    ],
)
def test_the_date_when_a_budget_is_used_up(free, costs, days, why):
    assert pace_of(free, costs, WEDNESDAY).used_up_on == WEDNESDAY + timedelta(days=days), why


@pytest.mark.parametrize(
    ("free", "costs", "words"),
    [
        (None, weeks(500, 500), "has no budget"),
        (0, weeks(500, 500), "is used up"),
        (1000, {}, "two whole weeks"),
        (1000, weeks(500), "two whole weeks"),
        (1000, weeks(500, 0, 0, 0, 0), "nobody has logged"),
        (10**9, weeks(1, 1), "more than five years"),
    ],
)
def test_too_little_is_known_for_a_date(free, costs, words):
    found = pace_of(free, costs, WEDNESDAY)
    assert found.used_up_on is None
    assert words in found.why_none
