"""Real servers, an app with only the task tables, and processes to kill."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import pytest
import redis
import sqlalchemy as sa
from flask import Flask

from marketplace import worker
from marketplace.audit import AuditEvent
from marketplace.db import Base, db
from marketplace.mail import OutgoingMail
from marketplace.services import Services, postgres, valkey
from marketplace.tasks.models import Task, TaskAttempt, WorkerHeartbeat
from marketplace.tasks.news import NEWS, Queue
from tests.tasks import small_world

MODELS: tuple[type[Base], ...] = (Task, TaskAttempt, WorkerHeartbeat, OutgoingMail, AuditEvent)


class Start(Protocol):
    def __call__(self, *words: str, **settings: str) -> "subprocess.Popen[bytes]": ...


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """The folder of the servers, with a name short enough for sockets and open to the database's own user."""
    folder = Path(tempfile.mkdtemp(prefix="fm-tasks-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def servers(folder: Path) -> Iterator[Services]:
    """An embedded PostgreSQL and Valkey of their own, to be killed, with the tables made."""
    owner = postgres.start(folder).owner
    engine = sa.create_engine(owner)
    with engine.begin() as connection:
        Base.metadata.create_all(connection, [model.__table__ for model in MODELS])  # type: ignore[misc]
        connection.execute(sa.text("CREATE TABLE effect (subject bigint NOT NULL, job text NOT NULL)"))
    engine.dispose()
    yield Services(owner, owner, valkey.start(folder))
    postgres.stop(folder)
    valkey.stop(folder)


@pytest.fixture
def app(servers: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """The small app, inside its context, with empty tables and an empty Valkey."""
    for news, jobs in small_world.JOBS.items():
        monkeypatch.setitem(NEWS, news, Queue.GENERAL)
        monkeypatch.setitem(worker.ANSWERS, news, jobs)
    app = small_world.make_app(servers, tmp_path)
    with valkey.connection(servers.redis_url) as client:
        client.flushall()
    with app.app_context():
        names = ", ".join([*(model.__tablename__ for model in MODELS), "effect"])
        db.session.execute(sa.text(f"TRUNCATE {names} RESTART IDENTITY"))
        db.session.commit()
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def bell_server(servers: Services) -> Iterator[redis.Redis]:
    """A client of the Valkey that the app uses."""
    with valkey.connection(servers.redis_url) as client:
        yield client


@pytest.fixture
def start(servers: Services, app: Flask, tmp_path: Path) -> Iterator[Start]:
    """Starts a worker or a relay as a process of its own, with short leases; kills it at the end of the test."""
    running: list[subprocess.Popen[bytes]] = []
    places = {"DATABASE_URL": servers.database_url, "REDIS_URL": servers.redis_url, "DATA_DIR": str(tmp_path)}
    log = (tmp_path / "processes.log").open("ab")

    def start_one(*words: str, **settings: str) -> "subprocess.Popen[bytes]":
        path = {"PYTHONPATH": str(Path(__file__).parents[2])}
        command = [sys.executable, "-m", "tests.tasks.small_world", *words]
        process = subprocess.Popen(command, env={**os.environ, **places, **path, **settings}, stderr=log)
        running.append(process)
        return process

    yield start_one
    for process in running:
        process.kill()
        process.wait()
    log.close()


@pytest.fixture
def until() -> Callable[[Callable[[], bool]], None]:
    """Waits for something to become true, forty seconds at most."""

    def wait(true: Callable[[], bool]) -> None:
        end = time.monotonic() + 40
        while not true():
            assert time.monotonic() < end, "did not happen in forty seconds"
            db.session.rollback()
            time.sleep(0.05)

    return wait


@pytest.fixture
def effects(app: Flask) -> Callable[[], list[tuple[int, str]]]:
    """Reads the traces that jobs left, oldest subject first."""

    def read() -> list[tuple[int, str]]:
        rows = db.session.execute(sa.text("SELECT subject, job FROM effect ORDER BY subject, job")).all()
        db.session.rollback()
        return [(subject, job) for subject, job in rows]

    return read
