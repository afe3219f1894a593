"""A change of the model: a space begins, takes over whole, is retired, is dropped."""

import sqlalchemy as sa
import structlog

from marketplace import audit, clock
from marketplace.db import db
from marketplace.errors import Missing, Refused
from marketplace.profiles.actions import space_id_of
from marketplace.profiles.models import ResumeVectors, VectorSpace
from marketplace.profiles.queries import find_active_space
from marketplace.profiles.rules import SpaceState
from marketplace.profiles.spaces import hold_alone
from marketplace.projects.models import TextVector
from marketplace.spaces import queries
from marketplace.tasks import ring
from marketplace.words import say
from matching.spaces import Space

log = structlog.get_logger(__name__)


def begin(space: Space) -> None:
    """See to it that everything will have its vectors in *space*, the space of the model in the settings.

    The first space of an installation is active at once.  Another one is built in the background, also when it was
    active once; one that was being built for another model is given up.
    """
    hold_alone()
    space_id = space_id_of(space)
    active = find_active_space()
    others = sa.update(VectorSpace).where(VectorSpace.state == SpaceState.BUILDING, VectorSpace.id != space_id)
    db.session.execute(others.values(state=SpaceState.RETIRED))
    if active is None or active.id == space_id:
        return
    building = sa.update(VectorSpace).where(VectorSpace.id == space_id, VectorSpace.state == SpaceState.RETIRED)
    db.session.execute(building.values(state=SpaceState.BUILDING, created_at=clock.now()))
    if not queries.is_under_way(space_id):
        log.info("vector space begun", space=space_id, model=space.model)
        audit.record("space.begun", "vector_space", space_id, actor_id=None, model=space.model, sha256=space.sha256)
        ring("space.building", space_id)


def take_over(space_id: int) -> bool:
    """Make a space that is whole the active one, and let everything derived from its vectors follow; else False.

    All in the caller's one transaction: whoever matches sees the old space or the new one.
    """
    # What takes long is asked before anybody has to wait.
    briefs = queries.unfinished_briefs()
    if queries.resumes_lack(space_id) or queries.briefs_lacking(briefs, space_id):
        return False
    hold_alone()
    db.session.expire_all()
    space = db.session.get_one(VectorSpace, space_id)
    if space.state is not SpaceState.BUILDING:
        return True
    if queries.resumes_lack(space_id) or queries.briefs_lacking(queries.unfinished_briefs() - briefs, space_id):
        return False
    old = find_active_space()
    if old is not None:
        old.state = SpaceState.RETIRED
        db.session.flush()  # there may be only one at any moment
    space.state = SpaceState.ACTIVE
    db.session.flush()
    audit.record("space.active", "vector_space", space_id, actor_id=None, before=old.id if old else None)
    log.info("vector space active", space=space_id, before=old.id if old else None)
    return True


def drop(space_id: int) -> int:
    """Delete the vectors of a retired space and return how many there were; runs made in it cannot be replayed then."""
    space = db.session.get(VectorSpace, space_id, with_for_update=True)
    if space is None:
        raise Missing
    if space.state is not SpaceState.RETIRED:
        raise Refused(
            say(
                "Space %(space_id)s is %(state)s: only the vectors of a retired space can be dropped.",
                space_id=space_id,
                state=space.state,
            )
        )
    kept = sa.select(sa.func.sum(sa.func.cardinality(ResumeVectors.numbers))).where(ResumeVectors.space_id == space_id)
    count: int = db.session.scalar(kept) or 0
    db.session.execute(sa.delete(ResumeVectors).where(ResumeVectors.space_id == space_id))
    texts = db.session.execute(sa.delete(TextVector).where(TextVector.space_id == space_id))
    count += texts.rowcount  # type: ignore[attr-defined]
    audit.record("space.dropped", "vector_space", space_id, actor_id=None, vectors=count)
    return count
