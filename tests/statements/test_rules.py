"""Periods, and sums that always add up."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.payouts.rules import EntryKind
from marketplace.statements.rules import (
    Movement,
    Period,
    Standing,
    Statement,
    Work,
    bounds,
    find_period,
    with_balances,
)

START = datetime(2025, 12, 31, 22, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("2026-11", date(2026, 11, 1), date(2026, 11, 30)),
        ("2026-12", date(2026, 12, 1), date(2026, 12, 31)),
        ("2028-02", date(2028, 2, 1), date(2028, 2, 29)),
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_a_month_and_a_year_have_their_first_and_last_day(name, first, last):
    assert find_period(name) == Period(name, first, last)


@pytest.mark.parametrize(
    "name", ["", "26", "2026-", "2026-1", "2026-13", "2026-00", "1999", "9999-12", "2026-11-01", "٢٠٢٦", "2026\n", "x"]
)
def test_anything_else_is_no_period(name):
    assert find_period(name) is None


def test_a_month_begins_and_ends_at_midnight_where_the_person_lives():
    period = find_period("2026-10")
    assert period
    start, end = bounds(period, "Europe/Berlin")
    assert start == datetime(2026, 9, 30, 22, 0, tzinfo=UTC)
    assert end == datetime(2026, 10, 31, 23, 0, tzinfo=UTC)  # the clocks were put back meanwhile


def test_a_kind_that_has_no_words_yet_goes_by_its_name():
    assert Movement(1, "late_bonus", START, 5, 0).words == "Late bonus"
    assert Movement(1, "earning", START, -5, 0, reverses_id=7).words == "Approved hours, taken back"


def _movement(kind: str, amount: int, number: int) -> Movement:
    work = Work(number, number % 3, f"P{number % 3}", START, START, 60, amount, "", "A", START)
    owed, on_way = {
        "earning": (amount, 0),
        "hold": (-amount, amount),
        "paid": (0, -amount),
        "failed": (amount, -amount),
        "returned": (amount, 0),
        "adjustment": (amount - 500, 0),
        "reversal": (-amount, 0),
    }[kind]
    about = work if kind in {"earning", "reversal"} else None
    return Movement(number, kind, START + timedelta(hours=number * 7), owed, on_way, work=about)


KINDS = st.sampled_from([*(str(kind) for kind in EntryKind), "adjustment", "reversal"])


@given(
    st.lists(st.tuples(KINDS, st.integers(1, 10**6)), max_size=60),
    st.integers(-(10**6), 10**9),
    st.integers(0, 10**9),
)
def test_opening_and_every_movement_are_the_closing_in_each_sum(history, owed, on_way):
    lines = [_movement(kind, amount, number) for number, (kind, amount) in enumerate(history)]
    period = Period("2026", date(2026, 1, 1), date(2026, 12, 31))
    opening = Standing(owed, on_way)
    shown = with_balances(opening, lines)
    whole = Statement(1, "A", "A", "USD", period, "Europe/Kyiv", START, START, opening, shown)
    closing, sums = whole.closing, whole.sums
    assert closing.owed_minor == owed + sum(line.owed_minor for line in lines)
    assert closing.on_way_minor == on_way + sum(line.on_way_minor for line in lines)
    parts = (sums.earned_minor, sums.other_minor, sums.sent_minor, sums.back_minor)
    assert owed + sum(parts) == closing.owed_minor == sums.closing_minor
    assert sum(one.earned_minor for one in whole.projects) == sums.earned_minor
    assert sum(one.minutes for one in whole.projects) == sums.minutes
    months = whole.months
    assert [sum(getattr(one, name) for one in months) for name in ("earned_minor", "other_minor", "paid_minor")] == [
        sums.earned_minor,
        sums.other_minor,
        sums.paid_minor,
    ]
    if lines:
        assert shown[-1].balance_minor == closing.owed_minor == months[-1].closing_minor
