"""What the worker does about invitations: mail them, and end those that nobody answered."""

from marketplace.invitations import actions


def send_invitation(invitation_id: int) -> None:
    """Answer ``invitation.made``."""
    actions.send_invitation(invitation_id)


def warn_of_end(invitation_id: int) -> None:
    """Answer ``invitation.ending``, which is rung for a while before the time to answer is over."""
    actions.warn_of_end(invitation_id)


def expire_invitation(invitation_id: int) -> None:
    """Answer ``invitation.expiring``, which is rung for the moment when the time to answer is over."""
    actions.expire_invitation(invitation_id)
