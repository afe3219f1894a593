"""The burn-down of a budget in the browser."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from marketplace import money, web
from marketplace.accounts.access import current_account
from marketplace.budgets import queries
from marketplace.budgets.queries import Burndown
from marketplace.formats import day_text
from marketplace.projects.queries import get_project

blueprint = Blueprint("budgets", __name__)


@blueprint.get("/projects/<int:project_id>/budget")
def show(project_id: int) -> ResponseReturnValue:
    """Show what is approved, waits and is free, and when the budget is used up."""
    project = get_project(project_id, current_account())
    burndown = queries.burndown_of(project)
    return web.page(
        "budgets/show.html",
        project=project,
        burndown=burndown,
        curve=_curve(burndown, project.currency),
        changes=queries.budget_changes(project),
    )


def _curve(burndown: Burndown, currency: str) -> list[tuple[str, list[float]]]:
    """Return what lines_chart draws: what is left of the budget after each week, or without one what was used."""
    used = approved = 0
    rows = [("Start", [0, 0])] if burndown.weeks else []
    for one in burndown.weeks:
        approved += one.approved
        used += one.approved + one.waiting
        rows.append((day_text(one.week, "d MMM"), [approved, used]))
    start = burndown.budget
    return [
        (label, [float(money.in_major(sum_ if start is None else max(start - sum_, 0), currency)) for sum_ in sums])
        for label, sums in rows
    ]
