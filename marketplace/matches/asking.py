"""What open projects would have to ask one annotator: facts that gates ask for and the profile does not state."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from marketplace.db import db
from marketplace.matches.facts import candidate_of
from marketplace.profiles.models import AnnotatorProfile
from marketplace.profiles.rules import ProfileState
from marketplace.projects.models import Project
from marketplace.projects.queries import newest_versions, open_projects
from matching.asking import Unstated, asked_by, unstated
from matching.gates import nodes_from_specs
from matching.types import Candidate, GateResult

# The newest open projects speak for all; a thousand are judged in well under a tenth of a second.
PROJECTS_ASKED = 1_000
# Below this a count could tell of one project what it asks for.
LEAST_COUNT = 3
# What is asked, and the field of the profile that answers it; a rate in another currency cannot be stated there.
ASKED: dict[Unstated, tuple[str, str]] = {
    Unstated.LANGUAGES: ("your languages", "f-languages"),
    Unstated.VARIETY: ("which variety of your language you use", "f-languages"),
    Unstated.DEGREE: ("your degree", "f-degrees"),
    Unstated.EXPERIENCE: ("your experience", "f-experiences"),
    Unstated.COUNTRY: ("the country you live in", "f-country"),
    Unstated.HOURS: ("the hours you have a week", "f-weekly-hours"),
}


@dataclass(frozen=True, slots=True)
class Question:
    """A fact to state: who asks, for what, and the field of the profile that answers it."""

    who: str
    what: str
    field: str


def questions_for(profile: AnnotatorProfile) -> list[Question]:
    """Return what open projects ask of *profile*, what most of them ask for first; nothing of one that was rejected.

    Only projects that anybody may see are counted, and few of them are only "some".
    """
    if profile.state is ProfileState.REJECTED:
        return []
    counts = Counter(fact for asked in _asked_by_project(profile) for fact in asked)
    return [Question(_who(count), *ASKED[fact]) for fact, count in counts.most_common() if fact in ASKED]


def facts_asked(results: Iterable[GateResult], candidate: Candidate) -> list[tuple[str, str]]:
    """Return (what, field of the profile) of every fact that has to be stated before *results* can all be judged."""
    return [ASKED[fact] for fact in sorted(asked_by(results, candidate)) if fact in ASKED]


def _asked_by_project(profile: AnnotatorProfile) -> list[frozenset[Unstated]]:
    newest = open_projects().with_only_columns(Project.id).order_by(Project.id.desc()).limit(PROJECTS_ASKED)
    versions = newest_versions(list(db.session.scalars(newest)), with_wishes=False)
    candidate = candidate_of(profile)
    return [unstated(nodes_from_specs(version.gates), candidate) for version in versions.values()]


def _who(count: int) -> str:
    return f"{count:,} projects ask" if count >= LEAST_COUNT else "Some projects ask"
