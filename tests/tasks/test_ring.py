from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
import structlog
from flask import Flask

from marketplace import clock
from marketplace.db import db
from marketplace.tasks import ring
from marketplace.tasks.models import Event, Task, TaskAttempt, TaskState
from marketplace.worker import perform_due

Effects = Callable[[], list[tuple[int, str]]]


def test_a_rung_task_is_performed_once(app: Flask, effects: Effects) -> None:
    ring("thing.noted", 7)
    db.session.commit()

    assert perform_due(app) == 1
    assert perform_due(app) == 0

    assert effects() == [(7, "note")]
    task = db.session.scalars(sa.select(Task)).one()
    assert (task.state, task.attempts, task.payload, task.lease_token) == (TaskState.DONE, 1, {"id": 7}, None)
    events = db.session.scalars(sa.select(TaskAttempt.event).order_by(TaskAttempt.id)).all()
    assert events == [Event.STARTED, Event.DONE]


def test_a_ring_in_a_transaction_that_is_rolled_back_leaves_nothing(app: Flask) -> None:
    ring("thing.noted", 7)
    db.session.rollback()

    assert db.session.scalars(sa.select(Task)).all() == []
    assert perform_due(app) == 0


def test_the_same_dedupe_key_rings_once_even_after_the_work_is_done(app: Flask, effects: Effects) -> None:
    for _ in range(2):
        ring("thing.noted", 7, dedupe_key="thing:7")
        ring("thing.noted", 7, dedupe_key="thing:7")
        db.session.commit()
        perform_due(app)

    assert effects() == [(7, "note")]


def test_news_that_nobody_answers_cannot_be_rung(app: Flask) -> None:
    with pytest.raises(KeyError):
        ring("thing.unheard_of", 7)


def test_a_task_waits_for_its_time(app: Flask, effects: Effects) -> None:
    ring("thing.noted", 7, due_at=clock.now() + timedelta(days=3))
    db.session.commit()

    assert perform_due(app) == 0
    with clock.at(clock.now() + timedelta(days=4)):
        assert perform_due(app) == 1
    assert effects() == [(7, "note")]


def test_the_request_id_follows_into_the_task(app: Flask) -> None:
    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        ring("thing.noted", 7)
    db.session.commit()

    assert db.session.scalar(sa.select(Task.request_id)) == "r-1"


def test_news_with_two_answers_becomes_one_task_for_each(app: Flask, effects: Effects) -> None:
    ring("thing.shared", 7)
    db.session.commit()

    assert perform_due(app) == 3

    assert effects() == [(7, "again"), (7, "note")]
    jobs = db.session.scalars(sa.select(Task.job).order_by(Task.id)).all()
    assert [job and job.rpartition(".")[2] for job in jobs] == [None, "note", "note_again"]


def test_perform_due_can_keep_to_some_news(app: Flask, effects: Effects) -> None:
    ring("thing.noted", 7)
    ring("thing.shared", 8)
    db.session.commit()

    assert perform_due(app, kinds={"thing.noted"}) == 1
    assert effects() == [(7, "note")]
