"""Guessing is slowed down, by account and by address, and nobody is locked out by somebody else."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace import clock
from marketplace.accounts import actions, tries
from marketplace.accounts.models import TryCount
from marketplace.accounts.rules import RoleName
from marketplace.db import db

PASSWORD, WRONG = "correct horse battery", "wrong horse battery staple"
OWNER, HOME, CAFE = "owner@example.test", "192.0.2.7", "198.51.100.9"
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def owner(app: Flask):
    with clock.at(NOON):
        actions.add_account(OWNER, PASSWORD, "Owner", roles=[RoleName.ANNOTATOR], confirmed=True)
        db.session.commit()
        yield


def sign_in(app: Flask, password: str, where: str = CAFE, email: str = OWNER):
    return app.test_client().post(
        "/sign-in", data={"email": email, "password": password}, environ_base={"REMOTE_ADDR": where}
    )


def token(app: Flask, password: str, where: str = CAFE):
    wish = {"email": OWNER, "password": password, "name": "t", "scopes": ["profile:read"]}
    return app.test_client().post("/api/v1/tokens", json=wish, environ_base={"REMOTE_ADDR": where})


def test_after_ten_wrong_passwords_one_has_to_wait_there_but_the_owner_elsewhere_has_not(app: Flask) -> None:
    assert [sign_in(app, WRONG).status_code for _ in range(10)] == [200] * 10
    stopped = sign_in(app, PASSWORD)
    assert (stopped.status_code, int(stopped.headers["Retry-After"])) == (429, 15 * 60 + 1)
    assert b"Try again in 15 minutes" in stopped.data
    assert sign_in(app, PASSWORD, HOME).status_code == 302
    assert sign_in(app, PASSWORD).status_code == 429
    with clock.at(NOON + timedelta(minutes=15)):
        assert sign_in(app, PASSWORD).status_code == 302


def test_pages_and_api_count_together_and_the_api_answers_with_a_problem(app: Flask) -> None:
    assert [sign_in(app, WRONG).status_code for _ in range(5)] == [200] * 5
    assert [token(app, WRONG).status_code for _ in range(5)] == [401] * 5
    stopped = token(app, PASSWORD)
    assert (stopped.status_code, stopped.content_type) == (429, "application/problem+json")
    assert "Try again" in stopped.json["detail"]
    assert int(stopped.headers["Retry-After"]) > 0
    assert token(app, PASSWORD, HOME).status_code == 201


def test_whether_the_account_exists_makes_no_difference(app: Flask) -> None:
    theirs = [sign_in(app, WRONG).status_code for _ in range(12)]
    nobodys = [sign_in(app, WRONG, HOME, "nobody@example.test").status_code for _ in range(12)]
    assert theirs == nobodys == [200] * 10 + [429] * 2


def test_who_signs_in_begins_anew(app: Flask) -> None:
    for _ in range(8):
        assert [sign_in(app, WRONG).status_code for _ in range(9)] == [200] * 9
        assert sign_in(app, PASSWORD).status_code == 302
        db.session.execute(sa.delete(TryCount).where(TryCount.count >= 9))
        db.session.commit()


def test_guesses_from_very_many_addresses_are_stopped_but_where_the_owner_has_signed_in(app: Flask) -> None:
    assert sign_in(app, PASSWORD, HOME).status_code == 302
    for number in range(20):
        assert [sign_in(app, WRONG, f"203.0.113.{number}").status_code for _ in range(5)] == [200] * 5
    assert sign_in(app, PASSWORD, "203.0.113.99").status_code == 429
    assert sign_in(app, PASSWORD, HOME).status_code == 302


def test_one_address_is_stopped_that_tries_very_many_accounts(app: Flask) -> None:
    answers = [sign_in(app, WRONG, CAFE, f"one{number}@example.test").status_code for number in range(61)]
    assert answers == [200] * 60 + [429]
    assert sign_in(app, PASSWORD, HOME).status_code == 302


def test_tries_at_once_are_all_counted(app: Flask) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: sign_in(app, WRONG).status_code, range(24)))
    assert sorted(answers) == [200] * 10 + [429] * 14


def test_a_net_of_ipv6_addresses_is_one_address(app: Flask) -> None:
    inside = [f"2001:db8:1:2::{number:x}" for number in range(10)]
    assert [sign_in(app, WRONG, one).status_code for one in inside] == [200] * 10
    assert sign_in(app, PASSWORD, "2001:db8:1:2:ffff::1").status_code == 429
    assert sign_in(app, PASSWORD, "2001:db8:1:3::1").status_code == 302


def test_nobodys_mailbox_is_filled_with_links(app: Flask, outbox) -> None:
    def ask(where: str):
        return app.test_client().post("/reset", data={"email": OWNER}, environ_base={"REMOTE_ADDR": where})

    assert [ask(CAFE).status_code for _ in range(6)] == [200] * 5 + [429]
    assert len(outbox()) == 5
    assert ask(HOME).status_code == 200


@pytest.mark.parametrize("where", ["", "unix:", "no address"])
def test_a_server_that_does_not_say_where_from_works_too(app: Flask, where: str) -> None:
    assert sign_in(app, PASSWORD, where).status_code == 302


def test_what_is_kept_names_nobody_and_is_forgotten_when_its_time_is_over(app: Flask) -> None:
    sign_in(app, WRONG)
    sign_in(app, PASSWORD, HOME)
    kept = db.session.scalars(sa.select(TryCount.key)).all()
    assert kept
    assert {len(key) for key in kept} == {64}
    assert not [key for key in kept if set(key) - set("0123456789abcdef")]
    with clock.at(NOON + timedelta(hours=2)):
        tries.drop_old()
        assert len(db.session.scalars(sa.select(TryCount.key)).all()) == 1
    with clock.at(NOON + timedelta(days=91)):
        tries.drop_old()
        assert db.session.scalars(sa.select(TryCount.key)).all() == []


def test_behind_a_proxy_the_address_is_the_visitors(app_with: Callable[..., Flask]) -> None:
    behind = app_with(trusted_proxies=1)

    def ask(visitor: str, password: str):
        form = {"email": OWNER, "password": password}
        return behind.test_client().post("/sign-in", data=form, headers={"X-Forwarded-For": f"203.0.113.5, {visitor}"})

    assert [ask(CAFE, WRONG).status_code for _ in range(10)] == [200] * 10
    assert ask(CAFE, PASSWORD).status_code == 429
    assert ask(HOME, PASSWORD).status_code == 302


@pytest.mark.parametrize("path", ["/api/v1/tokens", "/api/v1/accounts"])
def test_json_nested_without_end_is_a_bad_request_where_tries_are_counted_too(app: Flask, path: str) -> None:
    answer = app.test_client().post(path, data=b"[" * 5000, content_type="application/json")
    assert (answer.status_code, answer.content_type) == (400, "application/problem+json")
