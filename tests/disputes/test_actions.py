"""Hours that are not approved, from the question to the end of the appeal, on real books."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from marketplace import clock
from marketplace.accounts.models import Account
from marketplace.accounts.rules import RoleName
from marketplace.db import db
from marketplace.disputes import actions, queries, rules
from marketplace.disputes.models import Dispute
from marketplace.disputes.rules import DisputeState, Step
from marketplace.errors import Missing, Refused
from marketplace.notices import Notification
from marketplace.payouts import actions as deciding
from marketplace.payouts.actions import Rejection
from marketplace.payouts.rules import LedgerKind
from marketplace.profiles.models import AnnotatorProfile
from marketplace.timesheets import actions as hours
from marketplace.timesheets.rules import RejectReason, TimesheetState
from tests import build
from tests.payouts.books import NOW, TUESDAY, approved, at_once, balance, boss_of, handed_in, seat


@pytest.fixture(autouse=True)
def later(app):
    with clock.at(NOW):
        yield


def rejected(on, by):
    """Hand in two lines; approve the first, reject the second."""
    first, second = handed_in(on, 60, 60)
    rejection = Rejection(second.id, RejectReason.NO_WORK_FOUND, "Nothing there", "Items 1 to 9 are empty")
    deciding.decide_lines([first.id], [rejection], by=by)
    db.session.commit()
    return second


def step(line, what, by, text="Because"):
    actions.take_step(line.id, what, text, by=by)
    db.session.commit()


def of(line):
    return db.session.scalars(sa.select(Dispute).filter_by(entry_id=line.id)).one()


def told(news):
    return set(db.session.scalars(sa.select(Notification.account_id).filter_by(news=news)))


def test_a_question_is_answered_while_the_line_waits_on():
    on = seat()
    boss, worker = boss_of(on), on.profile.account
    [line] = handed_in(on, 60)
    step(line, Step.WRITE, boss, "Which batch was this?")
    step(line, Step.WRITE, worker, "Batch 7")
    assert line.state == "submitted"
    assert [word.text for word in queries.words_of(line)] == ["Which batch was this?", "Batch 7"]
    assert worker.id in told("line.write")
    assert boss.id in told("line.write")
    deciding.decide_lines([line.id], [], by=boss)


def test_undisputed_lines_are_earned_at_once_and_a_contested_one_after_a_second_look():
    on = seat()
    boss, worker = boss_of(on), on.profile.account
    line = rejected(on, boss)
    assert balance(LedgerKind.PAYABLE, on.profile_id) == -2000
    step(line, Step.CONTEST, worker, "See items 10 to 80")
    assert (line.state, of(line).state, of(line).due_at) == ("disputed", "contested", NOW + timedelta(days=7))
    step(line, Step.APPROVE, boss, "")
    assert (line.state, line.reject_reason, of(line).reason) == ("approved", None, RejectReason.NO_WORK_FOUND)
    assert line.timesheet.state is TimesheetState.APPROVED
    assert [word.kind for word in queries.words_of(line)] == ["evidence", "contest"]
    assert balance(LedgerKind.PAYABLE, on.profile_id) == -4000


def test_an_appeal_goes_to_another_manager_and_ends_it():
    on = seat()
    boss, other, worker = boss_of(on), boss_of(on), on.profile.account
    line = rejected(on, boss)
    step(line, Step.CONTEST, worker)
    step(line, Step.UPHOLD, boss)
    assert (line.state, of(line).state) == ("rejected", "upheld")
    step(line, Step.APPEAL, worker)
    with pytest.raises(Refused, match="somebody other"):
        step(line, Step.UPHOLD, boss)
    db.session.rollback()
    step(line, Step.UPHOLD, other)
    assert (line.state, of(line).state) == ("rejected", DisputeState.UPHELD_FINALLY)
    with pytest.raises(Refused, match="cannot be appealed"):
        step(line, Step.APPEAL, worker)


def test_whoever_rejected_a_line_does_not_decide_its_appeal_though_another_upheld_it():
    on = seat()
    boss, other, third, worker = boss_of(on), boss_of(on), boss_of(on), on.profile.account
    line = rejected(on, boss)
    step(line, Step.CONTEST, worker)
    step(line, Step.UPHOLD, other)
    step(line, Step.APPEAL, worker)
    for decided_before in (boss, other):
        with pytest.raises(Refused, match="somebody other"):
            step(line, Step.UPHOLD, decided_before)
        db.session.rollback()
    with pytest.raises(sa.exc.IntegrityError, match="ck_dispute_other_decider"), db.session.begin_nested():
        db.session.execute(
            sa.text("UPDATE dispute SET state = 'upheld_finally', due_at = NULL, final_at = now(), final_by = :boss"),
            {"boss": boss.id},
        )
    step(line, Step.APPROVE, third)
    assert of(line).state is DisputeState.APPROVED_FINALLY


def test_nobody_is_written_out_of_a_dispute(monkeypatch):
    monkeypatch.setattr(rules, "MOST_WORDS", 2)
    on = seat()
    boss, worker = boss_of(on), on.profile.account
    first, second = handed_in(on, 60, 60)
    for _ in range(2):
        step(second, Step.WRITE, boss, "Which batch?")
    with pytest.raises(Refused, match="written so much"):
        step(second, Step.WRITE, boss, "Which batch?")
    db.session.rollback()
    step(second, Step.WRITE, worker, "Batch 7")
    rejection = Rejection(second.id, RejectReason.NO_WORK_FOUND, "Nothing there", "")
    deciding.decide_lines([first.id], [rejection], by=boss)
    db.session.commit()
    with pytest.raises(Refused, match="nothing is asked or answered"):
        step(second, Step.WRITE, boss, "And more")
    db.session.rollback()
    step(second, Step.CONTEST, worker, "It was done.")
    assert of(second).state is DisputeState.CONTESTED


def test_contested_hours_count_towards_the_limit_of_the_week():
    on = seat()
    on.weekly_limit_minutes = 120
    line = rejected(on, boss_of(on))
    start = TUESDAY + timedelta(hours=5)
    hours.log_time(on.profile, on.id, start, start + timedelta(minutes=60))
    db.session.commit()
    with pytest.raises(Refused, match="the week would hold 3:00 hours; your limit on this project is 2:00"):
        step(line, Step.CONTEST, on.profile.account)


def test_deleting_a_line_and_approving_another_of_its_week_never_wait_in_a_circle(app):
    on = seat()
    boss, worker = boss_of(on), on.profile.account
    line = rejected(on, boss)
    step(line, Step.CONTEST, worker)
    start = TUESDAY + timedelta(hours=5)
    [new] = hours.log_time(on.profile, on.id, start, start + timedelta(minutes=30))
    db.session.commit()
    ids = (new.id, line.id, on.profile.id, boss.id)

    def delete():
        hours.delete_entry(db.session.get_one(AnnotatorProfile, ids[2]), ids[0])

    def approve():
        actions.take_step(ids[1], Step.APPROVE, "", by=db.session.get_one(Account, ids[3]))

    assert at_once(app, delete, approve) == ["done", "done"]


def test_finance_sees_a_line_once_there_is_an_appeal_and_may_decide_it():
    on = seat()
    boss, finance, worker = boss_of(on), build.account(RoleName.FINANCE), on.profile.account
    line = rejected(on, boss)
    step(line, Step.CONTEST, worker)
    with pytest.raises(Missing):
        step(line, Step.APPROVE, finance)
    db.session.rollback()
    step(line, Step.UPHOLD, boss)
    step(line, Step.APPEAL, worker)
    assert finance.id in told("line.appeal")
    step(line, Step.APPROVE, finance)
    assert (line.state, of(line).final_by) == ("approved", finance.id)


def test_time_in_dispute_cannot_be_logged_again_and_time_logged_again_cannot_be_disputed():
    on = seat()
    boss, worker = boss_of(on), on.profile.account
    line = rejected(on, boss)
    [again] = hours.log_time(on.profile, on.id, line.starts_at, line.ends_at)
    db.session.commit()
    with pytest.raises(Refused, match="logged this time again"):
        step(line, Step.CONTEST, worker)
    db.session.rollback()
    hours.delete_entry(on.profile, again.id)
    step(line, Step.CONTEST, worker)
    with pytest.raises(Refused, match="overlaps"):
        hours.log_time(on.profile, on.id, line.starts_at, line.ends_at)


def test_a_strangers_line_is_not_there_and_accepting_ends_it():
    on = seat()
    boss = boss_of(on)
    line = rejected(on, boss)
    for stranger in (build.profile().account, build.manager(build.organisation())):
        with pytest.raises(Missing):
            step(line, Step.WRITE, stranger)
    db.session.rollback()
    step(line, Step.ACCEPT, on.profile.account, "")
    assert of(line).state is DisputeState.ACCEPTED
    with pytest.raises(Refused, match="cannot be contested"):
        step(line, Step.CONTEST, on.profile.account)


def test_a_disputed_line_holds_no_budget_and_needs_some_to_be_approved():
    on = seat(on=build.project(budget_minor=4000))
    boss, worker = boss_of(on), on.profile.account
    line = rejected(on, boss)
    start = line.ends_at + timedelta(hours=1)
    hours.log_time(on.profile, on.id, start, start + timedelta(hours=1))
    db.session.commit()
    step(line, Step.CONTEST, worker)
    with pytest.raises(Refused, match="raise the budget"):
        step(line, Step.APPROVE, boss)


def test_late_disputes_are_told_once_and_never_decided_by_themselves():
    on = seat()
    boss = boss_of(on)
    line = rejected(on, boss)
    step(line, Step.CONTEST, on.profile.account)
    with clock.at(NOW + timedelta(days=8)):
        actions.remind_of_disputes()
        actions.remind_of_disputes()
        db.session.commit()
    assert boss.id in told("dispute.late")
    assert of(line).state is DisputeState.CONTESTED


def test_approving_and_upholding_at_once_does_one_of_them(app):
    on = seat()
    bosses = [boss_of(on).id, boss_of(on).id]
    line = rejected(on, boss_of(on))
    step(line, Step.CONTEST, on.profile.account)
    line_id, account = line.id, type(on.profile.account)
    steps = [
        lambda: actions.take_step(line_id, Step.APPROVE, "", by=db.session.get_one(account, bosses[0])),
        lambda: actions.take_step(line_id, Step.UPHOLD, "No", by=db.session.get_one(account, bosses[1])),
    ]
    assert at_once(app, *steps) == ["Refused", "done"]


@pytest.mark.parametrize(
    ("constraint", "statement"),
    [
        ("dispute_line", "UPDATE time_entry SET state = 'disputed' WHERE id = :rejected"),
        ("decided_is_frozen", "UPDATE time_entry SET state = 'disputed' WHERE id = :approved"),
        ("state_skip", "UPDATE dispute SET state = 'appealed' WHERE entry_id = :disputed"),
        (
            "dispute_line",
            "UPDATE dispute SET state = 'upheld', due_at = NULL, decided_by = 1, decided_at = now() "
            "WHERE entry_id = :disputed",
        ),
        ("ck_dispute_decided", "UPDATE dispute SET state = 'upheld', due_at = NULL WHERE entry_id = :disputed"),
        ("ck_dispute_due", "UPDATE dispute SET due_at = NULL WHERE entry_id = :disputed"),
        ("append_only", "DELETE FROM dispute WHERE entry_id = :disputed"),
        ("append_only", "UPDATE line_word SET text = 'x' WHERE entry_id = :disputed"),
        ("append_only", "DELETE FROM line_word WHERE entry_id = :disputed"),
        (
            "submitted_is_frozen",
            "UPDATE time_entry SET state = 'disputed', minutes = 30, ends_at = starts_at + interval '30 minutes' "
            "WHERE id = :rejected",
        ),
    ],
)
def test_the_database_itself_keeps_lines_and_disputes_together(owner, constraint, statement):
    on, other = seat(), seat()
    boss = boss_of(on)
    contested, line = rejected(on, boss), rejected(other, boss_of(other))
    step(contested, Step.CONTEST, on.profile.account)
    [fine] = approved(seat(), 60)
    values = {"rejected": line.id, "approved": fine.id, "disputed": contested.id}
    sql = statement.replace("decided_by = 1", f"decided_by = {boss.id}")
    with pytest.raises(DBAPIError) as caught, owner.begin() as connection:
        connection.execute(sa.text(sql), {key: value for key, value in values.items() if f":{key}" in sql})
    assert getattr(caught.value.orig, "diag").constraint_name == constraint  # noqa: B009  DBAPI knows no diag


def test_nobody_decides_an_appeal_that_they_decided_first_says_the_database(owner):
    on = seat()
    boss, worker = boss_of(on), on.profile.account
    line = rejected(on, boss)
    step(line, Step.CONTEST, worker)
    step(line, Step.UPHOLD, boss)
    step(line, Step.APPEAL, worker)
    sql = (
        "UPDATE dispute SET state = 'upheld_finally', due_at = NULL, final_by = decided_by, final_at = now() "
        "WHERE entry_id = :line"
    )
    with pytest.raises(DBAPIError) as caught, owner.begin() as connection:
        connection.execute(sa.text(sql), {"line": line.id})
    assert getattr(caught.value.orig, "diag").constraint_name == "ck_dispute_other_decider"  # noqa: B009


def test_both_doors_show_the_line_and_take_steps(api_of, client_of):
    on = seat()
    boss, worker = boss_of(on), on.profile.account
    line = rejected(on, boss)
    api, path = api_of(worker), f"/api/v1/time-entries/{line.id}/dispute"
    assert api.get(path).json["steps"] == ["accept", "contest"]
    assert api.post(path, json={"step": "contest"}).status_code == 409
    assert api.post(path, json={"step": "contest", "text": "See item 7"}).json["dispute"]["state"] == "contested"
    assert [one["entry_id"] for one in api_of(boss).get("/api/v1/disputes?state=contested").json["items"]] == [line.id]
    browser = client_of(boss)
    assert "See item 7" in browser.get(f"/time/lines/{line.id}").text
    assert f"/time/lines/{line.id}" in browser.get("/time/disputes").text
    assert browser.post(f"/time/lines/{line.id}", data={"step": "approve"}).status_code == 302
    week = client_of(worker).get(f"/time?week={TUESDAY.date() - timedelta(days=1)}").text
    assert f"/time/lines/{line.id}" in week
