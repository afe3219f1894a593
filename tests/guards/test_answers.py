"""Any answer tells its kind, no method, folder or other site gets more of it, no error tells what is inside."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.access import permit_of
from marketplace.accounts.rules import RoleName
from tests import build

# Of these the media type itself says how its letters are written (RFC 8259, RFC 7303).
WITHOUT_CHARSET = re.compile(r"application/(json|problem\+json)|image/png|font/.*")


def open_paths(app: Flask) -> Iterator[str]:
    for rule in app.url_map.iter_rules():
        permit = permit_of(rule.endpoint, "GET")
        if permit and permit.anyone and "GET" in (rule.methods or ()) and not rule.arguments:
            yield rule.rule


def test_every_open_page_and_document_says_its_kind_and_letters(app: Flask, client: FlaskClient) -> None:
    paths = [*open_paths(app), "/nowhere", "/api/v1/nowhere", "/static/app.css", "/static/app.js", "/static/logo.svg"]
    assert len(paths) > 12
    wrong = []
    for path in paths:
        with client.get(path) as answer:
            kind = answer.content_type or ""
            if answer.data and "charset=utf-8" not in kind and not WITHOUT_CHARSET.fullmatch(kind):
                wrong.append((path, kind))
    assert wrong == []


def test_no_route_answers_to_trace(app: Flask, client_of) -> None:
    browser = client_of(build.account(RoleName.ADMIN))
    paths = {rule.rule for rule in app.url_map.iter_rules() if not rule.arguments}
    assert {browser.open(path, method="TRACE").status_code for path in paths} == {405}


@pytest.mark.parametrize(
    "path", ["/static", "/static/", "/static/vendor/", "/static/../app.py", "/.git/config", "/.env"]
)
def test_no_folder_is_listed_and_nothing_beside_the_static_files_is_served(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/", "/api/v1/me", "/api/v1/openapi.json"])
@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_no_other_site_may_read_an_answer(client: FlaskClient, path: str, method: str) -> None:
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    answer = client.open(path, method=method, headers=headers)
    assert [name for name, _ in answer.headers if name.lower().startswith("access-control")] == []


@pytest.mark.parametrize(("path", "endpoint"), [("/", "home.landing"), ("/api/docs", "documents.page")])
def test_what_breaks_inside_is_told_to_nobody_outside(
    app: Flask, client: FlaskClient, path: str, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> str:
        raise RuntimeError("the secret is 4711")

    monkeypatch.setitem(app.view_functions, endpoint, broken)
    answer = client.get(path)
    assert answer.status_code == 500
    assert "Something broke on our side" in answer.text
    for inside in ("4711", "RuntimeError", "Traceback", ".py"):
        assert inside not in answer.text


def test_an_endpoint_that_the_policy_does_not_name_is_closed(
    app: Flask, client: FlaskClient, client_of, monkeypatch: pytest.MonkeyPatch
) -> None:
    from marketplace.accounts.access import POLICY

    monkeypatch.delitem(POLICY, "home.landing")
    assert client.get("/").status_code == 302
    assert client_of(build.account(RoleName.ADMIN)).get("/").status_code == 403
