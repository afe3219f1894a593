"""The relay: tells RQ of every task that is due, and rings the sweeps. Any number of relays may run side by side."""

import os
import socket
import threading
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, cast
from uuid import uuid4

import psycopg
import redis
import sqlalchemy as sa
import structlog

from marketplace import clock
from marketplace.services import valkey
from marketplace.tasks import bell, leases
from marketplace.tasks.actions import CHANNEL, new_task
from marketplace.tasks.heart import lone_engine, seen
from marketplace.tasks.models import Task, TaskState
from marketplace.tasks.news import Queue
from marketplace.tasks.sweeps import Sweep

POLL = timedelta(seconds=1)
# A bell that nobody heard for so long is rung again, unless it still waits in its queue.
RING_AGAIN = timedelta(seconds=15)
MOST_WAITING = 500
EPOCH_KEY = "fairmatch:epoch"
UNREACHABLE = (redis.RedisError, psycopg.OperationalError, sa.exc.OperationalError, sa.exc.InterfaceError)

log = structlog.get_logger(__name__)


class Relay:
    """One relay with its connections; `tick` does everything that is due once."""

    def __init__(self, database_url: str, redis_url: str, sweeps: Sequence[Sweep]) -> None:
        self.name = f"relay-{socket.gethostname()}-{os.getpid()}"
        self._sweeps = sweeps
        self._rung: dict[str, str] = {}
        self._engine = sa.create_engine(database_url, pool_pre_ping=True, connect_args={"connect_timeout": 5})
        self._ears = lone_engine(database_url)
        self._ear: psycopg.Connection[Any] | None = None
        self._valkey = valkey.connection(redis_url)
        self._last_round = 0.0
        self._outage: str | None = None

    def run(self, stopping: threading.Event) -> None:
        """Tick until told to stop, at every ring and at least every second; outages are waited out."""
        while not stopping.is_set():
            try:
                self.tick()
                self._note_outage(None)
                self._wait()
            except UNREACHABLE as error:
                self._note_outage(type(error).__name__)
                self._stop_listening()
                stopping.wait(POLL.total_seconds())

    def tick(self) -> int:
        """Ring for every task that is due, up to what the queues may hold; return for how many."""
        self._make_round()
        if self._valkey.set(EPOCH_KEY, uuid4().hex, nx=True):
            self._forget_what_was_rung()
        return sum(self._fill(queue) for queue in Queue)

    def close(self) -> None:
        """Give up all connections."""
        self._stop_listening()
        self._engine.dispose()
        self._valkey.close()

    def _stop_listening(self) -> None:
        if self._ear is not None:
            self._ear.close()
            self._ear = None

    def ring_sweeps(self) -> None:
        """Ring every sweep whose turn has come, unless this or another relay did."""
        with self._engine.begin() as connection:
            for sweep in self._sweeps:
                key = f"{sweep.news}:{sweep.turn(clock.now()).isoformat()}"
                if self._rung.get(sweep.name) != key:
                    connection.execute(new_task(sweep.news, {}, sweep.queue, dedupe_key=key))
                    self._rung[sweep.name] = key

    def _make_round(self) -> None:
        """Say that this relay lives and ring the sweeps, at most once a second."""
        if time.monotonic() - self._last_round >= POLL.total_seconds():
            with self._engine.begin() as connection:
                connection.execute(seen(self.name, "relay"))
            self.ring_sweeps()
            self._last_round = time.monotonic()

    def _forget_what_was_rung(self) -> None:
        """Have every task rung for again: Valkey has lost its queues."""
        with self._engine.begin() as connection:
            rung = sa.update(Task).where(Task.state == TaskState.READY, Task.enqueued_at.is_not(None))
            lost = connection.execute(rung.values(enqueued_at=None)).rowcount
        log.warning("valkey is empty: everything is rung for again", tasks=lost)

    def _fill(self, queue: Queue) -> int:
        """Ring for the due tasks of one queue that do not already wait in it.

        They are marked first and pushed after the commit, so that no worker meets a locked row and no lock
        outlasts a Valkey that hangs.
        """
        target = bell.rq_queue(queue, self._valkey)
        room = MOST_WAITING - self._valkey.llen(target.key)
        if room <= 0 or not (picked := self._mark(queue, room)):
            return 0
        try:
            waiting = set(self._valkey.lrange(target.key, 0, -1))
            missing = [task for task in picked if bell.job_id(*task).encode() not in waiting]
            bell.push(target, missing)
        except redis.RedisError:
            self._unmark([task_id for task_id, _ in picked])
            raise
        return len(missing)

    def _mark(self, queue: Queue, room: int) -> list[tuple[int, int]]:
        """Note that the bell is rung for the next *room* tasks; return the number and tries of each."""
        now = sa.func.clock_timestamp()
        unheard = sa.or_(Task.enqueued_at.is_(None), Task.enqueued_at < now - RING_AGAIN)
        next_ones = (
            sa.select(Task.id)
            .where(Task.queue == queue, leases.due(), unheard)
            .order_by(Task.next_run_at, Task.id)
            .limit(room)
            .with_for_update(skip_locked=True)
            .cte("next_ones")
        )
        marking = sa.update(Task).where(Task.id == next_ones.c.id).values(enqueued_at=now)
        with self._engine.begin() as connection:
            rows = connection.execute(marking.returning(Task.next_run_at, Task.id, Task.attempts)).all()
        return [(row.id, row.attempts) for row in sorted(rows, key=lambda row: (row.next_run_at, row.id))]

    def _unmark(self, task_ids: list[int]) -> None:
        with self._engine.begin() as connection:
            connection.execute(sa.update(Task).where(Task.id.in_(task_ids)).values(enqueued_at=None))

    def _wait(self) -> None:
        """Sleep until somebody rings, a second at most."""
        if self._ear is None:
            self._ear = self._new_ear()
            return
        for _ in self._ear.notifies(timeout=POLL.total_seconds(), stop_after=1):
            pass
        for _ in self._ear.notifies(timeout=0):
            pass

    def _new_ear(self) -> "psycopg.Connection[Any]":
        """Return a connection that listens; outside SQLAlchemy, which would roll a broken one back and raise."""
        pooled = self._ears.raw_connection()
        ear = cast("psycopg.Connection[Any]", pooled.driver_connection)
        pooled.detach()
        ear.autocommit = True
        ear.execute(f"LISTEN {CHANNEL}")
        return ear

    def _note_outage(self, error: str | None) -> None:
        """Log the beginning and the end of an outage, once each."""
        if error and not self._outage:
            log.error("relay cannot work", error=error)
        elif self._outage and not error:
            log.info("relay works again")
        self._outage = error
