"""Matches and invitations by API."""

from bisect import bisect_right
from typing import Any

import flask_smorest
from flask.views import MethodView

from marketplace import web
from marketplace.accounts.access import current_account
from marketplace.invitations import actions, choosing, queries
from marketplace.invitations.models import Invitation
from marketplace.invitations.narrowing import Narrowing, ranks
from marketplace.invitations.rules import InvitationState
from marketplace.invitations.schemas import (
    DeclineShape,
    InvitationQuery,
    InvitationShown,
    InvitedShown,
    InviteShape,
    MatchesQuery,
    MatchesShown,
    TopShape,
)
from marketplace.matches import actions as matching_actions
from marketplace.matches import queries as match_queries
from marketplace.problems import Problem
from marketplace.projects.queries import get_project
from marketplace.searches.queries import get_search

api = flask_smorest.Blueprint(
    "api_invitations", __name__, url_prefix="/api/v1", description="Matches, and invitations to projects"
)


@api.route("/projects/<int:project_id>/matches")
class Matches(MethodView):
    """Everybody ranked for a project."""

    @api.arguments(MatchesQuery, location="query")
    @api.response(200, MatchesShown)
    @api.alt_response(404, schema=Problem)
    @api.alt_response(409, schema=Problem, description="The wishes are still being read.")
    def get(self, query: dict[str, Any], project_id: int) -> dict[str, Any]:
        """Rank everybody for a project (or repeat the last ranking, when nothing has changed), best first."""
        project = get_project(project_id, current_account())
        search = get_search(project, query["search_id"]) if query["search_id"] else None
        run = matching_actions.make_match_run(project, current_account(), search)
        wanted = Narrowing(query["show"], query["weekly_minutes_at_least"], query["min_rate_at_most_minor"])
        places = ranks(run, project, wanted)
        first = bisect_right(places, query["cursor"] or 0)
        shown = places[first : first + query["limit"]]
        matching_actions.ensure_worded(run, shown)
        web.commit()
        return {
            "run": run,
            "currency": project.currency,
            "gated_out": match_queries.gated_out(run),
            "shown": len(places),
            "items": queries.proposals(run, project, shown),
            "next_cursor": shown[-1] if shown and shown[-1] != places[-1] else None,
        }


@api.route("/projects/<int:project_id>/invitations")
class ProjectInvitations(MethodView):
    """Inviting people to a project."""

    @api.arguments(InviteShape)
    @api.response(201, InvitedShown)
    @api.alt_response(404, schema=Problem)
    @api.alt_response(409, schema=Problem)
    def post(self, wish: dict[str, Any], project_id: int) -> actions.Invited:
        """Invite the people of some matches; the token's owner is the one who confirms it."""
        project = get_project(project_id, current_account())
        invited = actions.invite(project, wish["match_ids"], by=current_account())
        web.commit()
        return invited


@api.route("/projects/<int:project_id>/invitations/top")
class TopInvitations(MethodView):
    """Inviting the best."""

    @api.arguments(TopShape)
    @api.response(201, InvitedShown)
    @api.alt_response(404, schema=Problem)
    @api.alt_response(409, schema=Problem, description="Not active, the wishes are being read, or nobody is left.")
    def post(self, wish: dict[str, Any], project_id: int) -> actions.Invited:
        """Invite the best of the newest ranking whom this project has not invited before; I confirm them all."""
        project = get_project(project_id, current_account())
        invited = choosing.invite_best(project, wish["count"], by=current_account())
        web.commit()
        return invited


@api.route("/invitations")
class Invitations(MethodView):
    """Invitations."""

    @api.arguments(web.in_state(InvitationState, InvitationQuery), location="query")
    @api.response(200, web.listing(InvitationShown))
    @api.alt_response(404, schema=Problem)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List my invitations or, with *project_id*, those of a project that I manage, newest first."""
        account = current_account()
        if query["project_id"] is None:
            return web.listed(queries.own_invitations(account), Invitation.id, query)
        project = get_project(query["project_id"], account)
        return web.listed(queries.invitations_of(project), Invitation.id, query)


@api.route("/invitations/<int:invitation_id>")
class OneInvitation(MethodView):
    """One invitation."""

    @api.response(200, InvitationShown)
    @api.alt_response(404, schema=Problem)
    def get(self, invitation_id: int) -> Invitation:
        """Read an invitation; by API this does not count as having opened it."""
        return queries.get_invitation(invitation_id, current_account())


@api.route("/invitations/<int:invitation_id>/decline")
class Declines(MethodView):
    """Saying no."""

    @api.arguments(DeclineShape)
    @api.response(200, InvitationShown)
    @api.alt_response(404, schema=Problem)
    @api.alt_response(409, schema=Problem)
    def post(self, answer: dict[str, Any], invitation_id: int) -> Invitation:
        """Decline an invitation, with a reason."""
        invitation = queries.get_own_invitation(invitation_id, current_account())
        actions.decline_invitation(invitation, answer["reason"], answer["note"], by=current_account())
        web.commit()
        return invitation


@api.route("/invitations/<int:invitation_id>/reopening")
class Reopenings(MethodView):
    """Taking a no back."""

    @api.response(200, InvitationShown)
    @api.alt_response(404, schema=Problem)
    @api.alt_response(409, schema=Problem, description="It was not declined, or more than ten minutes ago.")
    def post(self, invitation_id: int) -> Invitation:
        """Take back that I declined, within ten minutes; until then nobody is told of it by webhook."""
        invitation = queries.get_own_invitation(invitation_id, current_account())
        actions.reopen_invitation(invitation, by=current_account())
        web.commit()
        return invitation


@api.route("/invitations/<int:invitation_id>/withdrawal")
class Withdrawals(MethodView):
    """Taking an invitation back."""

    @api.response(200, InvitationShown)
    @api.alt_response(404, schema=Problem)
    @api.alt_response(409, schema=Problem)
    def post(self, invitation_id: int) -> Invitation:
        """Withdraw an open invitation of a project that I manage."""
        invitation = queries.get_managed_invitation(invitation_id, current_account())
        actions.withdraw_invitation(invitation, by=current_account())
        web.commit()
        return invitation
