"""The worker's door of hours: telling managers that the budget stood in the way."""

from marketplace.db import db
from marketplace.projects.models import Project
from marketplace.timesheets import budgets


def tell_of_refusal(project_id: int) -> None:
    """Answer ``budget.refused``."""
    budgets.tell_of_refusal(db.session.get_one(Project, project_id))
