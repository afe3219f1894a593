"""Two people do the same thing in the same moment: one effect, and nobody waits in a circle."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from marketplace import clock
from marketplace.accounts.models import Account
from marketplace.accounts.rules import RoleName
from marketplace.db import db
from marketplace.payouts import actions
from marketplace.payouts.models import JournalEntry, PayoutRun
from marketplace.payouts.rules import EntryKind, LedgerKind, PayoutState
from marketplace.profiles.models import AnnotatorProfile
from marketplace.timesheets import actions as hours
from marketplace.timesheets.models import TimeEntry
from tests import build
from tests.payouts.books import NOW, TUESDAY, approved, at_once, balance, boss_of, handed_in, payable, seat

ROUNDS = 6


@pytest.fixture(autouse=True)
def later(app):
    with clock.at(NOW):
        yield


def count(kind: EntryKind) -> int:
    return db.session.scalars(sa.select(sa.func.count(JournalEntry.id)).where(JournalEntry.kind == kind)).one()


def test_a_line_approved_by_two_managers_at_once_is_earned_once(app):
    one = seat()
    bosses = [boss_of(one).id for _ in range(4)]
    for number in range(ROUNDS):
        week = seat(worker=one.profile, on=build.project(one.project.organisation))
        start = TUESDAY + timedelta(hours=number)
        [entry] = hours.log_time(one.profile, week.id, start, start + timedelta(hours=1))
        hours.submit_week(one.profile, week.id, entry.timesheet.week_starts_on)
        db.session.commit()
        line = entry.id

        def approve(boss: int, line: int = line) -> None:
            actions.decide_lines([line], [], by=db.session.get_one(Account, boss))

        results = at_once(app, *(lambda boss=boss: approve(boss) for boss in bosses))
        assert results == ["Refused", "Refused", "Refused", "done"]
        db.session.rollback()
        assert count(EntryKind.EARNING) == number + 1
    assert balance(LedgerKind.PAYABLE, one.profile_id) == -2000 * ROUNDS


def test_managers_who_approve_the_same_people_in_other_orders_do_not_block_each_other(app):
    client = build.organisation()
    projects = [build.project(client) for _ in range(2)]
    people = [build.profile() for _ in range(3)]
    lines: list[list[int]] = [[], []]
    for side, project in enumerate(projects):
        for person in people if side else reversed(people):
            on = seat(worker=person, on=project)
            start = TUESDAY + timedelta(hours=2 * side)
            [entry] = hours.log_time(person, on.id, start, start + timedelta(hours=1))
            hours.submit_week(person, on.id, entry.timesheet.week_starts_on)
            lines[side].append(entry.id)
    bosses = [build.manager(client).id for _ in range(2)]
    db.session.commit()
    steps = (
        lambda: actions.decide_lines(lines[0], [], by=db.session.get_one(Account, bosses[0])),
        lambda: actions.decide_lines(lines[1], [], by=db.session.get_one(Account, bosses[1])),
    )
    assert at_once(app, *steps) == ["done", "done"]
    assert [balance(LedgerKind.PAYABLE, person.id) for person in people] == [-4000] * 3


def test_two_runs_drafted_at_once_are_one(app):
    one = seat()
    approved(one, 60)
    makers = [build.account(RoleName.FINANCE).id for _ in range(4)]
    db.session.commit()
    steps = (lambda maker=maker: actions.create_run("USD", by=db.session.get_one(Account, maker)) for maker in makers)
    results = at_once(app, *steps)
    assert results.count("done") == 1
    assert set(results) <= {"done", "Refused", "IntegrityError"}
    assert db.session.scalar(sa.select(sa.func.count(PayoutRun.id))) == 1


def test_a_run_approved_by_two_at_once_holds_its_money_once(app):
    one = seat()
    approved(one, 60)
    run = actions.create_run("USD", by=build.account(RoleName.FINANCE)).id
    others = [build.account(RoleName.FINANCE).id for _ in range(4)]
    db.session.commit()
    steps = (lambda other=other: actions.approve_run(run, by=db.session.get_one(Account, other)) for other in others)
    assert at_once(app, *steps) == ["Refused", "Refused", "Refused", "done"]
    assert balance(LedgerKind.CLEARING) == -2000


def test_a_payout_is_paid_or_failed_and_never_both(app):
    one = seat()
    approved(one, 60)
    run = actions.create_run("USD", by=build.account(RoleName.FINANCE))
    other = build.account(RoleName.FINANCE)
    db.session.commit()
    actions.approve_run(run.id, by=other)
    db.session.commit()
    payout, by = run.payouts[0].id, other.id
    steps = (
        lambda: actions.record_outcome(payout, PayoutState.PAID, reference="B", by=db.session.get_one(Account, by)),
        lambda: actions.record_outcome(payout, PayoutState.FAILED, reason="no", by=db.session.get_one(Account, by)),
    )
    assert at_once(app, *steps) == ["Refused", "done"]
    assert balance(LedgerKind.CLEARING) == 0
    assert count(EntryKind.PAID) + count(EntryKind.FAILED) == 1


def test_approving_hours_and_a_run_at_once_leaves_exact_books(app):
    one = seat()
    payable(one.profile)
    boss, other = boss_of(one), build.account(RoleName.FINANCE)
    first = handed_in(one, 60, 60)
    actions.decide_lines([first[0].id], [], by=boss)
    run = actions.create_run("USD", by=build.account(RoleName.FINANCE)).id
    db.session.commit()
    boss_id, other_id, line = boss.id, other.id, first[1].id
    steps = (
        lambda: actions.decide_lines([line], [], by=db.session.get_one(Account, boss_id)),
        lambda: actions.approve_run(run, by=db.session.get_one(Account, other_id)),
    )
    assert at_once(app, *steps) == ["done", "done"]
    assert (balance(LedgerKind.PAYABLE, one.profile_id), balance(LedgerKind.CLEARING)) == (-2000, -2000)


def test_the_same_hours_logged_at_once_on_two_projects_are_logged_once(app):
    one = seat()
    seats = [one.id, *(seat(worker=one.profile).id for _ in range(3))]
    worker = one.profile_id
    db.session.commit()
    for number in range(ROUNDS):
        start = TUESDAY + timedelta(hours=number)

        def log(seat_id: int, start=start) -> None:
            person = db.session.get_one(AnnotatorProfile, worker)
            hours.log_time(person, seat_id, start, start + timedelta(hours=1))

        assert at_once(app, *(lambda one=one: log(one) for one in seats)) == ["Refused"] * 3 + ["done"]
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count(TimeEntry.id))) == ROUNDS


def test_the_last_hour_of_a_week_is_logged_once(app):
    one = seat(weekly_limit_minutes=60)
    worker, seat_id = one.profile_id, one.id
    db.session.commit()

    def log(number: int) -> None:
        start = TUESDAY + timedelta(hours=number)
        person = db.session.get_one(AnnotatorProfile, worker)
        hours.log_time(person, seat_id, start, start + timedelta(hours=1))

    assert at_once(app, *(lambda number=number: log(number) for number in range(4))) == ["Refused"] * 3 + ["done"]


def test_taking_a_week_back_and_approving_it_at_once_does_one_of_them(app):
    one = seat()
    boss = boss_of(one).id
    [entry] = handed_in(one, 60)
    worker, seat_id, line, monday = one.profile_id, one.id, entry.id, entry.timesheet.week_starts_on
    steps = (
        lambda: actions.decide_lines([line], [], by=db.session.get_one(Account, boss)),
        lambda: hours.withdraw_week(db.session.get_one(AnnotatorProfile, worker), seat_id, monday),
    )
    assert at_once(app, *steps) == ["Refused", "done"]
    db.session.rollback()
    db.session.refresh(entry)
    assert balance(LedgerKind.PAYABLE, worker) == (-2000 if entry.state == "approved" else 0)
