"""Saying no beyond a project's budget, and telling its managers how far it is used."""

from typing import NoReturn

from marketplace import clock, money
from marketplace.errors import Refused
from marketplace.formats import hours_text
from marketplace.notices import Kind
from marketplace.organisations.telling import tell_managers
from marketplace.projects import queries as project_queries
from marketplace.projects.models import Project
from marketplace.tasks import ring_apart
from marketplace.timesheets import rules
from marketplace.words import say


def refuse(project: Project, fits: int) -> NoReturn:
    """Refuse hours beyond the budget of *project*, which has room for *fits* minutes, and have its managers told."""
    today = clock.now().date().isoformat()
    # The refusal undoes what this request wrote; once a day and budget is enough for managers.
    key = f"budget.refused:{project.id}:{project.budget_minor}:{today}"
    ring_apart("budget.refused", project.id, dedupe_key=key)
    if fits < 1:
        raise Refused(
            say("The budget of “%(title)s” is used up. Its managers are told; they can raise it.", title=project.title)
        )
    left = hours_text(fits)
    raise Refused(
        say(
            "The budget of “%(title)s” has room for %(left)s hours more at your rate. Its "
            "managers are told; log what fits, or wait until they raise it.",
            title=project.title,
            left=left,
        )
    )


def tell_levels(project: Project, before_minor: int) -> None:
    """Tell the managers of *project*, once for each budget, that 80 or 100 % of it are committed."""
    if project.budget_minor is None:
        return
    after_minor = project_queries.committed(project.id)
    for level in rules.levels_reached(project.budget_minor, before_minor, after_minor):
        _tell(project, f"{level}", f"{level} % of the budget of “{project.title}” are committed", after_minor)


def tell_of_refusal(project: Project) -> None:
    """Tell the managers of *project* that hours were refused for its budget, once a day."""
    if project.budget_minor is not None:
        title = f"Hours on “{project.title}” were refused: they are beyond the budget"
        _tell(project, f"refused:{clock.now():%Y-%m-%d}", title, project_queries.committed(project.id))


def _tell(project: Project, what: str, title: str, committed_minor: int) -> None:
    budget = project.budget_minor or 0
    used, whole, free = (
        money.written(amount, project.currency) for amount in (committed_minor, budget, budget - committed_minor)
    )
    why = f"{used} of {whole} are approved or wait for approval; {free} are free. Hours beyond are refused."
    thing = f"budget:{project.id}:{budget}:{what}"
    url = f"/projects/{project.id}/budget"
    tell_managers(project.organisation_id, Kind.TIMESHEETS, "budget.used", thing, title, url, why=why)
