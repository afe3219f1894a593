from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from marketplace import clock
from marketplace.db import db
from marketplace.errors import Missing, Refused
from marketplace.projects.rules import ProjectState
from marketplace.timesheets import actions, queries
from marketplace.timesheets.models import TimeEntry, Timer, Timesheet
from marketplace.timesheets.rules import EntrySource, EntryState, TimesheetState
from marketplace.work.models import Engagement, EngagementRate
from marketplace.work.rules import EngagementState
from tests import build

# Wednesday, the week of Monday 9 November 2026; Taipei is UTC+8.
NOW = datetime(2026, 11, 11, 12, 0, tzinfo=UTC)
MONDAY = date(2026, 11, 9)


@pytest.fixture
def seat(app) -> Engagement:
    with clock.at(NOW - timedelta(days=60)):
        seat = build.engagement(started_at=NOW - timedelta(days=60))
        db.session.commit()
    return seat


@pytest.fixture(autouse=True)
def wednesday():
    with clock.at(NOW):
        yield


def hours_ago(count: float) -> datetime:
    return NOW - timedelta(hours=count)


def log(seat: Engagement, start: datetime, end: datetime, note: str = "") -> list[TimeEntry]:
    return actions.log_time(seat.profile, seat.id, start, end, note)


def test_a_line_keeps_whole_minutes_and_the_rate_of_its_time(seat):
    [entry] = log(seat, hours_ago(3) + timedelta(seconds=40), hours_ago(1) + timedelta(seconds=5), "Rated answers")
    db.session.commit()
    assert (entry.minutes, entry.rate_minor, entry.currency) == (120, 2000, "USD")
    assert (entry.starts_at, entry.state, entry.source) == (hours_ago(3), EntryState.RECORDED, EntrySource.MANUAL)
    assert entry.timesheet.week_starts_on == MONDAY
    assert entry.timesheet.time_zone == "Asia/Taipei"


def test_a_new_rate_does_not_touch_earlier_time(seat):
    change = hours_ago(5)
    seat.rates[0].valid_until = change
    db.session.flush()
    db.session.add(
        EngagementRate(
            engagement_id=seat.id, rate_minor=2500, currency="USD", valid_from=change, made_by=seat.project.created_by
        )
    )
    db.session.commit()
    [before] = log(seat, hours_ago(7), hours_ago(6))
    [after] = log(seat, hours_ago(5), hours_ago(4))
    assert (before.rate_minor, after.rate_minor) == (2000, 2500)


def test_time_over_the_week_border_becomes_a_line_in_each_week(seat):
    # Monday 00:00 in Taipei is Sunday 16:00 UTC.
    border = datetime(2026, 11, 8, 16, 0, tzinfo=UTC)
    first, second = log(seat, border - timedelta(hours=2), border + timedelta(hours=1))
    assert (first.minutes, first.ends_at, first.timesheet.week_starts_on) == (120, border, MONDAY - timedelta(days=7))
    assert (second.minutes, second.starts_at, second.timesheet.week_starts_on) == (60, border, MONDAY)


@pytest.mark.parametrize(
    ("start", "end", "why"),
    [
        (hours_ago(1), hours_ago(-1), "future"),
        (hours_ago(20), hours_ago(3), "at most 16 hours"),
        (hours_ago(2), hours_ago(2), "at least a minute"),
        (hours_ago(2), hours_ago(3), "at least a minute"),
        (NOW - timedelta(days=61), NOW - timedelta(days=61, hours=-2), "earlier hours do not count"),
    ],
)
def test_impossible_time_is_refused_with_the_reason(seat, start, end, why):
    with pytest.raises(Refused, match=why):
        log(seat, start, end)


def test_time_that_touches_is_fine_and_time_that_overlaps_is_refused(seat):
    other = build.engagement(seat.profile, build.project(title="Another one"))
    log(seat, hours_ago(4), hours_ago(3))
    log(other, hours_ago(3), hours_ago(2))
    with pytest.raises(Refused, match=r"overlaps with your hours from .* on “Rate answers in Chinese”"):
        log(other, hours_ago(3.5), hours_ago(3.25))


def test_a_week_never_holds_more_than_the_limit(seat):
    seat.weekly_limit_minutes = 5 * 60
    log(seat, hours_ago(8), hours_ago(4))
    with pytest.raises(Refused, match="would hold 5:01 hours; your limit on this project is 5:00"):
        log(seat, hours_ago(2), hours_ago(2) + timedelta(minutes=61))
    log(seat, hours_ago(2), hours_ago(1))
    assert sum(entry.minutes for entry in db.session.scalars(sa.select(TimeEntry))) == 300


@pytest.mark.parametrize("state", [ProjectState.PAUSED, ProjectState.COMPLETED])
def test_hours_are_logged_only_while_the_project_is_active(seat, state):
    seat.project.state = state
    with pytest.raises(Refused, match=f"is {state}"):
        log(seat, hours_ago(2), hours_ago(1))
    with pytest.raises(Refused, match=f"is {state}"):
        actions.start_timer(seat.profile, seat.id)


def test_hours_are_logged_only_while_the_engagement_is_active(seat):
    seat.state = EngagementState.PAUSED
    with pytest.raises(Refused, match="it is paused"):
        log(seat, hours_ago(2), hours_ago(1))


def test_nobody_logs_hours_on_a_seat_of_another(seat):
    with pytest.raises(Missing):
        actions.log_time(build.profile(), seat.id, hours_ago(2), hours_ago(1))


def test_a_line_can_be_changed_and_taken_back_until_it_is_handed_in(seat):
    [entry] = log(seat, hours_ago(4), hours_ago(3))
    actions.change_entry(seat.profile, entry.id, hours_ago(5), hours_ago(3), "longer")
    assert (entry.minutes, entry.note) == (120, "longer")
    actions.submit_week(seat.profile, seat.id, MONDAY)
    db.session.commit()
    with pytest.raises(Refused, match="is submitted"):
        actions.change_entry(seat.profile, entry.id, hours_ago(5), hours_ago(3), "")
    with pytest.raises(Refused, match="is submitted"):
        actions.delete_entry(seat.profile, entry.id)
    actions.withdraw_week(seat.profile, seat.id, MONDAY)
    actions.delete_entry(seat.profile, entry.id)
    db.session.commit()
    assert db.session.scalar(sa.select(sa.func.count(TimeEntry.id))) == 0


def test_lines_of_another_are_not_there(seat):
    [entry] = log(seat, hours_ago(4), hours_ago(3))
    stranger = build.profile()
    with pytest.raises(Missing):
        actions.change_entry(stranger, entry.id, hours_ago(5), hours_ago(3), "")
    with pytest.raises(Missing):
        actions.delete_entry(stranger, entry.id)


def test_a_changed_line_may_move_over_the_week_border(seat):
    border = datetime(2026, 11, 8, 16, 0, tzinfo=UTC)
    [entry] = log(seat, border, border + timedelta(hours=1))
    first, second = actions.change_entry(
        seat.profile, entry.id, border - timedelta(hours=1), border + timedelta(hours=1), "both"
    )
    db.session.commit()
    assert first.id == entry.id
    assert [one.timesheet.week_starts_on for one in (first, second)] == [MONDAY - timedelta(days=7), MONDAY]


def test_a_submitted_week_takes_no_more_lines(seat):
    log(seat, hours_ago(4), hours_ago(3))
    sheet = actions.submit_week(seat.profile, seat.id, MONDAY)
    assert (sheet.state, sheet.submitted_at) == (TimesheetState.SUBMITTED, NOW)
    with pytest.raises(Refused, match="is handed in"):
        log(seat, hours_ago(2), hours_ago(1))
    with pytest.raises(Refused, match="This week is submitted"):
        actions.submit_week(seat.profile, seat.id, MONDAY)


def test_a_week_without_hours_is_a_statement_of_its_own(seat):
    with pytest.raises(Refused, match="no new hours"):
        actions.submit_week(seat.profile, seat.id, MONDAY)
    sheet = actions.declare_no_hours(seat.profile, seat.id, MONDAY)
    assert (sheet.no_hours, sheet.state) == (True, TimesheetState.SUBMITTED)
    actions.withdraw_week(seat.profile, seat.id, MONDAY)
    log(seat, hours_ago(2), hours_ago(1))
    with pytest.raises(Refused, match="There are hours in this week"):
        actions.declare_no_hours(seat.profile, seat.id, MONDAY)


@pytest.mark.parametrize("weeks", [1, -20])
def test_only_weeks_that_have_begun_on_the_project_can_be_handed_in(seat, weeks):
    with pytest.raises(Refused, match="future, or before you joined"):
        actions.declare_no_hours(seat.profile, seat.id, MONDAY + timedelta(weeks=weeks))


def test_hours_logged_before_a_pause_can_still_be_handed_in(seat):
    log(seat, hours_ago(2), hours_ago(1))
    seat.project.state = ProjectState.PAUSED
    assert actions.submit_week(seat.profile, seat.id, MONDAY).state is TimesheetState.SUBMITTED


def test_a_timer_becomes_a_line(seat):
    with clock.at(hours_ago(2)):
        actions.start_timer(seat.profile, seat.id, "Rating")
        db.session.commit()
    [entry] = actions.stop_timer(seat.profile)
    assert (entry.minutes, entry.note, entry.source) == (120, "Rating", EntrySource.TIMER)
    assert queries.find_timer(seat.profile) is None


def test_one_timer_runs_at_a_time_and_no_hours_are_written_beside_it(seat):
    with clock.at(hours_ago(2)):
        actions.start_timer(seat.profile, seat.id)
    with pytest.raises(Refused, match="running already"):
        actions.start_timer(seat.profile, seat.id)
    with pytest.raises(Refused, match="timer has been running"):
        log(seat, hours_ago(3), hours_ago(1))
    with pytest.raises(Refused, match="timer is running on this project"):
        actions.submit_week(seat.profile, seat.id, MONDAY)
    log(seat, hours_ago(3), hours_ago(2))


def test_a_timer_under_a_minute_leaves_no_line(seat):
    with clock.at(NOW - timedelta(seconds=59)):
        actions.start_timer(seat.profile, seat.id)
    assert actions.stop_timer(seat.profile) == []
    assert db.session.scalar(sa.select(sa.func.count(Timer.id))) == 0


def test_a_forgotten_timer_is_asked_about_and_never_guessed(seat):
    with clock.at(hours_ago(17)):
        actions.start_timer(seat.profile, seat.id)
        db.session.commit()
    with pytest.raises(Refused, match="more than 16 hours"):
        actions.stop_timer(seat.profile)
    db.session.rollback()
    entries = actions.stop_timer(seat.profile, ended_at=hours_ago(15))
    assert [(entry.minutes, entry.source) for entry in entries] == [(120, EntrySource.MANUAL)]


def test_a_forgotten_timer_can_be_dropped(seat):
    with clock.at(hours_ago(17)):
        actions.start_timer(seat.profile, seat.id)
    actions.drop_timer(seat.profile)
    with pytest.raises(Refused, match="No timer"):
        actions.stop_timer(seat.profile)


def test_a_timer_does_not_start_when_the_week_is_full(seat):
    seat.weekly_limit_minutes = 60
    log(seat, hours_ago(2), hours_ago(1))
    with pytest.raises(Refused, match="used up this week"):
        actions.start_timer(seat.profile, seat.id)


def test_what_one_sees_of_others_is_what_was_handed_in_to_projects_one_manages(seat):
    log(seat, hours_ago(2), hours_ago(1))
    manager, stranger = build.manager(seat.project.organisation), build.manager()

    def seen(account) -> list[Timesheet]:
        return list(db.session.scalars(queries.visible_timesheets(account)))

    assert [len(seen(account)) for account in (seat.profile.account, manager, stranger)] == [1, 0, 0]
    actions.submit_week(seat.profile, seat.id, MONDAY)
    assert [len(seen(account)) for account in (seat.profile.account, manager, stranger)] == [1, 1, 0]
