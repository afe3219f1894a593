"""Sign-up, sign-in, sessions, roles by page."""

import re

import pytest
from flask_login import encode_cookie

from marketplace.accounts.models import WebSession
from marketplace.accounts.queries import find_account
from marketplace.accounts.rules import RoleName
from marketplace.db import db
from tests import build

PASSWORD = "correct horse battery"


def sign_up(client, email="new@example.test"):
    form = {"email": email, "name": "New Person", "password": PASSWORD, "password_confirm": PASSWORD}
    return client.post("/sign-up", data=form)


def confirm(client, outbox, email="new@example.test"):
    body = next(mail.body for mail in outbox() if mail.recipient == email)
    link = re.search(r"http://localhost:8000(/confirm/\S+)", body)
    assert link is not None
    return client.get(link[1])


def sign_in(client, email="new@example.test", password=PASSWORD):
    return client.post("/sign-in", data={"email": email, "password": password})


def test_a_newcomer_signs_up_confirms_and_signs_in_as_annotator(client, outbox):
    assert sign_up(client).status_code == 302
    assert confirm(client, outbox).status_code == 302
    assert sign_in(client).headers["Location"].endswith("/dashboard")
    account = find_account("NEW@example.test")
    assert account is not None
    assert account.name == "New Person"
    assert account.role_names == {RoleName.ANNOTATOR}


def test_no_cookie_outlives_the_session_whatever_is_asked_for(client, outbox):
    sign_up(client)
    confirm(client, outbox)
    form = {"email": "new@example.test", "password": PASSWORD, "remember": "y"}
    answer = client.post("/sign-in", data=form)
    assert [cookie.split("=")[0] for cookie in answer.headers.getlist("Set-Cookie")] == ["session"]


def test_a_cookie_of_flask_login_signs_nobody_in(app):
    account = build.account(RoleName.ANNOTATOR)
    db.session.commit()
    cookie = encode_cookie(account.fs_uniquifier)
    for name in ("remember_token", "none;", "none"):
        answer = app.test_client(use_cookies=False).get("/account", headers={"Cookie": f"{name}={cookie}"})
        assert answer.status_code == 302


def test_nobody_signs_in_before_the_address_is_confirmed(client, app):
    sign_up(client)
    assert not sign_in(client).headers.get("Location", "").endswith("/dashboard")
    assert client.get("/account").status_code == 302


def test_signing_up_twice_answers_the_same_and_tells_the_owner_by_mail(client, outbox):
    first = sign_up(client)
    second = sign_up(client)
    assert (first.status_code, first.headers["Location"]) == (second.status_code, second.headers["Location"])
    assert len({mail.template for mail in outbox()}) == 2


def test_a_copied_cookie_is_dead_after_sign_out(client, outbox, app):
    sign_up(client)
    confirm(client, outbox)
    sign_in(client)
    copied = client.get_cookie("session").value
    thief = app.test_client()
    thief.set_cookie("session", copied)
    assert thief.get("/account").status_code == 200
    client.post("/sign-out")
    assert thief.get("/account").status_code == 302


def test_the_session_key_changes_at_sign_in(client, outbox, app):
    client.get("/sign-in")
    sign_up(client)
    confirm(client, outbox)
    before = client.get_cookie("session")
    sign_in(client)
    assert before is None or client.get_cookie("session").value != before.value
    assert db.session.query(WebSession).filter(WebSession.account_id.isnot(None)).count() == 1


def test_a_person_ends_another_session_of_theirs_but_nobody_elses(client_of, app):
    mine, other = build.account(RoleName.ANNOTATOR), build.account(RoleName.ANNOTATOR)
    browser, second, stranger = client_of(mine), client_of(mine), client_of(other)
    assert second.get("/account").status_code == 200
    rows = db.session.query(WebSession).filter_by(account_id=mine.id).all()
    assert stranger.post(f"/account/sessions/{rows[0].id}/end").status_code == 404
    newest = max(rows, key=lambda row: row.id)
    assert browser.post(f"/account/sessions/{newest.id}/end").status_code == 302
    assert second.get("/account").status_code == 302


def test_an_admin_gives_and_takes_roles_but_not_their_own(client_of, app):
    admin, person = build.account(RoleName.ADMIN), build.account(RoleName.ANNOTATOR)
    browser = client_of(admin)
    browser.post(f"/admin/people/{person.id}/roles", data={"role": "finance", "grant": "yes"})
    browser.post(f"/admin/people/{admin.id}/roles", data={"role": "admin", "grant": "no"})
    db.session.expire_all()
    assert person.role_names == {RoleName.ANNOTATOR, RoleName.FINANCE}
    assert RoleName.ADMIN in admin.role_names


@pytest.mark.parametrize("path", ["/admin/people", "/admin/organisations", "/admin/audit", "/admin/system", "/tokens"])
def test_staff_pages_are_shown_to_an_admin(client_of, app, path):
    answer = client_of(build.account(RoleName.ADMIN)).get(path)
    assert answer.status_code == 200


def test_a_suspended_person_is_out_at_once(client_of, app):
    admin, person = build.account(RoleName.ADMIN), build.account(RoleName.ANNOTATOR)
    theirs = client_of(person)
    client_of(admin).post(f"/admin/people/{person.id}/active", data={"active": "no"})
    assert theirs.get("/account").status_code == 302


def test_an_admin_adds_an_organisation_and_its_manager(client_of, app):
    admin, person = build.account(RoleName.ADMIN), build.account(RoleName.ANNOTATOR)
    browser = client_of(admin)
    browser.post("/admin/organisations", data={"name": "Client Ltd", "currency": "usd"})
    again = browser.post("/admin/organisations", data={"name": "Client Ltd", "currency": "USD"})
    assert again.status_code == 422
    from marketplace.accounts.models import Organisation

    client = db.session.query(Organisation).one()
    browser.post("/admin/organisations/members", data={"organisation_id": client.id, "email": person.email})
    db.session.expire_all()
    assert RoleName.MANAGER in person.role_names
