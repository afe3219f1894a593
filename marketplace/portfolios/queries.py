"""What public pages show, counted anew whenever one is opened."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from marketplace import clock
from marketplace.accounts.models import Account, Organisation
from marketplace.db import db
from marketplace.errors import Missing
from marketplace.portfolios.models import Portfolio
from marketplace.portfolios.rules import KEY, Part
from marketplace.profiles.models import AnnotatorProfile, Degree, LanguageSkill
from marketplace.profiles.rules import ProfileState
from marketplace.projects.models import Project
from marketplace.timesheets.models import TimeEntry
from marketplace.timesheets.rules import EntryState
from marketplace.work.models import Engagement


@dataclass(frozen=True, slots=True)
class Worked:
    """Approved time on one project, or on all that are not public (then without title); the days of its ends."""

    title: str | None
    client: str | None
    projects: int
    minutes: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class PublicPage:
    """What others see; None: its owner does not show it."""

    name: str
    headline: str
    published_at: datetime
    as_of: datetime
    minutes: int | None
    lines: int | None
    worked: list[Worked] | None
    languages: list[LanguageSkill] | None
    degrees: list[Degree] | None


def find_portfolio(profile: AnnotatorProfile) -> Portfolio | None:
    """Return the page of *profile*, or None while there is none."""
    return db.session.scalar(sa.select(Portfolio).where(Portfolio.profile_id == profile.id))


def public_page(key: str) -> PublicPage:
    """Return the page with the link that ends in *key*; raises Missing, also while its owner is not qualified."""
    if not KEY.fullmatch(key):
        raise Missing
    statement = (
        sa.select(Portfolio)
        .join(Portfolio.profile)
        .join(Account, Account.id == AnnotatorProfile.account_id)
        .where(Portfolio.key == key, AnnotatorProfile.state == ProfileState.QUALIFIED, Account.active)
        .options(joinedload(Portfolio.profile).joinedload(AnnotatorProfile.account))
    )
    found = db.session.scalar(statement)
    if found is None:
        raise Missing
    return page_of(found)


def page_of(portfolio: Portfolio) -> PublicPage:
    """Return what others see of *portfolio*."""
    profile, parts = portfolio.profile, set(portfolio.parts)
    worked = _worked(profile) if parts & {Part.HOURS, Part.PROJECTS} else []
    shows_hours = Part.HOURS in parts
    return PublicPage(
        name=(profile.account.name if Part.NAME in parts else "") or profile.pseudonym,
        headline=portfolio.headline,
        published_at=portfolio.published_at,
        as_of=clock.now(),
        minutes=sum(minutes for *_, minutes, _, _, _ in worked) if shows_hours else None,
        lines=sum(lines for *_, lines, _, _ in worked) if shows_hours else None,
        worked=_by_project(worked) if Part.PROJECTS in parts else None,
        languages=profile.languages if Part.LANGUAGES in parts else None,
        degrees=profile.degrees if Part.DEGREES in parts else None,
    )


Row = tuple[str, str, bool, int, int, datetime, datetime]


def _worked(profile: AnnotatorProfile) -> list[Row]:
    """Return title, client, whether it is public, minutes, lines and ends of the approved time on each project."""
    statement = (
        sa.select(
            Project.title,
            Organisation.name,
            Project.is_open,
            sa.cast(sa.func.sum(TimeEntry.minutes), sa.BigInteger),
            sa.func.count(),
            sa.func.min(TimeEntry.starts_at),
            sa.func.max(TimeEntry.ends_at),
        )
        .join(Engagement, Engagement.id == TimeEntry.engagement_id)
        .join(Project, Project.id == Engagement.project_id)
        .join(Organisation, Organisation.id == Project.organisation_id)
        .where(TimeEntry.profile_id == profile.id, TimeEntry.state == EntryState.APPROVED)
        .group_by(Project.id, Organisation.id)
        .order_by(sa.func.max(TimeEntry.ends_at).desc())
    )
    return [(*row,) for row in db.session.execute(statement)]


def _by_project(rows: list[Row]) -> list[Worked]:
    """Return a line for each public project, and one for all others together."""
    found = [
        Worked(title, client, 1, minutes, first, last)
        for title, client, is_open, minutes, _, first, last in rows
        if is_open
    ]
    hidden = [row for row in rows if not row[2]]
    if hidden:
        minutes, first, last = (
            sum(row[3] for row in hidden),
            min(row[5] for row in hidden),
            max(row[6] for row in hidden),
        )
        found.append(Worked(None, None, len(hidden), minutes, first, last))
    return found
