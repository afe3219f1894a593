"""The worker's door of hours: budgets that stand in the way, weeks that nobody decides or hands in."""

from marketplace.db import db
from marketplace.projects.models import Project
from marketplace.timesheets import budgets, deadlines


def tell_of_refusal(project_id: int) -> None:
    """Answer ``budget.refused``."""
    budgets.tell_of_refusal(db.session.get_one(Project, project_id))


def look_at_deadlines() -> None:
    """Remind of weeks that are soon due or not handed in, and pass on those that are past due."""
    deadlines.remind_managers()
    deadlines.escalate()
    deadlines.remind_workers()
