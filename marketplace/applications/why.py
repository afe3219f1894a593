"""Why somebody has no project, and what change would open most: of all open projects, judged in one batch.

Only projects that anybody may see are looked at and counted, so that no count tells of a private one.
"""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from marketplace.accounts.models import Account, Organisation
from marketplace.applications import queries
from marketplace.applications.open_projects import newest_gates, nodes_of
from marketplace.applications.rules import Standing
from marketplace.db import db
from marketplace.matches import facts
from marketplace.matches.asking import facts_asked
from marketplace.profiles.models import AnnotatorProfile
from marketplace.profiles.queries import find_own_profile
from marketplace.projects import queries as project_queries
from marketplace.projects.models import Project
from marketplace.projects.queries import ProjectView
from matching.changes import result_with_change
from matching.gates import GateNode
from matching.openings import Miss, Opening, Wanted, misses, openings
from matching.types import Candidate
from matching.vocabulary import GateOutcome

# The newest speak for all.
PROJECTS_JUDGED = 1_000
COLUMNS = ("id", "title", "currency", "rate_floor_minor", "rate_top_minor", "weekly_limit_minutes", "seats")
SHOWN = 20


@dataclass(frozen=True, slots=True)
class OpenProject:
    """What of an open project the answer needs."""

    id: int
    title: str
    organisation: str
    currency: str
    rate_floor_minor: int
    rate_top_minor: int
    weekly_limit_minutes: int
    seats: int
    seats_taken: int
    nodes: tuple[GateNode, ...]

    @property
    def is_full(self) -> bool:
        """Whether every seat is taken: whoever is invited then waits for one."""
        return self.seats_taken >= self.seats


@dataclass(frozen=True, slots=True)
class Missed:
    """One open project, how somebody stands to it, and what each gate says with the fact and what would pass."""

    project: OpenProject
    standing: Standing
    gates: list[dict[str, Any]]
    asked: list[tuple[str, str]]

    @property
    def missed(self) -> int:
        """How many gates do not pass."""
        return sum(gate["outcome"] != GateOutcome.PASS for gate in self.gates)


@dataclass(frozen=True, slots=True)
class Change:
    """A change of one's facts, in words, and the projects it alone would open.

    *minutes*: the weekly limits of those projects together, the most that one person could log there in a week; those
    whose seats are all taken are not among them.  *ask*: nothing has to become different, only be stated.
    """

    words: str
    ask: bool
    projects: list[OpenProject]
    minutes: int


@dataclass(frozen=True, slots=True)
class Why:
    """The whole answer.  *reasons*: (code, text) of what keeps somebody out of all.  *passed*: of how many *judged*.

    *items*: the projects, nearest first, from the one after *after*; *next_cursor* where there are more.
    """

    reasons: list[tuple[str, str]]
    judged: int
    passed: int
    changes: list[Change]
    items: list[Missed]
    next_cursor: int | None


def why(account: Account, *, after: int = 0, most: int = SHOWN) -> Why:
    """Return what keeps *account* out of each open project: fewest gates missed first, then the smallest change."""
    profile = find_own_profile(account)
    reasons = queries.not_ready(account, profile)
    if profile is None:
        return Why(reasons, 0, 0, [], [], None)
    candidate = facts.candidate_of(profile)
    projects = {project.id: project for project in _open_projects()}
    standings = queries.standings(profile)
    wanted = [_wanted(project, standings.get(project.id, Standing.NONE)) for project in projects.values()]
    near = misses(wanted, candidate)
    shown = near[after : after + most]
    return Why(
        reasons=reasons,
        judged=len(near),
        passed=sum(not miss.missed for miss in near),
        changes=[_told(one, projects) for one in openings(wanted, near, candidate)],
        items=[_missed(miss, projects, standings, candidate) for miss in shown],
        next_cursor=after + most if after + most < len(near) else None,
    )


def one_project(view: ProjectView, profile: AnnotatorProfile) -> Missed:
    """Return how somebody stands to one open project."""
    project = view.project
    found = OpenProject(
        **{name: getattr(project, name) for name in COLUMNS},
        organisation=project.organisation.name,
        seats_taken=view.seats_taken,
        nodes=tuple(facts.gates_of(project)),
    )
    candidate = facts.candidate_of(profile)
    (miss,) = misses([_wanted(found, Standing.NONE)], candidate)
    return _missed(miss, {project.id: found}, queries.standings(profile, [project.id]), candidate)


def _open_projects() -> list[OpenProject]:
    columns = [getattr(Project, name) for name in COLUMNS]
    statement = (
        project_queries.open_projects()
        .options(sa.orm.lazyload("*"))
        .join(Organisation, Organisation.id == Project.organisation_id)
        .with_only_columns(*columns, Organisation.name.label("client"), sa.cast(newest_gates(), sa.Text).label("gates"))
        .order_by(Project.id.desc())
        .limit(PROJECTS_JUDGED)
    )
    rows = db.session.execute(statement).mappings().all()
    taken = project_queries.seats_taken([row["id"] for row in rows])
    return [
        OpenProject(
            **{name: row[name] for name in COLUMNS},
            organisation=row["client"],
            seats_taken=taken.get(row["id"], 0),
            nodes=nodes_of(row["gates"], row["rate_top_minor"], row["currency"]),
        )
        for row in rows
    ]


def _wanted(project: OpenProject, standing: Standing) -> Wanted:
    is_free = standing is Standing.NONE and not project.is_full
    return Wanted(project.id, project.nodes, project.weekly_limit_minutes if is_free else 0)


def _missed(
    miss: Miss, projects: dict[int, OpenProject], standings: dict[int, Standing], candidate: Candidate
) -> Missed:
    return Missed(
        project=projects[miss.key],
        standing=standings.get(miss.key, Standing.NONE),
        gates=[result_with_change(result, candidate) for result in miss.results],
        asked=facts_asked(miss.results, candidate),
    )


def _told(opening: Opening, projects: dict[int, OpenProject]) -> Change:
    change = opening.change
    words = change.words.removesuffix(" would pass").replace("Has to state", "State", 1)
    return Change(words, change.ask, [projects[key] for key in opening.keys], opening.minutes)
