"""The worker's door: the wishes of a project are embedded, and scheduled projects start on their day."""

import sqlalchemy as sa

from marketplace.db import db
from marketplace.profiles.actions import space_id_of
from marketplace.projects import actions, queries
from marketplace.projects.models import WishVector
from marketplace.tasks import embedder


def embed_wishes(version_id: int) -> None:
    """Give every wish of a version of requirements its vector in the space of this worker's model.

    A version that is gone, or whose wishes all have theirs, needs nothing: trying again doubles nothing.
    """
    model = embedder.get()
    space_id = space_id_of(model.space)
    wishes = queries.wishes_without_vector(version_id, space_id)
    vectors = model.embed([wish.text for wish in wishes])
    rows = [
        {"wish_id": wish.id, "space_id": space_id, "embedding": vector}
        for wish, vector in zip(wishes, vectors, strict=True)
    ]
    if rows:
        db.session.execute(sa.insert(WishVector), rows)


def start_scheduled() -> None:
    """Activate the scheduled projects whose first day has come."""
    actions.start_due_projects()
