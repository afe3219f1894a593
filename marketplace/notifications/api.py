"""Notifications by API: list them, mark them read, choose how to be told."""

from typing import Any

import flask_smorest
from flask.views import MethodView

from marketplace import web
from marketplace.accounts.access import current_account
from marketplace.etags import refuse_stale
from marketplace.notices import Notification
from marketplace.notifications import actions, queries
from marketplace.notifications.schemas import (
    ChoicesShape,
    NotificationQuery,
    NotificationShown,
    PreferencesShown,
    ReadingShape,
    ReadingShown,
)
from marketplace.problems import Problem

api = flask_smorest.Blueprint("api_notifications", __name__, url_prefix="/api/v1", description="Notifications")


@api.route("/notifications")
class Notifications(MethodView):
    """What I was told."""

    @api.arguments(NotificationQuery, location="query")
    @api.response(200, web.listing(NotificationShown))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List what changed and why, newest first, of the last 180 days."""
        found = queries.notifications_of(current_account(), query["kind"], unread=query["unread"])
        return web.listed(found, Notification.id, query)


@api.route("/notifications/reading")
class Readings(MethodView):
    """Having seen everything."""

    @api.arguments(ReadingShape)
    @api.response(200, ReadingShown)
    def post(self, wish: dict[str, Any]) -> dict[str, int]:
        """Mark everything read or, with *up_to*, what came no later than that notification."""
        read = actions.read_all(current_account(), wish["up_to"])
        web.commit()
        return {"read": read}


@api.route("/notifications/<int:notification_id>/reading")
class OneReading(MethodView):
    """Having seen one."""

    @api.response(200, NotificationShown)
    @api.alt_response(404, schema=Problem)
    def post(self, notification_id: int) -> Notification:
        """Mark one read; marking it again changes nothing."""
        notification = queries.get_notification(notification_id, current_account())
        actions.read_one(notification)
        web.commit()
        return notification


@api.route("/notifications/preferences")
class Preferences(MethodView):
    """How I am told."""

    @api.response(200, PreferencesShown)
    def get(self) -> dict[str, Any]:
        """Show how I am told of each kind: mail at once, in the daily digest, or on the page only."""
        return queries.preferences_of(current_account())

    @api.arguments(ChoicesShape)
    @api.response(200, PreferencesShown)
    @api.alt_response(409, schema=Problem)
    def put(self, wish: dict[str, Any]) -> dict[str, Any]:
        """Choose how to be told; security and payments are always mailed at once."""
        account = current_account()
        refuse_stale(account, PreferencesShown, queries.preferences_of)
        actions.choose(account, wish["choices"], by=account)
        web.commit()
        return queries.preferences_of(account)
