"""The reads of budgets: what is approved, waits and is free, week by week."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from marketplace import clock
from marketplace.accounts.models import Account
from marketplace.audit import AuditEvent
from marketplace.budgets.rules import WEEK, Pace, pace_of
from marketplace.db import db
from marketplace.projects.models import Project
from marketplace.timesheets.models import TimeEntry, Timesheet
from marketplace.timesheets.rules import EntryState
from marketplace.work.models import Engagement


@dataclass(frozen=True, slots=True)
class WeekSpent:
    """What the hours of one week cost, in minor units, and what of the budget is left after it (None without one)."""

    week: date
    approved: int
    waiting: int
    left: int | None


@dataclass(frozen=True, slots=True)
class Burndown:
    """A budget in minor units; *waiting*: handed in, *recorded*: not handed in yet; *free* is None without a budget."""

    budget: int | None
    approved: int
    waiting: int
    recorded: int
    weeks: Sequence[WeekSpent]
    pace: Pace

    @property
    def committed(self) -> int:
        """What is approved, waits or is recorded."""
        return self.approved + self.waiting + self.recorded

    @property
    def free(self) -> int | None:
        """What may still be worked for."""
        return None if self.budget is None else self.budget - self.committed


@dataclass(frozen=True, slots=True)
class BudgetChange:
    """A change of a budget, as the audit trail holds it."""

    event: AuditEvent
    name: str


def burndown_of(project: Project) -> Burndown:
    """Return how far the budget of *project* is used, by the week of the work."""
    # As the database rounds a line, decided or not.
    cost = (TimeEntry.rate_minor * TimeEntry.minutes * 2 + 60) // 120
    found = db.session.execute(
        sa.select(Timesheet.week_starts_on, TimeEntry.state, sa.cast(sa.func.sum(cost), sa.BigInteger))
        .join(TimeEntry.timesheet)
        .join(TimeEntry.engagement)
        .where(Engagement.project_id == project.id, TimeEntry.state.notin_([EntryState.REJECTED, EntryState.DISPUTED]))
        .group_by(Timesheet.week_starts_on, TimeEntry.state)
    )
    rows = [(week, state, int(minor)) for week, state, minor in found]
    approved, waiting, recorded = (
        sum(minor for _, state, minor in rows if state is wanted)
        for wanted in (EntryState.APPROVED, EntryState.SUBMITTED, EntryState.RECORDED)
    )
    weeks = _by_week(rows, project.budget_minor)
    free = None if project.budget_minor is None else project.budget_minor - approved - waiting - recorded
    costs = {one.week: one.approved + one.waiting for one in weeks}
    pace = pace_of(free, costs, clock.now().date())
    return Burndown(project.budget_minor, approved, waiting, recorded, weeks, pace)


def _by_week(rows: Sequence[tuple[date, EntryState, int]], budget: int | None) -> list[WeekSpent]:
    """Return every week from the first with hours to the last, those without any between them included."""
    if not rows:
        return []
    week, last, left = min(row[0] for row in rows), max(row[0] for row in rows), budget
    weeks = []
    while week <= last:
        own = [(state, minor) for at, state, minor in rows if at == week]
        approved = sum(minor for state, minor in own if state is EntryState.APPROVED)
        waiting = sum(minor for _, minor in own) - approved
        left = None if left is None else left - approved - waiting
        weeks.append(WeekSpent(week, approved, waiting, left))
        week += WEEK
    return weeks


def budget_changes(project: Project) -> list[BudgetChange]:
    """Return the changes of the budget of *project*, newest first."""
    statement = (
        sa.select(AuditEvent, Account.name)
        .outerjoin(Account, Account.id == AuditEvent.actor_id)
        .where(
            AuditEvent.object_kind == "project",
            AuditEvent.object_id == project.id,
            AuditEvent.action == "project.budget_changed",
        )
        .order_by(AuditEvent.id.desc())
        .limit(50)
    )
    return [BudgetChange(event, name or "") for event, name in db.session.execute(statement)]
