"""Writing guidelines: every version is a new row, and whoever works by them is told."""

import sqlalchemy as sa

from marketplace import audit, clock
from marketplace.accounts.models import Account
from marketplace.db import db
from marketplace.errors import Refused
from marketplace.events import happened
from marketplace.guidelines import queries, rules
from marketplace.guidelines.models import GuidelineVersion
from marketplace.notices import Kind, notify
from marketplace.projects.models import Project
from marketplace.words import say
from marketplace.work.models import Engagement
from marketplace.work.queries import team_of
from marketplace.work.rules import SEATED

LOOK_AGAIN = "Version {} was written meanwhile. Your text is still here: compare it with that version, then save again."


def write_version(project: Project, text: str, change: str, expected: int, *, by: Account) -> GuidelineVersion:
    """Make *text* the newest guidelines, which were version *expected* (0: none) when *by* began to write.

    Raises Refused when another version was written meanwhile, nothing has changed, or the text is too long.
    """
    _lock(project.id)
    newest = queries.find_newest(project.id)
    number = newest.number if newest else 0
    if number != expected:
        raise Refused(LOOK_AGAIN.format(number), field="expected")
    if newest and newest.text == text:
        raise Refused(say("This is what the newest version says already."), field="text")
    if newest and not change:
        raise Refused(say("Say in a sentence what is new: whoever works by the guidelines is told."), field="change")
    if refusal := rules.refuse_text(text):
        raise Refused(refusal, field="text")
    version = _add(project.id, number + 1, text, change, by.id)
    audit.record("guidelines.written", "project", project.id, actor_id=by.id, number=version.number, change=change)
    happened("guidelines.written", project.organisation_id, project_id=project.id, number=version.number)
    if number:
        _tell_team(project, version)
    return version


def copy_guidelines(project_id: int) -> None:
    """Begin the guidelines of a copied project with those of its source, unless it has some."""
    project = db.session.get_one(Project, project_id, with_for_update=True, populate_existing=True)
    source = queries.find_newest(project.copied_from_id) if project.copied_from_id else None
    if source is not None and queries.find_newest(project_id) is None:
        _add(project_id, 1, source.text, "", project.created_by)


def _add(project_id: int, number: int, text: str, change: str, account_id: int) -> GuidelineVersion:
    version = GuidelineVersion(project_id=project_id, number=number, text=text, change=change, written_by=account_id)
    version.written_at = clock.now()
    db.session.add(version)
    db.session.flush()
    return version


def _tell_team(project: Project, version: GuidelineVersion) -> None:
    seated = team_of(project).where(Engagement.state.in_(SEATED)).order_by(Engagement.id)
    for engagement in db.session.scalars(seated):
        notify(
            engagement.profile.account,
            Kind.WORK,
            "guidelines.written",
            f"guidelines:{project.id}:{version.number}",
            f"The guidelines of “{project.title}” have changed: version {version.number}",
            f"/projects/{project.id}/guidelines/{version.number}",
            why=version.change,
        )


def _lock(project_id: int) -> None:
    db.session.execute(sa.select(Project.id).where(Project.id == project_id).with_for_update())
