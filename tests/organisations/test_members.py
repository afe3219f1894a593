"""An owner invites managers by mail; who belongs to an organisation sees it, and nobody else does."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from marketplace import clock
from marketplace.accounts.models import Account, Membership, Organisation
from marketplace.accounts.queries import organisations_of
from marketplace.accounts.rules import RoleName
from marketplace.audit import AuditEvent
from marketplace.db import db
from marketplace.organisations import rules
from marketplace.organisations.models import MemberInvitation
from tests import build
from tests.pages import without_tokens

ClientOf = Callable[[Account], FlaskClient]


@pytest.fixture
def boss(app: Flask) -> Account:
    return owner_of(build.organisation())


def owner_of(organisation: Organisation) -> Account:
    one = build.manager(organisation)
    db.session.scalars(sa.select(Membership).filter_by(account_id=one.id)).one().is_owner = True
    db.session.flush()
    return one


def home_of(account: Account) -> Organisation:
    (organisation,) = organisations_of(account)
    return organisation


def invite(client_of: ClientOf, boss: Account, email: str, **more: str) -> int:
    url = f"/organisations/{home_of(boss).id}"
    return client_of(boss).post(url, data={"email": email, **more}).status_code


def link_to(outbox, email: str) -> str:
    found = [re.search(r"localhost:8000(/join/\S+)", mail.body) for mail in outbox() if mail.recipient == email]
    assert found
    assert found[-1]
    return found[-1][1]


def test_whoever_is_invited_joins_by_the_link_and_sees_that_organisation_only(
    boss: Account, client_of: ClientOf, outbox
) -> None:
    other = build.project(build.organisation(), by=build.manager())
    project = build.project(home_of(boss), by=boss)
    newcomer = build.account(RoleName.ANNOTATOR)
    assert invite(client_of, boss, newcomer.email.upper()) == 302
    link = link_to(outbox, newcomer.email.upper())
    browser = client_of(newcomer)
    assert home_of(boss).name in browser.get(link).text
    assert browser.get("/projects").status_code == 403
    assert browser.post(link).status_code == 302
    db.session.expire_all()
    assert newcomer.role_names == {RoleName.ANNOTATOR, RoleName.MANAGER}
    newcomer.tf_primary_method, newcomer.tf_totp_secret = "authenticator", build.totp_secret()
    db.session.commit()
    assert browser.get(f"/projects/{project.id}").status_code == 200
    assert browser.get(f"/projects/{other.id}").status_code == 404
    assert browser.post(link).status_code == 409


def test_the_link_is_of_no_use_to_anybody_else_and_does_not_say_whose_it_is(
    app: Flask, boss: Account, client_of: ClientOf, outbox
) -> None:
    invite(client_of, boss, "invited@example.test")
    link = link_to(outbox, "invited@example.test")
    stranger = client_of(build.account(RoleName.ANNOTATOR))
    page = stranger.get(link)
    assert page.status_code == 404
    nonsense = stranger.get("/join/nonsense").text.replace("/join/nonsense", link)
    assert without_tokens(page.text) == without_tokens(nonsense)
    assert "invited@" not in page.text
    assert stranger.post(link).status_code == 409
    anonymous = app.test_client().get(link)
    assert (anonymous.status_code, "next=/join" in anonymous.location) == (302, True)


@pytest.mark.parametrize("known", [True, False])
def test_inviting_tells_nothing_about_whether_there_is_an_account(
    boss: Account, client_of: ClientOf, outbox, known: bool
) -> None:
    email = build.account(RoleName.ANNOTATOR).email if known else "nobody@example.test"
    assert invite(client_of, boss, email) == 302
    page = client_of(boss).get(f"/organisations/{home_of(boss).id}").text
    assert page.count(email) == 3
    assert [mail.template for mail in outbox()] == ["member_invitation"]


def test_a_link_ends_when_it_is_sent_again_withdrawn_or_old(boss: Account, client_of: ClientOf, outbox) -> None:
    person = build.account(RoleName.ANNOTATOR)
    invite(client_of, boss, person.email)
    first = link_to(outbox, person.email)
    (one,) = db.session.scalars(sa.select(MemberInvitation))
    url = f"/organisations/{one.organisation_id}/invitations/{one.id}"
    assert client_of(boss).post(f"{url}/again").status_code == 302
    second = link_to(outbox, person.email)
    browser = client_of(person)
    assert (browser.get(first).status_code, browser.get(second).status_code) == (404, 200)
    with clock.at(clock.now() + rules.OPEN_FOR + timedelta(seconds=1)):
        assert client_of(person).post(second).status_code == 409
    assert client_of(boss).post(f"{url}/withdraw").status_code == 302
    assert browser.post(second).status_code == 409
    assert client_of(boss).post(f"{url}/withdraw").status_code == 404


def test_an_invitation_accepted_twice_at_one_moment_is_one_membership(
    app: Flask, boss: Account, client_of: ClientOf, outbox
) -> None:
    person = build.account(RoleName.ANNOTATOR)
    invite(client_of, boss, person.email)
    link = link_to(outbox, person.email)
    browsers = [client_of(person) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda one: one.post(link), browsers))
    # Whoever comes after the first is a manager by then, and may be sent to set up the second factor.
    assert [one.headers.get("Location") for one in answers].count("/dashboard") == 1
    assert {one.headers.get("Location") for one in answers} <= {"/dashboard", "/second-factor", None}
    assert len(db.session.scalars(sa.select(Membership).filter_by(account_id=person.id)).all()) == 1


def test_only_owners_change_who_belongs(boss: Account, client_of: ClientOf) -> None:
    organisation = home_of(boss)
    plain = build.manager(organisation)
    member = db.session.scalars(sa.select(Membership).filter_by(account_id=boss.id)).one()
    browser, url = client_of(plain), f"/organisations/{organisation.id}"
    assert "Invite by mail" not in browser.get(url).text
    for path in ("", f"/members/{member.id}/owner", f"/members/{member.id}/remove", "/invitations/1/again"):
        assert browser.post(url + path, data={"email": "x@example.test"}).status_code == 403, path
    assert db.session.scalars(sa.select(MemberInvitation)).all() == []


def test_of_another_organisation_nothing_is_there(boss: Account, client_of: ClientOf, api_of: ClientOf) -> None:
    other = owner_of(build.organisation())
    member = db.session.scalars(sa.select(Membership).filter_by(account_id=other.id)).one()
    theirs, mine = home_of(other).id, home_of(boss).id
    browser, caller = client_of(boss), api_of(boss)
    for number in (theirs, 999_999):
        assert browser.get(f"/organisations/{number}").status_code == 404
        assert browser.post(f"/organisations/{number}", data={"email": "x@example.test"}).status_code == 404
        assert caller.get(f"/api/v1/organisations/{number}/members").status_code == 404
    assert browser.post(f"/organisations/{mine}/members/{member.id}/remove").status_code == 404
    assert caller.delete(f"/api/v1/organisations/{mine}/members/{member.id}").status_code == 404


def test_an_organisation_keeps_an_owner_though_both_leave_at_one_moment(boss: Account, client_of: ClientOf) -> None:
    organisation = home_of(boss)
    owner_of(organisation)
    members = list(db.session.scalars(sa.select(Membership).filter_by(organisation_id=organisation.id)))
    urls = [f"/organisations/{organisation.id}/members/{member.id}/remove" for member in members]
    browsers = [client_of(boss) for _ in urls]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda pair: pair[0].post(pair[1]).status_code, zip(browsers, urls, strict=True)))
    db.session.expire_all()
    owners = db.session.scalars(sa.select(Membership).filter_by(organisation_id=organisation.id, is_owner=True)).all()
    assert len(owners) == 1


def test_who_is_removed_sees_nothing_at_once_and_is_no_manager_any_more(boss: Account, client_of: ClientOf) -> None:
    organisation = home_of(boss)
    leaver = build.manager(organisation)
    project = build.project(organisation, by=boss)
    browser = client_of(leaver)
    assert browser.get(f"/projects/{project.id}").status_code == 200
    member = db.session.scalars(sa.select(Membership).filter_by(account_id=leaver.id)).one()
    client_of(boss).post(f"/organisations/{organisation.id}/members/{member.id}/remove")
    assert browser.get(f"/projects/{project.id}").status_code == 403
    trail = sa.select(AuditEvent.action).where(AuditEvent.object_kind == "organisation").order_by(AuditEvent.id)
    assert db.session.scalars(trail).all()[-1] == "member.removed"


def test_a_member_of_two_loses_one_and_stays_a_manager_of_the_other(boss: Account, client_of: ClientOf) -> None:
    both = build.manager(home_of(boss))
    second = build.organisation(both)
    member = db.session.scalars(
        sa.select(Membership).filter_by(account_id=both.id, organisation_id=home_of(boss).id)
    ).one()
    assert client_of(both).get("/organisations").text.count("pays in") == 2
    client_of(boss).post(f"/organisations/{home_of(boss).id}/members/{member.id}/remove")
    db.session.expire_all()
    assert [one.id for one in organisations_of(both)] == [second.id]
    assert RoleName.MANAGER in both.role_names


def test_the_same_by_api(boss: Account, api_of: ClientOf, outbox) -> None:
    organisation, person = home_of(boss), build.account(RoleName.ANNOTATOR)
    caller, url = api_of(boss), f"/api/v1/organisations/{organisation.id}"
    made = caller.post(f"{url}/invitations", json={"email": person.email, "is_owner": True}).get_json()
    assert (made["email"], made["is_owner"], "key_hash" in made) == (person.email, True, False)
    again = caller.post(f"{url}/invitations", json={"email": person.email})
    assert (again.status_code, again.get_json()["errors"][0]["field"]) == (409, "email")
    assert [one["id"] for one in caller.get(f"{url}/invitations").get_json()["items"]] == [made["id"]]
    key = link_to(outbox, person.email).rsplit("/", 1)[1]
    joined = api_of(person).post("/api/v1/memberships", json={"key": key})
    assert (joined.status_code, joined.get_json()["is_owner"]) == (201, True)
    members = caller.get(f"{url}/members").get_json()["items"]
    assert {one["account_id"] for one in members} == {boss.id, person.id}
    place = next(one["id"] for one in members if one["account_id"] == person.id)
    assert caller.patch(f"{url}/members/{place}", json={"is_owner": False}).get_json()["is_owner"] is False
    assert caller.delete(f"{url}/members/{place}").status_code == 204
    mine = next(one["id"] for one in members if one["account_id"] == boss.id)
    assert caller.delete(f"{url}/members/{mine}").status_code == 409
    assert [one["name"] for one in caller.get("/api/v1/organisations").get_json()["items"]] == [organisation.name]


def test_an_owner_invites_fifty_an_hour(boss: Account, client_of: ClientOf) -> None:
    browser, url = client_of(boss), f"/organisations/{home_of(boss).id}"
    statuses = [browser.post(url, data={"email": f"p{n}@example.test"}).status_code for n in range(51)]
    assert (set(statuses[:50]), statuses[50]) == ({302}, 429)
