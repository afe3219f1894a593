"""The worker's door: a new space is filled in small steps, each a task of its own, and takes over when it is whole.

The steps: `plan` rings for windows of résumés, a few at a time so that an upload never waits behind all of them;
`embed_window` does one; `embed_briefs` goes through the projects; then the space takes over, or the plan starts anew.
"""

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import sqlalchemy as sa

from marketplace import clock
from marketplace.db import db
from marketplace.profiles import counting, spaces
from marketplace.profiles.models import Resume, VectorSpace
from marketplace.profiles.rules import SpaceState
from marketplace.projects.jobs import embed_brief
from marketplace.spaces import actions, queries
from marketplace.tasks import embedder, ring
from marketplace.tasks.actions import add_task
from marketplace.tasks.models import TaskState
from marketplace.tasks.news import Queue
from marketplace.tasks.queries import count_alive
from matching.resumes.privacy import seen
from matching.spaces import Space

WINDOWS_A_WORKER = 2
PROJECTS_A_STEP = 16
SOON, LATER = timedelta(seconds=1), timedelta(minutes=1)


def plan(space_id: int, after: int = -1) -> None:
    """Ring for the next windows of résumés behind *after* that lack a vector in a space, and for the next plan."""
    if _building(space_id) is None:
        return
    under_way = queries.count_tasks(TaskState.READY) - 1  # this very task is one
    room = WINDOWS_A_WORKER * max(1, count_alive(Queue.MODEL)) - under_way
    windows = queries.windows_lacking(space_id, after, max(room, 1))
    if windows and room > 0:
        for window in windows:
            ring("space.resumes", window)
        _step(queries.PLANNED, space_id, windows[-1])
    elif under_way > 0 or windows:
        _step(queries.PLANNED, space_id, after, SOON)
    elif queries.count_tasks(TaskState.DEAD):
        _step(queries.PLANNED, space_id, -1, LATER)  # an admin has to look at what gave up
    elif after >= 0:
        _step(queries.PLANNED, space_id, -1)
    else:
        ring("space.briefs", space_id)


def _building(space_id: int) -> Space | None:
    """Return the space while it is being built, else None; raises LookupError where its model is not at hand."""
    row = db.session.get(VectorSpace, space_id)
    if row is None or row.state is not SpaceState.BUILDING:
        return None
    space = Space(row.model, row.sha256, row.dimension)
    if embedder.find(space) is None:
        raise LookupError("the model of the new space is not on this machine")
    return space


def _step(kind: str, space_id: int, after: int, pause: timedelta = timedelta()) -> None:
    # The job is called with the values in the order of their keys, shorter keys first: so jsonb keeps them.
    add_task(kind, {"id": space_id, "after": after}, Queue.MODEL, due_at=clock.now() + pause)


def embed_window(window: int) -> None:
    """Give the résumés of one window their vectors in the space that is being built; what has them is left alone.

    A résumé whose titles and words were never looked for gets those, too.
    """
    db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(spaces.LOCK, window % 2**31)))
    building = sa.select(VectorSpace.id).where(VectorSpace.state == SpaceState.BUILDING)
    for space_id in db.session.scalars(building).all():
        if (space := _building(space_id)) is None:
            continue
        if not (resumes := queries.resumes_lacking(space_id, window)):
            continue
        model = embedder.find(space)
        assert model is not None
        texts = [_texts(resume) for resume in resumes]
        vectors = model.embed([text for own in texts for text in own])
        spaces.hold()
        db.session.flush()
        last = np.cumsum([len(own) for own in texts])
        for resume, own in zip(resumes, np.split(vectors, last[:-1]), strict=True):
            spaces.keep(resume, own, space_id)


def _texts(resume: Resume) -> Sequence[str]:
    """Return what a model is given of a résumé, whose titles and words are looked for where they never were."""
    compared = seen(resume.text, [resume.profile.account.name])
    counting.count_anew(resume, compared)
    return compared.texts((piece.starts_at, piece.ends_at) for piece in counting.pieces_of(resume))


def embed_briefs(space_id: int, after: int = 0) -> None:
    """Give the next projects behind *after* their vectors in every space; after the last, let the new one take over.

    What came to lack a vector meanwhile is planned for again.
    """
    if _building(space_id) is None:
        return
    projects = queries.unfinished_projects(after, PROJECTS_A_STEP)
    for project_id in projects:
        embed_brief(project_id)
    if projects:
        _step(queries.BRIEFED, space_id, projects[-1])
    elif not actions.take_over(space_id):
        _step(queries.PLANNED, space_id, -1, SOON)
