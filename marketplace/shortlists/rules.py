"""What a manager may say of somebody in a ranking before anybody is invited."""

from enum import StrEnum

MAX_NOTE = 1_000
MAX_NOTES = 50


class Mark(StrEnum):
    """shortlisted: to be invited, perhaps; not_chosen: not for this project, for a reason."""

    SHORTLISTED = "shortlisted"
    NOT_CHOSEN = "not_chosen"


class NotChosenReason(StrEnum):
    """Why somebody is not chosen; nothing about who they are is among them."""

    EXPERIENCE = "experience"
    LANGUAGE = "language"
    DEGREE = "degree"
    RATE = "rate"
    HOURS = "hours"
    EVIDENCE = "evidence"
    OTHER = "other"


REASON_WORDS = {
    NotChosenReason.EXPERIENCE: "The experience does not fit the work",
    NotChosenReason.LANGUAGE: "The languages do not fit the work",
    NotChosenReason.DEGREE: "The field of study does not fit the work",
    NotChosenReason.RATE: "The rate is too high for this project",
    NotChosenReason.HOURS: "Too few hours for this project",
    NotChosenReason.EVIDENCE: "The résumé does not support what is stated",
    NotChosenReason.OTHER: "Another reason, in the note",
}


def refuse_mark(mark: Mark | None, reason: NotChosenReason | None, note: str) -> tuple[str, str] | None:
    """Return (field, text) of what is wrong with a mark, or None when nothing is."""
    if mark is Mark.NOT_CHOSEN and reason is None:
        return "reason", "Choose why: whoever asks later finds it here."
    if mark is not Mark.NOT_CHOSEN and reason is not None:
        return "reason", "Only somebody who is not chosen has a reason for it."
    if reason is NotChosenReason.OTHER and not note:
        return "note", "Say in the note which reason it is."
    return None
