"""Counting people by API; matches themselves are told by the feature above, with their invitations."""

from typing import Any

import flask_smorest
from flask.views import MethodView

from marketplace.matches.reach import Reach, reach
from marketplace.matches.schemas import ReachShape, ReachShown
from marketplace.problems import Problem
from matching.gates import nodes_from_specs

api = flask_smorest.Blueprint("api_matches", __name__, url_prefix="/api/v1", description="How many people pass")


@api.route("/reach")
class PeopleReached(MethodView):
    """How far gates reach."""

    @api.arguments(ReachShape)
    @api.response(200, ReachShown)
    @api.alt_response(422, schema=Problem)
    def post(self, asked: dict[str, Any]) -> Reach:
        """Count who passes gates that need not be any project's, and whom each weaker form would add; keeps nothing."""
        return reach(nodes_from_specs(asked["gates"]))
