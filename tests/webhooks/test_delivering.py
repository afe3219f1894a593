"""What happens is told once each, signed, tried again, and kept with every try."""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from marketplace import clock, worker
from marketplace.accounts.models import Account, Membership
from marketplace.accounts.queries import organisations_of
from marketplace.accounts.rules import RoleName
from marketplace.db import db
from marketplace.events import KINDS, Event
from marketplace.payouts import actions as payouts
from marketplace.payouts.rules import PayoutState
from marketplace.webhooks import actions, rules
from marketplace.webhooks.models import WebhookDelivery, WebhookEndpoint
from marketplace.webhooks.rules import DeliveryState
from marketplace.work import actions as work
from marketplace.work.models import Engagement
from marketplace.work.rules import EndReason
from tests import build
from tests.payouts.books import approved, approved_run, seat
from tests.webhooks.receiver import Receiver, receiving, status

ApiOf = Callable[[Account], FlaskClient]
README = Path(__file__).resolve().parents[2] / "README.md"


@pytest.fixture
def open_app(app_with: Callable[..., Flask]) -> Iterator[Flask]:
    """The product where webhooks may go to this machine; the test itself runs in it."""
    app = app_with(webhook_private_targets=True)
    with app.app_context():
        yield app


@pytest.fixture
def receivers() -> Iterator[Callable[..., Receiver]]:
    with ExitStack() as stack:
        yield lambda *answers: stack.enter_context(receiving(*answers))


def owner_of(on: Engagement) -> Account:
    one = build.manager(on.project.organisation)
    db.session.scalars(sa.select(Membership).filter_by(account_id=one.id)).one().is_owner = True
    db.session.flush()
    return one


def endpoint(by: Account, url: str, *kinds: str) -> tuple[WebhookEndpoint, str]:
    made = actions.add_endpoint(organisations_of(by)[0], url, kinds or list(KINDS), "", by=by)
    db.session.commit()
    return made


def verified(secret: str, headers: dict[str, str], body: bytes) -> dict[str, Any]:
    """Check a message as an integrator does, by the specification alone, and return what it says."""
    key = base64.b64decode(secret.split("_", 1)[1])
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    given = [one.split(",", 1)[1] for one in headers["webhook-signature"].split() if one.startswith("v1,")]
    assert wanted in given
    whole: dict[str, Any] = json.loads(body)
    return whole


def states() -> list[DeliveryState]:
    db.session.expire_all()
    return list(db.session.scalars(sa.select(WebhookDelivery.state).order_by(WebhookDelivery.id)))


def test_an_engagement_that_ends_is_told_once_signed_and_by_pseudonym(open_app: Flask, receivers) -> None:
    on, receiver = seat(), receivers()
    boss = owner_of(on)
    _, secret = endpoint(boss, receiver.url)
    work.end_engagement(on, EndReason.QUALITY, by=boss)
    db.session.commit()
    worker.perform_due(open_app)
    worker.perform_due(open_app)
    ((headers, body),) = receiver.got
    told = verified(secret, headers, body)
    assert told["type"] == "engagement.ended"
    assert told["data"] == {
        "engagement_id": on.id,
        "project_id": on.project_id,
        "annotator": on.profile.pseudonym,
        "reason": "quality",
    }
    assert on.profile.account.name.encode() not in body
    assert headers["content-type"] == "application/json"
    assert states() == [DeliveryState.DELIVERED]


def test_of_another_organisation_and_of_what_was_not_chosen_nothing_is_told(open_app: Flask, receivers) -> None:
    on, other = seat(), seat()
    mine, theirs, quiet = receivers(), receivers(), receivers()
    endpoint(owner_of(on), mine.url)
    endpoint(owner_of(other), theirs.url)
    endpoint(owner_of(on), quiet.url, "payout.paid")
    work.pause_engagement(on, "budget", by=owner_of(on))
    db.session.commit()
    worker.perform_due(open_app)
    assert [len(one.got) for one in (mine, theirs, quiet)] == [1, 0, 0]


def test_what_is_not_committed_is_not_told(open_app: Flask, receivers) -> None:
    on, receiver = seat(), receivers()
    endpoint(owner_of(on), receiver.url)
    work.pause_engagement(on, "budget", by=owner_of(on))
    db.session.rollback()
    worker.perform_due(open_app)
    assert receiver.got == []
    assert db.session.scalars(sa.select(Event)).all() == []


def test_a_message_is_tried_again_under_the_same_id_until_it_arrives(open_app: Flask, receivers) -> None:
    on, receiver = seat(), receivers(status(500, b"not now"), status(302, Location="/"), status(200))
    _, secret = endpoint(owner_of(on), receiver.url)
    work.pause_engagement(on, "budget", by=owner_of(on))
    db.session.commit()
    began, passed = clock.now(), timedelta(0)
    for wait in (timedelta(0), *rules.RETRIES[:2]):
        worker.perform_due(open_app)
        passed += wait + timedelta(seconds=1)
        with clock.at(began + passed):
            worker.perform_due(open_app)
    assert [headers["webhook-id"] for headers, _ in receiver.got] == [receiver.got[0][0]["webhook-id"]] * 3
    assert len({headers["webhook-timestamp"] for headers, _ in receiver.got}) == 3
    for headers, body in receiver.got:
        verified(secret, headers, body)
    (delivery,) = db.session.scalars(sa.select(WebhookDelivery))
    assert [(one.status, one.answer[:7]) for one in delivery.attempts] == [(500, "not now"), (302, ""), (200, "")]
    assert states() == [DeliveryState.DELIVERED]


def test_after_the_last_try_the_webhook_is_off_its_owners_are_told_and_what_was_missed_can_be_sent(
    open_app: Flask, receivers, outbox
) -> None:
    on, receiver = seat(), receivers(*[status(503)] * (len(rules.RETRIES) + 1), status(204))
    boss = owner_of(on)
    hook, _ = endpoint(boss, receiver.url)
    work.pause_engagement(on, "budget", by=boss)
    db.session.commit()
    moment = clock.now()
    worker.perform_due(open_app)
    for wait in rules.RETRIES:
        moment += wait + timedelta(seconds=1)
        with clock.at(moment):
            worker.perform_due(open_app)
    assert len(receiver.got) == len(rules.RETRIES) + 1
    db.session.expire_all()
    assert (hook.enabled, states()) == (False, [DeliveryState.FAILED])
    assert [mail.recipient for mail in outbox() if mail.template == "webhook_off"] == [boss.email]
    hook.enabled = True
    (delivery,) = db.session.scalars(sa.select(WebhookDelivery))
    actions.send_again(delivery, by=boss)
    db.session.commit()
    worker.perform_due(open_app)
    assert (receiver.got[-1][0]["webhook-id"], states()) == (delivery.message_id, [DeliveryState.DELIVERED])


def test_who_answers_that_it_is_gone_is_left_alone(open_app: Flask, receivers) -> None:
    on, receiver = seat(), receivers(status(410))
    hook, _ = endpoint(owner_of(on), receiver.url)
    work.pause_engagement(on, "budget", by=owner_of(on))
    db.session.commit()
    worker.perform_due(open_app)
    db.session.expire_all()
    assert (hook.enabled, "gone" in hook.disabled_reason, len(receiver.got)) == (False, True, 1)


def test_for_a_day_after_a_new_secret_both_are_good(open_app: Flask, receivers) -> None:
    on, receiver = seat(), receivers()
    boss = owner_of(on)
    hook, old = endpoint(boss, receiver.url)
    new = actions.replace_secret(hook, by=boss)
    db.session.commit()
    actions.send_test(hook, by=boss)
    db.session.commit()
    worker.perform_due(open_app)
    for secret in (old, new):
        assert verified(secret, *receiver.got[0])["type"] == "webhook.test"
    with clock.at(clock.now() + timedelta(hours=25)):
        actions.send_test(hook, by=boss)
        db.session.commit()
        worker.perform_due(open_app)
    verified(new, *receiver.got[1])
    with pytest.raises(AssertionError):
        verified(old, *receiver.got[1])
    assert new.encode() not in hook.secret


def test_hours_and_money_are_told_to_the_organisation_whose_they_are(open_app: Flask, receivers) -> None:
    on, receiver = seat(), receivers()
    endpoint(owner_of(on), receiver.url, "timesheet.submitted", "timesheet.approved", "payout.paid")
    entries = approved(on, 60, 30)
    approved(seat(), 45)
    for payout in approved_run().payouts:
        payouts.record_outcome(payout.id, PayoutState.PAID, reference="R1", by=build.account(RoleName.FINANCE))
    db.session.commit()
    worker.perform_due(open_app)
    told = [json.loads(body) for _, body in receiver.got]
    assert [one["type"] for one in told] == ["timesheet.submitted", "timesheet.approved", "payout.paid"]
    assert told[2]["data"]["time_entry_ids"] == [entry.id for entry in entries]


def test_without_the_setting_this_machine_is_refused_when_added_and_when_sent_to(app: Flask, api_of: ApiOf) -> None:
    on = seat()
    boss = owner_of(on)
    wish = {"organisation_id": on.project.organisation_id, "url": "https://127.0.0.1/", "kinds": ["payout.paid"]}
    answer = api_of(boss).post("/api/v1/webhooks", json=wish)
    assert (answer.status_code, answer.get_json()["errors"][0]["field"]) == (409, "url")
    hook = WebhookEndpoint(
        organisation_id=on.project.organisation_id,
        url="https://127.0.0.1:1024/",
        kinds=["engagement.paused"],
        secret=actions._seal().encrypt(b"whsec_AAAA"),
        created_by=boss.id,
    )
    db.session.add(hook)
    work.pause_engagement(on, "budget", by=boss)
    db.session.commit()
    worker.perform_due(app)
    (delivery,) = db.session.scalars(sa.select(WebhookDelivery))
    assert "not public" in delivery.attempts[0].error


def test_the_whole_by_api_and_nothing_of_it_for_others(open_app: Flask, receivers) -> None:
    on, receiver = seat(), receivers()
    boss, plain, stranger = owner_of(on), build.manager(on.project.organisation), owner_of(seat())
    callers = {}
    for one in (boss, plain, stranger):
        callers[one.id] = open_app.test_client()
        callers[one.id].environ_base["HTTP_AUTHORIZATION"] = f"Bearer {build.token(one)}"
    db.session.commit()
    wish = {"organisation_id": on.project.organisation_id, "url": receiver.url, "kinds": ["engagement.paused"]}
    caller = callers[boss.id]
    assert callers[plain.id].post("/api/v1/webhooks", json=wish).status_code == 403
    assert callers[stranger.id].post("/api/v1/webhooks", json=wish).status_code == 404
    made = caller.post("/api/v1/webhooks", json=wish).get_json()
    url = f"/api/v1/webhooks/{made['id']}"
    assert made["secret"].startswith("whsec_")
    assert "secret" not in caller.get(url).get_json()
    assert callers[plain.id].get(url).status_code == 200
    assert {callers[stranger.id].open(url, method=method).status_code for method in ("GET", "DELETE")} == {404}
    assert caller.post(f"{url}/test").status_code == 201
    worker.perform_due(open_app)
    (told,) = caller.get(f"{url}/deliveries").get_json()["items"]
    assert (told["type"], told["state"], told["attempts"][0]["status"]) == ("webhook.test", "delivered", 204)
    assert caller.post(f"{url}/deliveries/{told['id']}/replay").get_json()["state"] == "waiting"
    assert caller.post(f"{url}/secret").get_json()["secret"] != made["secret"]
    assert caller.patch(url, json={"enabled": False}).get_json()["enabled"] is False
    listed = caller.get(f"/api/v1/webhooks?organisation_id={wish['organisation_id']}").get_json()["items"]
    assert [one["id"] for one in listed] == [made["id"]]
    assert (caller.delete(url).status_code, caller.get(url).status_code) == (204, 404)


def test_owners_do_it_by_page_and_members_look(open_app: Flask, receivers) -> None:
    on, receiver = seat(), receivers()
    boss, plain = owner_of(on), build.manager(on.project.organisation)
    browser, other = (signed_in(open_app, one) for one in (boss, plain))
    url = f"/organisations/{on.project.organisation_id}/webhooks"
    form = {"url": receiver.url, "kinds[]": ["engagement.paused", "payout.paid"], "description": "Books"}
    assert re.search(r"whsec_[A-Za-z0-9+/=]{44}", browser.post(url, data=form).text)
    (hook,) = db.session.scalars(sa.select(WebhookEndpoint))
    own = f"/webhooks/{hook.id}"
    assert browser.post(f"{own}/test").status_code == 302
    worker.perform_due(open_app)
    page = browser.get(own).text
    assert ("webhook.test" in page, "delivered" in page, "Send again" in page) == (True, True, True)
    seen = other.get(own)
    assert (seen.status_code, "Send again" in seen.text) == (200, False)
    assert [other.post(f"{own}{path}").status_code for path in ("/test", "/secret", "/delete")] == [403] * 3
    assert browser.post(own, data={**form, "url": "nonsense"}).status_code == 422
    assert browser.post(f"{own}/delete").status_code == 302


def signed_in(app: Flask, account: Account) -> FlaskClient:
    db.session.commit()
    browser = app.test_client()
    with browser.session_transaction() as session:
        session["_user_id"], session["_fresh"] = account.fs_uniquifier, True
    return browser


def test_the_readme_lists_every_kind_of_event() -> None:
    text = README.read_text()
    assert [kind for kind in KINDS if f"`{kind}`" not in text] == []
