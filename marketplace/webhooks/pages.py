"""Webhooks as the owners of an organisation see them in the browser."""

from typing import Any

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from marketplace import web
from marketplace.accounts.access import current_account
from marketplace.db import db
from marketplace.events import KINDS
from marketplace.organisations.queries import get_organisation, is_owner
from marketplace.webhooks import actions, queries
from marketplace.webhooks.models import WebhookDelivery, WebhookEndpoint
from marketplace.webhooks.schemas import EndpointChange, EndpointForm
from marketplace.words import say

blueprint = Blueprint("webhooks", __name__)


@blueprint.route("/organisations/<int:organisation_id>/webhooks", methods=["GET", "POST"])
def index(organisation_id: int) -> ResponseReturnValue:
    """List the webhooks of an organisation, and add one."""
    account = current_account()
    organisation = get_organisation(organisation_id, account)
    secret = ""
    with web.form(EndpointForm) as form:
        if form.submitted:
            get_organisation(organisation_id, account, as_owner=True)
            _, secret = actions.add_endpoint(organisation, **form.load(), by=account)
            web.commit()
    return web.page(
        "webhooks/index.html",
        form=None if secret else form,
        organisation=organisation,
        secret=secret,
        endpoints=list(db.session.scalars(queries.endpoints_of(organisation).order_by(WebhookEndpoint.id))),
        kinds=KINDS,
        may_change=is_owner(organisation, account),
    ), form.status


@blueprint.route("/webhooks/<int:webhook_id>", methods=["GET", "POST"])
def show(webhook_id: int) -> ResponseReturnValue:
    """Show a webhook with what was told to it, and change it."""
    endpoint = queries.get_endpoint(webhook_id, current_account())
    as_it_is = {name: getattr(endpoint, name) for name in ("url", "description", "kinds", "enabled")}
    with web.form(EndpointChange, as_it_is) as form:
        if form.submitted:
            endpoint = queries.get_endpoint(webhook_id, current_account(), as_owner=True)
            actions.change_endpoint(endpoint, **form.load(), by=current_account())
            web.commit()
            flash(say("Saved."), "success")
            return redirect(url_for("webhooks.show", webhook_id=webhook_id))
    return _page(endpoint, form), form.status


@blueprint.post("/webhooks/<int:webhook_id>/secret")
def replace_secret(webhook_id: int) -> ResponseReturnValue:
    """Replace the secret, and show the new one this once."""
    endpoint = queries.get_endpoint(webhook_id, current_account(), as_owner=True)
    secret = actions.replace_secret(endpoint, by=current_account())
    web.commit()
    return web.page("webhooks/secret.html", endpoint=endpoint, secret=secret)


@blueprint.post("/webhooks/<int:webhook_id>/test")
def test(webhook_id: int) -> ResponseReturnValue:
    """Send a test."""
    actions.send_test(queries.get_endpoint(webhook_id, current_account(), as_owner=True), by=current_account())
    web.commit()
    flash(say("A test is on its way."), "success")
    return redirect(url_for("webhooks.show", webhook_id=webhook_id))


@blueprint.post("/webhooks/<int:webhook_id>/delete")
def delete(webhook_id: int) -> ResponseReturnValue:
    """Delete a webhook."""
    endpoint = queries.get_endpoint(webhook_id, current_account(), as_owner=True)
    organisation_id = endpoint.organisation_id
    actions.delete_endpoint(endpoint, by=current_account())
    web.commit()
    flash(say("The webhook is deleted."), "success")
    return redirect(url_for("webhooks.index", organisation_id=organisation_id))


@blueprint.post("/webhooks/<int:webhook_id>/deliveries/<int:delivery_id>/again")
def send_again(webhook_id: int, delivery_id: int) -> ResponseReturnValue:
    """Send a message once more."""
    endpoint = queries.get_endpoint(webhook_id, current_account(), as_owner=True)
    actions.send_again(queries.get_delivery(endpoint, delivery_id), by=current_account())
    web.commit()
    flash(say("It is on its way once more."), "success")
    return redirect(url_for("webhooks.show", webhook_id=webhook_id))


def _page(endpoint: WebhookEndpoint, form: web.Form) -> Any:
    deliveries = web.listed(queries.deliveries_of(endpoint), WebhookDelivery.id, web.list_query())
    cursor = deliveries["next_cursor"]
    return web.page(
        "webhooks/show.html",
        endpoint=endpoint,
        form=form,
        deliveries=deliveries["items"],
        older_url=url_for("webhooks.show", webhook_id=endpoint.id, cursor=cursor) if cursor else "",
        kinds=KINDS,
        may_change=is_owner(endpoint.organisation, current_account()),
    )
