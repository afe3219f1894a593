"""The states and limits of invitations, what may be answered when, and what a manager may not read yet."""

from datetime import datetime, timedelta
from enum import StrEnum

from marketplace.projects.rules import CLOSED, ProjectState

MAX_INVITED_AT_ONCE = 200
# For so long somebody who said no may take it back; until then it is told to nobody.
TAKE_BACK_WITHIN = timedelta(minutes=10)
WARNED_BEFORE = timedelta(days=1)


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


class Show(StrEnum):
    """Whom of a ranking to show; undecided: neither invited nor marked as not chosen."""

    EVERYBODY = "everybody"
    UNDECIDED = "undecided"
    SHORTLISTED = "shortlisted"
    NOT_CHOSEN = "not_chosen"
    INVITED = "invited"


SHOW_WORDS = {
    Show.EVERYBODY: "Everybody",
    Show.UNDECIDED: "Not decided yet",
    Show.SHORTLISTED: "Shortlisted",
    Show.NOT_CHOSEN: "Not chosen",
    Show.INVITED: "Invited",
}


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


def warning_due(expires_at: datetime, now: datetime) -> datetime:
    """Return when to warn that the time to answer ends: a day before, or when a quarter of a shorter time is left."""
    return expires_at - min(WARNED_BEFORE, (expires_at - now) / 4)


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


def may_reopen(state: InvitationState, answered_at: datetime | None, expires_at: datetime, now: datetime) -> bool:
    """Return whether somebody who said no may still take it back."""
    if state is not InvitationState.DECLINED or answered_at is None:
        return False
    return now < min(answered_at + TAKE_BACK_WITHIN, expires_at)


def refuse_reopen(
    state: InvitationState, answered_at: datetime | None, expires_at: datetime, project: ProjectState, now: datetime
) -> str | None:
    """Return why a no can no longer be taken back, or None when it can."""
    if state is not InvitationState.DECLINED:
        return "You have not declined this invitation, so there is nothing to take back."
    if project in CLOSED:
        return "The project is no longer looking for people."
    if expires_at <= now:
        return "The time to answer this invitation is over, so the answer stays."
    if not may_reopen(state, answered_at, expires_at, now):
        return "An answer can be taken back for ten minutes. After that it is told to the client and stays."
    return None


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
