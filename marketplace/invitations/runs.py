"""What one match run finds about everybody: gates judged, those who pass ranked, each wish explained."""

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from marketplace.invitations import facts
from marketplace.projects.models import RequirementVersion
from matching.eligibility import judge, passes
from matching.explaining import explain
from matching.gates import Gate, gate_in_words, gate_to_spec
from matching.ranking import rank
from matching.types import Candidate, GateResult, Ranked, part_to_spec


def match_everybody(version: RequirementVersion, gates: Sequence[Gate], space_id: int | None) -> list[dict[str, Any]]:
    """Return a row of the table of matches, yet without its run, for everybody considered.

    *gates*: those of *version* and those that go without saying.
    *space_id*: where the vectors of all wishes are; None when there are no wishes.
    """
    people = [(facts.candidate_of(profile), resume_id) for profile, resume_id in facts.considered()]
    judged = {candidate.profile_id: judge(gates, candidate) for candidate, _ in people}
    eligible = [(candidate, resume_id) for candidate, resume_id in people if passes(judged[candidate.profile_id])]
    best_first = _ranked(
        version, space_id, [candidate for candidate, _ in eligible], [resume_id for _, resume_id in eligible]
    )
    places = {one.profile_id: (place, one) for place, one in enumerate(best_first, start=1)}
    rows = []
    for candidate, resume_id in people:
        place, found = places.get(candidate.profile_id, (None, None))
        rows.append(
            {
                "profile_id": candidate.profile_id,
                "resume_id": resume_id,
                "rank": place,
                "score": found.score if found else None,
                "gates": [_spoken(result) for result in judged[candidate.profile_id]],
                "parts": [part_to_spec(part) for part in found.parts] if found else [],
            }
        )
    return rows


def _ranked(
    version: RequirementVersion, space_id: int | None, eligible: list[Candidate], resume_ids: Collection[int]
) -> list[Ranked]:
    """Return the eligible, best first, with the words in the résumé that support each wish."""
    wishes = [wish.text for wish in version.wishes]
    if space_id is None:
        return rank(wishes, np.zeros((0, 0), dtype=np.float32), facts.NO_PASSAGES, eligible)
    vectors = facts.wish_vectors(version, space_id)
    passages = facts.passages_of(resume_ids, space_id, vectors.shape[1])
    texts = facts.resume_texts(resume_ids)
    return [explain(one, texts) for one in rank(wishes, vectors, passages, eligible)]


def _spoken(result: GateResult) -> dict[str, Any]:
    return {
        "gate": gate_to_spec(result.gate),
        "words": gate_in_words(result.gate),
        "outcome": str(result.outcome),
        "fact": result.fact,
    }
