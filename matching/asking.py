"""What would have to be asked of somebody: facts that are not stated, where stating them could make gates pass."""

from collections.abc import Iterable
from enum import StrEnum

from matching.eligibility import judge
from matching.gates import CountryGate, DegreeGate, ExperienceGate, GateNode, LanguageGate, RateGate
from matching.types import Candidate, GateResult
from matching.vocabulary import GateOutcome


class Unstated(StrEnum):
    """A fact that somebody has not stated."""

    LANGUAGES = "languages"
    VARIETY = "variety"
    DEGREE = "degree"
    EXPERIENCE = "experience"
    COUNTRY = "country"
    RATE = "rate"
    HOURS = "hours"


def unstated(nodes: Iterable[GateNode], candidate: Candidate) -> frozenset[Unstated]:
    """Return the facts to ask *candidate* for so that *nodes*, which must all hold, can be judged.

    Empty where everything passes, and where something fails that no answer changes.
    """
    results = judge(nodes, candidate)
    if any(result.outcome is GateOutcome.FAIL for result in results):
        return frozenset()
    return _asked(results, candidate)


def _asked(results: Iterable[GateResult], candidate: Candidate) -> frozenset[Unstated]:
    """Return what those of *results* rest on that are unknown; of a group, its members that are."""
    found: set[Unstated] = set()
    for result in results:
        if result.outcome is GateOutcome.UNKNOWN:
            found |= _asked(result.members, candidate) if result.members else {_fact(result.gate, candidate)}
    return frozenset(found)


def _fact(gate: GateNode, candidate: Candidate) -> Unstated:
    match gate:
        case LanguageGate():
            return Unstated.VARIETY if candidate.languages else Unstated.LANGUAGES
        case DegreeGate():
            return Unstated.DEGREE
        case ExperienceGate():
            return Unstated.EXPERIENCE
        case CountryGate():
            return Unstated.COUNTRY
        case RateGate():
            return Unstated.RATE
        case _:
            return Unstated.HOURS
