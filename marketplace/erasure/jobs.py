"""The worker's door: the files and mails of somebody who was erased."""

from marketplace.erasure import actions


def finish_erasure(account_id: int) -> None:
    """Delete what lies outside the rows, until nothing is left."""
    actions.finish(account_id)
