"""The front page and the dashboard."""

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from marketplace import web
from marketplace.accounts.access import current_account
from marketplace.home import queries

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
def landing() -> ResponseReturnValue:
    """Say what this is and show the open projects; who is signed in goes to the dashboard."""
    if current_user.is_authenticated:
        return redirect(url_for("home.dashboard"))
    return web.page("home/landing.html", projects=queries.newest_open_projects())


@blueprint.get("/dashboard")
def dashboard() -> ResponseReturnValue:
    """Show what waits for this person, the next thing first."""
    account = current_account()
    return web.page("home/dashboard.html", account=account, sections=queries.sections(account))
