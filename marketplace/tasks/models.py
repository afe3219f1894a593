"""The to-do list and what happened to each entry of it. Nothing here knows RQ."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db import Base, Id, Moment, foreign, words


class TaskState(StrEnum):
    """Where a task stands; ``dead`` waits for an admin, the last three are never picked up."""

    READY = "ready"
    DONE = "done"
    DEAD = "dead"
    CANCELLED = "cancelled"


class Event(StrEnum):
    """What happened in one try; ``lost`` is a worker that died, ``released`` one that was told to stop."""

    STARTED = "started"
    DONE = "done"
    FAILED = "failed"
    LOST = "lost"
    RELEASED = "released"


class Task(Base):
    """One piece of news that jobs have to answer, added in the transaction of the thing that happened.

    *job* is empty on the news itself and set on the rows into which news with several answers is split.
    *lease_token* is set while a worker holds the task; with *lease_until* past, that worker is taken for dead.
    *enqueued_at* says when the bell was last rung for it, empty when it has to be rung.
    """

    __tablename__ = "task"
    __table_args__ = (
        sa.Index("ix_task_due", "queue", "next_run_at", postgresql_where=sa.text("state = 'ready'")),
        sa.Index("ix_task_finished", "state", "finished_at", postgresql_where=sa.text("state <> 'ready'")),
        sa.CheckConstraint("(lease_token IS NULL) = (lease_until IS NULL)", name="lease_whole"),
        sa.CheckConstraint("lease_token IS NULL OR state = 'ready'", name="lease_only_while_ready"),
    )

    id: Mapped[Id]
    kind: Mapped[str]
    job: Mapped[str | None]
    dedupe_key: Mapped[str | None] = mapped_column(unique=True)
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    queue: Mapped[str]
    state: Mapped[TaskState] = mapped_column(words(TaskState, "state"), default=TaskState.READY)
    attempts: Mapped[int] = mapped_column(default=0)
    crashes: Mapped[int] = mapped_column(default=0)
    next_run_at: Mapped[Moment]
    enqueued_at: Mapped[datetime | None]
    lease_token: Mapped[UUID | None]
    lease_until: Mapped[datetime | None]
    last_error: Mapped[str | None]
    request_id: Mapped[str | None]
    created_at: Mapped[Moment]
    finished_at: Mapped[datetime | None]


class TaskAttempt(Base):
    """One event of one try; rows are only ever added, and go with their task when that is swept away."""

    __tablename__ = "task_attempt"

    id: Mapped[Id]
    task_id: Mapped[int] = foreign("task.id", ondelete="CASCADE")
    attempt: Mapped[int]
    event: Mapped[Event] = mapped_column(words(Event, "event"))
    at: Mapped[Moment]
    worker: Mapped[str]
    error: Mapped[str | None]


class WorkerHeartbeat(Base):
    """When a worker (or a relay, whose queue is ``relay``) was last seen alive, by the database's clock."""

    __tablename__ = "worker_heartbeat"

    id: Mapped[Id]
    worker: Mapped[str] = mapped_column(unique=True)
    queue: Mapped[str]
    seen_at: Mapped[Moment]
