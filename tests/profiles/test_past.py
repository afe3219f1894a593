from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace import clock
from marketplace.accounts.models import Account
from marketplace.accounts.rules import RoleName
from marketplace.db import db
from marketplace.formats import span_text
from marketplace.profiles import actions, past
from marketplace.profiles.rules import ProfileState, RejectionReason
from tests import build

ClientOf = Callable[[Account], FlaskClient]


def decided(hours: float) -> None:
    """Add a profile that was qualified so long after it was handed in."""
    now = clock.now()
    build.profile(submitted_at=now - timedelta(hours=hours), decided_at=now)


def test_what_became_of_a_profile_is_told_with_reason_and_note(
    client_of: ClientOf, api_of: ClientOf, app: Flask
) -> None:
    person, admin = build.profile(state=ProfileState.DRAFT), build.account(RoleName.ADMIN)
    actions.submit_profile(person, by=person.account)
    reason = next(iter(RejectionReason))
    actions.reject_profile(person.id, reason, seen="", note="The second page is <missing>.", by=admin)
    actions.submit_profile(person, by=person.account)
    actions.qualify_profile(person.id, seen="", note="", by=admin)
    actions.pause_profile(person, True, by=person.account)
    db.session.commit()
    steps = past.steps_of(person)
    assert [one.what for one in steps] == ["paused", "qualified", "submitted", "rejected", "submitted"]
    page = client_of(person.account).get("/profile").text
    assert "Not qualified: " in page
    assert "The second page is &lt;missing&gt;." in page
    told = api_of(person.account).get("/api/v1/profile/history").get_json()
    assert [one["what"] for one in told["steps"]] == [one.what for one in steps]
    assert told["steps"][3]["note"] == "The second page is <missing>."
    other = build.profile(state=ProfileState.DRAFT)
    db.session.commit()
    assert api_of(other.account).get("/api/v1/profile/history").get_json()["steps"] == []


def test_how_long_it_takes_is_told_from_the_newest_decisions_and_only_of_enough(client_of: ClientOf) -> None:
    person = build.profile(state=ProfileState.SUBMITTED, submitted_at=clock.now())
    for hours in (1, 2, 3, 48):
        decided(hours)
    db.session.commit()
    assert past.usual_wait() is None
    assert "Too few were decided lately" in client_of(person.account).get("/profile").text
    decided(4)
    db.session.commit()
    wait = past.usual_wait()
    assert wait is not None
    assert (wait.half, wait.most, wait.decisions) == (timedelta(hours=3), timedelta(hours=48), 5)
    page = client_of(person.account).get("/profile").text
    assert "Of the last 5 decisions half took up to 3 hours, and nine in ten up to 2 days." in page


def test_old_decisions_are_forgotten(app: Flask) -> None:
    with clock.at(clock.now() - timedelta(days=30)):
        for _ in range(past.NEWEST):
            decided(100)
    for _ in range(past.NEWEST):
        decided(1)
    wait = past.usual_wait()
    assert wait is not None
    assert (wait.most, wait.decisions) == (timedelta(hours=1), past.NEWEST)


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(0), "1 minute"),
        (timedelta(minutes=45), "45 minutes"),
        (timedelta(hours=3), "3 hours"),
        (timedelta(days=2), "2 days"),
        (timedelta(days=14), "2 weeks"),
    ],
)
def test_spans_are_told_as_people_say_them(span: timedelta, words: str) -> None:
    assert span_text(span) == words
