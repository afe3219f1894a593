from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import Account
from marketplace.db import db
from marketplace.errors import Refused
from marketplace.invitations import actions
from marketplace.invitations.choosing import invite_best
from marketplace.invitations.models import Invitation
from marketplace.invitations.rules import DeclineReason
from marketplace.projects.rules import ProjectState
from tests import build
from tests.waves.world import place

ClientOf = Callable[[Account], FlaskClient]


def test_the_best_are_invited_and_the_next_time_those_behind_them(app: Flask) -> None:
    project, manager = place(people=5)
    db.session.commit()
    first, second = invite_best(project, 2, manager), invite_best(project, 2, manager)
    ranks = [[one.match.rank for one in invited.made] for invited in (first, second)]
    assert ranks == [[1, 2], [3, 4]]
    assert {one.confirmed_by for one in first.made} == {manager.id}


def test_who_declined_is_not_among_the_best_but_may_be_chosen_by_name(app: Flask) -> None:
    project, manager = place(people=2)
    (gone,) = invite_best(project, 1, manager).made
    actions.decline_invitation(gone, DeclineReason.TIME, "", gone.profile.account)
    result = invite_best(project, 5, manager)
    assert [one.profile_id == gone.profile_id for one in result.made] == [False]
    assert any("has declined this project before" in words for words in result.skipped)
    assert actions.invite(project, [gone.match_id], manager).made


def test_further_down_than_one_page_of_matches(app: Flask) -> None:
    project, manager = place(people=53)
    db.session.commit()
    assert len(invite_best(project, 52, manager).made) == 52


def test_nobody_left_and_a_project_that_is_not_active_are_refused(app: Flask) -> None:
    project, manager = place(people=1)
    invite_best(project, 5, manager)
    with pytest.raises(Refused, match="Nobody is left"):
        invite_best(project, 5, manager)
    project.state = ProjectState.PAUSED
    db.session.flush()
    with pytest.raises(Refused, match="has to be active"):
        invite_best(project, 5, manager)


def test_by_page_and_by_api(app: Flask, client_of: ClientOf, api_of: ClientOf) -> None:
    project, manager = place(people=4)
    browser = client_of(manager)
    assert "Invite the best" in browser.get(f"/projects/{project.id}/matches").text
    answer = browser.post(f"/projects/{project.id}/invitations/top", data={"count": "2"}, follow_redirects=True)
    assert "2 people are invited." in answer.text
    url = f"/api/v1/projects/{project.id}/invitations/top"
    made = api_of(manager).post(url, json={"count": 1})
    assert made.json is not None
    assert (made.status_code, len(made.json["invitations"])) == (201, 1)
    assert db.session.scalars(sa.select(sa.func.count()).select_from(Invitation)).one() == 3
    assert api_of(build.manager(build.organisation())).post(url, json={"count": 1}).status_code == 404
    for wrong in ({}, {"count": 0}, {"count": 201}, {"count": "many"}, {"count": 1, "more": 1}):
        assert api_of(manager).post(url, json=wrong).status_code == 422
