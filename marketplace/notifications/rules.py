"""Which kinds of notifications concern whom, in words, and when a digest is due."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

KEPT_FOR = timedelta(days=180)
# In the reader's own zone: before the day's work begins.
DIGEST_HOUR = 7
MOST_IN_A_DIGEST = 50
MOST_COUNTED = 100
WAY_NAMES = {"at_once": "Page, and mail at once", "daily": "Page, and daily digest", "page": "Page only"}
KIND_HINTS = {
    "security": "Passkeys, second factor, password and address of your account.",
    "pay": "A payment arrived, failed or came back.",
    "invitations": "An invitation came, is about to end, ended or was withdrawn; a seat is free for you.",
    "profile": "Your profile was decided; your résumé was read or refused.",
    "work": "A project paused, went on or was completed; your engagement began, paused or ended; your rate changed.",
    "hours": "Each line of your hours that was approved or not, with the reason.",
    "messages": "Somebody of your projects wrote to you.",
    "answers": "Somebody accepted, declined, waits for a seat, or did not answer in time.",
    "timesheets": "Somebody handed in a week for you to approve.",
    "matching": "A project's requirements are read, and its matches can be looked at.",
}
OF_EVERYBODY = ("security",)
OF_ROLES = {
    "annotator": ("pay", "invitations", "profile", "work", "hours", "messages"),
    "manager": ("messages", "answers", "timesheets", "matching"),
}


def kinds_for(roles: Collection[str]) -> list[str]:
    """Return the kinds that concern holders of *roles*, in the order of the page."""
    wanted = set(OF_EVERYBODY).union(*(OF_ROLES.get(role, ()) for role in roles))
    return [kind for kind in KIND_HINTS if kind in wanted]


def digest_day(moment: datetime, zone: str) -> date | None:
    """Return the day whose digest is due at *moment* for somebody in *zone*, or None before its hour."""
    local = moment.astimezone(ZoneInfo(zone))
    return local.date() if local.hour >= DIGEST_HOUR else None
