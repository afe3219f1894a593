from datetime import date

import pytest

from marketplace.payouts import rules
from marketplace.payouts.rules import EntryKind, Movement, PayoutState


@pytest.mark.parametrize("kind", list(EntryKind))
def test_every_event_sums_to_zero_in_one_currency(kind):
    movement = Movement(kind, 7, 500, "USD", profile_id=3, project_id=4)
    assert movement.key == f"{kind}:7"
    assert sum(amount for _, amount in movement.amounts) == 0
    assert {name.currency for name, _ in movement.amounts} == {"USD"}
    assert {name.owner_id for name, _ in movement.amounts if name.kind == "payable"} <= {3}


def test_what_happens_to_a_payout_brings_clearing_back_to_zero():
    for path in (["paid"], ["failed"], ["returned"], ["paid", "returned"]):
        state, events = PayoutState.IN_TRANSIT, [EntryKind.HOLD]
        for step in map(PayoutState, path):
            assert rules.refuse_outcome(state, step) is None
            events += rules.outcome_events(state, step)
            state = step
        moved = [amounts for kind in events for amounts in Movement(kind, 1, 100, "USD", 1).amounts]
        assert sum(amount for name, amount in moved if name.kind == "clearing") == 0
        owed = sum(amount for name, amount in moved if name.kind == "payable")
        assert owed == (100 if path == ["paid"] else 0)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "  =", "\r="])
def test_no_cell_is_taken_for_a_formula(start):
    assert rules.neutral_cell(f"{start}1+1").startswith("'")


@pytest.mark.parametrize("text", ["Ann Lee", "", "a=b", "ann@example.test", "李安"])
def test_an_ordinary_cell_stays_as_it_is(text):
    assert rules.neutral_cell(text) == text


def test_a_cell_holds_no_nul():
    assert "\x00" not in rules.neutral_cell("\x00=1")


def test_the_projects_that_brought_the_least_share_a_colour_and_no_cent_is_lost():
    first, second = date(2026, 11, 2), date(2026, 11, 9)
    earned = [rules.Weekly(first, number, f"P{number}", number * 10) for number in range(1, 8)]
    earned.append(rules.Weekly(second, 7, "P7", 5))
    names, weeks = rules.by_week(earned, most=4)
    assert names == ["P7", "P6", "P5", "Other projects"]
    assert weeks == [(first, [70, 60, 50, 100]), (second, [5, 0, 0, 0])]
    assert rules.by_week(earned[:2]) == (["P2", "P1"], [(first, [20, 10])])
    assert rules.by_week([]) == ([], [])
