"""The HTML door: marking people of a ranking, noting something about them, and the list of those marked."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from marketplace import web
from marketplace.accounts.access import current_account
from marketplace.projects.models import Project
from marketplace.projects.queries import get_project
from marketplace.shortlists import actions, queries
from marketplace.shortlists.models import CandidateMark
from marketplace.shortlists.rules import REASON_WORDS, Mark
from marketplace.shortlists.schemas import MarkForm, NoteShape
from marketplace.words import say

blueprint = Blueprint("shortlists", __name__)
blueprint.add_app_template_global(queries.marks_of, "marks_of")
blueprint.add_app_template_global(queries.notes_of, "notes_of")
blueprint.add_app_template_filter(lambda reason: REASON_WORDS[reason], "not_chosen_words")
blueprint.add_app_template_global(lambda: list(REASON_WORDS.items()), "not_chosen_reasons")
SAID = {Mark.SHORTLISTED: "Shortlisted.", Mark.NOT_CHOSEN: "Marked as not chosen.", None: "The mark is taken away."}


@blueprint.get("/projects/<int:project_id>/shortlist")
def index(project_id: int) -> ResponseReturnValue:
    """Show who is shortlisted for a project, or not chosen and why."""
    project = get_project(project_id, current_account())
    asked = request.args.get("mark", "")
    chosen = Mark(asked) if asked in set(Mark) else Mark.SHORTLISTED
    page = web.listed(queries.marked(project).where(CandidateMark.mark == chosen), CandidateMark.id, web.list_query())
    older = page["next_cursor"]
    older_url = url_for("shortlists.index", project_id=project.id, mark=chosen, cursor=older) if older else ""
    return web.page("shortlists/index.html", project=project, marks=page["items"], chosen=chosen, older_url=older_url)


@blueprint.post("/projects/<int:project_id>/matches/<int:match_id>/mark")
def mark(project_id: int, match_id: int) -> ResponseReturnValue:
    """Shortlist somebody, mark them as not chosen, or take the mark away."""
    account = current_account()
    project = get_project(project_id, account)
    with web.form(MarkForm) as form:
        told = form.load()
        actions.mark_candidate(project, match_id, told["mark"], told["reason"], told["note"], by=account)
        web.commit()
        flash(SAID[told["mark"]], "success")
    return _back(project, match_id, form)


@blueprint.post("/projects/<int:project_id>/matches/<int:match_id>/notes")
def note(project_id: int, match_id: int) -> ResponseReturnValue:
    """Write a note about somebody."""
    account = current_account()
    project = get_project(project_id, account)
    with web.form(NoteShape) as form:
        actions.add_note(project, match_id, form.load()["text"], by=account)
        web.commit()
        flash(say("The note is kept."), "success")
    return _back(project, match_id, form)


def _back(project: Project, match_id: int, form: web.Form) -> ResponseReturnValue:
    """Go back to where the person stands in the ranking, with a word on what was wrong."""
    web.flash_errors(form)
    return redirect(url_for("invitations.matches", project_id=project.id, _anchor=f"match-{match_id}"), 303)
