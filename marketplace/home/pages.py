"""The front page and the dashboard."""

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from marketplace import web
from marketplace.accounts.access import current_account
from marketplace.accounts.rules import RoleName
from marketplace.home import queries
from marketplace.home.week import week_of
from marketplace.matches.asking import questions_for
from marketplace.messages.queries import newest_messages
from marketplace.notifications.queries import newest_of, zone_of
from marketplace.profiles.queries import find_own_profile

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
    talks = bool(account.role_names & {RoleName.ANNOTATOR, RoleName.MANAGER})
    profile = find_own_profile(account) if RoleName.ANNOTATOR in account.role_names else None
    week = week_of(profile) if profile else None
    return web.page(
        "home/dashboard.html",
        account=account,
        sections=queries.sections(account, profile, week),
        questions=questions_for(profile) if profile else [],
        week=week if week and (week.limit_minutes or week.earned) else None,
        notifications=newest_of(account),
        messages=newest_messages(account) if talks else [],
        zone=profile.time_zone or "UTC" if profile else zone_of(account),
    )
