"""The reads of hours: whose week, which lines, what runs right now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from marketplace.accounts.models import Account
from marketplace.db import db
from marketplace.errors import Missing
from marketplace.profiles.models import AnnotatorProfile
from marketplace.projects.models import Project, ProjectCommitment
from marketplace.projects.queries import managed_by
from marketplace.timesheets.models import TimeEntry, Timer, Timesheet
from marketplace.timesheets.rules import CORRECTABLE, EntryState, TimesheetState, minutes_that_fit
from marketplace.work.models import Engagement
from marketplace.work.queries import current_rate, engagements_of
from marketplace.work.rules import SEATED


@dataclass(frozen=True, slots=True)
class EngagementWeek:
    """One engagement in one week: its timesheet (None while nothing was logged) and that sheet's lines."""

    engagement: Engagement
    sheet: Timesheet | None

    @property
    def entries(self) -> Sequence[TimeEntry]:
        """The lines, the earliest first."""
        return self.sheet.entries if self.sheet else ()

    @property
    def minutes(self) -> int:
        """What counts towards the weekly limit: everything that was not rejected."""
        return sum(entry.minutes for entry in self.entries if entry.state is not EntryState.REJECTED)

    @property
    def is_open(self) -> bool:
        """Whether lines may still be added (a week with rejected lines may be corrected)."""
        return self.sheet is None or self.sheet.state is TimesheetState.DRAFT or self.sheet.state in CORRECTABLE

    @property
    def can_submit(self) -> bool:
        """Whether there is something to hand in."""
        return any(entry.state is EntryState.RECORDED for entry in self.entries)

    @property
    def can_withdraw(self) -> bool:
        """Whether the week was handed in and nobody has decided a line of it since."""
        return self.sheet is not None and self.sheet.state is TimesheetState.SUBMITTED and not review_began(self.sheet)


def zone_of(worker: AnnotatorProfile) -> str:
    """Return the time zone that the weeks of *worker* are cut in."""
    return worker.time_zone or "UTC"


def week_of(account: Account, monday: date) -> list[EngagementWeek]:
    """Return the week of every engagement that is under way or has a timesheet for it, by project."""
    found = sa.select(Timesheet).join(Timesheet.engagement).join(Engagement.profile)
    found = found.where(AnnotatorProfile.account_id == account.id, Timesheet.week_starts_on == monday)
    loaded = selectinload(Timesheet.entries), joinedload(Timesheet.reviewer).lazyload(Account.roles)
    sheets = {sheet.engagement_id: sheet for sheet in db.session.scalars(found.options(*loaded))}
    shown = sa.or_(Engagement.state.in_(SEATED), Engagement.id.in_(list(sheets)))
    engagements = db.session.scalars(engagements_of(account).where(shown))
    return sorted(
        (EngagementWeek(engagement, sheets.get(engagement.id)) for engagement in engagements),
        key=lambda week: (week.engagement.project.title, week.engagement.id),
    )


def room_in_budgets(weeks: Sequence[EngagementWeek]) -> dict[int, int]:
    """Return how many minutes more each budget has room for at the worker's rate, by engagement; without one: none."""
    ids = [week.engagement.project_id for week in weeks if week.engagement.project.budget_minor is not None]
    sums = sa.select(ProjectCommitment).where(ProjectCommitment.project_id.in_(ids))
    committed = {one.project_id: one.committed_minor for one in db.session.scalars(sums)} if ids else {}
    return {
        week.engagement.id: minutes_that_fit(
            (week.engagement.project.budget_minor or 0) - committed[week.engagement.project_id],
            current_rate(week.engagement).rate_minor,
        )
        for week in weeks
        if week.engagement.project_id in committed
    }


def review_began(sheet: Timesheet) -> bool:
    """Return whether somebody has decided a line of *sheet* since it was handed in."""
    since = sheet.submitted_at
    return since is not None and any(entry.decided_at and entry.decided_at >= since for entry in sheet.entries)


def find_timer(worker: AnnotatorProfile) -> Timer | None:
    """Return the timer that *worker* has running, if any."""
    shown = joinedload(Timer.engagement).joinedload(Engagement.project)
    return db.session.scalar(sa.select(Timer).where(Timer.profile_id == worker.id).options(shown))


def own_entries(
    account: Account, *, week: date | None = None, engagement_id: int | None = None
) -> sa.Select[TimeEntry]:
    """Return the lines of *account*, of one week or one engagement if asked."""
    statement = sa.select(TimeEntry).join(TimeEntry.timesheet).options(contains_eager(TimeEntry.timesheet))
    statement = statement.join(AnnotatorProfile, AnnotatorProfile.id == TimeEntry.profile_id)
    statement = statement.where(AnnotatorProfile.account_id == account.id)
    if week is not None:
        statement = statement.where(Timesheet.week_starts_on == week)
    if engagement_id is not None:
        statement = statement.where(TimeEntry.engagement_id == engagement_id)
    return statement


def get_own_entry(entry_id: int, account: Account) -> TimeEntry:
    """Return one line of *account*; raises Missing."""
    shown = joinedload(TimeEntry.engagement).joinedload(Engagement.project)
    entry = db.session.scalar(own_entries(account).where(TimeEntry.id == entry_id).options(shown))
    if entry is None:
        raise Missing
    return entry


def visible_timesheets(account: Account, project_id: int | None = None) -> sa.Select[Timesheet]:
    """Return the weeks that *account* logged, and those handed in to projects that they manage, with their lines."""
    own = AnnotatorProfile.account_id == account.id
    handed_in = managed_by(account) & (Timesheet.state != TimesheetState.DRAFT)
    statement = sa.select(Timesheet).join(Timesheet.engagement).join(Engagement.profile).join(Engagement.project)
    statement = statement.where(own | handed_in).options(
        contains_eager(Timesheet.engagement).options(
            contains_eager(Engagement.project), contains_eager(Engagement.profile).joinedload(AnnotatorProfile.account)
        ),
        selectinload(Timesheet.entries),
    )
    return statement if project_id is None else statement.where(Project.id == project_id)


def overlapping(worker_id: int, starts_at: datetime, ends_at: datetime, *, but: int | None) -> TimeEntry | None:
    """Return a line of that person that shares time with the span, leaving aside the line *but*."""
    shown = joinedload(TimeEntry.engagement).joinedload(Engagement.project)
    statement = sa.select(TimeEntry).options(shown)
    return db.session.scalar(
        statement.where(
            TimeEntry.profile_id == worker_id,
            TimeEntry.state != EntryState.REJECTED,
            TimeEntry.starts_at < ends_at,
            TimeEntry.ends_at > starts_at,
            TimeEntry.id != (but or 0),
        ).limit(1)
    )


def minutes_logged(sheet: Timesheet, *, but: int | None) -> int:
    """Return the minutes of *sheet* that count towards the weekly limit, leaving aside the line *but*."""
    counted = sa.select(sa.func.coalesce(sa.func.sum(TimeEntry.minutes), 0)).where(
        TimeEntry.timesheet_id == sheet.id, TimeEntry.state != EntryState.REJECTED, TimeEntry.id != (but or 0)
    )
    return int(db.session.scalars(counted).one())
