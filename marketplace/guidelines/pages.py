"""The HTML door of guidelines: reading them, comparing versions, and writing a new one."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from marketplace import web
from marketplace.accounts.access import current_account
from marketplace.accounts.rules import RoleName
from marketplace.guidelines import actions, queries, rules
from marketplace.guidelines.models import GuidelineVersion
from marketplace.guidelines.schemas import AgainstQuery, GuidelineShape
from marketplace.projects.models import Project
from marketplace.projects.queries import get_project
from marketplace.words import say

blueprint = Blueprint("guidelines", __name__)


@blueprint.get("/projects/<int:project_id>/guidelines")
def newest(project_id: int) -> ResponseReturnValue:
    """Show the newest guidelines to those who work by them, are invited, or manage the project."""
    project = queries.get_readable_project(project_id, current_account())
    return _show(project, queries.find_newest(project.id))


@blueprint.get("/projects/<int:project_id>/guidelines/<int:number>")
def version(project_id: int, number: int) -> ResponseReturnValue:
    """Show one version, or what is new in it against another."""
    project = queries.get_readable_project(project_id, current_account())
    shown = queries.get_version(project.id, number)
    against = AgainstQuery().load(request.args)["against"]
    if against is None:
        return _show(project, shown)
    old = queries.get_version(project.id, against)
    lines = rules.difference(old.text, shown.text)
    return web.page("guidelines/difference.html", project=project, old=old, new=shown, lines=lines)


def _show(project: Project, shown: GuidelineVersion | None) -> ResponseReturnValue:
    listed = web.listed(queries.versions_of(project.id), GuidelineVersion.id, web.list_query())
    return web.page(
        "guidelines/show.html",
        project=project,
        shown=shown,
        html=Markup(rules.to_html(shown.text)) if shown else "",  # noqa: S704  cleaned
        versions=listed["items"],
        next_cursor=listed["next_cursor"],
        manages=RoleName.MANAGER in current_account().role_names,
    )


@blueprint.route("/projects/<int:project_id>/guidelines/new", methods=["GET", "POST"])
def write(project_id: int) -> ResponseReturnValue:
    """Write a new version, with a preview that saves nothing."""
    account = current_account()
    project = get_project(project_id, account)
    now = queries.find_newest(project.id)
    initial = {"text": now.text if now else "", "expected": now.number if now else 0}
    with web.form(GuidelineShape, initial) as form:
        if form.submitted:
            told = form.load()
            made = actions.write_version(project, told["text"], told["change"], told["expected"], by=account)
            number = made.number
            web.commit()
            flash(
                say("Version %(number)s is published. The team is told.", number=number)
                if number > 1
                else say("Published."),
                "success",
            )
            return redirect(url_for("guidelines.version", project_id=project_id, number=number), 303)
    project = get_project(project_id, account)
    text = str(form.value("text"))
    return web.page(
        "guidelines/write.html",
        project=project,
        form=form,
        newest=queries.find_newest(project.id),
        preview=Markup(rules.to_html(text[: rules.LONGEST_TEXT])) if form.counting else None,  # noqa: S704  cleaned
    ), form.status
