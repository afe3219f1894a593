"""Endpoints of an organisation and what was delivered."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from marketplace.accounts.models import Account, Organisation
from marketplace.db import db
from marketplace.errors import Missing
from marketplace.organisations.queries import get_organisation
from marketplace.webhooks.models import WebhookDelivery, WebhookEndpoint


def endpoints_of(organisation: Organisation) -> sa.Select[Any]:
    """Return the endpoints of *organisation*."""
    return sa.select(WebhookEndpoint).where(WebhookEndpoint.organisation_id == organisation.id)


def get_endpoint(endpoint_id: int, account: Account, *, as_owner: bool = False) -> WebhookEndpoint:
    """Return an endpoint of an organisation of *account*; raises Missing, and NotAllowed for who is no owner."""
    found = db.session.get(WebhookEndpoint, endpoint_id)
    if found is None:
        raise Missing
    get_organisation(found.organisation_id, account, as_owner=as_owner)
    return found


def deliveries_of(endpoint: WebhookEndpoint) -> sa.Select[Any]:
    """Return what was and is to be delivered there, with every try."""
    found = sa.select(WebhookDelivery).where(WebhookDelivery.endpoint_id == endpoint.id)
    return found.options(joinedload(WebhookDelivery.event), selectinload(WebhookDelivery.attempts))


def get_delivery(endpoint: WebhookEndpoint, delivery_id: int) -> WebhookDelivery:
    """Return one delivery of *endpoint*; raises Missing."""
    found = db.session.get(WebhookDelivery, delivery_id)
    if found is None or found.endpoint_id != endpoint.id:
        raise Missing
    return found
