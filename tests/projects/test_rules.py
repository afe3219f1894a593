"""States, moves and limits."""

from datetime import date
from itertools import product
from typing import Any

import pytest

from marketplace.projects import rules
from marketplace.projects.rules import (
    ACTIVE,
    ARCHIVED,
    COMPLETED,
    DRAFT,
    PAUSED,
    SCHEDULED,
    ProjectState,
    missing_for_start,
    mistakes,
    refuse_change,
    refuse_move,
)

ALLOWED = {
    (DRAFT, SCHEDULED),
    (DRAFT, ACTIVE),
    (DRAFT, ARCHIVED),
    (SCHEDULED, DRAFT),
    (SCHEDULED, ACTIVE),
    (SCHEDULED, ARCHIVED),
    (ACTIVE, PAUSED),
    (ACTIVE, COMPLETED),
    (PAUSED, ACTIVE),
    (PAUSED, COMPLETED),
    (COMPLETED, ARCHIVED),
}
TODAY = date(2026, 11, 23)
FACTS: dict[str, Any] = {
    "rate_floor_minor": 1400,
    "rate_top_minor": 2300,
    "starts_on": None,
    "ends_on": None,
    "gates": [],
    "wishes": [],
}


@pytest.mark.parametrize(("now", "then"), list(product(ProjectState, ProjectState)))
def test_a_project_moves_only_along_its_states(now: ProjectState, then: ProjectState) -> None:
    assert (refuse_move(now, then) is None) == ((now, then) in ALLOWED)


@pytest.mark.parametrize("then", [PAUSED, COMPLETED])
def test_what_stops_people_needs_a_reason(then: ProjectState) -> None:
    assert refuse_move(ACTIVE, then, "  ") == "Say why: everybody at work on the project will read it."
    assert refuse_move(ACTIVE, then, "The client changed the guidelines.") is None


def test_a_project_that_is_over_does_not_change() -> None:
    assert [state for state in ProjectState if refuse_change(state)] == [COMPLETED, ARCHIVED]


def test_a_paused_project_is_resumed_and_a_draft_activated() -> None:
    assert rules.move_in_words(PAUSED, ACTIVE) == "Resume"
    assert rules.move_in_words(DRAFT, ACTIVE) == "Activate"


@pytest.mark.parametrize(
    ("change", "then", "field"),
    [
        ({}, ACTIVE, None),
        ({"description": " "}, ACTIVE, "description"),  # people decide by it
        ({"wishes": []}, ACTIVE, "wishes"),  # nothing to rank by
        ({"ends_on": date(2026, 11, 22)}, ACTIVE, "ends_on"),
        ({"ends_on": TODAY}, ACTIVE, None),  # the last day is a day of work
        ({"starts_on": date(2026, 11, 24)}, ACTIVE, "starts_on"),
        ({"starts_on": TODAY}, ACTIVE, None),
        ({"starts_on": date(2026, 11, 24)}, SCHEDULED, None),
        ({"starts_on": TODAY}, SCHEDULED, "starts_on"),  # there is nothing to wait for
        ({}, SCHEDULED, "starts_on"),
    ],
)
def test_a_project_starts_only_when_it_is_fit(change: dict[str, Any], then: ProjectState, field: str | None) -> None:
    whole = {"description": "Rate answers.", "wishes": ["Has rated answers"], "starts_on": None, "ends_on": None}
    missing = missing_for_start(**(whole | change), today=TODAY, then=then)
    assert (missing[0] if missing else None) == field


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({}, []),
        ({"rate_floor_minor": 2301}, ["rate_top_minor"]),
        ({"rate_floor_minor": 2300}, []),
        ({"starts_on": date(2026, 2, 2), "ends_on": date(2026, 2, 1)}, ["ends_on"]),
        ({"gates": [{"gate": "language", "tag": "en"}, {"gate": "language", "tag": "zh"}]}, []),
        ({"gates": [{"gate": "language", "tag": "en"}] * 2}, ["gates.1"]),
        ({"gates": [{"gate": "degree", "level": 6}, {"gate": "degree", "level": 7}]}, ["gates.1"]),
        ({"wishes": ["Knows X-rays", "knows x-rays"]}, ["wishes.1"]),
    ],
)
def test_fields_that_do_not_fit_together_are_named(change: dict[str, Any], fields: list[str]) -> None:
    assert list(mistakes(FACTS | change)) == fields
