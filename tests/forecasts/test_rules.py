from datetime import UTC, date, datetime, timedelta

from marketplace.forecasts.rules import Stage, Step, counted_reasons, days_between, funnel_over_time

DAY = datetime(2026, 11, 2, 12, tzinfo=UTC)


def test_stages_add_up_by_day_and_people_leave_the_last_one() -> None:
    steps = [
        Step(Stage.INVITED, DAY),
        Step(Stage.INVITED, DAY + timedelta(days=2)),
        Step(Stage.OPENED, DAY + timedelta(hours=3)),
        Step(Stage.ACCEPTED, DAY + timedelta(days=1)),
        Step(Stage.ACTIVE, DAY + timedelta(days=1)),
        Step(Stage.ACTIVE, DAY + timedelta(days=2), by=-1),
    ]
    days = funnel_over_time(steps, date(2026, 11, 5))
    assert [(one.invited, one.opened, one.accepted, one.active) for one in days] == [
        (1, 1, 0, 0),
        (1, 1, 1, 1),
        (2, 1, 1, 0),
        (2, 1, 1, 0),
    ]


def test_nobody_invited_is_no_curve() -> None:
    assert funnel_over_time([], date(2026, 11, 5)) == []


def test_many_days_are_drawn_by_weeks_with_today_among_them() -> None:
    last = date(2026, 11, 5)
    assert len(days_between(last, last)) == 1
    assert len(days_between(last - timedelta(days=59), last)) == 60
    weeks = days_between(last - timedelta(days=100), last)
    assert (len(weeks), weeks[-1], weeks[1] - weeks[0]) == (15, last, timedelta(days=7))


def test_every_reason_is_listed_the_most_frequent_first() -> None:
    rows = counted_reasons({"time": 3}, {"rate": "Too low", "time": "No time"})
    assert rows == [("time", "No time", 3), ("rate", "Too low", 0)]
