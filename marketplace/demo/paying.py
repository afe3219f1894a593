"""The demo month, second half: hours, decisions, payouts."""

import csv
import io
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from marketplace import clock
from marketplace.accounts.models import Account
from marketplace.accounts.queries import organisations_of
from marketplace.bankfiles import actions as bankfiles
from marketplace.bankfiles.queries import get_file
from marketplace.bankfiles.reading import COLUMNS
from marketplace.bankfiles.rules import Finding
from marketplace.db import db
from marketplace.demo.inviting import find_project, manager_of, move
from marketplace.demo.projects import SCRIPTS
from marketplace.demo.stage import act
from marketplace.demo.story import Calendar, Tick, staff
from marketplace.money import plain
from marketplace.payees import actions as payees
from marketplace.payees import queries
from marketplace.payees.models import PayoutMethod
from marketplace.payees.rules import Schedule, ScheduleKind, Terms
from marketplace.payouts import actions as payouts
from marketplace.payouts.actions import Rejection
from marketplace.payouts.models import Payout, PayoutRun
from marketplace.payouts.rules import PayoutState, RunState, end_to_end_id
from marketplace.projects.models import Project
from marketplace.projects.rules import ProjectState
from marketplace.timesheets import actions as timesheets
from marketplace.timesheets.models import TimeEntry, Timesheet
from marketplace.timesheets.rules import EntryState, RejectReason, TimesheetState
from marketplace.work.models import Engagement

WEEKS = 4
# Examples that banks and the registry of IBANs print; nobody has such an account.
IBANS = (
    "DE89 3704 0044 0532 0130 00",
    "GB82 WEST 1234 5698 7654 32",
    "FR14 2004 1010 0505 0001 3M02 606",
    "NL91 ABNA 0417 1643 00",
    "ES91 2100 0418 4502 0005 1332",
    "IT60 X054 2811 1010 0000 0123 456",
    "BE68 5390 0754 7034",
    "AT61 1904 3002 3457 3201",
)
CHANGED_TO = "CH93 0076 2011 6238 5295 7"
PAID_BY_CLIENT = 2
BANK_FEE = 250
TERMS = {
    "manager": Terms(2000, "", Schedule(ScheduleKind.WEEKLY, 3)),
    "manager2": Terms(5000, "", Schedule(ScheduleKind.TWICE_A_MONTH)),
}
SHIFTS = ((0, 9, 0, 150), (1, 13, 30, 120), (3, 10, 15, 165), (4, 15, 0, 90))


def hours_are_logged(calendar: Calendar, tick: Tick) -> None:
    """Let everybody work four weeks, hand in each, and the managers decide; the last weeks wait."""
    engagements = list(db.session.scalars(sa.select(Engagement).order_by(Engagement.id)))
    _say_how_they_are_paid(engagements)
    for weeks_ago in range(WEEKS, -1, -1):
        for engagement in engagements:
            _week(engagement, weeks_ago, calendar)
            tick()
        if weeks_ago > 1:
            _decide(weeks_ago, calendar)
        _stop_projects(weeks_ago, calendar)
        _pay(weeks_ago, calendar)
    _change_how_one_is_paid(engagements, calendar)


def _say_how_they_are_paid(engagements: list[Engagement]) -> None:
    """Give everybody who works an account from the handbooks, one of them pay from the client, and the clients days."""
    people = {one.profile_id: one for one in engagements}
    for number, first in enumerate(people.values()):
        if queries.find_method(first.profile_id) is not None:
            continue
        deed = partial(payees.pay_to_account, first.profile, first.profile.account.name, IBANS[number % len(IBANS)])
        if number == PAID_BY_CLIENT:
            deed = partial(payees.pay_elsewhere, first.profile, "with my salary at the client")
        act(first.started_at + timedelta(minutes=20), deed)
    for name, wish in TERMS.items():
        manager = staff(name)
        (client,) = organisations_of(manager)
        if queries.terms([client.id])[client.id].schedule is None:
            begun = min((one.started_at for one in engagements), default=clock.now())
            act(begun, partial(payees.set_terms, client, replace(wish, currency=client.currency), by=manager))


def _change_how_one_is_paid(engagements: list[Engagement], calendar: Calendar) -> None:
    """Let the last one who came change the account a few hours ago, so that a change that cools off can be seen."""
    if engagements and db.session.scalar(sa.select(PayoutMethod.id).where(PayoutMethod.ended_at.is_not(None))) is None:
        last = engagements[-1].profile
        change = partial(payees.pay_to_account, last, last.account.name, CHANGED_TO)
        act(calendar.now - timedelta(hours=5), change)


def _week(engagement: Engagement, weeks_ago: int, calendar: Calendar) -> None:
    zone = ZoneInfo(engagement.profile.time_zone or "UTC")
    monday = (calendar.monday - timedelta(weeks=weeks_ago)).date()
    known = sa.select(Timesheet).where(Timesheet.engagement_id == engagement.id, Timesheet.week_starts_on == monday)
    if db.session.scalar(known) is not None or engagement.project.state is not ProjectState.ACTIVE:
        return
    notes = (
        "Batch {} of the queue",
        "Second pass over doubtful items",
        "Batch {}, the long ones",
        "Questions and fixes",
    )
    last_end = None
    for number, (weekday, hour, minute, minutes) in enumerate(SHIFTS):
        begin = datetime.combine(monday + timedelta(days=weekday), time(hour, minute), zone)
        end = begin + timedelta(minutes=minutes + 5 * (engagement.id % 4))
        if end > calendar.now or _busy(engagement, begin, end):
            continue
        note = notes[number].format(4 * (WEEKS - weeks_ago) + number + 1)
        act(
            end + timedelta(minutes=3),
            partial(timesheets.log_time, engagement.profile, engagement.id, begin, end, note),
        )
        last_end = end
    if last_end and weeks_ago:
        act(last_end + timedelta(hours=2), partial(timesheets.submit_week, engagement.profile, engagement.id, monday))


def _busy(engagement: Engagement, begin: datetime, end: datetime) -> bool:
    """Return whether the person works on another project then: one pair of hands, one project at a time."""
    overlap = sa.select(TimeEntry.id).where(
        TimeEntry.profile_id == engagement.profile_id, TimeEntry.starts_at < end, TimeEntry.ends_at > begin
    )
    return db.session.scalar(overlap.limit(1)) is not None


def _decide(weeks_ago: int, calendar: Calendar) -> None:
    """Let each manager decide on what is handed in; one line is rejected, with the reason."""
    for name in ("manager", "manager2"):
        manager = staff(name)
        lines = _submitted(manager, calendar.at(weeks_ago - 1, 0, 0).date())
        reject = []
        if lines and weeks_ago == WEEKS and name == "manager":
            words = "The queue was empty at that time; please look whether it belongs to another day."
            reject = [Rejection(lines.pop().id, RejectReason.NO_WORK_FOUND, words)]
        if lines or reject:
            ids = [line.id for line in lines]
            act(
                calendar.at(weeks_ago - 1, 1, 14),
                partial(payouts.decide_lines, ids, reject, by=manager),
            )


def _submitted(manager: Account, before: date) -> list[TimeEntry]:
    from marketplace.accounts.models import Membership

    statement = (
        sa.select(TimeEntry)
        .join(Engagement, Engagement.id == TimeEntry.engagement_id)
        .join(Project, Project.id == Engagement.project_id)
        .join(Membership, Membership.organisation_id == Project.organisation_id)
        .join(Timesheet, Timesheet.id == TimeEntry.timesheet_id)
        .where(Membership.account_id == manager.id, TimeEntry.state == EntryState.SUBMITTED)
        .where(Timesheet.week_starts_on < before, Timesheet.state == TimesheetState.SUBMITTED)
    )
    return list(db.session.scalars(statement.order_by(TimeEntry.id)))


def _stop_projects(weeks_ago: int, calendar: Calendar) -> None:
    for script in SCRIPTS:
        ends = {ProjectState.COMPLETED: 2, ProjectState.PAUSED: 1}.get(script.ends_as)
        project = find_project(script)
        if project and ends == weeks_ago and project.state is ProjectState.ACTIVE:
            move(project, script.ends_as, script.stop_reason, calendar.at(weeks_ago, 6, 20), manager_of(script))


def _pay(weeks_ago: int, calendar: Calendar) -> None:
    """Pay every second week; the newest run waits for its second pair of eyes."""
    run_count = db.session.scalar(sa.select(sa.func.count()).select_from(PayoutRun)) or 0
    wanted = {3: 1, 1: 2}.get(weeks_ago, 0)
    maker, approver = staff("finance"), staff("finance2")
    if wanted > run_count:
        act(calendar.at(weeks_ago - 1, 2, 9), partial(payouts.create_run, "USD", by=maker))
    draft = db.session.scalar(sa.select(PayoutRun).where(PayoutRun.state == RunState.DRAFT))
    if weeks_ago != 3 or draft is None:
        return
    act(calendar.at(2, 2, 11), partial(payouts.approve_run, draft.id, by=approver))
    act(calendar.at(2, 2, 12), partial(bankfiles.write_file, draft.id, by=maker))
    sent = set(get_file(draft.id).payout_ids)
    filed = [payout for payout in draft.payouts if payout.id in sent]
    act(calendar.at(2, 3, 9), partial(_bank_answers, draft.id, filed, maker))
    for payout in draft.payouts:
        if payout.state is PayoutState.IN_TRANSIT:
            paid = partial(payouts.record_outcome, payout.id, PayoutState.PAID, reference=f"DEMO-{payout.id:06d}")
            act(calendar.at(2, 3, 11), partial(paid, by=maker))


def _bank_answers(run_id: int, filed: list[Payout], by: Account) -> None:
    """Let the bank answer: it pays all but one, and of the last it says another amount, which finance explains."""
    content = io.StringIO()
    writer = csv.writer(content)
    writer.writerow(COLUMNS)
    for number, payout in enumerate(filed):
        known, amount = end_to_end_id(run_id, payout.id), payout.amount_minor
        if number == 1:
            reason = "The receiving bank says that the account is closed."
            writer.writerow((known, "failed", plain(amount, payout.currency), payout.currency, "", reason))
        else:
            said = amount - BANK_FEE if number == len(filed) - 1 else amount
            amounts = plain(said, payout.currency), payout.currency
            writer.writerow((known, "paid", *amounts, f"DEMO-{payout.id:06d}", ""))
    answer = bankfiles.apply_answer(run_id, bankfiles.keep_answer(run_id, content.getvalue().encode(), by=by), by=by)
    for odd in answer.rows:
        if odd.finding is Finding.AMOUNT_DIFFERS:
            words = "The bank took its fee from the amount; it gives it back with the next statement."
            bankfiles.resolve(odd.id, words, by=by)


def count_engagements() -> int:
    """Return how many engagements there are."""
    return db.session.scalar(sa.select(sa.func.count()).select_from(Engagement)) or 0
