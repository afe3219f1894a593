"""The HTML door: open projects, applying to them, why I have no project, and the manager's answers."""

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from marketplace import web
from marketplace.accounts.access import current_account
from marketplace.accounts.rules import RoleName
from marketplace.applications import actions, open_projects, queries
from marketplace.applications import why as reasons
from marketplace.applications.models import Application
from marketplace.applications.preparing import steps_of
from marketplace.applications.rules import CHOSEN_REASONS, DECLINE_WORDS, STANDING_WORDS, ApplicationState, Standing
from marketplace.applications.schemas import AcceptShape, ApplicationDeclineShape, ApplyShape, OpenProjectForm, WhyPage
from marketplace.db import db
from marketplace.matches.telling import tell
from marketplace.profiles.models import AnnotatorProfile
from marketplace.profiles.queries import find_own_profile
from marketplace.profiles.rules import RATE_CURRENCY, language_options
from marketplace.projects import queries as project_queries
from marketplace.projects.queries import get_project
from marketplace.words import say
from matching.vocabulary import ExperienceKind, GateOutcome

blueprint = Blueprint("applications", __name__)

blueprint.add_app_template_global(steps_of, "preparing_steps")
KINDS = [(str(kind), kind.replace("_", " ").capitalize()) for kind in ExperienceKind]


@blueprint.get("/projects/open", endpoint="open_projects")
def list_open_projects() -> ResponseReturnValue:
    """List the projects that anybody may see, narrowed as the fields above the list say."""
    asked = {name: text for name, text in request.args.items() if text.strip()}
    profile = _own_profile()
    query: dict[str, Any] = web.list_query()
    with web.form(OpenProjectForm, asked) as form:
        wanted = form.load()
        rate = {"rate_at_least_minor": wanted.pop("rate"), "currency": RATE_CURRENCY}
        query |= wanted | rate
    page = open_projects.page_of(query, profile if query.get("passing") else None, whole=False)
    kept = {name: asked[name] for name in OpenProjectForm().fields if name in asked}
    older = {**kept, "cursor": page["next_cursor"]}
    return web.page(
        "applications/open_projects.html",
        views=page["items"],
        older_url=url_for("applications.open_projects", **older) if page["next_cursor"] else "",
        form=form,
        narrowed=bool(kept),
        kinds=KINDS,
        language_options=language_options(),
        currency=RATE_CURRENCY,
        profile=profile,
    ), form.status


@blueprint.get("/projects/open/<int:project_id>")
def open_project(project_id: int) -> ResponseReturnValue:
    """Show what an open project asks for and offers and, to annotators, what its gates say of them."""
    with web.form(ApplyShape) as form:
        return _open_project(project_id, form)


@blueprint.post("/projects/open/<int:project_id>/applications")
def apply(project_id: int) -> ResponseReturnValue:
    """Ask to join an open project."""
    with web.form(ApplyShape) as form:
        application = actions.apply(project_id, form.load()["note"], by=current_account())
        web.commit()
        flash(say("You have applied. The client is told; the answer comes by mail and stands here."), "success")
        return redirect(url_for("applications.show", application_id=application.id), 303)
    return _open_project(project_id, form)


@blueprint.get("/projects/<int:project_id>/preview")
def preview(project_id: int) -> ResponseReturnValue:
    """Show a project to who manages it as annotators will see it."""
    view = project_queries.view(get_project(project_id, current_account()))
    return web.page(
        "applications/open_project.html",
        view=view,
        project=view.project,
        own=None,
        unready=[],
        is_annotator=False,
        standing_words=None,
        may_apply=False,
        form=None,
        preview=True,
    )


def _open_project(project_id: int, form: web.Form) -> ResponseReturnValue:
    view = project_queries.view(project_queries.get_open_project(project_id))
    profile = _own_profile()
    is_annotator = current_user.is_authenticated and RoleName.ANNOTATOR in current_account().role_names
    own = reasons.one_project(view, profile) if profile else None
    return web.page(
        "applications/open_project.html",
        view=view,
        project=view.project,
        own=own,
        unready=queries.not_ready(current_account(), profile) if is_annotator else [],
        is_annotator=is_annotator,
        standing_words=STANDING_WORDS.get(own.standing) if own else None,
        may_apply=own is not None and own.standing is Standing.NONE,
        form=form,
    ), form.status


def _own_profile() -> AnnotatorProfile | None:
    if not current_user.is_authenticated or RoleName.ANNOTATOR not in current_account().role_names:
        return None
    return find_own_profile(current_account())


@blueprint.get("/applications")
def mine() -> ResponseReturnValue:
    """Show my applications and what became of each."""
    page = web.listed(queries.own_applications(current_account()), Application.id, web.list_query())
    return web.page("applications/mine.html", applications=page, words=DECLINE_WORDS)


@blueprint.get("/applications/<int:application_id>")
def show(application_id: int) -> ResponseReturnValue:
    """Show one of my applications: the state, and what it was judged by."""
    application = queries.get_own_application(application_id, current_account())
    return web.page("applications/show.html", application=application, words=DECLINE_WORDS)


@blueprint.post("/applications/<int:application_id>/withdrawal")
def withdraw(application_id: int) -> ResponseReturnValue:
    """Take an application back."""
    application = queries.get_own_application(application_id, current_account())
    with web.form(web.Shape) as form:
        actions.withdraw_application(application, by=current_account())
        web.commit()
        flash(say("The application is withdrawn."), "success")
    web.flash_errors(form)
    return redirect(url_for("applications.show", application_id=application_id))


@blueprint.get("/why-no-project")
def why_no_project() -> ResponseReturnValue:
    """Show what keeps me out of each open project, the nearest first, and what change would open most."""
    after = WhyPage().load(request.args)["cursor"]
    found = reasons.why(current_account(), after=after)
    older = url_for("applications.why_no_project", cursor=found.next_cursor) if found.next_cursor else ""
    return web.page("applications/why.html", why=found, after=after, older_url=older, standing_words=STANDING_WORDS)


@blueprint.get("/projects/applications")
def to_answer() -> ResponseReturnValue:
    """List what waits for an answer on all projects of my organisations, who has waited longest first."""
    query = web.list_query() | {"state": ApplicationState.SUBMITTED, "sort": web.Newest.LAST}
    page = web.listed(queries.managed_applications(current_account()), Application.id, query)
    return web.page("applications/to_answer.html", applications=page, matches=queries.matches_of(page["items"]))


@blueprint.get("/projects/<int:project_id>/applications")
def of_project(project_id: int) -> ResponseReturnValue:
    """List every application to a project and what became of it."""
    project = get_project(project_id, current_account())
    page = web.listed(queries.applications_of(project), Application.id, web.list_query())
    return web.page(
        "applications/of_project.html",
        project=project,
        applications=page,
        matches=queries.matches_of(page["items"]),
        words=DECLINE_WORDS,
    )


@blueprint.get("/projects/<int:project_id>/applications/<int:application_id>")
def one_of_project(project_id: int, application_id: int) -> ResponseReturnValue:
    """Show a manager one application with all that the answer rests on."""
    with web.form(ApplicationDeclineShape) as form:
        return _answering(project_id, application_id, form)


@blueprint.post("/projects/<int:project_id>/applications/<int:application_id>/acceptance")
def accept(project_id: int, application_id: int) -> ResponseReturnValue:
    """Say yes: the person is offered a seat by an invitation."""
    return _answer(project_id, application_id, AcceptShape)


@blueprint.post("/projects/<int:project_id>/applications/<int:application_id>/decline")
def decline(project_id: int, application_id: int) -> ResponseReturnValue:
    """Say no, with a reason."""
    return _answer(project_id, application_id, ApplicationDeclineShape)


def _answer(
    project_id: int, application_id: int, shape: type[AcceptShape | ApplicationDeclineShape]
) -> ResponseReturnValue:
    account = current_account()
    application = queries.get_application_to(project_id, application_id, account)
    with web.form(shape) as form:
        answer = form.load()
        if shape is AcceptShape:
            actions.accept_application(application, answer["override_note"], by=account)
            words = "The application is accepted: the person has an invitation with the rate, and answers it."
        else:
            actions.decline_application(application, answer["reason"], answer["note"], by=account)
            words = "The application is declined. The person is told the reason by mail."
        web.commit()
        flash(words, "success")
        return redirect(
            url_for("applications.one_of_project", project_id=project_id, application_id=application_id), 303
        )
    return _answering(project_id, application_id, form)


def _answering(project_id: int, application_id: int, form: web.Form) -> ResponseReturnValue:
    db.session.expire_all()
    application = queries.get_application_to(project_id, application_id, current_account())
    match = queries.matches_of([application]).get(application.id)
    today = queries.gates_today(application.project, application.profile)
    said = [[gate["words"], gate["outcome"]] for gate in application.gates]
    return web.page(
        "applications/one_of_project.html",
        application=application,
        project=application.project,
        told=tell(match, of=0) if match else None,
        today=today if said != [[gate["words"], gate["outcome"]] for gate in today] else None,
        misses_now=any(gate["outcome"] != GateOutcome.PASS for gate in today),
        words=DECLINE_WORDS,
        reasons=[(reason.value, DECLINE_WORDS[reason]) for reason in CHOSEN_REASONS],
        form=form,
    ), form.status
