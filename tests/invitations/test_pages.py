from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import Account
from marketplace.db import db
from marketplace.invitations import actions
from marketplace.invitations.models import Invitation
from marketplace.matches import actions as matching_actions
from marketplace.matches.models import Match
from marketplace.profiles.models import AnnotatorProfile
from marketplace.projects.models import Project, TextVector
from marketplace.projects.rules import ProjectState
from tests import build

ClientOf = Callable[[Account], FlaskClient]
SENTIMENT = "Sentiment annotation of product reviews. Reach me at mei@example.org, Mei Chen."
DEGREE = {"gate": "degree", "level": 8, "in_progress_is_enough": False}


@pytest.fixture
def manager(app: Flask) -> Account:
    return build.manager(build.organisation())


@pytest.fixture
def person(app: Flask) -> AnnotatorProfile:
    return build.profile(name="Mei Chen", resume_text=SENTIMENT)


@pytest.fixture
def project(manager: Account, person: AnnotatorProfile) -> Project:
    return build.project(by=manager, wishes=("Sentiment annotation", "Quantum chromodynamics"))


@pytest.fixture
def invitation(project: Project, manager: Account) -> Invitation:
    run = matching_actions.make_match_run(project, manager)
    match_ids = list(db.session.scalars(sa.select(Match.id).where(Match.run_id == run.id)))
    (made,) = actions.invite(project, match_ids, manager).made
    db.session.commit()
    return made


def test_a_manager_sees_the_reasons_and_not_who_it_is(
    client_of: ClientOf, project: Project, manager: Account, person: AnnotatorProfile
) -> None:
    text = client_of(manager).get(f"/projects/{project.id}/matches").text
    assert person.pseudonym in text
    assert "Sentiment annotation of product reviews" in text
    assert "Nothing in the résumé supports this wish" in text
    assert "$15.00" in text
    assert "Mei" not in text
    assert "mei@example.org" not in text


def test_choosing_and_inviting_by_page_shows_who_is_invited(
    client_of: ClientOf, project: Project, manager: Account
) -> None:
    browser = client_of(manager)
    browser.get(f"/projects/{project.id}/matches")
    chosen = db.session.scalars(sa.select(Match.id)).one()
    answer = browser.post(f"/projects/{project.id}/invitations", data={"match_ids[]": [chosen]}, follow_redirects=True)
    assert "1 person is invited" in answer.text
    assert "Invited: queued" in answer.text
    assert f'name="match_ids[]" value="{chosen}"' not in answer.text


@pytest.mark.parametrize("chosen", [[], ["x"], ["0"], ["99999999999999999999"]])
def test_inviting_nobody_or_nonsense_is_refused(
    chosen: list[str], client_of: ClientOf, project: Project, manager: Account
) -> None:
    answer = client_of(manager).post(f"/projects/{project.id}/invitations", data={"match_ids[]": chosen})
    assert answer.status_code == 302
    assert db.session.scalars(sa.select(Invitation)).all() == []


def test_a_project_whose_wishes_are_being_read_says_so_and_looks_again(
    client_of: ClientOf, project: Project, manager: Account
) -> None:
    db.session.execute(sa.delete(TextVector))
    answer = client_of(manager).get(f"/projects/{project.id}/matches")
    assert "being read" in answer.text
    assert "hx-trigger" in answer.text


def test_a_paused_project_shows_matches_but_offers_no_inviting(
    client_of: ClientOf, project: Project, manager: Account
) -> None:
    project.state = ProjectState.PAUSED
    answer = client_of(manager).get(f"/projects/{project.id}/matches")
    assert "Nobody can be invited yet" in answer.text
    assert 'name="match_ids[]"' not in answer.text


def test_those_kept_out_are_shown_with_the_gate(
    client_of: ClientOf, manager: Account, person: AnnotatorProfile
) -> None:
    project = build.project(by=manager, gates=[DEGREE])
    text = client_of(manager).get(f"/projects/{project.id}/matches").text
    assert "Nobody passes every gate" in text
    assert "Kept out by a gate (1)" in text
    assert person.pseudonym in text


@pytest.mark.parametrize("path", ["matches", "invitations"])
def test_another_clients_project_looks_missing(path: str, client_of: ClientOf, project: Project) -> None:
    stranger = build.manager(build.organisation())
    assert client_of(stranger).get(f"/projects/{project.id}/{path}").status_code == 404


def test_opening_my_invitation_shows_rate_and_reasons_and_counts_as_opened(
    client_of: ClientOf, invitation: Invitation, person: AnnotatorProfile
) -> None:
    browser = client_of(person.account)
    assert f"/invitations/{invitation.id}" in browser.get("/invitations").text
    text = browser.get(f"/invitations/{invitation.id}").text
    assert "Offered rate" in text
    assert "$15.00" in text
    assert "Sentiment annotation of product reviews" in text
    db.session.refresh(invitation)
    assert invitation.state == "opened"


def test_somebody_elses_invitation_looks_missing(client_of: ClientOf, invitation: Invitation) -> None:
    stranger = client_of(build.profile().account)
    assert stranger.get(f"/invitations/{invitation.id}").status_code == 404
    assert stranger.post(f"/invitations/{invitation.id}/decline", data={"reason": "rate"}).status_code == 404
    assert stranger.post(f"/invitations/{invitation.id}/acceptance").status_code == 404


def test_declining_without_a_reason_asks_for_it(
    client_of: ClientOf, invitation: Invitation, person: AnnotatorProfile
) -> None:
    browser = client_of(person.account)
    answer = browser.post(f"/invitations/{invitation.id}/decline", data={"note": "no"})
    assert answer.status_code == 422
    assert "Choose why you decline" in answer.text
    answer = browser.post(f"/invitations/{invitation.id}/decline", data={"reason": "rate"}, follow_redirects=True)
    assert "You have declined" in answer.text
    assert "Declined" in answer.text


def test_a_manager_sees_what_became_of_invitations_and_withdraws_one(
    client_of: ClientOf, invitation: Invitation, manager: Account, person: AnnotatorProfile
) -> None:
    browser = client_of(manager)
    listed = browser.get(f"/projects/{invitation.project_id}/invitations").text
    assert person.pseudonym in listed
    assert "Mei" not in listed
    answer = browser.post(f"/invitations/{invitation.id}/withdrawal", follow_redirects=True)
    assert "The invitation is withdrawn" in answer.text


def test_the_inbox_says_what_to_do_while_it_is_empty(client_of: ClientOf) -> None:
    assert "No invitation yet" in client_of(build.profile().account).get("/invitations").text
