"""The JSON door: a manager's projects."""

from typing import Any

import flask_smorest
from flask.views import MethodView

from marketplace import web
from marketplace.accounts.access import current_account
from marketplace.etags import refuse_stale
from marketplace.problems import Problem
from marketplace.projects import actions, queries
from marketplace.projects.models import Project
from marketplace.projects.rules import ProjectState
from marketplace.projects.schemas import (
    MoveShape,
    NewProjectShape,
    ProjectShape,
    ProjectShown,
    shown,
)

# Named one by one: plain "partial" would let rows of the rate card come without their amounts.
CHANGES = ProjectShape(partial=tuple(ProjectShape().load_fields))

api = flask_smorest.Blueprint("api_projects", __name__, url_prefix="/api/v1", description="Projects")


def listed(statement: Any, query: dict[str, Any]) -> dict[str, Any]:
    """Return one page of projects with requirements and seats taken, in as many queries for one as for fifty."""
    page = web.listed(statement, Project.id, query)
    page["items"] = [shown(view) for view in queries.views(page["items"])]
    return page


@api.route("/projects")
class Projects(MethodView):
    """The projects of my organisations."""

    @api.arguments(web.in_state(ProjectState), location="query")
    @api.response(200, web.listing(ProjectShown))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List the projects of my organisations, newest first."""
        return listed(queries.managed_projects(current_account()), query)

    @api.arguments(NewProjectShape)
    @api.response(201, ProjectShown)
    @api.alt_response(404, schema=Problem, description="The organisation is not there, or not yours.")
    @api.alt_response(422, schema=Problem)
    def post(self, facts: dict[str, Any]) -> dict[str, Any]:
        """Begin a project as a draft."""
        account = current_account()
        organisation = queries.get_own_organisation(facts["organisation_id"], account)
        project = actions.create_project(organisation, facts, by=account)
        web.commit()
        return shown(queries.view(project))


@api.route("/projects/<int:project_id>")
class OneProject(MethodView):
    """One project of my organisations."""

    @api.response(200, ProjectShown)
    @api.alt_response(404, schema=Problem)
    def get(self, project_id: int) -> dict[str, Any]:
        """Show a project."""
        return shown(queries.view(queries.get_project(project_id, current_account())))

    @api.arguments(CHANGES)
    @api.response(200, ProjectShown)
    @api.alt_response(404, schema=Problem)
    @api.alt_response(409, schema=Problem, description="The project is over, or too many seats are taken.")
    @api.alt_response(422, schema=Problem)
    def patch(self, facts: dict[str, Any], project_id: int) -> dict[str, Any]:
        """Change what is sent and leave the rest; changed gates or wishes make a new version of the requirements."""
        account = current_account()
        project = queries.get_project(project_id, account, lock=True)
        refuse_stale(project, ProjectShown, lambda project: shown(queries.view(project)))
        actions.change_project(project_id, queries.facts_of(project) | facts, by=account)
        web.commit()
        return shown(queries.view(project))


@api.route("/projects/<int:project_id>/copies")
class Copies(MethodView):
    """Drafts like a project."""

    @api.response(201, ProjectShown)
    @api.alt_response(404, schema=Problem)
    def post(self, project_id: int) -> dict[str, Any]:
        """Begin a draft that says what a project says, without its dates."""
        copy = actions.duplicate_project(project_id, by=current_account())
        web.commit()
        return shown(queries.view(copy))


@api.route("/projects/<int:project_id>/state")
class ProjectMoves(MethodView):
    """The state of a project."""

    @api.arguments(MoveShape)
    @api.response(200, ProjectShown)
    @api.alt_response(404, schema=Problem)
    @api.alt_response(409, schema=Problem, description="The project cannot go there from where it is.")
    @api.alt_response(422, schema=Problem)
    def post(self, move: dict[str, Any], project_id: int) -> dict[str, Any]:
        """Activate, schedule, pause, resume, complete or archive a project; pausing and completing need a reason."""
        project = queries.get_project(project_id, current_account())
        refuse_stale(project, ProjectShown, lambda project: shown(queries.view(project)))
        project = actions.move_project(project_id, move["state"], move["reason"], by=current_account())
        web.commit()
        return shown(queries.view(project))
