"""Mailed links are for one purpose, once and for a while; a new password ends all sessions and opens no other door."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import TimestampSigner

from marketplace import clock
from marketplace.accounts import actions
from marketplace.accounts.models import Account
from marketplace.accounts.rules import RoleName
from marketplace.audit import AuditEvent
from marketplace.db import db
from tests import build

EMAIL = "mara@example.test"
PASSWORD, NEXT = "correct horse battery", "eleven quiet otters row home"


@pytest.fixture
def account(app: Flask) -> Account:
    made = actions.add_account(EMAIL, PASSWORD, "Mara", roles=[RoleName.ANNOTATOR], confirmed=True)
    db.session.commit()
    return made


def sign_in(app: Flask, password: str = PASSWORD) -> FlaskClient:
    browser = app.test_client()
    browser.post("/sign-in", data={"email": EMAIL, "password": password})
    return browser


def is_in(browser: FlaskClient) -> bool:
    return browser.get("/account").status_code == 200


def reset_link(app: Flask, outbox) -> str:
    assert app.test_client().post("/reset", data={"email": EMAIL}).status_code == 200
    found = re.search(r"http://localhost:8000(/reset/\S+)", outbox()[-1].body)
    assert found
    return found[1]


def events() -> list[str]:
    return list(db.session.scalars(sa.select(AuditEvent.action).order_by(AuditEvent.id)))


def use(app: Flask, link: str) -> FlaskClient:
    browser = app.test_client()
    browser.post(link, data={"password": NEXT, "password_confirm": NEXT})
    return browser


def test_a_reset_link_is_good_once_ends_all_sessions_and_signs_nobody_in(app: Flask, account: Account, outbox) -> None:
    before = sign_in(app)
    link = reset_link(app, outbox)
    assert not is_in(use(app, link))
    assert not is_in(before)
    assert is_in(sign_in(app, NEXT))
    assert not is_in(sign_in(app))
    assert events() == ["account.made", "account.password_changed"]
    assert outbox()[-1].template.endswith("reset_notice")
    browser = app.test_client()
    again = browser.post(link, data={"password": PASSWORD, "password_confirm": PASSWORD})
    assert again.status_code == 302
    assert is_in(sign_in(app, NEXT))


def test_after_a_reset_the_code_is_asked_for_as_before(app: Flask, account: Account, outbox) -> None:
    account.tf_primary_method, account.tf_totp_secret = "authenticator", build.totp_secret()
    db.session.commit()
    use(app, reset_link(app, outbox))
    browser = sign_in(app, NEXT)
    assert not is_in(browser)
    browser.post("/second-factor/code", data={"code": build.code()})
    assert is_in(browser)


@pytest.mark.parametrize(("hours", "good"), [(23, True), (25, False)])
def test_a_reset_link_is_good_for_a_day(
    app: Flask, account: Account, outbox, monkeypatch: pytest.MonkeyPatch, hours: int, good: bool
) -> None:
    link = reset_link(app, outbox)
    then = int((clock.now() + timedelta(hours=hours)).timestamp())
    with monkeypatch.context() as later:
        later.setattr(TimestampSigner, "get_timestamp", lambda _: then)
        use(app, link)
    assert is_in(sign_in(app, NEXT)) is good


def test_a_token_of_another_purpose_or_changed_by_a_letter_opens_nothing(app: Flask, account: Account, outbox) -> None:
    token = reset_link(app, outbox).rpartition("/")[2]
    other = "A" if token[5] != "A" else "B"
    for path in (f"/reset/{token[:5]}{other}{token[6:]}", f"/reset/{token[:-4]}", "/reset/x"):
        use(app, path)
    assert not is_in(sign_in(app, NEXT))
    account.confirmed_at = None
    db.session.commit()
    app.test_client().get(f"/confirm/{token}")
    assert app.test_client().post("/api/v1/accounts/confirmation", json={"token": token}).status_code == 409
    db.session.expire_all()
    assert account.confirmed_at is None


def test_links_are_signed_by_sha256(app: Flask, account: Account, outbox) -> None:
    signature = reset_link(app, outbox).rpartition(".")[2]
    assert len(signature) == 43  # 32 bytes in base64


def test_a_new_password_needs_the_present_one_and_ends_the_other_sessions(app: Flask, account: Account) -> None:
    mine, other = sign_in(app), sign_in(app)
    form = {"new_password": NEXT, "new_password_confirm": NEXT}
    for wrong in ({}, {"password": "wrong horse battery"}):
        assert mine.post("/change-password", data=form | wrong).status_code == 200
    assert is_in(other)
    early = form | {"password": PASSWORD, "new_password": "fairmatch2026", "new_password_confirm": "fairmatch2026"}
    assert "guessed early" in mine.post("/change-password", data=early).text
    assert mine.post("/change-password", data=form | {"password": PASSWORD}).status_code == 302
    assert (is_in(mine), is_in(other)) == (True, False)
    assert events() == ["account.made", "account.password_changed"]
    assert is_in(sign_in(app, NEXT))
    assert not is_in(sign_in(app))


@pytest.mark.parametrize("field", ["password", "new_password", "new_password_confirm"])
def test_a_password_is_typed_unseen_and_may_be_pasted_and_filled_in(app: Flask, account: Account, field: str) -> None:
    page = sign_in(app).get("/change-password").text
    (tag,) = re.findall(rf'<input[^>]*name="{field}"[^>]*>', page)
    assert 'type="password"' in tag
    assert re.search(r'autocomplete="(current|new)-password"', tag)
    assert "onpaste" not in page


def test_all_128_letters_of_a_password_count(app: Flask, account: Account) -> None:
    longest = (NEXT * 8)[:128]
    mine = sign_in(app)
    form = {"password": PASSWORD, "new_password": longest, "new_password_confirm": longest}
    assert mine.post("/change-password", data=form).status_code == 302
    assert is_in(sign_in(app, longest))
    for other in (longest[:-1], longest[:-1] + "X", longest.upper(), f" {longest[1:]}"):
        assert not is_in(sign_in(app, other))
