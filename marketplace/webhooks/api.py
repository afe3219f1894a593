"""The JSON door: webhooks of an organisation, and what was delivered."""

from typing import Any

import flask_smorest
from flask.views import MethodView
from marshmallow import fields, validate

from marketplace import web
from marketplace.accounts.access import current_account
from marketplace.organisations.queries import get_organisation
from marketplace.problems import Problem
from marketplace.webhooks import actions, queries
from marketplace.webhooks.models import WebhookDelivery, WebhookEndpoint
from marketplace.webhooks.rules import DeliveryState
from marketplace.webhooks.schemas import DeliveryShown, EndpointChange, EndpointMade, EndpointShown, NewEndpoint

api = flask_smorest.Blueprint("api_webhooks", __name__, url_prefix="/api/v1", description="Webhooks")
CHANGES = EndpointChange(partial=True)


class EndpointQuery(web.ListQuery):
    """The webhooks of which organisation."""

    organisation_id = fields.Integer(required=True, validate=validate.Range(1, 2**62))


@api.route("/webhooks")
class Webhooks(MethodView):
    """Webhooks."""

    @api.arguments(EndpointQuery, location="query")
    @api.response(200, web.listing(EndpointShown))
    @api.alt_response(404, schema=Problem, description="The organisation is not there, or not yours.")
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List the webhooks of an organisation."""
        organisation = get_organisation(query["organisation_id"], current_account())
        return web.listed(queries.endpoints_of(organisation), WebhookEndpoint.id, query)

    @api.arguments(NewEndpoint)
    @api.response(201, EndpointMade)
    @api.alt_response(404, schema=Problem, description="The organisation is not there, or not yours.")
    def post(self, wish: dict[str, Any]) -> dict[str, Any]:
        """Add a webhook; for owners.  The secret is shown this once."""
        organisation = get_organisation(wish.pop("organisation_id"), current_account(), as_owner=True)
        endpoint, secret = actions.add_endpoint(organisation, **wish, by=current_account())
        web.commit()
        return _made(endpoint, secret)


@api.route("/webhooks/<int:webhook_id>")
class OneWebhook(MethodView):
    """One webhook."""

    @api.response(200, EndpointShown)
    def get(self, webhook_id: int) -> WebhookEndpoint:
        """Show a webhook."""
        return queries.get_endpoint(webhook_id, current_account())

    @api.arguments(CHANGES)
    @api.response(200, EndpointShown)
    def patch(self, wish: dict[str, Any], webhook_id: int) -> WebhookEndpoint:
        """Change what is sent and leave the rest; for owners."""
        endpoint = queries.get_endpoint(webhook_id, current_account(), as_owner=True)
        as_it_is = {name: getattr(endpoint, name) for name in ("url", "kinds", "description", "enabled")}
        actions.change_endpoint(endpoint, **(as_it_is | wish), by=current_account())
        web.commit()
        return endpoint

    @api.response(204)
    def delete(self, webhook_id: int) -> None:
        """Delete a webhook with what was told to it; for owners."""
        endpoint = queries.get_endpoint(webhook_id, current_account(), as_owner=True)
        actions.delete_endpoint(endpoint, by=current_account())
        web.commit()


@api.route("/webhooks/<int:webhook_id>/secret")
class Secrets(MethodView):
    """The secret that messages are signed with."""

    @api.response(201, EndpointMade)
    def post(self, webhook_id: int) -> dict[str, Any]:
        """Replace the secret; for owners.  For a day messages are signed with the old one too."""
        endpoint = queries.get_endpoint(webhook_id, current_account(), as_owner=True)
        secret = actions.replace_secret(endpoint, by=current_account())
        web.commit()
        return _made(endpoint, secret)


@api.route("/webhooks/<int:webhook_id>/test")
class Tests(MethodView):
    """Whether a webhook works."""

    @api.response(201, DeliveryShown)
    def post(self, webhook_id: int) -> WebhookDelivery:
        """Send a message of the type ``webhook.test``; for owners."""
        endpoint = queries.get_endpoint(webhook_id, current_account(), as_owner=True)
        delivery = actions.send_test(endpoint, by=current_account())
        web.commit()
        return delivery


@api.route("/webhooks/<int:webhook_id>/deliveries")
class Deliveries(MethodView):
    """What was told."""

    @api.arguments(web.in_state(DeliveryState), location="query")
    @api.response(200, web.listing(DeliveryShown))
    def get(self, query: dict[str, Any], webhook_id: int) -> dict[str, Any]:
        """List the deliveries with every try, newest first."""
        endpoint = queries.get_endpoint(webhook_id, current_account())
        return web.listed(queries.deliveries_of(endpoint), WebhookDelivery.id, query)


@api.route("/webhooks/<int:webhook_id>/deliveries/<int:delivery_id>/replay")
class Replays(MethodView):
    """Telling once more."""

    @api.response(201, DeliveryShown)
    def post(self, webhook_id: int, delivery_id: int) -> WebhookDelivery:
        """Send a message once more, under the same id; for owners."""
        endpoint = queries.get_endpoint(webhook_id, current_account(), as_owner=True)
        delivery = queries.get_delivery(endpoint, delivery_id)
        actions.send_again(delivery, by=current_account())
        web.commit()
        return delivery


def _made(endpoint: WebhookEndpoint, secret: str) -> dict[str, Any]:
    return {name: getattr(endpoint, name) for name in EndpointShown().fields} | {"secret": secret}
