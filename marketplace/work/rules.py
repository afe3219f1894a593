"""The states of engagements and what a change of rate must respect."""

from datetime import datetime
from enum import StrEnum


class EngagementRole(StrEnum):
    """What somebody does on a project."""

    ANNOTATOR = "annotator"
    REVIEWER = "reviewer"


class EngagementState(StrEnum):
    """offered → active ⇄ paused → ended."""

    OFFERED = "offered"
    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


SEATED = frozenset({EngagementState.ACTIVE, EngagementState.PAUSED})


class EndReason(StrEnum):
    """Why an engagement ends."""

    PROJECT_COMPLETED = "project_completed"
    BY_ANNOTATOR = "by_annotator"
    NO_LONGER_NEEDED = "no_longer_needed"
    QUALITY = "quality"
    CONDUCT = "conduct"
    ERASED = "erased"


END_WORDS = {
    EndReason.PROJECT_COMPLETED: "The project is completed",
    EndReason.BY_ANNOTATOR: "The annotator left",
    EndReason.NO_LONGER_NEEDED: "The seat is no longer needed",
    EndReason.QUALITY: "The quality of the work",
    EndReason.CONDUCT: "Conduct",
    EndReason.ERASED: "The annotator has erased their account",
}
MANAGER_REASONS = tuple(reason for reason in EndReason if reason not in {EndReason.BY_ANNOTATOR, EndReason.ERASED})


def refuse_rate_change(
    *, rate_minor: int, band: tuple[int, int], valid_from: datetime, now: datetime, last_from: datetime
) -> tuple[str, str] | None:
    """Return the field and why a new rate cannot hold from *valid_from* on, or None when it can.

    *band*: the lowest and the highest rate of the project.  *last_from*: when the newest agreed rate begins.
    """
    if valid_from <= now:
        return "valid_from", "A rate changes only from a future moment: what was worked before keeps its rate."
    if valid_from <= last_from:
        return "valid_from", "A later change is already agreed; choose a moment after it."
    if not band[0] <= rate_minor <= band[1]:
        return "rate", "The rate has to lie in the rate band of the project."
    return None
