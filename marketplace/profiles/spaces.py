"""The vector spaces that are in use now: the active one and, while the model is changed, the one that will follow it.

Whatever is embedded is embedded in all of them, so that matching can go on in the first until the second is whole.
Writers of vectors share a lock from the moment they look which spaces are in use until they commit; the change-over
takes it alone, so that no vector is ever missing in the space that has just become the active one.
"""

from collections.abc import Sequence

import numpy as np
import sqlalchemy as sa
import structlog
from numpy.typing import NDArray
from sqlalchemy.dialects.postgresql import insert

from marketplace.db import db
from marketplace.profiles import actions, counting
from marketplace.profiles.models import Resume, ResumeVectors, VectorSpace
from marketplace.profiles.rules import SpaceState
from marketplace.tasks import embedder
from marketplace.tasks.embedder import TextEmbedder
from matching.spaces import Space

# The number of the lock; matching rows that copy vectors of the active space share it as well.
LOCK = 7_203_311
IN_USE = (SpaceState.ACTIVE, SpaceState.BUILDING)

log = structlog.get_logger(__name__)


def hold() -> None:
    """Keep the spaces as they are until the commit: none becomes the active one meanwhile."""
    db.session.execute(sa.select(sa.func.pg_advisory_xact_lock_shared(LOCK)))


def hold_alone() -> None:
    """Wait until nobody writes vectors, and keep everybody from it until the commit."""
    db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))


def in_use() -> list[tuple[int, TextEmbedder]]:
    """Return the spaces that vectors are to be written in, each by its id with its model, the active one first.

    One whose model this machine does not have is left out: what is new then waits for the change-over.
    The very first space becomes the active one here.
    """
    rows = _rows()
    if not rows or rows[0].state is not SpaceState.ACTIVE:
        actions.space_id_of(embedder.get().space)
        rows = _rows()
    spaces = {row.id: Space(row.model, row.sha256, row.dimension) for row in rows}
    embedder.keep_only(spaces.values())
    found = [(space_id, embedder.find(space)) for space_id, space in spaces.items()]
    for space_id, model in found:
        if model is None:
            log.warning("no model for a vector space in use", space=space_id)
    return [(space_id, model) for space_id, model in found if model is not None]


def keep(resume: Resume, vectors: NDArray[np.float32], space_id: int) -> None:
    """Keep the *vectors*, (n, d), of all n pieces of a résumé in one space; those kept before give way.

    The pieces have to be written already.
    """
    numbers = [piece.number for piece in counting.pieces_of(resume)]
    if len(numbers) != len(vectors):
        raise ValueError("Every piece needs one vector.")
    row = {"resume_id": resume.id, "space_id": space_id, "numbers": numbers, "embeddings": list(vectors)}
    new = insert(ResumeVectors).values(row)
    changed = {"numbers": new.excluded.numbers, "embeddings": new.excluded.embeddings}
    key = [ResumeVectors.resume_id, ResumeVectors.space_id]
    db.session.execute(new.on_conflict_do_update(index_elements=key, set_=changed))


def _rows() -> Sequence[sa.Row[int, SpaceState, str, str, int]]:
    columns = VectorSpace.id, VectorSpace.state, VectorSpace.model, VectorSpace.sha256, VectorSpace.dimension
    used = sa.select(*columns).where(VectorSpace.state.in_(IN_USE))
    return db.session.execute(used.order_by(VectorSpace.state, VectorSpace.id)).all()


def embed(texts: Sequence[str], known: dict[int, NDArray[np.float32]] | None = None) -> dict[int, NDArray[np.float32]]:
    """Return the vectors of *texts* in every space in use, by its id, each of shape (n, d).

    *known*: what an earlier call gave; only spaces that it does not have are embedded in, those not in use left out.
    """
    known = known or {}
    return {space_id: known[space_id] if space_id in known else model.embed(texts) for space_id, model in in_use()}
