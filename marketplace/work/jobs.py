"""What the worker does about engagements: it promises seats that became free to those who wait."""

from marketplace.work import actions


def offer_free_seats(project_id: int) -> None:
    """Answer ``seat.freed``."""
    actions.offer_free_seats(project_id)
