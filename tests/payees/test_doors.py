"""Pages and API: proof before every change, masked answers, terms for owners only."""

import re

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_security import hash_password

from marketplace.accounts.models import Membership
from marketplace.db import db
from marketplace.payees import actions, queries
from marketplace.payees.models import PayoutMethod
from marketplace.payouts import actions as payouts
from marketplace.profiles.models import AnnotatorProfile
from tests import build
from tests.payouts.books import boss_of, handed_in, seat

PASSWORD = "brown kettles sing at dawn"
GERMAN, BRITISH = "DE02 1203 0000 0000 2020 51", "GB82 WEST 1234 5698 7654 32"
WISH = {"kind": "iban", "holder": "Ana Núñez", "iban": GERMAN, "password": PASSWORD}
OWN, END, API = "/profile/payment", "/profile/payment/end", "/api/v1/profile/payout-methods"


@pytest.fixture
def person(app: Flask) -> AnnotatorProfile:
    profile = build.profile(name="Ana Núñez")
    profile.account.password = hash_password(PASSWORD)
    return profile


def count() -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(PayoutMethod)) or 0


def test_by_page_one_says_how_one_is_paid_changes_it_and_ends_it(person, client_of):
    browser = client_of(person.account)
    assert "Nothing can be paid to you yet" in browser.get(OWN).text
    page = browser.post(OWN, data=WISH, follow_redirects=True).text
    assert "DE•• •••• 2051" in page
    assert "1203" not in page
    changed = browser.post(OWN, data=WISH | {"iban": BRITISH}, follow_redirects=True).text
    assert "Used from" in changed
    assert "Earlier ways" in changed
    assert "GB•• •••• 5432" in browser.get(END).text
    assert "Nothing is paid to you until" in browser.post(END, data={"password": PASSWORD}, follow_redirects=True).text
    assert queries.find_method(person.id) is None
    assert "Nothing to end" in browser.get(END).text


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"password": "wrong"}, "The password is wrong."),
        ({"password": ""}, "Give your password."),
        ({"iban": "DE88 3704 0044 0532 0130 00"}, "check digits do not fit"),
        ({"iban": ""}, "not an IBAN"),
        ({"holder": "x" * 71}, "at most 70 characters"),
        ({"kind": "cash"}, "Must be one of"),
        ({"kind": "external"}, "few words"),
    ],
)
def test_without_proof_or_a_right_number_nothing_changes(person, client_of, given, said):
    answer = client_of(person.account).post(OWN, data=WISH | given)
    assert (answer.status_code, count()) == (422, 0)
    assert said in answer.text
    assert PASSWORD not in answer.text


def test_the_second_factor_is_asked_for_where_there_is_one(person, client_of):
    person.account.tf_primary_method, person.account.tf_totp_secret = "authenticator", build.totp_secret()
    browser = client_of(person.account)
    assert "Code of your authenticator app" in browser.get(OWN).text
    assert browser.post(OWN, data=WISH).status_code == 422
    assert browser.post(OWN, data=WISH | {"code": "000000"}).status_code == 422
    assert count() == 0
    assert browser.post(OWN, data=WISH | {"code": build.code()}).status_code == 303
    assert browser.post(END, data={"password": PASSWORD}).status_code == 422


def test_by_api_the_number_goes_in_and_never_comes_out(person, api_of):
    api = api_of(person.account)
    made = api.post(API, json=WISH)
    assert (made.status_code, made.json["account"]) == (201, "DE•• •••• 2051")
    assert api.post(API, json=WISH | {"password": "wrong"}).status_code == 409
    assert api.post(API, json={**WISH, "kind": "external", "description": "salary"}).status_code == 201
    listed = api.get(API)
    assert [one["kind"] for one in listed.json["items"]] == ["external", "iban"]
    assert not re.search("1203|0202|fingerprint", listed.text + made.text)
    assert api.post(f"{API}/end", json={"password": PASSWORD}).status_code == 204
    assert api.post(f"{API}/end", json={"password": PASSWORD}).status_code == 409


def test_a_repeated_request_makes_one_method(person, api_of):
    api, key = api_of(person.account), {"Idempotency-Key": "one"}
    first, again = (api.post(API, json=WISH, headers=key).json["id"] for _ in range(2))
    assert (first, count()) == (again, 1)


def test_guessing_the_password_is_stopped(person, client_of):
    browser = client_of(person.account)
    codes = [browser.post(OWN, data=WISH | {"password": f"guess {n}"}).status_code for n in range(11)]
    assert codes == [422] * 10 + [429]


def test_owners_set_when_the_organisation_pays_and_those_who_work_for_it_read_it(app, client_of, api_of):
    on = seat()
    boss, member = build.manager(on.project.organisation), build.manager(on.project.organisation)
    db.session.scalars(sa.select(Membership).filter_by(account_id=boss.id)).one().is_owner = True
    place = f"/organisations/{on.project.organisation_id}/payouts"
    wish = {"minimum": "50.00", "schedule": "weekly", "day": "5"}
    assert client_of(member).post(place, data=wish).status_code == 403
    page = client_of(boss).post(place, data=wish, follow_redirects=True).text
    assert "every Friday" in page
    assert "whenever finance" in client_of(boss).post(place, data={"minimum": "50"}, follow_redirects=True).text
    client_of(boss).post(place, data=wish)
    assert client_of(boss).post(place, data=wish | {"day": "9"}).status_code == 422
    assert "$50.00" in client_of(on.profile.account).get(OWN).text
    api = f"/api/v1/organisations/{on.project.organisation_id}/payout-terms"
    assert api_of(member).put(api, json={}).status_code == 403
    assert api_of(boss).put(api, json={"minimum": "7", "schedule": "monthly", "day": 31}).json["day"] == 31
    assert api_of(member).get(api).json["minimum"] == "7.00"


def test_the_dashboard_asks_whoever_has_earned_and_cannot_be_paid(app, client_of):
    on = seat()
    browser = client_of(on.profile.account)
    assert "say how you are paid" not in browser.get("/dashboard").text
    payouts.decide_lines([entry.id for entry in handed_in(on, 60)], [], by=boss_of(on))
    db.session.commit()
    assert "say how you are paid" in browser.get("/dashboard").text
    actions.pay_elsewhere(on.profile, "salary")
    db.session.commit()
    assert "say how you are paid" not in browser.get("/dashboard").text


def test_earnings_account_and_organisation_lead_there(app, client_of):
    on = seat()
    for page in ("/earnings", "/account"):
        assert OWN in client_of(on.profile.account).get(page).text
    boss = build.manager(on.project.organisation)
    place = f"/organisations/{on.project.organisation_id}"
    assert f"{place}/payouts" in client_of(boss).get(place).text


def test_whoever_has_no_profile_yet_is_sent_to_it(app, client_of):
    from marketplace.accounts.rules import RoleName

    assert "First your profile" in client_of(build.account(RoleName.ANNOTATOR)).get(OWN).text


def test_the_page_asks_few_questions_however_often_one_has_changed(app, client_of):
    on = seat()
    for number in (GERMAN, BRITISH) * 8:
        actions.pay_to_account(on.profile, "Ana", number)
    browser, asked = client_of(on.profile.account), []

    def note(*statement):
        asked.append(statement[2])

    browser.get(OWN)
    sa.event.listen(db.engine, "before_cursor_execute", note)
    page = browser.get(OWN).text
    sa.event.remove(db.engine, "before_cursor_execute", note)
    assert page.count("2051") == 8
    assert len(asked) <= 12
