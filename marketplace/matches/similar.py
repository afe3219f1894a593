"""What is near by meaning, by the vectors of matching: similar projects, similar people, projects for one person."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.orm import aliased, selectinload

from marketplace.db import db
from marketplace.matches import facts, pools
from marketplace.matches.search import shortlist
from marketplace.profiles.models import AnnotatorProfile
from marketplace.profiles.queries import current_resume, find_active_space
from marketplace.projects.models import Project, ProjectVector
from marketplace.projects.queries import open_projects
from matching.eligibility import judge
from matching.signals.closeness import BEST_PASSAGES, similarities
from matching.types import GateResult

# Gates are judged for this many of the nearest projects: far more than anybody reads.
NEAREST = 200


@dataclass(frozen=True, slots=True)
class NearProject:
    """A project with its closeness, -1 to 1, and what its gates say of the person asked for (empty: nobody)."""

    project: Project
    closeness: float
    gates: tuple[GateResult, ...] = ()


@dataclass(frozen=True, slots=True)
class NearPerson:
    """A profile with its closeness to another, -1 to 1."""

    profile: AnnotatorProfile
    closeness: float


def similar_projects(project: Project, most: int = 5) -> list[NearProject]:
    """Return the projects open to everybody whose briefs are nearest to that of *project*, without itself."""
    space = find_active_space()
    if space is None:
        return []
    own = aliased(ProjectVector)
    away = ProjectVector.embedding.max_inner_product(own.embedding)
    nearest = (
        open_projects()
        .join(ProjectVector, ProjectVector.project_id == Project.id)
        .join(own, (own.project_id == project.id) & (own.space_id == space.id))
        .where(ProjectVector.space_id == space.id, Project.id != project.id)
        .add_columns(away)
        .order_by(away, Project.id)
        .limit(most)
    )
    return [NearProject(found, -distance) for found, distance in db.session.execute(nearest)]


def projects_for(profile: AnnotatorProfile, most: int = 20) -> list[NearProject]:
    """Return the open projects nearest to the résumé of *profile*, nearest first, each with what its gates say.

    Closeness is the mean of the best three passages, as in the first stage of the ranking.
    """
    space, resume = find_active_space(), current_resume(profile)
    if space is None or resume is None:
        return []
    pieces = pools.pieces_of([resume.id], space.id, space.dimension)
    theirs = pieces.vectors[~(pieces.flagged | pieces.titles)]
    ids, vectors = _open_briefs(space.id, space.dimension)
    if not len(theirs) or not len(ids):
        return []
    closeness = np.sort(similarities(vectors, theirs), axis=1)[:, -BEST_PASSAGES:].mean(axis=1)
    order = np.lexsort((ids, -closeness))[: min(most, NEAREST)]
    chosen = {project.id: project for project in _with_requirements([int(ids[at]) for at in order])}
    candidate = facts.candidate_of(profile)
    return [
        NearProject(project, float(closeness[at]), judge(facts.gates_of(project), candidate))
        for at in order
        if (project := chosen.get(int(ids[at])))
    ]


def similar_people(profile: AnnotatorProfile, project: Project, most: int = 5) -> list[NearPerson]:
    """Return those who pass every gate of *project* and whose résumés are nearest to that of *profile*."""
    space, resume = find_active_space(), current_resume(profile)
    if space is None or resume is None:
        return []
    pieces = pools.pieces_of([resume.id], space.id, space.dimension)
    theirs = pieces.vectors[~(pieces.flagged | pieces.titles)]
    if not len(theirs):
        return []
    middle = theirs.mean(axis=0, dtype=np.float64)
    found = shortlist(facts.gates_of(project), middle / np.linalg.norm(middle), most=most + 1)
    near = {one.profile_id: one.closeness for one in found if one.profile_id != profile.id}
    people = db.session.scalars(sa.select(AnnotatorProfile).where(AnnotatorProfile.id.in_(near)))
    return sorted((NearPerson(one, near[one.id]) for one in people), key=lambda one: -one.closeness)[:most]


def _open_briefs(space_id: int, width: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    # One value for all ids and one for all vectors: ten thousand rows take longer to read than to compare.
    rows = (
        sa.select(
            _all_of(sa.func.int8send(ProjectVector.project_id)), _all_of(sa.func.halfvec_send(ProjectVector.embedding))
        )
        .join(Project, Project.id == ProjectVector.project_id)
        .where(ProjectVector.space_id == space_id, Project.id.in_(open_projects().with_only_columns(Project.id)))
    )
    ((told, vectors),) = pools.sent(str(rows.compile(db.engine, compile_kwargs={"literal_binds": True})))
    ids = np.frombuffer(told or b"", dtype=">i8").astype(np.int64)
    return ids, pools.vectors_from(vectors or b"", len(ids), width)


def _all_of(one: sa.ColumnElement[bytes]) -> sa.ColumnElement[bytes | None]:
    return sa.func.string_agg(one, sa.literal(b""), type_=sa.LargeBinary)


def _with_requirements(project_ids: Sequence[int]) -> Sequence[Project]:
    whole = selectinload(Project.versions)
    return db.session.scalars(sa.select(Project).where(Project.id.in_(project_ids)).options(whole)).all()
