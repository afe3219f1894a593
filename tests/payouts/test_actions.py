from datetime import timedelta

import pytest
import sqlalchemy as sa

from marketplace import audit, clock
from marketplace.accounts.rules import RoleName
from marketplace.db import db
from marketplace.errors import Missing, Refused
from marketplace.ledger.queries import entries
from marketplace.ledger.rules import Asked
from marketplace.payouts import actions, queries
from marketplace.payouts.actions import Rejection
from marketplace.payouts.models import JournalEntry, Payout, PayoutRun
from marketplace.payouts.rules import LedgerKind, PayoutState, RunState
from marketplace.timesheets import actions as hours
from marketplace.timesheets.rules import EntryState, RejectReason, TimesheetState
from tests import build
from tests.payouts.books import NOW, TUESDAY, approved, approved_run, balance, boss_of, handed_in, seat

EXPENSE, PAYABLE, CLEARING, BANK = (
    LedgerKind.PROJECT_EXPENSE,
    LedgerKind.PAYABLE,
    LedgerKind.CLEARING,
    LedgerKind.BANK,
)


@pytest.fixture(autouse=True)
def later(app):
    with clock.at(NOW):
        yield


def finance():
    return build.account(RoleName.FINANCE)


def test_an_approved_line_is_earned_once_and_booked():
    one = seat(rate_minor=1999)
    [entry] = approved(one, 50)
    # 19.99 × 50 / 60 = 16.658…
    assert (entry.state, entry.earning_minor) == (EntryState.APPROVED, 1666)
    assert balance(EXPENSE, one.project_id) == 1666
    assert balance(PAYABLE, one.profile_id) == -1666
    assert [entry.key for entry in db.session.scalars(sa.select(JournalEntry))] == [f"earning:{entry.id}"]
    assert entry.timesheet.state is TimesheetState.APPROVED


def test_lines_are_decided_one_by_one_and_the_owner_gets_one_mail(outbox):
    one = seat()
    first, second, third = handed_in(one, 60, 120, 30)
    boss = boss_of(one)
    actions.decide_lines([first.id], [], by=boss)
    assert first.timesheet.state == "submitted"
    rejection = Rejection(second.id, RejectReason.NO_WORK_FOUND, "Nothing was saved\nthat day")
    actions.decide_lines([third.id], [rejection], by=boss)
    db.session.commit()
    assert first.timesheet.state is TimesheetState.PARTLY_APPROVED
    assert (second.earning_minor, second.reject_note) == (None, "Nothing was saved\nthat day")
    assert balance(PAYABLE, one.profile_id) == -3000
    [_, mail] = outbox()
    assert (mail.recipient, mail.subject) == (one.profile.account.email, "Your hours: 1 approved, 1 rejected")
    assert "$10.00" in mail.body
    assert "No work was found for this time: Nothing was saved" in mail.body


def test_everything_rejected_is_a_rejected_week_that_can_be_corrected():
    one = seat()
    [entry] = handed_in(one, 60)
    actions.decide_lines([], [Rejection(entry.id, RejectReason.TIME_NOT_PLAUSIBLE)], by=boss_of(one))
    db.session.commit()
    assert entry.timesheet.state is TimesheetState.REJECTED
    [corrected] = hours.log_time(one.profile, one.id, TUESDAY, TUESDAY + timedelta(minutes=45))
    assert corrected.timesheet.state is TimesheetState.DRAFT
    hours.delete_entry(one.profile, corrected.id)
    assert entry.timesheet.state is TimesheetState.REJECTED
    hours.log_time(one.profile, one.id, TUESDAY, TUESDAY + timedelta(minutes=45))
    hours.submit_week(one.profile, one.id, entry.timesheet.week_starts_on)
    db.session.commit()
    assert [line.state for line in entry.timesheet.entries] == [EntryState.REJECTED, EntryState.SUBMITTED]


def test_a_decided_line_is_not_decided_again():
    one = seat()
    [entry] = approved(one, 60)
    with pytest.raises(Refused, match="is approved already"):
        actions.decide_lines([entry.id], [], by=boss_of(one))
    with pytest.raises(Refused, match="is approved already"):
        actions.decide_lines([], [Rejection(entry.id, RejectReason.WRONG_PROJECT)], by=boss_of(one))


def test_a_week_under_review_is_not_taken_back():
    one = seat()
    first, _ = handed_in(one, 60, 60)
    actions.decide_lines([first.id], [], by=boss_of(one))
    with pytest.raises(Refused, match="Review of this week has begun"):
        hours.withdraw_week(one.profile, one.id, first.timesheet.week_starts_on)


def test_a_manager_of_another_client_sees_no_line():
    one = seat()
    [entry] = handed_in(one, 60)
    stranger = build.manager(build.organisation())
    assert queries.weeks_to_decide(stranger) == []
    with pytest.raises(Missing):
        actions.decide_lines([entry.id], [], by=stranger)


def test_one_line_that_is_not_theirs_stops_all_of_them():
    mine, other = seat(), seat()
    [line], [foreign] = handed_in(mine, 60), handed_in(other, 60)
    with pytest.raises(Missing):
        actions.decide_lines([line.id, foreign.id], [], by=boss_of(mine))
    db.session.rollback()
    assert line.state is EntryState.SUBMITTED


def test_nobody_approves_their_own_hours():
    boss = build.account(RoleName.ANNOTATOR, RoleName.MANAGER)
    project = build.project(build.organisation(boss), by=boss)
    one = seat(worker=build.profile(account=boss), on=project)
    [entry] = handed_in(one, 60)
    with pytest.raises(Refused, match="own hours"):
        actions.decide_lines([entry.id], [], by=boss)


def test_hours_too_short_to_earn_a_yen_are_approved_and_not_booked():
    one = seat(on=build.project(build.organisation(currency="JPY")), rate_minor=20)
    [entry] = approved(one, 1)
    assert (entry.earning_minor, entry.currency) == (0, "JPY")
    assert db.session.scalar(sa.select(sa.func.count(JournalEntry.id))) == 0


def test_a_run_pays_everything_owed_in_its_currency_and_holds_nothing_until_approved():
    one, euro = seat(), seat(on=build.project(build.organisation(currency="EUR")))
    approved(one, 60, 90)
    approved(euro, 60)
    run = actions.create_run("USD", by=finance())
    db.session.commit()
    [payout] = run.payouts
    assert (payout.profile_id, payout.amount_minor, payout.state) == (one.profile_id, 5000, PayoutState.PENDING)
    assert [line.minutes for line in queries.lines_of(payout)] == [60, 90]
    assert balance(PAYABLE, one.profile_id) == -5000
    assert balance(CLEARING) == 0
    assert [ready.currency for ready in queries.ready_to_pay()] == ["EUR"]


def test_a_run_goes_from_draft_to_settled():
    one = seat()
    [entry] = approved(one, 60)
    run = approved_run()
    assert (balance(PAYABLE, one.profile_id), balance(CLEARING)) == (0, -2000)
    assert (run.state, run.payouts[0].state) == (RunState.APPROVED, PayoutState.IN_TRANSIT)
    assert entry.timesheet.state is TimesheetState.LOCKED
    actions.record_outcome(run.payouts[0].id, PayoutState.PAID, reference="B-1", by=finance())
    db.session.commit()
    assert (balance(CLEARING), balance(BANK)) == (0, -2000)
    assert (run.state, run.settled_at, entry.timesheet.state) == (RunState.SETTLED, NOW, TimesheetState.PAID)


def test_whoever_made_a_run_cannot_approve_it():
    approved(seat(), 60)
    maker = finance()
    run = actions.create_run("USD", by=maker)
    with pytest.raises(Refused, match="another person"):
        actions.approve_run(run.id, by=maker)


def test_a_run_is_approved_once():
    approved(seat(), 60)
    run = approved_run()
    with pytest.raises(Refused, match="is approved already"):
        actions.approve_run(run.id, by=finance())
    with pytest.raises(Refused, match="is approved already"):
        actions.cancel_run(run.id, by=finance())


def test_a_cancelled_draft_lets_go_of_what_it_would_have_paid():
    one = seat()
    approved(one, 60)
    run = actions.create_run("USD", by=finance())
    db.session.commit()
    with pytest.raises(Refused, match="a draft in USD already"):
        actions.create_run("USD", by=finance())
    actions.cancel_run(run.id, by=finance())
    db.session.commit()
    assert [ready.amount_minor for ready in queries.ready_to_pay("USD")] == [2000]
    assert approved_run().payouts[0].amount_minor == 2000


def test_nothing_owed_makes_no_run():
    with pytest.raises(Refused, match="Nothing is ready"):
        actions.create_run("USD", by=finance())


@pytest.mark.parametrize(
    ("steps", "bank"),
    [
        ([PayoutState.FAILED], 0),
        ([PayoutState.RETURNED], 0),
        ([PayoutState.PAID, PayoutState.RETURNED], 0),
    ],
)
def test_a_payout_that_did_not_arrive_is_owed_again_and_paid_by_the_next_run(steps, bank, outbox):
    one = seat()
    [entry] = approved(one, 60)
    run = approved_run()
    for state in steps:
        arrived = state is PayoutState.PAID
        facts = {"reference": "B-1"} if arrived else {"reason": "account closed"}
        actions.record_outcome(run.payouts[0].id, state, **facts, by=finance())
        db.session.commit()
    assert run.state is RunState.SETTLED
    assert (balance(PAYABLE, one.profile_id), balance(CLEARING), balance(BANK)) == (-2000, 0, bank)
    assert entry.timesheet.state is TimesheetState.APPROVED
    assert "account closed" in outbox()[-1].body
    again = approved_run()
    assert [line.id for line in queries.lines_of(again.payouts[0])] == [entry.id]
    assert [line.id for line in queries.lines_of(run.payouts[0])] == [entry.id]


def test_the_same_outcome_again_changes_nothing():
    approved(seat(), 60)
    [payout] = approved_run().payouts
    for _ in range(2):
        actions.record_outcome(payout.id, PayoutState.PAID, reference="B-1", by=finance())
        db.session.commit()
    assert balance(BANK) == -2000


@pytest.mark.parametrize(
    ("first", "then", "why"),
    [
        (None, PayoutState.RETURNED, "has not been approved yet"),
        (PayoutState.FAILED, PayoutState.PAID, "is failed already"),
        (PayoutState.RETURNED, PayoutState.PAID, "is returned already"),
        (PayoutState.PAID, PayoutState.FAILED, "is paid already"),
    ],
)
def test_no_state_of_a_payout_is_skipped_or_undone(first, then, why):
    approved(seat(), 60)
    if first is None:
        run = actions.create_run("USD", by=finance())
        db.session.commit()
    else:
        run = approved_run()
        actions.record_outcome(run.payouts[0].id, first, reference="B-1", reason="closed", by=finance())
        db.session.commit()
    with pytest.raises(Refused, match=why):
        actions.record_outcome(run.payouts[0].id, then, reference="B-2", reason="no", by=finance())


@pytest.mark.parametrize("outcome", [PayoutState.PAID, PayoutState.FAILED])
def test_an_outcome_says_what_it_rests_on(outcome):
    approved(seat(), 60)
    [payout] = approved_run().payouts
    with pytest.raises(Refused, match=r"reference|Say why"):
        actions.record_outcome(payout.id, outcome, by=finance())


def test_what_is_not_there_is_missing():
    with pytest.raises(Missing):
        actions.approve_run(1, by=finance())
    with pytest.raises(Missing):
        actions.record_outcome(1, PayoutState.PAID, reference="B", by=finance())


def test_balances_tell_the_stages_apart_and_never_add_currencies():
    one = seat()
    euro = seat(worker=one.profile, on=build.project(build.organisation(currency="EUR")), rate_minor=3000)
    approved(one, 60)
    approved_run()
    hours.log_time(one.profile, euro.id, TUESDAY + timedelta(hours=5), TUESDAY + timedelta(hours=6))
    hours.submit_week(one.profile, euro.id, TUESDAY.date() - timedelta(days=1))
    found = {
        one.currency: (one.pending, one.payable, one.under_way, one.paid)
        for one in queries.balances(one.profile.account)
    }
    assert found == {"EUR": (3000, 0, 0, 0), "USD": (0, 0, 2000, 0)}


def test_paid_held_and_available_make_up_what_was_earned():
    people = [seat() for _ in range(3)]
    for number, one in enumerate(people):
        approved(one, 37 + number, 61)
    run = approved_run()
    actions.record_outcome(run.payouts[0].id, PayoutState.PAID, reference="B", by=finance())
    actions.record_outcome(run.payouts[1].id, PayoutState.FAILED, reason="closed", by=finance())
    db.session.commit()
    for one in people:
        [found] = queries.balances(one.profile.account)
        earned = sum(week.earned_minor for week in queries.weekly_earnings(one.profile.account)["USD"])
        assert found.paid + found.under_way + found.payable == earned


def test_each_decision_is_on_the_trail():
    approved(seat(), 60)
    run = approved_run()
    actions.record_outcome(run.payouts[0].id, PayoutState.PAID, reference="B", by=finance())
    db.session.commit()
    said = list(db.session.scalars(sa.select(audit.AuditEvent.action).order_by(audit.AuditEvent.id)))
    wanted = ["timesheet.submitted", "time.approved", "payout_run.created", "payout_run.approved", "payout.outcome"]
    assert [word for word in said if word in wanted] == wanted


def test_reading_lists_costs_the_same_however_long_they_are(counted_queries):
    def cost():
        db.session.expire_all()
        with counted_queries() as count:
            queries.ready_to_pay()
            queries.balances(people[0].profile.account)
            for run in db.session.scalars(queries.runs()):
                assert run.payouts
            for entry in db.session.scalars(entries(Asked())):
                assert [posting.account.kind for posting in entry.postings]
        return count()

    people = [seat()]
    approved(people[0], 60, 60)
    approved_run()
    few = cost()
    people += [seat() for _ in range(3)]
    for one in people[1:]:
        approved(one, 60, 60, 60)
    approved_run()
    assert cost() == few
    assert db.session.scalar(sa.select(sa.func.count(PayoutRun.id))) == 2
    assert db.session.scalar(sa.select(sa.func.count(Payout.id))) == 4
