"""Sessions end by themselves, sooner for staff; where one goes after signing in stays home; every answer is guarded."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import urljoin, urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from marketplace import clock
from marketplace.accounts import actions
from marketplace.accounts.models import WebSession
from marketplace.accounts.rules import FRESH, RoleName
from marketplace.db import db
from tests import build

PASSWORD = "correct horse battery"
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def signed_in(app: Flask, role: RoleName) -> FlaskClient:
    account = actions.add_account(f"{role}@example.test", PASSWORD, "Somebody", roles=[role], confirmed=True)
    if account.is_staff:
        account.tf_primary_method, account.tf_totp_secret = "authenticator", build.totp_secret()
    db.session.commit()
    browser = app.test_client()
    browser.post("/sign-in", data={"email": account.email, "password": PASSWORD})
    if account.is_staff:
        browser.post("/second-factor/code", data={"code": build.code()})
    return browser


@pytest.mark.parametrize(
    ("role", "idle", "most"),
    [
        (RoleName.ANNOTATOR, timedelta(hours=12), timedelta(days=14)),
        (RoleName.MANAGER, timedelta(hours=2), timedelta(hours=12)),
        (RoleName.AUDITOR, timedelta(hours=2), timedelta(hours=12)),
    ],
)
def test_a_session_ends_when_it_is_not_used_and_at_last_in_any_case(
    app: Flask, role: RoleName, idle: timedelta, most: timedelta
) -> None:
    with clock.at(NOON):
        browser = signed_in(app, role)
    moment, seen = NOON, []
    while moment < NOON + most - idle:
        moment += idle - MINUTE
        with clock.at(moment):
            seen.append(browser.get("/account").status_code)
    assert set(seen) == {200}
    with clock.at(NOON + most + MINUTE):
        assert browser.get("/account").status_code == 302
    with clock.at(NOON):
        idler = app.test_client()
        idler.post("/sign-in", data={"email": f"{role}@example.test", "password": PASSWORD})
    with clock.at(NOON + idle + MINUTE):
        assert idler.get("/account").status_code == 302


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "https://evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "http:evil.example",
        "https:/evil.example",
        "javascript:alert(1)",
        "//evil.example/%2f..",
        " //evil.example",
        "\t//evil.example",
        "///evil.example",
        "/%09/evil.example",
        "//localhost:8000@evil.example",
        "https://localhost:8000.evil.example/",
    ],
)
def test_after_signing_in_nobody_is_led_away(app: Flask, target: str) -> None:
    actions.add_account("a@example.test", PASSWORD, "Somebody", roles=[RoleName.ANNOTATOR], confirmed=True)
    db.session.commit()
    for where in ("query", "form"):
        form = {"email": "a@example.test", "password": PASSWORD}
        browser = app.test_client()
        if where == "query":
            answer = browser.post("/sign-in", data=form, query_string={"next": target})
        else:
            answer = browser.post("/sign-in", data={**form, "next": target})
        place = answer.headers.get("Location", "/").replace("\\", "/").replace("%09", "")
        assert urlsplit(urljoin("http://localhost:8000/sign-in", place)).netloc == "localhost:8000", place


def test_a_page_of_ones_own_is_where_one_goes_on(app: Flask) -> None:
    actions.add_account("a@example.test", PASSWORD, "Somebody", roles=[RoleName.ANNOTATOR], confirmed=True)
    db.session.commit()
    form = {"email": "a@example.test", "password": PASSWORD}
    assert app.test_client().post("/sign-in?next=/profile", data=form).location == "/profile"


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "localhost:8000@evil.example", ""])
def test_another_host_than_ours_is_not_answered(app: Flask, host: str) -> None:
    answer = app.test_client().post("/reset", data={"email": "a@example.test"}, headers={"Host": host})
    assert answer.status_code == 400


@pytest.mark.parametrize("path", ["/", "/sign-in", "/nowhere", "/static/app.css", "/api/v1/me", "/api/v1/openapi.json"])
def test_every_answer_carries_what_keeps_browsers_careful(client: FlaskClient, path: str) -> None:
    with client.get(path) as answer:
        headers = answer.headers
    policy = headers["Content-Security-Policy"]
    for rule in ("default-src 'self'", "object-src 'none'", "base-uri 'none'", "form-action 'self'"):
        assert rule in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert path.startswith("/static/") or headers["Cache-Control"] == "private, no-store"


def test_the_cookie_of_the_session_is_kept_from_scripts_and_other_sites(app: Flask, client: FlaskClient) -> None:
    cookie = client.get("/sign-in").headers["Set-Cookie"]
    assert ("HttpOnly" in cookie, "SameSite=Lax" in cookie, "Path=/" in cookie) == (True, True, True)


@pytest.fixture
def by_https(app_with: Callable[..., Flask]) -> Flask:
    return app_with(public_url="https://localhost:8000")


@pytest.mark.parametrize("path", ["/", "/sign-in", "/nowhere", "/static/app.css", "/api/v1/me"])
def test_where_the_address_is_https_browsers_are_told_to_come_no_other_way(by_https: Flask, path: str) -> None:
    with by_https.test_client().get(path) as answer:  # the proxy before us ends https, and need not say so
        assert answer.headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"
        assert answer.status_code in {200, 401, 404}


def test_where_the_address_is_https_the_cookie_is_of_this_host_alone(by_https: Flask) -> None:
    actions.add_account("a@example.test", PASSWORD, "Somebody", roles=[RoleName.ANNOTATOR], confirmed=True)
    db.session.commit()
    browser = by_https.test_client()
    answer = browser.post("/sign-in", data={"email": "a@example.test", "password": PASSWORD})
    signed_out = browser.post("/sign-out")
    for cookie in (answer.headers["Set-Cookie"], signed_out.headers["Set-Cookie"]):
        assert cookie.startswith("__Host-session=")
        parts = set(cookie.split("; ")[1:])
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= parts
        assert not [part for part in parts if part.startswith("Domain")]
    assert "this one" in signed_in(by_https, RoleName.ANNOTATOR).get("/account").text


def test_signing_out_leaves_nothing_in_the_browsers_store(app: Flask) -> None:
    assert signed_in(app, RoleName.ANNOTATOR).post("/sign-out").headers["Clear-Site-Data"] == '"cache"'


def test_who_gives_the_password_again_has_a_new_key_and_no_longer_a_session(app: Flask) -> None:
    with clock.at(NOON):
        browser = signed_in(app, RoleName.ANNOTATOR)
        before = browser.get_cookie("session")
        started = db.session.scalars(sa.select(WebSession.created_at)).one()
    db.session.rollback()
    with clock.at(NOON + timedelta(hours=1)):
        assert browser.post("/verify", data={"password": PASSWORD}).status_code == 302
        after = browser.get_cookie("session")
        assert before
        assert after
        assert before.value != after.value
        thief = app.test_client()
        thief.set_cookie("session", before.value)
        assert (thief.get("/account").status_code, browser.get("/account").status_code) == (302, 200)
    assert db.session.scalars(sa.select(WebSession.created_at).where(WebSession.account_id.is_not(None))).all() == [
        started
    ]


@pytest.mark.parametrize("path", ["/change-email", "/second-factor", "/passkeys", "/recovery-codes"])
def test_what_opens_an_account_is_changed_only_by_who_has_just_signed_in(app: Flask, path: str) -> None:
    browser = signed_in(app, RoleName.ADMIN)
    assert browser.get(path).status_code == 200
    with browser.session_transaction() as session:
        session["fs_paa"] -= (FRESH + MINUTE).total_seconds()
    for answer in (browser.get(path), browser.post(path)):
        assert (answer.status_code, "/verify" in answer.location) == (302, True)
