from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import Account
from marketplace.applications.models import Application
from marketplace.db import db
from marketplace.profiles.models import AnnotatorProfile
from marketplace.projects.models import Project
from tests import build

ApiOf = Callable[[Account], FlaskClient]
GERMAN = {"gate": "language", "tag": "de", "written": "B2"}


@pytest.fixture
def person(app: Flask) -> AnnotatorProfile:
    return build.profile(name="Mei Chen")


@pytest.fixture
def project(app: Flask) -> Project:
    boss = build.manager(build.organisation())
    from marketplace.accounts.queries import organisations_of

    return build.project(organisations_of(boss)[0], by=boss, gates=[GERMAN])


def boss_of(project: Project) -> Account:
    return db.session.get_one(Account, project.created_by)


def sent(api: FlaskClient, path: str, body: dict[str, Any] | None = None, **headers: str) -> Any:
    return api.post(f"/api/v1{path}", json=body or {}, headers=headers)


def test_from_an_open_project_to_an_invitation_by_api(
    api_of: ApiOf, project: Project, person: AnnotatorProfile
) -> None:
    own, boss = api_of(person.account), api_of(boss_of(project))
    assert own.get(f"/api/v1/open-projects/{project.id}").get_json()["requirements"] == ["German written B2 or better"]
    standing = own.get(f"/api/v1/open-projects/{project.id}/standing").get_json()
    assert (standing["standing"], standing["gates_missed"]) == ("none", 1)
    made = sent(own, f"/open-projects/{project.id}/applications", {"note": "I am Mei Chen."})
    assert made.status_code == 201
    number = made.get_json()["id"]
    (listed,) = boss.get(f"/api/v1/applications?project_id={project.id}&state=submitted").get_json()["items"]
    assert (listed["id"], listed["note"]) == (number, "I am ••• ••••.")
    assert listed["gates"][0]["change"] == "German written B2 or better would pass"
    done = sent(boss, f"/applications/{number}/acceptance", {"override_note": "A trial went well."})
    assert done.get_json()["state"] == "accepted"
    invitation = own.get(f"/api/v1/invitations/{done.get_json()['invitation_id']}").get_json()
    assert invitation["offered_rate_minor"] == 1500
    mine = own.get("/api/v1/applications").get_json()["items"][0]
    assert (mine["state"], mine["note"], mine["override_note"]) == ("accepted", "I am Mei Chen.", "")


def test_the_same_key_is_one_application_and_the_same_answer(
    api_of: ApiOf, project: Project, person: AnnotatorProfile
) -> None:
    own = api_of(person.account)
    path, key = f"/open-projects/{project.id}/applications", {"Idempotency-Key": "once"}
    first, again = sent(own, path, {"note": "x"}, **key), sent(own, path, {"note": "x"}, **key)
    assert first.get_json() == again.get_json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert sent(own, path, {"note": "y"}, **key).status_code == 422
    assert sent(own, path).status_code == 409
    assert len(db.session.scalars(sa.select(Application)).all()) == 1


def test_a_manager_who_read_another_state_is_refused(api_of: ApiOf, project: Project, person: AnnotatorProfile) -> None:
    number = sent(api_of(person.account), f"/open-projects/{project.id}/applications").get_json()["id"]
    boss = api_of(boss_of(project))
    etag = boss.get(f"/api/v1/applications/{number}").headers["ETag"]
    path, body = f"/applications/{number}/decline", {"reason": "gate_missed"}
    assert sent(boss, path, body, **{"If-Match": '"another"'}).status_code == 412
    assert sent(boss, path, body, **{"If-Match": etag}).status_code == 200
    assert sent(boss, f"/applications/{number}/acceptance", {}, **{"If-Match": etag}).status_code == 412
    assert sent(boss, path, body).status_code == 409


@pytest.mark.parametrize("body", [{}, {"reason": "project_over"}, {"reason": "x"}, {"reason": "other", "why": "y"}])
def test_a_decline_that_is_none_is_refused_and_named(
    body: dict[str, Any], api_of: ApiOf, project: Project, person: AnnotatorProfile
) -> None:
    number = sent(api_of(person.account), f"/open-projects/{project.id}/applications").get_json()["id"]
    answer = sent(api_of(boss_of(project)), f"/applications/{number}/decline", body)
    assert answer.status_code == 422
    assert answer.get_json()["errors"]


def test_withdrawing_and_reading_what_is_not_ones_own(
    api_of: ApiOf, project: Project, person: AnnotatorProfile
) -> None:
    own, stranger = api_of(person.account), api_of(build.profile().account)
    other = api_of(build.manager(build.organisation()))
    number = sent(own, f"/open-projects/{project.id}/applications").get_json()["id"]
    assert stranger.get(f"/api/v1/applications/{number}").status_code == 404
    assert sent(stranger, f"/applications/{number}/withdrawal").status_code == 404
    assert sent(other, f"/applications/{number}/acceptance").status_code == 404
    assert other.get(f"/api/v1/applications?project_id={project.id}").status_code == 404
    assert sent(own, f"/applications/{number}/withdrawal").get_json()["state"] == "withdrawn"


def test_why_no_project_by_api(api_of: ApiOf, project: Project, person: AnnotatorProfile) -> None:
    build.project()
    found = api_of(person.account).get("/api/v1/why-no-project?limit=1").get_json()
    assert (found["judged"], found["passed"], len(found["items"]), found["next_cursor"]) == (2, 1, 1, 1)
    (change,) = found["changes"]
    assert (change["project_ids"], change["weekly_minutes"]) == ([project.id], 1200)
    assert found["reasons"] == []


def test_only_an_annotator_asks_for_what_they_pass(
    api_of: ApiOf, client: FlaskClient, person: AnnotatorProfile
) -> None:
    for caller in (client, api_of(build.manager())):
        answer = caller.get("/api/v1/open-projects?passing=true")
        assert answer.status_code == 422
        assert answer.get_json()["errors"][0]["field"] == "passing"
    assert api_of(person.account).get("/api/v1/open-projects?passing=true").get_json()["items"] == []


@pytest.mark.parametrize("query", ["language=xx", "kind=x", "rate_at_least_minor=-1", "currency=usd", "titel=x"])
def test_a_filter_that_is_none_is_refused_and_named(query: str, client: FlaskClient) -> None:
    answer = client.get(f"/api/v1/open-projects?{query}")
    assert answer.status_code == 422
    assert [one["field"] for one in answer.get_json()["errors"]] == [query.split("=", maxsplit=1)[0]]
