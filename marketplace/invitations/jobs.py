"""What the worker does about invitations: mail them, end those that nobody answered, tell of a no."""

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


def tell_decline(invitation_id: int) -> None:
    """Answer ``invitation.settled``, which for a no is rung for the moment when it can no longer be taken back."""
    actions.tell_decline(invitation_id)
