"""Scenes of the books: a seat with hours handed in, approved, in a run."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import sqlalchemy as sa
from flask import Flask

from marketplace import clock
from marketplace.accounts.models import Account
from marketplace.accounts.rules import RoleName
from marketplace.db import db
from marketplace.disputes import actions as disputes
from marketplace.disputes.rules import Step
from marketplace.payees import sealing
from marketplace.payees.models import PayoutMethod
from marketplace.payees.queries import find_method
from marketplace.payees.rules import MethodKind
from marketplace.payouts import actions
from marketplace.payouts.models import LedgerAccount, PayoutRun, Posting
from marketplace.payouts.rules import LedgerKind
from marketplace.profiles.models import AnnotatorProfile
from marketplace.timesheets import actions as hours
from marketplace.timesheets.models import TimeEntry
from marketplace.timesheets.rules import RejectReason
from marketplace.work.models import Engagement
from tests import build

# Tuesday, a week and a day before NOW, in the zone of build.profile.
TUESDAY = datetime(2026, 11, 3, 1, 0, tzinfo=UTC)
NOW = datetime(2026, 11, 11, 12, 0, tzinfo=UTC)


def seat(**options: Any) -> Engagement:
    """Add an engagement that began well before TUESDAY."""
    return build.engagement(started_at=TUESDAY - timedelta(days=30), **options)


def handed_in(on: Engagement, *minutes: int) -> list[TimeEntry]:
    """Log one line after the other from TUESDAY on, hand the week in and commit."""
    start, entries = TUESDAY, []
    for length in minutes:
        end = start + timedelta(minutes=length)
        entries += hours.log_time(on.profile, on.id, start, end)
        start = end
    hours.submit_week(on.profile, on.id, entries[0].timesheet.week_starts_on)
    db.session.commit()
    return entries


def boss_of(on: Engagement) -> Account:
    """Add a manager of the project of *on*."""
    return build.manager(on.project.organisation)


def payable(profile: AnnotatorProfile, iban: str = "AT611904300234573201", **options: Any) -> None:
    """Let *profile* be paid to an account, unless it says already how it is paid."""
    if find_method(profile.id) is None:
        before = TUESDAY - timedelta(days=9)
        facts = {
            "kind": MethodKind.IBAN,
            "holder": "Ada Byron",
            "iban": sealing.sealed(iban) if iban else None,
            "country": iban[:2],
            "last_four": iban[-4:],
            "fingerprint": sealing.fingerprint(iban),
            "made_at": before,
            "usable_from": before,
            **options,
        }
        db.session.add(PayoutMethod(profile_id=profile.id, **facts))
        db.session.flush()


def approved(on: Engagement, *minutes: int) -> list[TimeEntry]:
    """Hand lines in of somebody who can be paid, approve them all and commit."""
    payable(on.profile)
    entries = handed_in(on, *minutes)
    actions.decide_lines([entry.id for entry in entries], [], by=boss_of(on))
    db.session.commit()
    return entries


def appealed(on: Engagement, week_later: int, *, by: Account) -> TimeEntry:
    """Hand in a line of a later week that is not approved, contested, upheld by *by* and appealed; commit."""
    start = TUESDAY + timedelta(days=7 * week_later)
    [line] = hours.log_time(on.profile, on.id, start, start + timedelta(hours=1), "Rated batch 7")
    hours.submit_week(on.profile, on.id, line.timesheet.week_starts_on)
    db.session.flush()
    rejection = actions.Rejection(line.id, RejectReason.NO_WORK_FOUND, "Nothing was saved", "Batch 7 is empty")
    actions.decide_lines([], [rejection], by=by)
    owner = on.profile.account
    for step, who in ((Step.CONTEST, owner), (Step.UPHOLD, by), (Step.APPEAL, owner)):
        disputes.take_step(line.id, step, f"To {step}: see the log of batch 7", by=who)
    db.session.commit()
    return line


def approved_run(currency: str = "USD") -> PayoutRun:
    """Draft a run, have somebody else approve it, and commit."""
    run = actions.create_run(currency, by=build.account(RoleName.FINANCE))
    db.session.commit()
    actions.approve_run(run.id, by=build.account(RoleName.FINANCE))
    db.session.commit()
    return run


def balance(kind: LedgerKind, owner_id: int = 0, currency: str = "USD") -> int:
    """Return a stored balance, after making sure that it is the sum of its postings and that the books sum to zero."""
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.coalesce(sa.func.sum(Posting.amount_minor), 0))) == 0
    where = sa.select(LedgerAccount).filter_by(kind=kind, owner_id=owner_id, currency=currency)
    account = db.session.scalar(where, execution_options={"populate_existing": True})
    if account is None:
        return 0
    posted = sa.select(sa.func.sum(Posting.amount_minor)).where(Posting.account_id == account.id)
    assert db.session.scalar(posted) == account.balance_minor
    return account.balance_minor


def at_once(app: Flask, *steps: Callable[[], object]) -> list[str]:
    """Do *steps* in threads that start together, each with its own commit; return what came of each, by name."""
    barrier, results = Barrier(len(steps)), [""] * len(steps)

    def go(number: int, step: Callable[[], object]) -> None:
        with app.app_context(), clock.at(NOW):
            barrier.wait()
            try:
                step()
                db.session.commit()
                results[number] = "done"
            except Exception as error:  # noqa: BLE001  the test looks at what it was
                db.session.rollback()
                results[number] = type(error).__name__
            finally:
                db.session.remove()

    threads = [Thread(target=go, args=pair) for pair in enumerate(steps)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return sorted(results)
