"""The month that the demo world has behind it, told through the same actions that the pages use.

Every step looks first whether it has been done, so that a fill which was cut short goes on where it stopped.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from marketplace import clock
from marketplace.accounts import actions as accounts
from marketplace.accounts.models import Account, Organisation
from marketplace.accounts.queries import find_account
from marketplace.accounts.rules import RoleName
from marketplace.db import db
from marketplace.demo.files import resume_file
from marketplace.demo.people import PEOPLE, Person
from marketplace.demo.projects import BRIGHTWELL, SCRIPTS, TIDEWATER, Script
from marketplace.demo.stage import act
from marketplace.invitations import actions as invitations
from marketplace.invitations.models import Invitation, Match
from marketplace.invitations.rules import DeclineReason, InvitationState
from marketplace.payouts import actions as payouts
from marketplace.payouts.actions import Rejection
from marketplace.payouts.models import PayoutRun
from marketplace.payouts.rules import PayoutState, RunState
from marketplace.profiles import actions as profiles
from marketplace.profiles.rules import ProfileState, RejectionReason
from marketplace.projects import actions as projects
from marketplace.projects.models import Project
from marketplace.projects.rules import ProjectState
from marketplace.timesheets import actions as timesheets
from marketplace.timesheets.models import TimeEntry, Timesheet
from marketplace.timesheets.rules import EntryState, RejectReason, TimesheetState
from marketplace.work import actions as work
from marketplace.work.models import Engagement

PASSWORD = "demo-fairmatch-2026"  # noqa: S105  printed at the start and useless anywhere else
DOMAIN = "demo.example.com"
STAFF: tuple[tuple[str, str, tuple[RoleName, ...], str], ...] = (
    ("admin", "Ada Demo (admin)", (RoleName.ADMIN,), ""),
    ("auditor", "Otto Demo (auditor)", (RoleName.AUDITOR,), ""),
    ("finance", "Fina Demo (finance)", (RoleName.FINANCE,), ""),
    ("finance2", "Felix Demo (finance)", (RoleName.FINANCE,), ""),
    ("manager", "Mara Demo (manager)", (), TIDEWATER),
    ("manager2", "Milo Demo (manager)", (), BRIGHTWELL),
)
LAST_STAY_DRAFT, LAST_WAIT, REJECTED = "Siobhán Gallagher", "Mateusz Kowalczyk", "Kenji Morikawa"
WEEKS = 4
SHIFTS = ((0, 9, 0, 150), (1, 13, 30, 120), (3, 10, 15, 165), (4, 15, 0, 90))
Tick = Callable[[], None]
Teller = Callable[[Tick], None]


class Calendar:
    """The told days, counted in weeks before this one."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.monday = (now - timedelta(days=now.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)

    def at(self, weeks_ago: int, weekday: int, hour: int, minute: int = 0) -> datetime:
        """Return a moment, UTC, on *weekday* (0 is Monday) of the week *weeks_ago*; never one that lies ahead."""
        told = self.monday - timedelta(weeks=weeks_ago) + timedelta(days=weekday, hours=hour, minutes=minute)
        return min(told, self.now)


def email_of(person: Person) -> str:
    """Return the address that a fictional person signs in with."""
    return f"{resume_file(person)[0].rsplit('.', 1)[0]}@{DOMAIN}"


def staff(name: str) -> Account:
    """Return the demo account *name* of the staff."""
    found = find_account(f"{name}@{DOMAIN}")
    if found is None:
        raise LookupError(f"the demo world has no {name}")
    return found


def open_the_house(calendar: Calendar, tick: Tick) -> None:
    """Add the staff and the two clients."""
    for name, full_name, roles, _ in STAFF:
        if find_account(f"{name}@{DOMAIN}") is None:
            act(calendar.at(6, 0, 8), partial(_account, name, full_name, roles))
        tick()
    admin = staff("admin")
    for name, _, _, client in STAFF:
        if client and db.session.scalar(sa.select(Organisation.id).where(Organisation.name == client)) is None:
            act(calendar.at(6, 0, 9), partial(_client, name, client, admin))


def _account(name: str, full_name: str, roles: Iterable[RoleName]) -> Account:
    return accounts.add_account(f"{name}@{DOMAIN}", PASSWORD, full_name, roles=list(roles), confirmed=True)


def _client(manager: str, name: str, admin: Account) -> None:
    client = accounts.add_organisation(name, "USD", by=admin)
    accounts.add_member(client.id, f"{manager}@{DOMAIN}", is_owner=True, by=admin)


def people_arrive(calendar: Calendar, tick: Tick) -> None:
    """Let everybody sign up, fill the profile and upload a résumé."""
    for number, person in enumerate(PEOPLE):
        if find_account(email_of(person)) is None:
            act(calendar.at(6, 1 + number % 4, 7 + number % 12), partial(_arrive, person))
        tick()


def _arrive(person: Person) -> None:
    account = accounts.add_account(email_of(person), PASSWORD, person.name, roles=[RoleName.ANNOTATOR], confirmed=True)
    profile = profiles.begin_profile(account)
    facts = {
        "country": person.country,
        "time_zone": person.time_zone,
        "weekly_minutes": person.hours * 60,
        "min_rate_minor": person.rate_minor,
        "about": person.headline,
        "languages": [
            {"tag": tag, "written": int(written), "spoken": int(spoken), "native": native}
            for tag, written, spoken, native in person.languages
        ],
        "degrees": [
            {"level": int(level), "status": status, "subject": subject, "year": year}
            for level, status, subject, year in person.degrees
        ],
        "experiences": [
            {"kind": kind, "years": years, "description": words} for kind, years, words in person.experience
        ],
    }
    profiles.save_profile(profile, facts, by=account)
    profiles.upload_resume(profile, *resume_file(person), by=account)


def profiles_are_decided(calendar: Calendar, tick: Tick) -> None:
    """Let people submit, and the admin qualify them; one waits, one is rejected with a reason, one is still a draft."""
    admin = staff("admin")
    for number, person in enumerate(PEOPLE):
        tick()
        account = find_account(email_of(person))
        if account is None or person.name == LAST_STAY_DRAFT:
            continue
        profile = profiles.begin_profile(account)
        if profile.state is ProfileState.DRAFT:
            when = calendar.at(0, 0, 0, 0) if person.name == LAST_WAIT else calendar.at(6, 5, 6 + number % 12)
            act(when, partial(profiles.submit_profile, profile, by=account))
        if profile.state is ProfileState.SUBMITTED and person.name == REJECTED:
            words = "The contract work is convincing, but two years of annotation are stated and one is shown."
            act(
                calendar.at(5, 0, 9),
                partial(
                    profiles.reject_profile,
                    profile.id,
                    RejectionReason.FACTS_NOT_SUPPORTED,
                    seen="",
                    note=words,
                    by=admin,
                ),
            )
        elif profile.state is ProfileState.SUBMITTED and person.name != LAST_WAIT:
            act(
                calendar.at(5, 0, 10, number),
                partial(profiles.qualify_profile, profile.id, seen="", note="", by=admin),
            )


def projects_begin(calendar: Calendar, tick: Tick) -> None:
    """Let the managers write their projects."""
    for script in SCRIPTS:
        if _find_project(script) is None:
            act(calendar.at(5, 0, 13), partial(_write_project, script, calendar))
        tick()


def _find_project(script: Script) -> Project | None:
    return db.session.scalar(sa.select(Project).where(Project.title == script.title))


def _manager(script: Script) -> Account:
    return staff("manager" if script.client == TIDEWATER else "manager2")


def _write_project(script: Script, calendar: Calendar) -> Project:
    client = db.session.scalars(sa.select(Organisation).where(Organisation.name == script.client)).one()
    starts_on = (calendar.now + timedelta(days=script.days_ahead)).date() if script.days_ahead else None
    facts = {
        "title": script.title,
        "description": script.description,
        "seats": script.seats,
        "rate_floor_minor": script.floor_minor,
        "rate_top_minor": script.top_minor,
        "weekly_limit_minutes": script.weekly_hours * 60,
        "budget_minor": script.budget_minor,
        "invitation_hours": 72,
        "starts_on": starts_on,
        "ends_on": None,
        "content_warnings": list(script.warnings),
        "is_open": True,
        "gates": list(script.gates),
        "wishes": list(script.wishes),
        "rate_lines": [
            {"label": label, "amount_minor": minor, "condition": condition} for label, minor, condition in script.card
        ],
    }
    return projects.create_project(client, facts, by=_manager(script))


def people_are_invited(calendar: Calendar, tick: Tick) -> None:
    """Activate projects, invite the best matches, and let them answer."""
    for script in SCRIPTS:
        tick()
        project = _find_project(script)
        if project is None or script.ends_as is ProjectState.DRAFT:
            continue
        manager = _manager(script)
        first = ProjectState.SCHEDULED if script.ends_as is ProjectState.SCHEDULED else ProjectState.ACTIVE
        if project.state is ProjectState.DRAFT:
            _move(project, first, "", calendar.at(5, 1, 9), manager)
        if script.invites and not _invited(project):
            act(calendar.at(5, 1, 10), partial(_invite, project, script.invites, manager))
        _answers(project, script, calendar)


def _move(project: Project, state: ProjectState, reason: str, when: datetime, manager: Account) -> None:
    act(when, partial(projects.move_project, project.id, state, reason, by=manager))


def _invited(project: Project) -> list[Invitation]:
    statement = sa.select(Invitation).where(Invitation.project_id == project.id).order_by(Invitation.id)
    return list(db.session.scalars(statement))


def _invite(project: Project, count: int, manager: Account) -> None:
    run = invitations.make_match_run(project, manager)
    busy = {one.profile_id for one in _invited(project)}
    ranked = db.session.scalars(
        sa.select(Match).where(Match.run_id == run.id, Match.rank.isnot(None)).order_by(Match.rank)
    ).all()
    chosen = [match.id for match in ranked if match.profile_id not in busy][:count]
    if chosen:
        invitations.invite(project, chosen, manager)


def _answers(project: Project, script: Script, calendar: Calendar) -> None:
    """Let the last ones decline and the others accept, on the day after."""
    waiting = [one for one in _invited(project) if one.state in {InvitationState.SENT, InvitationState.OPENED}]
    for number, invitation in enumerate(waiting):
        who = invitation.profile.account
        when = calendar.at(5, 2, 8 + number, 20)
        if invitation.made_at > when:
            continue
        act(when, partial(invitations.open_invitation, invitation))
        if number >= len(waiting) - script.declines:
            words = "I like the work, but three projects at once are too many."
            act(
                when + timedelta(minutes=9),
                partial(invitations.decline_invitation, invitation, DeclineReason.TIME, words, who),
            )
        else:
            act(when + timedelta(minutes=7), partial(work.accept_invitation, invitation, who))


def hours_are_logged(calendar: Calendar, tick: Tick) -> None:
    """Let everybody work four weeks, hand in each, and the managers decide; the last weeks wait."""
    engagements = list(db.session.scalars(sa.select(Engagement).order_by(Engagement.id)))
    for weeks_ago in range(WEEKS, -1, -1):
        for engagement in engagements:
            _week(engagement, weeks_ago, calendar)
            tick()
        if weeks_ago > 1:
            _decide(weeks_ago, calendar)
        _stop_projects(weeks_ago, calendar)
        _pay(weeks_ago, calendar)


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
        project = _find_project(script)
        if project and ends == weeks_ago and project.state is ProjectState.ACTIVE:
            _move(project, script.ends_as, script.stop_reason, calendar.at(weeks_ago, 6, 20), _manager(script))


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
    for number, payout in enumerate(list(draft.payouts)):
        if number == 1:
            reason = "The receiving bank says that the account is closed."
            act(
                calendar.at(2, 3, 10),
                partial(payouts.record_outcome, payout.id, PayoutState.FAILED, reason=reason, by=maker),
            )
        else:
            act(
                calendar.at(2, 3, 9),
                partial(
                    payouts.record_outcome, payout.id, PayoutState.PAID, reference=f"DEMO-{payout.id:06d}", by=maker
                ),
            )


def new_invitations_wait(calendar: Calendar, tick: Tick) -> None:
    """Leave a few invitations unanswered, made this morning, and one person with a running timer."""
    for script in SCRIPTS:
        project = _find_project(script)
        if project and script.fresh_invites and len(_invited(project)) <= script.invites:
            when = clock.now() - timedelta(hours=5)
            act(when, partial(_invite, project, script.fresh_invites, _manager(script)))
        tick()


def count_engagements() -> int:
    """Return how many engagements there are."""
    return db.session.scalar(sa.select(sa.func.count()).select_from(Engagement)) or 0
