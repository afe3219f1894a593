"""The policy table is whole: every route has a row, every row has a route, and the guard obeys it."""

import pytest

from marketplace.accounts.access import POLICY, permit_of
from marketplace.accounts.rules import RoleName
from marketplace.navigation import PLACES
from tests import build


def routes(app):
    for rule in app.url_map.iter_rules():
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            yield rule, method


def test_every_route_has_a_row(app):
    assert [
        f"{method} {rule.endpoint}" for rule, method in routes(app) if permit_of(rule.endpoint, method) is None
    ] == []


def test_every_row_has_a_route(app):
    known = {rule.endpoint for rule in app.url_map.iter_rules()}
    asked = {f"{method} {rule.endpoint}" for rule, method in routes(app)}
    assert [row for row in POLICY if row not in known and row not in asked] == []


def test_every_place_of_the_navigation_is_a_page(app):
    assert [place for _, place in PLACES if place not in app.view_functions] == []


def path_of(app, rule):
    values = dict.fromkeys(rule.arguments, 1)
    values |= {name: "x" for name in rule.arguments if name in {"token", "filename", "week"}}
    with app.test_request_context():
        try:
            return rule.build(values, append_unknown=False)[1]
        except (TypeError, ValueError):
            return None


@pytest.mark.parametrize("role", [None, *RoleName])
def test_no_route_lets_in_a_role_that_its_row_does_not_name(app, client, client_of, role):
    browser = client_of(build.account(role)) if role else client
    wrong = []
    for rule, method in routes(app):
        permit = permit_of(rule.endpoint, method)
        assert permit is not None
        path = path_of(app, rule)
        if permit.anyone or (role and role in permit.roles) or path is None:
            continue
        answer = browser.open(path, method=method)
        api = path.startswith("/api/")
        refused = {401} if api else {302} if role is None else {403}
        if answer.status_code not in refused or (answer.status_code == 302 and "/sign-in" not in answer.location):
            wrong.append((method, path, answer.status_code))
    assert wrong == []


def test_a_token_without_the_scope_is_refused(app, api_of):
    from marketplace.accounts.rules import Scope
    from marketplace.db import db

    person = build.account(RoleName.ANNOTATOR)
    token = build.token(person, Scope.TIME_READ)
    db.session.commit()
    headers = {"Authorization": f"Bearer {token}"}
    answer = app.test_client().get("/api/v1/profile", headers=headers)
    assert answer.status_code == 403
    assert "profile:read" in answer.json["detail"]


def test_a_form_without_the_csrf_token_is_refused(app, client_of, monkeypatch):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    browser = client_of(build.account(RoleName.ADMIN))
    wrong = []
    for rule, method in routes(app):
        path = path_of(app, rule)
        if method == "GET" or path is None or path.startswith("/api/"):
            continue
        answer = browser.open(path, method=method)
        if answer.status_code not in {400, 403, 405}:
            wrong.append((method, path, answer.status_code))
    assert wrong == []
