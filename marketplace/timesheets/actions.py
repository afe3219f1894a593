"""Writes on hours: the timer, lines by hand, and handing in a week. Deciding on lines moves money: see payouts."""

from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from marketplace import audit, clock
from marketplace.db import db
from marketplace.errors import Missing, Refused
from marketplace.events import happened
from marketplace.formats import hours_text, moment_text
from marketplace.money import earning_minor
from marketplace.notices import Kind
from marketplace.organisations.telling import tell_managers
from marketplace.profiles.models import AnnotatorProfile
from marketplace.projects import queries as project_queries
from marketplace.projects.models import Project
from marketplace.projects.rules import ProjectState
from marketplace.timesheets import budgets, queries, rules
from marketplace.timesheets.models import TimeEntry, Timer, Timesheet
from marketplace.timesheets.rules import CORRECTABLE, EntrySource, EntryState, TimesheetState
from marketplace.words import say
from marketplace.work.models import Engagement
from marketplace.work.queries import current_rate, rate_at
from marketplace.work.rules import EngagementState

SHORTEST_TIMER = timedelta(minutes=1)
LONGEST_TIMER = timedelta(minutes=rules.MAX_ENTRY_MINUTES)


def log_time(
    worker: AnnotatorProfile, engagement_id: int, starts_at: datetime, ends_at: datetime, note: str = ""
) -> list[TimeEntry]:
    """Add hours by hand, cut where a week ends or the rate changes; raises Refused, Missing."""
    _lock_person(worker)
    _refuse_beside_timer(worker, ends_at)
    return _write(worker, engagement_id, starts_at, ends_at, note, EntrySource.MANUAL)


def change_entry(
    worker: AnnotatorProfile, entry_id: int, starts_at: datetime, ends_at: datetime, note: str
) -> list[TimeEntry]:
    """Rewrite a line that was not handed in yet; raises Refused, Missing."""
    _lock_person(worker)
    entry = _recorded(worker, entry_id)
    old_sheet = entry.timesheet
    same_time = (rules.whole_minute(starts_at), rules.whole_minute(ends_at)) == (entry.starts_at, entry.ends_at)
    if not same_time:
        _refuse_beside_timer(worker, ends_at)
    audit.record("time.changed", "time_entry", entry.id, actor_id=worker.account_id, **_as_it_was(entry))
    source = entry.source if same_time else EntrySource.MANUAL
    written = _write(worker, entry.engagement_id, starts_at, ends_at, note, source, replacing=entry)
    _close_again(old_sheet)
    return written


def delete_entry(worker: AnnotatorProfile, entry_id: int) -> None:
    """Take back a line that was not handed in yet; raises Refused, Missing."""
    _lock_person(worker)
    entry = _recorded(worker, entry_id)
    sheet = entry.timesheet
    audit.record("time.deleted", "time_entry", entry.id, actor_id=worker.account_id, **_as_it_was(entry))
    db.session.delete(entry)
    _close_again(sheet)


def start_timer(worker: AnnotatorProfile, engagement_id: int, note: str = "") -> Timer:
    """Start the one timer that a person may have running; raises Refused, Missing."""
    _lock_person(worker)
    if queries.find_timer(worker):
        raise Refused(say("Your timer is running already; stop it first."))
    engagement = _open_engagement(worker, engagement_id)
    sheet = _open_sheet(engagement, rules.monday_of(clock.now(), queries.zone_of(worker)), worker)
    if queries.minutes_logged(sheet, but=None) >= engagement.weekly_limit_minutes:
        raise Refused(
            say(
                "Your %(weekly_limit_minutes)s hours on this project are used up this week.",
                weekly_limit_minutes=hours_text(engagement.weekly_limit_minutes),
            )
        )
    _refuse_timer_over_budget(engagement)
    timer = Timer(profile_id=worker.id, engagement=engagement, note=note)
    db.session.add(timer)
    db.session.flush()
    return timer


def stop_timer(worker: AnnotatorProfile, ended_at: datetime | None = None) -> list[TimeEntry]:
    """Stop the timer, now or as of *ended_at*, and log its time; a timer under a minute leaves no line.

    Raises Refused for one that ran over 16 hours without *ended_at*: when work ended is asked, never guessed.
    """
    _lock_person(worker)
    timer = _running(worker)
    ran = clock.now() - timer.started_at
    if ended_at is None and ran > LONGEST_TIMER:
        raise Refused(
            say("Your timer has been running for more than 16 hours. Say when you stopped working."), field="end"
        )
    db.session.delete(timer)
    db.session.flush()
    if ended_at is None and ran < SHORTEST_TIMER:
        return []
    source = EntrySource.TIMER if ended_at is None else EntrySource.MANUAL
    end = ended_at or clock.now()
    return _write(worker, timer.engagement_id, timer.started_at, end, timer.note, source)


def drop_timer(worker: AnnotatorProfile) -> None:
    """Stop the timer without logging anything; raises Refused when none is running."""
    _lock_person(worker)
    timer = _running(worker)
    facts = {"engagement_id": timer.engagement_id, "started_at": timer.started_at.isoformat()}
    audit.record("timer.dropped", "timer", timer.id, actor_id=worker.account_id, **facts)
    db.session.delete(timer)


def submit_week(worker: AnnotatorProfile, engagement_id: int, monday: date) -> Timesheet:
    """Hand in the lines of a week for approval; raises Refused, Missing."""
    sheet = _own_sheet(worker, engagement_id, monday)
    timer = queries.find_timer(worker)
    if timer and timer.engagement_id == engagement_id and monday == rules.monday_of(timer.started_at, sheet.time_zone):
        raise Refused(say("Your timer is running on this project; stop it before you hand in the week."))
    lines = [entry for entry in sheet.entries if entry.state is EntryState.RECORDED]
    if not lines:
        raise Refused(say("There are no new hours in this week. If you did not work, say “No hours this week”."))
    for entry in lines:
        entry.state = EntryState.SUBMITTED
    return _handed_in(sheet, worker)


def declare_no_hours(worker: AnnotatorProfile, engagement_id: int, monday: date) -> Timesheet:
    """State that there are no hours in a week; raises Refused, Missing."""
    sheet = _own_sheet(worker, engagement_id, monday)
    if sheet.entries:
        raise Refused(say("There are hours in this week; hand them in instead."))
    sheet.no_hours = True
    return _handed_in(sheet, worker)


def withdraw_week(worker: AnnotatorProfile, engagement_id: int, monday: date) -> Timesheet:
    """Take back a week before anybody has decided a line of it; raises Refused, Missing."""
    sheet = _own_sheet(worker, engagement_id, monday, TimesheetState.SUBMITTED)
    if queries.review_began(sheet):
        raise Refused(say("Review of this week has begun; it cannot be taken back."))
    for entry in sheet.entries:
        if entry.state is EntryState.SUBMITTED:
            entry.state = EntryState.RECORDED
    sheet.state, sheet.no_hours, sheet.submitted_at = TimesheetState.DRAFT, False, None
    sheet.review_due_at = sheet.escalated_at = sheet.escalated_to = None
    audit.record("timesheet.withdrawn", "timesheet", sheet.id, actor_id=worker.account_id)
    db.session.flush()
    _close_again(sheet)
    return sheet


def _lock_person(worker: AnnotatorProfile) -> None:
    """Let one request at a time write the hours of a person, so that what is checked stays true until the commit."""
    own = sa.select(AnnotatorProfile.id).where(AnnotatorProfile.id == worker.id)
    db.session.execute(own.with_for_update(key_share=True))


def _refuse_beside_timer(worker: AnnotatorProfile, ends_at: datetime) -> None:
    timer = queries.find_timer(worker)
    if timer and ends_at > rules.whole_minute(timer.started_at):
        raise Refused(say("Your timer has been running during that time; stop it first."))


def _write(
    worker: AnnotatorProfile,
    engagement_id: int,
    starts_at: datetime,
    ends_at: datetime,
    note: str,
    source: EntrySource,
    *,
    replacing: TimeEntry | None = None,
) -> list[TimeEntry]:
    starts_at, ends_at = rules.whole_minute(starts_at), rules.whole_minute(ends_at)
    if reason := rules.refuse_span(starts_at, ends_at, clock.now()):
        raise Refused(reason)
    _refuse_overlap(worker, starts_at, ends_at, replacing)
    engagement = _open_engagement(worker, engagement_id)
    if starts_at < rules.whole_minute(engagement.started_at):
        raise Refused(
            say(
                "You joined this project on %(started_at)s; earlier hours do not count.",
                started_at=_shown(engagement.started_at, worker),
            )
        )
    parts = rules.split_by_week(starts_at, ends_at, queries.zone_of(worker))
    # Weeks before the budget, as in deciding on lines: nobody waits in a circle.
    sheets = [_open_sheet(engagement, monday, worker) for monday, _, _ in parts]
    before = _refuse_over_budget(engagement, starts_at, ends_at, replacing)
    written = []
    for sheet, (_, from_, until) in zip(sheets, parts, strict=True):
        for start, end in rules.split_at(from_, until, [rate.valid_from for rate in engagement.rates]):
            entry = replacing or TimeEntry(profile_id=worker.id, engagement=engagement)
            _refuse_over_limit(engagement, sheet, rules.minutes_between(start, end), entry.id)
            rate = rate_at(engagement, max(start, engagement.started_at))
            entry.timesheet, entry.starts_at, entry.ends_at = sheet, start, end
            entry.minutes, entry.note, entry.source = rules.minutes_between(start, end), note, source
            entry.rate_minor, entry.currency, entry.made_at = rate.rate_minor, rate.currency, clock.now()
            db.session.add(entry)
            db.session.flush()
            written.append(entry)
            replacing = None
    budgets.tell_levels(engagement.project, before)
    return written


def _refuse_over_budget(
    engagement: Engagement, starts_at: datetime, ends_at: datetime, replacing: TimeEntry | None
) -> int:
    """Return what the project has committed, its sum locked; raises Refused where these hours are beyond the budget."""
    project = engagement.project
    committed = project_queries.committed(project.id, lock=True)
    if project.budget_minor is None:
        return committed
    spans = rules.split_at(starts_at, ends_at, [rate.valid_from for rate in engagement.rates])
    wanted = sum(
        earning_minor(
            rate_at(engagement, max(start, engagement.started_at)).rate_minor, rules.minutes_between(start, end)
        )
        for start, end in spans
    )
    old = earning_minor(replacing.rate_minor, replacing.minutes) if replacing else 0
    free = project.budget_minor - committed + old
    if wanted > max(free, old):
        rate = rate_at(engagement, max(starts_at, engagement.started_at))
        budgets.refuse(project, rules.minutes_that_fit(free, rate.rate_minor))
    return committed


def _refuse_timer_over_budget(engagement: Engagement) -> None:
    project, rate = engagement.project, current_rate(engagement)
    if project.budget_minor is None:
        return
    fits = rules.minutes_that_fit(project.budget_minor - project_queries.committed(project.id), rate.rate_minor)
    if fits < rules.LEAST_FOR_TIMER:
        budgets.refuse(project, fits)


def _refuse_overlap(
    worker: AnnotatorProfile, starts_at: datetime, ends_at: datetime, replacing: TimeEntry | None
) -> None:
    other = queries.overlapping(worker.id, starts_at, ends_at, but=replacing.id if replacing else None)
    if other is not None:
        span = f"{_shown(other.starts_at, worker)} to {_shown(other.ends_at, worker)}"
        raise Refused(
            say(
                "This overlaps with your hours from %(span)s on “%(title)s”.",
                span=span,
                title=other.engagement.project.title,
            )
        )


def _refuse_over_limit(engagement: Engagement, sheet: Timesheet, minutes: int, entry_id: int | None) -> None:
    total = queries.minutes_logged(sheet, but=entry_id) + minutes
    if total > engagement.weekly_limit_minutes:
        limit = hours_text(engagement.weekly_limit_minutes)
        week = f"the week of {sheet.week_starts_on:%d %b %Y}"
        raise Refused(
            say(
                "With this, %(week)s would hold %(total)s hours; your limit on this project is %(limit)s.",
                week=week,
                total=hours_text(total),
                limit=limit,
            )
        )


def _open_engagement(worker: AnnotatorProfile, engagement_id: int) -> Engagement:
    """Return the engagement, locked, while hours may be logged on it."""
    project_id = db.session.scalar(
        sa.select(Engagement.project_id).where(Engagement.id == engagement_id, Engagement.profile_id == worker.id)
    )
    if project_id is None:
        raise Missing
    fresh = {"populate_existing": True}
    project = db.session.get_one(Project, project_id, with_for_update={"read": True}, execution_options=fresh)
    engagement = db.session.get_one(
        Engagement, engagement_id, with_for_update={"key_share": True}, execution_options=fresh
    )
    if project.state is not ProjectState.ACTIVE:
        raise Refused(
            say(
                "Hours can only be logged while the project is active; “%(title)s” is %(state)s.",
                title=project.title,
                state=project.state,
            )
        )
    if engagement.state is not EngagementState.ACTIVE:
        raise Refused(
            say("Hours can only be logged while your engagement is active; it is %(state)s.", state=engagement.state)
        )
    return engagement


def _open_sheet(engagement: Engagement, monday: date, worker: AnnotatorProfile) -> Timesheet:
    """Return the timesheet of that week, locked and open for lines."""
    sheet = _locked_sheet(engagement.id, monday, worker)
    if sheet.state in CORRECTABLE:
        sheet.state = TimesheetState.DRAFT
        db.session.flush()
    if sheet.state is not TimesheetState.DRAFT:
        raise Refused(
            say(
                "The week of %(monday)s is handed in on this project: no line can be added or changed.",
                monday=f"{monday:%d %b %Y}",
            )
        )
    return sheet


def _locked_sheet(engagement_id: int, monday: date, worker: AnnotatorProfile) -> Timesheet:
    key = {"engagement_id": engagement_id, "week_starts_on": monday}
    values = key | {"time_zone": queries.zone_of(worker), "state": TimesheetState.DRAFT, "no_hours": False}
    db.session.execute(insert(Timesheet).values(values).on_conflict_do_nothing())
    statement = sa.select(Timesheet).filter_by(**key).with_for_update()
    return db.session.scalars(statement, execution_options={"populate_existing": True}).one()


def _own_sheet(
    worker: AnnotatorProfile, engagement_id: int, monday: date, wanted: TimesheetState = TimesheetState.DRAFT
) -> Timesheet:
    """Return a week of *worker* that has begun, locked; raises Refused when it is not as *wanted*."""
    _lock_person(worker)
    engagement = db.session.get(Engagement, engagement_id)
    if engagement is None or engagement.profile_id != worker.id:
        raise Missing
    zone = queries.zone_of(worker)
    if not rules.monday_of(engagement.started_at, zone) <= monday <= rules.monday_of(clock.now(), zone):
        raise Refused(say("That week lies in the future, or before you joined this project."))
    sheet = _locked_sheet(engagement_id, monday, worker)
    if sheet.state is not wanted:
        raise Refused(say("This week is %(replace)s.", replace=sheet.state.replace("_", " ")))
    return sheet


def _handed_in(sheet: Timesheet, worker: AnnotatorProfile) -> Timesheet:
    # Read before anything is written: a question would send the new moment with the deadline of before.
    days = timedelta(days=sheet.engagement.project.organisation.review_days)
    entries = list(sheet.entries)
    sheet.state, sheet.submitted_at = TimesheetState.SUBMITTED, clock.now()
    sheet.review_due_at = None if sheet.no_hours else sheet.submitted_at + days
    sheet.escalated_at = sheet.escalated_to = None
    minutes = sum(entry.minutes for entry in entries if entry.state is EntryState.SUBMITTED)
    audit.record("timesheet.submitted", "timesheet", sheet.id, actor_id=worker.account_id, minutes=minutes)
    happened(
        "timesheet.submitted",
        sheet.engagement.project.organisation_id,
        timesheet_id=sheet.id,
        engagement_id=sheet.engagement_id,
        project_id=sheet.engagement.project_id,
        week=sheet.week_starts_on.isoformat(),
        minutes=minutes,
    )
    _tell_managers(sheet, worker, minutes)
    return sheet


def _tell_managers(sheet: Timesheet, worker: AnnotatorProfile, minutes: int) -> None:
    project = sheet.engagement.project
    hours = f"{hours_text(minutes)} hours" if minutes else "no hours"
    tell_managers(
        project.organisation_id,
        Kind.TIMESHEETS,
        "timesheet.submitted",
        f"timesheet:{sheet.id}:{clock.now().isoformat()}",
        f"{worker.pseudonym} handed in {hours} on “{project.title}”",
        "/time/approve" if minutes else f"/projects/{project.id}/time",
        why=f"The week of {sheet.week_starts_on:%-d %b %Y}.",
        but=worker.account_id,
    )


def _recorded(worker: AnnotatorProfile, entry_id: int) -> TimeEntry:
    """Return a line that may still be changed, its week held first, as everything else holds weeks before lines."""
    week = sa.select(TimeEntry.timesheet_id).where(TimeEntry.id == entry_id).scalar_subquery()
    db.session.execute(sa.select(Timesheet.id).where(Timesheet.id == week).with_for_update())
    entry = db.session.get(TimeEntry, entry_id, with_for_update=True, populate_existing=True)
    if entry is None or entry.profile_id != worker.id:
        raise Missing
    if entry.state is not EntryState.RECORDED:
        raise Refused(
            say("This line is %(state)s; only lines that are not handed in can be changed.", state=entry.state)
        )
    return entry


def _running(worker: AnnotatorProfile) -> Timer:
    timer = queries.find_timer(worker)
    if timer is None:
        raise Refused(say("No timer is running."))
    return timer


def _close_again(sheet: Timesheet) -> None:
    """Give a week that was reopened for a correction its decided state back when no new line is left in it."""
    db.session.flush()
    db.session.refresh(sheet)
    if sheet.state is TimesheetState.DRAFT and sheet.entries:
        state = rules.decided_state(entry.state for entry in sheet.entries)
        if state is TimesheetState.APPROVED:
            # A line that was not approved, for which the week was opened, has been approved after a dispute since.
            sheet.state = TimesheetState.PARTLY_APPROVED
            db.session.flush()
        sheet.state = sheet.state if state is TimesheetState.SUBMITTED else state


def _as_it_was(entry: TimeEntry) -> dict[str, str]:
    return {"starts_at": entry.starts_at.isoformat(), "ends_at": entry.ends_at.isoformat(), "note": entry.note}


def _shown(moment: datetime, worker: AnnotatorProfile) -> str:
    return moment_text(moment, queries.zone_of(worker))
