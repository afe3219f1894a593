"""Writes on webhooks: endpoints, what is delivered to them, and every try."""

import base64
import hashlib
import json
import secrets
from collections.abc import Collection

import sqlalchemy as sa
from cryptography.fernet import Fernet
from flask import current_app
from sqlalchemy.dialects.postgresql import insert

from marketplace import audit, clock, mail
from marketplace.accounts.models import Account, Membership, Organisation
from marketplace.config import Config
from marketplace.db import db
from marketplace.errors import Refused
from marketplace.events import TEST, Event
from marketplace.tasks import ring
from marketplace.webhooks import queries, rules
from marketplace.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from marketplace.webhooks.rules import DeliveryState
from marketplace.webhooks.sending import Sent, refuse_target, send
from marketplace.words import say


def add_endpoint(
    organisation: Organisation, url: str, kinds: Collection[str], description: str, *, by: Account
) -> tuple[WebhookEndpoint, str]:
    """Add an endpoint and return it with its secret, which is shown this once; raises Refused for bad addresses."""
    _refuse(url)
    if len(db.session.scalars(queries.endpoints_of(organisation)).all()) >= rules.MOST_ENDPOINTS:
        raise Refused(
            say("An organisation has at most %(most_endpoints)s webhooks.", most_endpoints=rules.MOST_ENDPOINTS)
        )
    secret = _new_secret()
    endpoint = WebhookEndpoint(
        organisation=organisation,
        url=url,
        kinds=sorted(set(kinds)),
        description=description,
        secret=_seal().encrypt(secret.encode()),
        created_by=by.id,
    )
    db.session.add(endpoint)
    db.session.flush()
    audit.record("webhook.added", "webhook", endpoint.id, actor_id=by.id, url=url, kinds=endpoint.kinds)
    return endpoint, secret


def change_endpoint(
    endpoint: WebhookEndpoint, *, url: str, kinds: Collection[str], description: str, enabled: bool, by: Account
) -> None:
    """Change where and of what is told; raises Refused for bad addresses."""
    if url != endpoint.url:
        _refuse(url)
    endpoint.url, endpoint.kinds, endpoint.description = url, sorted(set(kinds)), description
    endpoint.enabled, endpoint.disabled_reason = enabled, "" if enabled else endpoint.disabled_reason
    audit.record("webhook.changed", "webhook", endpoint.id, actor_id=by.id, url=url, enabled=enabled)


def delete_endpoint(endpoint: WebhookEndpoint, *, by: Account) -> None:
    """Delete an endpoint with what was told to it."""
    audit.record("webhook.deleted", "webhook", endpoint.id, actor_id=by.id, url=endpoint.url)
    db.session.delete(endpoint)


def replace_secret(endpoint: WebhookEndpoint, *, by: Account) -> str:
    """Give the endpoint another secret and return it; for a day messages are signed with the old one too."""
    secret = _new_secret()
    endpoint.old_secret, endpoint.old_secret_until = endpoint.secret, clock.now() + rules.OLD_SECRET_GOOD_FOR
    endpoint.secret = _seal().encrypt(secret.encode())
    audit.record("webhook.secret_replaced", "webhook", endpoint.id, actor_id=by.id)
    return secret


def send_test(endpoint: WebhookEndpoint, *, by: Account) -> WebhookDelivery:
    """Send a message that says nothing, to see whether it arrives."""
    event = Event(organisation_id=endpoint.organisation_id, kind=TEST, facts={"webhook_id": endpoint.id})
    delivery = WebhookDelivery(endpoint=endpoint, event=event, next_at=clock.now())
    db.session.add(delivery)
    db.session.flush()
    ring("webhook.due", delivery.id)
    return delivery


def send_again(delivery: WebhookDelivery, *, by: Account) -> None:
    """Send a message once more, under the same id; raises Refused while its endpoint is off."""
    if not delivery.endpoint.enabled:
        raise Refused(say("This webhook is off; turn it on first."))
    delivery.state, delivery.next_at = DeliveryState.WAITING, clock.now()
    ring("webhook.due", delivery.id)
    audit.record("webhook.sent_again", "webhook", delivery.endpoint_id, actor_id=by.id, delivery_id=delivery.id)


def tell_endpoints(event_id: int) -> None:
    """Put an event on its way to every endpoint of its organisation that wants to be told; again is no more."""
    event = db.session.get(Event, event_id)
    if event is None:
        return
    wants = sa.and_(
        WebhookEndpoint.organisation_id == event.organisation_id,
        WebhookEndpoint.enabled,
        sa.literal(event.kind) == sa.any_(WebhookEndpoint.kinds),
    )
    for endpoint_id in db.session.scalars(sa.select(WebhookEndpoint.id).where(wants)).all():
        values = {"endpoint_id": endpoint_id, "event_id": event.id, "state": "waiting", "next_at": clock.now()}
        row = insert(WebhookDelivery).values(**values, created_at=clock.now())
        made = db.session.scalar(row.on_conflict_do_nothing().returning(WebhookDelivery.id))
        if made is not None:
            ring("webhook.due", made)


def deliver(delivery_id: int) -> None:
    """Try one delivery once, note the try, and plan the next; at least once each, always under the same id."""
    delivery = db.session.get(WebhookDelivery, delivery_id, with_for_update=True, populate_existing=True)
    if delivery is None or delivery.state is not DeliveryState.WAITING:
        return
    endpoint = delivery.endpoint
    if not endpoint.enabled:
        delivery.state, delivery.next_at = DeliveryState.FAILED, None
        return
    if delivery.next_at and delivery.next_at > clock.now():
        return
    sent = _send(delivery)
    tries = len(delivery.attempts)
    delivery.attempts.append(_noted(sent))
    if sent.is_success:
        delivery.state, delivery.next_at = DeliveryState.DELIVERED, None
    elif sent.status == 410:
        delivery.state, delivery.next_at = DeliveryState.FAILED, None
        _turn_off(endpoint, "It answered that it is gone (410).")
    elif tries < len(rules.RETRIES) and delivery.event.kind != TEST:
        delivery.next_at = clock.now() + rules.RETRIES[tries]
        ring("webhook.due", delivery.id, due_at=delivery.next_at)
    else:
        delivery.state, delivery.next_at = DeliveryState.FAILED, None
        if delivery.event.kind != TEST:
            _turn_off(endpoint, f"A message could not be delivered in {tries + 1} tries.")


def body_of(event: Event) -> bytes:
    """Return the message, the same bytes each time."""
    whole = {"type": event.kind, "timestamp": event.happened_at.isoformat(), "data": event.facts}
    return json.dumps(whole, sort_keys=True, separators=(",", ":")).encode()


def drop_old() -> None:
    """Forget events, and what was delivered of them, after a month (a sweep)."""
    db.session.execute(sa.delete(Event).where(Event.happened_at < clock.now() - rules.KEPT_FOR))


def _send(delivery: WebhookDelivery) -> Sent:
    endpoint, now, body = delivery.endpoint, clock.now(), body_of(delivery.event)
    sealed = [endpoint.secret]
    if endpoint.old_secret and endpoint.old_secret_until and endpoint.old_secret_until > now:
        sealed.append(endpoint.old_secret)
    spelled = [_seal().decrypt(one).decode() for one in sealed]
    signed = rules.headers(spelled, delivery.message_id, int(now.timestamp()), body)
    return send(endpoint.url, body, signed, private=_config().webhook_private_targets)


def _noted(sent: Sent) -> WebhookAttempt:
    told = {"status": sent.status, "answer": sent.answer, "error": sent.error}
    return WebhookAttempt(tried_at=clock.now(), milliseconds=sent.milliseconds, **told)


def _turn_off(endpoint: WebhookEndpoint, reason: str) -> None:
    """Stop telling an endpoint, and tell its owners by mail instead."""
    endpoint.enabled, endpoint.disabled_reason = False, reason
    audit.record("webhook.turned_off", "webhook", endpoint.id, actor_id=None, reason=reason)
    owners = sa.select(Account).join(Membership, Membership.account_id == Account.id)
    owners = owners.where(Membership.organisation_id == endpoint.organisation_id, Membership.is_owner)
    for owner in db.session.scalars(owners.order_by(Account.id)):
        mail.queue(
            to=owner.email,
            template="webhook_off",
            subject="Fairmatch: a webhook was turned off",
            to_name=owner.name,
            endpoint=endpoint,
        )


def _refuse(url: str) -> None:
    if refusal := refuse_target(url, private=_config().webhook_private_targets):
        raise Refused(refusal, field="url")


def _new_secret() -> str:
    return rules.SECRET_PREFIX + base64.b64encode(secrets.token_bytes(rules.SECRET_BYTES)).decode()


def _seal() -> Fernet:
    key = hashlib.blake2b(_config().secret_key.encode(), digest_size=32, person=b"webhook secrets").digest()
    return Fernet(base64.urlsafe_b64encode(key))


def _config() -> Config:
    config: Config = current_app.config["FAIRMATCH"]
    return config
