"""Who holds which task: taking it, keeping it, giving it back. Every function is one short transaction of its own.

Leases are measured by the database's clock, because the workers of one task may run on machines whose clocks differ;
due moments are asked of `marketplace.clock`, like every other date of the product.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

from marketplace import clock
from marketplace.db import db
from marketplace.tasks.actions import CHANNEL, add_task
from marketplace.tasks.models import Event, Task, TaskAttempt, TaskState
from marketplace.tasks.news import Queue

LEASE = timedelta(seconds=20)
BEAT = timedelta(seconds=5)
JOB_LIMIT = timedelta(seconds=300)
FIRST_DELAY = timedelta(seconds=5)
MOST_ATTEMPTS = 8
MOST_CRASHES = 3


@dataclass(frozen=True, slots=True)
class Claim:
    """A task in the hands of one worker: what to do and the token that proves it is still his."""

    task_id: int
    kind: str
    job: str | None
    payload: dict[str, Any]
    token: UUID
    attempt: int
    request_id: str | None


def unheld() -> sa.ColumnElement[bool]:
    """Return the condition that nobody, or only a dead worker, holds a task."""
    return sa.or_(Task.lease_until.is_(None), Task.lease_until < sa.func.clock_timestamp())


def due() -> sa.ColumnElement[bool]:
    """Return the condition that a task may be started now."""
    return sa.and_(Task.state == TaskState.READY, Task.next_run_at <= clock.now(), unheld())


def claim(task_id: int, worker: str) -> Claim | None:
    """Take the task for *worker*, or return None when there is nothing to do: done, held, not yet due.

    A lease that ran out means that a worker died over the task; the third time the task is put away as dead.
    """
    task = db.session.scalar(sa.select(Task).where(Task.id == task_id, due()).with_for_update())
    if task is None:
        db.session.rollback()
        return None
    if task.lease_token is not None:
        _note(task.id, task.attempts, Event.LOST, worker)
        task.crashes += 1
    if task.crashes >= MOST_CRASHES:
        _bury(task, f"its worker died {task.crashes} times")
        db.session.commit()
        return None
    task.attempts += 1
    token = task.lease_token = uuid4()
    task.lease_until, task.enqueued_at = sa.func.clock_timestamp() + LEASE, None
    _note(task.id, task.attempts, Event.STARTED, worker)
    held = Claim(task.id, task.kind, task.job, task.payload, token, task.attempts, task.request_id)
    db.session.commit()
    return held


def finish(held: Claim, worker: str) -> bool:
    """Mark the task done inside the transaction of its effects; False means that it is no longer ours."""
    done = (
        sa.update(Task)
        .where(*_ours(held))
        .values(state=TaskState.DONE, finished_at=clock.now(), lease_token=None, lease_until=None, last_error=None)
    )
    if not _touched(done):
        return False
    _note(held.task_id, held.attempt, Event.DONE, worker)
    return True


def give_up_try(held: Claim, worker: str, error: str) -> None:
    """Note that this try failed and when the next one is due; after the last one the task is dead."""
    task = db.session.scalar(sa.select(Task).where(*_ours(held)).with_for_update())
    if task is not None:
        _note(task.id, held.attempt, Event.FAILED, worker, error)
        if task.attempts >= MOST_ATTEMPTS:
            _bury(task, error)
        else:
            task.next_run_at = clock.now() + delay_after(task.attempts)
            task.lease_token = task.lease_until = task.enqueued_at = None
            task.last_error = error
    db.session.commit()


def delay_after(attempts: int) -> timedelta:
    """Return how long to wait after that many tries: 5 s, 10 s, 20 s …, each up to a quarter more or less."""
    doublings: int = 2 ** (attempts - 1)
    return FIRST_DELAY * doublings * random.uniform(0.75, 1.25)  # noqa: S311 -- nobody gains by guessing it


def split(held: Claim, jobs: Sequence[str], worker: str) -> bool:
    """Replace news that several jobs answer by one row for each, so that each is tried on its own."""
    parent = db.session.get_one(Task, held.task_id)
    for job in jobs:
        add_task(held.kind, held.payload, Queue(parent.queue), job=job, dedupe_key=f"{held.task_id}:{job}")
    return finish(held, worker)


def release(connection: sa.Connection, held: Claim, worker: str) -> None:
    """Give the task back untried, because this worker has to stop now."""
    back = (
        sa.update(Task)
        .where(*_ours(held))
        .values(lease_token=None, lease_until=None, enqueued_at=None, attempts=Task.attempts - 1)
    )
    if connection.execute(back).rowcount:
        values = {"task_id": held.task_id, "attempt": held.attempt, "event": Event.RELEASED, "worker": worker}
        connection.execute(sa.insert(TaskAttempt).values(**values))
        connection.execute(sa.select(sa.func.pg_notify(CHANNEL, "")))


def extend(connection: sa.Connection, held: Claim) -> None:
    """Keep the lease alive for another while."""
    connection.execute(_prolong(held.task_id, held.token))


def _prolong(task_id: int, token: UUID) -> sa.Update:
    return (
        sa.update(Task)
        .where(Task.id == task_id, Task.lease_token == token)
        .values(lease_until=sa.func.clock_timestamp() + LEASE)
    )


def _ours(held: Claim) -> tuple[sa.ColumnElement[bool], ...]:
    return Task.id == held.task_id, Task.lease_token == held.token, Task.state == TaskState.READY


def _touched(statement: sa.Update) -> bool:
    result = db.session.execute(statement, execution_options={"synchronize_session": False})
    return bool(result.rowcount)  # type: ignore[attr-defined]


def _bury(task: Task, error: str) -> None:
    task.state, task.finished_at, task.last_error = TaskState.DEAD, clock.now(), error
    task.lease_token = task.lease_until = None


def _note(task_id: int, attempt: int, event: Event, worker: str, error: str | None = None) -> None:
    db.session.add(TaskAttempt(task_id=task_id, attempt=attempt, event=event, worker=worker, error=error))
