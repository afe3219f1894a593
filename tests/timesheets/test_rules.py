from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.errors import Refused
from marketplace.timesheets import rules
from marketplace.timesheets.rules import EntryState, TimesheetState

BERLIN, TAIPEI = "Europe/Berlin", "Asia/Taipei"
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)
R, S, A, N = EntryState.RECORDED, EntryState.SUBMITTED, EntryState.APPROVED, EntryState.REJECTED


def span(day, start, end, zone=BERLIN, first=None, second=None):
    starts_at, ends_at = rules.local_span(
        day, time.fromisoformat(start), time.fromisoformat(end), zone, start_second=first, end_second=second
    )
    return f"{starts_at:%d %H:%M}", f"{ends_at:%d %H:%M}", rules.minutes_between(starts_at, ends_at)


@pytest.mark.parametrize(
    ("arguments", "expected", "why"),
    [
        ((date(2026, 11, 3), "09:00", "17:30"), ("03 08:00", "03 16:30", 510), "winter time is UTC+1"),
        ((date(2026, 7, 3), "09:00", "17:30"), ("03 07:00", "03 15:30", 510), "summer time is UTC+2"),
        ((date(2026, 11, 3), "22:00", "02:00"), ("03 21:00", "04 01:00", 240), "an earlier end is on the next day"),
        ((SPRING, "01:30", "03:30"), ("29 00:30", "29 01:30", 60), "the hour left out is not worked"),
        ((AUTUMN, "01:30", "03:30"), ("24 23:30", "25 02:30", 180), "the hour that comes twice is worked twice"),
        ((AUTUMN, "01:00", "02:30", BERLIN, None, False), ("24 23:00", "25 00:30", 90), "the first 02:30"),
        ((AUTUMN, "01:00", "02:30", BERLIN, None, True), ("24 23:00", "25 01:30", 150), "the second 02:30"),
        (
            (AUTUMN, "02:30", "02:10", BERLIN, False, True),
            ("25 00:30", "25 01:10", 40),
            "over the change of the clocks",
        ),
        ((AUTUMN, "02:30", "02:30", BERLIN, False, True), ("25 00:30", "25 01:30", 60), "from the first to the second"),
        ((date(2026, 3, 28), "22:00", "03:00"), ("28 21:00", "29 01:00", 240), "into the short night"),
        ((date(2026, 11, 3), "00:00", "23:59", TAIPEI), ("02 16:00", "03 15:59", 1439), "a zone without summer time"),
    ],
)
def test_local_times_become_moments(arguments, expected, why):
    assert span(*arguments) == expected, why


@pytest.mark.parametrize(
    ("arguments", "field", "why"),
    [
        ((SPRING, "02:30", "04:00"), "start", "There was no 02:30 on 29 Mar 2026"),
        ((SPRING, "01:00", "02:30"), "end", "There was no 02:30"),
        ((AUTUMN, "02:30", "04:00"), "start_occurrence", "occurred twice"),
        ((AUTUMN, "01:00", "02:30"), "end_occurrence", "occurred twice"),
        ((date(2026, 11, 3), "09:00", "09:00"), "end", "has to differ"),
    ],
)
def test_local_times_that_say_nothing_are_refused(arguments, field, why):
    with pytest.raises(Refused, match=why) as caught:
        span(*arguments)
    assert caught.value.field == field


def test_a_week_with_a_change_of_clocks_has_an_hour_more_or_less():
    lengths = []
    for monday in (date(2026, 3, 23), date(2026, 10, 19), date(2026, 11, 2)):
        start, end = (bound.astimezone(UTC) for bound in rules.week_bounds(monday, BERLIN))
        lengths.append((end - start) / timedelta(hours=1))
    assert lengths == [167, 169, 168]


MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
ZONES = st.sampled_from(["Europe/Berlin", "Asia/Taipei", "America/Havana", "Pacific/Apia", "America/St_Johns", "UTC"])


@given(MOMENTS, st.integers(1, 960), ZONES)
def test_splitting_by_week_loses_no_time(moment, minutes, zone):
    starts_at = rules.whole_minute(moment)
    ends_at = starts_at + timedelta(minutes=minutes)
    parts = rules.split_by_week(starts_at, ends_at, zone)
    assert (parts[0][1], parts[-1][2]) == (starts_at, ends_at)
    assert all(left[2] == right[1] for left, right in pairwise(parts))
    for monday, start, end in parts:
        assert monday == rules.monday_of(start, zone) == rules.monday_of(end - timedelta(seconds=1), zone)


@given(MOMENTS, st.integers(1, 960), ZONES)
def test_the_days_of_a_week_add_up(moment, minutes, zone):
    starts_at = rules.whole_minute(moment)
    parts = rules.split_by_week(starts_at, starts_at + timedelta(minutes=minutes), zone)
    assert sum(sum(rules.minutes_by_day([part[1:]], part[0], zone)) for part in parts) == minutes


@pytest.mark.parametrize(
    ("states", "state"),
    [
        ([], TimesheetState.SUBMITTED),
        ([S, A], TimesheetState.SUBMITTED),
        ([A, A], TimesheetState.APPROVED),
        ([N], TimesheetState.REJECTED),
        ([A, N], TimesheetState.PARTLY_APPROVED),
        ([R, A, N], TimesheetState.SUBMITTED),
    ],
)
def test_a_week_follows_its_lines(states, state):
    assert rules.decided_state(states) is state


def test_a_span_is_cut_only_inside():
    start = datetime(2026, 11, 3, 9, tzinfo=UTC)
    cuts = [start + timedelta(hours=hours) for hours in (-1, 0, 2, 1, 3, 4)]
    parts = rules.split_at(start, start + timedelta(hours=3), cuts)
    assert [rules.minutes_between(*part) for part in parts] == [60, 60, 60]
