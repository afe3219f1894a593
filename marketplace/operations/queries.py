"""How the installation is: servers, workers, tasks, mail."""

from typing import Any

import redis
import sqlalchemy as sa
from flask import current_app
from sqlalchemy.exc import SQLAlchemyError

from marketplace.db import db
from marketplace.mail import OutgoingMail
from marketplace.services import valkey
from marketplace.tasks import queries as tasks
from marketplace.tasks.news import Queue


def readiness() -> dict[str, bool]:
    """Return what answers: the database, Valkey, and within the last seconds the relay and a worker of each kind."""
    served = dict.fromkeys(("relay", *Queue), False)
    try:
        served = {name: tasks.is_served(name) for name in served}
        database = True
    except SQLAlchemyError:
        db.session.rollback()
        database = False
    try:
        bell = bool(valkey.connection(current_app.extensions["fairmatch_services"].redis_url).ping())
    except redis.RedisError:
        bell = False
    workers = {name if name == "relay" else f"worker_{name}": alive for name, alive in served.items()}
    return {"database": database, "valkey": bell, **workers}


def outbox() -> sa.Select[Any]:
    """Return every mail."""
    return sa.select(OutgoingMail)
