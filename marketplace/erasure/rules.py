"""What becomes of each kind of record when somebody is erased, and what has to be settled before.

Every table that holds something about a person stands in the list; a guard test sees to it.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from marketplace.accounts.rules import RoleName

# What has to be typed, so that nobody is erased by a slip.
CONFIRMATION = "erase me"
# For so long the last mail is tried; then it goes with the rest.
WAIT_FOR_MAIL = timedelta(days=7)
LOOK_AGAIN = timedelta(minutes=1)
ONLY_ANNOTATORS = (
    "This account is also {roles}, and what it decided is told to others by its name. "
    "Ask an admin to take the role away (and an owner of the organisation to remove you), then come back."
)


class Fate(StrEnum):
    """What becomes of a record."""

    DELETED = "deleted"
    EMPTIED = "emptied"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Treatment:
    """What becomes of the records of one table; *words*: of those emptied what goes, of those that stay why."""

    fate: Fate
    words: str


def _goes(words: str) -> Treatment:
    return Treatment(Fate.DELETED, words)


def _empties(words: str) -> Treatment:
    return Treatment(Fate.EMPTIED, words)


def _stays(words: str) -> Treatment:
    return Treatment(Fate.KEPT, words)


TREATED = {
    "account": _empties("name, address, password and second factor go; a number is left, with nothing that says whose"),
    "account_role": _goes("what you may do"),
    "annotator_profile": _empties("everything that you stated goes, and what was noted of it; a number is left"),
    "api_token": _goes("your API tokens"),
    "application": _empties("notes and the facts behind each gate go; state and dates stay, as a client’s decision"),
    "audit_event": _empties("words go; who did what when stays, by number, because the trail is only added to"),
    "candidate_mark": _goes("for which projects you were shortlisted, or not chosen and why"),
    "candidate_note": _goes("what managers noted about you"),
    "degree": _goes("your degrees"),
    "dispute": _stays("it is the ground of what was paid, or not"),
    "engagement": _stays("the hours and payments in the books belong to it"),
    "engagement_rate": _stays("what was paid follows from it"),
    "experience": _goes("your experience"),
    "fact_answer": _goes("what you said of the facts in your résumé"),
    "invitation": _empties(
        "your note and the facts behind the rate go; rate and answer stay, as the ground of what was paid"
    ),
    "journal_entry": _empties("words go; the booking stays, because the books are only added to"),
    "language_skill": _goes("your languages"),
    "ledger_account": _stays("the books add up over all accounts"),
    "line_word": _empties("what was written about your hours goes; when, and which step it was, stays"),
    "match": _empties("quotes and facts go; rank and points stay, so that rankings of others can still be checked"),
    "member_invitation": _empties("your address goes"),
    "membership": _goes("your organisations"),
    "message": _empties("what you and managers wrote to each other goes; when something was written stays"),
    "notification": _goes("what you were told here"),
    "notification_choice": _goes("how you wanted to be told"),
    "notification_digest": _goes("the days on which you got a digest"),
    "outgoing_mail": _goes("the mails that were sent to you, here; not those in your own mailbox"),
    "passkey": _goes("your passkeys"),
    "payout": _empties("why one failed goes; amount, date and the bank's reference stay, as the books' ground"),
    "payout_method": _empties(
        "account numbers and names go; when there was a way to pay you stays, and so do the sealed files that "
        "went to the bank or came from it, as the books' ground"
    ),
    "payout_line": _stays("it says which hours a payment was for"),
    "portfolio": _goes("your public page"),
    "posting": _stays("it is the booking itself"),
    "resume": _goes("your résumés: files, texts, what was read in them, and what was computed from them"),
    "resume_passage": _goes("the passages of your résumés, with their vectors"),
    "time_entry": _empties("notes go; times, rate and decision stay, as the ground of what was paid"),
    "timer": _goes("your timer"),
    "timesheet": _stays("it is the ground of what was paid"),
    "wave_invitation": _stays("it says how an invitation came to be sent"),
    "web_session": _goes("where you are signed in"),
}


@dataclass(frozen=True, slots=True)
class Money:
    """What of somebody's work is not settled yet: lines by state, what is owed, payouts under way."""

    timer_running: bool
    recorded: int
    submitted: int
    owed: tuple[str, ...]
    under_way: int


@dataclass(frozen=True, slots=True)
class Block:
    """Why somebody cannot be erased yet, with what to do; *place*: the endpoint of the page where it is done."""

    words: str
    place: str = ""


def blocks_of(roles: frozenset[RoleName], money: Money) -> list[Block]:
    """Return what stands in the way, in the order in which to settle it."""
    others = sorted(roles - {RoleName.ANNOTATOR})
    found = [Block(ONLY_ANNOTATORS.format(roles=" and ".join(others)))] if others else []
    if money.timer_running:
        found.append(Block("Your timer is running. Stop it, or drop it.", "timesheets.week"))
    if money.recorded:
        words = (
            f"{_lines(money.recorded)} not handed in. Hand the week in to be paid, or delete what you do not want paid."
        )
        found.append(Block(words, "timesheets.week"))
    if money.submitted:
        words = f"{_lines(money.submitted)} waiting for a decision. Wait for it, or take the week back and delete them."
        found.append(Block(words, "timesheets.week"))
    if money.owed:
        words = f"You are owed {' and '.join(money.owed)}. It has to be paid out first: ask for the next payout run."
        found.append(Block(words, "payouts.earnings"))
    if money.under_way:
        words = "A payment to you is under way. Wait until the bank has confirmed it."
        found.append(Block(words, "payouts.earnings"))
    return found


def _lines(count: int) -> str:
    return "1 line of hours is" if count == 1 else f"{count} lines of hours are"


def refuse_confirmation(typed: str) -> str | None:
    """Return why what was *typed* does not confirm it, or None when it does."""
    if " ".join(typed.lower().split()) == CONFIRMATION:
        return None
    return f"Type “{CONFIRMATION}” to confirm."
