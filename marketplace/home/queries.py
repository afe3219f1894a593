"""What waits for somebody: reads from every feature, writes nothing."""

from dataclasses import dataclass

import sqlalchemy as sa
from flask import url_for
from sqlalchemy.orm import joinedload

from marketplace import clock
from marketplace.accounts.models import Account, Membership
from marketplace.accounts.rules import RoleName
from marketplace.applications.models import Application
from marketplace.applications.rules import ApplicationState
from marketplace.db import db
from marketplace.formats import hours_text
from marketplace.invitations.models import Invitation
from marketplace.invitations.rules import OPEN, InvitationState
from marketplace.money import written
from marketplace.payouts.models import LedgerAccount, PayoutRun
from marketplace.payouts.rules import LedgerKind, RunState
from marketplace.profiles.models import AnnotatorProfile, Resume
from marketplace.profiles.rules import ProfileState, ResumeState
from marketplace.projects.models import Project
from marketplace.projects.rules import ProjectState
from marketplace.tasks import queries as tasks
from marketplace.timesheets.models import TimeEntry, Timer
from marketplace.timesheets.rules import EntryState, monday_of, week_bounds
from marketplace.work.models import Engagement
from marketplace.work.rules import SEATED, EngagementState


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing on the dashboard: a figure, what it counts, and where to go; *urgent* things stand first."""

    figure: str
    label: str
    url: str
    action: str
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """What waits for somebody in one role."""

    title: str
    things: tuple[Waiting, ...]


def newest_open_projects(limit: int = 6) -> list[Project]:
    """Return active projects that anybody may see, the newest first."""
    statement = sa.select(Project).options(joinedload(Project.organisation))
    statement = statement.where(Project.state == ProjectState.ACTIVE, Project.is_open).order_by(Project.id.desc())
    return list(db.session.scalars(statement.limit(limit)))


def sections(account: Account) -> list[Section]:
    """Return what waits for *account*, a section for each role held."""
    makers = (
        (RoleName.ANNOTATOR, "Your work", _annotator),
        (RoleName.MANAGER, "Your projects", _manager),
        (RoleName.FINANCE, "Payouts", _finance),
        (RoleName.ADMIN, "Administration", _admin),
    )
    held = account.role_names
    found = [
        Section(title, tuple(sorted(maker(account), key=_urgency))) for role, title, maker in makers if role in held
    ]
    if RoleName.AUDITOR in held:
        found.append(Section("Audit", (Waiting("", "Everything that was done", url_for("decisions.trail"), "Open"),)))
    return found


def _urgency(thing: Waiting) -> bool:
    return not thing.urgent


def _annotator(account: Account) -> list[Waiting]:
    profile = db.session.scalar(sa.select(AnnotatorProfile).where(AnnotatorProfile.account_id == account.id))
    if profile is None or profile.state in {ProfileState.DRAFT, ProfileState.WITHDRAWN, ProfileState.REJECTED}:
        return [_next_step(profile)]
    open_count = _count(
        Invitation, Invitation.profile_id == profile.id, Invitation.state.in_(OPEN - {InvitationState.WAITLISTED})
    )
    applied = _count(Application, Application.profile_id == profile.id, Application.state == ApplicationState.SUBMITTED)
    running = db.session.scalar(sa.select(Timer).where(Timer.profile_id == profile.id))
    seats = _count(Engagement, Engagement.profile_id == profile.id, Engagement.state == EngagementState.ACTIVE)
    start, end = week_bounds(monday_of(clock.now(), zone := profile.time_zone or "UTC"), zone)
    minutes = db.session.scalar(
        sa.select(sa.func.coalesce(sa.func.sum(TimeEntry.minutes), 0)).where(
            TimeEntry.profile_id == profile.id,
            TimeEntry.starts_at >= start,
            TimeEntry.starts_at < end,
            TimeEntry.state != EntryState.REJECTED,
        )
    )
    things = [
        Waiting(str(open_count), "open invitations", url_for("invitations.inbox"), "Open the inbox", open_count > 0),
        Waiting(str(applied), "applications without an answer yet", url_for("applications.mine"), "See them"),
        Waiting(hours_text(int(minutes or 0)), "hours logged this week", url_for("timesheets.week"), "Log hours"),
        Waiting(str(seats), "active engagements", url_for("work.mine"), "See them"),
        Waiting(
            _balances(LedgerKind.PAYABLE, profile.id),
            "earned and not yet paid",
            url_for("payouts.earnings"),
            "See earnings",
        ),
    ]
    if not seats:
        things.append(Waiting("?", "Why have I no project?", url_for("applications.why_no_project"), "See why"))
    if running is not None:
        things.append(Waiting("●", "a timer is running", url_for("timesheets.week"), "Go to the timer", True))
    if profile.state is ProfileState.SUBMITTED:
        things.append(
            Waiting("…", "your profile is with us; a person decides about it", url_for("profiles.edit"), "See it", True)
        )
    return things


def _next_step(profile: AnnotatorProfile | None) -> Waiting:
    url = url_for("profiles.edit")
    if profile is None:
        return Waiting("1", "Begin with your profile", url, "Begin", True)
    if profile.state is ProfileState.REJECTED:
        return Waiting("!", "Your profile was not accepted; the reason is there", url, "See why", True)
    state = db.session.scalar(sa.select(Resume.state).where(Resume.profile_id == profile.id, Resume.is_current))
    if state is not ResumeState.READY:
        return Waiting("2", "Upload your résumé", url_for("profiles.resume"), "Upload", True)
    return Waiting("3", "Complete your profile and hand it in", url, "Continue", True)


def _manager(account: Account) -> list[Waiting]:
    mine = sa.select(Project.id).join(Membership, Membership.organisation_id == Project.organisation_id)
    mine = mine.where(Membership.account_id == account.id)
    hours = db.session.scalar(
        sa.select(sa.func.count())
        .select_from(TimeEntry)
        .join(Engagement)
        .where(TimeEntry.state == EntryState.SUBMITTED, Engagement.project_id.in_(mine))
    )
    active = _count(Project, Project.id.in_(mine), Project.state == ProjectState.ACTIVE)
    waiting = _count(Invitation, Invitation.project_id.in_(mine), Invitation.state.in_(OPEN))
    applied = _count(Application, Application.project_id.in_(mine), Application.state == ApplicationState.SUBMITTED)
    team = _count(Engagement, Engagement.project_id.in_(mine), Engagement.state.in_(SEATED))
    return [
        Waiting(str(hours or 0), "lines of hours to approve", url_for("payouts.approve"), "Approve", bool(hours)),
        Waiting(str(applied), "applications to answer", url_for("applications.to_answer"), "Answer", applied > 0),
        Waiting(str(active), "active projects", url_for("projects.index"), "See them"),
        Waiting(str(waiting), "invitations not yet answered", url_for("projects.index"), "See projects"),
        Waiting(str(team), "people on your projects", url_for("projects.index"), "See projects"),
    ]


def _finance(account: Account) -> list[Waiting]:
    drafts = _count(PayoutRun, PayoutRun.state == RunState.DRAFT)
    way = _count(PayoutRun, PayoutRun.state == RunState.APPROVED)
    return [
        Waiting(str(drafts), "runs to approve", url_for("payouts.finance"), "Approve", drafts > 0),
        Waiting(_balances(LedgerKind.PAYABLE), "owed to annotators", url_for("payouts.finance"), "Preview a run"),
        Waiting(str(way), "runs on their way", url_for("payouts.finance"), "Settle"),
    ]


def _admin(account: Account) -> list[Waiting]:
    profiles = _count(AnnotatorProfile, AnnotatorProfile.state == ProfileState.SUBMITTED)
    dead = len(tasks.dead_tasks())
    return [
        Waiting(str(profiles), "profiles to decide", url_for("profiles.queue"), "Decide", profiles > 0),
        Waiting(str(dead), "dead tasks", url_for("operations.system"), "Look", dead > 0),
    ]


def _count(model: type, *conditions: sa.ColumnElement[bool]) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(model).where(*conditions)) or 0


def _balances(kind: LedgerKind, owner_id: int | None = None) -> str:
    """Return what is owed on accounts of *kind*, a sum for each currency, never added together."""
    statement = sa.select(LedgerAccount.currency, -sa.func.sum(LedgerAccount.balance_minor))
    statement = statement.where(LedgerAccount.kind == kind).group_by(LedgerAccount.currency)
    if owner_id is not None:
        statement = statement.where(LedgerAccount.owner_id == owner_id)
    return " · ".join(written(int(minor), currency) for currency, minor in db.session.execute(statement)) or "0"
