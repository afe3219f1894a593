"""The JSON door of marks and notes."""

from typing import Any

import flask_smorest
from flask.views import MethodView

from marketplace import web
from marketplace.accounts.access import current_account
from marketplace.matches.queries import chosen_matches
from marketplace.problems import Problem
from marketplace.projects.queries import get_project
from marketplace.shortlists import actions, queries
from marketplace.shortlists.models import CandidateMark, CandidateNote
from marketplace.shortlists.schemas import MarkQuery, MarkShape, MarkShown, NoteShape, NoteShown

api = flask_smorest.Blueprint(
    "api_shortlists", __name__, url_prefix="/api/v1", description="Marks and notes about people in a ranking"
)


@api.route("/projects/<int:project_id>/marks")
class Marks(MethodView):
    """Who has a mark for a project."""

    @api.arguments(MarkQuery, location="query")
    @api.response(200, web.listing(MarkShown))
    @api.alt_response(404, schema=Problem)
    def get(self, query: dict[str, Any], project_id: int) -> dict[str, Any]:
        """List who is shortlisted for a project, and who is not chosen and why, newest mark first."""
        statement = queries.marked(get_project(project_id, current_account()))
        if query["mark"] is not None:
            statement = statement.where(CandidateMark.mark == query["mark"])
        return web.listed(statement, CandidateMark.id, query)


@api.route("/projects/<int:project_id>/matches/<int:match_id>/mark")
class OneMark(MethodView):
    """The mark of one person in a ranking."""

    @api.arguments(MarkShape)
    @api.response(204)
    @api.alt_response(404, schema=Problem)
    @api.alt_response(409, schema=Problem, description="The reason is missing or out of place.")
    @api.alt_response(422, schema=Problem)
    def put(self, told: dict[str, Any], project_id: int, match_id: int) -> None:
        """Shortlist somebody, mark them as not chosen with a reason, or (null) take the mark away."""
        account = current_account()
        project = get_project(project_id, account)
        actions.mark_candidate(project, match_id, told["mark"], told["reason"], told["note"], by=account)
        web.commit()


@api.route("/projects/<int:project_id>/matches/<int:match_id>/notes")
class Notes(MethodView):
    """Notes about one person in a ranking."""

    @api.response(200, NoteShown(many=True))
    @api.alt_response(404, schema=Problem)
    def get(self, project_id: int, match_id: int) -> list[CandidateNote]:
        """List the notes about somebody, oldest first."""
        project = get_project(project_id, current_account())
        ((match, _),) = chosen_matches(project, [match_id])
        return queries.notes_of(project, [match.profile_id]).get(match.profile_id, [])

    @api.arguments(NoteShape)
    @api.response(201, NoteShown)
    @api.alt_response(404, schema=Problem)
    @api.alt_response(409, schema=Problem, description="There are too many notes already.")
    @api.alt_response(422, schema=Problem)
    def post(self, told: dict[str, Any], project_id: int, match_id: int) -> CandidateNote:
        """Write a note about somebody, for the managers of the project."""
        account = current_account()
        note = actions.add_note(get_project(project_id, account), match_id, told["text"], by=account)
        web.commit()
        return note
