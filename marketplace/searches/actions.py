"""Searching: the text is kept, and the worker that has the model reads it."""

from sqlalchemy.dialects.postgresql import insert

from marketplace import audit
from marketplace.accounts.models import Account
from marketplace.db import db
from marketplace.profiles.queries import find_active_space
from marketplace.projects.models import Project
from marketplace.searches import queries
from marketplace.searches.models import PeopleSearch
from marketplace.tasks import ring


def start_search(project: Project, text: str, *, by: Account) -> PeopleSearch:
    """Keep what *by* looks for among the people for *project*, and have it read; asked again it is the same row."""
    values = {"project_id": project.id, "text": text, "asked_by": by.id}
    made = db.session.scalar(insert(PeopleSearch).values(**values).on_conflict_do_nothing().returning(PeopleSearch.id))
    search: PeopleSearch = db.session.scalars(queries.searches_of(project).where(PeopleSearch.text == text)).one()
    if made is not None:
        audit.record("people_search.asked", "people_search", search.id, actor_id=by.id, text=text)
    have_read(search)
    return search


def have_read(search: PeopleSearch) -> None:
    """See to it that *search* is read in the active space; what is read or asked for already is left alone."""
    if not queries.is_read(search):
        space = find_active_space()
        key = f"people_search.{search.id}.{space.id if space else 0}"
        ring("people_search.asked", search.id, dedupe_key=key)
