"""Weeks that are not decided in time: managers are reminded, then another is named; nothing is approved by itself."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from marketplace import audit, clock
from marketplace.accounts.models import Account, Membership, Role
from marketplace.accounts.rules import RoleName
from marketplace.db import db
from marketplace.formats import day_text, moment_text
from marketplace.notices import Kind, notify
from marketplace.organisations.telling import tell_managers
from marketplace.projects.models import Project
from marketplace.timesheets.models import TimeEntry, Timesheet
from marketplace.timesheets.rules import EntryState, TimesheetState, remind_at, week_bounds
from marketplace.work.models import Engagement

AT_ONCE = 500


def remind_managers() -> None:
    """Tell the managers of weeks whose deadline comes near, once for each time that a week was handed in."""
    now, since_column = clock.now(), Timesheet.submitted_at
    # As rules.remind_at() says it, which looks once more below: in the last two days, and more than half-way.
    half_way = sa.literal(now) - since_column >= Timesheet.review_due_at - sa.literal(now)
    seconds = sa.cast(sa.func.floor(sa.extract("epoch", since_column)), sa.BigInteger)
    for sheet in _waiting(
        Timesheet.escalated_at.is_(None),
        Timesheet.review_due_at > now,
        Timesheet.review_due_at <= now + timedelta(days=2),
        half_way,
        ~_is_told(sa.literal("timesheet.due"), sa.func.concat("timesheet:", Timesheet.id, ":", seconds)),
    ):
        due, since = _due(sheet), sheet.submitted_at
        if since is None or now < remind_at(since, due):
            continue
        project = sheet.engagement.project
        who = sheet.engagement.profile.pseudonym
        title = f"Hours of {who} on “{project.title}” have to be decided by {moment_text(due)}"
        why = "After that they are passed on to another manager. They are never approved by themselves."
        thing = f"timesheet:{sheet.id}:{int(since.timestamp())}"
        url = f"/projects/{project.id}/time"
        tell_managers(project.organisation_id, Kind.TIMESHEETS, "timesheet.due", thing, title, url, why=why)


def escalate() -> None:
    """Pass each week that is past its deadline on to another manager, or an admin where there is none, once."""
    late = _waiting(Timesheet.escalated_at.is_(None), Timesheet.review_due_at <= clock.now())
    for sheet in late:
        reviewer = _find_reviewer(sheet)
        if reviewer is None:
            continue
        sheet.escalated_at, sheet.escalated_to = clock.now(), reviewer.id
        audit.record("timesheet.escalated", "timesheet", sheet.id, actor_id=None, reviewer=reviewer.id)
        _tell_of_passing_on(sheet, reviewer)
    db.session.flush()


def remind_workers() -> None:
    """Tell people of hours of a past week that they have not handed in, once for each week."""
    not_handed_in = TimeEntry.state == EntryState.RECORDED
    statement = sa.select(Timesheet).where(
        Timesheet.entries.any(not_handed_in),
        Timesheet.week_starts_on <= clock.now().date() - timedelta(days=7),
        ~_is_told(sa.literal("timesheet.unsubmitted"), sa.func.concat("timesheet:", Timesheet.id)),
    )
    for sheet in db.session.scalars(statement.order_by(Timesheet.id).limit(AT_ONCE)):
        if clock.now() < week_bounds(sheet.week_starts_on, sheet.time_zone)[1] + timedelta(days=1):
            continue
        week, project = day_text(sheet.week_starts_on), sheet.engagement.project
        notify(
            sheet.engagement.profile.account,
            Kind.HOURS,
            "timesheet.unsubmitted",
            f"timesheet:{sheet.id}",
            f"Your hours on “{project.title}” in the week of {week} are not handed in",
            f"/time?week={sheet.week_starts_on}",
            why="Hand the week in to have it decided and paid, or delete what you do not want paid.",
        )


def _waiting(*conditions: sa.ColumnElement[bool]) -> list[Timesheet]:
    """Return weeks with lines to decide, those due first first, locked; what somebody holds waits for the next time."""
    statement = sa.select(Timesheet).where(
        Timesheet.state == TimesheetState.SUBMITTED,
        Timesheet.entries.any(TimeEntry.state == EntryState.SUBMITTED),
        *conditions,
    )
    locked = (
        statement.order_by(Timesheet.review_due_at, Timesheet.id)
        .limit(AT_ONCE)
        .with_for_update(of=Timesheet, skip_locked=True)
    )
    return list(db.session.scalars(locked, execution_options={"populate_existing": True}))


def _due(sheet: Timesheet) -> datetime:
    return sheet.review_due_at or clock.now()


def _is_told(news: sa.ColumnElement[str], thing: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    told = sa.table("notification", sa.column("news"), sa.column("thing"))
    return sa.exists().where(told.c.news == news, told.c.thing == thing)


def _find_reviewer(sheet: Timesheet) -> Account | None:
    """Return a manager of the organisation other than the one who made the project, owners first; else an admin."""
    project: Project = sheet.engagement.project
    worker = sheet.engagement.profile.account_id
    people = sa.select(Account).where(Account.active, Account.service_of.is_(None), Account.id != worker)
    members = people.join(Membership, Membership.account_id == Account.id).where(
        Membership.organisation_id == project.organisation_id, Account.id != project.created_by
    )
    found = db.session.scalar(members.order_by(Membership.is_owner.desc(), Account.id).limit(1))
    if found is not None:
        return found
    admins = people.where(Account.roles.any(Role.name == RoleName.ADMIN))
    return db.session.scalar(admins.order_by(Account.id).limit(1))


def _tell_of_passing_on(sheet: Timesheet, reviewer: Account) -> None:
    engagement: Engagement = sheet.engagement
    project = engagement.project
    thing = f"timesheet:{sheet.id}:{sheet.submitted_at.isoformat() if sheet.submitted_at else ''}"
    manages = RoleName.MANAGER in reviewer.role_names
    notify(
        reviewer,
        Kind.TIMESHEETS,
        "timesheet.escalated",
        thing,
        f"Hours of {engagement.profile.pseudonym} on “{project.title}” are past their deadline: please decide",
        f"/projects/{project.id}/time" if manages else f"/organisations/{project.organisation_id}",
        why=f"They were to be decided by {moment_text(_due(sheet))}."
        + ("" if manages else " No other manager of the organisation is there: please see to it that one decides."),
    )
    notify(
        engagement.profile.account,
        Kind.HOURS,
        "timesheet.escalated",
        thing,
        f"Your hours on “{project.title}” were not decided in time and are passed on to another manager",
        f"/time?week={sheet.week_starts_on}",
        why=f"Week of {day_text(sheet.week_starts_on)}. {reviewer.name or 'Another manager'} is asked to decide.",
    )
