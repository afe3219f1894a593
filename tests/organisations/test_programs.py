"""A program has a token of the organisation: it acts within its scopes, outlives its maker, and never signs in."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from marketplace import clock
from marketplace.accounts.models import Account, ApiToken, Membership
from marketplace.accounts.queries import organisations_of, people
from marketplace.accounts.rules import Scope
from marketplace.audit import AuditEvent
from marketplace.db import db
from marketplace.organisations import actions, services
from tests import build

ClientOf = Callable[[Account], FlaskClient]
EVERY = [Scope.ORGANISATION_READ, Scope.PROJECTS_READ, Scope.PROJECTS_WRITE]


@pytest.fixture
def boss(app: Flask) -> Account:
    one = build.manager(build.organisation())
    db.session.scalars(sa.select(Membership).filter_by(account_id=one.id)).one().is_owner = True
    db.session.commit()
    return one


def program(app: Flask, boss: Account, *scopes: Scope) -> FlaskClient:
    (organisation,) = organisations_of(boss)
    token = services.make_service_token(organisation, "ETL", scopes or EVERY, timedelta(days=30), by=boss)
    db.session.commit()
    assert token.startswith("fms_")
    caller = app.test_client()
    caller.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return caller


def test_it_sees_and_does_what_its_scopes_allow_of_its_organisation_alone(app: Flask, boss: Account) -> None:
    (organisation,) = organisations_of(boss)
    own = build.project(organisation, by=boss)
    other = build.project(build.organisation(), by=build.manager())
    caller = program(app, boss)
    assert [one["id"] for one in caller.get("/api/v1/projects").get_json()["items"]] == [own.id]
    assert caller.patch(f"/api/v1/projects/{own.id}", json={"title": "By a program"}).status_code == 200
    assert caller.get(f"/api/v1/projects/{other.id}").status_code == 404
    assert caller.get(f"/api/v1/invitations?project_id={own.id}").status_code == 403
    assert caller.get("/api/v1/me").get_json()["name"] == "ETL (program)"


def test_it_makes_no_tokens_invites_nobody_and_owns_nothing(app: Flask, boss: Account) -> None:
    (organisation,) = organisations_of(boss)
    caller, url = program(app, boss), f"/api/v1/organisations/{organisation.id}"
    wish = {"name": "x", "scopes": ["projects:read"]}
    assert caller.post(f"{url}/service-tokens", json=wish).status_code == 403
    assert caller.post(f"{url}/invitations", json={"email": "a@example.test"}).status_code == 403
    assert caller.get(f"{url}/members").status_code == 200


def test_nobody_signs_in_as_a_program_and_it_is_no_person(app: Flask, boss: Account, outbox) -> None:
    program(app, boss)
    service = db.session.scalars(sa.select(Account).where(Account.service_of.is_not(None))).one()
    for password in ("", "correct horse battery"):
        browser = app.test_client()
        browser.post("/sign-in", data={"email": service.email, "password": password})
        assert browser.get("/account").status_code == 302
    app.test_client().post("/reset", data={"email": service.email})
    assert [mail.template for mail in outbox() if "reset" in mail.template] == []
    assert service.id not in [one.id for one in db.session.scalars(people())]


def test_it_goes_on_when_its_maker_leaves_and_ends_when_any_owner_says_so(
    app: Flask, boss: Account, client_of: ClientOf
) -> None:
    (organisation,) = organisations_of(boss)
    second = build.manager(organisation)
    place = db.session.scalars(sa.select(Membership).filter_by(account_id=second.id)).one()
    place.is_owner = True
    caller = program(app, boss)
    actions.remove_member(db.session.scalars(sa.select(Membership).filter_by(account_id=boss.id)).one(), by=second)
    db.session.commit()
    assert caller.get("/api/v1/projects").status_code == 200
    (token,) = db.session.scalars(sa.select(ApiToken).filter_by(name="ETL"))
    page = client_of(second).get(f"/organisations/{organisation.id}/programs").text
    assert ("last used" in page, "ETL" in page) == (True, True)
    ended = client_of(second).post(f"/organisations/{organisation.id}/programs/{token.id}/end")
    assert ended.status_code == 302
    answer = caller.get("/api/v1/projects")
    assert (answer.status_code, answer.content_type) == (401, "application/problem+json")
    trail = sa.select(AuditEvent.action).where(AuditEvent.action.like("service.%")).order_by(AuditEvent.id)
    assert db.session.scalars(trail).all() == ["service.made", "service.ended"]


def test_it_ends_by_itself(app: Flask, boss: Account) -> None:
    caller = program(app, boss)
    with clock.at(clock.now() + timedelta(days=31)):
        assert caller.get("/api/v1/projects").status_code == 401


@pytest.mark.parametrize("scope", ["payouts:write", "profile:read", "organisation:write", "webhooks:write"])
def test_scopes_that_are_no_programs_business_are_refused(boss: Account, api_of: ClientOf, scope: str) -> None:
    (organisation,) = organisations_of(boss)
    wish = {"name": "x", "scopes": [scope]}
    answer = api_of(boss).post(f"/api/v1/organisations/{organisation.id}/service-tokens", json=wish)
    assert (answer.status_code, answer.get_json()["errors"][0]["field"]) == (422, "scopes.0")


def test_an_owner_makes_one_by_page_and_sees_it_once(boss: Account, client_of: ClientOf) -> None:
    (organisation,) = organisations_of(boss)
    browser, url = client_of(boss), f"/organisations/{organisation.id}/programs"
    form = {"name": "ETL", "scopes[]": ["projects:read", "time:read"], "days": "30"}
    assert "fms_" in browser.post(url, data=form).text
    assert "fms_" not in browser.get(url).text
    assert browser.post(url, data={"name": "x"}).status_code == 422
