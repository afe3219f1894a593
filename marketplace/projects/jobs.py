"""The worker's door: the texts of a project's brief are embedded, and scheduled projects start on their day."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from marketplace.db import db
from marketplace.notices import Kind
from marketplace.organisations.telling import tell_managers
from marketplace.profiles import spaces
from marketplace.projects import actions, queries
from marketplace.projects.models import Project, TextVector
from matching.briefs import texts_of

# A project stands in each space where the middle of its texts is; both are kept by what they say, so they agree.
PLACE = """
INSERT INTO project_vector (project_id, space_id, embedding)
SELECT :project_id, space_id, l2_normalize(avg(embedding))
  FROM text_vector WHERE sha256 = ANY(:digests) GROUP BY space_id
    ON CONFLICT (project_id, space_id) DO UPDATE SET embedding = excluded.embedding
"""


def embed_brief(project_id: int) -> None:
    """Give every text of a project's brief its vector in each space in use.

    What has one already is left alone: trying again doubles nothing.
    """
    project = db.session.scalar(sa.select(Project).where(Project.id == project_id))
    if project is None:
        return
    texts = [piece.text for piece in texts_of(queries.brief_of(project))]
    embed_texts(texts)
    if texts:
        db.session.execute(sa.text(PLACE), {"project_id": project_id, "digests": [*map(queries.digest, texts)]})
        _tell_managers(project)


def _tell_managers(project: Project) -> None:
    """Tell the managers, once for each version of the requirements, that people can be ranked."""
    version = queries.newest_version(project)
    tell_managers(
        project.organisation_id,
        Kind.MATCHING,
        "matching.ready",
        f"project:{project.id}:version:{version.number}",
        f"The matches for “{project.title}” are ready",
        f"/projects/{project.id}/matches",
    )


def embed_texts(texts: list[str]) -> None:
    """Give each text its vector in every space in use, also one that comes into use meanwhile."""
    _embed(texts)
    spaces.hold()
    _embed(texts)


def _embed(texts: list[str]) -> None:
    for space_id, model in spaces.in_use():
        missing = queries.texts_without_vector(texts, space_id)
        rows = [
            {"space_id": space_id, "sha256": queries.digest(text), "embedding": vector}
            for text, vector in zip(missing, model.embed(missing), strict=True)
        ]
        if rows:
            db.session.execute(insert(TextVector).on_conflict_do_nothing(), rows)


def start_scheduled() -> None:
    """Activate the scheduled projects whose first day has come."""
    actions.start_due_projects()
