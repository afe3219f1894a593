"""How a match is told: a paragraph, the score in segments, the parts with their quotes, and what would change it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
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


@dataclass(frozen=True, slots=True)
class Kind:
    """What parts of a score are called together, and what they say."""

    label: str
    words: str


TITLE = Kind("Title", "how near the job titles and the work in the résumé come to the title of the project")
WORDS = Kind("Words in common", "which of the words asked for it says, rare ones counting most")
# In the order in which they stand in the bar; each has the colour of its place.
KINDS = {
    "headline": TITLE,
    "title": TITLE,
    "throughout": TITLE,
    "occupation": Kind("Trade", "whether résumé and project speak of the same occupations"),
    "wish": Kind("Wishes", "how near the résumé comes to each wish"),
    "skill": Kind("Skills", "how near it comes to each thing that a wish names"),
    "phrase": Kind("Phrases", "how near it comes to the words of the project, a few at a time"),
    "text": Kind("Description", "how near it comes to the whole text of the project"),
    "keyword": WORDS,
    "words": WORDS,
    "covered": WORDS,
    "experience": Kind("Experience", "how many years are stated"),
}
OTHER = Kind("Other", "")
SEGMENTS = list(dict.fromkeys([*KINDS.values(), OTHER]))
# What single parts say, where that is no wish or skill; {} is what they look for.
PARTS = {
    "headline": "Job titles that the résumé names, beside “{}”",
    "title": "The nearest places, beside “{}”",
    "throughout": "All of the résumé, beside “{}”",
    "occupation": "The same occupation as “{}”",
    "text": "The nearest places and all of the résumé, beside the whole text of the project",
    "words": "Words of “{}” that it says",
    "covered": "How many of its own words were asked for",
    "experience": "Years of experience",
    "flags": "What suspicious text would have added",
}
ALL_WORDS = "Words of title, wishes and description that it says"
# What is taken off because text is suspicious.
FLAGS = "flags"
# How parts are marked that this version of the code has written.
SIGNAL = "signal"
ASKED = frozenset({"wish", "skill"})
ABOUT_TITLE = frozenset({"headline", "title"})
LIFTS_TOLD = 3
ERASED = "This person was erased: place and score are kept, what they rested on is not."


@dataclass(frozen=True, slots=True)
class Segment:
    """The parts of one kind together: *score* points, from *start* on *width* percent of the bar, coloured *number*.

    *words*: what they say.
    """

    label: str
    words: str
    number: int
    score: float
    start: float
    width: float


@dataclass(frozen=True, slots=True)
class Told:
    """One match in words and numbers: the points of *segments*, less *lost* and *flagged*, are the score.

    *parts* are those of the match, with label.  *lost*: points of parts below zero, which are further off than nothing;
    *flagged*: points that suspicious text would have added.
    """

    match: Match
    paragraph: str
    parts: list[dict[str, Any]]
    segments: list[Segment]
    lost: float
    flagged: float
    flags: list[str]
    changes: list[str]

    @property
    def erased(self) -> bool:
        """Whether the person was erased, so that nobody can say any more what the résumé held."""
        return self.match.profile.account.erased_at is not None

    @property
    def asked(self) -> list[dict[str, Any]]:
        """The parts that look for something in the résumé, which either support it or do not."""
        return [] if self.erased else [part for part in self.parts if part["kind"] in ASKED]

    @property
    def titled(self) -> dict[str, Any] | None:
        """The part that quotes what in the résumé is nearest to the title."""
        return next((part for part in self.parts if part["kind"] in ABOUT_TITLE and part["quote"]), None)

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
    flagged = -sum(part["score"] for part in parts if part["kind"] == FLAGS)
    rank = None if own else match.rank
    covered = partial(without_identity, name=match.profile.account.name)
    rises = lifts([_scored(part) for part in parts], match.score or 0.0, above)
    told = Told(
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
        lost=-sum(part["score"] for part in parts if part["score"] < 0 and part["kind"] != FLAGS),
        flagged=flagged,
        flags=[for_owner(flag) if own else covered(for_manager(flag)) for flag in flags],
        changes=what_would_change(gates, rises[:LIFTS_TOLD], rank=rank, lost_to_flags=flagged),
    )
    return replace(told, paragraph=ERASED, changes=[]) if told.erased else told


def told_part(part: Mapping[str, Any]) -> dict[str, Any]:
    """Return a part of a score with *kind* and *label*, whatever version of the code has written it."""
    kind = str(part.get("kind") or part.get("part") or "")
    sought = part.get("label") or part.get("wish") or part.get("text") or ""
    label = sought or KINDS.get(kind, OTHER).label
    if part.get("part") == SIGNAL and kind in PARTS:
        label = PARTS[kind].format(sought) if sought or kind != "words" else ALL_WORDS
    return {"span": None, "quote": "", **part, "kind": kind, "label": label}


def gate_said(gate: Mapping[str, Any]) -> GateSaid:
    """Return what a stored gate, or group of gates, says."""
    return GateSaid(gate["words"], GateOutcome(gate["outcome"]), gate["fact"], gate.get("change", ""))


def segments_of(parts: Sequence[Mapping[str, Any]]) -> list[Segment]:
    """Return the bar of a score: what each kind of part adds, side by side; full is the highest score there is."""
    added = [(KINDS.get(part["kind"], OTHER), max(part["score"], 0.0)) for part in parts]
    full = max(1.0, sum(score for _, score in added))
    segments: list[Segment] = []
    at = 0.0
    for number, kind in enumerate(SEGMENTS, start=1):
        score = sum(score for one, score in added if one is kind)
        if score > 0:
            segments.append(Segment(kind.label, kind.words, number, score, 100 * at / full, 100 * score / full))
            at += score
    return segments


def _is_asked(part: Mapping[str, Any]) -> bool:
    return part["kind"] in ASKED


def _finding(part: Mapping[str, Any]) -> Finding:
    return Finding(part["label"], part["span"]["page"] if part["span"] else None, skill=part["kind"] == "skill")


def _scored(part: Mapping[str, Any]) -> ScorePart:
    supported = not _is_asked(part) or part["span"] is not None
    return ScorePart(part["label"], part["score"], part.get("most", _most(part)), supported)


def _most(part: Mapping[str, Any]) -> float:
    """Return the most a part could add that does not say it: what it adds for a closeness of 1."""
    closeness = part.get("closeness") or 0.0
    return float(part["score"] / closeness if closeness else part["score"])
