from datetime import timedelta

import pytest

from marketplace import clock
from marketplace.projects.rules import ProjectState
from marketplace.waves import rules
from marketplace.waves.rules import PRIOR, Belief, EndReason, belief_after, chance_of_more_than, spendable, wave_size

betabinom = pytest.importorskip("scipy.stats").betabinom
NOW = clock.now()


@pytest.mark.parametrize("belief", [PRIOR, Belief(0.5, 0.5), Belief(22, 33), Belief(82, 123), Belief(1, 400)])
@pytest.mark.parametrize(("seats", "invited"), [(0, 0), (0, 1), (3, 3), (3, 8), (10, 30), (40, 200), (150, 400)])
def test_the_chance_of_too_many_yeses_is_that_of_scipy(belief: Belief, seats: int, invited: int) -> None:
    wanted = betabinom.sf(seats, invited, belief.alpha, belief.beta)
    assert chance_of_more_than(seats, invited, belief) == pytest.approx(wanted, abs=1e-10)


def test_a_belief_counts_each_answer_once() -> None:
    assert belief_after(0, 0) == PRIOR
    assert belief_after(20, 50) == Belief(22, 33)
    assert PRIOR.mean == 0.4
    assert rules.HISTORY > 20 * 5


@pytest.mark.parametrize(
    ("room", "outstanding", "people", "why"),
    [
        (1, 0, 1, "one seat and nobody asked: one cannot be too many"),
        (1, 1, 0, "a second one for one seat may be too many"),
        (3, 0, 3, "three seats: a fourth would add more than half of the bound"),
        (3, 2, 1, "what the two who are out leave"),
        (0, 0, 0, "no seat"),
        (-2, 0, 0, "seats were taken away"),
        (3, 9, 0, "managers have invited by hand already"),
    ],
)
def test_who_surely_finds_a_seat_is_always_invited_and_no_more_than_the_bound_allows(
    room: int, outstanding: int, people: int, why: str
) -> None:
    assert wave_size(room, outstanding, PRIOR, bound=0.05, booked=0).people == people, why


@pytest.mark.parametrize("room", [1, 3, 10, 40])
@pytest.mark.parametrize("outstanding", [0, 4, 15])
@pytest.mark.parametrize("history", [(0, 0), (4, 40), (30, 40)])
def test_a_wave_is_the_largest_that_stays_within_what_it_may_add(
    room: int, outstanding: int, history: tuple[int, int]
) -> None:
    belief, may_add = belief_after(*history), spendable(0.05, 0.01)
    size = wave_size(room, outstanding, belief, bound=0.05, booked=0.01)
    assert size.people == 0 or (size.added <= may_add and size.risk_after <= 0.05)
    one_more = chance_of_more_than(room, outstanding + size.people + 1, belief)
    assert size.people == rules.MAX_WAVE or one_more > min(size.risk_before + may_add, 0.05)


def test_waves_that_spend_all_they_may_never_book_more_than_the_bound() -> None:
    booked = 0.0
    for _ in range(200):
        booked += spendable(0.05, booked)
    assert booked <= 0.05
    assert spendable(0.05, 0.07) == 0.0


@pytest.mark.parametrize(
    ("change", "ending"),
    [
        ({}, None),
        ({"seats_left": 0}, EndReason.SEATS_FILLED),
        ({"seats_left": 0, "deadline": NOW}, EndReason.SEATS_FILLED),
        ({"project": ProjectState.COMPLETED}, EndReason.PROJECT_CLOSED),
        ({"project": ProjectState.PAUSED}, None),
        ({"confirmer_stays": False}, EndReason.CONFIRMER_LEFT),
        ({"deadline": NOW}, EndReason.DEADLINE),
    ],
)
def test_waves_end_for_one_reason(change: dict[str, object], ending: EndReason | None) -> None:
    facts: dict[str, object] = {
        "project": ProjectState.ACTIVE,
        "confirmer_stays": True,
        "seats_left": 2,
        "deadline": NOW + timedelta(days=1),
        "now": NOW,
    }
    assert rules.ending_of(**(facts | change)) is ending  # type: ignore[arg-type]


def test_every_reason_has_words_and_a_state() -> None:
    assert set(rules.END_WORDS) == set(rules.ENDS_AS) == set(EndReason)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"project": ProjectState.PAUSED}, ""),
        ({"free_seats": 0}, "seats"),
        ({"seats": 4}, "seats"),
        ({"deadline": NOW + timedelta(minutes=90)}, "deadline"),
        ({"deadline": NOW + timedelta(days=400)}, "deadline"),
    ],
)
def test_a_rule_that_cannot_hold_is_refused_with_the_field(change: dict[str, object], field: str) -> None:
    facts: dict[str, object] = {
        "project": ProjectState.ACTIVE,
        "seats": 3,
        "free_seats": 3,
        "deadline": NOW + timedelta(days=2),
        "now": NOW,
    }
    assert rules.refuse_plan(**facts) is None  # type: ignore[arg-type]
    refusal = rules.refuse_plan(**(facts | change))  # type: ignore[arg-type]
    assert refusal is not None
    assert refusal[0] == field
    assert refusal[1].endswith(".")


def test_nobody_may_answer_beyond_the_deadline() -> None:
    assert rules.answer_until(NOW, 24, NOW + timedelta(hours=5)) == NOW + timedelta(hours=5)
    assert rules.answer_until(NOW, 24, NOW + timedelta(days=5)) == NOW + timedelta(hours=24)
