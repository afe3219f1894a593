"""Whether a match run comes out the same again: who was considered, what the gates said, the order, every score."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from marketplace import __version__
from marketplace.db import db
from marketplace.errors import Missing
from marketplace.matches.models import MatchLog, MatchRun
from marketplace.matches.queries import computed_again
from marketplace.matches.search import outcomes
from marketplace.profiles.models import PassageVector
from matching.gates import nodes_from_specs


@dataclass(frozen=True, slots=True)
class Replay:
    """A run beside what was computed anew.  *order*: each ranked profile with its score then, and now.

    *differences*: in words, empty when all is the same, bit for bit.
    """

    run: MatchRun
    order: list[tuple[int, float, float | None]]
    differences: list[str]


def replay(run_id: int) -> Replay:
    """Compute a run anew from the people as it saw them; raises Missing when there is no such run."""
    run = db.session.get(MatchRun, run_id)
    if run is None:
        raise Missing
    log = db.session.scalars(sa.select(MatchLog).where(MatchLog.run_id == run.id)).all()
    differences = [*_without_vectors(run), *_who_was_considered(run, log)]
    then = [pair for row in log if row.ranked for pair in zip(row.profile_ids, row.scores or (), strict=True)]
    ranked = computed_again(run)[1] if then else []
    now = {one.profile_id: one.score for one in ranked}
    if [one.profile_id for one in ranked] != [profile_id for profile_id, _ in then]:
        differences.append("The order is another one.")
    if any(now.get(profile_id) != score for profile_id, score in then):
        differences.append("Some scores differ.")
    if differences and run.code_version != __version__:
        differences.append(f"The run was made by version {run.code_version}, this is {__version__}.")
    return Replay(run, [(profile_id, score, now.get(profile_id)) for profile_id, score in then], differences)


def _who_was_considered(run: MatchRun, log: Sequence[MatchLog]) -> list[str]:
    """Compare what each gate says of everybody, as of then, with what was written down then."""
    then: dict[str, set[int]] = {}
    for row in log:
        then.setdefault(row.outcomes, set()).update(row.profile_ids)
    found = outcomes(nodes_from_specs(run.gates), as_of=run.snapshot)
    now = {word: set(ids.tolist()) for word, ids in found.people.items()}
    return [] if now == then else ["The gates say something else of some people."]


def _without_vectors(run: MatchRun) -> list[str]:
    if run.space_id is None or not run.scored:
        return []
    there = db.session.scalar(sa.select(sa.exists().where(PassageVector.space_id == run.space_id)))
    return [] if there else ["The vectors of its space were deleted."]
