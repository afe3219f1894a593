"""The HTML door of searches; who is found is shown by the page of matches."""

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from marketplace import web
from marketplace.accounts.access import current_account
from marketplace.projects.queries import get_project
from marketplace.searches import actions
from marketplace.searches.schemas import SearchShape

blueprint = Blueprint("searches", __name__)


@blueprint.post("/projects/<int:project_id>/searches")
def search(project_id: int) -> ResponseReturnValue:
    """Look for words among the people who pass the gates of a project."""
    account = current_account()
    project = get_project(project_id, account)
    search_id = None
    with web.form(SearchShape) as form:
        search_id = actions.start_search(project, form.load()["text"], by=account).id
        web.commit()
    web.flash_errors(form)
    return redirect(url_for("invitations.matches", project_id=project_id, search=search_id), 303)
