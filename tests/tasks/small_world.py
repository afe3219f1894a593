"""An app that has only the to-do list, jobs that leave traces, and the processes that tests start and kill.

Run as ``python small_world.py worker general`` or ``… relay``; the servers come from the environment.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from flask import Flask

from marketplace import logs, mail
from marketplace.config import Config
from marketplace.db import db
from marketplace.services import Services
from marketplace.tasks import leases, process, relay
from marketplace.tasks.news import NEWS, Queue


def note(subject: int) -> None:
    db.session.execute(sa.text("INSERT INTO effect (subject, job) VALUES (:subject, 'note')"), {"subject": subject})


def note_again(subject: int) -> None:
    db.session.execute(sa.text("INSERT INTO effect (subject, job) VALUES (:subject, 'again')"), {"subject": subject})


def note_slowly(subject: int) -> None:
    note(subject)
    time.sleep(1.2)


def kill_the_worker(subject: int) -> None:
    note(subject)
    os.kill(os.getpid(), signal.SIGKILL)


def fail(subject: int) -> None:
    note(subject)
    raise ValueError(f"ann@example.org could not be noted, nor could {subject}")


JOBS: dict[str, tuple[Callable[[int], None], ...]] = {
    "thing.noted": (note,),
    "thing.shared": (note, note_again),
    "thing.slow": (note_slowly,),
    "thing.poisonous": (kill_the_worker,),
    "thing.broken": (fail,),
}


def make_app(servers: Services, folder: Path, **settings: str) -> Flask:
    app = Flask("small_world", template_folder=str(Path(__file__).with_name("templates")))
    app.config["FAIRMATCH"] = Config.from_environment({"DATA_DIR": str(folder), "SECRET_KEY": "x", **settings})
    app.config["SQLALCHEMY_DATABASE_URI"] = servers.database_url
    app.extensions["fairmatch_services"] = servers
    db.init_app(app)
    mail.init_app(app)
    return app


def main(part: str, queue: str = "") -> None:
    NEWS.update(dict.fromkeys(JOBS, Queue.GENERAL))
    leases.LEASE, leases.BEAT = timedelta(seconds=1.5), timedelta(seconds=0.3)
    relay.RING_AGAIN = timedelta(seconds=2)
    process.SECONDS_TO_FINISH = float(os.environ.get("SECONDS_TO_FINISH", "10"))
    logs.set_up_logs("info")
    url = os.environ["DATABASE_URL"]
    servers = Services(url, url, os.environ["REDIS_URL"])
    if part == "worker":
        process.work(make_app(servers, Path(os.environ["DATA_DIR"])), Queue(queue), lambda: JOBS)
    else:
        stopping = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: stopping.set())
        relay.Relay(servers.database_url, servers.redis_url, ()).run(stopping)


if __name__ == "__main__":
    main(*sys.argv[1:])
