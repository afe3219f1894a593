"""The reads of searches."""

from typing import Any

import sqlalchemy as sa

from marketplace.db import db
from marketplace.errors import Missing
from marketplace.projects.models import Project
from marketplace.projects.queries import brief_is_read
from marketplace.searches.models import PeopleSearch
from matching.briefs import Brief


def searches_of(project: Project) -> sa.Select[Any]:
    """Return what was searched for among the people for *project*."""
    return sa.select(PeopleSearch).where(PeopleSearch.project_id == project.id)


def latest_searches(project: Project, most: int) -> list[PeopleSearch]:
    """Return up to *most* of them, the newest first."""
    return list(db.session.scalars(searches_of(project).order_by(PeopleSearch.id.desc()).limit(most)))


def get_search(project: Project, search_id: int) -> PeopleSearch:
    """Return a search of *project*; raises Missing."""
    found: PeopleSearch | None = db.session.scalar(searches_of(project).where(PeopleSearch.id == search_id))
    if found is None:
        raise Missing
    return found


def brief_of(search: PeopleSearch) -> Brief:
    """Return what *search* asks for, as matching reads it: one wish."""
    return Brief("", (search.text,))


def is_read(search: PeopleSearch) -> bool:
    """Return whether every text of *search* has its vector in the active space."""
    return brief_is_read(brief_of(search))
