"""Hours that are not approved may be disputed: the states, who may take which step, and by when."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from marketplace.timesheets.rules import EntryState

ANSWER_DAYS = 7
LONGEST_WORD, MOST_WORDS = 2000, 100


class DisputeState(StrEnum):
    """accepted; or contested → approved / upheld → appealed → approved or upheld finally."""

    ACCEPTED = "accepted"
    CONTESTED = "contested"
    APPROVED = "approved"
    UPHELD = "upheld"
    APPEALED = "appealed"
    APPROVED_FINALLY = "approved_finally"
    UPHELD_FINALLY = "upheld_finally"


class Step(StrEnum):
    """What somebody does about a line."""

    WRITE = "write"
    ACCEPT = "accept"
    CONTEST = "contest"
    APPROVE = "approve"
    UPHOLD = "uphold"
    APPEAL = "appeal"


class Side(StrEnum):
    """On which side of a line somebody stands."""

    WORKER = "worker"
    MANAGER = "manager"


# While a line is in dispute nobody else's hours, and none of one's own, may lie over its time.
UNDER_DISPUTE = frozenset({DisputeState.CONTESTED, DisputeState.APPEALED})
MOVES: dict[tuple[DisputeState | None, Step], DisputeState] = {
    (None, Step.ACCEPT): DisputeState.ACCEPTED,
    (None, Step.CONTEST): DisputeState.CONTESTED,
    (DisputeState.CONTESTED, Step.APPROVE): DisputeState.APPROVED,
    (DisputeState.CONTESTED, Step.UPHOLD): DisputeState.UPHELD,
    (DisputeState.UPHELD, Step.APPEAL): DisputeState.APPEALED,
    (DisputeState.APPEALED, Step.APPROVE): DisputeState.APPROVED_FINALLY,
    (DisputeState.APPEALED, Step.UPHOLD): DisputeState.UPHELD_FINALLY,
}
SIDES = {
    Step.ACCEPT: Side.WORKER,
    Step.CONTEST: Side.WORKER,
    Step.APPEAL: Side.WORKER,
    Step.APPROVE: Side.MANAGER,
    Step.UPHOLD: Side.MANAGER,
}
NEEDS_WORDS = frozenset({Step.WRITE, Step.CONTEST, Step.UPHOLD, Step.APPEAL})


@dataclass(frozen=True, slots=True)
class Standing:
    """How a line stands: its own state, that of its dispute, when the last decision was, and who decided before.

    *deciders*: who rejected it and who upheld that.
    """

    line: EntryState
    dispute: DisputeState | None
    decided_at: datetime | None
    deciders: frozenset[int | None] = frozenset()


def answer_until(standing: Standing) -> datetime | None:
    """Return until when the worker may contest or appeal, or None when there is nothing to answer."""
    waits = standing.dispute in {None, DisputeState.UPHELD} and standing.line is EntryState.REJECTED
    return standing.decided_at + timedelta(days=ANSWER_DAYS) if waits and standing.decided_at else None


def steps_for(standing: Standing, side: Side, account_id: int, now: datetime) -> list[Step]:
    """Return the steps that somebody on *side* may take now."""
    return [step for step in Step if refuse_step(standing, step, side, account_id, now) is None]


def refuse_step(standing: Standing, step: Step, side: Side, account_id: int, now: datetime) -> str | None:
    """Return why somebody may not take *step* now, or None when they may."""
    if step is Step.WRITE:
        waits = standing.line in {EntryState.SUBMITTED, EntryState.DISPUTED}
        return None if waits else f"The line is {standing.line}: nothing is asked or answered about it any more."
    if SIDES[step] is not side:
        return "This is for the other side to do."
    if (standing.dispute, step) not in MOVES or (standing.dispute is None and standing.line is not EntryState.REJECTED):
        return f"A line that is {standing.line} cannot be {PAST[step]} now."
    until = answer_until(standing)
    if step in {Step.CONTEST, Step.APPEAL} and until is not None and now > until:
        return f"The {ANSWER_DAYS} days to answer are over."
    if standing.dispute is DisputeState.APPEALED and side is Side.MANAGER and account_id in standing.deciders:
        return "An appeal is decided by somebody other than whoever decided before."
    return None


PAST = {
    Step.ACCEPT: "accepted",
    Step.CONTEST: "contested",
    Step.APPROVE: "approved",
    Step.UPHOLD: "upheld",
    Step.APPEAL: "appealed",
}
STEP_WORDS = {
    Step.WRITE: "Write",
    Step.ACCEPT: "Accept that it is not approved",
    Step.CONTEST: "I do not agree",
    Step.APPROVE: "Approve after all",
    Step.UPHOLD: "Not approved, for good reason",
    Step.APPEAL: "Appeal",
}
