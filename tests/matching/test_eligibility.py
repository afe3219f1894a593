"""Gates against facts."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.eligibility import judge, passes
from matching.gates import CountryGate, DegreeGate, ExperienceGate, Gate, HoursGate, LanguageGate, RateGate
from matching.types import Candidate, DegreeFact, ExperienceFact, LanguageFact
from matching.vocabulary import Cefr, DegreeStatus, ExperienceKind, GateOutcome, IscedLevel
from tests.matching import strategies

PASS, FAIL, UNKNOWN = GateOutcome.PASS, GateOutcome.FAIL, GateOutcome.UNKNOWN
SEVERITY = {PASS: 0, UNKNOWN: 1, FAIL: 2}
ANNA = Candidate(
    profile_id=1,
    languages=(LanguageFact("en-GB", Cefr.C2, Cefr.C1, native=True), LanguageFact("zh", Cefr.B2, Cefr.C1)),
    degrees=(
        DegreeFact(IscedLevel.BACHELOR, DegreeStatus.HELD, "Law"),
        DegreeFact(IscedLevel.MASTER, DegreeStatus.IN_PROGRESS),
    ),
    experiences=(ExperienceFact(ExperienceKind.ANNOTATION, 3),),
    country="DE",
    min_rate_minor=1800,
    currency="USD",
    weekly_minutes=600,
)
NOBODY = Candidate(profile_id=2)


@pytest.mark.parametrize(
    ("gate", "outcome", "fact"),
    [
        (LanguageGate("en", Cefr.C2), PASS, "English (United Kingdom): written C2, spoken C1, native (declared)"),
        (
            LanguageGate("en", spoken=Cefr.C2),
            FAIL,
            "English (United Kingdom): written C2, spoken C1, native (declared)",
        ),
        (LanguageGate("zh", native=True), FAIL, "Chinese: written B2, spoken C1 (declared)"),
        (
            LanguageGate("zh-Hant", Cefr.B2),
            UNKNOWN,
            "Chinese: written B2, spoken C1 (declared); which variety is not stated",
        ),
        (LanguageGate("zh-Hant", Cefr.C1), FAIL, "Chinese: written B2, spoken C1 (declared)"),  # too low in any variety
        (LanguageGate("fr"), FAIL, "States only English (United Kingdom), Chinese"),
        (DegreeGate(IscedLevel.BACHELOR), PASS, "Bachelor's degree in Law, held (declared)"),
        (DegreeGate(IscedLevel.MASTER, in_progress_is_enough=True), PASS, "Master's degree, in progress (declared)"),
        (
            DegreeGate(IscedLevel.MASTER),
            FAIL,
            "Bachelor's degree in Law, held (declared); Master's degree, in progress (declared)",
        ),
        (ExperienceGate(ExperienceKind.ANNOTATION, 3), PASS, "3 years of annotation experience (declared)"),
        (ExperienceGate(ExperienceKind.ANNOTATION, 4), FAIL, "3 years of annotation experience (declared)"),
        (ExperienceGate(ExperienceKind.TEACHING), FAIL, "States only annotation experience"),
        (CountryGate(frozenset({"DE", "AT"})), PASS, "Lives in Germany"),
        (CountryGate(frozenset({"FR"})), FAIL, "Lives in Germany"),
        (RateGate(1800, "USD"), PASS, "Works from $18.00 an hour"),
        (RateGate(1799, "USD"), FAIL, "Works from $18.00 an hour"),
        (RateGate(5000, "EUR"), UNKNOWN, "Works from $18.00 an hour; no minimum stated in EUR"),
        (HoursGate(600), PASS, "Offers 10 hours a week"),
        (HoursGate(601), FAIL, "Offers 10 hours a week"),
    ],
)
def test_a_gate_tells_its_outcome_and_the_fact(gate: Gate, outcome: GateOutcome, fact: str) -> None:
    (result,) = judge([gate], ANNA)
    assert (result.outcome, result.fact) == (outcome, fact)


@given(gate=strategies.gates)
def test_of_somebody_who_states_nothing_everything_is_unknown_and_nothing_passes(gate: Gate) -> None:
    results = judge([gate], NOBODY)
    assert [result.outcome for result in results] == [UNKNOWN]
    assert not passes(results)


def test_without_gates_everybody_passes() -> None:
    assert passes(judge([], NOBODY))


@given(gate=strategies.gates, candidate=strategies.candidates)
def test_every_outcome_rests_on_a_fact_in_words(gate: Gate, candidate: Candidate) -> None:
    (result,) = judge([gate], candidate)
    assert result.fact.strip()


@st.composite
def tightened(draw: st.DrawFn) -> tuple[Gate, Gate]:
    """Give a gate and one that asks for more."""
    gate = draw(strategies.gates)
    match gate:
        case LanguageGate():
            narrower = {"en": ["en-GB", "en-US"], "zh": ["zh-Hans", "zh-Hant", "zh-TW"], "zh-Hant": ["zh-TW"]}
            return gate, LanguageGate(
                draw(st.sampled_from([gate.tag, *narrower.get(gate.tag, [])])),
                draw(st.sampled_from([level for level in Cefr if level >= (gate.written or 0)])),
                draw(st.sampled_from([level for level in Cefr if level >= (gate.spoken or 0)])),
                gate.native or draw(st.booleans()),
            )
        case DegreeGate():
            higher = draw(st.sampled_from([level for level in IscedLevel if level >= gate.level]))
            return gate, DegreeGate(higher, gate.in_progress_is_enough and draw(st.booleans()))
        case ExperienceGate():
            return gate, replace(gate, years=draw(st.integers(gate.years, 60)))
        case CountryGate():
            return gate, CountryGate(frozenset(draw(st.sets(st.sampled_from(sorted(gate.countries)), min_size=1))))
        case RateGate():
            return gate, replace(gate, max_minor=draw(st.integers(1, gate.max_minor)))
        case HoursGate():
            return gate, replace(gate, weekly_minutes=draw(st.integers(gate.weekly_minutes, 10_080)))


@given(pair=tightened(), candidate=strategies.candidates)
def test_tightening_a_gate_never_makes_its_outcome_better(pair: tuple[Gate, Gate], candidate: Candidate) -> None:
    loose, tight = judge(pair, candidate)
    assert SEVERITY[tight.outcome] >= SEVERITY[loose.outcome]


@given(gates=st.lists(strategies.gates, max_size=4), more=strategies.gates, candidate=strategies.candidates)
def test_one_more_gate_never_adds_a_person(gates: list[Gate], more: Gate, candidate: Candidate) -> None:
    assert passes(judge(gates, candidate)) or not passes(judge([*gates, more], candidate))
