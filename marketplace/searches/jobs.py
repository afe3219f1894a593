"""The worker's door: what is searched for gets its vectors."""

from marketplace.db import db
from marketplace.projects.jobs import embed_texts
from marketplace.searches.models import PeopleSearch
from marketplace.searches.queries import brief_of
from matching.briefs import texts_of


def embed_search(search_id: int) -> None:
    """Give every text of a search its vector in each space in use; trying again doubles nothing."""
    search = db.session.get(PeopleSearch, search_id)
    if search is not None:
        embed_texts([piece.text for piece in texts_of(brief_of(search))])
