"""The JSON door of budgets."""

import flask_smorest
from flask.views import MethodView

from marketplace.accounts.access import current_account
from marketplace.budgets import queries
from marketplace.budgets.queries import Burndown
from marketplace.budgets.schemas import BudgetShown
from marketplace.problems import Problem
from marketplace.projects.queries import get_project

api = flask_smorest.Blueprint("api_budgets", __name__, url_prefix="/api/v1", description="Budgets of projects")


@api.route("/projects/<int:project_id>/budget")
class Budgets(MethodView):
    """The budget of a project."""

    @api.response(200, BudgetShown)
    @api.alt_response(404, schema=Problem)
    def get(self, project_id: int) -> Burndown:
        """Show how far the budget is used, week by week, and when it is used up at the pace of the last weeks."""
        return queries.burndown_of(get_project(project_id, current_account()))
