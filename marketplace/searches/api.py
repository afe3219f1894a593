"""The JSON door of searches."""

from typing import Any

import flask_smorest
from flask.views import MethodView

from marketplace import web
from marketplace.accounts.access import current_account
from marketplace.problems import Problem
from marketplace.projects.queries import get_project
from marketplace.searches import actions, queries
from marketplace.searches.models import PeopleSearch
from marketplace.searches.schemas import SearchShape, SearchShown

api = flask_smorest.Blueprint(
    "api_searches", __name__, url_prefix="/api/v1", description="Searching among the people for a project"
)


@api.route("/projects/<int:project_id>/searches")
class Searches(MethodView):
    """What managers looked for among the people for a project."""

    @api.arguments(web.ListQuery, location="query")
    @api.response(200, web.listing(SearchShown))
    @api.alt_response(404, schema=Problem)
    def get(self, query: dict[str, Any], project_id: int) -> dict[str, Any]:
        """List searches, newest first."""
        project = get_project(project_id, current_account())
        return web.listed(queries.searches_of(project), PeopleSearch.id, query)

    @api.arguments(SearchShape)
    @api.response(201, SearchShown)
    @api.alt_response(404, schema=Problem)
    @api.alt_response(422, schema=Problem)
    def post(self, told: dict[str, Any], project_id: int) -> PeopleSearch:
        """Look for words among the people who pass the gates of a project; matches with its id list who is found."""
        account = current_account()
        search = actions.start_search(get_project(project_id, account), told["text"], by=account)
        web.commit()
        return search
