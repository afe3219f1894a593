"""The JSON door of disputes."""

from typing import Any

import flask_smorest
from flask.views import MethodView

from marketplace import web
from marketplace.accounts.access import current_account
from marketplace.disputes import actions
from marketplace.disputes.facts import facts_of
from marketplace.disputes.models import Dispute
from marketplace.disputes.queries import disputes_of, get_line
from marketplace.disputes.rules import DisputeState
from marketplace.disputes.schemas import DisputeShown, LineInQuestionShown, StepShape
from marketplace.problems import Problem

api = flask_smorest.Blueprint("api_disputes", __name__, url_prefix="/api/v1", description="Hours in question")


@api.route("/disputes")
class Disputes(MethodView):
    """Disputes."""

    @api.arguments(web.in_state(DisputeState), location="query")
    @api.response(200, web.listing(DisputeShown))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List the disputes over my hours, those of projects that I manage and, for finance, every appeal."""
        return web.listed(disputes_of(current_account()), Dispute.id, query)


@api.route("/time-entries/<int:entry_id>/dispute")
class LineInQuestion(MethodView):
    """One line and what is said about it."""

    @api.response(200, LineInQuestionShown)
    @api.alt_response(404, schema=Problem)
    def get(self, entry_id: int) -> dict[str, Any]:
        """Show a line, what was written about it, and which steps I may take now."""
        account = current_account()
        return facts_of(get_line(entry_id, account), account)

    @api.arguments(StepShape)
    @api.response(201, LineInQuestionShown)
    @api.alt_response(404, schema=Problem)
    @api.alt_response(409, schema=Problem)
    def post(self, wish: dict[str, Any], entry_id: int) -> dict[str, Any]:
        """Write about a line, or accept, contest, approve, uphold, appeal."""
        account = current_account()
        entry = actions.take_step(entry_id, wish["step"], wish["text"], by=account)
        shown = facts_of(entry, account)
        web.commit()
        return shown
