from datetime import UTC, datetime, timedelta

import pytest

from marketplace.invitations.rules import (
    InvitationState,
    refuse_accept,
    refuse_answer,
    refuse_invite,
    time_left,
)
from marketplace.matches.rules import without_identity
from marketplace.projects.rules import ProjectState

NOW = datetime(2026, 11, 3, 12, tzinfo=UTC)
LATER, EARLIER = NOW + timedelta(hours=1), NOW - timedelta(seconds=1)


@pytest.mark.parametrize(
    ("state", "expires_at", "answerable", "why"),
    [
        ("queued", LATER, True, "seen in the inbox before the mail left"),
        ("sent", LATER, True, "the usual case"),
        ("opened", LATER, True, "the usual case"),
        ("opened", EARLIER, False, "late, though the worker has not said so yet"),
        ("opened", NOW, False, "the last moment is already over"),
        ("waitlisted", EARLIER, True, "somebody who has said yes no longer runs against the clock"),
        ("accepted", LATER, False, "answered"),
        ("declined", LATER, False, "answered"),
        ("expired", EARLIER, False, "over"),
        ("withdrawn", LATER, False, "over"),
    ],
)
def test_an_invitation_is_answered_once_and_in_time(
    state: str, expires_at: datetime, answerable: bool, why: str
) -> None:
    assert (refuse_answer(InvitationState(state), expires_at, NOW) is None) is answerable, why


@pytest.mark.parametrize("state", [state for state in ProjectState if state is not ProjectState.ACTIVE])
def test_only_an_active_project_invites_and_takes_people(state: ProjectState) -> None:
    assert refuse_invite(ProjectState.ACTIVE) is None
    assert refuse_accept(ProjectState.ACTIVE) is None
    assert refuse_invite(state)
    assert refuse_accept(state)


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(days=2, hours=3, minutes=59), "2 days 3 hours"),
        (timedelta(days=1), "1 day"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(minutes=59, seconds=59), "59 minutes"),
        (timedelta(seconds=30), "moments"),
        (timedelta(days=-1), "moments"),
    ],
)
def test_time_left_reads_like_speech(left: timedelta, words: str) -> None:
    assert time_left(NOW + left, NOW) == words


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Write to mei.chen@example.org for samples", "mei.chen@example.org"),
        ("Call +886 912 345 678 in the evening", "912 345 678"),
        ("Mei-Ling Chen labelled 4,000 dialogues", "Chen"),
        ("MEI-LING CHEN, Taipei", "CHEN"),
        ("see linkedin.com/in/mlchen", "mlchen"),
    ],
)
def test_a_quote_hides_who_it_is_and_keeps_its_length(text: str, secret: str) -> None:
    covered = without_identity(text, "Mei-Ling Chen")
    assert secret not in covered
    assert len(covered) == len(text)


def test_a_quote_without_names_and_contacts_stays_as_it_is() -> None:
    text = "Checked 1,200 translations between 2019 and 2021; kitchen staff trained."
    assert without_identity(text, "Mei-Ling Chen") == text
