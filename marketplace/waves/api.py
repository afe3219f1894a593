"""Inviting in waves by API."""

from typing import Any

import flask_smorest
from flask.views import MethodView

from marketplace import web
from marketplace.accounts.access import current_account
from marketplace.problems import Problem
from marketplace.projects.queries import get_project
from marketplace.waves import actions, queries
from marketplace.waves.models import Wave, WavePlan
from marketplace.waves.rules import PlanState
from marketplace.waves.schemas import WavePlanShape, WavePlanShown, WaveShown

api = flask_smorest.Blueprint("api_waves", __name__, url_prefix="/api/v1", description="Inviting in waves")


@api.route("/projects/<int:project_id>/wave-plans")
class WavePlans(MethodView):
    """The rules by which a project invites in waves."""

    @api.arguments(web.in_state(PlanState), location="query")
    @api.response(200, web.listing(WavePlanShown))
    @api.alt_response(404, schema=Problem)
    def get(self, query: dict[str, Any], project_id: int) -> dict[str, Any]:
        """List the wave plans of a project, newest first; one at most is running."""
        project = get_project(project_id, current_account())
        return web.listed(queries.plans_of(project), WavePlan.id, query)

    @api.arguments(WavePlanShape)
    @api.response(201, WavePlanShown)
    @api.alt_response(404, schema=Problem)
    @api.alt_response(409, schema=Problem, description="The project is not active, has no such seats, or waves run.")
    def post(self, rule: dict[str, Any], project_id: int) -> WavePlan:
        """Confirm a rule; the first wave goes out at once. The token's owner is the named manager who confirms it."""
        project = get_project(project_id, current_account())
        plan = actions.start_plan(project, rule, by=current_account())
        web.commit()
        return plan


@api.route("/wave-plans/<int:plan_id>")
class OneWavePlan(MethodView):
    """One wave plan."""

    @api.response(200, WavePlanShown)
    @api.alt_response(404, schema=Problem)
    def get(self, plan_id: int) -> WavePlan:
        """Read a wave plan of a project that I manage."""
        return queries.get_plan(plan_id, current_account())


@api.route("/wave-plans/<int:plan_id>/stop")
class WavePlanStops(MethodView):
    """Stopping waves."""

    @api.response(200, WavePlanShown)
    @api.alt_response(404, schema=Problem)
    @api.alt_response(409, schema=Problem, description="The plan has ended already.")
    def post(self, plan_id: int) -> WavePlan:
        """Send no further wave. Invitations that are out stay open until they are answered, expire or are withdrawn."""
        plan = queries.get_plan(plan_id, current_account())
        actions.stop_plan(plan, by=current_account())
        web.commit()
        return plan


@api.route("/wave-plans/<int:plan_id>/waves")
class Waves(MethodView):
    """The waves of a plan."""

    @api.arguments(web.ListQuery, location="query")
    @api.response(200, web.listing(WaveShown))
    @api.alt_response(404, schema=Problem)
    def get(self, query: dict[str, Any], plan_id: int) -> dict[str, Any]:
        """List the waves of a plan, newest first, each with what its size rests on and whom it passed over."""
        plan = queries.get_plan(plan_id, current_account())
        return web.listed(queries.waves_of(plan), Wave.id, query)
