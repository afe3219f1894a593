"""The HTML door: a manager's projects."""

from http import HTTPStatus
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from marketplace import web
from marketplace.accounts.access import current_account
from marketplace.accounts.queries import organisations_of
from marketplace.errors import Refused
from marketplace.profiles.rules import language_options
from marketplace.projects import actions, queries, rules
from marketplace.projects.forms import project_form, written
from marketplace.projects.gates_form import counted_form
from marketplace.projects.groups import CHOICES, scattered
from marketplace.projects.models import Project
from marketplace.projects.schemas import MoveShape
from marketplace.words import say
from matching.gates import COUNTRIES, gate_from_spec, gate_in_words
from matching.vocabulary import Cefr, ExperienceKind, IscedLevel

blueprint = Blueprint("projects", __name__)
blueprint.add_app_template_filter(gate_in_words, "gate_in_words")
blueprint.add_app_template_filter(lambda spec: gate_in_words(gate_from_spec(spec)), "spec_in_words")

NEW = {"seats": 1, "invitation_hours": rules.INVITATION_HOURS, "is_open": True, "weekly_hours": "20"}
LEVELS = [
    (int(IscedLevel.SHORT_CYCLE), "Short-cycle"),
    (int(IscedLevel.BACHELOR), "Bachelor"),
    (int(IscedLevel.MASTER), "Master"),
    (int(IscedLevel.DOCTORATE), "Doctorate"),
]


@blueprint.get("/projects")
def index() -> ResponseReturnValue:
    """List the projects of one's organisations, newest first."""
    account = current_account()
    views, older_url = listed(queries.managed_projects(account), "projects.index")
    return web.page("projects/index.html", views=views, older_url=older_url, organisations=organisations_of(account))


def listed(statement: sa.Select[Any], endpoint: str) -> tuple[list[queries.ProjectView], str]:
    """Return one page of projects as they are shown, and the address of the next."""
    page = web.listed(statement, Project.id, web.list_query())
    older_url = url_for(endpoint, cursor=page["next_cursor"]) if page["next_cursor"] else ""
    return queries.views(page["items"]), older_url


@blueprint.route("/projects/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Begin a project as a draft; members of several organisations choose one first, for its currency."""
    account = current_account()
    organisations = organisations_of(account)
    chosen = request.args.get("organisation", type=int)
    if chosen is None and len(organisations) != 1:
        return web.page("projects/choose.html", organisations=organisations)
    organisation = queries.get_own_organisation(organisations[0].id if chosen is None else chosen, account)
    with web.form(project_form(organisation.currency), NEW) as form:
        if form.counting:
            return _counted(organisation.currency, [], form, project=None, organisation=organisation)
        if form.submitted:
            project = actions.create_project(organisation, form.load(), by=account)
            web.commit()
            flash(say("The draft is saved. Activate it when it is ready."), "success")
            return redirect(url_for("projects.show", project_id=project.id), 303)
    return web.page(
        "projects/edit.html", form=form, project=None, organisation=organisation, kept=[], **choices()
    ), form.status


@blueprint.route("/projects/<int:project_id>/edit", methods=["GET", "POST"])
def edit(project_id: int) -> ResponseReturnValue:
    """Change a project; changed gates or wishes make a new version of its requirements."""
    account = current_account()
    project = queries.get_project(project_id, account)
    before = queries.facts_of(project)
    _, kept = scattered(before["gates"])
    with web.form(project_form(project.currency), written(before, project.currency)) as form:
        if form.counting:
            return _counted(project.currency, kept, form, project=project, organisation=project.organisation)
        if form.submitted:
            facts = form.load()
            facts["gates"] += _not_dropped(kept, facts["dropped"])
            actions.change_project(project_id, facts, by=account)
            web.commit()
            flash(say("Saved."), "success")
            return redirect(url_for("projects.show", project_id=project_id), 303)
    return web.page(
        "projects/edit.html", form=form, project=project, organisation=project.organisation, kept=kept, **choices()
    ), form.status


def _counted(currency: str, kept: list[dict[str, Any]], form: web.Form, **shown: Any) -> ResponseReturnValue:
    """Return how many people the gates of a form let in: the page as it was with the figures, or these alone for htmx.

    What else stands in the form is not looked at, so that it may be half written.
    """
    gates = None
    with web.form(counted_form(currency)) as counted:
        asked = counted.load()
        found = asked["gates"] + _not_dropped(kept, asked["dropped"])
        if refusal := rules.refuse_gates(found):
            raise Refused(refusal)
        gates = found
    if request.headers.get("HX-Request"):
        return web.page("projects/_reach.html", gates=gates, mistakes=counted.errors)
    form.errors = counted.errors
    return web.page(
        "projects/edit.html", form=form, kept=kept, counted=gates, **shown, **choices()
    ), HTTPStatus.UNPROCESSABLE_ENTITY if counted.errors else HTTPStatus.OK


def _not_dropped(kept: list[dict[str, Any]], dropped: list[int]) -> list[dict[str, Any]]:
    return [node for number, node in enumerate(kept) if number not in dropped]


def choices() -> dict[str, Any]:
    """Return what the pickers of the form offer."""
    return {
        "language_options": language_options(),
        "cefr_levels": [level.name for level in Cefr],
        "degree_levels": LEVELS,
        "experience_kinds": [(str(kind), kind.replace("_", " ").capitalize()) for kind in ExperienceKind],
        "country_names": sorted(COUNTRIES.values()),
        "groups": CHOICES,
        "most_wishes": rules.MAX_WISHES,
        "most_lines": rules.MAX_RATE_LINES,
    }


@blueprint.get("/projects/<int:project_id>")
def show(project_id: int) -> ResponseReturnValue:
    """Show a project to its managers."""
    project = queries.get_project(project_id, current_account())
    with web.form(MoveShape) as form:
        return overview(project, form)


@blueprint.post("/projects/<int:project_id>/duplicate")
def duplicate(project_id: int) -> ResponseReturnValue:
    """Begin a draft like a project, and go on to change it."""
    copy = actions.duplicate_project(project_id, by=current_account())
    web.commit()
    flash(say("A draft that says the same. Give it a title of its own and dates."), "success")
    return redirect(url_for("projects.edit", project_id=copy.id), 303)


@blueprint.post("/projects/<int:project_id>/state")
def move(project_id: int) -> ResponseReturnValue:
    """Take a project to another state, or show what keeps it from that."""
    account = current_account()
    with web.form(MoveShape) as form:
        wish = form.load()
        project = actions.move_project(project_id, wish["state"], wish["reason"], by=account)
        web.commit()
        flash(say("The project is %(state)s now.", state=project.state), "success")
        return redirect(url_for("projects.show", project_id=project_id), 303)
    return overview(queries.get_project(project_id, account), form)


def overview(project: Project, form: web.Form) -> ResponseReturnValue:
    """Return the page of a project with the moves that it can make."""
    moves = [
        (str(then), rules.move_in_words(project.state, then), then in rules.STOPS)
        for then in rules.ProjectState
        if then in rules.MOVES[project.state]
    ]
    return web.page(
        "projects/show.html",
        view=queries.view(project),
        project=project,
        moves=moves,
        form=form,
        changeable=project.state not in rules.CLOSED,
    ), form.status
