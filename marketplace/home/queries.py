"""What waits for somebody: reads from every feature, writes nothing."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import sqlalchemy as sa
from flask import url_for
from sqlalchemy.orm import joinedload

from marketplace.accounts.models import Account, Membership
from marketplace.accounts.rules import RoleName
from marketplace.applications.models import Application
from marketplace.applications.rules import ApplicationState
from marketplace.db import db
from marketplace.formats import hours_text
from marketplace.home.week import Week
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
from marketplace.timesheets.rules import EntryState
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


def sections(account: Account, profile: AnnotatorProfile | None, week: Week | None) -> list[Section]:
    """Return what waits for *account*, a section for each role held; *profile*, *week*: of an annotator."""
    makers = (
        (RoleName.ANNOTATOR, "Your work", partial(_annotator, profile, week)),
        (RoleName.MANAGER, "Your projects", partial(_manager, account)),
        (RoleName.FINANCE, "Payouts", _finance),
        (RoleName.ADMIN, "Administration", _admin),
    )
    held = account.role_names
    found = [Section(title, tuple(sorted(maker(), key=_urgency))) for role, title, maker in makers if role in held]
    if RoleName.AUDITOR in held:
        found.append(Section("Audit", (Waiting("", "Everything that was done", url_for("decisions.trail"), "Open"),)))
    return found


def _urgency(thing: Waiting) -> bool:
    return not thing.urgent


def _annotator(profile: AnnotatorProfile | None, week: Week | None) -> list[Waiting]:
    if profile is None or profile.state in {ProfileState.DRAFT, ProfileState.WITHDRAWN, ProfileState.REJECTED}:
        return [_next_step(profile)]
    to_answer = OPEN - {InvitationState.WAITLISTED}
    open_count, applied, running, seats = _counts(
        (Invitation, Invitation.profile_id == profile.id, Invitation.state.in_(to_answer)),
        (Application, Application.profile_id == profile.id, Application.state == ApplicationState.SUBMITTED),
        (Timer, Timer.profile_id == profile.id),
        (Engagement, Engagement.profile_id == profile.id, Engagement.state == EngagementState.ACTIVE),
    )
    minutes = week.minutes if week else 0
    owed = " · ".join(week.owed) if week else ""
    things = [
        Waiting(str(open_count), "open invitations", url_for("invitations.inbox"), "Open the inbox", open_count > 0),
        Waiting(str(applied), "applications without an answer yet", url_for("applications.mine"), "See them"),
        Waiting(hours_text(minutes), "hours logged this week", url_for("timesheets.week"), "Log hours"),
        Waiting(str(seats), "active engagements", url_for("work.mine"), "See them"),
        Waiting(owed or "0", "earned and not yet paid", url_for("payouts.earnings"), "See earnings"),
    ]
    if week and week.owed and not week.has_method:
        things.append(Waiting("!", "say how you are paid, so that this can be", url_for("payees.own"), "Say how", True))
    if not seats:
        things.append(Waiting("?", "Why have I no project?", url_for("applications.why_no_project"), "See why"))
    if running:
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
    handed_in = sa.select(Engagement.id).where(Engagement.project_id.in_(mine))
    hours, active, waiting, applied, team = _counts(
        (TimeEntry, TimeEntry.state == EntryState.SUBMITTED, TimeEntry.engagement_id.in_(handed_in)),
        (Project, Project.id.in_(mine), Project.state == ProjectState.ACTIVE),
        (Invitation, Invitation.project_id.in_(mine), Invitation.state.in_(OPEN)),
        (Application, Application.project_id.in_(mine), Application.state == ApplicationState.SUBMITTED),
        (Engagement, Engagement.project_id.in_(mine), Engagement.state.in_(SEATED)),
    )
    return [
        Waiting(str(hours), "lines of hours to approve", url_for("payouts.approve"), "Approve", hours > 0),
        Waiting(str(applied), "applications to answer", url_for("applications.to_answer"), "Answer", applied > 0),
        Waiting(str(active), "active projects", url_for("projects.index"), "See them"),
        Waiting(str(waiting), "invitations not yet answered", url_for("projects.index"), "See projects"),
        Waiting(str(team), "people on your projects", url_for("projects.index"), "See projects"),
    ]


def _finance() -> list[Waiting]:
    drafts, way = _counts(
        (PayoutRun, PayoutRun.state == RunState.DRAFT), (PayoutRun, PayoutRun.state == RunState.APPROVED)
    )
    return [
        Waiting(str(drafts), "runs to approve", url_for("payouts.finance"), "Approve", drafts > 0),
        Waiting(_owed(), "owed to annotators", url_for("payouts.finance"), "Preview a run"),
        Waiting(str(way), "runs on their way", url_for("payouts.finance"), "Settle"),
    ]


def _admin() -> list[Waiting]:
    (profiles,) = _counts((AnnotatorProfile, AnnotatorProfile.state == ProfileState.SUBMITTED))
    dead = len(tasks.dead_tasks())
    return [
        Waiting(str(profiles), "profiles to decide", url_for("profiles.queue"), "Decide", profiles > 0),
        Waiting(str(dead), "dead tasks", url_for("operations.system"), "Look", dead > 0),
    ]


def _counts(*wanted: tuple[Any, ...]) -> list[int]:
    """Return, in one question, how many rows of each model meet the conditions that stand behind it."""
    counts = [
        sa.select(sa.func.count()).select_from(model).where(*conditions).scalar_subquery()
        for model, *conditions in wanted
    ]
    return list(db.session.execute(sa.select(*counts)).one())


def _owed() -> str:
    """Return what is owed to everybody, a sum for each currency, never added together."""
    statement = sa.select(LedgerAccount.currency, -sa.func.sum(LedgerAccount.balance_minor))
    statement = statement.where(LedgerAccount.kind == LedgerKind.PAYABLE).group_by(LedgerAccount.currency)
    return " · ".join(written(int(minor), currency) for currency, minor in db.session.execute(statement)) or "0"
