"""The demo month, first half: projects are written, people invited, and they answer."""

from datetime import datetime, timedelta
from functools import partial

import sqlalchemy as sa

from marketplace import clock
from marketplace.accounts.models import Account, Organisation
from marketplace.db import db
from marketplace.demo.projects import SCRIPTS, TIDEWATER, Script
from marketplace.demo.stage import act
from marketplace.demo.story import Calendar, Tick, staff
from marketplace.invitations import actions as invitations
from marketplace.invitations.models import Invitation
from marketplace.invitations.rules import DeclineReason, InvitationState
from marketplace.matches import actions as matching_actions
from marketplace.matches.models import Match
from marketplace.projects import actions as projects
from marketplace.projects.models import Project
from marketplace.projects.rules import ProjectState
from marketplace.waves import actions as waves
from marketplace.work import actions as work


def projects_begin(calendar: Calendar, tick: Tick) -> None:
    """Let the managers write their projects."""
    for script in SCRIPTS:
        if find_project(script) is None:
            act(calendar.at(5, 0, 13), partial(_write_project, script, calendar))
        tick()


def find_project(script: Script) -> Project | None:
    """Return the project of *script*, or None before it is written."""
    return db.session.scalar(sa.select(Project).where(Project.title == script.title))


def manager_of(script: Script) -> Account:
    """Return who runs the projects of the client of *script*."""
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
    return projects.create_project(client, facts, by=manager_of(script))


def people_are_invited(calendar: Calendar, tick: Tick) -> None:
    """Activate projects, invite the best matches, and let them answer."""
    for script in SCRIPTS:
        tick()
        project = find_project(script)
        if project is None or script.ends_as is ProjectState.DRAFT:
            continue
        manager = manager_of(script)
        first = ProjectState.SCHEDULED if script.ends_as is ProjectState.SCHEDULED else ProjectState.ACTIVE
        if project.state is ProjectState.DRAFT:
            move(project, first, "", calendar.at(5, 1, 9), manager)
        if script.invites and not _invited(project):
            begin = partial(_confirm_waves, project, manager) if script.in_waves else None
            act(calendar.at(5, 1, 10), begin or partial(_invite, project, script.invites, manager))
        _answers(project, script, calendar)


def move(project: Project, state: ProjectState, reason: str, when: datetime, manager: Account) -> None:
    """Take *project* to *state* at the told time *when*."""
    act(when, partial(projects.move_project, project.id, state, reason, by=manager))


def _invited(project: Project) -> list[Invitation]:
    statement = sa.select(Invitation).where(Invitation.project_id == project.id).order_by(Invitation.id)
    return list(db.session.scalars(statement))


def _invite(project: Project, count: int, manager: Account) -> None:
    run = matching_actions.make_match_run(project, manager)
    busy = {one.profile_id for one in _invited(project)}
    ranked = db.session.scalars(
        sa.select(Match).where(Match.run_id == run.id, Match.rank.isnot(None)).order_by(Match.rank)
    ).all()
    chosen = [match.id for match in ranked if match.profile_id not in busy][:count]
    if chosen:
        invitations.invite(project, chosen, manager)


def _confirm_waves(project: Project, manager: Account) -> None:
    """Let waves fill the project within a week."""
    rule = {"bound_percent": 5, "invitation_hours": 72, "most_rank": 50, "most_open": 5}
    deadline = clock.now() + timedelta(days=7)
    waves.start_plan(project, {"seats": project.seats, "deadline": deadline, **rule}, manager)


def _answers(project: Project, script: Script, calendar: Calendar) -> None:
    """Let the last ones decline and the others accept, on the day after; whom the next wave asks, a day later."""
    _answer(project, script.declines, calendar, weekday=2)
    if script.in_waves:
        act(calendar.at(5, 2, 20), lambda: None)  # by then a no stands, and the next wave has gone out
        _answer(project, 0, calendar, weekday=3)


def _answer(project: Project, declines: int, calendar: Calendar, weekday: int) -> None:
    waiting = [one for one in _invited(project) if one.state in {InvitationState.SENT, InvitationState.OPENED}]
    for number, invitation in enumerate(waiting):
        who = invitation.profile.account
        when = calendar.at(5, weekday, 8 + number, 20)
        if invitation.made_at > when:
            continue
        act(when, partial(invitations.open_invitation, invitation))
        if number >= len(waiting) - declines:
            words = "I like the work, but three projects at once are too many."
            act(
                when + timedelta(minutes=9),
                partial(invitations.decline_invitation, invitation, DeclineReason.TIME, words, who),
            )
        else:
            act(when + timedelta(minutes=7), partial(work.accept_invitation, invitation, who))


def new_invitations_wait(calendar: Calendar, tick: Tick) -> None:
    """Leave a few invitations unanswered, made this morning, and one person with a running timer."""
    for script in SCRIPTS:
        project = find_project(script)
        if project and script.fresh_invites and len(_invited(project)) <= script.invites:
            when = clock.now() - timedelta(hours=5)
            act(when, partial(_invite, project, script.fresh_invites, manager_of(script)))
        tick()
