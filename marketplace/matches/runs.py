"""What one match run finds: who passes the gates, the order of those, and the words for those who are shown.

Everything is computed from the people as one snapshot saw them and from what never changes, the vectors of a résumé in
a space; so the same can be computed again at any time, for another page of the list or to prove the order.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from marketplace.matches import facts, pools
from marketplace.matches.people import Person
from matching.briefs import Brief
from matching.changes import result_with_change
from matching.eligibility import judge
from matching.explaining import explain
from matching.gates import GateNode
from matching.ranking import rank
from matching.resumes.copying import PostingWords, copied_flags, posting_words
from matching.types import Passages, Ranked, part_to_spec

# Who stands here is shown first, so pasted postings are looked for among these; whoever moves up is looked at too.
CHECKED = 50
MOST_ROUNDS = 8

Flags = dict[int, list[dict[str, Any]]]


def rank_people(brief: Brief, people: Mapping[int, Person], space_id: int | None) -> tuple[list[Ranked], Flags]:
    """Return *people*, whose gates pass, best first, and what is suspicious in the résumés of the first, by profile.

    Text that repeats the posting, or that was flagged when it was read, never lifts anybody.
    """
    if not people:
        return [], {}
    candidates = [person.candidate for person in people.values()]
    wishes = list(brief.wishes)
    if space_id is None or not wishes:
        return rank(wishes, np.zeros((0, 0), dtype=np.float32), facts.NO_PASSAGES, candidates), {}
    vectors = facts.vectors_of(wishes, space_id)
    owners = {person.resume_id: profile_id for profile_id, person in people.items()}
    pieces = pools.pieces_of(list(owners), space_id, vectors.shape[1])
    chosen = np.flatnonzero(~pieces.titles)
    passages = _passages(pieces, chosen, owners)
    posting = posting_words("\n".join((brief.title, *brief.wishes, brief.text)))
    suspects = pieces.flagged.copy()
    flags: Flags = {}
    for _ in range(MOST_ROUNDS):
        ranked = rank(wishes, vectors, passages, candidates, suspects[chosen])
        unchecked = [one.profile_id for one in ranked[:CHECKED] if one.profile_id not in flags]
        if not unchecked:
            break
        texts = facts.resume_texts([people[profile_id].resume_id for profile_id in unchecked])
        for profile_id in unchecked:
            resume_id = people[profile_id].resume_id
            flags[profile_id] = _suspect(posting, texts[resume_id], resume_id, pieces, suspects)
    return ranked, {profile_id: found for profile_id, found in flags.items() if found}


def _passages(pieces: pools.Pieces, chosen: NDArray[np.intp], owners: Mapping[int, int]) -> Passages:
    ids = np.array([owners[resume_id] for resume_id in pieces.resume_ids[chosen].tolist()], dtype=np.int64)
    return Passages(pieces.vectors[chosen], ids, [pieces.spans[row] for row in chosen.tolist()])


def _suspect(
    posting: PostingWords, text: str, resume_id: int, pieces: pools.Pieces, suspects: NDArray[np.bool_]
) -> list[dict[str, Any]]:
    """Mark the pieces of one résumé that repeat the posting, and return the flags."""
    found = copied_flags(posting, text)
    for row in np.flatnonzero(pieces.resume_ids == resume_id).tolist():
        span = pieces.spans[row]
        if any(flag.start < span.end and span.start < flag.end for flag in found):
            suspects[row] = True
    return [{"kind": str(flag.kind), "start": flag.start, "end": flag.end, "words": flag.words} for flag in found]


def worded(
    nodes: Sequence[GateNode],
    people: Mapping[int, Person],
    ranked: Sequence[Ranked],
    *,
    first: int,
    flags: Mapping[int, list[dict[str, Any]]],
) -> list[dict[str, Any]]:
    """Return a row of the table of matches, without its run, for each of *ranked*; *first*: the rank of the first."""
    texts = facts.resume_texts([people[one.profile_id].resume_id for one in ranked])
    read = facts.resume_flags([people[one.profile_id].resume_id for one in ranked])
    rows = []
    for place, one in enumerate(ranked, start=first):
        person = people[one.profile_id]
        told = explain(one, texts)
        own = [*read.get(person.resume_id, []), *flags.get(one.profile_id, [])]
        scored = {"rank": place, "score": one.score, "parts": [part_to_spec(part) for part in told.parts], "flags": own}
        rows.append(_row(nodes, person) | scored)
    return rows


def kept_out(
    nodes: Sequence[GateNode], people: Mapping[int, Person], profile_ids: Sequence[int]
) -> list[dict[str, Any]]:
    """Return a row of the table of matches for people whom a gate keeps out."""
    unranked: dict[str, Any] = {"rank": None, "score": None, "parts": [], "flags": []}
    return [_row(nodes, people[profile_id]) | unranked for profile_id in profile_ids]


def _row(nodes: Sequence[GateNode], person: Person) -> dict[str, Any]:
    return {
        "profile_id": person.candidate.profile_id,
        "resume_id": person.resume_id,
        "gates": [result_with_change(result, person.candidate) for result in judge(nodes, person.candidate)],
    }
