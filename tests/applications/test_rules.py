import pytest

from marketplace.applications.rules import (
    ApplicationDecline,
    ApplicationState,
    not_ready,
    refuse_answer,
    refuse_missed,
    refuse_reason,
)
from marketplace.profiles.rules import ProfileState

READY = {"state": ProfileState.QUALIFIED, "paused": False, "confirmed": True, "resume_ready": True}


@pytest.mark.parametrize(
    ("but", "codes"),
    [
        ({}, []),
        ({"confirmed": False}, ["email_unconfirmed"]),
        ({"state": None}, ["no_profile"]),
        ({"state": None, "resume_ready": False}, ["no_profile"]),
        ({"state": ProfileState.DRAFT}, ["profile_draft"]),
        ({"state": ProfileState.SUBMITTED}, ["profile_submitted"]),
        ({"state": ProfileState.REJECTED}, ["profile_rejected"]),
        ({"state": ProfileState.WITHDRAWN}, ["profile_withdrawn"]),
        ({"paused": True}, ["paused"]),
        ({"resume_ready": False}, ["resume_not_ready"]),
        ({"state": ProfileState.DRAFT, "resume_ready": False}, ["profile_draft", "resume_not_ready"]),
    ],
)
def test_everything_that_keeps_a_profile_out_is_named(but: dict[str, object], codes: list[str]) -> None:
    found = not_ready(**(READY | but))  # type: ignore[arg-type]
    assert [code for code, _ in found] == codes
    assert all(words.endswith((".", "in.")) for _, words in found)


def test_only_what_waits_for_an_answer_can_be_answered() -> None:
    assert [state for state in ApplicationState if refuse_answer(state) is None] == [ApplicationState.SUBMITTED]


@pytest.mark.parametrize(
    ("reason", "note", "misses", "field"),
    [
        (ApplicationDecline.GATE_MISSED, "", True, None),
        (ApplicationDecline.GATE_MISSED, "", False, "reason"),  # it would not be true
        (ApplicationDecline.OTHERS_FIT_BETTER, "", False, None),
        (ApplicationDecline.SEATS_TAKEN, "", True, None),
        (ApplicationDecline.OTHER, " ", True, "note"),  # "another reason" says nothing
        (ApplicationDecline.OTHER, "The batch was cancelled.", True, None),
    ],
)
def test_a_reason_rests_on_something(reason: ApplicationDecline, note: str, misses: bool, field: str | None) -> None:
    refusal = refuse_reason(reason, note, misses_gate=misses)
    assert (refusal and refusal[0]) == field


def test_whoever_misses_a_gate_is_taken_with_a_reason_only() -> None:
    assert refuse_missed("", misses_gate=False) is None
    assert refuse_missed(" ", misses_gate=True) is not None
    assert refuse_missed("Taught it for years.", misses_gate=True) is None
