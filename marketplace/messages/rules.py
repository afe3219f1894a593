"""When people on a project and its managers may write to each other."""

from datetime import datetime, timedelta

LONGEST_TEXT = 2000
OPEN_AFTER_END = timedelta(days=30)


def refuse_message(*, ended_at: datetime | None, now: datetime, by_manager: bool, is_begun: bool) -> str | None:
    """Return why nothing can be written on an engagement now, or None.

    *is_begun*: a manager has written before, which is what somebody on the project answers to.
    """
    if ended_at is not None and now > ended_at + OPEN_AFTER_END:
        return "This engagement ended more than 30 days ago: what was written can be read, and nothing be added."
    if not by_manager and not is_begun:
        return "There is nothing to answer yet: a manager of the project writes first."
    return None
