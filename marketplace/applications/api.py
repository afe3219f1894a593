"""The JSON door: open projects, how I stand to them, applications and their answers."""

from typing import Any

import flask_smorest
from flask.views import MethodView
from flask_login import current_user
from marshmallow import ValidationError

from marketplace import web
from marketplace.accounts.access import current_account
from marketplace.accounts.models import Account
from marketplace.applications import actions, open_projects, queries, why
from marketplace.applications.models import Application
from marketplace.applications.rules import ApplicationState
from marketplace.applications.schemas import (
    AcceptShape,
    ApplicationDeclineShape,
    ApplicationQuery,
    ApplicationShown,
    ApplyShape,
    OpenProjectQuery,
    OwnStandingShown,
    WhyQuery,
    WhyShown,
)
from marketplace.etags import refuse_stale
from marketplace.problems import Problem
from marketplace.profiles.models import AnnotatorProfile
from marketplace.profiles.queries import find_own_profile, own_profile
from marketplace.projects import queries as project_queries
from marketplace.projects.queries import get_project
from marketplace.projects.schemas import OpenProjectShown
from marketplace.projects.schemas import shown as project_shown

api = flask_smorest.Blueprint(
    "api_applications", __name__, url_prefix="/api/v1", description="Open projects, and applications to them"
)


@api.route("/open-projects")
class OpenProjects(MethodView):
    """Projects that anybody may ask to join."""

    @api.arguments(OpenProjectQuery, location="query")
    @api.response(200, web.listing(OpenProjectShown))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List the active projects that are open, newest first."""
        page = open_projects.page_of(query, _asking_profile() if query["passing"] else None)
        page["items"] = [project_shown(view) for view in page["items"]]
        return page


def _asking_profile() -> AnnotatorProfile:
    profile = find_own_profile(current_account()) if current_user.is_authenticated else None
    if profile is None:
        raise ValidationError({"passing": ["Send the token of an annotator with a profile to ask for this."]})
    return profile


@api.route("/open-projects/<int:project_id>")
class OneOpenProject(MethodView):
    """One project that anybody may ask to join."""

    @api.response(200, OpenProjectShown)
    @api.alt_response(404, schema=Problem)
    def get(self, project_id: int) -> dict[str, Any]:
        """Show what an open project asks for and offers."""
        return project_shown(project_queries.view(project_queries.get_open_project(project_id)))


@api.route("/open-projects/<int:project_id>/standing")
class OwnStanding(MethodView):
    """How I stand to an open project."""

    @api.response(200, OwnStandingShown)
    @api.alt_response(404, schema=Problem)
    def get(self, project_id: int) -> why.Missed:
        """Judge the gates of an open project by my facts of now; 404 also while I have no profile."""
        return why.one_project(
            project_queries.view(project_queries.get_open_project(project_id)), own_profile(current_account())
        )


@api.route("/open-projects/<int:project_id>/applications")
class ProjectApplications(MethodView):
    """Asking to join."""

    @api.arguments(ApplyShape)
    @api.response(201, ApplicationShown)
    @api.alt_response(404, schema=Problem)
    @api.alt_response(409, schema=Problem)
    def post(self, wish: dict[str, Any], project_id: int) -> dict[str, Any]:
        """Apply to an open project; its gates are judged now and kept, and a missed one keeps nobody from applying."""
        application = actions.apply(project_id, wish["note"], by=current_account())
        web.commit()
        return shown(application)


@api.route("/applications")
class Applications(MethodView):
    """Applications."""

    @api.arguments(web.in_state(ApplicationState, ApplicationQuery), location="query")
    @api.response(200, web.listing(ApplicationShown))
    @api.alt_response(404, schema=Problem)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List my applications or, with *project_id*, those to a project that I manage, newest first."""
        account = current_account()
        if query["project_id"] is None:
            statement = queries.own_applications(account)
        else:
            statement = queries.applications_of(get_project(query["project_id"], account))
        page = web.listed(statement, Application.id, query)
        page["items"] = all_shown(page["items"], account)
        return page


@api.route("/applications/<int:application_id>")
class OneApplication(MethodView):
    """One application."""

    @api.response(200, ApplicationShown)
    @api.alt_response(404, schema=Problem)
    def get(self, application_id: int) -> dict[str, Any]:
        """Show an application of mine, or to a project that I manage."""
        return shown(queries.get_application(application_id, current_account()))


@api.route("/applications/<int:application_id>/withdrawal")
class Withdrawals(MethodView):
    """Taking an application back."""

    @api.response(200, ApplicationShown)
    @api.alt_response(404, schema=Problem)
    @api.alt_response(409, schema=Problem)
    def post(self, application_id: int) -> dict[str, Any]:
        """Withdraw an application of mine that waits for an answer."""
        application = queries.get_own_application(application_id, current_account())
        actions.withdraw_application(application, by=current_account())
        web.commit()
        return shown(application)


@api.route("/applications/<int:application_id>/acceptance")
class Acceptances(MethodView):
    """Saying yes to an applicant."""

    @api.arguments(AcceptShape)
    @api.response(200, ApplicationShown)
    @api.alt_response(404, schema=Problem)
    @api.alt_response(409, schema=Problem)
    def post(self, answer: dict[str, Any], application_id: int) -> dict[str, Any]:
        """Accept an application: the offer is the invitation *invitation_id*, which the person then answers."""
        application = _held(application_id)
        actions.accept_application(application, answer["override_note"], by=current_account())
        web.commit()
        return shown(application)


@api.route("/applications/<int:application_id>/decline")
class Declines(MethodView):
    """Saying no to an applicant."""

    @api.arguments(ApplicationDeclineShape)
    @api.response(200, ApplicationShown)
    @api.alt_response(404, schema=Problem)
    @api.alt_response(409, schema=Problem)
    def post(self, answer: dict[str, Any], application_id: int) -> dict[str, Any]:
        """Decline an application, with a reason that the person is told."""
        application = _held(application_id)
        actions.decline_application(application, answer["reason"], answer["note"], by=current_account())
        web.commit()
        return shown(application)


@api.route("/why-no-project")
class WhyNoProject(MethodView):
    """Why I have no project."""

    @api.arguments(WhyQuery, location="query")
    @api.response(200, WhyShown)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """Say what keeps me out of each open project, the nearest first, and which change would open most hours."""
        found = why.why(current_account(), after=query["cursor"], most=query["limit"])
        changes = [
            {"words": one.words, "ask": one.ask, "project_ids": [project.id for project in one.projects]}
            | {"minutes": one.minutes}
            for one in found.changes
        ]
        reasons = [{"code": code, "words": words} for code, words in found.reasons]
        whole = {"judged": found.judged, "passed": found.passed, "items": found.items}
        return {"reasons": reasons, "changes": changes, "next_cursor": found.next_cursor} | whole


def _held(application_id: int) -> Application:
    """Return an application that I manage, its project held first as everywhere, and refuse where If-Match is stale."""
    account = current_account()
    application = queries.get_managed_application(application_id, account)
    get_project(application.project_id, account, lock=True)
    refuse_stale(application, ApplicationShown, shown)
    return application


def shown(application: Application) -> dict[str, Any]:
    """Return what `ApplicationShown` shows of one application."""
    return all_shown([application], current_account())[0]


def all_shown(applications: list[Application], account: Account) -> list[dict[str, Any]]:
    """Return what `ApplicationShown` shows: to the applicants their own words, to managers what is covered."""
    matches = queries.matches_of([one for one in applications if one.profile.account_id != account.id])
    found = []
    for one in applications:
        match, own = matches.get(one.id), one.profile.account_id == account.id
        named = {"project_title": one.project.title, "organisation": one.project.organisation.name}
        ranked = {"rank": match.rank, "score": match.score, "parts": match.covered_parts} if match else {}
        plain = {name: getattr(one, name) for name in ApplicationShown._declared_fields if hasattr(one, name)}
        said = {
            "note": one.note if own else one.covered_note,
            "override_note": "" if own else one.override_note,
            "pseudonym": one.profile.pseudonym,
            "requirement_version": one.version.number,
        }
        found.append({"rank": None, "score": None, "parts": []} | plain | named | ranked | said)
    return found
