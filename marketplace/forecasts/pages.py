"""The funnel and the forecast of a project in the browser."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from marketplace import web
from marketplace.accounts.access import current_account
from marketplace.forecasts import queries
from marketplace.projects.queries import get_project
from marketplace.waves.rules import PRIOR

blueprint = Blueprint("forecasts", __name__)


@blueprint.get("/projects/<int:project_id>/forecast")
def show(project_id: int) -> ResponseReturnValue:
    """Show how far people have come, why others declined, and when the seats may be filled."""
    project = get_project(project_id, current_account())
    funnel = queries.funnel_of(project)
    return web.page(
        "forecasts/show.html",
        project=project,
        funnel=funnel,
        reasons=queries.reasons_of(project),
        forecast=queries.forecast_of(project, funnel),
        prior=PRIOR,
    )
