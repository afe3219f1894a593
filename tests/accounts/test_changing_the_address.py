"""A person changes their e-mail address: only freshly signed in, only to one they can read, and the old one is told."""

import re
from datetime import timedelta

import sqlalchemy as sa

from marketplace.accounts import actions
from marketplace.accounts.queries import find_account
from marketplace.accounts.rules import FRESH, RoleName
from marketplace.audit import AuditEvent
from marketplace.db import db
from tests import build
from tests.pages import without_tokens

PASSWORD = "correct horse battery"
OLD, NEW = "old@example.test", "new@example.test"


def signed_in(app):
    account = actions.add_account(OLD, PASSWORD, "Somebody", roles=[RoleName.ANNOTATOR], confirmed=True)
    db.session.commit()
    browser = app.test_client()
    assert browser.post("/sign-in", data={"email": OLD, "password": PASSWORD}).status_code == 302
    return account, browser


def link_to(outbox, address):
    body = next(mail.body for mail in outbox() if mail.recipient == address)
    link = re.search(r"http://localhost:8000(/change-email\S+)", body)
    assert link is not None
    return link[1]


def test_the_address_changes_when_the_mailed_link_is_opened_and_the_old_one_is_told(app, outbox) -> None:
    account, browser = signed_in(app)
    assert b"Mail me the link" in browser.get("/change-email").data
    assert browser.post("/change-email", data={"email": NEW}).status_code == 200
    assert find_account(NEW) is None
    assert browser.get(link_to(outbox, NEW)).status_code == 302
    db.session.expire_all()
    assert account.email == NEW
    assert [mail.template for mail in outbox() if mail.recipient == OLD] == ["address_changed"]
    assert db.session.scalars(
        sa.select(AuditEvent.action).where(AuditEvent.object_id == account.id).order_by(AuditEvent.id)
    ).all()[-1] == ("account.email_changed")
    fresh = app.test_client()
    assert fresh.post("/sign-in", data={"email": NEW, "password": PASSWORD}).status_code == 302


def test_whoever_signed_in_a_while_ago_is_asked_for_the_password_first(app, outbox) -> None:
    _, browser = signed_in(app)
    with browser.session_transaction() as session:
        session["fs_paa"] -= (FRESH + timedelta(minutes=1)).total_seconds()
    asked = browser.get("/change-email")
    assert (asked.status_code, "/verify" in asked.headers["Location"]) == (302, True)
    refused = browser.post("/change-email", data={"email": NEW})
    assert "/verify" in refused.headers["Location"]
    assert outbox() == []
    assert browser.post("/verify", data={"password": "wrong horse battery"}).status_code == 200
    assert "/verify" in browser.get("/change-email").headers["Location"]
    assert browser.post("/verify", data={"password": PASSWORD}).status_code == 302
    assert browser.get("/change-email").status_code == 200


def test_an_address_that_somebody_has_is_answered_alike_and_left_alone(app, outbox) -> None:
    _, browser = signed_in(app)
    taken = build.account(RoleName.ANNOTATOR)
    db.session.commit()
    free = browser.post("/change-email", data={"email": NEW})
    held = browser.post("/change-email", data={"email": taken.email})
    assert (free.status_code, held.status_code) == (200, 200)
    told = [re.sub(r"\S+@example\.test", "", without_tokens(answer.text)) for answer in (free, held)]
    assert told[0] == told[1]
    assert [mail.recipient for mail in outbox()] == [NEW]


def test_a_link_is_good_once_and_only_while_nobody_else_took_the_address(app, outbox) -> None:
    account, browser = signed_in(app)
    browser.post("/change-email", data={"email": NEW})
    link = link_to(outbox, NEW)
    actions.add_account(NEW, PASSWORD, "Faster", confirmed=True)
    db.session.commit()
    assert browser.get(link).status_code == 302
    db.session.expire_all()
    assert account.email == OLD
    browser.post("/change-email", data={"email": "third@example.test"})
    link = link_to(outbox, "third@example.test")
    assert browser.get(link).status_code == 302
    db.session.expire_all()
    assert account.email == "third@example.test"
    for again in (link, link + "x"):
        assert browser.get(again).status_code == 302
        db.session.expire_all()
        assert account.email == "third@example.test"
