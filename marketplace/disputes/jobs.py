"""The worker's door of disputes."""

from marketplace.disputes import actions


def remind_of_disputes() -> None:
    """Tell of disputes that are not decided in time."""
    actions.remind_of_disputes()
