"""The states and limits of invitations, what may be answered when, and what a manager may not read yet."""

from datetime import datetime, timedelta
from enum import StrEnum

from marketplace.projects.rules import ProjectState

MAX_INVITED_AT_ONCE = 200


class InvitationState(StrEnum):
    """queued → sent → opened → accepted / declined / expired / withdrawn; waitlisted when seats are taken."""

    QUEUED = "queued"
    SENT = "sent"
    OPENED = "opened"
    WAITLISTED = "waitlisted"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


# Those on the waitlist have answered: their invitation stays open but no longer runs against the clock.
AWAITING = frozenset({InvitationState.QUEUED, InvitationState.SENT, InvitationState.OPENED})
OPEN = AWAITING | {InvitationState.WAITLISTED}
LIVE = OPEN | {InvitationState.ACCEPTED}


class DeclineReason(StrEnum):
    """Why somebody says no."""

    RATE = "rate"
    TIME = "time"
    TOPIC = "topic"
    CONTENT = "content"
    OTHER = "other"


DECLINE_WORDS = {
    DeclineReason.RATE: "The rate is too low",
    DeclineReason.TIME: "I have no time for it now",
    DeclineReason.TOPIC: "The topic is not for me",
    DeclineReason.CONTENT: "I do not want to see this content",
    DeclineReason.OTHER: "Another reason",
}

CLOSED_WORDS = {
    InvitationState.ACCEPTED: "You have accepted this invitation already.",
    InvitationState.DECLINED: "You have declined this invitation.",
    InvitationState.EXPIRED: "This invitation has expired.",
    InvitationState.WITHDRAWN: "This invitation was withdrawn.",
}


def is_late(state: InvitationState, expires_at: datetime, now: datetime) -> bool:
    """Return whether the time to answer is over."""
    return state in AWAITING and expires_at <= now


def warning_due(expires_at: datetime, hours_given: int) -> datetime:
    """Return when to warn that the time to answer ends: a day before, or a quarter of *hours_given* where shorter."""
    return expires_at - min(timedelta(days=1), timedelta(hours=hours_given) / 4)


def time_left(expires_at: datetime, now: datetime) -> str:
    """Return how long there is to answer, such as "2 days 3 hours"."""
    minutes = max(int((expires_at - now).total_seconds()) // 60, 0)
    days, hours = minutes // 1440, minutes % 1440 // 60
    shown = [(days, "day"), (hours, "hour")] if minutes >= 60 else [(minutes, "minute")]
    return " ".join(f"{count} {unit}{'' if count == 1 else 's'}" for count, unit in shown if count) or "moments"


def refuse_answer(state: InvitationState, expires_at: datetime, now: datetime) -> str | None:
    """Return why an invitation can no longer be answered, or None when it can."""
    if is_late(state, expires_at, now):
        return CLOSED_WORDS[InvitationState.EXPIRED]
    return None if state in OPEN else CLOSED_WORDS[state]


def refuse_accept(project: ProjectState) -> str | None:
    """Return why nobody can join a project in this state, or None when they can."""
    if project is ProjectState.ACTIVE:
        return None
    if project is ProjectState.PAUSED:
        return "The project is paused right now. Your invitation stays open: accept it when the project goes on."
    return "The project is no longer looking for people."


def refuse_invite(project: ProjectState) -> str | None:
    """Return why a project in this state cannot invite, or None when it can."""
    if project is ProjectState.ACTIVE:
        return None
    return f"A {project} project cannot invite anybody; it has to be active."
