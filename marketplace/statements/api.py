"""The JSON door of statements: one's own, and for finance anybody's."""

from typing import Any

import flask_smorest
from flask.views import MethodView

from marketplace.accounts.access import current_account
from marketplace.problems import Problem
from marketplace.profiles.queries import find_own_profile, own_profile
from marketplace.statements import queries
from marketplace.statements.rules import Statement
from marketplace.statements.schemas import StatementQuery, StatementShown, StatementsShown

api = flask_smorest.Blueprint(
    "api_statements", __name__, url_prefix="/api/v1", description="Statements: every movement of a month or year"
)


@api.route("/statements")
class Statements(MethodView):
    """My statements."""

    @api.response(200, StatementsShown)
    def get(self) -> dict[str, Any]:
        """List the months and years in which my money moved, by currency, with their sums."""
        profile = find_own_profile(current_account())
        return {"currencies": queries.listed(profile) if profile else []}


@api.route("/statements/<string(minlength=1, maxlength=9):period>")
class OneStatement(MethodView):
    """One of my statements."""

    @api.arguments(StatementQuery, location="query")
    @api.response(200, StatementShown)
    @api.alt_response(404, schema=Problem)
    def get(self, query: dict[str, Any], period: str) -> Statement:
        """Show every movement of a month (2026-11) or a year (2026), each down to its time entry or payout."""
        return queries.statement(own_profile(current_account()), period, query["currency"])


@api.route("/people/<int:profile_id>/statements")
class StatementsOfPerson(MethodView):
    """The statements of anybody."""

    @api.response(200, StatementsShown)
    @api.alt_response(404, schema=Problem)
    def get(self, profile_id: int) -> dict[str, Any]:
        """List the months and years in which somebody's money moved; for finance and auditors."""
        return {"currencies": queries.listed(queries.get_profile(profile_id))}


@api.route("/people/<int:profile_id>/statements/<string(minlength=1, maxlength=9):period>")
class OneStatementOfPerson(MethodView):
    """One statement of anybody."""

    @api.arguments(StatementQuery, location="query")
    @api.response(200, StatementShown)
    @api.alt_response(404, schema=Problem)
    def get(self, query: dict[str, Any], profile_id: int, period: str) -> Statement:
        """Show every movement of somebody's month or year; for finance and auditors."""
        return queries.statement(queries.get_profile(profile_id), period, query["currency"])
