"""The reads of guidelines, and who may read them."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from marketplace.accounts.models import Account
from marketplace.db import db
from marketplace.errors import Missing
from marketplace.guidelines.models import GuidelineVersion
from marketplace.invitations.models import Invitation
from marketplace.invitations.rules import OPEN
from marketplace.profiles.models import AnnotatorProfile
from marketplace.projects.models import Project
from marketplace.projects.queries import managed_by
from marketplace.work.models import Engagement
from marketplace.work.rules import SEATED


def get_readable_project(project_id: int, account: Account) -> Project:
    """Return a project that *account* manages, works on, or is invited to; raises Missing."""
    own = AnnotatorProfile.account_id == account.id
    works = (
        sa.select(Engagement.id)
        .join(Engagement.profile)
        .where(own, Engagement.project_id == Project.id, Engagement.state.in_(SEATED))
    )
    invited = (
        sa.select(Invitation.id)
        .join(Invitation.profile)
        .where(own, Invitation.project_id == Project.id, Invitation.state.in_(OPEN))
    )
    statement = sa.select(Project).where(
        Project.id == project_id, managed_by(account) | works.exists() | invited.exists()
    )
    found = db.session.scalar(statement.options(joinedload(Project.organisation)))
    if found is None:
        raise Missing
    return found


def versions_of(project_id: int) -> sa.Select[Any]:
    """Return the versions of a project's guidelines, with who wrote them."""
    own = sa.select(GuidelineVersion).where(GuidelineVersion.project_id == project_id)
    return own.options(joinedload(GuidelineVersion.writer))


def find_newest(project_id: int) -> GuidelineVersion | None:
    """Return the newest version, or None while there is none."""
    found: GuidelineVersion | None = db.session.scalar(
        versions_of(project_id).order_by(GuidelineVersion.number.desc()).limit(1)
    )
    return found


def get_version(project_id: int, number: int) -> GuidelineVersion:
    """Return one version; raises Missing."""
    found: GuidelineVersion | None = db.session.scalar(versions_of(project_id).where(GuidelineVersion.number == number))
    if found is None:
        raise Missing
    return found
