"""The funnel and the forecast of a project by API."""

from typing import Any

import flask_smorest
from flask.views import MethodView

from marketplace.accounts.access import current_account
from marketplace.forecasts import queries
from marketplace.forecasts.schemas import ProjectForecastShown
from marketplace.problems import Problem
from marketplace.projects.queries import get_project

api = flask_smorest.Blueprint("api_forecasts", __name__, url_prefix="/api/v1", description="Funnel and forecast")


@api.route("/projects/<int:project_id>/forecast")
class Forecasts(MethodView):
    """How far people have come, and when the seats may be filled."""

    @api.response(200, ProjectForecastShown)
    @api.alt_response(404, schema=Problem)
    def get(self, project_id: int) -> dict[str, Any]:
        """Read the funnel of a project by day, why people declined, and by when its seats are filled in P50 and P90."""
        project = get_project(project_id, current_account())
        funnel, reasons = queries.funnel_of(project), queries.reasons_of(project)
        return {
            "project_id": project.id,
            "funnel": funnel,
            "declined": [
                {"reason": reason, "words": words, "people": people} for reason, words, people in reasons.declined
            ],
            "expired": reasons.expired,
            "forecast": queries.forecast_of(project, funnel),
        }
