"""The JSON door: what was read in one's résumé, and answering it."""

from typing import Any

import flask_smorest
from flask.views import MethodView

from marketplace import web
from marketplace.accounts.access import current_account
from marketplace.problems import Problem
from marketplace.profiles.queries import get_own_resume
from marketplace.profiles.rules import FactSaid
from marketplace.readings import actions, queries
from marketplace.readings.rules import Found
from marketplace.readings.schemas import AnswerShape, FoundFactShown, FoundFactsShown

api = flask_smorest.Blueprint(
    "api_readings", __name__, url_prefix="/api/v1", description="Facts that were read in a résumé"
)


@api.route("/profile/resumes/<int:resume_id>/facts")
class FoundFacts(MethodView):
    """The facts read in one résumé of whoever asks."""

    @api.response(200, FoundFactsShown)
    @api.alt_response(404, schema=Problem)
    def get(self, resume_id: int) -> dict[str, Any]:
        """List what was read in my résumé, with how each fact stands to my profile."""
        return {"items": queries.found_in(get_own_resume(resume_id, current_account()))}


@api.route("/profile/resumes/<int:resume_id>/facts/<int:number>")
class OneFoundFact(MethodView):
    """One fact read in one résumé of whoever asks."""

    @api.arguments(AnswerShape)
    @api.response(200, FoundFactShown)
    @api.alt_response(404, schema=Problem)
    @api.alt_response(409, schema=Problem, description="The résumé was read anew, or the profile is full.")
    @api.alt_response(422, schema=Problem)
    def put(self, said: dict[str, Any], resume_id: int, number: int) -> Found:
        """Put a fact into my profile in my words, dismiss it, or (null) be asked again."""
        account = current_account()
        resume = get_own_resume(resume_id, account)
        if said["answer"] is FactSaid.ACCEPTED:
            told = said["language"] or said["degree"]
            actions.accept_fact(resume, number, said["key"], told, by=account)
        elif said["answer"] is FactSaid.DISMISSED:
            actions.dismiss_fact(resume, number, said["key"], by=account)
        else:
            actions.reopen_fact(resume, number, said["key"], by=account)
        web.commit()
        return queries.found_in(resume)[number]
