"""What the worker does about engagements: free seats go to those who wait, a completed project lets everybody go."""

from marketplace.work import actions


def offer_free_seats(project_id: int) -> None:
    """Answer ``seat.freed``."""
    actions.offer_free_seats(project_id)


def close_project(project_id: int) -> None:
    """Answer ``project.completed``."""
    actions.close_project(project_id)
