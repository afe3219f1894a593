"""What would have to be different for a gate to pass: the nearest miss of one person, in words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from matching.eligibility import judge, result_to_spec
from matching.gates import (
    COUNTRIES,
    DEGREE_WORDS,
    CountryGate,
    DegreeGate,
    ExperienceGate,
    Gate,
    GateGroup,
    GateNode,
    HoursGate,
    LanguageGate,
    RateGate,
    gate_in_words,
    hours_in_words,
    kind_in_words,
    money_in_words,
    years_in_words,
)
from matching.languages import Cover, covers, language_name
from matching.types import Candidate, DegreeFact, GateResult, LanguageFact
from matching.vocabulary import Cefr, DegreeStatus, GateOutcome

# How far things lie apart, in steps of about a year each: only the order of the sizes means something.
NEW_LANGUAGE, NATIVE, ELSEWHERE = 8.0, 20.0, 20.0
DEGREE_STEP, IN_PROGRESS = 3.0, 1.0
NEW_EXPERIENCE = 1.0
HOURS_A_STEP = 10 * 60


@dataclass(frozen=True, slots=True)
class Change:
    """What would make a gate pass.  *size*: how far off, 0 for what only has to be stated (then *ask* holds)."""

    words: str
    size: float
    ask: bool = False


def what_would_pass(node: GateNode, candidate: Candidate) -> Change | None:
    """Return the smallest change that makes a gate or group pass for *candidate*, or None when it passes already."""
    (result,) = judge([node], candidate)
    if result.outcome is GateOutcome.PASS:
        return None
    if isinstance(node, GateGroup):
        changes = [what_would_pass(member, candidate) for member in node.members]
        return any_of(changes) if node.kind == "any" else all_of(changes)
    if result.outcome is GateOutcome.UNKNOWN:
        return Change(_to_state(node, candidate), 0.0, ask=True)
    return _miss(node, candidate)


def result_with_change(result: GateResult, candidate: Candidate) -> dict[str, Any]:
    """Return *result* as plain JSON as it is kept of a match, with *change*: what would make it pass."""
    change = what_would_pass(result.gate, candidate)
    return result_to_spec(result) | {"change": change.words if change else ""}


def all_of(changes: Iterable[Change | None]) -> Change | None:
    """Return the change that makes every one of several members pass, or None when all pass."""
    needed = [change for change in changes if change]
    if len(needed) < 2:
        return needed[0] if needed else None
    words = "; and ".join(change.words for change in sorted(needed, key=lambda change: change.size))
    return Change(words, sum(change.size for change in needed), all(change.ask for change in needed))


def any_of(changes: Sequence[Change | None]) -> Change | None:
    """Return the smallest of the changes that make one of several members pass, or None when one passes."""
    if not changes or any(change is None for change in changes):
        return None
    return min((change for change in changes if change), key=lambda change: change.size)


def _to_state(gate: Gate, candidate: Candidate) -> str:
    match gate:
        case LanguageGate(tag) if candidate.languages:
            return f"Has to state which variety: {language_name(tag)} is asked for"
        case LanguageGate(tag):
            return f"Has to state languages; {language_name(tag)} is asked for"
        case DegreeGate():
            return "Has to state a degree, or that there is none"
        case ExperienceGate(kind):
            return f"Has to state {kind_in_words(kind)}, or that there is none"
        case CountryGate():
            return "Has to state the country of residence"
        case RateGate(_, currency):
            return f"Has to state the lowest rate an hour in {currency}"
        case HoursGate():
            return "Has to state the hours offered a week"


def _miss(gate: Gate, candidate: Candidate) -> Change:
    match gate:
        case LanguageGate():
            return _language(gate, candidate.languages)
        case DegreeGate():
            return _degree(gate, candidate.degrees)
        case ExperienceGate(kind, years):
            has = max((fact.years for fact in candidate.experiences if fact.kind is kind), default=None)
            name = kind_in_words(kind)
            if has is None:
                least = f"{years_in_words(years)} of {name}" if years else f"Some {name}"
                return Change(f"{least} would pass", NEW_EXPERIENCE + years)
            return Change(
                f"{name.capitalize()} {years_in_words(has)} → {years_in_words(years)} would pass", years - has
            )
        case CountryGate(countries):
            names = " or ".join(sorted(COUNTRIES[code] for code in countries))
            return Change(f"Living in {names} would pass", ELSEWHERE)
        case RateGate(most, currency):
            asks = candidate.min_rate_minor or 0
            now, then = money_in_words(asks, currency), money_in_words(most, currency)
            return Change(f"A lowest rate of {now} → {then} an hour would pass", 10 * (asks - most) / most)
        case HoursGate(minutes):
            offers = candidate.weekly_minutes or 0
            now, then = hours_in_words(offers), hours_in_words(minutes)
            return Change(f"Offering {now} → {then} a week would pass", (minutes - offers) / HOURS_A_STEP)


def _language(gate: LanguageGate, facts: Sequence[LanguageFact]) -> Change:
    same = [fact for fact in facts if covers(fact.tag, gate.tag) is not Cover.NO]
    if not same:
        return Change(f"{gate_in_words(gate)} would pass", NEW_LANGUAGE)
    nearest = min(same, key=lambda fact: _language_size(gate, fact))
    sides = [("written", nearest.written, gate.written), ("spoken", nearest.spoken, gate.spoken)]
    raised = [f"{side} {has.name} → {wanted.name}" for side, has, wanted in sides if wanted and has < wanted]
    if gate.native and not nearest.native:
        raised.append("as a native speaker")
    return Change(f"{language_name(nearest.tag)} {' and '.join(raised)} would pass", _language_size(gate, nearest))


def _language_size(gate: LanguageGate, fact: LanguageFact) -> float:
    lacking = _steps(fact.written, gate.written) + _steps(fact.spoken, gate.spoken)
    return lacking + (NATIVE if gate.native and not fact.native else 0.0)


def _steps(has: Cefr, wanted: Cefr | None) -> int:
    return max(0, wanted - has) if wanted else 0


def _degree(gate: DegreeGate, facts: Sequence[DegreeFact]) -> Change:
    nearest = min(facts, key=lambda fact: _degree_size(gate, fact))
    has = DEGREE_WORDS[nearest.level].removeprefix("a ").capitalize()
    if nearest.level >= gate.level:
        return Change(f"{has} in progress → held would pass", IN_PROGRESS)
    enough = "held or in progress" if gate.in_progress_is_enough else "held"
    return Change(f"{has} → {DEGREE_WORDS[gate.level]}, {enough}, would pass", _degree_size(gate, nearest))


def _degree_size(gate: DegreeGate, fact: DegreeFact) -> float:
    open_end = fact.status is not DegreeStatus.HELD and not gate.in_progress_is_enough
    return DEGREE_STEP * max(0, gate.level - fact.level) + (IN_PROGRESS if open_end else 0.0)
