"""The last days of the demo month: people apply to open projects; some are answered, and some wait."""

from datetime import timedelta
from functools import partial

import sqlalchemy as sa

from marketplace.applications import actions, queries
from marketplace.applications.models import Application
from marketplace.applications.rules import ApplicationDecline
from marketplace.db import db
from marketplace.demo.inviting import find_project, manager_of
from marketplace.demo.projects import SCRIPTS, Script
from marketplace.demo.stage import act
from marketplace.demo.story import Calendar, Tick
from marketplace.profiles.models import AnnotatorProfile
from marketplace.profiles.rules import ProfileState
from marketplace.projects.models import Project
from marketplace.projects.rules import ProjectState

APPLY = 4
NOTES = (
    "I have done this kind of work for two years and can begin on Monday.",
    "",
    "Your guideline reads like one that I have worked by. I have ten hours a week, mostly in the evening.",
    "I am new to this subject, and willing to do a trial task.",
)
THANKS = "Thank you for asking. We have taken people whose résumés say more about rating answers."


def people_apply(calendar: Calendar, tick: Tick) -> None:
    """Let people apply to what is open; of each project's applications the first three are answered or withdrawn."""
    for number, script in enumerate(SCRIPTS):
        tick()
        project = find_project(script)
        if project is None or project.state is not ProjectState.ACTIVE or _applications(project):
            continue
        when = calendar.now - timedelta(days=3, hours=number)
        for profile, note in zip(_applicants(project), NOTES, strict=False):
            when += timedelta(hours=5)
            act(when, partial(actions.apply, project.id, note, profile.account))
        _answers(project, script, calendar)


def _applications(project: Project) -> list[Application]:
    return list(db.session.scalars(queries.applications_of(project).order_by(Application.id)))


def _applicants(project: Project) -> list[AnnotatorProfile]:
    """Return people who have nothing to do with *project* yet, others for each project."""
    qualified = sa.select(AnnotatorProfile).where(
        AnnotatorProfile.state == ProfileState.QUALIFIED, AnnotatorProfile.paused.is_(False)
    )
    people = db.session.scalars(qualified.order_by(AnnotatorProfile.id)).all()
    free = [one for one in people if project.id not in queries.standings(one, [project.id])]
    first = project.id % max(len(free), 1)
    return (free[first:] + free[:first])[:APPLY]


def _answers(project: Project, script: Script, calendar: Calendar) -> None:
    by, made = manager_of(script), _applications(project)
    when = calendar.now - timedelta(days=1, hours=6)
    fits = [one for one in made if not one.missed]
    if fits:
        act(when, partial(actions.accept_application, fits[0], "", by))
    rest = [one for one in made if one not in fits[:1]]
    if len(rest) > 1:
        declined = partial(actions.decline_application, rest[0], ApplicationDecline.OTHERS_FIT_BETTER, THANKS, by)
        act(when + timedelta(hours=1), declined)
    if len(rest) > 2:
        own = rest[1]
        act(when + timedelta(hours=2), partial(actions.withdraw_application, own, own.profile.account))
