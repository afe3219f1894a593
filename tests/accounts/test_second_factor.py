"""Besides the password a code is asked for: always of staff, of others who set it up; each code counts once."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask, current_app
from flask.testing import FlaskClient

from marketplace import clock
from marketplace.accounts import actions
from marketplace.accounts.models import Account, WebSession
from marketplace.accounts.rules import DEMO_DOMAIN, RECOVERY_CODES, RoleName
from marketplace.accounts.second_factor import set_up_app
from marketplace.audit import AuditEvent
from marketplace.db import db
from tests import build

PASSWORD = "correct horse battery"
NOON = datetime(2026, 11, 26, 12, 0, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with clock.at(NOON):
        yield


def person(*roles: RoleName, app_set_up: bool = True, email: str = "mara@example.test") -> Account:
    account = actions.add_account(email, PASSWORD, "Mara", roles=roles, confirmed=True)
    if app_set_up:
        account.tf_primary_method, account.tf_totp_secret = "authenticator", build.totp_secret()
    db.session.commit()
    return account


def give_password(app: Flask, email: str = "mara@example.test") -> FlaskClient:
    browser = app.test_client()
    assert browser.post("/sign-in", data={"email": email, "password": PASSWORD}).status_code == 302
    return browser


def give_code(browser: FlaskClient, code: str) -> int:
    return browser.post("/second-factor/code", data={"code": code}).status_code


def is_in(browser: FlaskClient) -> bool:
    return browser.get("/account").status_code == 200


def code_in(page: str) -> str:
    """Return the code of the secret that a set-up page shows below its picture."""
    found = re.search(r"<code>([A-Z2-7 -]+)</code>", page)
    assert found
    key = found[1].replace("-", "").replace(" ", "")
    factory = current_app.extensions["fairmatch_security"].totp_factory
    return str(factory._totp(key, format="base32").generate().token)


def actions_of(account: Account) -> list[str]:
    db.session.expire_all()
    return list(
        db.session.scalars(
            sa.select(AuditEvent.action).where(AuditEvent.object_id == account.id).order_by(AuditEvent.id)
        )
    )


def test_with_the_password_alone_nothing_opens(app: Flask) -> None:
    person(RoleName.MANAGER)
    browser = give_password(app)
    assert not is_in(browser)
    assert browser.get("/projects").location.startswith("/sign-in")
    assert give_code(browser, "000000") == 200
    assert not is_in(browser)
    assert give_code(browser, build.code()) == 302
    assert is_in(browser)


def test_whoever_gave_the_password_has_ten_minutes_for_the_code(app: Flask) -> None:
    person(RoleName.MANAGER)
    early, late = give_password(app), give_password(app)
    with clock.at(NOON + timedelta(minutes=9)):
        assert give_code(early, build.code()) == 302
        assert is_in(early)
    with clock.at(NOON + timedelta(minutes=11)):
        give_code(late, build.code())
        assert not is_in(late)


def test_a_code_counts_once_though_it_is_tried_twice_at_one_moment(app: Flask) -> None:
    person(RoleName.MANAGER)
    code = build.code()
    browsers = [give_password(app) for _ in range(4)]

    def use(browser: FlaskClient) -> int:
        with clock.at(NOON):
            return give_code(browser, code)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(use, browsers)) == [200, 200, 200, 302]
    assert [is_in(browser) for browser in browsers].count(True) == 1
    with clock.at(NOON + timedelta(seconds=30)):
        assert give_code(give_password(app), code) == 200
        assert give_code(give_password(app), build.code()) == 302


@pytest.mark.parametrize(("seconds", "status"), [(-60, 200), (-30, 302), (30, 302), (60, 200)])
def test_a_code_is_good_in_its_own_half_minute_and_the_two_beside_it(app: Flask, seconds: int, status: int) -> None:
    person(RoleName.FINANCE)
    with clock.at(NOON + timedelta(seconds=seconds)):
        code = build.code()
    assert give_code(give_password(app), code) == status


@pytest.mark.parametrize("role", sorted(set(RoleName) - {RoleName.ANNOTATOR}))
def test_staff_without_a_second_factor_sets_it_up_before_anything_else(app: Flask, role: RoleName, outbox) -> None:
    account = person(role, app_set_up=False)
    browser = give_password(app)
    assert not is_in(browser)
    page = browser.post("/second-factor", data={"setup": "authenticator"}).text
    assert "data:image/svg+xml" in page
    assert give_code(browser, "123") == 200
    assert give_code(browser, code_in(page)) == 302
    assert is_in(browser)
    assert account.has_second_factor
    assert [mail.template for mail in outbox()] == ["second_factor_set"]
    assert "second_factor.set" in actions_of(account)


def test_an_annotator_signs_in_without_one_and_may_set_one_up_and_take_it_away(app: Flask, outbox) -> None:
    account = person(RoleName.ANNOTATOR, app_set_up=False)
    browser = give_password(app)
    assert is_in(browser)
    page = browser.post("/second-factor", data={"setup": "authenticator"}).text
    assert not account.has_second_factor
    action = re.search(r'action="(/second-factor/[^"]+)"', page)
    assert action
    done = browser.post(action[1], data={"code": code_in(page)})
    assert done.location == "/recovery-codes"
    assert not is_in(give_password(app))
    assert browser.post("/second-factor", data={"setup": "disable"}).status_code == 302
    assert is_in(give_password(app))
    assert [mail.template for mail in outbox()] == ["second_factor_set", "second_factor_taken_away"]


def test_staff_cannot_take_theirs_away(app: Flask) -> None:
    account = person(RoleName.ADMIN)
    browser = give_password(app)
    give_code(browser, build.code())
    assert "Take the second factor away" not in browser.get("/second-factor").text
    assert browser.post("/second-factor", data={"setup": "disable"}).status_code == 200
    assert account.has_second_factor


def test_whoever_becomes_staff_while_signed_in_is_sent_to_set_it_up(app: Flask, client_of, api_of) -> None:
    account = build.account(RoleName.MANAGER, second_factor=False)
    browser, caller = client_of(account), api_of(account)
    assert browser.get("/projects").location == "/second-factor"
    assert browser.get("/projects/open").status_code == 200
    answer = caller.get("/api/v1/projects")
    assert (answer.status_code, "second factor" in answer.get_json()["detail"]) == (403, True)


def codes_of(app: Flask) -> list[str]:
    browser = give_password(app)
    assert give_code(browser, build.code()) == 302
    found = re.findall(r"<code>([A-Z2-7-]{29})</code>", browser.post("/recovery-codes").text)
    assert len(set(found)) == RECOVERY_CODES
    return found


def test_a_recovery_code_signs_in_once_and_is_kept_as_a_hash(app: Flask, outbox) -> None:
    account = person(RoleName.MANAGER)
    code, *others = codes_of(app)
    assert not {code, *others} & set(account.mf_recovery_codes or ())
    assert "code" not in re.findall(r"[A-Z2-7-]{29}", give_password(app).get("/recovery-codes").text)
    for typed, status in ((code.lower().replace("-", " "), 302), (code, 200), ("", 200), (others[0], 302)):
        browser = give_password(app)
        assert browser.post("/second-factor/recovery", data={"code": typed}).status_code == status
        assert is_in(browser) is (status == 302)
    assert [mail.template for mail in outbox()] == ["recovery_code_used"] * 2
    assert actions_of(account)[-1] == "second_factor.code_used"
    assert len(account.mf_recovery_codes or ()) == RECOVERY_CODES - 2


def test_a_recovery_code_tried_twice_at_one_moment_opens_one_door(app: Flask) -> None:
    person(RoleName.MANAGER)
    code = codes_of(app)[0]
    browsers = [give_password(app) for _ in range(4)]

    def use(browser: FlaskClient) -> int:
        with clock.at(NOON):
            return browser.post("/second-factor/recovery", data={"code": code}).status_code

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(use, browsers)) == [200, 200, 200, 302]


def test_new_recovery_codes_make_the_old_ones_useless(app: Flask) -> None:
    person(RoleName.MANAGER)
    old = codes_of(app)[0]
    with clock.at(NOON + timedelta(minutes=1)):
        codes_of(app)
        browser = give_password(app)
        assert browser.post("/second-factor/recovery", data={"code": old}).status_code == 200


def test_guessing_codes_is_slowed_down_though_the_password_is_right_each_time(app: Flask) -> None:
    person(RoleName.MANAGER)
    statuses = []
    for number in range(12):
        browser = app.test_client()
        browser.post("/sign-in", data={"email": "mara@example.test", "password": PASSWORD})
        statuses.append(give_code(browser, f"{number:06}"))
    assert statuses[0] == 200
    assert 429 in statuses
    browser = app.test_client()
    assert browser.post("/sign-in", data={"email": "mara@example.test", "password": PASSWORD}).status_code == 429


def test_the_api_asks_for_the_code_too(app: Flask) -> None:
    person(RoleName.MANAGER)
    person(RoleName.ADMIN, app_set_up=False, email="new@example.test")

    def token(email: str, **more: str) -> tuple[int, str]:
        wish = {"email": email, "password": PASSWORD, "name": "t", "scopes": ["projects:read"], **more}
        answer = app.test_client().post("/api/v1/tokens", json=wish)
        return answer.status_code, str(answer.get_json().get("detail", ""))

    assert token("mara@example.test")[0] == 401
    assert "authenticator app" in token("mara@example.test", code="123456")[1]
    assert token("mara@example.test", code=build.code())[0] == 201
    assert token("mara@example.test", code=build.code())[0] == 401
    assert token("new@example.test")[0] == 403


def test_an_admin_resets_the_second_factor_of_somebody_who_lost_it(app: Flask, client_of, outbox) -> None:
    account, admin = person(RoleName.MANAGER), build.account(RoleName.ADMIN)
    theirs = give_password(app)
    give_code(theirs, build.code())
    browser = client_of(admin)
    assert browser.post(f"/admin/people/{account.id}/second-factor").status_code == 302
    assert not is_in(theirs)
    db.session.expire_all()
    assert not account.has_second_factor
    assert db.session.scalars(sa.select(WebSession).where(WebSession.account_id == account.id)).all() == []
    assert give_password(app).get("/second-factor").status_code == 200
    assert actions_of(account)[-1] == "second_factor.reset"
    assert [mail.template for mail in outbox()] == ["second_factor_reset"]
    assert browser.post(f"/admin/people/{account.id}/second-factor").status_code == 409
    assert browser.post(f"/admin/people/{admin.id}/second-factor").status_code == 409


@pytest.mark.parametrize(("demo", "domain"), [(True, DEMO_DOMAIN), (True, "example.test"), (False, DEMO_DOMAIN)])
def test_only_people_of_the_demo_world_are_told_their_code(
    app_with: Callable[..., Flask], demo: bool, domain: str
) -> None:
    account = person(RoleName.MANAGER, app_set_up=False, email=f"m@{domain}")
    set_up_app(account)
    db.session.commit()
    world = app_with(demo=demo)
    for _ in range(2):
        browser = give_password(world, account.email)
        told = re.search(r"would show <strong[^>]*>(\d{6})</strong>", browser.get("/second-factor/code").text)
        assert bool(told) is (demo and domain == DEMO_DOMAIN)
        assert told is None or give_code(browser, told[1]) == 302
