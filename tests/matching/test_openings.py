from dataclasses import replace

import pytest
from hypothesis import given

from matching.changes import what_would_pass
from matching.eligibility import judge, passes
from matching.gates import (
    CountryGate,
    DegreeGate,
    ExperienceGate,
    GateGroup,
    GateNode,
    HoursGate,
    LanguageGate,
    RateGate,
)
from matching.openings import Wanted, misses, openings, with_change
from matching.types import Candidate, DegreeFact, ExperienceFact, LanguageFact
from matching.vocabulary import Cefr, DegreeStatus, ExperienceKind, IscedLevel
from tests.matching.strategies import candidates, nodes

PERSON = Candidate(
    profile_id=1,
    languages=(LanguageFact("en", Cefr.C1, Cefr.C1, True), LanguageFact("de", Cefr.B1, Cefr.B2)),
    degrees=(DegreeFact(IscedLevel.BACHELOR, DegreeStatus.HELD),),
    experiences=(ExperienceFact(ExperienceKind.ANNOTATION, 2),),
    country="TW",
    min_rate_minor=2000,
    weekly_minutes=10 * 60,
)
GERMAN_B2, GERMAN_C1 = LanguageGate("de", Cefr.B2), LanguageGate("de", Cefr.C1)
MASTER = DegreeGate(IscedLevel.MASTER)
HOUR = 60


def asking(*lists: tuple[GateNode, ...], minutes: int = 20 * HOUR) -> list[Wanted]:
    return [Wanted(key, nodes, minutes) for key, nodes in enumerate(lists, start=1)]


@pytest.mark.parametrize(
    ("node", "able"),
    [
        (GERMAN_B2, True),
        (LanguageGate("fr", Cefr.A2, Cefr.A2), True),
        (MASTER, True),
        (ExperienceGate(ExperienceKind.ANNOTATION, 5), True),
        (ExperienceGate(ExperienceKind.TEACHING, 0), True),
        (HoursGate(30 * HOUR), True),
        (RateGate(1500, "USD"), True),
        (RateGate(1500, "EUR"), False),  # the profile states one currency
        (CountryGate(frozenset({"DE"})), False),  # nobody is told to move
        (LanguageGate("de", native=True), False),  # nobody becomes a native speaker
        (LanguageGate("en", Cefr.C2, native=True), True),  # who is one already may still learn
        (GateGroup("any", (CountryGate(frozenset({"DE"})), GERMAN_B2)), True),
        (GateGroup("all", (CountryGate(frozenset({"DE"})), GERMAN_B2)), False),
        (GateGroup("all", (MASTER, GERMAN_B2)), True),
    ],
)
def test_a_change_in_thought_makes_its_gate_pass(node: GateNode, able: bool) -> None:
    changed = with_change(node, PERSON)
    assert (changed is not None) is able
    assert changed is None or passes(judge([node], changed))


@given(nodes, candidates)
def test_a_change_never_makes_its_gate_fail_and_passing_changes_nothing(node: GateNode, person: Candidate) -> None:
    changed = with_change(node, person)
    if what_would_pass(node, person) is None:
        assert changed is person
    elif changed is not None:
        assert passes(judge([node], changed))


def test_the_nearest_miss_has_the_fewest_gates_missed_and_then_the_smallest_change() -> None:
    found = misses(asking((GERMAN_C1, MASTER), (MASTER,), (GERMAN_B2,), (LanguageGate("en"),)), PERSON)
    assert [one.key for one in found] == [4, 3, 2, 1]
    assert [one.missed for one in found] == [0, 1, 1, 2]


def test_the_change_that_opens_most_hours_comes_first_and_counts_every_project_it_opens() -> None:
    wanted = asking((GERMAN_B2,), (GERMAN_B2,), (GERMAN_C1,), (MASTER,), (MASTER, GERMAN_B2))
    best, *others = openings(wanted, misses(wanted, PERSON), PERSON)
    assert (best.change.words, best.keys, best.minutes) == ("German written B1 → C1 would pass", (1, 2, 3), 60 * HOUR)
    assert [(one.change.words, one.keys) for one in others] == [
        ("German written B1 → B2 would pass", (1, 2)),
        ("Bachelor's degree → a master's degree, held, would pass", (4,)),
    ]


def test_a_project_without_a_free_seat_opens_no_hours() -> None:
    wanted = asking((GERMAN_B2,), minutes=0)
    assert openings(wanted, misses(wanted, PERSON), PERSON) == []


def test_a_change_that_would_break_another_gate_of_a_project_does_not_open_it() -> None:
    nobody = replace(PERSON, country=None)
    wanted = asking((CountryGate(frozenset({"DE"})),), (CountryGate(frozenset({"FR"})),))
    found = openings(wanted, misses(wanted, nobody), nobody)
    assert sorted(one.keys for one in found) == [(1,), (2,)]
    assert all(one.change.ask for one in found)


@given(nodes, nodes, candidates)
def test_what_an_opening_says_is_what_judging_anew_says(one: GateNode, other: GateNode, person: Candidate) -> None:
    wanted = asking((one,), (other,), (one, other))
    missed = {miss.key: miss.missed for miss in misses(wanted, person)}
    for opening in openings(wanted, misses(wanted, person), person):
        ways = [with_change(node, person) for node in (one, other) if what_would_pass(node, person) == opening.change]
        assert any(
            way
            and [each.key for each in wanted if missed[each.key] and passes(judge(each.nodes, way))]
            == list(opening.keys)
            for way in ways
        )
