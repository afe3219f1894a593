"""What the worker does about waves: send the next one, or end the plan."""

from marketplace.waves import actions


def look(plan_id: int) -> None:
    """Answer ``wave_plan.due``."""
    actions.look(plan_id)


def look_after(invitation_id: int) -> None:
    """Answer ``invitation.settled``."""
    actions.look_after(invitation_id)


def look_at_all() -> None:
    """Ring for every running plan (a sweep)."""
    actions.look_at_all()
