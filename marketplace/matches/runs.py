"""What one match run finds: who passes the gates, the order of those, and the words for those who are shown.

Everything is computed from the people as one snapshot saw them and from what never changes, the vectors of a résumé in
a space; so the same can be computed again at any time, for another page of the list or to prove the order.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from marketplace.db import db
from marketplace.matches import facts, pools
from marketplace.matches.people import Person
from marketplace.matches.rules import INVITED_ALREADY
from marketplace.profiles.models import VectorSpace
from matching import configuration
from matching.briefs import Brief
from matching.changes import result_with_change
from matching.eligibility import judge
from matching.explaining import explain
from matching.gates import GateNode, years_in_words
from matching.resumes.types import Flag
from matching.scoring import Ranking
from matching.signals.occupations import references_of
from matching.spaces import Space
from matching.suspects import rank_checked
from matching.types import SignalPart, part_to_spec

Flags = dict[int, list[dict[str, Any]]]


@dataclass(frozen=True, slots=True, eq=False)
class RankedPeople:
    """People in their order.  *flags*: what is suspicious in the résumés of the first, by profile.

    *counted*: whether titles and words of their résumés were compared, too.
    """

    ranking: Ranking
    flags: Flags
    counted: bool

    @property
    def rests_on(self) -> dict[str, Any]:
        """What the ranking was set to and made of, as plain JSON."""
        made_of = {"kinds": list(self.ranking.kinds), "labels": list(self.ranking.labels), "counted": self.counted}
        return {"mark": configuration.mark(), "values": configuration.values()} | made_of


def rank_people(
    brief: Brief, people: Mapping[int, Person], space_id: int | None, *, counted: bool | None = None
) -> RankedPeople:
    """Return *people*, whose gates pass, best first.

    Text that repeats the posting, or that was flagged when it was read, never lifts anybody.
    *counted*: as of an earlier ranking that is made again; None for a new one, which compares what is known of all.
    Raises Missing where a text of the brief has no vector in the space.
    """
    vectors = facts.brief_vectors(brief, space_id)
    pool, counted = pools.pool_of(people, space_id or 0, vectors.shape[1], counted=counted)
    references = references_of(_space(space_id)) if space_id is not None else None
    found = rank_checked(brief, vectors, pool, references, partial(_texts, people))
    flags = {profile_id: [_told(flag) for flag in flags] for profile_id, flags in found.flags.items()}
    return RankedPeople(found.ranking, flags, counted)


def _texts(people: Mapping[int, Person], profile_ids: Sequence[int]) -> dict[int, str]:
    texts = facts.resume_texts([people[profile_id].resume_id for profile_id in profile_ids])
    return {profile_id: texts[people[profile_id].resume_id] for profile_id in profile_ids}


def _space(space_id: int) -> Space:
    row = db.session.get_one(VectorSpace, space_id)
    return Space(row.model, row.sha256, row.dimension)


def _told(flag: Flag) -> dict[str, Any]:
    return {"kind": str(flag.kind), "start": flag.start, "end": flag.end, "words": flag.words}


def worded(
    nodes: Sequence[GateNode], people: Mapping[int, Person], found: RankedPeople, ranks: Sequence[int]
) -> list[dict[str, Any]]:
    """Return a row of the table of matches, without its run, for whoever stands on each of *ranks*, from 1."""
    ranked = [found.ranking[rank - 1] for rank in ranks]
    texts = facts.resume_texts([people[one.profile_id].resume_id for one in ranked])
    read = facts.resume_flags([people[one.profile_id].resume_id for one in ranked])
    rows = []
    for place, one in zip(ranks, ranked, strict=True):
        person = people[one.profile_id]
        told = explain(one, texts)
        own = [*read.get(person.resume_id, []), *found.flags.get(one.profile_id, [])]
        parts = [_part(part, person) for part in told.parts]
        scored = {"rank": place, "score": one.score, "parts": parts, "flags": own}
        rows.append(_row(nodes, person) | scored)
    return rows


def _part(part: SignalPart, person: Person) -> dict[str, Any]:
    """Return a part of a score as it is kept; that for years with the years."""
    if part.kind != "experience":
        return part_to_spec(part)
    years = person.years
    return part_to_spec(part) | {"years": years, "fact": f"{years_in_words(years)} stated over all kinds"}


def erased_row(profile_id: int, rank: int, score: float) -> dict[str, Any]:
    """Return the row of somebody who was ranked and has been erased since: place and score, and nothing behind them."""
    nothing: dict[str, Any] = {"resume_id": None, "gates": [], "parts": [], "flags": []}
    return {"profile_id": profile_id, "rank": rank, "score": score} | nothing


def kept_out(
    nodes: Sequence[GateNode], people: Mapping[int, Person], profile_ids: Sequence[int], *, invited: Collection[int]
) -> list[dict[str, Any]]:
    """Return a row of the table of matches for people whom a gate keeps out; *invited*: who is invited already."""
    unranked: dict[str, Any] = {"rank": None, "score": None, "parts": [], "flags": []}
    rows = [_row(nodes, people[profile_id]) | unranked for profile_id in profile_ids]
    for row in rows:
        row["gates"] += [INVITED_ALREADY] if row["profile_id"] in invited else []
    return rows


def _row(nodes: Sequence[GateNode], person: Person) -> dict[str, Any]:
    candidate = person.candidate
    gates = [result_with_change(result, candidate) for result in judge(nodes, candidate)]
    return {"profile_id": person.profile_id, "resume_id": person.resume_id, "gates": gates}
