"""The log tells who signed in by what and who was refused what, and no password, address of mail or token."""

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from structlog.testing import capture_logs

from marketplace.accounts import actions
from marketplace.accounts.models import Account, TryCount
from marketplace.accounts.rules import RoleName
from marketplace.db import db
from tests import build

PASSWORD, WRONG = "correct horse battery", "wrong horse battery staple"
HERE = "192.0.2.7"


@pytest.fixture
def account(app: Flask) -> Account:
    made = actions.add_account("mara@example.test", PASSWORD, "Mara", roles=[RoleName.MANAGER], confirmed=True)
    made.tf_primary_method, made.tf_totp_secret = "authenticator", build.totp_secret()
    db.session.commit()
    return made


@pytest.fixture
def lines() -> Iterator[list[Any]]:
    with capture_logs() as found:
        yield found


def told(lines: list[Any], event: str, *names: str) -> list[tuple[Any, ...]]:
    return [tuple(line.get(name) for name in names) for line in lines if line["event"] == event]


def test_each_try_to_sign_in_is_told_with_the_factor_and_what_came_of_it(
    app: Flask, account: Account, lines: list[Any]
) -> None:
    browser = app.test_client()
    browser.environ_base["REMOTE_ADDR"] = HERE
    for password in (WRONG, PASSWORD):
        browser.post("/sign-in", data={"email": account.email, "password": password})
    for code in ("000000", build.code()):
        browser.post("/second-factor/code", data={"code": code})
    browser.post("/sign-out")
    wish = {"email": account.email, "password": WRONG, "name": "t", "scopes": ["projects:read"]}
    browser.post("/api/v1/tokens", json=wish)
    number = account.id
    assert told(lines, "authentication", "outcome", "by", "account_id") == [
        ("wrong", "security.login", None),
        ("half", "security.login", None),
        ("wrong", "security.two_factor_token_validation", None),
        ("right", "security.two_factor_token_validation", number),
        ("wrong", "api_accounts.Tokens", None),
    ]
    assert set(told(lines, "authentication", "where")) == {(HERE,)}
    assert len(set(told(lines, "authentication", "tried"))) == 1
    assert told(lines, "signed_out", "account_id") == [(number,)]
    for secret in (account.email, PASSWORD, WRONG):
        assert secret not in str(lines)


@pytest.mark.parametrize("path", ["/sign-in/passkey/x", "/verify/passkey/x"])
def test_a_passkey_that_is_none_is_told_as_wrong_and_stays_counted(
    app: Flask, client_of, account: Account, lines: list[Any], path: str
) -> None:
    browser = client_of(account) if "verify" in path else app.test_client()
    for _ in range(2):
        assert browser.post(path, data={"credential": "{}"}).status_code == 302
    assert told(lines, "authentication", "outcome") == [("wrong",), ("wrong",)]
    assert db.session.scalars(sa.select(TryCount.count)).all() == [2]


def test_who_is_refused_what_is_told(app: Flask, client_of, api_of, account: Account, lines: list[Any]) -> None:
    annotator = build.account(RoleName.ANNOTATOR)
    page, call, stranger = client_of(annotator), api_of(annotator), app.test_client()
    number = annotator.id
    stranger.get("/account")
    page.get("/admin/people")
    call.get("/api/v1/profile/resumes/1")
    call.put("/api/v1/profile", json={"nonsense": 1})
    stranger.get("/api/v1/me", headers={"Authorization": "Bearer fm_stolen"})
    stranger.get("/.git/config")
    assert told(lines, "refused", "status", "method", "endpoint", "account_id") == [
        (302, "GET", "accounts.own", None),
        (403, "GET", "accounts.people", number),
        (404, "GET", "api_profiles.OwnResume", number),
        (422, "PUT", "api_profiles.OwnProfile", number),
        (401, "GET", "api_accounts.WhoAmI", None),
        (404, "GET", None, None),
    ]
    assert "fm_stolen" not in str(lines)


def test_what_is_tried_too_often_and_forms_of_elsewhere_are_told(
    app: Flask, account: Account, lines: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(11):
        app.test_client().post("/sign-in", data={"email": account.email, "password": WRONG})
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    app.test_client().post("/reset", data={"email": account.email})
    assert told(lines, "refused", "status", "endpoint") == [(429, "security.login"), (400, "security.forgot_password")]


def test_an_error_of_the_database_does_not_tell_what_was_typed(app: Flask) -> None:
    with pytest.raises(sa.exc.DBAPIError, match="division by zero") as error:
        db.session.execute(sa.text("SELECT CAST(:typed AS text), 1 / 0"), {"typed": PASSWORD})
    assert PASSWORD not in str(error.value)
