"""The audit trail, read."""

from typing import Any

import sqlalchemy as sa

from marketplace.accounts.models import Account
from marketplace.audit import AuditEvent
from marketplace.db import db


def trail(object_kind: str = "", object_id: int | None = None) -> sa.Select[Any]:
    """Return the events, of one kind of object or of one object where named."""
    statement = sa.select(AuditEvent)
    if object_kind:
        statement = statement.where(AuditEvent.object_kind == object_kind)
    if object_id:
        statement = statement.where(AuditEvent.object_id == object_id)
    return statement


def actors(events: list[AuditEvent]) -> dict[int, str]:
    """Return the names of those who did *events*, by account id."""
    ids = {event.actor_id for event in events if event.actor_id}
    rows = db.session.execute(sa.select(Account.id, Account.name, Account.email).where(Account.id.in_(ids)))
    return {row.id: row.name or row.email for row in rows}


def kinds() -> list[str]:
    """Return the kinds of object that have events."""
    return list(db.session.scalars(sa.select(AuditEvent.object_kind).distinct().order_by(AuditEvent.object_kind)))
