"""What change of one person's facts would open most: the change made in thought, and everything judged again.

Plain numbers in, plain numbers out; which projects may be told of is decided by whoever asks.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from matching.changes import Change, what_would_pass
from matching.eligibility import judge
from matching.gates import (
    CountryGate,
    DegreeGate,
    ExperienceGate,
    Gate,
    GateGroup,
    GateNode,
    HoursGate,
    LanguageGate,
    RateGate,
    gates_in,
)
from matching.languages import Cover, covers
from matching.types import Candidate, DegreeFact, ExperienceFact, GateResult, LanguageFact
from matching.vocabulary import Cefr, DegreeStatus, GateOutcome

# Of changes that open one project at least, those are tried that most projects wait for.
CHANGES_TRIED = 24
PASS = GateOutcome.PASS


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one project asks for.  *minutes*: the time a week that it opens to one person, 0 without a free seat."""

    key: int
    nodes: tuple[GateNode, ...]
    minutes: int


@dataclass(frozen=True, slots=True)
class Miss:
    """What one project's gates say of a person, in their order, and the changes that those missed wait for."""

    key: int
    results: tuple[GateResult, ...]
    changes: tuple[Change, ...]

    @property
    def size(self) -> float:
        """How far off it is: the sizes of all changes together, as of `Change`."""
        return sum(change.size for change in self.changes)

    @property
    def missed(self) -> int:
        """How many gates do not pass."""
        return len(self.changes)


@dataclass(frozen=True, slots=True)
class Opening:
    """One change, the projects (by key) that it alone would open, and the *minutes* a week of these together."""

    change: Change
    keys: tuple[int, ...]
    minutes: int


def misses(wanted: Iterable[Wanted], candidate: Candidate) -> list[Miss]:
    """Return what each project says, the nearest first: fewest gates missed, the smallest change, then as given."""
    judged: dict[GateNode, tuple[GateResult, Change | None]] = {}
    found = []
    for one in wanted:
        said = [_known(node, candidate, judged) for node in one.nodes]
        found.append(Miss(one.key, tuple(result for result, _ in said), tuple(change for _, change in said if change)))
    return sorted(found, key=lambda miss: (miss.missed, miss.size))


def _known(node: GateNode, candidate: Candidate, judged: dict[GateNode, Any]) -> tuple[GateResult, Change | None]:
    if node not in judged:
        (result,) = judge([node], candidate)
        passes = result.outcome is PASS
        judged[node] = result, None if passes else what_would_pass(node, candidate)
    found: tuple[GateResult, Change | None] = judged[node]
    return found


def openings(wanted: Sequence[Wanted], missed: Iterable[Miss], candidate: Candidate, most: int = 5) -> list[Opening]:
    """Return the single changes that open the most time a week, most first, then the smaller change.

    *missed*: as `misses` says of *wanted*.  Tried is what the one missing gate of some project waits for; a project
    counts as opened where all of its gates pass with the change made.  Nobody is told to move to another country or
    to become a native speaker.
    """
    missed = list(missed)
    asked = {one.key: one for one in wanted if one.minutes}
    shut = [asked[miss.key] for miss in missed if miss.changes and miss.key in asked]
    fails = {result.gate for miss in missed for result in miss.results if result.outcome is not PASS}
    asks_for = {node: _facts_of(node) for one in shut for node in one.nodes}
    sets = [(one, frozenset(one.nodes)) for one in shut]
    found: dict[tuple[int, ...], Opening] = {}
    for node in _tried(missed, asked):
        changed, change = with_change(node, candidate), what_would_pass(node, candidate)
        if changed is None or change is None:
            continue
        # Only gates about the same kind of fact can say something else now.
        about = _facts_of(node)
        again = {other for other, kinds in asks_for.items() if kinds & about}
        failing = (fails - again) | {other for other in again if judge([other], changed)[0].outcome is not PASS}
        opened = [one for one, nodes in sets if failing.isdisjoint(nodes)]
        keys = tuple(sorted(one.key for one in opened))
        if keys and (keys not in found or change.size < found[keys].change.size):
            found[keys] = Opening(change, keys, sum(one.minutes for one in opened))
    return sorted(found.values(), key=lambda one: (-one.minutes, one.change.size, one.change.words))[:most]


def _tried(missed: Iterable[Miss], asked: Mapping[int, Wanted]) -> list[GateNode]:
    """Return the gates that alone keep out of some project, those of most projects first."""
    counts: Counter[GateNode] = Counter(
        next(result.gate for result in miss.results if result.outcome is not PASS)
        for miss in missed
        if miss.missed == 1 and miss.key in asked
    )
    return [node for node, _ in counts.most_common(CHANGES_TRIED)]


def _facts_of(node: GateNode) -> frozenset[type[Gate]]:
    """Return the kinds of gates in *node*, each of which looks at facts of its own."""
    return frozenset(type(gate) for gate in gates_in([node]))


def with_change(node: GateNode, candidate: Candidate) -> Candidate | None:
    """Return *candidate* with the smallest change that makes *node* pass, or None where nobody can make it."""
    (result,) = judge([node], candidate)
    if result.outcome is PASS:
        return candidate
    if not isinstance(node, GateGroup):
        return _changed(node, candidate, ask=result.outcome is GateOutcome.UNKNOWN)
    if node.kind == "all":
        changed: Candidate | None = candidate
        for member in node.members:
            changed = with_change(member, changed) if changed else None
        return changed
    ways = [(what_would_pass(member, candidate), with_change(member, candidate)) for member in node.members]
    able = [(change.size, way) for change, way in ways if change and way]
    return min(able, key=lambda pair: pair[0])[1] if able else None


def _changed(gate: Gate, candidate: Candidate, *, ask: bool) -> Candidate | None:
    match gate:
        case LanguageGate():
            return _speaking(gate, candidate, ask=ask)
        case DegreeGate(level):
            return replace(candidate, degrees=(*candidate.degrees, DegreeFact(level, DegreeStatus.HELD)))
        case ExperienceGate(kind, years):
            return replace(candidate, experiences=(*candidate.experiences, ExperienceFact(kind, years)))
        case CountryGate(countries):
            return replace(candidate, country=min(countries)) if ask else None
        case RateGate(most, currency):
            return replace(candidate, min_rate_minor=most) if candidate.currency == currency else None
        case HoursGate(minutes):
            return replace(candidate, weekly_minutes=minutes)


def _speaking(gate: LanguageGate, candidate: Candidate, *, ask: bool) -> Candidate | None:
    same = [fact for fact in candidate.languages if covers(fact.tag, gate.tag) is not Cover.NO]
    native = any(fact.native for fact in same) or gate.native
    if gate.native and not ask and not any(fact.native for fact in same):
        return None
    written = max([gate.written or Cefr.A1, *(fact.written for fact in same)])
    spoken = max([gate.spoken or Cefr.A1, *(fact.spoken for fact in same)])
    return replace(candidate, languages=(*candidate.languages, LanguageFact(gate.tag, written, spoken, native)))
