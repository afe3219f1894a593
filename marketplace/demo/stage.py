"""How the demo world lets things happen in the past: an act is done at a told time, and what it rings is answered then.

Résumés, wishes and mails are left to the real workers; everything else that an act promises is kept in the same
transaction, or later in the story, when its time has come.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import uuid4

import sqlalchemy as sa

from marketplace import clock
from marketplace.db import db
from marketplace.tasks.models import Task, TaskState
from marketplace.worker import ANSWERS

LEFT_TO_WORKERS = frozenset({"mail.queued", "resume.uploaded", "project.brief_changed", "people_search.asked"})
HELD_FOR = timedelta(hours=1)
PATIENCE_SECONDS = 600.0
Result = TypeVar("Result")


def act(moment: datetime, deed: Callable[[], Result]) -> Result:
    """Do *deed* at *moment*, after what was due before it, and commit."""
    _catch_up(moment)
    with clock.at(moment):
        result = deed()
        db.session.flush()
        _hold()
        _answer_due(moment)
        db.session.commit()
    return result


def finish() -> None:
    """Answer what is due by now and give the rest, which lies ahead, to the real workers."""
    _catch_up(clock.now())
    db.session.execute(
        sa.update(Task).where(Task.state == TaskState.READY, _own()).values(lease_token=None, lease_until=None)
    )
    db.session.commit()


def wait_for_workers(kinds: frozenset[str], progress: Callable[[int], None]) -> None:
    """Wait until the workers have done every task of *kinds*, telling *progress* how many are left.

    Raises TimeoutError when nothing moves for ten minutes.
    """
    left, since = -1, time.monotonic()
    while True:
        db.session.rollback()
        count = db.session.scalar(
            sa.select(sa.func.count()).select_from(Task).where(Task.state == TaskState.READY, Task.kind.in_(kinds))
        )
        if count != left:
            left, since = int(count or 0), time.monotonic()
            progress(left)
        if not left:
            return
        if time.monotonic() - since > PATIENCE_SECONDS:
            raise TimeoutError("no worker answers; is `marketplace worker model` running?")
        time.sleep(0.2)


def _own() -> sa.ColumnElement[bool]:
    return Task.kind.in_(ANSWERS.keys() - LEFT_TO_WORKERS)


def _hold() -> None:
    """Keep the real workers from what the story answers itself."""
    ends = sa.func.clock_timestamp() + HELD_FOR
    db.session.execute(
        sa.update(Task)
        .where(Task.state == TaskState.READY, Task.lease_token.is_(None), _own())
        .values(lease_token=uuid4(), lease_until=ends)
    )


def _catch_up(moment: datetime) -> None:
    """Answer, each at its own time, what became due between two acts."""
    while (task := _next_due(moment)) is not None:
        with clock.at(max(task.next_run_at, task.created_at)):
            _answer(task)
            db.session.flush()
            _hold()
            db.session.commit()


def _answer_due(moment: datetime) -> None:
    while (task := _next_due(moment)) is not None:
        _answer(task)
        db.session.flush()
        _hold()


def _next_due(moment: datetime) -> Task | None:
    statement = sa.select(Task).where(Task.state == TaskState.READY, Task.next_run_at <= moment, _own())
    return db.session.scalar(statement.order_by(Task.next_run_at, Task.id).limit(1).with_for_update(skip_locked=True))


def _answer(task: Task) -> None:
    for job in ANSWERS[task.kind]:
        job(task.payload["id"])
    task.state, task.finished_at = TaskState.DONE, clock.now()
    task.lease_token = task.lease_until = None
