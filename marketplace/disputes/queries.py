"""The reads of lines in question: who may see which, and what was written about them."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, lazyload

from marketplace.accounts.models import Account
from marketplace.accounts.rules import RoleName
from marketplace.db import db
from marketplace.disputes.models import Dispute
from marketplace.disputes.rules import Side, Standing
from marketplace.errors import Missing
from marketplace.profiles.models import AnnotatorProfile
from marketplace.projects.models import Project
from marketplace.projects.queries import managed_by
from marketplace.timesheets.models import LineWord, TimeEntry, Timesheet
from marketplace.timesheets.rules import EntryState
from marketplace.work.models import Engagement


def get_line(entry_id: int, account: Account, *, lock: bool = False) -> TimeEntry:
    """Return a line that was handed in, to whoever worked it, manages it, or judges its appeal; raises Missing.

    *lock*: its week is held until the commit.
    """
    if lock:
        week = sa.select(TimeEntry.timesheet_id).where(TimeEntry.id == entry_id).scalar_subquery()
        db.session.execute(sa.select(Timesheet.id).where(Timesheet.id == week).with_for_update())
    seen = [AnnotatorProfile.account_id == account.id, managed_by(account)]
    if RoleName.FINANCE in account.role_names:
        seen.append(sa.exists().where(Dispute.entry_id == TimeEntry.id, Dispute.appealed_at.is_not(None)))
    statement = (
        _lines().where(TimeEntry.id == entry_id, TimeEntry.state != EntryState.RECORDED, sa.or_(*seen))
    ).execution_options(populate_existing=True)
    found: TimeEntry | None = db.session.scalar(statement)
    if found is None:
        raise Missing
    return found


def find_dispute(entry: TimeEntry) -> Dispute | None:
    """Return the dispute over a line, if there is one."""
    return db.session.scalar(
        sa.select(Dispute).where(Dispute.entry_id == entry.id), execution_options={"populate_existing": True}
    )


def words_of(entry: TimeEntry) -> Sequence[LineWord]:
    """Return what was written about a line, oldest first."""
    written = sa.select(LineWord).where(LineWord.entry_id == entry.id).order_by(LineWord.id)
    return db.session.scalars(written.options(joinedload(LineWord.author).options(lazyload(Account.roles)))).all()


def side_of(entry: TimeEntry, account: Account) -> Side:
    """Return on which side of a line *account* stands."""
    return Side.WORKER if entry.engagement.profile.account_id == account.id else Side.MANAGER


def standing_of(entry: TimeEntry, dispute: Dispute | None) -> Standing:
    """Return how a line stands."""
    if dispute is None:
        return Standing(entry.state, None, entry.decided_at)
    return Standing(
        entry.state, dispute.state, dispute.decided_at, frozenset({dispute.rejected_by, dispute.decided_by})
    )


def disputes_of(account: Account) -> sa.Select[Any]:
    """Return the disputes over lines of *account*, of projects that they manage, and to finance every appeal."""
    seen = [AnnotatorProfile.account_id == account.id, managed_by(account)]
    if RoleName.FINANCE in account.role_names:
        seen.append(Dispute.appealed_at.is_not(None))
    shown = contains_eager(Dispute.entry).contains_eager(TimeEntry.engagement)
    return (
        sa.select(Dispute)
        .join(Dispute.entry)
        .join(TimeEntry.engagement)
        .join(Engagement.project)
        .join(Engagement.profile)
        .where(sa.or_(*seen))
        .options(shown.contains_eager(Engagement.project), shown.contains_eager(Engagement.profile))
        .options(contains_eager(Dispute.entry).joinedload(TimeEntry.timesheet))
    )


def _lines() -> sa.Select[Any]:
    shown = contains_eager(TimeEntry.engagement)
    return (
        sa.select(TimeEntry)
        .join(TimeEntry.engagement)
        .join(Engagement.project)
        .join(Engagement.profile)
        .options(
            shown.contains_eager(Engagement.project).joinedload(Project.organisation),
            shown.contains_eager(Engagement.profile).joinedload(AnnotatorProfile.account),
            joinedload(TimeEntry.timesheet),
        )
    )
