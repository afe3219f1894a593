"""Inviting in waves in the browser: confirm a rule, see each wave and why it was so large, stop it."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from marketplace import clock, web
from marketplace.accounts.access import current_account
from marketplace.projects.models import Project
from marketplace.projects.queries import get_project
from marketplace.waves import actions, queries
from marketplace.waves.models import Wave, WavePlan
from marketplace.waves.rules import END_WORDS, HISTORY, PRIOR
from marketplace.waves.schemas import WavePlanShape
from marketplace.words import say
from marketplace.work.queries import free_seats

blueprint = Blueprint("waves", __name__)


@blueprint.route("/projects/<int:project_id>/waves", methods=["GET", "POST"])
def index(project_id: int) -> ResponseReturnValue:
    """Show the wave plans of a project, and confirm another where none runs."""
    account = current_account()
    project = get_project(project_id, account)
    first = None
    with web.form(WavePlanShape, _suggested(project)) as form:
        if form.submitted:
            plan = actions.start_plan(project, form.load(), by=account)
            plan_id = plan.id
            web.commit()
            flash(say("The rule is confirmed. The first wave goes out now."), "success")
            return redirect(url_for("waves.show", plan_id=plan_id))
        rule = form.load()
        first = queries.first_wave(project, rule["seats"], rule["bound_percent"])
    shown = web.page(
        "waves/index.html",
        # A plan that could not be made may have taken back what was read before.
        project=get_project(project_id, account) if form.submitted else project,
        form=form,
        first=first,
        running=queries.find_running_plan(project),
        plans=web.listed(queries.plans_of(project), WavePlan.id, web.list_query()),
        free=free_seats(project),
        end_words=END_WORDS,
        prior=PRIOR,
        history_most=HISTORY,
    )
    return shown, form.status


def _suggested(project: Project) -> dict[str, Any]:
    """Return the rule that the form begins with: all free seats within a week."""
    deadline = (clock.now() + timedelta(days=7)).replace(minute=0)
    return {
        "seats": max(free_seats(project), 1),
        "deadline": deadline.strftime("%Y-%m-%dT%H:%M"),
        "bound_percent": 5,
        "invitation_hours": 24,
        "most_rank": 200,
        "most_open": 3,
    }


@blueprint.get("/wave-plans/<int:plan_id>")
def show(plan_id: int) -> ResponseReturnValue:
    """Show a plan with each of its waves: why so large, who was invited, who was passed over and why."""
    plan = queries.get_plan(plan_id, current_account())
    return web.page(
        "waves/show.html",
        plan=plan,
        project=plan.project,
        waves=web.listed(queries.waves_of(plan), Wave.id, web.list_query()),
        seats=queries.seats_of(plan, plan.project),
        end_words=END_WORDS,
        prior=PRIOR,
        history_most=HISTORY,
    )


@blueprint.post("/wave-plans/<int:plan_id>/stop")
def stop(plan_id: int) -> ResponseReturnValue:
    """Send no further wave."""
    plan = queries.get_plan(plan_id, current_account())
    with web.form(web.Shape) as form:
        actions.stop_plan(plan, by=current_account())
        web.commit()
        flash(say("No further wave goes out. Invitations that are out stay open."), "success")
    web.flash_errors(form)
    return redirect(url_for("waves.show", plan_id=plan_id))
