"""The reads of projects: whose they are, which are open to everybody, what they ask for."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import joinedload, selectinload

from marketplace.accounts.models import Account, Membership, Organisation
from marketplace.db import db
from marketplace.errors import Missing
from marketplace.projects.models import Project, RequirementVersion, Wish, WishVector
from marketplace.projects.rules import ProjectState
from matching.gates import gate_from_spec, gate_in_words
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
        """What the gates ask for."""
        return [gate_in_words(gate_from_spec(spec)) for spec in self.version.gates]

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
        """Whether every wish has its vector, so that people can be ranked."""
        return not self.version.wishes or not wishes_without_vector(self.version.id)


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


def views(projects: Collection[Project]) -> list[ProjectView]:
    """Return *projects* as they are shown, with five queries however many there are."""
    ids = [project.id for project in projects]
    versions = newest_versions(ids)
    taken = seats_taken(ids)
    db.session.scalars(sa.select(Project).where(Project.id.in_(ids)).options(selectinload(Project.rate_lines))).all()
    return [ProjectView(project, versions[project.id], taken.get(project.id, 0)) for project in projects]


def newest_versions(project_ids: Collection[int]) -> dict[int, RequirementVersion]:
    """Return the newest requirements by project, with their wishes."""
    statement = (
        sa.select(RequirementVersion)
        .where(RequirementVersion.project_id.in_(project_ids))
        .ext(distinct_on(RequirementVersion.project_id))
        .order_by(RequirementVersion.project_id, RequirementVersion.number.desc())
        .options(selectinload(RequirementVersion.wishes))
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


def wishes_without_vector(version_id: int, space_id: int | None = None) -> list[Wish]:
    """Return the wishes of a version that have no vector yet, in one space or (None) in any."""
    has_vector = sa.exists().where(WishVector.wish_id == Wish.id)
    if space_id is not None:
        has_vector = has_vector.where(WishVector.space_id == space_id)
    statement = sa.select(Wish).where(Wish.version_id == version_id, ~has_vector)
    return list(db.session.scalars(statement.order_by(Wish.position)))
