"""What would make a gate pass, and how near it is."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.changes import Change, all_of, any_of, result_with_change, what_would_pass
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
)
from matching.types import Candidate, DegreeFact, ExperienceFact, LanguageFact
from matching.vocabulary import Cefr, DegreeStatus, ExperienceKind, GateOutcome, IscedLevel
from tests.matching.strategies import candidates, experience_gates, nodes

HELD, IN_PROGRESS = DegreeStatus.HELD, DegreeStatus.IN_PROGRESS
PERSON = Candidate(
    1,
    languages=(
        LanguageFact("es", Cefr.C1, Cefr.B2),
        LanguageFact("zh", Cefr.C2, Cefr.C2),
    ),
    degrees=(DegreeFact(IscedLevel.BACHELOR, HELD), DegreeFact(IscedLevel.MASTER, IN_PROGRESS)),
    experiences=(ExperienceFact(ExperienceKind.ANNOTATION, 1),),
    country="DE",
    min_rate_minor=2500,
    weekly_minutes=600,
)
ROWS: list[tuple[Gate, str, bool]] = [
    (LanguageGate("es", Cefr.C1, Cefr.C1), "Spanish spoken B2 → C1 would pass", False),
    (LanguageGate("es", Cefr.C2, Cefr.C1), "Spanish written C1 → C2 and spoken B2 → C1 would pass", False),
    (LanguageGate("es", native=True), "Spanish as a native speaker would pass", False),
    (LanguageGate("fr", Cefr.B2), "French written B2 or better would pass", False),
    (LanguageGate("zh-Hant", Cefr.C1), "Has to state which variety: Chinese (Traditional) is asked for", True),
    (DegreeGate(IscedLevel.MASTER), "Master's degree in progress → held would pass", False),
    (DegreeGate(IscedLevel.DOCTORATE, True), "Master's degree → a doctorate, held or in progress, would pass", False),
    (ExperienceGate(ExperienceKind.ANNOTATION, 3), "Annotation experience 1 year → 3 years would pass", False),
    (ExperienceGate(ExperienceKind.TEACHING, 2), "2 years of teaching experience would pass", False),
    (ExperienceGate(ExperienceKind.TEACHING), "Some teaching experience would pass", False),
    (CountryGate(frozenset({"AT", "CH"})), "Living in Austria or Switzerland would pass", False),
    (RateGate(2300, "USD"), "A lowest rate of $25.00 → $23.00 an hour would pass", False),
    (RateGate(2300, "EUR"), "Has to state the lowest rate an hour in EUR", True),
    (HoursGate(1200), "Offering 10 hours → 20 hours a week would pass", False),
]
NOTHING: list[tuple[Gate, str]] = [
    (LanguageGate("es"), "Has to state languages; Spanish is asked for"),
    (DegreeGate(IscedLevel.MASTER), "Has to state a degree, or that there is none"),
    (ExperienceGate(ExperienceKind.EDITING), "Has to state editing experience, or that there is none"),
    (CountryGate(frozenset({"AT"})), "Has to state the country of residence"),
    (HoursGate(60), "Has to state the hours offered a week"),
]


@pytest.mark.parametrize(("gate", "words", "ask"), ROWS)
def test_the_nearest_miss_is_said_in_words(gate: Gate, words: str, ask: bool) -> None:
    change = what_would_pass(gate, PERSON)
    assert change is not None
    assert (change.words, change.ask) == (words, ask)


@pytest.mark.parametrize(("gate", "words"), NOTHING)
def test_what_is_not_stated_has_to_be_stated(gate: Gate, words: str) -> None:
    assert what_would_pass(gate, Candidate(1)) == Change(words, 0.0, ask=True)


@given(node=nodes, person=candidates)
def test_a_change_is_named_exactly_where_a_gate_or_group_does_not_pass(node: GateNode, person: Candidate) -> None:
    (result,) = judge([node], person)
    change = what_would_pass(node, person)
    assert result_with_change(result, person)["change"] == (change.words if change else "")
    assert (change is None) == (result.outcome is GateOutcome.PASS)
    if change is not None:
        assert change.ask == (result.outcome is GateOutcome.UNKNOWN)
        assert change.size >= 0
        assert (change.size == 0) == change.ask


@given(gate=experience_gates, person=candidates, more=st.integers(1, 20))
def test_a_tighter_gate_is_never_nearer(gate: ExperienceGate, person: Candidate, more: int) -> None:
    easy, hard = (what_would_pass(one, person) for one in (gate, replace(gate, years=gate.years + more)))
    assert hard is None or easy is None or easy.size <= hard.size


def test_of_a_group_of_alternatives_the_nearest_member_is_told() -> None:
    spanish, teaching = LanguageGate("es", Cefr.C1, Cefr.C1), ExperienceGate(ExperienceKind.TEACHING, 5)
    assert what_would_pass(GateGroup("any", (teaching, spanish)), PERSON) == what_would_pass(spanish, PERSON)
    both = what_would_pass(GateGroup("all", (teaching, spanish)), PERSON)
    assert both is not None
    assert both.words == "Spanish spoken B2 → C1 would pass; and 5 years of teaching experience would pass"


def test_of_alternatives_the_nearest_is_named_and_of_a_bundle_all() -> None:
    near, far, ask = Change("near", 1), Change("far", 5), Change("ask", 0, ask=True)
    assert any_of([far, near]) == near
    assert any_of([far, ask]) == ask
    assert any_of([far, None]) is None
    assert all_of([far, None, near]) == Change("near; and far", 6)
    assert all_of([ask, None]) == ask
    assert all_of([None, None]) is None
