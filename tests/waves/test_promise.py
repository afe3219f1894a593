"""The promised bound, and how much sooner seats fill, tried out on ten thousands of drawn futures."""

from dataclasses import replace
from statistics import fmean

import pytest

from marketplace.waves.futures import Future, Outlook, futures, quantile
from marketplace.waves.rules import PRIOR, belief_after

# By chance alone a share of 5 % of 4,000 lies within 5 % ± 1 % but once in 250 times.
FUTURES, BY_CHANCE = 4_000, 0.01
QUICK = tuple(float(hours) for hours in (1, 1, 2, 3, 3, 5, 8, 13, 20, 30))


def too_many(found: list[Future], seats: int) -> float:
    return sum(one.accepted > seats for one in found) / len(found)


def mean_hours(found: list[Future]) -> float:
    return fmean(one.filled_after for one in found if one.filled_after is not None)


@pytest.mark.parametrize("seats", [1, 3, 10])
@pytest.mark.parametrize("bound", [0.01, 0.05, 0.2])
@pytest.mark.parametrize("history", [(0, 0), (80, 200), (30, 200)])
def test_more_people_than_seats_say_yes_no_oftener_than_promised(
    seats: int, bound: float, history: tuple[int, int]
) -> None:
    outlook = Outlook(seats, belief_after(*history), people=600, bound=bound, hours=24, learns=True)
    share = too_many(futures(outlook, FUTURES, seed=11), seats)
    print(f"\n{seats} seats, bound {bound}, history {history}: {share:.4f}")
    assert share <= bound + BY_CHANCE


def test_the_promise_holds_for_many_seats_of_a_client_without_history() -> None:
    """Where little is known the chance is soon taken for high: this broke the promise before waves kept within it."""
    outlook = Outlook(30, PRIOR, people=600, bound=0.2, hours=24, learns=True)
    assert too_many(futures(outlook, 500, seed=11), 30) <= 0.2 + 0.04


@pytest.mark.parametrize("declining", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("hours", [(), QUICK])
def test_the_promise_does_not_rest_on_when_people_answer(declining: float, hours: tuple[float, ...]) -> None:
    outlook = Outlook(10, belief_after(80, 200), 600, 0.05, hours=72, yes_hours=hours, declining=declining, learns=True)
    assert too_many(futures(outlook, FUTURES, seed=12), 10) <= 0.05 + BY_CHANCE


@pytest.mark.parametrize("rate", [0.15, 0.4, 0.7])
def test_the_promise_holds_at_the_rate_that_the_history_shows(rate: float) -> None:
    outlook = Outlook(10, belief_after(round(200 * rate), 200), 600, 0.05, hours=72, learns=True)
    assert too_many(futures(outlook, FUTURES, seed=13, rate=rate), 10) <= 0.05 + BY_CHANCE


@pytest.mark.parametrize("seats", [3, 10])
@pytest.mark.parametrize("history", [(0, 0), (80, 200)])
def test_waves_fill_seats_sooner_than_one_by_one(seats: int, history: tuple[int, int]) -> None:
    waves = Outlook(seats, belief_after(*history), people=600, bound=0.05, hours=24, learns=True)
    quicker = mean_hours(futures(waves, 1_000, seed=14))
    slower = mean_hours(futures(replace(waves, one_by_one=True), 1_000, seed=14))
    print(f"\n{seats} seats, history {history}: {quicker:.0f} h in waves, {slower:.0f} h one by one")
    assert quicker < 0.75 * slower


def test_the_same_seed_draws_the_same_futures() -> None:
    outlook = Outlook(5, PRIOR, people=100, bound=0.05, hours=24, open_hours=(1.0, 30.0))
    assert futures(outlook, 50, seed=1) == futures(outlook, 50, seed=1)
    assert futures(outlook, 50, seed=1) != futures(outlook, 50, seed=2)


def test_without_anybody_to_invite_only_the_invitations_that_are_out_can_fill() -> None:
    outlook = Outlook(2, belief_after(100, 100), people=0, bound=0.0, hours=24, open_hours=(1.0,))
    found = futures(outlook, 200, seed=1)
    assert {one.filled_after for one in found} == {None}
    assert max(one.accepted for one in found) == 1


def test_a_quantile_that_too_few_reach_is_none() -> None:
    found = [Future(filled_after=5.0), Future(filled_after=9.0), Future(), Future()]
    assert quantile(found, 0.5) == 9.0
    assert quantile(found, 0.9) is None
