import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace import clock, worker
from marketplace.db import db
from marketplace.errors import Missing, Refused
from marketplace.tasks import leases, queries, ring
from marketplace.tasks.actions import cancel_task, rerun_dead
from marketplace.tasks.heart import Heart
from marketplace.tasks.models import Event, Task, TaskAttempt, TaskState
from marketplace.tasks.performing import Outcome, perform
from marketplace.worker import perform_due
from tests.tasks import small_world

Effects = Callable[[], list[tuple[int, str]]]


def ring_one(news: str = "thing.noted") -> Task:
    ring(news, 7)
    db.session.commit()
    return db.session.scalars(sa.select(Task)).one()


def test_two_workers_that_race_for_one_task_have_one_effect(app: Flask, effects: Effects) -> None:
    task_id = ring_one().id
    db.session.rollback()
    outcomes: list[Outcome] = []
    together = threading.Barrier(4)

    def race(name: str) -> None:
        together.wait()
        outcomes.append(perform(app, task_id, worker.answers(), name))

    racers = [threading.Thread(target=race, args=(f"w{number}",)) for number in range(4)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()

    assert sorted(outcomes) == [Outcome.DONE, Outcome.NOTHING, Outcome.NOTHING, Outcome.NOTHING]
    assert effects() == [(7, "note")]


def test_who_lost_the_lease_leaves_no_trace(app: Flask, effects: Effects, monkeypatch: pytest.MonkeyPatch) -> None:
    task_id = ring_one().id
    db.session.rollback()
    monkeypatch.setattr(leases, "LEASE", timedelta(0))

    def slow(subject: int) -> None:
        """Let another worker take and finish the task in the middle of this job."""
        small_world.note(subject)
        answers = {"thing.noted": (small_world.note_again,)}
        assert perform(app, task_id, answers, "quick") is Outcome.DONE

    assert perform(app, task_id, {"thing.noted": (slow,)}, "slow") is Outcome.OVERTAKEN
    assert effects() == [(7, "again")]


def test_a_failed_task_leaves_nothing_and_waits_longer_each_time(app: Flask, effects: Effects) -> None:
    task = ring_one("thing.broken")
    moment = clock.now()
    waits = []
    for _ in range(leases.MOST_ATTEMPTS):
        with clock.at(moment):
            assert perform_due(app, raise_errors=False) == 0
        db.session.refresh(task)
        waits.append((task.next_run_at - moment).total_seconds())
        moment = max(task.next_run_at, moment)

    assert effects() == []
    for tries, wait in enumerate(waits[:-1]):
        assert 5 * 2**tries * 0.75 <= wait <= 5 * 2**tries * 1.25
    assert (task.state, task.attempts) == (TaskState.DEAD, 8)
    events = db.session.scalars(sa.select(TaskAttempt.event).order_by(TaskAttempt.id)).all()
    assert events == [Event.STARTED, Event.FAILED] * 8


def test_an_error_is_kept_without_what_it_says_of_people(app: Flask) -> None:
    task = ring_one("thing.broken")
    with pytest.raises(ValueError, match=r"ann@example\.org"):
        perform_due(app)

    db.session.refresh(task)
    assert task.last_error is not None
    assert task.last_error.startswith("ValueError")
    assert "ann@" not in task.last_error


def test_a_task_that_killed_three_workers_is_dead(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    task = ring_one()
    monkeypatch.setattr(leases, "LEASE", timedelta(0))
    for number in range(3):
        assert leases.claim(task.id, f"w{number}") is not None
    assert leases.claim(task.id, "w3") is None

    db.session.refresh(task)
    assert (task.state, task.crashes, task.last_error) == (TaskState.DEAD, 3, "its worker died 3 times")
    lost = sa.select(sa.func.count()).where(TaskAttempt.event == Event.LOST)
    assert db.session.scalar(lost) == 3
    assert queries.dead_tasks() == [task]


def test_a_dead_task_can_be_run_again_by_an_admin(app: Flask, effects: Effects) -> None:
    task = ring_one()
    with pytest.raises(Refused):
        rerun_dead(task.id, by=1)
    task.state, task.attempts, task.finished_at = TaskState.DEAD, 8, clock.now()
    db.session.commit()

    rerun_dead(task.id, by=1)
    db.session.commit()

    assert perform_due(app) == 1
    assert effects() == [(7, "note")]
    with pytest.raises(Missing):
        rerun_dead(4711, by=1)


def test_a_cancelled_task_is_not_performed(app: Flask, effects: Effects) -> None:
    task = ring_one()
    cancel_task(task.id, by=1)
    db.session.commit()

    assert perform_due(app) == 0
    with pytest.raises(Refused):
        cancel_task(task.id, by=1)
    assert effects() == []


def test_a_task_that_is_cancelled_while_it_runs_leaves_no_trace(app: Flask, effects: Effects) -> None:
    task_id = ring_one().id
    db.session.rollback()

    def cancel_meanwhile(subject: int) -> None:
        small_world.note(subject)
        with app.app_context():
            cancel_task(task_id, by=1)
            db.session.commit()

    assert perform(app, task_id, {"thing.noted": (cancel_meanwhile,)}, "w") is Outcome.OVERTAKEN
    assert effects() == []


def test_the_heart_keeps_a_lease_until_the_limit_of_a_job(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    task = ring_one()
    heart = Heart(str(db.engine.url), "w", "general")
    held = leases.claim(task.id, "w")
    assert held is not None

    with heart.keep(held):
        before = lease_end(task)
        heart.beat()
        assert lease_end(task) > before
    monkeypatch.setattr(leases, "JOB_LIMIT", timedelta(0))
    with heart.keep(held):
        before = lease_end(task)
        heart.beat()
        assert lease_end(task) == before
    assert [one.worker for one in queries.heartbeats()] == ["w"]
    heart.stop()
    assert queries.heartbeats() == []


def test_a_worker_that_has_to_stop_gives_its_task_back_untried(app: Flask, effects: Effects) -> None:
    task = ring_one()
    heart = Heart(str(db.engine.url), "w", "general")
    held = leases.claim(task.id, "w")
    assert held is not None
    with heart.keep(held):
        heart.let_go()

    db.session.refresh(task)
    assert (task.state, task.attempts, task.crashes, task.lease_token) == (TaskState.READY, 0, 0, None)
    assert perform_due(app) == 1
    assert effects() == [(7, "note")]


def lease_end(task: Task) -> datetime:
    db.session.rollback()
    db.session.refresh(task)
    assert task.lease_until is not None
    return task.lease_until
