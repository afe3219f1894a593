"""Whether a match run comes out the same again: who was considered, what the gates said, the order, every score."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from marketplace import __version__
from marketplace.db import db
from marketplace.errors import Missing
from marketplace.matches.models import MatchLog, MatchRun
from marketplace.matches.queries import brief_of, computed_again, erased_among
from marketplace.matches.search import outcomes
from marketplace.profiles.models import ResumeVectors
from marketplace.projects.queries import texts_without_vector
from matching import configuration
from matching.briefs import texts_of
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
    erased = erased_among({one for row in log for one in row.profile_ids})
    then = [pair for row in log if row.ranked for pair in zip(row.profile_ids, row.scores or (), strict=True)]
    kept = [pair for pair in then if pair[0] not in erased]
    cannot = _cannot_be_compared(run) if then else []
    now = _scores_now(run) if kept and not cannot else {}
    differences = [*cannot, *_who_was_considered(run, log, erased)]
    if not cannot and list(now) != [profile_id for profile_id, _ in kept]:
        differences.append("The order is another one.")
    if not cannot and any(now.get(profile_id) != score for profile_id, score in kept):
        differences.append("Some scores differ.")
    if differences:
        differences += _made_otherwise(run)
    if erased:
        differences.append(_erased(len(erased)))
    return Replay(run, [(profile_id, score, now.get(profile_id)) for profile_id, score in then], differences)


def _erased(count: int) -> str:
    who = "1 person was" if count == 1 else f"{count} people were"
    return f"{who} erased since: their places and scores are kept, what they rested on is not. All others are compared."


def _scores_now(run: MatchRun) -> dict[int, float]:
    """Return the scores computed anew by profile, in their order."""
    ranking = computed_again(run)[1].ranking
    return dict(zip(ranking.ids.tolist(), ranking.scores.tolist(), strict=True))


def _made_otherwise(run: MatchRun) -> list[str]:
    """Say what of the program itself is not as it was."""
    said = []
    if run.code_version != __version__:
        said.append(f"The run was made by version {run.code_version}, this is {__version__}.")
    if run.weights.get("mark") != configuration.mark():
        said.append("The weights of the signals, or the data that they rest on, were others then.")
    return said


def _who_was_considered(run: MatchRun, log: Sequence[MatchLog], erased: set[int]) -> list[str]:
    """Compare what each gate says of everybody, as of then, with what was written down then.

    Whether somebody had been invited, the last letter, is taken from the log: an invitation does not keep its past.
    """
    then: dict[str, set[int]] = {}
    for row in log:
        then.setdefault(row.outcomes[: len(run.gates)], set()).update(set(row.profile_ids) - erased)
    found = outcomes(nodes_from_specs(run.gates), as_of=run.snapshot)
    now = {word: set(ids.tolist()) for word, ids in found.people.items()}
    then = {word: ids for word, ids in then.items() if ids}
    return [] if now == then else ["The gates say something else of some people."]


def _cannot_be_compared(run: MatchRun) -> list[str]:
    texts = [piece.text for piece in texts_of(brief_of(run))]
    if run.space_id is not None:
        there = sa.select(sa.exists().where(ResumeVectors.space_id == run.space_id))
        if not db.session.scalar(there):
            return ["The vectors of its space were deleted."]
    if texts and (run.space_id is None or texts_without_vector(texts, run.space_id)):
        return ["Other texts of the brief are compared now than were then."]
    return []
