"""Workers and relays as real processes, and what is left when they or the servers die."""

import json
import pickle
import signal
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
import redis
import sqlalchemy as sa
from flask import Flask
from rq import Callback, SimpleWorker
from rq import Queue as RqQueue
from rq.serializers import JSONSerializer

from marketplace.db import db
from marketplace.services import Services, postgres, valkey
from marketplace.tasks import bell, queries, ring
from marketplace.tasks.models import Event, Task, TaskAttempt, TaskState, WorkerHeartbeat
from marketplace.tasks.relay import MOST_WAITING, Relay
from tests.tasks.conftest import Start

Effects = Callable[[], list[tuple[int, str]]]
Until = Callable[[Callable[[], bool]], None]


def ring_all(news: str, subjects: range) -> None:
    for subject in subjects:
        ring(news, subject)
    db.session.commit()


def finished(count: int) -> Callable[[], bool]:
    done = sa.select(sa.func.count()).select_from(Task).where(Task.state == TaskState.DONE)
    return lambda: db.session.scalar(done) == count


def running() -> bool:
    return db.session.scalar(sa.select(sa.func.count()).where(Task.lease_token.is_not(None))) == 1


def test_two_workers_and_two_relays_do_everything_once(
    app: Flask, start: Start, until: Until, effects: Effects
) -> None:
    for part in (("relay",), ("relay",), ("worker", "general"), ("worker", "general")):
        start(*part)
    ring_all("thing.noted", range(60))
    until(finished(60))

    assert effects() == [(subject, "note") for subject in range(60)]
    started = sa.select(sa.func.count()).where(TaskAttempt.event == Event.STARTED)
    assert db.session.scalar(started) == 60
    assert {one.queue for one in queries.heartbeats()} == {"general", "relay"}


def test_the_task_of_a_killed_worker_is_finished_once_by_another(
    app: Flask, start: Start, until: Until, effects: Effects
) -> None:
    start("relay")
    first = start("worker", "general")
    ring_all("thing.slow", range(1))
    until(running)
    first.kill()
    start("worker", "general")
    until(finished(1))

    assert effects() == [(0, "note")]
    task = db.session.scalars(sa.select(Task)).one()
    assert (task.attempts, task.crashes) == (2, 1)
    assert [one.event for one in queries.attempts_of(task.id)] == [
        Event.STARTED,
        Event.LOST,
        Event.STARTED,
        Event.DONE,
    ]


def test_a_task_that_kills_its_workers_is_put_away_and_the_others_go_on(
    app: Flask, start: Start, until: Until, effects: Effects
) -> None:
    start("relay")
    worker = start("worker", "general")
    ring_all("thing.poisonous", range(1))
    ring_all("thing.noted", range(1, 11))
    poisonous = db.session.scalars(sa.select(Task).where(Task.kind == "thing.poisonous")).one()

    def is_dead() -> bool:
        nonlocal worker
        if worker.poll() is not None:
            worker = start("worker", "general")
        db.session.refresh(poisonous)
        return poisonous.state is TaskState.DEAD

    until(is_dead)
    until(finished(10))
    assert (poisonous.attempts, poisonous.crashes) == (3, 3)
    assert effects() == [(subject, "note") for subject in range(1, 11)]


def test_a_wiped_valkey_loses_nothing(
    app: Flask, start: Start, until: Until, effects: Effects, bell_server: redis.Redis
) -> None:
    start("relay")
    ring_all("thing.noted", range(100))
    waiting = RqQueue("fairmatch-general", connection=bell_server)
    until(lambda: waiting.count == 100)
    bell_server.flushall()
    start("worker", "general")
    until(lambda: len(effects()) > 20)
    bell_server.flushall()
    until(finished(100))

    assert effects() == [(subject, "note") for subject in range(100)]


def test_workers_outlive_a_database_that_throws_them_out(
    app: Flask, start: Start, until: Until, effects: Effects
) -> None:
    start("relay")
    start("worker", "general")
    ring_all("thing.noted", range(5))
    until(finished(5))
    others = "pid <> pg_backend_pid() AND backend_type = 'client backend'"
    db.session.execute(sa.text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"))
    db.session.rollback()
    ring_all("thing.noted", range(5, 10))
    until(finished(10))

    assert effects() == [(subject, "note") for subject in range(10)]


def test_killed_servers_are_waited_for(
    folder: Path, app: Flask, start: Start, until: Until, effects: Effects, bell_server: redis.Redis
) -> None:
    for part in (("relay",), ("worker", "general")):
        start(*part)
    ring_all("thing.noted", range(5))
    until(finished(5))
    ring_all("thing.slow", range(5, 6))
    until(running)
    db.session.rollback()
    db.engine.dispose()
    for name in ("postgres", "valkey-server"):
        kill_server(folder, name)
    time.sleep(1)
    postgres.start(folder)
    valkey.start(folder)
    ring_all("thing.noted", range(6, 10))
    until(finished(10))

    assert effects() == [(subject, "note") for subject in range(10)]


def kill_server(folder: Path, name: str) -> None:
    """Kill -9 the eldest process of that program in *folder*; PostgreSQL's others follow by themselves."""
    here = [one for one in psutil.process_iter(["name", "cwd"]) if (one.info["cwd"] or "").startswith(str(folder))]
    min((one for one in here if one.info["name"] == name), key=lambda one: one.pid).kill()


def test_a_worker_that_is_told_to_stop_finishes_its_task(
    app: Flask, start: Start, until: Until, effects: Effects
) -> None:
    start("relay")
    worker = start("worker", "general")
    ring_all("thing.slow", range(1))
    until(running)
    worker.send_signal(signal.SIGTERM)

    assert worker.wait(timeout=10) == 0
    assert effects() == [(0, "note")]
    assert "general" not in {one.queue for one in queries.heartbeats()}


def test_a_worker_whose_task_takes_too_long_to_wait_for_gives_it_back(
    app: Flask, start: Start, until: Until, effects: Effects
) -> None:
    start("relay")
    worker = start("worker", "general", SECONDS_TO_FINISH="0.2")
    ring_all("thing.slow", range(1))
    until(running)
    worker.send_signal(signal.SIGTERM)

    assert worker.wait(timeout=10) == 0
    task = db.session.scalars(sa.select(Task)).one()
    assert (task.state, task.attempts, task.lease_token) == (TaskState.READY, 0, None)
    start("worker", "general")
    until(finished(1))
    assert effects() == [(0, "note")]


def planted(path: Path) -> dict[str, bytes]:
    """Return the data of jobs that would each make an ordinary RQ worker write to *path*."""
    touch: list[Any] = ["pathlib.Path.touch", None, [str(path)], {}]
    return {
        "json": json.dumps(["os.system", None, [f"touch {path}"], {}]).encode(),
        "pickle": pickle.dumps(("os.system", None, (f"touch {path}",), {})),
        "other": json.dumps(touch).encode(),
        "number": json.dumps([bell.FUNCTION, None, [2], {}]).encode(),
        "more": json.dumps([bell.FUNCTION, None, [1, 2], {}]).encode(),
        "bomb": b" " * 50_000_000,
    }


def test_jobs_that_somebody_planted_in_valkey_are_not_run(
    app: Flask, start: Start, until: Until, effects: Effects, bell_server: redis.Redis, tmp_path: Path
) -> None:
    trace = tmp_path / "trace"
    queue = "rq:queue:fairmatch-general"
    for number, data in enumerate(planted(trace).values(), 1):
        for job_id in (f"task-1-{number}", f"evil.{number}", "os.system:x"):
            bell_server.hset(f"rq:job:{job_id}", mapping={"data": zlib.compress(data), "timeout": 5})
            bell_server.rpush(queue, job_id)
    ours = JSONSerializer.dumps((bell.FUNCTION, None, [1], {}))
    bad_fields = {"success_callback_name": "os.abort", "webhooks": '[{"url": "http://127.0.0.1:9"}]', "meta": "x"}
    for number, (field, value) in enumerate(bad_fields.items(), 50):
        bell_server.hset(f"rq:job:task-1-{number}", mapping={"data": zlib.compress(ours), field: value})
        bell_server.rpush(queue, f"task-1-{number}")
    RqQueue("fairmatch-general", connection=bell_server).enqueue(
        "os.system", f"touch {trace}", on_success=Callback("os.abort"), on_failure=Callback("os.abort")
    )
    start("worker", "general")
    start("relay")
    ring_all("thing.noted", range(1))
    until(finished(1))
    time.sleep(0.3)

    assert bell_server.llen(queue) == 0
    assert not trace.exists()
    assert effects() == [(0, "note")]


def test_commands_on_the_channel_of_a_worker_are_not_heard(
    app: Flask, start: Start, until: Until, bell_server: redis.Redis
) -> None:
    worker = start("worker", "general")
    until(lambda: bool(bell_server.smembers("rq:workers")))
    (own,) = SimpleWorker.all(connection=bell_server)
    assert bell_server.publish(f"rq:pubsub:{own.name}", json.dumps({"command": "shutdown"})) == 0
    assert worker.poll() is None


def test_a_backlog_is_rung_for_once_and_in_portions(servers: Services, app: Flask, bell_server: redis.Redis) -> None:
    relay = Relay(servers.database_url, servers.redis_url, ())
    ring_all("thing.noted", range(MOST_WAITING + 20))

    assert relay.tick() == MOST_WAITING
    assert relay.tick() == 0
    bell_server.ltrim("rq:queue:fairmatch-general", 30, -1)
    assert relay.tick() == 20
    relay.close()


def test_a_bell_that_nobody_heard_is_rung_again_but_not_while_it_waits(
    servers: Services, app: Flask, bell_server: redis.Redis
) -> None:
    relay = Relay(servers.database_url, servers.redis_url, ())
    ring_all("thing.noted", range(3))
    assert relay.tick() == 3
    bell_server.lpop("rq:queue:fairmatch-general")
    long_ago = sa.func.clock_timestamp() - sa.text("interval '1 minute'")
    db.session.execute(sa.update(Task).values(enqueued_at=long_ago))
    db.session.commit()

    assert relay.tick() == 1
    assert bell_server.llen("rq:queue:fairmatch-general") == 3
    relay.close()


@pytest.mark.usefixtures("app")
def test_a_heartbeat_that_stopped_is_not_taken_for_a_worker(app: Flask) -> None:
    assert not queries.is_served("general")
    db.session.add(WorkerHeartbeat(worker="w", queue="general", seen_at=sa.func.clock_timestamp()))
    db.session.commit()
    assert queries.is_served("general")
    old = sa.func.clock_timestamp() - sa.text("interval '1 minute'")
    db.session.execute(sa.update(WorkerHeartbeat).values(seen_at=old))
    assert not queries.is_served("general")
