"""How far a change of the model is: what has no vector in the new space yet, what is under way, how long it takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from marketplace import clock
from marketplace.db import db
from marketplace.profiles.models import (
    AnnotatorProfile,
    Resume,
    ResumeIndex,
    ResumePassage,
    ResumeVectors,
    VectorSpace,
)
from marketplace.profiles.rules import ResumeState, SpaceState
from marketplace.projects import queries as project_queries
from marketplace.projects.models import Project, RequirementVersion
from marketplace.projects.rules import CLOSED
from marketplace.tasks.models import Task, TaskState
from matching.briefs import Brief, texts_of

# Résumés are embedded anew by the number of their window: so many ids lie in one.
WINDOW = 16
PLANNED, WINDOWED, BRIEFED = "space.building", "space.resumes", "space.briefs"
RECENT = timedelta(minutes=10)
ABOUT = sa.cast(Task.payload["id"].astext, sa.BigInteger)


@dataclass(frozen=True, slots=True)
class Progress:
    """How many of the résumés that count have their vectors in a space, and when the rest will, where that is known."""

    done: int
    total: int
    time_left: timedelta | None

    @property
    def in_words(self) -> str:
        """The progress as people read it."""
        count = f"{self.done:,} of {self.total:,} résumés"
        if self.time_left is None:
            return count
        minutes = round(self.time_left.total_seconds() / 60)
        hours, rest = divmod(minutes, 60)
        left = f"about {hours} h {rest} min" if hours else f"about {minutes} min" if minutes else "less than a minute"
        return f"{count}, {left} left"


@dataclass(frozen=True, slots=True)
class SpaceView:
    """A space as people look at it; *progress* only while it is being built, *stuck*: tasks that gave up on it."""

    id: int
    model: str
    sha256: str
    dimension: int
    state: SpaceState
    created_at: datetime
    progress: Progress | None
    stuck: int


def spaces() -> list[VectorSpace]:
    """Return every space, oldest first."""
    return list(db.session.scalars(sa.select(VectorSpace).order_by(VectorSpace.id)))


def views() -> list[SpaceView]:
    """Return every space with how far it is, oldest first."""
    return [
        SpaceView(
            one.id,
            one.model,
            one.sha256,
            one.dimension,
            one.state,
            one.created_at,
            progress(one.id) if one.state is SpaceState.BUILDING else None,
            count_tasks(TaskState.DEAD) if one.state is SpaceState.BUILDING else 0,
        )
        for one in spaces()
    ]


def progress(space_id: int) -> Progress:
    """Return how far a space is."""
    lacking = _count(_counting().where(_lacks(space_id)))
    total = _count(_counting())
    return Progress(total - lacking, total, _time_left(lacking))


def _counting() -> sa.Select[int]:
    """Return the résumés that count or may again: the current one of everybody, whatever became of the profile."""
    return sa.select(Resume.id).where(Resume.is_current, Resume.state == ResumeState.READY)


def _lacks(space_id: int) -> sa.ColumnElement[bool]:
    """Return the condition that a résumé has a piece without a vector, or was never searched for titles and words."""
    has_vector = sa.exists().where(
        ResumeVectors.resume_id == ResumePassage.resume_id,
        ResumeVectors.space_id == space_id,
        ResumePassage.number == sa.any_(ResumeVectors.numbers),
    )
    is_counted = sa.exists().where(ResumeIndex.resume_id == Resume.id)
    return ~is_counted | sa.exists().where(ResumePassage.resume_id == Resume.id, ~has_vector)


def _count(statement: sa.Select[int]) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(statement.subquery())) or 0


def _time_left(lacking: int) -> timedelta | None:
    """Return how long *lacking* résumés take at the pace of the last windows, None before there is one."""
    now = clock.now()
    recent = sa.and_(Task.kind == WINDOWED, Task.state == TaskState.DONE, Task.finished_at > now - RECENT)
    count, since = db.session.execute(sa.select(sa.func.count(), sa.func.min(Task.created_at)).where(recent)).one()
    return (now - since) / count * lacking / WINDOW if count and since else None


def windows_lacking(space_id: int, after: int, most: int) -> list[int]:
    """Return up to *most* windows behind *after* with a résumé that lacks a vector, and that nobody is at already."""
    window = (Resume.id // WINDOW).label("window")
    lacking = (
        sa.select(window)
        .where(Resume.is_current, Resume.state == ResumeState.READY, Resume.id >= (after + 1) * WINDOW)
        .where(_lacks(space_id), window.not_in(_windows_under_way()))
    )
    return list(db.session.scalars(lacking.distinct().order_by(window).limit(most)))


def _windows_under_way() -> sa.Select[int]:
    unfinished = Task.state.in_([TaskState.READY, TaskState.DEAD])
    return sa.select(ABOUT).where(Task.kind == WINDOWED, unfinished)


def count_tasks(state: TaskState) -> int:
    """Return how many tasks of a change of the model are in *state*."""
    kinds = Task.kind.in_([PLANNED, WINDOWED, BRIEFED])
    return db.session.scalar(sa.select(sa.func.count()).select_from(Task).where(kinds, Task.state == state)) or 0


def is_under_way(space_id: int) -> bool:
    """Return whether the to-do list already holds the next step of building a space."""
    steps = sa.and_(Task.kind.in_([PLANNED, BRIEFED]), ABOUT.in_([space_id]))
    return bool(db.session.scalar(sa.select(sa.exists().where(steps, Task.state == TaskState.READY))))


def resumes_lacking(space_id: int, window: int) -> Sequence[Resume]:
    """Return the résumés of one window that lack a vector, with their pieces."""
    inside = sa.and_(Resume.id >= window * WINDOW, Resume.id < (window + 1) * WINDOW)
    lacking = sa.select(Resume).where(Resume.id.in_(_counting()), inside, _lacks(space_id))
    owner = joinedload(Resume.profile).joinedload(AnnotatorProfile.account)
    pieces = selectinload(Resume.passages), selectinload(Resume.titles), joinedload(Resume.index)
    return db.session.scalars(lacking.order_by(Resume.id).options(*pieces, owner)).all()


def unfinished_projects(after: int, most: int) -> list[int]:
    """Return the ids of up to *most* projects that are not over, behind *after*."""
    statement = sa.select(Project.id).where(Project.state.not_in(CLOSED), Project.id > after)
    return list(db.session.scalars(statement.order_by(Project.id).limit(most)))


def unfinished_briefs() -> set[Brief]:
    """Return what every project that is not over asks for."""
    whole = selectinload(Project.versions).selectinload(RequirementVersion.wishes)
    found = db.session.scalars(sa.select(Project).where(Project.state.not_in(CLOSED)).options(whole))
    return {project_queries.brief_of(project) for project in found}


def briefs_lacking(briefs: set[Brief], space_id: int) -> bool:
    """Return whether a text of *briefs* has no vector in a space."""
    texts = list({piece.text for brief in briefs for piece in texts_of(brief)})
    portions = (texts[start : start + 5_000] for start in range(0, len(texts), 5_000))
    return any(project_queries.texts_without_vector(portion, space_id) for portion in portions)


def resumes_lack(space_id: int) -> bool:
    """Return whether a résumé that counts has no vector in a space."""
    return bool(db.session.scalar(sa.select(sa.exists(_counting().where(_lacks(space_id))))))
