"""The OpenAPI document names every route of the API with all its headers and refusals; lists are asked for alike."""

import json
from typing import Any

import jsonschema_rs
import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.access import permit_of
from marketplace.accounts.rules import RoleName
from marketplace.described import CHECKED, _path
from tests import build

METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture
def document(client: FlaskClient) -> dict[str, Any]:
    whole: dict[str, Any] = json.loads(client.get("/api/v1/openapi.json").data)
    return whole


def operations(document: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (path, method.upper()): known[method]
        for path, known in document["paths"].items()
        for method in METHODS
        if method in known
    }


def test_it_names_every_route_and_no_other(app: Flask, document: dict[str, Any]) -> None:
    known = {
        (_path(rule), method)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/v1/") and rule.endpoint != "api-docs.openapi_json"
    }
    assert set(operations(document)) == known
    assert len(known) > 40


def test_every_shape_in_it_is_a_schema(document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
        assert jsonschema_rs.meta.is_valid(whole), name


def test_every_operation_says_who_may_and_how_it_refuses(app: Flask, document: dict[str, Any]) -> None:
    rules = {(_path(rule), method): rule for rule in app.url_map.iter_rules() for method in rule.methods or ()}
    for (path, method), operation in operations(document).items():
        rule = rules[path, method]
        permit = permit_of(rule.endpoint, method)
        assert permit is not None
        answers, sent = set(operation["responses"]), json.dumps(operation["parameters"])
        assert operation["security"] == ([] if permit.anyone else [{"token": []}]), path
        assert permit.anyone or {"401", "403"} <= answers, path
        assert not rule.arguments or "404" in answers, path
        assert method != "POST" or "IdempotencyKey" in sent, path
        assert ("IfMatch" in sent) == (f"{method} {rule.endpoint}" in CHECKED), path
        assert operation.get("x-scope") == permit.scope, path
        assert operation["summary"], path


def test_a_list_is_given_in_pages_either_way_round(api_of) -> None:
    account = build.account(RoleName.ANNOTATOR)
    for _ in range(2):
        build.token(account)
    caller = api_of(account)
    seen: dict[str, list[int]] = {}
    for sort in ("id", "-id"):
        cursor, seen[sort] = None, []
        for _ in range(5):
            query = {"limit": 1, "sort": sort} | ({"cursor": cursor} if cursor else {})
            page = caller.get("/api/v1/tokens", query_string=query).get_json()
            seen[sort] += [one["id"] for one in page["items"]]
            if (cursor := page["next_cursor"]) is None:
                break
    assert seen["id"] == seen["-id"][::-1] == sorted(seen["id"])
    assert len(seen["id"]) == 3


@pytest.mark.parametrize("query", ["stat=draft", "state=nonsense", "limit=0", "limit=x", "sort=title", "cursor=-1"])
def test_a_list_refuses_what_it_does_not_know_and_names_it(api_of, query: str) -> None:
    answer = api_of(build.account(RoleName.MANAGER)).get(f"/api/v1/projects?{query}")
    assert answer.status_code == 422
    assert [one["field"] for one in answer.get_json()["errors"]] == [query.split("=", maxsplit=1)[0]]


def test_a_list_is_narrowed_to_a_state(api_of) -> None:
    account = build.account(RoleName.MANAGER)
    build.project(build.organisation(account), by=account)
    caller = api_of(account)
    for state, count in (("active", 1), ("draft", 0)):
        assert len(caller.get(f"/api/v1/projects?state={state}").get_json()["items"]) == count
