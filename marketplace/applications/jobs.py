"""What the worker does about applications when people are invited and projects end."""

from marketplace.applications import actions


def take_invited(invitation_id: int) -> None:
    """Answer ``invitation.made``."""
    actions.take_invited(invitation_id)


def close_applications(project_id: int) -> None:
    """Answer ``project.completed``."""
    actions.close_applications(project_id)
