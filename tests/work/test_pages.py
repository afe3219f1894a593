from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from marketplace import clock
from marketplace.accounts.models import Account
from marketplace.db import db
from marketplace.invitations import actions as invitation_actions
from marketplace.invitations.models import Invitation
from marketplace.matches import actions as matching_actions
from marketplace.matches.models import Match
from marketplace.projects.models import Project
from marketplace.work import actions
from marketplace.work.models import Engagement
from marketplace.work.rules import EngagementState
from tests import build

ClientOf = Callable[[Account], FlaskClient]


@pytest.fixture
def manager(app: Flask) -> Account:
    return build.manager(build.organisation())


@pytest.fixture
def project(manager: Account) -> Project:
    return build.project(by=manager, seats=1)


@pytest.fixture
def invitations(project: Project, manager: Account) -> list[Invitation]:
    for name in ("Mei Chen", "Ana Silva"):
        build.profile(name=name)
    run = matching_actions.make_match_run(project, manager)
    chosen = sa.select(Match.id).where(Match.run_id == run.id).order_by(Match.profile_id)
    made = invitation_actions.invite(project, list(db.session.scalars(chosen)), manager).made
    db.session.commit()
    return made


@pytest.fixture
def engagement(invitations: list[Invitation]) -> Engagement:
    made = actions.accept_invitation(invitations[0], invitations[0].profile.account).engagement
    assert made is not None
    db.session.commit()
    return made


def state_of(engagement: Engagement) -> EngagementState:
    db.session.refresh(engagement)
    return engagement.state


def test_accepting_by_page_joins_or_waits(client_of: ClientOf, invitations: list[Invitation]) -> None:
    first, second = invitations
    answers = [
        client_of(one.profile.account).post(f"/invitations/{one.id}/acceptance", follow_redirects=True)
        for one in (first, second)
    ]
    assert "You have joined the project" in answers[0].text
    assert "$15.00" in answers[0].text
    assert "You are on the waitlist" in answers[1].text


def test_accepting_what_was_withdrawn_says_so(
    client_of: ClientOf, invitations: list[Invitation], manager: Account
) -> None:
    invitation_actions.withdraw_invitation(invitations[0], manager)
    browser = client_of(invitations[0].profile.account)
    answer = browser.post(f"/invitations/{invitations[0].id}/acceptance", follow_redirects=True)
    assert "was withdrawn" in answer.text


def test_the_team_shows_real_names_of_those_who_joined(
    client_of: ClientOf, engagement: Engagement, manager: Account
) -> None:
    text = client_of(manager).get(f"/projects/{engagement.project_id}/team").text
    assert "Mei Chen" in text
    assert "Ana Silva" not in text
    assert "$15.00" in text


def test_pausing_resuming_and_ending_by_page(client_of: ClientOf, engagement: Engagement, manager: Account) -> None:
    browser, url = client_of(manager), f"/team/{engagement.id}"
    assert browser.get(url).status_code == 200
    assert browser.post(f"{url}/pause", data={}).status_code == 422
    assert browser.post(f"{url}/pause", data={"why": "New guidelines"}).status_code == 302
    assert state_of(engagement) is EngagementState.PAUSED
    assert "Resume" in browser.get(url).text
    browser.post(f"{url}/resumption")
    assert browser.post(f"{url}/end", data={"reason": "by_annotator"}).status_code == 422
    browser.post(f"{url}/end", data={"reason": "quality"})
    assert state_of(engagement) is EngagementState.ENDED


def test_a_rate_is_agreed_from_a_day_to_come(client_of: ClientOf, engagement: Engagement, manager: Account) -> None:
    browser, url = client_of(manager), f"/team/{engagement.id}/rate"
    today, soon = clock.now().date(), clock.now().date() + timedelta(days=7)
    past = browser.post(url, data={"rate": "18.00", "valid_from": today.isoformat()})
    assert past.status_code == 422
    assert "future moment" in past.text
    assert browser.post(url, data={"rate": "eighteen", "valid_from": soon.isoformat()}).status_code == 422
    assert browser.post(url, data={"rate": "99.00", "valid_from": soon.isoformat()}).status_code == 422
    assert browser.post(url, data={"rate": "18.00", "valid_from": soon.isoformat()}).status_code == 302
    assert "$18.00" in browser.get(f"/projects/{engagement.project_id}/team").text


def test_somebody_elses_engagement_looks_missing(client_of: ClientOf, engagement: Engagement) -> None:
    stranger = client_of(build.manager(build.organisation()))
    assert stranger.get(f"/team/{engagement.id}").status_code == 404
    for step in ("pause", "resumption", "end", "rate"):
        assert stranger.post(f"/team/{engagement.id}/{step}").status_code == 404
    other = client_of(build.profile().account)
    assert other.post(f"/engagements/{engagement.id}/leaving").status_code == 404


def test_leaving_ends_my_own_engagement(client_of: ClientOf, engagement: Engagement) -> None:
    browser = client_of(engagement.profile.account)
    answer = browser.post(f"/engagements/{engagement.id}/leaving", follow_redirects=True)
    assert "You have left the project" in answer.text
    assert state_of(engagement) is EngagementState.ENDED
