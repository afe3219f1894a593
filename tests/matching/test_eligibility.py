"""Gates against facts."""

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.eligibility import judge, passes, result_to_spec
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
)
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


@given(nodes=st.lists(strategies.nodes, max_size=4), more=strategies.nodes, candidate=strategies.candidates)
def test_one_more_gate_never_adds_a_person(nodes: list[GateNode], more: GateNode, candidate: Candidate) -> None:
    assert passes(judge(nodes, candidate)) or not passes(judge([*nodes, more], candidate))


# Of ANNA: one gate of each outcome.
SAID: dict[GateOutcome, Gate] = {PASS: HoursGate(600), UNKNOWN: RateGate(5000, "EUR"), FAIL: HoursGate(601)}


@pytest.mark.parametrize("outcomes", [*product(SAID, repeat=1), *product(SAID, repeat=2), *product(SAID, repeat=3)])
def test_any_is_as_good_as_its_best_member_and_all_as_bad_as_its_worst(outcomes: tuple[GateOutcome, ...]) -> None:
    members = tuple(SAID[outcome] for outcome in outcomes)
    best, worst = judge([GateGroup("any", members), GateGroup("all", members)], ANNA)
    assert best.outcome is min(outcomes, key=SEVERITY.__getitem__)
    assert worst.outcome is max(outcomes, key=SEVERITY.__getitem__)
    assert [member.outcome for member in best.members] == list(outcomes)


def test_the_fact_of_a_group_is_that_of_the_members_that_decide_it() -> None:
    poor = GateGroup("all", (SAID[PASS], DegreeGate(IscedLevel.DOCTORATE), LanguageGate("fr")))
    (result,) = judge([GateGroup("any", (poor, CountryGate(frozenset({"DE"}))))], ANNA)
    assert (result.outcome, result.fact) == (PASS, "Lives in Germany")
    assert result.members[0].fact == (
        "Bachelor's degree in Law, held (declared); Master's degree, in progress (declared); "
        "States only English (United Kingdom), Chinese"
    )


def test_a_result_as_json_opens_its_groups() -> None:
    (result,) = judge([GateGroup("any", (SAID[FAIL], SAID[PASS]))], ANNA)
    spec = result_to_spec(result)
    assert (spec["kind"], spec["outcome"], spec["fact"]) == ("any", "pass", "Offers 10 hours a week")
    assert [(member["words"], member["outcome"]) for member in spec["members"]] == [
        ("At least 10.02 hours a week", "fail"),
        ("At least 10 hours a week", "pass"),
    ]
    assert "kind" not in spec["members"][0]


@st.composite
def tightened_trees(draw: st.DrawFn, depth: int = 3) -> tuple[GateNode, GateNode]:
    """Give a tree and one that asks for more: some gates tightened, an "any" with fewer ways, an "all" with more."""
    if depth == 0 or draw(st.booleans()):
        return draw(tightened())
    pairs = draw(st.lists(tightened_trees(depth - 1), min_size=1, max_size=3))
    loose, tight = [one for one, _ in pairs], [other for _, other in pairs]
    if draw(st.booleans()):
        kept = draw(st.sets(st.integers(0, len(pairs) - 1), min_size=1))
        return GateGroup("any", tuple(loose)), GateGroup("any", tuple(tight[at] for at in sorted(kept)))
    return GateGroup("all", tuple(loose)), GateGroup("all", (*tight, *draw(st.lists(strategies.nodes, max_size=1))))


@given(pair=tightened_trees(), candidate=strategies.candidates)
def test_tightening_anything_in_a_group_never_adds_a_person(
    pair: tuple[GateNode, GateNode], candidate: Candidate
) -> None:
    loose, tight = judge(pair, candidate)
    assert SEVERITY[tight.outcome] >= SEVERITY[loose.outcome]
    assert passes([loose]) or not passes([tight])


@given(node=strategies.nodes)
def test_what_is_unknown_of_every_gate_is_unknown_of_every_group(node: GateNode) -> None:
    (result,) = judge([node], NOBODY)
    assert result.outcome is UNKNOWN
    assert not passes([result])
