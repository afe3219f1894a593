"""The reads of marks and notes; a project's own managers alone get them."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from marketplace.db import db
from marketplace.projects.models import Project
from marketplace.shortlists.models import CandidateMark, CandidateNote
from marketplace.shortlists.rules import Mark


def marked(project: Project) -> sa.Select[Any]:
    """Return every mark of *project*, with whom and by whom."""
    own = sa.select(CandidateMark).where(CandidateMark.project_id == project.id)
    return own.options(
        joinedload(CandidateMark.profile), joinedload(CandidateMark.match), joinedload(CandidateMark.marker)
    )


def marks_of(project: Project, profile_ids: Collection[int]) -> dict[int, CandidateMark]:
    """Return the marks of some people for *project*, by profile."""
    found = db.session.scalars(marked(project).where(CandidateMark.profile_id.in_(profile_ids)))
    return {one.profile_id: one for one in found}


def not_chosen_ids(project_id: int, profile_ids: Collection[int]) -> set[int]:
    """Return which of some people are not chosen for a project."""
    own = sa.select(CandidateMark.profile_id).where(
        CandidateMark.project_id == project_id,
        CandidateMark.profile_id.in_(profile_ids),
        CandidateMark.mark == Mark.NOT_CHOSEN,
    )
    return set(db.session.scalars(own))


def notes_of(project: Project, profile_ids: Collection[int]) -> dict[int, list[CandidateNote]]:
    """Return the notes about some people for *project*, by profile, oldest first."""
    own = sa.select(CandidateNote).where(
        CandidateNote.project_id == project.id, CandidateNote.profile_id.in_(profile_ids)
    )
    found = defaultdict(list)
    for note in db.session.scalars(own.options(joinedload(CandidateNote.writer)).order_by(CandidateNote.id)):
        found[note.profile_id].append(note)
    return dict(found)


def count_notes(project_id: int, profile_id: int) -> int:
    """Return how many notes there are about somebody."""
    counted = sa.select(sa.func.count()).where(
        CandidateNote.project_id == project_id, CandidateNote.profile_id == profile_id
    )
    return db.session.scalar(counted) or 0
