from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from flask import Flask

from marketplace import clock
from marketplace.db import db
from marketplace.services import Services
from marketplace.tasks import ring, sweeps
from marketplace.tasks.models import Task, TaskAttempt, TaskState, WorkerHeartbeat
from marketplace.tasks.relay import Relay
from marketplace.tasks.sweeps import Sweep
from marketplace.worker import perform_due


def test_every_relay_finds_the_same_turns() -> None:
    hourly = Sweep("hourly", timedelta(hours=1), print)
    assert hourly.turn(datetime(2026, 3, 4, 5, 59, 59, tzinfo=UTC)) == datetime(2026, 3, 4, 5, tzinfo=UTC)
    assert hourly.turn(datetime(2026, 3, 4, 6, tzinfo=UTC)) == datetime(2026, 3, 4, 6, tzinfo=UTC)


def test_several_relays_ring_a_sweep_once_a_turn(servers: Services, app: Flask) -> None:
    hourly = Sweep("finished_tasks", timedelta(hours=1), sweeps.drop_finished_tasks)
    relays = [Relay(servers.database_url, servers.redis_url, [hourly]) for _ in range(2)]
    moment = datetime(2026, 3, 4, 5, 30, tzinfo=UTC)
    for later in (timedelta(0), timedelta(minutes=10), timedelta(hours=1)):
        with clock.at(moment + later):
            for relay in relays:
                relay.ring_sweeps()
    for relay in relays:
        relay.close()

    assert db.session.scalar(sa.select(sa.func.count()).select_from(Task)) == 2
    db.session.rollback()
    assert perform_due(app) == 2


def test_the_application_may_forget_old_tasks_with_their_attempts(whole_app: Flask) -> None:
    with whole_app.app_context():
        now = clock.now()
        for age, state in ((31, TaskState.DONE), (29, TaskState.DONE), (400, TaskState.DEAD)):
            finished = now - timedelta(days=age)
            task = Task(kind="old", queue="none", state=state, finished_at=finished)
            db.session.add(task)
            db.session.flush()
            db.session.add(TaskAttempt(task_id=task.id, attempt=1, event="done", worker="w"))
        long_ago = now - timedelta(days=2)
        db.session.add(WorkerHeartbeat(worker="gone", queue="none", seen_at=long_ago))
        db.session.flush()
        sweeps.drop_finished_tasks()
        sweeps.drop_silent_workers()

        left = sa.select(Task.state).join(TaskAttempt).where(Task.kind == "old").order_by(Task.id)
        assert list(db.session.scalars(left)) == [TaskState.DONE, TaskState.DEAD]
        assert db.session.scalar(sa.select(WorkerHeartbeat.id).where(WorkerHeartbeat.worker == "gone")) is None
        db.session.rollback()


def test_a_task_rung_by_the_application_role_is_performed(whole_app: Flask) -> None:
    with whole_app.app_context():
        ring("mail.queued", 4711)
        db.session.commit()
    assert perform_due(whole_app, kinds={"mail.queued"}) == 1
