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
    return asked_by(results, candidate)


def asked_by(results: Iterable[GateResult], candidate: Candidate) -> frozenset[Unstated]:
    """Return the facts that those of *results* rest on which are unknown; of a group, its members that are."""
    found: set[Unstated] = set()
    for result in results:
        if result.outcome is GateOutcome.UNKNOWN:
            found |= asked_by(result.members, candidate) if result.members else {_fact(result.gate, candidate)}
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
