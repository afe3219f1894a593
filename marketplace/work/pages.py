"""Engagements in the browser: my own, and a manager's team."""

from datetime import UTC, datetime, time

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from marketplace import money, web
from marketplace.accounts.access import current_account
from marketplace.invitations.queries import get_own_invitation
from marketplace.projects.queries import get_project
from marketplace.words import say
from marketplace.work import actions, queries
from marketplace.work.models import Engagement
from marketplace.work.rules import END_WORDS, MANAGER_REASONS, EndReason
from marketplace.work.schemas import EndShape, PauseShape, RateShape

blueprint = Blueprint("work", __name__)


@blueprint.post("/invitations/<int:invitation_id>/acceptance")
def accept(invitation_id: int) -> ResponseReturnValue:
    """Say yes to an invitation."""
    account = current_account()
    with web.form(web.Shape) as form:
        acceptance = actions.accept_invitation(get_own_invitation(invitation_id, account), by=account)
        web.commit()
        if acceptance.engagement is not None:
            flash(say("You have joined the project. Your hours count from now on."), "success")
            return redirect(url_for("work.mine"))
        flash(
            say("All seats are taken right now. You are on the waitlist: we write to you when one is free."), "warning"
        )
    web.flash_errors(form)
    return redirect(url_for("invitations.show", invitation_id=invitation_id))


@blueprint.get("/engagements")
def mine() -> ResponseReturnValue:
    """Show what I work on, at which rate."""
    found = queries.engagements_of(current_account())
    engagements = web.listed(found, Engagement.id, web.list_query())
    return web.page("work/mine.html", engagements=engagements, current_rate=queries.current_rate, end_words=END_WORDS)


@blueprint.post("/engagements/<int:engagement_id>/leaving")
def leave(engagement_id: int) -> ResponseReturnValue:
    """End my own engagement."""
    account = current_account()
    with web.form(web.Shape) as form:
        engagement = queries.get_own_engagement(engagement_id, account)
        actions.end_engagement(engagement, EndReason.BY_ANNOTATOR, by=account)
        web.commit()
        flash(say("You have left the project. Hours that you logged are still approved and paid."), "success")
    web.flash_errors(form)
    return redirect(url_for("work.mine"))


@blueprint.get("/projects/<int:project_id>/team")
def team(project_id: int) -> ResponseReturnValue:
    """Show the people under engagement on a project."""
    project = get_project(project_id, current_account())
    engagements = web.listed(queries.team_of(project), Engagement.id, web.list_query())
    return web.page(
        "work/team.html",
        project=project,
        engagements=engagements,
        free_seats=queries.free_seats(project),
        current_rate=queries.current_rate,
        end_words=END_WORDS,
    )


@blueprint.get("/team/<int:engagement_id>")
def member(engagement_id: int) -> ResponseReturnValue:
    """Show one engagement of my project with all that can be done about it."""
    return _member(engagement_id)


@blueprint.post("/team/<int:engagement_id>/pause")
def pause(engagement_id: int) -> ResponseReturnValue:
    """Pause somebody's work."""
    account = current_account()
    engagement = queries.get_managed_engagement(engagement_id, account)
    with web.form(PauseShape) as form:
        actions.pause_engagement(engagement, form.load()["why"], by=account)
        return _done(engagement, say("The work is paused, and the person is told why."))
    return _member(engagement_id, pause=form)


@blueprint.post("/team/<int:engagement_id>/resumption")
def resume(engagement_id: int) -> ResponseReturnValue:
    """Let somebody go on."""
    account = current_account()
    engagement = queries.get_managed_engagement(engagement_id, account)
    with web.form(web.Shape) as form:
        actions.resume_engagement(engagement, by=account)
        return _done(engagement, say("The work goes on, and the person is told."))
    web.flash_errors(form)
    return redirect(url_for("work.member", engagement_id=engagement_id))


@blueprint.post("/team/<int:engagement_id>/end")
def end(engagement_id: int) -> ResponseReturnValue:
    """End somebody's engagement."""
    account = current_account()
    engagement = queries.get_managed_engagement(engagement_id, account)
    with web.form(EndShape) as form:
        actions.end_engagement(engagement, form.load()["reason"], by=account)
        return _done(engagement, say("The engagement has ended, and the person is told why."))
    return _member(engagement_id, end=form)


@blueprint.post("/team/<int:engagement_id>/rate")
def change_rate(engagement_id: int) -> ResponseReturnValue:
    """Agree another rate from a future day on."""
    account = current_account()
    engagement = queries.get_managed_engagement(engagement_id, account)
    with web.form(RateShape) as form:
        wish = form.load()
        rate_minor = money.parse_minor(wish["rate"], engagement.project.currency)
        begins = datetime.combine(wish["valid_from"], time(), UTC)
        actions.change_rate(engagement, rate_minor, begins, by=account)
        return _done(engagement, say("The new rate is agreed, and the person is told."))
    return _member(engagement_id, rate=form)


def _done(engagement: Engagement, message: str) -> ResponseReturnValue:
    project_id = engagement.project_id
    web.commit()
    flash(message, "success")
    return redirect(url_for("work.team", project_id=project_id))


def _member(engagement_id: int, **submitted: web.Form) -> ResponseReturnValue:
    engagement = queries.get_managed_engagement(engagement_id, current_account())
    shown = web.page(
        "work/member.html",
        engagement=engagement,
        forms={name: submitted.get(name) for name in ("pause", "end", "rate")},
        reasons=[(reason.value, END_WORDS[reason]) for reason in MANAGER_REASONS],
        end_words=END_WORDS,
        current_rate=queries.current_rate,
    )
    return shown, max((form.status for form in submitted.values()), default=200)
