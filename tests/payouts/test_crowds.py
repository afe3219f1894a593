"""Eight people at a time, again and again: one effect each time, and never a deadlock, an overdraft or an overlap.

A few rounds each in the run of every day, a thousand each in `make soak`.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from functools import partial
from threading import Barrier

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace import clock
from marketplace.accounts.models import Account
from marketplace.accounts.rules import RoleName
from marketplace.audit import AuditEvent
from marketplace.db import db
from marketplace.errors import Refused
from marketplace.invitations.models import Invitation
from marketplace.payouts import actions
from marketplace.payouts.models import JournalEntry, Payout, PayoutRun
from marketplace.payouts.rules import EntryKind, LedgerKind, PayoutState, RunState
from marketplace.profiles.models import AnnotatorProfile
from marketplace.timesheets import actions as hours
from marketplace.timesheets.rules import RejectReason
from marketplace.work import actions as work
from marketplace.work.models import Engagement
from tests import build
from tests.payouts.books import NOW, TUESDAY, approved, balance, boss_of, handed_in, payable, seat

SOAK = "FAIRMATCH_SOAK" in os.environ
ROUNDS, THREADS = (1000, 8) if SOAK else (10, 8)
pytestmark = pytest.mark.timeout(7200 if SOAK else 120)

OVERLAPS = """SELECT count(*) FROM time_entry a JOIN time_entry b
    ON a.profile_id = b.profile_id AND a.id < b.id AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at"""
TWICE = "SELECT count(*) FROM (SELECT 1 FROM journal_entry GROUP BY kind, source_id HAVING count(*) > 1) AS twice"
OVERDRAWN = "SELECT count(*) FROM ledger_account WHERE kind IN ('payable', 'clearing') AND balance_minor > 0"
UNBALANCED = """SELECT count(*) FROM
    (SELECT 1 FROM posting GROUP BY entry_id, currency HAVING sum(amount_minor) <> 0) AS wrong"""
DRIFTED = """SELECT count(*) FROM ledger_account a WHERE a.balance_minor <>
    (SELECT coalesce(sum(amount_minor), 0) FROM posting WHERE account_id = a.id)"""

Step = Callable[[], object]


class Crowd:
    """Eight threads, each with a context of the application, that begin every step at the same moment."""

    def __init__(self, app: Flask) -> None:
        self._app, self._gate = app, Barrier(THREADS)
        self._pool = ThreadPoolExecutor(THREADS)
        self.results: Counter[str] = Counter()
        self.allowed = {"", "Refused"}

    def rush(self, steps: Sequence[Step]) -> list[str]:
        """Do each step with a commit of its own; return what came of each in their order: "" or what was raised."""
        assert len(steps) == THREADS
        db.session.rollback()
        came = list(self._pool.map(self._go, steps))
        self.results.update(came)
        return came

    def close(self) -> None:
        self._pool.shutdown()

    def _go(self, step: Step) -> str:
        with self._app.app_context(), clock.at(NOW):
            self._gate.wait(60)
            try:
                step()
                db.session.commit()
            except Refused:
                db.session.rollback()
                return "Refused"
            except sa.exc.DBAPIError as error:
                db.session.rollback()
                return type(error.orig).__name__
            finally:
                db.session.remove()
            return ""


@pytest.fixture
def crowd(app: Flask) -> Iterator[Crowd]:
    crowd = Crowd(app)
    with clock.at(NOW):
        yield crowd
        crowd.close()
        db.session.rollback()
        for question in (OVERLAPS, TWICE, OVERDRAWN, UNBALANCED, DRIFTED):
            assert db.session.scalar(sa.text(question)) == 0, question
    assert set(crowd.results) <= crowd.allowed, crowd.results


def by(account_id: int) -> Account:
    return db.session.get_one(Account, account_id)


def worker(profile_id: int) -> AnnotatorProfile:
    return db.session.get_one(AnnotatorProfile, profile_id)


def approve_run(run_id: int, who: int) -> None:
    actions.approve_run(run_id, by=by(who))


def cancel_run(run_id: int, who: int) -> None:
    actions.cancel_run(run_id, by=by(who))


def draft(who: int) -> None:
    actions.create_run("USD", by=by(who))


def total(kind: EntryKind) -> int:
    return db.session.scalars(sa.select(sa.func.count(JournalEntry.id)).filter_by(kind=kind)).one()


def weekly(on: Engagement, number: int, *minutes: int) -> tuple[list[int], date]:
    """Log lines for *on*, *number* weeks before the week of TUESDAY; return their ids, and its Monday."""
    start, lines = TUESDAY - timedelta(weeks=number), []
    for length in minutes:
        end = start + timedelta(minutes=length)
        lines += hours.log_time(on.profile, on.id, start, end)
        start = end
    return [line.id for line in lines], lines[0].timesheet.week_starts_on


def test_lines_approved_and_rejected_by_eight_are_decided_once(crowd: Crowd) -> None:
    earned = 0
    for _ in range(ROUNDS):
        on = seat()
        payable(on.profile)
        lines = [entry.id for entry in handed_in(on, 60, 30, 90)]
        bosses = [boss_of(on).id for _ in range(THREADS)]
        db.session.commit()
        no = actions.Rejection(lines[0], RejectReason.NO_WORK_FOUND, "Nothing was saved", "Batch 7 is empty")

        def approve(boss: int, lines: list[int] = lines) -> None:
            actions.decide_lines(lines, [], by=by(boss))

        def refuse(boss: int, no: actions.Rejection = no) -> None:
            actions.decide_lines([], [no], by=by(boss))

        steps: list[Step] = [partial(approve, boss) for boss in bosses[:4]]
        steps += [partial(approve, boss, lines[::-1]) for boss in bosses[4:6]]
        steps += [partial(refuse, boss) for boss in bosses[6:]]
        came = crowd.rush(steps)
        assert came.count("") == 1
        earned += 3 if came.index("") < 6 else 0
        assert balance(LedgerKind.PAYABLE, on.profile_id) == (-6000 if came.index("") < 6 else 0)
    assert total(EntryKind.EARNING) == earned


def test_a_week_handed_in_by_eight_requests_is_handed_in_once(crowd: Crowd) -> None:
    for number in range(1, ROUNDS + 1):
        on = seat()
        lines, monday = weekly(on, 0, 60, 60)
        person, seat_id = on.profile_id, on.id
        db.session.commit()

        def hand_in(person: int = person, seat_id: int = seat_id, monday: date = monday) -> None:
            hours.submit_week(worker(person), seat_id, monday)

        came = crowd.rush([hand_in] * THREADS)
        assert came.count("") == 1
        assert len(lines) == 2
        told = sa.select(sa.func.count(AuditEvent.id)).filter_by(action="timesheet.submitted")
        assert db.session.scalar(told) == number


def test_hours_logged_by_eight_requests_never_overlap(crowd: Crowd) -> None:
    for number in range(ROUNDS):
        if number % 40 == 0:
            one = seat(weekly_limit_minutes=160 * 60)
            other = seat(worker=one.profile, weekly_limit_minutes=160 * 60)
            seats, person = (one.id, other.id), one.profile_id
            db.session.commit()
        start = TUESDAY - timedelta(hours=3 * (number % 10), weeks=number % 40 // 10)

        def log(at: int, start: datetime = start, seats: tuple[int, int] = seats, person: int = person) -> None:
            begin = start + timedelta(minutes=20 * at)
            hours.log_time(worker(person), seats[at % 2], begin, begin + timedelta(minutes=30))

        came = crowd.rush([partial(log, at) for at in range(THREADS)])
        # Twenty minutes apart and thirty long: every second one at most fits in.
        assert 1 <= came.count("") <= THREADS // 2
        assert db.session.scalar(sa.text(OVERLAPS)) == 0


def test_a_run_approved_and_cancelled_by_eight_holds_its_money_once(crowd: Crowd) -> None:
    held = 0
    for _ in range(ROUNDS):
        one = seat()
        approved(one, 60)
        people = [build.account(RoleName.FINANCE).id for _ in range(THREADS)]
        run = actions.create_run("USD", by=build.account(RoleName.FINANCE)).id
        db.session.commit()
        steps: list[Step] = [partial(approve_run, run, who) for who in people[:6]]
        steps += [partial(cancel_run, run, who) for who in people[6:]]
        came = crowd.rush(steps)
        assert came.count("") == 1
        cancelled = came.index("") >= 6
        payouts = len(db.session.get_one(PayoutRun, run).payouts)
        held += 0 if cancelled else payouts
        assert total(EntryKind.HOLD) == held
        if cancelled:
            # Whoever was in it is in the next one.
            assert db.session.get_one(PayoutRun, run).state is RunState.CANCELLED


def test_drafts_made_by_eight_are_one_draft(crowd: Crowd) -> None:
    # The database's own rule says no to whoever looked before the first commit; the doors make a 409 of it.
    crowd.allowed.add("UniqueViolation")
    for _ in range(ROUNDS):
        approved(seat(), 60)
        people = [build.account(RoleName.FINANCE).id for _ in range(THREADS)]
        db.session.commit()
        came = crowd.rush([partial(draft, who) for who in people])
        assert came.count("") == 1
        [run] = db.session.scalars(sa.select(PayoutRun).filter_by(state=RunState.DRAFT))
        actions.approve_run(run.id, by=build.account(RoleName.FINANCE))
        db.session.commit()


def test_a_payment_that_arrives_and_does_not_is_one_of_the_two(crowd: Crowd) -> None:
    for _ in range(ROUNDS):
        approved(seat(), 60)
        people = [build.account(RoleName.FINANCE).id for _ in range(THREADS)]
        run = actions.create_run("USD", by=build.account(RoleName.FINANCE))
        actions.approve_run(run.id, by=by(people[0]))
        db.session.commit()
        payout = max(one.id for one in run.payouts)

        def note(who: int, state: PayoutState, payout: int = payout) -> None:
            said = {"reference": f"B-{payout}"} if state is PayoutState.PAID else {"reason": "Account closed"}
            actions.record_outcome(payout, state, by=by(who), **said)

        states = [PayoutState.PAID, PayoutState.FAILED] * 4
        came = crowd.rush([partial(note, who, state) for who, state in zip(people, states, strict=True)])
        state = db.session.get_one(Payout, payout).state
        # Whoever says what stands already is not refused; whoever says the other thing is.
        assert [one == "" for one in came] == [one is state for one in states]


def test_of_eight_who_accept_as_many_are_taken_as_there_are_seats(crowd: Crowd) -> None:
    for number in range(ROUNDS):
        seats = number % 3 + 1
        on = build.project(seats=seats)
        invitations = [build.invitation(build.profile(), on).id for _ in range(THREADS)]
        project = on.id
        db.session.commit()

        def accept(invitation_id: int) -> None:
            invitation = db.session.get_one(Invitation, invitation_id)
            work.accept_invitation(invitation, invitation.profile.account)

        assert crowd.rush([partial(accept, one) for one in invitations]) == [""] * THREADS
        taken = sa.select(sa.func.count(Engagement.id)).filter_by(project_id=project)
        assert db.session.scalar(taken) == seats
