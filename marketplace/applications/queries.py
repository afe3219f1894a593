"""The reads of applications: whose they are, what their gates say today, and how somebody stands to a project."""

from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from marketplace.accounts.models import Account
from marketplace.applications import rules
from marketplace.applications.models import Application
from marketplace.applications.rules import ApplicationState, Standing
from marketplace.db import db
from marketplace.errors import Missing
from marketplace.invitations.models import Invitation
from marketplace.invitations.rules import LIVE, InvitationState
from marketplace.matches import facts
from marketplace.matches.models import Match
from marketplace.matches.queries import last_words
from marketplace.profiles.models import AnnotatorProfile
from marketplace.profiles.queries import current_resume
from marketplace.profiles.rules import ResumeState
from marketplace.projects.models import Project
from marketplace.projects.queries import managed_by, open_projects
from marketplace.work.models import Engagement
from marketplace.work.rules import EngagementState
from matching.changes import result_with_change
from matching.eligibility import judge


def get_open_project(project_id: int) -> Project:
    """Return a project open to everybody, which is not changed, and invites nobody, until the commit."""
    one = open_projects().where(Project.id == project_id).with_for_update(read=True, of=Project)
    found: Project | None = db.session.scalar(one.execution_options(populate_existing=True))
    if found is None:
        raise Missing
    return found


def find_locked_profile(account: Account) -> AnnotatorProfile | None:
    """Return the profile of *account*, held until the commit, or None when there is none."""
    own = sa.select(AnnotatorProfile).where(AnnotatorProfile.account_id == account.id)
    return db.session.scalar(own.with_for_update(key_share=True).execution_options(populate_existing=True))


def not_ready(account: Account, profile: AnnotatorProfile | None) -> list[tuple[str, str]]:
    """Return (code, text) of everything that keeps *account* out of all projects."""
    resume = current_resume(profile) if profile else None
    return rules.not_ready(
        state=profile.state if profile else None,
        paused=bool(profile and profile.paused),
        confirmed=account.confirmed_at is not None,
        resume_ready=resume is not None and resume.state is ResumeState.READY,
    )


def standings(profile: AnnotatorProfile, project_ids: Collection[int] | None = None) -> dict[int, Standing]:
    """Return how somebody stands to projects (default: to all), by project; where they do not, nothing."""
    live = set(EngagementState) - {EngagementState.ENDED}
    theirs = sa.union_all(
        _theirs(Application, profile, project_ids, ApplicationState.SUBMITTED),
        _theirs(Invitation, profile, project_ids, *LIVE),
        _theirs(Engagement, profile, project_ids, *live),
    )
    found: dict[int, dict[str, str]] = {}
    for project_id, table, state in db.session.execute(theirs):
        found.setdefault(project_id, {})[table] = state
    return {project_id: _standing(by_table) for project_id, by_table in found.items()}


def _standing(states: Mapping[str, str]) -> Standing:
    """Return how somebody stands to one project by the states of what they have there, by table."""
    if Engagement.__tablename__ in states:
        return Standing.ENGAGED
    if Invitation.__tablename__ in states:
        return INVITED[InvitationState(states[Invitation.__tablename__])]
    return Standing.APPLIED


# Who has accepted once holds a seat, or has held one: then the engagement says which.
INVITED = dict.fromkeys(LIVE, Standing.INVITED) | {
    InvitationState.ACCEPTED: Standing.WORKED_BEFORE,
    InvitationState.WAITLISTED: Standing.WAITLISTED,
}


def _theirs(model: Any, profile: AnnotatorProfile, project_ids: Collection[int] | None, *states: str) -> sa.Select[Any]:
    table, state = sa.literal(model.__tablename__), sa.cast(model.state, sa.Text)
    statement = sa.select(model.project_id, table, state).where(model.profile_id == profile.id, model.state.in_(states))
    return statement if project_ids is None else statement.where(model.project_id.in_(project_ids))


def gates_today(project: Project, profile: AnnotatorProfile) -> list[dict[str, Any]]:
    """Return what every gate of *project*, its rate band among them, says of *profile* now, as it is kept."""
    candidate = facts.candidate_of(profile)
    return [result_with_change(result, candidate) for result in judge(facts.gates_of(project), candidate)]


def count_waiting(profile: AnnotatorProfile) -> int:
    """Return how many applications of *profile* wait for an answer."""
    waiting = sa.select(sa.func.count()).where(
        Application.profile_id == profile.id, Application.state == ApplicationState.SUBMITTED
    )
    return db.session.scalar(waiting) or 0


def find_live_invitation(application: Application) -> Invitation | None:
    """Return the invitation that the applicant holds for the project anyway, or None."""
    statement = sa.select(Invitation).where(
        Invitation.project_id == application.project_id,
        Invitation.profile_id == application.profile_id,
        Invitation.state.in_(LIVE),
    )
    return db.session.scalar(statement)


def find_waiting(project_id: int, profile_id: int) -> Application | None:
    """Return the application of somebody to a project that waits for an answer, held until the commit, or None."""
    statement = sa.select(Application).where(
        Application.project_id == project_id,
        Application.profile_id == profile_id,
        Application.state == ApplicationState.SUBMITTED,
    )
    return db.session.scalar(statement.with_for_update().execution_options(populate_existing=True))


def waiting_ids(project_id: int) -> list[int]:
    """Return the ids of the applications to a project that wait for an answer."""
    waiting = Application.project_id == project_id, Application.state == ApplicationState.SUBMITTED
    return list(db.session.scalars(sa.select(Application.id).where(*waiting).order_by(Application.id)))


def own_applications(account: Account) -> sa.Select[Any]:
    """Return the applications of *account*."""
    return _applications().where(AnnotatorProfile.account_id == account.id)


def applications_of(project: Project) -> sa.Select[Any]:
    """Return every application to *project*."""
    return _applications().where(Application.project_id == project.id)


def managed_applications(account: Account) -> sa.Select[Any]:
    """Return the applications to all projects that *account* manages."""
    return _applications().where(managed_by(account))


def get_own_application(application_id: int, account: Account) -> Application:
    """Return an application of *account*; raises Missing."""
    return _one(own_applications(account), application_id)


def get_managed_application(application_id: int, account: Account) -> Application:
    """Return an application to a project that *account* manages; raises Missing."""
    return _one(managed_applications(account), application_id)


def get_application_to(project_id: int, application_id: int, account: Account) -> Application:
    """Return an application to one project that *account* manages; raises Missing."""
    return _one(managed_applications(account).where(Application.project_id == project_id), application_id)


def get_application(application_id: int, account: Account) -> Application:
    """Return an application of *account* or to a project they manage; raises Missing."""
    theirs = (AnnotatorProfile.account_id == account.id) | managed_by(account)
    return _one(_applications().where(theirs), application_id)


def matches_of(applications: Collection[Application]) -> dict[int, Match]:
    """Return what the newest ranking of its project says of each applicant, by application, where it has words."""
    projects, profiles = {one.project_id for one in applications}, {one.profile_id for one in applications}
    words = last_words(projects, profiles) if applications else {}
    found = {one.id: words.get((one.project_id, one.profile_id)) for one in applications}
    return {application_id: match for application_id, match in found.items() if match}


def _one(statement: sa.Select[Any], application_id: int) -> Application:
    found: Application | None = db.session.scalar(statement.where(Application.id == application_id))
    if found is None:
        raise Missing
    return found


def _applications() -> sa.Select[Any]:
    return (
        sa.select(Application)
        .join(Application.profile)
        .join(Application.project)
        .options(
            contains_eager(Application.profile).joinedload(AnnotatorProfile.account),
            contains_eager(Application.project).joinedload(Project.organisation),
            joinedload(Application.version),
            joinedload(Application.invitation),
        )
    )
