"""Decisions on hours, earnings, payouts and runs by API."""

from typing import Any

import flask_smorest
from flask.views import MethodView

from marketplace import web
from marketplace.accounts.access import current_account
from marketplace.payouts import actions, queries
from marketplace.payouts.actions import Rejection
from marketplace.payouts.models import Payout, PayoutRun
from marketplace.payouts.rules import PayoutState, RunState
from marketplace.payouts.schemas import (
    DecidedShown,
    DecisionsShape,
    EarningsShown,
    OutcomeForm,
    PayoutShown,
    PlanShown,
    PreviewQuery,
    RunForm,
    RunShown,
)
from marketplace.problems import Problem
from marketplace.timesheets.models import TimeEntry

api = flask_smorest.Blueprint("api_payouts", __name__, url_prefix="/api/v1", description="Approval, earnings, payouts")


@api.route("/time-entries/decisions")
class Decisions(MethodView):
    """Decisions on lines."""

    @api.arguments(DecisionsShape)
    @api.response(201, DecidedShown)
    @api.alt_response(404, schema=Problem)
    @api.alt_response(409, schema=Problem)
    def post(self, wish: dict[str, Any]) -> dict[str, list[TimeEntry]]:
        """Approve and reject lines of projects that I manage: all of them, or none."""
        rejections = [Rejection(one["id"], one["reason"], one["note"], one["evidence"]) for one in wish["reject"]]
        entries = actions.decide_lines(wish["approve"], rejections, by=current_account())
        web.commit()
        return {"items": entries}


@api.route("/earnings")
class Earnings(MethodView):
    """What I earned."""

    @api.arguments(web.ListQuery, location="query")
    @api.response(200, EarningsShown)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """Show my balances, and my lines newest first, each with the payout that pays it."""
        account = current_account()
        listed = web.listed(queries.earned_lines(account), TimeEntry.id, query)
        payouts = queries.payouts_by_entry(listed["items"])
        items = [{"entry": entry, "payout": payouts.get(entry.id)} for entry in listed["items"]]
        return listed | {"balances": queries.balances(account), "items": items}


@api.route("/payouts")
class Payouts(MethodView):
    """What I was paid."""

    @api.arguments(web.in_state(PayoutState), location="query")
    @api.response(200, web.listing(PayoutShown))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List my payouts, newest first."""
        return web.listed(queries.own_payouts(current_account()), Payout.id, query)


@api.route("/payouts/<int:payout_id>/outcome")
class Outcomes(MethodView):
    """What the bank did."""

    @api.arguments(OutcomeForm)
    @api.response(200, PayoutShown)
    @api.alt_response(404, schema=Problem)
    @api.alt_response(409, schema=Problem)
    def post(self, wish: dict[str, Any], payout_id: int) -> Payout:
        """Note a payout as paid, failed or returned; the same outcome again changes nothing."""
        payout = actions.record_outcome(payout_id, **wish, by=current_account())
        web.commit()
        return payout


@api.route("/payout-runs")
class PayoutRuns(MethodView):
    """Runs."""

    @api.arguments(web.in_state(RunState), location="query")
    @api.response(200, web.listing(RunShown))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List the payout runs, newest first."""
        return web.listed(queries.runs(), PayoutRun.id, query)

    @api.arguments(RunForm)
    @api.response(201, RunShown)
    @api.alt_response(409, schema=Problem)
    def post(self, wish: dict[str, Any]) -> PayoutRun:
        """Draft a run that pays what is owed in a currency to everybody who can be paid now."""
        run = actions.create_run(wish["currency"], by=current_account())
        web.commit()
        return run


@api.route("/payout-runs/preview")
class Preview(MethodView):
    """A run before it is made."""

    @api.arguments(PreviewQuery, location="query")
    @api.response(200, PlanShown)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """Show whom a run would pay and who is left out and why; nothing is made."""
        plan = queries.plan_run(query["currency"])
        people = [*plan.left_out, *plan.pays]
        return {
            "currency": plan.currency,
            "total_minor": plan.total_minor,
            "pays_count": len(plan.pays),
            "left_out_count": len(plan.left_out),
            "items": people[query["offset"] : query["offset"] + query["limit"]],
        }


@api.route("/payout-runs/<int:run_id>/approval")
class Approvals(MethodView):
    """The second pair of eyes."""

    @api.response(201, RunShown)
    @api.alt_response(404, schema=Problem)
    @api.alt_response(409, schema=Problem)
    def post(self, run_id: int) -> PayoutRun:
        """Approve a run that somebody else drafted."""
        run = actions.approve_run(run_id, by=current_account())
        web.commit()
        return run
