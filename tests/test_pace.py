"""Whoever asks too fast is told when to go on, and nobody else waits for it."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.rules import RoleName, Scope
from marketplace.db import db
from tests import build

MOST = 4


@pytest.fixture
def slow(app_with: Callable[..., Flask]) -> Flask:
    return app_with(requests_per_minute=MOST)


def token() -> dict[str, str]:
    told = build.token(build.account(RoleName.ANNOTATOR), Scope.PROFILE_READ)
    db.session.commit()
    return {"Authorization": f"Bearer {told}"}


def asked(client: FlaskClient, times: int, **sent: object) -> list[int]:
    return [client.get("/api/v1/me", **sent).status_code for _ in range(times)]


def test_a_token_that_asks_too_often_waits_and_another_does_not(slow: Flask) -> None:
    client, one, other = slow.test_client(), token(), token()
    assert asked(client, MOST + 2, headers=one) == [200] * MOST + [429] * 2
    told = client.get("/api/v1/me", headers=one)
    assert told.mimetype == "application/problem+json"
    assert 1 <= int(told.headers["Retry-After"]) <= 60
    assert told.get_json()["detail"].startswith("These were too many requests. Go on in ")
    assert asked(client, 1, headers=other) == [200]


def test_an_address_may_ask_ten_times_as_often_as_one_caller(slow: Flask) -> None:
    client = slow.test_client()
    bogus = [
        client.get("/api/v1/me", headers={"Authorization": f"Bearer {n}"}).status_code for n in range(10 * MOST + 3)
    ]
    assert bogus == [401] * 10 * MOST + [429] * 3
    elsewhere = {"REMOTE_ADDR": "192.0.2.7"}
    assert client.get("/api/v1/me", environ_overrides=elsewhere).status_code == 401


def test_pages_count_too_and_files_do_not(slow: Flask) -> None:
    client = slow.test_client()
    client.get("/sign-in")  # which gives the session that is counted
    assert [client.get("/sign-in").status_code for _ in range(MOST + 1)] == [200] * MOST + [429]
    assert client.get("/sign-in").headers["Retry-After"]
    assert "Go on in" in client.get("/sign-in").text
    assert {client.get(path).status_code for path in ("/static/app.css", "/healthz") for _ in range(3 * MOST)} == {200}


def test_without_a_limit_nobody_waits(app: Flask) -> None:
    assert app.config["FAIRMATCH"].requests_per_minute == 0
    assert {app.test_client().get("/sign-in").status_code for _ in range(20)} == {200}
