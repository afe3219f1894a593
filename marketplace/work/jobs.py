"""What the worker does about engagements: free seats go to those who wait, a completed project lets everybody go."""

from marketplace.work import actions


def offer_free_seats(project_id: int) -> None:
    """Answer ``seat.freed``."""
    actions.offer_free_seats(project_id)


def tell_team(event_id: int) -> None:
    """Answer ``event.happened``: a project that pauses or goes on concerns its team."""
    actions.tell_team(event_id)


def close_project(project_id: int) -> None:
    """Answer ``project.completed``."""
    actions.close_project(project_id)
