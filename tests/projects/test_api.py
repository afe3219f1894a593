"""Projects by JSON."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import Account, Organisation
from marketplace.accounts.rules import RoleName
from marketplace.db import db
from marketplace.projects.models import Project
from marketplace.projects.rules import ProjectState
from tests import build

SignIn = Callable[[Account], FlaskClient]
URL = "/api/v1/projects"


@pytest.fixture
def organisation(app: Flask) -> Organisation:
    return build.organisation()


@pytest.fixture
def api(organisation: Organisation, api_of: SignIn) -> FlaskClient:
    return api_of(build.manager(organisation))


def body(organisation: Organisation, **change: Any) -> dict[str, Any]:
    """Return what a new project is sent as."""
    return {
        "organisation_id": organisation.id,
        "title": "Compare answers",
        "description": "Compare two answers of a language model.",
        "seats": 5,
        "rate_floor_minor": 1400,
        "rate_top_minor": 2300,
        "weekly_limit_minutes": 1200,
        "gates": [{"gate": "language", "tag": "cmn", "written": "C1"}],
        "wishes": ["Has compared answers"],
        "rate_lines": [{"amount_minor": 200, "condition": {"gate": "degree", "level": 8}}],
        **change,
    }


def test_a_project_is_made_shown_changed_and_moved(organisation: Organisation, api: FlaskClient) -> None:
    made = api.post(URL, json=body(organisation))
    assert made.status_code == 201
    one = made.get_json()
    assert (one["state"], one["currency"], one["requirement_version"]) == ("draft", "USD", 1)
    assert one["gates"] == [{"gate": "language", "tag": "zh", "written": "C1", "spoken": None, "native": False}]
    assert one["requirements"] == ["Chinese written C1 or better"]
    assert one["rate_lines"][0]["condition_in_words"] == "A doctorate"
    assert one["moves"] == ["active", "archived", "scheduled"]
    own = f"{URL}/{one['id']}"
    changed = api.patch(own, json={"wishes": ["Knows medicine"]}).get_json()
    assert (changed["requirement_version"], changed["title"]) == (2, "Compare answers")
    assert changed["gates"] == one["gates"]
    assert api.post(f"{own}/state", json={"state": "active"}).get_json()["state"] == "active"
    assert api.get(own).get_json()["activated_at"]
    assert [item["id"] for item in api.get(URL).get_json()["items"]] == [one["id"]]
    assert [item["id"] for item in api.get("/api/v1/open-projects").get_json()["items"]] == [one["id"]]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"rate_floor_minor": 2301}, "rate_top_minor"),
        ({"rate_floor_minor": -1}, "rate_floor_minor"),
        ({"rate_floor_minor": 10**30}, "rate_floor_minor"),
        ({"rate_floor_minor": 14.5}, "rate_floor_minor"),
        ({"rate_floor_minor": "many"}, "rate_floor_minor"),
        ({"seats": None}, "seats"),
        ({"seats": 10**9}, "seats"),
        ({"title": "a\x00b c"}, "title"),
        ({"title": ["a"]}, "title"),
        ({"state": "active"}, "state"),
        ({"gates": "all"}, "gates"),
        ({"gates": [None]}, "gates.0"),
        ({"gates": [{"gate": "age", "least": 30}]}, "gates.0"),
        ({"gates": [{"gate": "hours", "weekly_minutes": 10**30}]}, "gates.0"),
        ({"gates": [{"gate": "country", "countries": ["XX"]}]}, "gates.0"),
        ({"gates": [{"gate": "degree", "level": 6}, {"gate": "degree", "level": 7}]}, "gates.1"),
        ({"gates": [{"gate": "hours", "weekly_minutes": 1}] * 31}, "gates"),
        ({"wishes": ["ok wish", "\x00\x00\x00"]}, "wishes.1"),
        ({"wishes": [f"wish {number}" for number in range(21)]}, "wishes"),
        ({"rate_lines": [{"condition": {"gate": "degree", "level": 8}}]}, "rate_lines.0.amount_minor"),
        ({"rate_lines": [{"amount_minor": 1, "condition": {"gate": "rate"}}]}, "rate_lines.0.condition"),
        ({"starts_on": "2026-13-01"}, "starts_on"),
        ({"starts_on": "2026-02-02", "ends_on": "2026-02-01"}, "ends_on"),
    ],
)
def test_what_is_wrong_is_named_by_field(
    change: dict[str, Any], field: str, organisation: Organisation, api: FlaskClient
) -> None:
    project_id = api.post(URL, json=body(organisation)).get_json()["id"]
    for answer in (api.post(URL, json=body(organisation, **change)), api.patch(f"{URL}/{project_id}", json=change)):
        assert answer.status_code == 422
        assert answer.content_type == "application/problem+json"
        assert [error["field"] for error in answer.get_json()["errors"]] == [field]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Project)) == 1


def test_a_row_of_the_rate_card_is_never_half_changed(organisation: Organisation, api: FlaskClient) -> None:
    project_id = api.post(URL, json=body(organisation)).get_json()["id"]
    answer = api.patch(f"{URL}/{project_id}", json={"rate_lines": [{"label": "x"}]})
    assert answer.status_code == 422


@pytest.mark.parametrize("move", [{}, {"state": "sold"}, {"state": None}, {"state": "active", "reason": "\x00"}, []])
def test_a_move_that_is_none_is_refused(move: Any, organisation: Organisation, api: FlaskClient) -> None:
    project_id = api.post(URL, json=body(organisation)).get_json()["id"]
    assert api.post(f"{URL}/{project_id}/state", json=move).status_code == 422


def test_a_move_against_the_rules_is_a_conflict_with_its_reason(organisation: Organisation, api: FlaskClient) -> None:
    project_id = api.post(URL, json=body(organisation)).get_json()["id"]
    answer = api.post(f"{URL}/{project_id}/state", json={"state": "paused", "reason": "x"})
    assert (answer.status_code, answer.get_json()["detail"]) == (409, "A project that is draft cannot become paused.")


def test_of_two_moves_at_once_one_wins_and_the_other_is_told(
    app: Flask, organisation: Organisation, api: FlaskClient, api_of: SignIn
) -> None:
    project_id = api.post(URL, json=body(organisation)).get_json()["id"]
    managers = [api_of(build.manager(organisation)) for _ in range(4)]

    def activate(manager: FlaskClient) -> int:
        return manager.post(f"{URL}/{project_id}/state", json={"state": "active"}).status_code

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(activate, managers)) == [200, 409, 409, 409]


def test_others_projects_and_organisations_look_missing(api: FlaskClient) -> None:
    theirs, strangers = build.project(), build.organisation()
    db.session.commit()
    before = theirs.title, theirs.state
    for project_id in (theirs.id, 10**9, 2**63, 10**30):
        own = f"{URL}/{project_id}"
        assert api.get(own).status_code == 404
        assert api.patch(own, json={"title": "Mine now"}).status_code == 404
        assert api.post(f"{own}/state", json={"state": "paused", "reason": "x"}).status_code == 404
    assert api.post(URL, json=body(strangers)).status_code == 404
    assert api.get(URL).get_json() == {"items": [], "next_cursor": None}
    db.session.expire_all()
    assert (theirs.title, theirs.state) == before


def test_annotators_manage_nothing_and_anybody_lists_open_projects(
    app: Flask, client: FlaskClient, api_of: SignIn
) -> None:
    build.project(budget_minor=100)
    build.project(state=ProjectState.DRAFT)
    annotator = api_of(build.account(RoleName.ANNOTATOR))
    assert annotator.get(URL).status_code == 403
    assert client.get(URL).status_code == 401
    (item,) = client.get("/api/v1/open-projects").get_json()["items"]
    assert {"budget_minor", "rate_lines", "close_reason"}.isdisjoint(item)


def test_a_list_is_read_page_by_page(app: Flask, client: FlaskClient) -> None:
    made = [build.project().id for _ in range(3)]
    db.session.commit()
    first = client.get("/api/v1/open-projects?limit=2").get_json()
    second = client.get(f"/api/v1/open-projects?limit=2&cursor={first['next_cursor']}").get_json()
    assert [item["id"] for item in first["items"] + second["items"]] == made[::-1]
    assert second["next_cursor"] is None
