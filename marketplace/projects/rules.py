"""The states, moves and limits of projects, and what has to be right before one may start."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Any

from matching.gates import MAX_GATES as MAX_GATES_IN_ALL

MAX_SEATS = 10_000
MAX_GATES = 30
MAX_WISHES = 20
MAX_RATE_LINES = 20
MAX_WARNINGS = 10
MAX_TITLE = 120
MAX_DESCRIPTION = 8_000
MAX_WISH = 400
MAX_LABEL = 120
MAX_REASON = 1_000
MAX_HOURLY_RATE_MINOR = 1_000_000
MAX_BUDGET_MINOR = 10**12
MAX_WEEKLY_MINUTES = 60 * 60
INVITATION_HOURS = 72
MAX_INVITATION_HOURS = 30 * 24


class ProjectState(StrEnum):
    """draft → scheduled → active ⇄ paused → completed → archived."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    ACTIVE = "active"
    PAUSED = "paused"
    COMPLETED = "completed"
    ARCHIVED = "archived"


DRAFT, SCHEDULED, ACTIVE = ProjectState.DRAFT, ProjectState.SCHEDULED, ProjectState.ACTIVE
PAUSED, COMPLETED, ARCHIVED = ProjectState.PAUSED, ProjectState.COMPLETED, ProjectState.ARCHIVED

MOVES: dict[ProjectState, frozenset[ProjectState]] = {
    DRAFT: frozenset({SCHEDULED, ACTIVE, ARCHIVED}),
    SCHEDULED: frozenset({DRAFT, ACTIVE, ARCHIVED}),
    ACTIVE: frozenset({PAUSED, COMPLETED}),
    PAUSED: frozenset({ACTIVE, COMPLETED}),
    COMPLETED: frozenset({ARCHIVED}),
    ARCHIVED: frozenset(),
}
# Once people can be at work, a stop is explained to them.
STOPS = frozenset({PAUSED, COMPLETED})
CLOSED = frozenset({COMPLETED, ARCHIVED})

MOVE_WORDS: dict[ProjectState, str] = {
    DRAFT: "Back to draft",
    SCHEDULED: "Schedule",
    ACTIVE: "Activate",
    PAUSED: "Pause",
    COMPLETED: "Complete",
    ARCHIVED: "Archive",
}


def move_in_words(now: ProjectState, then: ProjectState) -> str:
    """Return what the button says that takes a project from *now* to *then*."""
    return "Resume" if (now, then) == (PAUSED, ACTIVE) else MOVE_WORDS[then]


def refuse_move(now: ProjectState, then: ProjectState, reason: str = "given") -> str | None:
    """Return why a project cannot go from *now* to *then*, or None when it can."""
    if then not in MOVES[now]:
        return f"A project that is {now} cannot become {then}."
    if then in STOPS and not reason.strip():
        return "Say why: everybody at work on the project will read it."
    return None


def refuse_change(state: ProjectState) -> str | None:
    """Return why a project in *state* cannot be changed, or None when it can."""
    return f"A project that is {state} does not change any more." if state in CLOSED else None


def missing_for_start(
    *,
    description: str,
    wishes: Sequence[str],
    starts_on: date | None,
    ends_on: date | None,
    today: date,
    then: ProjectState,
) -> tuple[str, str] | None:
    """Return (field, text) of the first thing that keeps a project from becoming *then*, or None."""
    if not description.strip():
        return "description", "Describe the work first: people decide by it."
    if not wishes:
        return "wishes", "Add at least one wish first: people are ranked by how well their résumé supports it."
    if ends_on is not None and ends_on < today:
        return "ends_on", "The last day has passed already; move it first."
    if then is SCHEDULED and (starts_on is None or starts_on <= today):
        return "starts_on", "To schedule the project give it a first day that is still to come."
    if then is ACTIVE and starts_on is not None and starts_on > today:
        return "starts_on", f"The first day is {starts_on:%-d %B %Y}: schedule the project, or move that day."
    return None


def refuse_gates(gates: Sequence[Mapping[str, Any]]) -> str | None:
    """Return why these are too many gates, or None when they are not."""
    if sum(map(_gates_in, gates)) > MAX_GATES_IN_ALL:
        return f"There can be up to {MAX_GATES_IN_ALL} gates, those in groups counted."
    return f"There can be up to {MAX_GATES} gates." if len(gates) > MAX_GATES else None


def mistakes(facts: Mapping[str, Any]) -> dict[str, str]:
    """Return what is wrong between the fields of a project, by field: each field by itself is right already."""
    found = {}
    if facts["rate_floor_minor"] > facts["rate_top_minor"]:
        found["rate_top_minor"] = "The top of the band lies below its floor."
    if facts["starts_on"] and facts["ends_on"] and facts["ends_on"] < facts["starts_on"]:
        found["ends_on"] = "The last day lies before the first."
    if refusal := refuse_gates(facts["gates"]):
        found["gates"] = refusal
    if (twice := _twice(facts["gates"])) is not None:
        found[f"gates.{twice}"] = "This gate stands here twice."
    wishes = [wish.casefold() for wish in facts["wishes"]]
    for number, wish in enumerate(wishes):
        if wish in wishes[:number]:
            found[f"wishes.{number}"] = "This wish stands here twice."
    return found


def _gates_in(node: Mapping[str, Any]) -> int:
    return 1 if "gate" in node else sum(_gates_in(member) for members in node.values() for member in members)


def _twice(gates: Sequence[Mapping[str, Any]]) -> int | None:
    """Return the number of the first gate (or equal group) that asks again for what one before it asks, or None."""
    seen = set()
    for number, gate in enumerate(gates):
        key = (gate["gate"], gate.get("tag"), gate.get("kind")) if "gate" in gate else (json.dumps(gate), None, None)
        if key in seen:
            return number
        seen.add(key)
    return None
