"""Hours are decided in time, or somebody else is asked; they are never approved by themselves."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from marketplace import clock
from marketplace.accounts.models import Membership
from marketplace.accounts.rules import RoleName
from marketplace.db import db
from marketplace.notices import Notification
from marketplace.payouts.actions import Rejection, decide_lines
from marketplace.timesheets import actions, deadlines, jobs, rules
from marketplace.timesheets.rules import RejectReason, TimesheetState
from tests import build
from tests.payouts.books import NOW, TUESDAY, boss_of, handed_in, seat


@pytest.fixture(autouse=True)
def later(app):
    with clock.at(NOW):
        yield


def look(days):
    with clock.at(NOW + timedelta(days=days)):
        jobs.look_at_deadlines()
        db.session.commit()


def told(news):
    return list(db.session.scalars(sa.select(Notification).filter_by(news=news).order_by(Notification.account_id)))


@pytest.mark.parametrize(("days", "hours_before"), [(7, 48), (4, 48), (3, 36), (1, 12)])
def test_the_reminder_comes_two_days_before_or_half_way(days, hours_before):
    due = NOW + timedelta(days=days)
    assert due - rules.remind_at(NOW, due) == timedelta(hours=hours_before)


def test_managers_are_reminded_once_before_the_deadline():
    on = seat()
    boss = boss_of(on)
    sheet = handed_in(on, 60)[0].timesheet
    assert sheet.review_due_at == NOW + timedelta(days=7)
    look(4)
    assert told("timesheet.due") == []
    look(5.5)
    look(6)
    assert {one.account_id for one in told("timesheet.due")} == {boss.id, on.project.created_by}


def test_whoever_waits_behind_many_is_reminded_of_the_next_time(monkeypatch):
    monkeypatch.setattr(deadlines, "AT_ONCE", 1)
    for _ in range(2):
        on = seat()
        boss_of(on)
        handed_in(on, 60)
    look(5.5)
    first = {one.thing for one in told("timesheet.due")}
    look(5.6)
    assert (len(first), len({one.thing for one in told("timesheet.due")})) == (1, 2)


def test_past_the_deadline_another_manager_is_named_once_and_nothing_is_approved(client_of):
    on = seat()
    other, owner = boss_of(on), boss_of(on)
    db.session.scalars(sa.select(Membership).filter_by(account_id=owner.id)).one().is_owner = True
    [entry] = handed_in(on, 60)
    look(7)
    look(8)
    assert (entry.state, entry.timesheet.state) == ("submitted", TimesheetState.SUBMITTED)
    assert entry.timesheet.escalated_to == owner.id != other.id
    assert {one.account_id for one in told("timesheet.escalated")} == {owner.id, on.profile.account_id}
    week = f"/time?week={entry.timesheet.week_starts_on}"
    assert f"Passed on to {owner.name}" in client_of(on.profile.account).get(week).text
    assert f"passed on to {owner.name}" in client_of(owner).get("/time/approve").text


def test_where_no_other_manager_is_there_an_admin_is_asked():
    on = seat()
    admin = build.account(RoleName.ADMIN)
    [entry] = handed_in(on, 60)
    look(7)
    assert entry.timesheet.escalated_to == admin.id
    assert told("timesheet.escalated")[-1].url == f"/organisations/{on.project.organisation_id}"


def test_a_week_that_was_taken_back_has_no_deadline():
    on = seat()
    boss_of(on)
    sheet = handed_in(on, 60)[0].timesheet
    actions.withdraw_week(on.profile, on.id, sheet.week_starts_on)
    db.session.commit()
    look(9)
    assert (sheet.review_due_at, sheet.escalated_at) == (None, None)


def test_hours_of_a_past_week_that_are_not_handed_in_are_told_once():
    on = seat()
    actions.log_time(on.profile, on.id, TUESDAY, TUESDAY + timedelta(hours=1))
    actions.log_time(on.profile, on.id, NOW - timedelta(hours=2), NOW)  # of this week
    db.session.commit()
    look(0)
    look(1)
    assert [(one.account_id, one.url) for one in told("timesheet.unsubmitted")] == [
        (on.profile.account_id, "/time?week=2026-11-02")
    ]


def test_owners_choose_the_days_and_weeks_from_then_on_have_them(api_of):
    on = seat()
    owner = boss_of(on)
    member = db.session.scalars(sa.select(Membership).filter_by(account_id=owner.id)).one()
    path = f"/api/v1/organisations/{on.project.organisation_id}"
    assert api_of(owner).patch(path, json={"review_days": 3}).status_code == 403
    member.is_owner = True
    assert api_of(owner).patch(path, json={"review_days": 3}).json["review_days"] == 3
    assert api_of(owner).patch(path, json={"review_days": 31}).status_code == 422
    db.session.expire_all()
    assert handed_in(on, 60)[0].timesheet.review_due_at == NOW + timedelta(days=3)


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("ck_timesheet_escalated_to_somebody", "escalated_at = review_due_at"),
        ("ck_timesheet_escalated_late", "escalated_at = submitted_at, escalated_to = :boss"),
        ("ck_timesheet_review_due", "review_due_at = submitted_at"),
    ],
)
def test_the_database_refuses_deadlines_that_cannot_be(owner, constraint, change):
    on = seat()
    sheet = handed_in(on, 60)[0].timesheet
    values = {"sheet": sheet.id, "boss": on.project.created_by}
    with pytest.raises(DBAPIError) as caught, owner.begin() as connection:
        connection.execute(sa.text(f"UPDATE timesheet SET {change} WHERE id = :sheet"), values)
    assert getattr(caught.value.orig, "diag").constraint_name == constraint  # noqa: B009  DBAPI knows no diag


@pytest.mark.parametrize("days", [1, 8])
def test_a_week_with_more_hours_is_handed_in_again_before_and_after_its_first_deadline(days):
    on = seat()
    [line] = handed_in(on, 60)
    refusal = Rejection(line.id, RejectReason.NO_WORK_FOUND, "Nothing was saved", "Batch 7 is empty")
    decide_lines([], [refusal], by=boss_of(on))
    db.session.commit()
    with clock.at(NOW + timedelta(days=days)):
        actions.log_time(on.profile, on.id, line.ends_at, line.ends_at + timedelta(hours=1))
        sheet = actions.submit_week(on.profile, on.id, line.timesheet.week_starts_on)
        db.session.commit()
        assert sheet.review_due_at == clock.now() + timedelta(days=7)
