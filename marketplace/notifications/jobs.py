"""What the worker does about notifications: digests, and forgetting."""

from marketplace.notifications import actions


def send_digests() -> None:
    """Send the digests of those whose day has begun."""
    actions.send_digests()


def drop_old() -> None:
    """Forget what is too old."""
    actions.drop_old()
