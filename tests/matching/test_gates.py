"""Gates as JSON and in words."""

import json
from typing import Any

import pytest
from hypothesis import assume, given

from matching.gates import (
    MAX_GATES,
    CountryGate,
    DegreeGate,
    ExperienceGate,
    Gate,
    GateGroup,
    GateNode,
    HoursGate,
    LanguageGate,
    RateGate,
    gate_from_spec,
    gate_in_words,
    gate_to_spec,
    gates_in,
    node_from_spec,
    node_in_words,
    node_to_spec,
    nodes_from_specs,
)
from matching.vocabulary import Cefr, ExperienceKind, IscedLevel
from tests.matching import strategies

HOURS = {"gate": "hours", "weekly_minutes": 60}


@given(gate=strategies.gates)
def test_a_gate_survives_json(gate: Gate) -> None:
    assert gate_from_spec(json.loads(json.dumps(gate_to_spec(gate)))) == gate


@given(gate=strategies.gates)
def test_every_gate_has_words(gate: Gate) -> None:
    words = gate_in_words(gate)
    assert words == words.strip()
    assert "None" not in words
    assert "  " not in words


@given(node=strategies.nodes)
def test_a_group_survives_json_and_has_words(node: GateNode) -> None:
    assume(sum(1 for _ in gates_in([node])) <= MAX_GATES)
    assert node_from_spec(json.loads(json.dumps(node_to_spec(node)))) == node
    words = node_in_words(node)
    assert all(gate_in_words(gate).casefold() in words.casefold() for gate in gates_in([node]))


def test_groups_read_like_a_posting() -> None:
    french, hours = LanguageGate("fr"), HoursGate(600)
    either = GateGroup("any", (french, GateGroup("all", (DegreeGate(IscedLevel.DOCTORATE), hours))))
    assert (
        node_in_words(either)
        == "One of these: French at any level; (all of these: A doctorate; At least 10 hours a week)"
    )
    assert node_in_words(GateGroup("any", (french,))) == node_in_words(french)


@pytest.mark.parametrize(
    ("gate", "words"),
    [
        (LanguageGate("zh", written=Cefr.C1), "Chinese written C1 or better"),
        (LanguageGate("zh", Cefr.C1, Cefr.B2), "Chinese written C1 and spoken B2 or better"),
        (LanguageGate("zh", Cefr.C1, Cefr.C1), "Chinese C1 written and spoken or better"),
        (LanguageGate("zh-Hant", native=True), "Chinese (Traditional) as a native speaker"),
        (LanguageGate("fr"), "French at any level"),
        (DegreeGate(IscedLevel.MASTER), "A master's degree or higher"),
        (DegreeGate(IscedLevel.DOCTORATE, in_progress_is_enough=True), "A doctorate, held or in progress"),
        (ExperienceGate(ExperienceKind.QUALITY_ASSURANCE, 1), "1 year of quality assurance experience or more"),
        (ExperienceGate(ExperienceKind.TEACHING), "Some teaching experience"),
        (CountryGate(frozenset({"DE", "AT"})), "Lives in Austria or Germany"),
        (RateGate(2300, "USD"), "Works for $23.00 an hour"),
        (RateGate(2300, "JPY"), "Works for ¥2,300 an hour"),
        (HoursGate(1050), "At least 17.5 hours a week"),
    ],
)
def test_gates_read_like_a_posting(gate: Gate, words: str) -> None:
    assert gate_in_words(gate) == words


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({}, "must be one of"),
        ({"gate": "age"}, "must be one of"),
        ({"gate": ["language"]}, "must be one of"),
        ({"gate": "language"}, "“tag” is missing"),
        ({"gate": "language", "tag": "xx-nonsense"}, "not a language tag"),
        ({"gate": "language", "tag": 7}, "“tag” is missing"),
        ({"gate": "language", "tag": "en", "written": "D1"}, "level from A1 to C2"),
        ({"gate": "language", "tag": "en", "written": 4}, "level from A1 to C2"),
        ({"gate": "language", "tag": "en", "native": "yes"}, "true or false"),
        ({"gate": "language", "tag": "en", "sex": "f"}, "has no field “sex”"),
        ({"gate": "degree", "level": 9}, "level of degree"),
        ({"gate": "degree", "level": True}, "level of degree"),
        ({"gate": "experience", "kind": "astrology", "years": 1}, "kind of experience"),
        ({"gate": "experience", "kind": "editing", "years": 10**30}, "from 0 to 60"),
        ({"gate": "experience", "kind": "editing", "years": 1.5}, "whole number"),
        ({"gate": "country", "countries": []}, "at least one country"),
        ({"gate": "country", "countries": ["XX"]}, "not a country"),
        ({"gate": "country", "countries": [None]}, "not a country"),
        ({"gate": "rate", "max_minor": 0, "currency": "USD"}, "from 1 to"),
        ({"gate": "rate", "max_minor": 1, "currency": "usd"}, "three letters"),
        ({"gate": "hours", "weekly_minutes": -1}, "from 1 to"),
    ],
)
def test_what_is_no_gate_is_refused_in_words(spec: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        gate_from_spec(spec)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (None, "is an object"),
        ([HOURS], "is an object"),
        ({"any": []}, "at least one gate"),
        ({"any": HOURS}, "at least one gate"),
        ({"any": [None]}, "is an object"),
        ({"any": [HOURS], "all": [HOURS]}, "no other"),
        ({"any": [HOURS], "gate": "hours"}, "no other"),
        ({"none": [HOURS]}, "must be one of"),
        ({"any": [{"all": [{"gate": "age"}]}]}, "must be one of"),
        ({"any": [{"all": [{"any": [{"all": [HOURS]}]}]}]}, "3 deep"),
        ({"any": [HOURS] * 41}, "up to 40 gates"),
        ({"any": [{"all": [HOURS] * 20}, {"all": [HOURS] * 21}]}, "up to 40 gates"),
    ],
)
def test_what_is_no_group_is_refused_in_words(spec: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        node_from_spec(spec)


def test_the_gates_of_a_list_are_counted_together_and_flat_lists_stay_what_they_were() -> None:
    assert nodes_from_specs([HOURS, {"any": [{"all": [HOURS]}]}]) == [
        HoursGate(60),
        GateGroup("any", (GateGroup("all", (HoursGate(60),)),)),
    ]
    with pytest.raises(ValueError, match="up to 40 gates"):
        nodes_from_specs([{"any": [HOURS] * 20}, {"any": [HOURS] * 21}])
