"""The states and limits of applications: who may apply, what may be answered when, and with which reasons."""

from enum import StrEnum

from marketplace.profiles.rules import ProfileState

MAX_NOTE = 1_000
# So many wait at once for one person: a manager's time is scarce, and whoever applies everywhere is read by nobody.
MAX_WAITING = 50


class ApplicationState(StrEnum):
    """submitted → accepted / declined(reason) / withdrawn."""

    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class ApplicationDecline(StrEnum):
    """Why an application is declined."""

    GATE_MISSED = "gate_missed"
    OTHERS_FIT_BETTER = "others_fit_better"
    SEATS_TAKEN = "seats_taken"
    PROJECT_OVER = "project_over"
    OTHER = "other"


DECLINE_WORDS = {
    ApplicationDecline.GATE_MISSED: "A requirement is not met",
    ApplicationDecline.OTHERS_FIT_BETTER: "Others support the wishes better",
    ApplicationDecline.SEATS_TAKEN: "All seats are taken",
    ApplicationDecline.PROJECT_OVER: "The project is over",
    ApplicationDecline.OTHER: "Another reason",
}
# What a manager may choose; that the project is over is said by the end of the project itself.
CHOSEN_REASONS = tuple(reason for reason in ApplicationDecline if reason is not ApplicationDecline.PROJECT_OVER)

CLOSED_WORDS = {
    ApplicationState.ACCEPTED: "This application is accepted already.",
    ApplicationState.DECLINED: "This application is declined already.",
    ApplicationState.WITHDRAWN: "This application was withdrawn.",
}


class Standing(StrEnum):
    """How somebody stands to a project already, apart from gates."""

    NONE = "none"
    APPLIED = "applied"
    INVITED = "invited"
    WAITLISTED = "waitlisted"
    ENGAGED = "engaged"
    WORKED_BEFORE = "worked_before"


STANDING_WORDS = {
    Standing.APPLIED: "You have applied already; the application waits for an answer.",
    Standing.INVITED: "You are invited already: answer the invitation instead.",
    Standing.WAITLISTED: "You are on the waitlist of this project already.",
    Standing.ENGAGED: "You are on this project already.",
    Standing.WORKED_BEFORE: "You have worked on this project before; its managers have to ask you themselves.",
}


def not_ready(
    *, state: ProfileState | None, paused: bool, confirmed: bool, resume_ready: bool
) -> list[tuple[str, str]]:
    """Return (code, text) of everything about a profile that keeps it out of all projects; *state* None: no profile."""
    found = []
    if not confirmed:
        found.append(("email_unconfirmed", "Confirm your e-mail address first: open the link that we mailed you."))
    if state is None:
        found.append(("no_profile", "Begin with your profile: country, languages, hours and rate."))
    elif state is not ProfileState.QUALIFIED:
        found.append((f"profile_{state}", _UNQUALIFIED[state]))
    if state is not None and not resume_ready:
        found.append(("resume_not_ready", "Upload a résumé that we can read: people are matched by it."))
    if paused:
        found.append(("paused", "Your profile is paused: end the pause, then you can be matched and apply."))
    return found


_UNQUALIFIED = {
    ProfileState.DRAFT: "Your profile is a draft: complete it and hand it in, then a person looks at it.",
    ProfileState.SUBMITTED: "Your profile is with us: you can apply as soon as a person has qualified it.",
    ProfileState.REJECTED: "Your profile was not qualified: the reason is there; mend it and hand it in again.",
    ProfileState.WITHDRAWN: "You have withdrawn your profile: hand it in again to be qualified.",
}


def refuse_answer(state: ApplicationState) -> str | None:
    """Return why an application can no longer be answered or withdrawn, or None when it can."""
    return None if state is ApplicationState.SUBMITTED else CLOSED_WORDS[state]


def refuse_reason(reason: ApplicationDecline, note: str, *, misses_gate: bool) -> tuple[str, str] | None:
    """Return (field, text) of what is wrong with the reason of a decline, or None: it has to rest on something."""
    if reason is ApplicationDecline.GATE_MISSED and not misses_gate:
        return "reason", "Every requirement was met when this person applied: choose the true reason."
    if reason is ApplicationDecline.OTHER and not note.strip():
        return "note", "Say the reason in a sentence: the person reads it."
    return None


def refuse_missed(override: str, *, misses_gate: bool) -> str | None:
    """Return why somebody who misses a requirement cannot be taken, or None: with the manager's reason they can."""
    if misses_gate and not override.strip():
        return "A requirement is not met, or nothing is stated about it: say why you take this person all the same."
    return None
