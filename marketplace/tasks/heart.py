"""The thread that says "still alive": for the worker as a whole and for the task in its hands."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.postgresql import insert

from marketplace.tasks import leases
from marketplace.tasks.leases import Claim
from marketplace.tasks.models import WorkerHeartbeat

log = structlog.get_logger(__name__)


class Heart(threading.Thread):
    """Beats every few seconds on a connection of its own, so that a busy or waiting job does not stop it.

    A job that takes longer than the limit is no longer vouched for, and another worker may take its task.
    """

    def __init__(self, database_url: str, worker: str, queue: str) -> None:
        super().__init__(name="heart", daemon=True)
        self.worker, self.queue = worker, queue
        self._engine = lone_engine(database_url)
        self._held: tuple[Claim, float] | None = None
        self._stopped = threading.Event()

    def run(self) -> None:
        """Beat until told to stop; a database that is away is tried again at the next beat."""
        away = False
        while True:
            try:
                self.beat()
                away = False
            except sa.exc.DBAPIError as error:
                if not away:
                    log.warning("heartbeat missed", error=type(error).__name__)
                away = True
            if self._stopped.wait(leases.BEAT.total_seconds()):
                return

    def beat(self) -> None:
        """Say once that this worker lives, and keep the task in its hands."""
        held = self._held
        with self._engine.begin() as connection:
            connection.execute(seen(self.worker, self.queue))
            if held is not None and time.monotonic() < held[1]:
                leases.extend(connection, held[0])

    @contextmanager
    def keep(self, held: Claim) -> Iterator[None]:
        """Keep the lease of *held* while the block runs."""
        self._held = (held, time.monotonic() + leases.JOB_LIMIT.total_seconds())
        try:
            yield
        finally:
            self._held = None

    def let_go(self) -> None:
        """Give the task in hand back, untried, for another worker to take."""
        held = self._held
        self._held = None
        if held is not None:
            with self._engine.begin() as connection:
                leases.release(connection, held[0], self.worker)

    def stop(self) -> None:
        """Beat no more and sign this worker off."""
        self._stopped.set()
        try:
            with self._engine.begin() as connection:
                connection.execute(sa.delete(WorkerHeartbeat).where(WorkerHeartbeat.worker == self.worker))
        except sa.exc.DBAPIError:
            log.warning("could not sign off")


def lone_engine(database_url: str) -> sa.Engine:
    """Return an engine that opens a connection for each use, so that none is stale after the server was away."""
    return sa.create_engine(database_url, poolclass=sa.NullPool, connect_args={"connect_timeout": 5})


def seen(worker: str, queue: str) -> sa.Insert:
    """Return the statement that notes a worker as alive now."""
    now = sa.func.clock_timestamp()
    row = insert(WorkerHeartbeat).values(worker=worker, queue=queue, seen_at=now)
    return row.on_conflict_do_update(index_elements=["worker"], set_={"seen_at": now, "queue": queue})
