"""How a match is told: a paragraph, the score in segments, the parts with their quotes, and what would change it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any

from marketplace.matches.models import Match
from marketplace.matches.rules import without_identity
from matching.reasons import (
    Finding,
    Flagged,
    GateSaid,
    ScorePart,
    lifts,
    reason_paragraph,
    what_would_change,
)
from matching.resumes.suspicion import for_manager, for_owner
from matching.resumes.types import Flag, FlagKind
from matching.vocabulary import GateOutcome

# In the order in which they stand in the bar; each has the colour of its place.
SEGMENTS = {
    "title": "Job titles",
    "wish": "Wishes",
    "skill": "Skills",
    "text": "Description",
    "keyword": "Words in common",
    "experience": "Experience",
}
OTHER = "Other"
# What is taken off because text is suspicious.
FLAGS = "flags"
LIFTS_TOLD = 3


@dataclass(frozen=True, slots=True)
class Segment:
    """The parts of one kind together: *score* points, from *start* on *width* percent of the bar, coloured *number*."""

    label: str
    number: int
    score: float
    start: float
    width: float


@dataclass(frozen=True, slots=True)
class Told:
    """One match in words and numbers.  *parts* are those of the match, with label; *lost* the points taken off."""

    match: Match
    paragraph: str
    parts: list[dict[str, Any]]
    segments: list[Segment]
    lost: float
    flags: list[str]
    changes: list[str]

    @property
    def asked(self) -> list[dict[str, Any]]:
        """The parts that look for something in the résumé, which either support it or do not."""
        return [part for part in self.parts if part["kind"] in {"wish", "skill"}]

    @property
    def facts(self) -> list[dict[str, Any]]:
        """The parts that rest on a plain fact."""
        return [part for part in self.parts if part.get("fact")]


def tell(match: Match, *, of: int, above: Sequence[float] = (), own: bool = False) -> Told:
    """Return how *match* is told: to managers with what says who it is covered in the quotes, or to its *own* person.

    *of*: how many pass every gate.  *above*: the scores of those who stand above.
    """
    parts = [told_part(part) for part in (match.parts if own else match.covered_parts)]
    gates = [gate_said(gate) for gate in match.gates]
    flags = [Flag(FlagKind(one["kind"]), one["start"], one["end"], one["words"]) for one in match.flags]
    to_flags = -sum(part["score"] for part in parts if part["kind"] == FLAGS)
    rank = None if own else match.rank
    covered = partial(without_identity, name=match.profile.account.name)
    rises = lifts([_scored(part) for part in parts], match.score or 0.0, above)
    return Told(
        match=match,
        paragraph=reason_paragraph(
            gates,
            [_finding(part) for part in parts if _is_asked(part)],
            years=next((part["years"] for part in parts if "years" in part), None),
            flags=[Flagged(str(kind), places) for kind, places in Counter(flag.kind for flag in flags).items()],
            rank=rank,
            of=of,
        ),
        parts=parts,
        segments=segments_of(parts),
        lost=-sum(part["score"] for part in parts if part["score"] < 0),
        flags=[for_owner(flag) if own else covered(for_manager(flag)) for flag in flags],
        changes=what_would_change(gates, rises[:LIFTS_TOLD], rank=rank, lost_to_flags=to_flags),
    )


def told_part(part: Mapping[str, Any]) -> dict[str, Any]:
    """Return a part of a score with *kind* and *label*, whatever version of the code has written it."""
    kind = part.get("kind") or part.get("part") or ""
    label = part.get("label") or part.get("wish") or part.get("text") or SEGMENTS.get(kind, OTHER)
    return {"span": None, "quote": "", **part, "kind": str(kind), "label": label}


def gate_said(gate: Mapping[str, Any]) -> GateSaid:
    """Return what a stored gate, or group of gates, says."""
    return GateSaid(gate["words"], GateOutcome(gate["outcome"]), gate["fact"], gate.get("change", ""))


def segments_of(parts: Sequence[Mapping[str, Any]]) -> list[Segment]:
    """Return the bar of a score: what each kind of part adds, side by side; full is the highest score there is."""
    order = [*SEGMENTS, ""]
    kinds = sorted(parts, key=lambda part: order.index(_kind(part)))
    full = max(1.0, sum(max(part["score"], 0.0) for part in parts))
    segments: list[Segment] = []
    at = 0.0
    for kind, members in groupby(kinds, key=_kind):
        score = sum(max(part["score"], 0.0) for part in members)
        if score > 0:
            number = order.index(kind) + 1
            segments.append(Segment(SEGMENTS.get(kind, OTHER), number, score, 100 * at / full, 100 * score / full))
            at += score
    return segments


def _kind(part: Mapping[str, Any]) -> str:
    return part["kind"] if part["kind"] in SEGMENTS else ""


def _is_asked(part: Mapping[str, Any]) -> bool:
    return part["kind"] in {"wish", "skill"}


def _finding(part: Mapping[str, Any]) -> Finding:
    return Finding(part["label"], part["span"]["page"] if part["span"] else None, skill=part["kind"] == "skill")


def _scored(part: Mapping[str, Any]) -> ScorePart:
    supported = not _is_asked(part) or part["span"] is not None
    return ScorePart(part["label"], part["score"], part.get("most", _most(part)), supported)


def _most(part: Mapping[str, Any]) -> float:
    """Return the most a part could add that does not say it: what it adds for a closeness of 1."""
    closeness = part.get("closeness") or 0.0
    return float(part["score"] / closeness if closeness else part["score"])
