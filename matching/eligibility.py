"""Gates against facts: pass, fail or unknown, each with the fact it rests on.

One rule for all gates: nothing stated at all is unknown (and asked of the person); stated and not enough is fail.
So tightening a gate moves an outcome only along pass → unknown → fail.  Groups follow Kleene's logic of three values
(S. C. Kleene, Introduction to Metamathematics, 1952, § 64), as SQL's AND and OR do: "any" takes the best of its
members, "all" the worst, and so a group too moves only that way when a member is tightened.
"""

from collections.abc import Iterable, Sequence
from typing import Any

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
    hours_in_words,
    kind_in_words,
    money_in_words,
    node_in_words,
    node_to_spec,
    years_in_words,
)
from matching.languages import Cover, covers, language_name
from matching.types import Candidate, DegreeFact, ExperienceFact, GateResult, LanguageFact
from matching.vocabulary import DegreeStatus, GateOutcome

Verdict = tuple[GateOutcome, str]
PASS, FAIL, UNKNOWN = GateOutcome.PASS, GateOutcome.FAIL, GateOutcome.UNKNOWN


def judge(nodes: Iterable[GateNode], candidate: Candidate) -> tuple[GateResult, ...]:
    """Return what each gate or group says of *candidate*, in the order of *nodes*."""
    return tuple(_judge_one(node, candidate) for node in nodes)


def passes(results: Iterable[GateResult]) -> bool:
    """Return whether everything passes; unknown is not pass.  No gates: everybody passes."""
    return all(result.outcome is PASS for result in results)


def result_to_spec(result: GateResult) -> dict[str, Any]:
    """Return *result* as plain JSON with the words of its gate; a group names its kind and holds its members."""
    spec: dict[str, Any] = {
        "gate": node_to_spec(result.gate),
        "words": node_in_words(result.gate),
        "outcome": str(result.outcome),
        "fact": result.fact,
    }
    if isinstance(result.gate, GateGroup):
        spec |= {"kind": result.gate.kind, "members": [result_to_spec(member) for member in result.members]}
    return spec


def _judge_one(node: GateNode, candidate: Candidate) -> GateResult:
    if not isinstance(node, GateGroup):
        return GateResult(node, *_verdict(node, candidate))
    members = judge(node.members, candidate)
    decisive_first = (PASS, UNKNOWN, FAIL) if node.kind == "any" else (FAIL, UNKNOWN, PASS)
    outcome = next(outcome for outcome in decisive_first if any(member.outcome is outcome for member in members))
    # those that decide it; one fact may stand behind several of them
    facts = dict.fromkeys(member.fact for member in members if member.outcome is outcome)
    return GateResult(node, outcome, "; ".join(facts), members)


def _verdict(gate: Gate, candidate: Candidate) -> Verdict:
    match gate:
        case LanguageGate():
            return _language(gate, candidate.languages)
        case DegreeGate():
            return _degree(gate, candidate.degrees)
        case ExperienceGate():
            return _experience(gate, candidate.experiences)
        case CountryGate():
            return _country(gate, candidate.country)
        case RateGate():
            return _rate(gate, candidate.min_rate_minor, candidate.currency)
        case HoursGate():
            return _hours(gate, candidate.weekly_minutes)


def _language(gate: LanguageGate, facts: Sequence[LanguageFact]) -> Verdict:
    """Judge the best of the stated languages; a variety left unsaid is open only where its levels would do."""
    if not facts:
        return UNKNOWN, "No language stated"
    same = [(covers(fact.tag, gate.tag), fact) for fact in facts]
    same = [(cover, fact) for cover, fact in same if cover is not Cover.NO]
    if not same:
        stated = ", ".join(language_name(fact.tag) for fact in facts)
        return FAIL, f"States only {stated}"
    enough = [(cover, fact) for cover, fact in same if _reaches(fact, gate)]
    for cover, fact in enough:
        if cover is Cover.YES:
            return PASS, language_in_words(fact)
    if enough:
        return UNKNOWN, f"{language_in_words(enough[0][1])}; which variety is not stated"
    return FAIL, "; ".join(language_in_words(fact) for _, fact in same)


def _reaches(fact: LanguageFact, gate: LanguageGate) -> bool:
    return (
        fact.written >= (gate.written or 0) and fact.spoken >= (gate.spoken or 0) and (fact.native or not gate.native)
    )


def _degree(gate: DegreeGate, facts: Sequence[DegreeFact]) -> Verdict:
    if not facts:
        return UNKNOWN, "No degree stated"
    # held before in progress, then the highest: the best evidence is the one named
    best_first = sorted(facts, key=lambda fact: (fact.status is DegreeStatus.HELD, fact.level), reverse=True)
    for fact in best_first:
        if fact.level >= gate.level and (fact.status is DegreeStatus.HELD or gate.in_progress_is_enough):
            return PASS, degree_in_words(fact)
    return FAIL, "; ".join(degree_in_words(fact) for fact in best_first)


def _experience(gate: ExperienceGate, facts: Sequence[ExperienceFact]) -> Verdict:
    if not facts:
        return UNKNOWN, "No experience stated"
    found = [fact for fact in facts if fact.kind is gate.kind]
    if not found:
        stated = ", ".join(kind_in_words(fact.kind) for fact in facts)
        return FAIL, f"States only {stated}"
    best = max(found, key=lambda fact: fact.years)
    return (PASS if best.years >= gate.years else FAIL), experience_in_words(best)


def _country(gate: CountryGate, country: str | None) -> Verdict:
    if country is None:
        return UNKNOWN, "No country stated"
    name = COUNTRIES.get(country, country)
    return (PASS if country in gate.countries else FAIL), f"Lives in {name}"


def _rate(gate: RateGate, min_rate_minor: int | None, currency: str) -> Verdict:
    if min_rate_minor is None:
        return UNKNOWN, "No minimum rate stated"
    words = f"Works from {money_in_words(min_rate_minor, currency)} an hour"
    if currency != gate.currency:
        return UNKNOWN, f"{words}; no minimum stated in {gate.currency}"
    return (PASS if min_rate_minor <= gate.max_minor else FAIL), words


def _hours(gate: HoursGate, weekly_minutes: int | None) -> Verdict:
    if weekly_minutes is None:
        return UNKNOWN, "No hours a week stated"
    enough = weekly_minutes >= gate.weekly_minutes
    return (PASS if enough else FAIL), f"Offers {hours_in_words(weekly_minutes)} a week"


def language_in_words(fact: LanguageFact) -> str:
    """Return a language with its levels, such as "Chinese: written C1, spoken B2 (declared)"."""
    native = ", native" if fact.native else ""
    levels = f"written {fact.written.name}, spoken {fact.spoken.name}{native}"
    return f"{language_name(fact.tag)}: {levels} ({fact.provenance})"


def degree_in_words(fact: DegreeFact) -> str:
    """Return a degree with its subject, such as "Master's degree in Law, in progress (declared)"."""
    words = DEGREE_WORDS[fact.level].removeprefix("a ").capitalize()
    subject = f" in {fact.subject}" if fact.subject else ""
    status = "held" if fact.status is DegreeStatus.HELD else "in progress"
    return f"{words}{subject}, {status} ({fact.provenance})"


def experience_in_words(fact: ExperienceFact) -> str:
    """Return years of experience, such as "3 years of annotation experience (declared)"."""
    return f"{years_in_words(fact.years)} of {kind_in_words(fact.kind)} ({fact.provenance})"
