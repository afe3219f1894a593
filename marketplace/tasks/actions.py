"""The writes that other features and admins may make to the to-do list."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.postgresql import insert

from marketplace import audit, clock
from marketplace.db import db
from marketplace.errors import Missing, Refused
from marketplace.tasks.models import Task, TaskState
from marketplace.tasks.news import NEWS, Queue
from marketplace.words import say

CHANNEL = "fairmatch_task"


def ring(news: str, subject_id: int, *, dedupe_key: str | None = None, due_at: datetime | None = None) -> None:
    """Promise that *news* about *subject_id* will be answered, in the caller's own transaction.

    A second ring with the same *dedupe_key* changes nothing.  *due_at* (default: now) is the earliest moment.
    Raises KeyError for news that nobody answers.
    """
    add_task(news, {"id": subject_id}, NEWS[news], dedupe_key=dedupe_key, due_at=due_at)


def ring_apart(news: str, subject_id: int, *, dedupe_key: str) -> None:
    """Promise an answer to *news* in a transaction of its own: for a refusal, which undoes what the caller wrote."""
    with db.engine.begin() as connection:
        connection.execute(new_task(news, {"id": subject_id}, NEWS[news], dedupe_key=dedupe_key))


def add_task(
    kind: str,
    payload: dict[str, int],
    queue: Queue,
    *,
    job: str | None = None,
    dedupe_key: str | None = None,
    due_at: datetime | None = None,
) -> None:
    """Add one row in the caller's transaction."""
    db.session.execute(new_task(kind, payload, queue, job=job, dedupe_key=dedupe_key, due_at=due_at))


def new_task(
    kind: str,
    payload: dict[str, int],
    queue: Queue,
    *,
    job: str | None = None,
    dedupe_key: str | None = None,
    due_at: datetime | None = None,
) -> sa.Select[Any]:
    """Return the statement that adds one row and tells the relays, who hear of it at commit."""
    row = insert(Task).values(
        kind=kind,
        job=job,
        payload=payload,
        queue=queue,
        dedupe_key=dedupe_key,
        next_run_at=due_at or clock.now(),
        created_at=clock.now(),
        request_id=structlog.contextvars.get_contextvars().get("request_id"),
    )
    added = row.on_conflict_do_nothing(index_elements=["dedupe_key"]).returning(Task.queue).cte("added")
    return sa.select(sa.func.pg_notify(CHANNEL, added.c.queue))


def rerun_dead(task_id: int, *, by: int) -> None:
    """Give a dead task all its tries again, now."""
    task = _locked(task_id)
    if task.state is not TaskState.DEAD:
        raise Refused(say("Only a task that has given up can be run again."))
    task.state, task.attempts, task.crashes = TaskState.READY, 0, 0
    task.next_run_at, task.enqueued_at, task.finished_at = clock.now(), None, None
    db.session.execute(sa.select(sa.func.pg_notify(CHANNEL, task.queue)))
    audit.record("task.rerun", "task", task_id, actor_id=by, kind=task.kind)


def cancel_task(task_id: int, *, by: int) -> None:
    """Take a task off the list for good; a try that is under way will leave no trace in the database."""
    task = _locked(task_id)
    if task.state not in {TaskState.READY, TaskState.DEAD}:
        raise Refused(say("This task is already finished."))
    task.state, task.finished_at = TaskState.CANCELLED, clock.now()
    task.lease_token = task.lease_until = None
    audit.record("task.cancelled", "task", task_id, actor_id=by, kind=task.kind)


def _locked(task_id: int) -> Task:
    task = db.session.get(Task, task_id, with_for_update=True, populate_existing=True)
    if task is None:
        raise Missing
    return task
