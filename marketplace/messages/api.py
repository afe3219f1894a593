"""Messages by API."""

from typing import Any

import flask_smorest
from flask.views import MethodView

from marketplace import web
from marketplace.accounts.access import current_account
from marketplace.messages import actions, queries
from marketplace.messages.models import Message
from marketplace.messages.schemas import MessageShape, MessageShown, TeamMessage, TeamMessagesShown
from marketplace.problems import Problem
from marketplace.projects.queries import get_project
from marketplace.work.queries import get_engagement

api = flask_smorest.Blueprint("api_messages", __name__, url_prefix="/api/v1", description="Messages")


@api.route("/engagements/<int:engagement_id>/messages")
class Messages(MethodView):
    """The thread of an engagement."""

    @api.arguments(web.ListQuery, location="query")
    @api.response(200, web.listing(MessageShown))
    @api.alt_response(404, schema=Problem)
    def get(self, query: dict[str, Any], engagement_id: int) -> dict[str, Any]:
        """List the messages of an engagement that I work under or manage, newest first."""
        engagement = get_engagement(engagement_id, current_account())
        return web.listed(queries.thread_of(engagement), Message.id, query)

    @api.arguments(MessageShape)
    @api.response(201, MessageShown)
    @api.alt_response(404, schema=Problem)
    @api.alt_response(409, schema=Problem)
    def post(self, wish: dict[str, Any], engagement_id: int) -> Message:
        """Write to the other side; whoever works on the project answers what a manager wrote."""
        account = current_account()
        message = actions.write(get_engagement(engagement_id, account), wish["text"], by=account)
        web.commit()
        return message


@api.route("/projects/<int:project_id>/messages")
class TeamMessages(MethodView):
    """Writing to a team."""

    @api.arguments(TeamMessage)
    @api.response(201, TeamMessagesShown)
    @api.alt_response(404, schema=Problem)
    @api.alt_response(409, schema=Problem)
    def post(self, wish: dict[str, Any], project_id: int) -> dict[str, Any]:
        """Write to everybody on a project that I manage, or to those of *engagement_ids*, each in their own thread."""
        account = current_account()
        project = get_project(project_id, account)
        messages = actions.write_to_team(project, wish["text"], wish["engagement_ids"], by=account)
        web.commit()
        return {"messages": messages}
