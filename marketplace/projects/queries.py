"""The reads of projects: whose they are, which are open to everybody, what they ask for."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import joinedload, lazyload, selectinload

from marketplace.accounts.models import Account, Membership, Organisation
from marketplace.audit import AuditEvent
from marketplace.db import db
from marketplace.errors import Missing
from marketplace.profiles.queries import find_active_space
from marketplace.projects.models import Project, ProjectCommitment, RequirementVersion, TextVector
from marketplace.projects.rules import ProjectState
from matching.briefs import Brief, texts_of
from matching.gates import gate_from_spec, gate_in_words, node_from_spec, node_in_words
from matching.rates import CardLine

OWN_FIELDS = (
    "title",
    "description",
    "seats",
    "rate_floor_minor",
    "rate_top_minor",
    "weekly_limit_minutes",
    "budget_minor",
    "invitation_hours",
    "starts_on",
    "ends_on",
    "content_warnings",
    "is_open",
)
# Seats are taken in the feature above; here only their number is read, by the table's name.
ENGAGEMENT = sa.table("engagement", sa.column("project_id"), sa.column("state"))


@dataclass(frozen=True, slots=True)
class ProjectView:
    """A project with its newest requirements and the seats taken."""

    project: Project
    version: RequirementVersion
    seats_taken: int

    @property
    def gates_in_words(self) -> list[str]:
        """What the gates and groups ask for, in words."""
        return [node_in_words(node_from_spec(spec)) for spec in self.version.gates]

    @property
    def wishes(self) -> list[str]:
        """The texts of the wishes."""
        return [wish.text for wish in self.version.wishes]

    @property
    def card(self) -> list[CardLine]:
        """The lines of the rate card, each with a label."""
        return [
            CardLine(line.label or gate_in_words(condition), line.amount_minor, condition)
            for line in self.project.rate_lines
            for condition in [gate_from_spec(line.condition)]
        ]

    @property
    def wishes_read(self) -> bool:
        """Whether every text of the brief has its vector, so that people can be ranked."""
        return brief_is_read(brief_of(self.project, self.version))


def managed_by(account: Account) -> sa.ColumnElement[bool]:
    """Return the condition on Project that *account* is a member of its organisation."""
    return Project.organisation_id.in_(sa.select(Membership.organisation_id).where(Membership.account_id == account.id))


def managed_projects(account: Account) -> sa.Select[Any]:
    """Return the projects of the organisations of *account*."""
    return sa.select(Project).where(managed_by(account)).options(joinedload(Project.organisation))


def open_projects() -> sa.Select[Any]:
    """Return the projects that anybody may see and ask to join."""
    return (
        sa.select(Project)
        .where(Project.state == ProjectState.ACTIVE, Project.is_open)
        .options(joinedload(Project.organisation))
    )


def get_project(project_id: int, account: Account, *, lock: bool = False) -> Project:
    """Return a project that *account* manages; *lock* keeps others from changing it until the commit.

    Raises Missing when it is not there or not theirs.
    """
    return _one(managed_projects(account).where(Project.id == project_id), lock)


def get_open_project(project_id: int) -> Project:
    """Return a project open to everybody; raises Missing."""
    return _one(open_projects().where(Project.id == project_id), lock=False)


def _one(statement: sa.Select[Any], lock: bool) -> Project:
    if lock:
        statement = statement.with_for_update(of=Project).execution_options(populate_existing=True)
    found: Project | None = db.session.scalar(statement)
    if found is None:
        raise Missing
    return found


def committed(project_id: int, *, lock: bool = False) -> int:
    """Return what the hours of a project cost so far, decided or not, in minor units.

    *lock*: nobody adds to it until the commit.
    """
    statement = sa.select(ProjectCommitment.committed_minor).where(ProjectCommitment.project_id == project_id)
    return db.session.scalars(statement.with_for_update() if lock else statement).one()


def find_completer(project_id: int) -> int | None:
    """Return the account that completed a project, or None while nobody has."""
    done = sa.select(AuditEvent.actor_id).where(
        AuditEvent.object_kind == "project",
        AuditEvent.object_id == project_id,
        AuditEvent.action == f"project.{ProjectState.COMPLETED}",
    )
    return db.session.scalar(done.order_by(AuditEvent.id.desc()).limit(1))


def get_own_organisation(organisation_id: int, account: Account) -> Organisation:
    """Return an organisation that *account* is a member of; raises Missing."""
    statement = sa.select(Organisation).join(Membership, Membership.organisation_id == Organisation.id)
    found = db.session.scalar(statement.where(Organisation.id == organisation_id, Membership.account_id == account.id))
    if found is None:
        raise Missing
    return found


def view(project: Project) -> ProjectView:
    """Return *project* as it is shown."""
    return views([project])[0]


def views(projects: Collection[Project], *, whole: bool = True) -> list[ProjectView]:
    """Return *projects* as they are shown, with five queries however many there are.

    Not *whole*: without wishes and rate cards, which are read when first asked for, with two queries.
    """
    ids = [project.id for project in projects]
    versions = newest_versions(ids, with_wishes=whole)
    taken = seats_taken(ids)
    if whole:
        lines = selectinload(Project.rate_lines)
        db.session.scalars(sa.select(Project).where(Project.id.in_(ids)).options(lines)).all()
    return [ProjectView(project, versions[project.id], taken.get(project.id, 0)) for project in projects]


def newest_versions(project_ids: Collection[int], *, with_wishes: bool = True) -> dict[int, RequirementVersion]:
    """Return the newest requirements by project; *with_wishes*: and those, which are read when first asked for else."""
    wishes = selectinload(RequirementVersion.wishes) if with_wishes else lazyload(RequirementVersion.wishes)
    statement = (
        sa.select(RequirementVersion)
        .where(RequirementVersion.project_id.in_(project_ids))
        .ext(distinct_on(RequirementVersion.project_id))
        .order_by(RequirementVersion.project_id, RequirementVersion.number.desc())
        .options(wishes)
    )
    return {version.project_id: version for version in db.session.scalars(statement)}


def newest_version(project: Project) -> RequirementVersion:
    """Return the newest requirements of *project*."""
    return newest_versions([project.id])[project.id]


def facts_of(project: Project) -> dict[str, Any]:
    """Return everything that a manager can say of *project*, as `actions.change_project` takes it."""
    version = newest_version(project)
    return {name: getattr(project, name) for name in OWN_FIELDS} | {
        "gates": list(version.gates),
        "wishes": [wish.text for wish in version.wishes],
        "rate_lines": [
            {"label": line.label, "amount_minor": line.amount_minor, "condition": line.condition}
            for line in project.rate_lines
        ],
    }


def seats_taken(project_ids: Collection[int]) -> dict[int, int]:
    """Return how many seats are taken, by project; projects where none is are left out."""
    statement = (
        sa.select(ENGAGEMENT.c.project_id, sa.func.count())
        .where(ENGAGEMENT.c.project_id.in_(project_ids), ENGAGEMENT.c.state.in_(["active", "paused"]))
        .group_by(ENGAGEMENT.c.project_id)
    )
    return dict(db.session.execute(statement).all())


def brief_of(project: Project, version: RequirementVersion | None = None) -> Brief:
    """Return what *project* asks for in words; *version*: its newest requirements, where the caller has them."""
    wishes = (version or project.requirements).wishes
    return Brief(project.title, tuple(wish.text for wish in wishes), project.description)


def brief_is_read(brief: Brief) -> bool:
    """Return whether every text of *brief* has its vector in the active space."""
    texts = [piece.text for piece in texts_of(brief)]
    space = find_active_space()
    return not texts or (space is not None and not texts_without_vector(texts, space.id))


def texts_without_vector(texts: Collection[str], space_id: int) -> list[str]:
    """Return which of *texts* have no vector in a space, each once."""
    digests = {digest(text): text for text in texts}
    there = sa.select(TextVector.sha256).where(TextVector.space_id == space_id, TextVector.sha256.in_(digests))
    known = set(db.session.scalars(there))
    return [text for key, text in digests.items() if key not in known]


def digest(text: str) -> bytes:
    """Return the sha256 of *text*, by which its vector is kept."""
    return hashlib.sha256(text.encode()).digest()
