"""One task from claim to done: the same path for the RQ worker, the tests and the demo world."""

import re
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from enum import StrEnum
from typing import Any, TypeVar

import sqlalchemy as sa
import structlog
from flask import Flask

from marketplace.db import db
from marketplace.tasks import leases
from marketplace.tasks.leases import Claim

Job = Callable[..., None]
Answers = Mapping[str, Sequence[Job]]
Keep = Callable[[Claim], AbstractContextManager[Any]]

T = TypeVar("T")

LONGEST_PAUSE = 5.0
OWN_FILE = re.compile(r"((?:marketplace|matching)/(?:[a-z_]+/)*[a-z_]+\.py)$")

log = structlog.get_logger(__name__)


class Outcome(StrEnum):
    """How one visit to a task ended; ``nothing`` when it was done, held, put away or not yet due."""

    NOTHING = "nothing"
    DONE = "done"
    FAILED = "failed"
    OVERTAKEN = "overtaken"


def job_name(job: Job) -> str:
    """Return the name by which a split task remembers its job, such as ``profiles.jobs.read_resume``."""
    return f"{job.__module__.removeprefix('marketplace.')}.{job.__qualname__}"


def perform(
    app: Flask,
    task_id: int,
    answers: Answers,
    worker: str,
    *,
    keep: Keep = nullcontext,
    raise_errors: bool = False,
) -> Outcome:
    """Claim the task, do its job and mark it done in one transaction, or note why it failed.

    *keep* holds on to the lease while the job runs.  Waits for the database when that is away.
    """
    held = _patiently(app, lambda: leases.claim(task_id, worker))
    if held is None:
        return Outcome.NOTHING
    with structlog.contextvars.bound_contextvars(request_id=held.request_id, task=held.task_id, news=held.kind):
        began = time.monotonic()
        try:
            with keep(held), app.app_context():
                outcome = _answer(held, answers, worker)
        except Exception as error:
            cause = short(error)
            log.warning("task failed", attempt=held.attempt, error=cause, frames=_own_frames(error))
            _patiently(app, lambda: leases.give_up_try(held, worker, cause))
            if raise_errors:
                raise
            return Outcome.FAILED
        log.info("task " + outcome, attempt=held.attempt, ms=round((time.monotonic() - began) * 1000))
        return outcome


def short(error: BaseException) -> str:
    """Return what went wrong without any of the values it went wrong with: those may be somebody's own."""
    origin = getattr(error, "orig", None)
    state = getattr(origin, "sqlstate", None)
    constraint = getattr(getattr(origin, "diag", None), "constraint_name", None)
    words = " ".join(filter(None, [type(error).__name__, state, constraint]))
    frames = _own_frames(error)
    return f"{words} in {frames[-1]}" if frames else words


def _own_frames(error: BaseException) -> list[str]:
    """Return where in our own code *error* passed, outermost first, such as ``marketplace/mail.py:97 deliver``."""
    places = ((OWN_FILE.search(frame.filename), frame) for frame in traceback.extract_tb(error.__traceback__))
    return [f"{own[1]}:{frame.lineno} {frame.name}" for own, frame in places if own]


def _answer(held: Claim, answers: Answers, worker: str) -> Outcome:
    jobs = {job_name(job): job for job in answers.get(held.kind, ())}
    if held.job is None and len(jobs) > 1:
        still_ours = leases.split(held, list(jobs), worker)
    else:
        job = jobs[held.job] if held.job else next(iter(jobs.values()), None)
        if job is None:
            raise LookupError(f"nobody answers {held.kind}")
        job(*held.payload.values())
        db.session.flush()
        still_ours = leases.finish(held, worker)
    if not still_ours:
        db.session.rollback()
        return Outcome.OVERTAKEN
    db.session.commit()
    return Outcome.DONE


def _patiently(app: Flask, step: Callable[[], T]) -> T:
    """Return what *step* gives, trying again for as long as the database is away."""
    pause = 0.1
    while True:
        try:
            with app.app_context():
                return step()
        except (sa.exc.OperationalError, sa.exc.InterfaceError) as error:
            if pause == 0.1:
                log.error("database away", error=short(error))
            time.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
