"""Messages in the browser: my threads, one thread, and writing to a team."""

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from marketplace import clock, web
from marketplace.accounts.access import current_account
from marketplace.db import db
from marketplace.messages import actions, queries
from marketplace.messages.models import Message
from marketplace.messages.rules import refuse_message
from marketplace.messages.schemas import MessageShape, TeamMessageShape
from marketplace.projects.queries import get_project
from marketplace.words import say, say_of
from marketplace.work.models import Engagement
from marketplace.work.queries import get_engagement, team_of
from marketplace.work.rules import SEATED

blueprint = Blueprint("messages", __name__)


@blueprint.get("/messages")
def index() -> ResponseReturnValue:
    """List my threads by their newest message."""
    account = current_account()
    found = web.listed(queries.newest_by_thread(account), Message.id, web.list_query())
    return web.page("messages/index.html", messages=found["items"], next_cursor=found["next_cursor"], account=account)


@blueprint.route("/engagements/<int:engagement_id>/messages", methods=["GET", "POST"])
def thread(engagement_id: int) -> ResponseReturnValue:
    """Show what was written about an engagement that I work under or manage, and write."""
    account = current_account()
    engagement = get_engagement(engagement_id, account)
    with web.form(MessageShape) as form:
        if form.submitted:
            actions.write(engagement, form.load()["text"], by=account)
            web.commit()
            flash(say("Sent."), "success")
            return redirect(url_for("messages.thread", engagement_id=engagement_id))
    engagement = get_engagement(engagement_id, account)
    found = web.listed(queries.thread_of(engagement), Message.id, web.list_query())
    is_theirs = engagement.profile.account_id == account.id
    closed = refuse_message(
        ended_at=engagement.ended_at,
        now=clock.now(),
        by_manager=not is_theirs,
        is_begun=bool(found["items"]) or queries.is_begun(engagement),
    )
    return web.page(
        "messages/thread.html",
        engagement=engagement,
        messages=found["items"],
        next_cursor=found["next_cursor"],
        form=form,
        is_theirs=is_theirs,
        closed=closed,
        account=account,
    ), form.status


@blueprint.route("/projects/<int:project_id>/messages", methods=["GET", "POST"])
def team(project_id: int) -> ResponseReturnValue:
    """Write to some or all who are on a project."""
    account = current_account()
    project = get_project(project_id, account)
    seated = team_of(project).where(Engagement.state.in_(SEATED)).order_by(Engagement.id)
    people = [(one.id, one.profile.account.name or one.profile.pseudonym) for one in db.session.scalars(seated)]
    with web.form(TeamMessageShape, {"engagement_ids": [str(one) for one, _ in people]}) as form:
        if form.submitted:
            wish = form.load()
            sent = actions.write_to_team(project, wish["text"], wish["engagement_ids"], by=account)
            web.commit()
            flash(
                say_of(len(sent), "Sent to %(n)s person.", "Sent to %(n)s people."),
                "success",
            )
            return redirect(url_for("work.team", project_id=project_id))
    project = get_project(project_id, account)
    return web.page("messages/team.html", project=project, people=people, form=form), form.status
