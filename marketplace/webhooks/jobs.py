"""What the worker does about events: puts them on their way, and sends them."""

from marketplace.webhooks import actions


def tell_endpoints(event_id: int) -> None:
    """Answer ``event.happened``."""
    actions.tell_endpoints(event_id)


def deliver(delivery_id: int) -> None:
    """Answer ``webhook.due``."""
    actions.deliver(delivery_id)
