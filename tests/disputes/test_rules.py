from datetime import UTC, datetime, timedelta

import pytest

from marketplace.disputes.rules import DisputeState, Side, Standing, Step, answer_until, refuse_step, steps_for
from marketplace.timesheets.rules import EntryState

NOW = datetime(2026, 11, 11, 12, tzinfo=UTC)
WORKER, MANAGER = Side.WORKER, Side.MANAGER
REJECTED, DISPUTED = EntryState.REJECTED, EntryState.DISPUTED
C, U, A = DisputeState.CONTESTED, DisputeState.UPHELD, DisputeState.APPEALED


@pytest.mark.parametrize(
    ("line", "dispute", "side", "steps"),
    [
        (EntryState.SUBMITTED, None, MANAGER, [Step.WRITE]),
        (EntryState.SUBMITTED, None, WORKER, [Step.WRITE]),
        (EntryState.APPROVED, None, WORKER, []),
        (REJECTED, None, WORKER, [Step.ACCEPT, Step.CONTEST]),
        (REJECTED, None, MANAGER, []),
        (REJECTED, DisputeState.ACCEPTED, WORKER, []),
        (DISPUTED, C, WORKER, [Step.WRITE]),
        (DISPUTED, C, MANAGER, [Step.WRITE, Step.APPROVE, Step.UPHOLD]),
        (REJECTED, U, WORKER, [Step.APPEAL]),
        (REJECTED, U, MANAGER, []),
        (DISPUTED, A, MANAGER, [Step.WRITE, Step.APPROVE, Step.UPHOLD]),
        (DISPUTED, A, WORKER, [Step.WRITE]),
        (REJECTED, DisputeState.UPHELD_FINALLY, WORKER, []),
        (EntryState.APPROVED, DisputeState.APPROVED_FINALLY, MANAGER, []),
    ],
)
def test_who_may_do_what_and_when(line, dispute, side, steps):
    standing = Standing(line, dispute, NOW - timedelta(days=1), frozenset({1} if dispute in {U, A} else ()))
    assert steps_for(standing, side, 2, NOW) == steps


def test_an_answer_and_an_appeal_have_seven_days():
    for dispute, step in ((None, Step.CONTEST), (U, Step.APPEAL)):
        standing = Standing(REJECTED, dispute, NOW - timedelta(days=7))
        assert answer_until(standing) == NOW
        assert refuse_step(standing, step, WORKER, 2, NOW) is None
        assert "are over" in (refuse_step(standing, step, WORKER, 2, NOW + timedelta(seconds=1)) or "")


def test_an_appeal_is_decided_by_somebody_else_than_the_first_time():
    standing = Standing(DISPUTED, A, NOW, frozenset({7}))
    assert "somebody other" in (refuse_step(standing, Step.UPHOLD, MANAGER, 7, NOW) or "")
