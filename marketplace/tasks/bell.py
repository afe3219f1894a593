"""RQ as the bell: what may lie in Valkey, how it gets there, and the RQ worker that believes nothing else.

Whoever can write to Valkey must not be able to run code here.  RQ by itself imports any function a job names,
unpickles, runs callbacks, calls webhooks, moves dependents and obeys commands on a channel.  So a job here is worth
its number only, everything else is refused, and RQ's own book-keeping in Valkey is left out: the database has it.
"""

import re
import time
import zlib
from collections.abc import Callable, Iterable
from datetime import timedelta
from types import FrameType
from typing import Any, ClassVar, Self, cast
from uuid import uuid4

import redis
import structlog
from rq import Queue as RqQueue
from rq import SimpleWorker, worker_registration
from rq.exceptions import NoSuchJobError, StopRequested
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.timeouts import JobTimeoutException
from rq.utils import now
from rq.worker import WorkerStatus

from marketplace.services import valkey
from marketplace.tasks.leases import JOB_LIMIT

# A label, not an import path: an ordinary RQ worker that comes upon our jobs finds nothing to import.
FUNCTION = "fairmatch.run_task"
JOB_ID = re.compile(r"task-([1-9][0-9]{0,17})-([0-9]{1,9})")
SECONDS_IN_QUEUE = 86_400
LONGEST_DATA = 200
LONGEST_PAUSE = 5.0
HEARTBEAT = timedelta(seconds=5)

# What makes RQ do more than call one function.
REFUSED_FIELDS = (
    b"success_callback_name",
    b"failure_callback_name",
    b"stopped_callback_name",
    b"webhooks",
    b"dependency_id",
    b"dependency_ids",
    b"retry_intervals",
    b"repeat_intervals",
    b"rate_limit_key",
    b"group_id",
    b"result",
    b"meta",
)

log = structlog.get_logger(__name__)


class RefusedJob(NoSuchJobError):
    """A job that we did not put there; RQ passes over it like over one that has vanished."""


class FairmatchJob(Job):
    """A job that can do one thing: perform the task whose number is in its id."""

    performer: ClassVar[Callable[[int], Any] | None] = None
    task_id: int

    @classmethod
    def fetch(cls, id: str, connection: redis.Redis | None = None, serializer: Any = None) -> Self:
        """Return the job of that id; raises RefusedJob unless it is exactly what `push` writes."""
        if JOB_ID.fullmatch(id) is None:
            raise cls._refusal("id")
        return cast(Self, super().fetch(id, connection=connection, serializer=JSONSerializer))

    def restore(self, raw_data: dict[bytes, bytes]) -> None:
        """Take nothing from Valkey but the number, and only when nothing else is asked; raises RefusedJob."""
        named = JOB_ID.fullmatch(self.id)
        if named is None:
            raise self._refusal("id")
        for field in REFUSED_FIELDS:
            if raw_data.get(field):
                raise self._refusal(field.decode())
        self.task_id = int(named[1])
        expected = JSONSerializer.dumps((FUNCTION, None, [self.task_id], {}))
        if _unpacked(raw_data.get(b"data", b"")) != expected:
            raise self._refusal("data")
        self.serializer = JSONSerializer
        super().restore({b"data": expected})

    def _execute(self) -> Any:
        if FairmatchJob.performer is None:
            raise self._refusal("function")
        return FairmatchJob.performer(self.task_id)

    @staticmethod
    def _refusal(reason: str) -> RefusedJob:
        log.warning("planted job refused", reason=reason)
        return RefusedJob(reason)


class FairmatchWorker(SimpleWorker):
    """RQ's worker without forking, for one queue, without anything that reads instructions from Valkey."""

    max_connection_wait_time = 5.0
    log_result_lifespan = False

    def __init__(self, queue: RqQueue, name: str, on_stop: Callable[[], None]) -> None:
        super().__init__(
            [queue],
            name=name,
            connection=queue.connection,
            job_class=FairmatchJob,
            serializer=JSONSerializer,
            log_job_description=False,
            worker_ttl=30,
            maintenance_interval=60,
        )
        self._on_stop = on_stop

    def execute_job(self, job: Job, queue: RqQueue) -> None:
        """Perform the task and forget the job; what became of it is in the database."""
        self.set_state(WorkerStatus.BUSY)
        try:
            with self.death_penalty_class(int(JOB_LIMIT.total_seconds()), JobTimeoutException, job_id=job.id):
                job.perform()
        except JobTimeoutException:
            log.error("task stopped at the time limit", job=job.id)
        finally:
            self._state = WorkerStatus.IDLE
            with self.connection.pipeline() as pipeline:
                pipeline.delete(job.key)
                pipeline.lrem(queue.intermediate_queue_key, 1, job.id)
                pipeline.hset(self.key, "state", WorkerStatus.IDLE)
                pipeline.execute()

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        """Tell Valkey every few seconds; RQ would three times a task, in nine round trips."""
        if self.last_heartbeat is None or now() - self.last_heartbeat > HEARTBEAT:
            super().heartbeat(timeout, pipeline)

    def run_maintenance_tasks(self) -> None:
        """Cut the list of jobs that died in a worker's hands, and sign on again after Valkey was wiped.

        RQ's own maintenance would fetch, unpickle and call back whatever lies in its registries.
        """
        self.connection.ltrim(self.queues[0].intermediate_queue_key, -1000, -1)
        if not self.connection.hexists(self.key, "birth"):
            with self.connection.pipeline() as pipeline:
                pipeline.hset(self.key, mapping=self.serialize())
                worker_registration.register(self, pipeline)
                pipeline.execute()
        self.last_cleaned_at = now()  # type: ignore[assignment]

    def subscribe(self) -> None:
        """Hear no commands: whoever may write to Valkey may not stop workers."""

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """Stop at once when idle, after this task when busy; a second signal changes nothing."""
        self._on_stop()
        if self.get_state() != WorkerStatus.BUSY:
            raise StopRequested
        self._stop_requested = True


def rq_queue(name: str, connection: redis.Redis) -> RqQueue:
    """Return the RQ queue of one of our queues."""
    return RqQueue(f"fairmatch-{name}", connection=connection, job_class=FairmatchJob, serializer=JSONSerializer)


def job_id(task_id: int, attempts: int) -> str:
    """Return the id of the job that stands for the next try of a task."""
    return f"task-{task_id}-{attempts}"


def push(queue: RqQueue, tasks: Iterable[tuple[int, int]]) -> None:
    """Ring for the tasks, each given as its number and the tries it has had."""
    queue.enqueue_many(
        RqQueue.prepare_data(
            FUNCTION,
            (task_id,),
            timeout=int(JOB_LIMIT.total_seconds()),
            result_ttl=0,
            ttl=SECONDS_IN_QUEUE,
            job_id=job_id(task_id, attempts),
            description=f"task {task_id}",
        )
        for task_id, attempts in tasks
    )


def listen(url: str, queue: str, name: str, on_stop: Callable[[], None]) -> None:
    """Perform what is rung for on *queue* until SIGTERM or SIGINT; a Valkey that is away is waited for.

    *on_stop* is called in the signal handler, before the task in hand is finished.
    """
    stopped = False
    pause = 0.5

    def stop() -> None:
        nonlocal stopped
        if not stopped:
            stopped = True
            on_stop()

    while not stopped:
        try:
            # A name is used once: after an outage Valkey may still know the last one as alive.
            own_name = f"{name}-{uuid4().hex[:6]}"
            worked = FairmatchWorker(rq_queue(queue, valkey.connection(url)), own_name, stop).work(
                logging_level="ERROR"
            )
            pause = 0.5 if worked else min(pause * 2, LONGEST_PAUSE)
            if not stopped:
                time.sleep(pause)
        except StopRequested:
            return
        except (redis.RedisError, OSError) as error:
            log.error("valkey away", error=type(error).__name__)
            pause = min(pause * 2, LONGEST_PAUSE)


def _unpacked(packed: bytes) -> bytes:
    """Return what *packed* holds, but no more than a job of ours can hold."""
    try:
        return zlib.decompressobj().decompress(packed, LONGEST_DATA)
    except zlib.error:
        return b""
