"""A request that is sent again has one effect and one answer, by API and by form."""

import io
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from marketplace import clock, repeats
from marketplace.accounts import actions
from marketplace.accounts.models import Account, ApiToken
from marketplace.accounts.queries import organisations_of
from marketplace.accounts.rules import RoleName
from marketplace.db import db
from marketplace.projects.models import Project
from marketplace.repeats import StoredAnswer
from tests import build
from tests.projects.test_pages import FORM

KEY = {"Idempotency-Key": "4c6f2a2e-0b1f-4a4e-9f7d-1d2c3b4a5f60"}
HELD = sa.text(
    "SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database "
    "WHERE locktype = 'advisory' AND d.datname = current_database()"
)
ClientOf = Callable[[Account], FlaskClient]


def manager() -> Account:
    account = build.account(RoleName.MANAGER)
    build.organisation(account)
    return account


def terms(account: Account, **more: Any) -> dict[str, Any]:
    (organisation,) = clients_of(account)
    return {"organisation_id": organisation, "title": "Labels", "seats": 1, "rate_floor_minor": 1500} | {
        "rate_top_minor": 2300,
        "weekly_limit_minutes": 600,
        **more,
    }


def clients_of(account: Account) -> list[int]:
    return [one.id for one in organisations_of(account)]


def count(model: type[Any]) -> int:
    db.session.rollback()
    return int(db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0)


def test_three_times_the_same_is_one_project_and_one_answer(api_of: ClientOf) -> None:
    account = manager()
    caller, wish = api_of(account), terms(account)
    first, *others = [caller.post("/api/v1/projects", json=wish, headers=KEY) for _ in range(3)]
    assert first.status_code == 201, first.text
    assert {(one.status_code, one.data, one.headers["Content-Type"]) for one in others} == {
        (201, first.data, first.headers["Content-Type"])
    }
    assert "Idempotency-Replayed" not in first.headers
    assert {one.headers["Idempotency-Replayed"] for one in others} == {"true"}
    assert count(Project) == 1


def test_the_same_key_with_another_request_is_a_mistake(api_of: ClientOf) -> None:
    account = manager()
    caller, wish = api_of(account), terms(account)
    made = caller.post("/api/v1/projects", json=wish, headers=KEY).get_json()
    for path, body in (("projects", {**wish, "title": "Other"}), (f"projects/{made['id']}/state", wish)):
        answer = caller.post(f"/api/v1/{path}", json=body, headers=KEY)
        assert (answer.status_code, answer.content_type) == (422, "application/problem+json")
    assert count(Project) == 1


def test_whoever_else_uses_the_same_key_has_a_request_of_their_own(api_of: ClientOf) -> None:
    for _ in range(2):
        account = manager()
        answer = api_of(account).post("/api/v1/projects", json=terms(account), headers=KEY)
        assert (answer.status_code, answer.headers.get("Idempotency-Replayed")) == (201, None)
    assert count(Project) == 2


def test_two_at_one_moment_are_one_effect_and_the_second_is_told_to_wait(
    app: Flask, api_of: ClientOf, owner: sa.Engine
) -> None:
    account = manager()
    caller, wish = api_of(account), terms(account)
    db.session.rollback()
    with ThreadPoolExecutor(1) as pool, owner.connect() as gate:
        gate.execute(sa.text("LOCK TABLE project IN EXCLUSIVE MODE"))
        first = pool.submit(lambda: caller.post("/api/v1/projects", json=wish, headers=KEY))
        while not gate.scalar(HELD):
            assert not first.done()
            time.sleep(0.01)
        second = api_again(app, caller).post("/api/v1/projects", json=wish, headers=KEY)
        assert (second.status_code, second.headers["Retry-After"]) == (409, "1")
        gate.rollback()
        assert first.result().status_code == 201
    third = caller.post("/api/v1/projects", json=wish, headers=KEY)
    assert (third.status_code, third.data) == (201, first.result().data)
    assert count(Project) == 1


def api_again(app: Flask, caller: FlaskClient) -> FlaskClient:
    """Return a second client with the same token."""
    other = app.test_client()
    other.environ_base["HTTP_AUTHORIZATION"] = caller.environ_base["HTTP_AUTHORIZATION"]
    return other


def test_eight_at_one_moment_leave_one_project(app: Flask, api_of: ClientOf) -> None:
    account = manager()
    caller, wish = api_of(account), terms(account)

    def send(_: int) -> int:
        return api_again(app, caller).post("/api/v1/projects", json=wish, headers=KEY).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = set(pool.map(send, range(8)))
    assert 201 in statuses
    assert statuses <= {201, 409}
    assert count(Project) == 1


def test_an_answer_that_cannot_be_kept_is_no_effect_and_the_key_is_good_again(
    api_of: ClientOf, owner: sa.Engine
) -> None:
    account = manager()
    caller, wish = api_of(account), terms(account)
    with owner.begin() as connection:
        connection.execute(sa.text("ALTER TABLE stored_answer ADD CONSTRAINT never CHECK (false) NOT VALID"))
    try:
        refused = caller.post("/api/v1/projects", json=wish, headers=KEY)
        assert (refused.status_code, refused.content_type) == (409, "application/problem+json")
        assert count(Project) == 0
    finally:
        with owner.begin() as connection:
            connection.execute(sa.text("ALTER TABLE stored_answer DROP CONSTRAINT never"))
    assert caller.post("/api/v1/projects", json=wish, headers=KEY).status_code == 201
    assert count(Project) == 1


def test_what_was_refused_may_be_tried_again_under_the_same_key(api_of: ClientOf) -> None:
    account = manager()
    caller, wish = api_of(account), terms(account)
    assert caller.post("/api/v1/projects", json={**wish, "seats": -1}, headers=KEY).status_code == 422
    assert count(StoredAnswer) == 0
    assert caller.post("/api/v1/projects", json=wish, headers=KEY).status_code == 201


def test_a_key_is_forgotten_after_a_day(api_of: ClientOf) -> None:
    account = manager()
    caller, wish = api_of(account), terms(account)
    caller.post("/api/v1/projects", json=wish, headers=KEY)
    with clock.at(clock.now() + timedelta(hours=24, seconds=1)):
        assert caller.post("/api/v1/projects", json=wish, headers=KEY).status_code == 201
        assert count(Project) == 2
    with clock.at(clock.now() + timedelta(hours=49)):
        repeats.drop_old()
        assert db.session.scalars(sa.select(StoredAnswer.name)).all() == []


@pytest.mark.parametrize("key", ["x" * 256, "two words", "naïve"])
def test_a_key_that_is_none_is_told(api_of: ClientOf, key: str) -> None:
    account = manager()
    answer = api_of(account).post("/api/v1/projects", json=terms(account), headers={"Idempotency-Key": key})
    assert (answer.status_code, "255 visible ASCII" in answer.get_json()["detail"]) == (400, True)
    assert count(Project) == 0


def test_a_token_is_shown_to_whoever_asks_again_and_lies_nowhere_in_the_clear(app: Flask) -> None:
    actions.add_account("t@example.test", "correct horse battery", "T", roles=[RoleName.ANNOTATOR], confirmed=True)
    db.session.commit()
    wish = {"email": "t@example.test", "password": "correct horse battery", "name": "t", "scopes": ["profile:read"]}
    first, again = [app.test_client().post("/api/v1/tokens", json=wish, headers=KEY) for _ in range(2)]
    assert (first.status_code, again.data) == (201, first.data)
    assert count(ApiToken) == 1
    kept = db.session.scalars(sa.select(StoredAnswer)).one()
    assert first.get_json()["token"].encode() not in kept.content
    guess = app.test_client().post("/api/v1/tokens", json={**wish, "password": "wrong horse battery"}, headers=KEY)
    assert guess.status_code == 401


def test_a_file_is_the_same_request_whatever_stands_between_its_parts(api_of: ClientOf) -> None:
    caller = api_of(build.account(RoleName.ANNOTATOR))

    def send(text: bytes) -> Any:
        return caller.post("/api/v1/profile/resumes", data={"file": (io.BytesIO(text), "cv.txt")}, headers=KEY)

    first, again, other = send(b"I label texts. " * 20), send(b"I label texts. " * 20), send(b"I draw boxes. " * 20)
    assert (first.status_code, again.data, other.status_code) == (201, first.data, 422)


def test_a_form_sent_twice_is_one_effect_and_filled_anew_another(client_of: ClientOf) -> None:
    account = manager()
    browser = client_of(account)
    form = FORM | {"_key": "made-with-the-page"}
    first, again = [browser.post("/projects/new", data=form) for _ in range(2)]
    assert (first.status_code, again.status_code, again.location) == (303, 303, first.location)
    assert count(Project) == 1
    assert browser.post("/projects/new", data={**form, "title": "Another one"}).location != first.location
    assert count(Project) == 2


def test_every_form_of_a_page_carries_a_key_that_is_new_each_time(client_of: ClientOf) -> None:
    browser = client_of(manager())
    keys = []
    for _ in range(2):
        text = browser.get("/projects/new").text
        assert text.count('name="_key"') >= 1
        keys.append(text.split('name="_key" value="')[1].split('"')[0])
    assert len(set(keys)) == 2
