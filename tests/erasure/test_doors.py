"""The page says before what would happen, for this very person; both doors ask for proof, and do it once."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from flask_security import hash_password

from marketplace import clock
from marketplace.accounts.models import Account
from marketplace.accounts.rules import RoleName, Scope
from marketplace.db import db
from tests import build
from tests.erasure.world import PASSWORD, Someone, make
from tests.payouts.books import NOW

ClientOf = Callable[[Account], FlaskClient]
PROOF = {"password": PASSWORD, "confirmation": "erase me"}


@pytest.fixture(autouse=True)
def later(app):
    with clock.at(NOW):
        yield


@pytest.fixture
def someone(app: Flask) -> Someone:
    return make()


def test_the_page_tells_this_person_what_goes_what_stays_and_what_ends(someone: Someone, client_of: ClientOf) -> None:
    page = client_of(someone.account).get("/account/erasure").text
    assert "What is deleted" in page
    assert "What stays without a word of yours" in page
    assert f"Your work on “{someone.on.project.title}” ends" in page
    assert f"The invitation to “{someone.project.title}” is withdrawn" in page
    assert "Your résumés: files, texts" in page
    assert "Type “erase me”" in page
    assert "/account/erasure" in client_of(someone.account).get("/account/data").text


def test_while_money_is_not_settled_there_is_no_form_but_what_to_do(app: Flask, client_of: ClientOf) -> None:
    someone = make(paid=False)
    page = client_of(someone.account).get("/account/erasure").text
    assert "You are owed $20.00" in page
    assert 'name="password"' not in page
    refused = client_of(someone.account).post("/account/erasure", data=PROOF)
    assert (refused.status_code, someone.account.erased_at) == (422, None)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"password": "wrong"}, "The password is wrong."),
        ({"password": ""}, "Give your password."),
        ({"confirmation": "yes"}, "Type “erase me” to confirm."),
        ({"confirmation": ""}, "Type “erase me” to confirm."),
    ],
)
def test_without_proof_nothing_is_done(someone: Someone, client_of: ClientOf, given: dict[str, str], said: str) -> None:
    answer = client_of(someone.account).post("/account/erasure", data=PROOF | given)
    assert answer.status_code == 422
    assert said in answer.text
    db.session.refresh(someone.account)
    assert someone.account.erased_at is None


def test_a_second_factor_is_asked_for(someone: Someone, client_of: ClientOf) -> None:
    someone.account.tf_primary_method, someone.account.tf_totp_secret = "authenticator", build.totp_secret()
    browser = client_of(someone.account)
    assert "authenticator app shows now" in browser.post("/account/erasure", data=PROOF).text
    with clock.at(clock.now()):
        done = browser.post("/account/erasure", data=PROOF | {"code": code_now()})
    assert done.status_code == 303


def code_now() -> str:
    from flask import current_app

    factory = current_app.extensions["fairmatch_security"].totp_factory
    return str(factory.code_at(build.totp_secret(), int(clock.now().timestamp())))


def test_by_page_the_person_is_signed_out_at_once(someone: Someone, client_of: ClientOf) -> None:
    browser = client_of(someone.account)
    done = browser.post("/account/erasure", data=PROOF | {"confirmation": " Erase  Me "}, follow_redirects=True)
    assert (done.status_code, done.request.path) == (200, "/")
    assert "You are erased" in done.text
    assert browser.get("/account").status_code == 302
    db.session.refresh(someone.account)
    assert someone.account.name == "Erased person"


def test_a_double_click_is_one_erasing(someone: Someone, client_of: ClientOf) -> None:
    browser = client_of(someone.account)
    for _ in range(2):
        assert browser.post("/account/erasure", data=PROOF | {"_key": "k"}).status_code in {302, 303}
    count = sa.text("SELECT count(*) FROM audit_event WHERE action = 'account.erased'")
    assert db.session.scalar(count) == 1


def test_by_api_the_same_is_told_and_done(someone: Someone, api_of: ClientOf) -> None:
    caller = api_of(someone.account)
    told = caller.get("/api/v1/account/erasure").get_json()
    assert told["blocks"] == []
    assert told["ends"]["engagement_ids"] == [someone.on.id]
    fates = {one["name"]: (one["fate"], one["count"]) for one in told["records"]}
    assert (fates["resume"], fates["posting"][0]) == (("deleted", 2), "kept")
    wrong = caller.post("/api/v1/account/erasure", json=PROOF | {"password": "no"})
    assert (wrong.status_code, wrong.get_json()["errors"][0]["field"]) == (409, "password")
    done = caller.post("/api/v1/account/erasure", json=PROOF, headers={"Idempotency-Key": "one"})
    assert done.status_code == 201
    assert caller.get("/api/v1/me").status_code == 401
    assert caller.post("/api/v1/account/erasure", json=PROOF, headers={"Idempotency-Key": "one"}).status_code == 401


def test_a_token_that_may_only_read_erases_nobody(app: Flask, someone: Someone) -> None:
    token = build.token(someone.account, Scope.PROFILE_READ)
    db.session.commit()
    asked = {"headers": {"Authorization": f"Bearer {token}"}}
    assert app.test_client().get("/api/v1/account/erasure", **asked).status_code == 200
    assert app.test_client().post("/api/v1/account/erasure", json=PROOF, **asked).status_code == 403


def test_guessing_the_password_is_stopped(someone: Someone, client_of: ClientOf) -> None:
    browser = client_of(someone.account)
    codes = [browser.post("/account/erasure", data=PROOF | {"password": str(n)}).status_code for n in range(11)]
    assert codes == [422] * 10 + [429]


def test_a_manager_is_told_why_not(app: Flask, client_of: ClientOf) -> None:
    boss = build.manager(build.organisation())
    boss.password = hash_password(PASSWORD)
    page = client_of(boss).get("/account/erasure").text
    assert "This account is also manager" in page
    assert 'name="password"' not in page


def test_a_paused_profile_is_not_invited_and_comes_back(app: Flask, client_of: ClientOf, api_of: ClientOf) -> None:
    from marketplace.matches.facts import considered

    profile = build.profile()
    assert "get no invitations until you end it" in client_of(profile.account).get("/account/data").text
    for pause, there in (("/profile/pause", []), ("/profile/unpause", [profile.id])):
        client_of(profile.account).post(pause)
        db.session.expire_all()
        assert [one.id for one, _ in considered([profile.id])] == there
    caller = api_of(profile.account)
    assert caller.put("/api/v1/profile/pause").get_json()["paused"] is True
    assert caller.delete("/api/v1/profile/pause").get_json()["paused"] is False


def test_the_page_asks_few_questions(app: Flask, someone: Someone, client_of: ClientOf) -> None:
    browser, asked = client_of(someone.account), []

    def count(*_: object) -> None:
        asked.append(1)

    sa.event.listen(db.engine, "before_cursor_execute", count)
    assert browser.get("/account/erasure").status_code == 200
    sa.event.remove(db.engine, "before_cursor_execute", count)
    assert len(asked) <= 16
    assert RoleName.ANNOTATOR in someone.account.role_names
