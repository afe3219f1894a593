"""Work that comes back by the clock: what a sweep is, when one is due, and the sweeps of this very list."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from marketplace import clock
from marketplace.db import db
from marketplace.tasks.models import Task, TaskState, WorkerHeartbeat
from marketplace.tasks.news import Queue

KEEP_FINISHED = timedelta(days=30)
KEEP_SILENT = timedelta(days=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Sweep:
    """A function that the relays ring every so often, once for all of them together."""

    name: str
    every: timedelta
    function: Callable[[], None]
    queue: Queue = Queue.GENERAL

    @property
    def news(self) -> str:
        """The kind of its tasks."""
        return f"sweep.{self.name}"

    def turn(self, moment: datetime) -> datetime:
        """Return when the turn of *every* began that *moment* lies in: the same for every relay."""
        return EPOCH + (moment - EPOCH) // self.every * self.every


def drop_finished_tasks() -> None:
    """Forget what was done or cancelled a month ago; dead tasks stay until an admin decides."""
    finished = Task.state.in_([TaskState.DONE, TaskState.CANCELLED])
    db.session.execute(sa.delete(Task).where(finished, Task.finished_at < clock.now() - KEEP_FINISHED))


def drop_silent_workers() -> None:
    """Forget workers that have not been seen for a day."""
    silent = WorkerHeartbeat.seen_at < sa.func.clock_timestamp() - KEEP_SILENT
    db.session.execute(sa.delete(WorkerHeartbeat).where(silent))
