"""Engagements by API."""

from typing import Any

import flask_smorest
from flask.views import MethodView

from marketplace import web
from marketplace.accounts.access import current_account
from marketplace.invitations.queries import get_own_invitation
from marketplace.problems import Problem
from marketplace.projects.queries import get_project
from marketplace.work import actions, queries
from marketplace.work.models import Engagement
from marketplace.work.rules import EngagementState
from marketplace.work.schemas import AcceptanceShown, EngagementQuery, EngagementShown

api = flask_smorest.Blueprint("api_work", __name__, url_prefix="/api/v1", description="Engagements")


@api.route("/invitations/<int:invitation_id>/acceptance")
class Acceptances(MethodView):
    """Saying yes."""

    @api.response(201, AcceptanceShown)
    @api.alt_response(404, schema=Problem)
    @api.alt_response(409, schema=Problem)
    def post(self, invitation_id: int) -> actions.Acceptance:
        """Accept an invitation: an engagement begins or, when all seats are taken, you join the waitlist."""
        account = current_account()
        acceptance = actions.accept_invitation(get_own_invitation(invitation_id, account), by=account)
        web.commit()
        return acceptance


@api.route("/engagements")
class Engagements(MethodView):
    """Engagements."""

    @api.arguments(web.in_state(EngagementState, EngagementQuery), location="query")
    @api.response(200, web.listing(EngagementShown))
    @api.alt_response(404, schema=Problem)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List my engagements or, with *project_id*, those of a project that I manage, newest first."""
        account = current_account()
        if query["project_id"] is None:
            return web.listed(queries.engagements_of(account), Engagement.id, query)
        project = get_project(query["project_id"], account)
        return web.listed(queries.team_of(project), Engagement.id, query)


@api.route("/engagements/<int:engagement_id>")
class OneEngagement(MethodView):
    """One engagement."""

    @api.response(200, EngagementShown)
    @api.alt_response(404, schema=Problem)
    def get(self, engagement_id: int) -> Engagement:
        """Read one engagement that I work under or manage."""
        return queries.get_engagement(engagement_id, current_account())
