"""What the readiness check and the admins' system page ask of the to-do list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from marketplace import clock
from marketplace.db import db
from marketplace.tasks.leases import BEAT
from marketplace.tasks.models import Task, TaskAttempt, TaskState, WorkerHeartbeat

FRESH = 4 * BEAT


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much one queue has before it: due now, under way, due later, given up, and since when the oldest waits."""

    queue: str
    waiting: int
    running: int
    later: int
    dead: int
    oldest_due: datetime | None


def backlog() -> list[Backlog]:
    """Return the backlog of every queue that has ever had a task, by name."""
    ready, held = Task.state == TaskState.READY, Task.lease_until > sa.func.clock_timestamp()
    due = sa.and_(ready, Task.next_run_at <= clock.now(), sa.or_(Task.lease_until.is_(None), sa.not_(held)))
    columns = (
        sa.func.count().filter(due),
        sa.func.count().filter(ready, held),
        sa.func.count().filter(ready, Task.next_run_at > clock.now(), Task.lease_until.is_(None)),
        sa.func.count().filter(Task.state == TaskState.DEAD),
        sa.func.min(Task.next_run_at).filter(due),
    )
    unfinished = Task.state.in_([TaskState.READY, TaskState.DEAD])
    rows = db.session.execute(sa.select(Task.queue, *columns).where(unfinished).group_by(Task.queue).order_by("queue"))
    return [Backlog(*row) for row in rows]


def dead_tasks(limit: int = 100) -> Sequence[Task]:
    """Return the tasks that have given up, latest first."""
    dead = sa.select(Task).where(Task.state == TaskState.DEAD).order_by(Task.finished_at.desc(), Task.id.desc())
    return db.session.scalars(dead.limit(limit)).all()


def attempts_of(task_id: int) -> Sequence[TaskAttempt]:
    """Return everything that happened to one task, first things first."""
    return db.session.scalars(
        sa.select(TaskAttempt).where(TaskAttempt.task_id == task_id).order_by(TaskAttempt.id)
    ).all()


def heartbeats() -> Sequence[WorkerHeartbeat]:
    """Return every worker and relay that was seen during the last day, by queue and name."""
    return db.session.scalars(sa.select(WorkerHeartbeat).order_by(WorkerHeartbeat.queue, WorkerHeartbeat.worker)).all()


def silence_of(queue: str) -> timedelta | None:
    """Return how long ago a worker of *queue* (or a ``relay``) was last seen; None if never."""
    last = sa.func.max(WorkerHeartbeat.seen_at)
    silence = sa.select(sa.func.clock_timestamp() - last).where(WorkerHeartbeat.queue == queue)
    return db.session.scalar(silence)


def is_served(queue: str) -> bool:
    """Tell whether a worker of *queue* (or a ``relay``) is alive."""
    silence = silence_of(queue)
    return silence is not None and silence < FRESH


def count_alive(queue: str) -> int:
    """Return how many workers of *queue* are alive."""
    fresh = WorkerHeartbeat.seen_at > sa.func.clock_timestamp() - FRESH
    return db.session.scalar(sa.select(sa.func.count()).where(WorkerHeartbeat.queue == queue, fresh)) or 0


def find_task(dedupe_key: str) -> int | None:
    """Return the number of the task of that key, None when there is none."""
    return db.session.scalar(sa.select(Task.id).where(Task.dedupe_key == dedupe_key))
