from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import Account
from marketplace.db import db
from marketplace.profiles.models import AnnotatorProfile
from marketplace.projects.models import Project, TextVector
from tests import build

ApiOf = Callable[[Account], FlaskClient]


@pytest.fixture
def manager(app: Flask) -> Account:
    return build.manager(build.organisation())


@pytest.fixture
def person(app: Flask) -> AnnotatorProfile:
    return build.profile()


@pytest.fixture
def project(manager: Account, person: AnnotatorProfile) -> Project:
    return build.project(by=manager)


def test_from_matches_to_an_engagement_by_api(
    api_of: ApiOf, project: Project, manager: Account, person: AnnotatorProfile
) -> None:
    boss, annotator = api_of(manager), api_of(person.account)
    matches = boss.get(f"/api/v1/projects/{project.id}/matches").json
    assert matches is not None
    (match,) = matches["items"]
    assert match["pseudonym"] == person.pseudonym
    assert match["offer"]["rate_minor"] == 1500
    assert sum(part["score"] for part in match["parts"]) == match["score"]
    assert (matches["considered"], matches["eligible"], matches["next_cursor"]) == (1, 1, None)
    made = boss.post(f"/api/v1/projects/{project.id}/invitations", json={"match_ids": [match["match_id"]]})
    assert made.status_code == 201
    assert made.json is not None
    invitation_id = made.json["invitations"][0]["id"]
    mine = annotator.get("/api/v1/invitations").json
    assert mine is not None
    assert [one["id"] for one in mine["items"]] == [invitation_id]
    answer = annotator.post(f"/api/v1/invitations/{invitation_id}/acceptance")
    assert answer.status_code == 201
    assert answer.json is not None
    assert answer.json["state"] == "accepted"
    assert answer.json["engagement"]["rates"][0]["rate_minor"] == 1500
    team = boss.get(f"/api/v1/engagements?project_id={project.id}").json
    assert team is not None
    assert team["items"][0]["name"] == person.account.name


def test_pages_of_matches_follow_each_other(api_of: ApiOf, project: Project, manager: Account) -> None:
    for _ in range(4):
        build.profile()
    boss, seen, cursor = api_of(manager), [], ""
    while True:
        page = boss.get(f"/api/v1/projects/{project.id}/matches?limit=2{cursor}").json
        assert page is not None
        seen += [match["rank"] for match in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == [1, 2, 3, 4, 5]


def test_declining_by_api_needs_a_reason_of_the_list(
    api_of: ApiOf, project: Project, manager: Account, person: AnnotatorProfile
) -> None:
    boss, annotator = api_of(manager), api_of(person.account)
    matches = boss.get(f"/api/v1/projects/{project.id}/matches").json
    assert matches is not None
    chosen = [match["match_id"] for match in matches["items"]]
    made = boss.post(f"/api/v1/projects/{project.id}/invitations", json={"match_ids": chosen}).json
    assert made is not None
    url = f"/api/v1/invitations/{made['invitations'][0]['id']}"
    wrong = annotator.post(f"{url}/decline", json={"reason": "bored"})
    assert wrong.status_code == 422
    assert wrong.content_type == "application/problem+json"
    declined = annotator.post(f"{url}/decline", json={"reason": "time", "note": "Exams"})
    assert declined.json is not None
    assert (declined.status_code, declined.json["state"]) == (200, "declined")
    again = annotator.post(f"{url}/acceptance")
    assert again.status_code == 409


def test_matches_say_that_wishes_are_still_being_read(api_of: ApiOf, project: Project, manager: Account) -> None:
    db.session.execute(sa.delete(TextVector))
    answer = api_of(manager).get(f"/api/v1/projects/{project.id}/matches")
    assert answer.status_code == 409
    assert answer.json is not None
    assert "being read" in answer.json["detail"]


@pytest.mark.parametrize("body", [{}, {"match_ids": []}, {"match_ids": ["x"]}, {"match_ids": [1], "more": 1}, []])
def test_a_body_that_is_no_invitation_is_refused(
    body: object, api_of: ApiOf, project: Project, manager: Account
) -> None:
    answer = api_of(manager).post(f"/api/v1/projects/{project.id}/invitations", json=body)
    assert answer.status_code == 422


def test_what_is_another_clients_looks_missing(api_of: ApiOf, project: Project, manager: Account) -> None:
    stranger = api_of(build.manager(build.organisation()))
    assert stranger.get(f"/api/v1/projects/{project.id}/matches").status_code == 404
    assert stranger.post(f"/api/v1/projects/{project.id}/invitations", json={"match_ids": [1]}).status_code == 404
    assert stranger.get(f"/api/v1/invitations?project_id={project.id}").status_code == 404
    assert stranger.get(f"/api/v1/engagements?project_id={project.id}").status_code == 404


def test_matches_of_others_cannot_be_invited(api_of: ApiOf, project: Project, manager: Account) -> None:
    answer = api_of(manager).post(f"/api/v1/projects/{project.id}/invitations", json={"match_ids": [2**60]})
    assert answer.status_code == 404
