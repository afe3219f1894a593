"""The JSON door of guidelines."""

from typing import Any

import flask_smorest
from flask.views import MethodView

from marketplace import web
from marketplace.accounts.access import current_account
from marketplace.guidelines import actions, queries
from marketplace.guidelines.models import GuidelineVersion
from marketplace.guidelines.schemas import GuidelineListed, GuidelineShape, GuidelineShown
from marketplace.problems import Problem
from marketplace.projects.queries import get_project

api = flask_smorest.Blueprint(
    "api_guidelines", __name__, url_prefix="/api/v1", description="The guidelines of projects, version by version"
)


@api.route("/projects/<int:project_id>/guidelines")
class Guidelines(MethodView):
    """The versions of a project's guidelines."""

    @api.arguments(web.ListQuery, location="query")
    @api.response(200, web.listing(GuidelineListed))
    @api.alt_response(404, schema=Problem)
    def get(self, query: dict[str, Any], project_id: int) -> dict[str, Any]:
        """List the versions, newest first, for those who manage, work on, or are invited to the project."""
        project = queries.get_readable_project(project_id, current_account())
        return web.listed(queries.versions_of(project.id), GuidelineVersion.id, query)

    @api.arguments(GuidelineShape)
    @api.response(201, GuidelineShown)
    @api.alt_response(404, schema=Problem)
    @api.alt_response(409, schema=Problem, description="Another version was written meanwhile, or nothing is new.")
    @api.alt_response(422, schema=Problem)
    def post(self, told: dict[str, Any], project_id: int) -> GuidelineVersion:
        """Write a new version; whoever works by the guidelines is told what is new."""
        account = current_account()
        project = get_project(project_id, account)
        version = actions.write_version(project, told["text"], told["change"], told["expected"], by=account)
        web.commit()
        return version


@api.route("/projects/<int:project_id>/guidelines/<int:number>")
class OneGuideline(MethodView):
    """One version of a project's guidelines."""

    @api.response(200, GuidelineShown)
    @api.alt_response(404, schema=Problem)
    def get(self, project_id: int, number: int) -> GuidelineVersion:
        """Show one version with its text in Markdown."""
        project = queries.get_readable_project(project_id, current_account())
        return queries.get_version(project.id, number)
