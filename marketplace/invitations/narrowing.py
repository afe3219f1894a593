"""Which of the ranked a manager wants to see: by mark, by invitation, by hours and by the rate they ask."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from marketplace.db import db
from marketplace.invitations.models import Invitation
from marketplace.invitations.rules import LIVE, Show
from marketplace.matches.models import MatchLog, MatchRun
from marketplace.profiles.models import AnnotatorProfile
from marketplace.projects.models import Project
from marketplace.shortlists.models import CandidateMark
from marketplace.shortlists.rules import Mark


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Whom to show: *minutes* a week at least; *rate_minor*: asking for no more, in the currency of the project."""

    show: Show = Show.EVERYBODY
    minutes: int | None = None
    rate_minor: int | None = None


def ranks(run: MatchRun, project: Project, wanted: Narrowing) -> Sequence[int]:
    """Return the places, from 1 and ascending, of those ranked in *run* who are *wanted* by what is known now."""
    if wanted == Narrowing():
        return range(1, run.scored + 1)
    logged = sa.select(MatchLog.profile_ids).where(MatchLog.run_id == run.id, MatchLog.ranked).scalar_subquery()
    placed = sa.func.unnest(logged).table_valued("profile_id", with_ordinality="rank", name="placed").render_derived()
    statement = (
        sa.select(placed.c.rank)
        .join(AnnotatorProfile, AnnotatorProfile.id == placed.c.profile_id)
        .where(*_conditions(project, wanted))
        .order_by(placed.c.rank)
    )
    return list(db.session.scalars(statement))


def _conditions(project: Project, wanted: Narrowing) -> list[sa.ColumnElement[bool]]:
    found = _shown(project, wanted.show)
    if wanted.minutes is not None:
        found.append(AnnotatorProfile.weekly_minutes >= wanted.minutes)
    if wanted.rate_minor is not None:
        found.append(AnnotatorProfile.currency == project.currency)
        found.append(AnnotatorProfile.min_rate_minor <= wanted.rate_minor)
    return found


def _shown(project: Project, show: Show) -> list[sa.ColumnElement[bool]]:
    def marked(mark: Mark) -> sa.ColumnElement[bool]:
        own = sa.select(CandidateMark.id).where(CandidateMark.project_id == project.id, CandidateMark.mark == mark)
        return own.where(CandidateMark.profile_id == AnnotatorProfile.id).exists()

    invited = sa.select(Invitation.id).where(Invitation.project_id == project.id, Invitation.state.in_(LIVE))
    is_invited = invited.where(Invitation.profile_id == AnnotatorProfile.id).exists()
    shown: dict[Show, list[sa.ColumnElement[bool]]] = {
        Show.EVERYBODY: [],
        Show.UNDECIDED: [~marked(Mark.NOT_CHOSEN), ~is_invited],
        Show.SHORTLISTED: [marked(Mark.SHORTLISTED)],
        Show.NOT_CHOSEN: [marked(Mark.NOT_CHOSEN)],
        Show.INVITED: [is_invited],
    }
    return shown[show]
