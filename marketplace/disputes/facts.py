"""What both doors show of a line in question."""

from typing import Any

from marketplace import clock
from marketplace.accounts.models import Account
from marketplace.disputes import queries, rules
from marketplace.timesheets.models import TimeEntry


def facts_of(entry: TimeEntry, account: Account) -> dict[str, Any]:
    """Return a line with its dispute, its words, and the steps that *account* may take now."""
    dispute = queries.find_dispute(entry)
    standing = queries.standing_of(entry, dispute)
    side = queries.side_of(entry, account)
    return {
        "entry": entry,
        "dispute": dispute,
        "words": queries.words_of(entry),
        "steps": rules.steps_for(standing, side, account.id, clock.now()),
        "answer_until": rules.answer_until(standing),
    }
