"""The audit trail: who did what to which thing, when and on what facts. Rows are only ever added."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from marketplace import clock
from marketplace.db import Base, Id, Moment, db


class AuditEvent(Base):
    """One thing done by somebody (or, without an actor, by the system)."""

    __tablename__ = "audit_event"
    __table_args__ = (sa.Index(None, "object_kind", "object_id"),)

    id: Mapped[Id]
    happened_at: Mapped[Moment] = mapped_column(index=True)
    actor_id: Mapped[int | None]
    action: Mapped[str]
    object_kind: Mapped[str]
    object_id: Mapped[int | None]
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    request_id: Mapped[str | None]


def record(action: str, object_kind: str, object_id: int | None, *, actor_id: int | None, **facts: Any) -> None:
    """Add *action* on an object to the trail, in the transaction of the thing itself."""
    db.session.add(
        AuditEvent(
            action=action,
            object_kind=object_kind,
            object_id=object_id,
            actor_id=actor_id,
            facts=facts,
            request_id=structlog.contextvars.get_contextvars().get("request_id"),
        )
    )


def record_many(
    action: str, object_kind: str, facts_by_id: Mapping[int, Mapping[str, Any]], *, actor_id: int | None
) -> None:
    """Add *action* on each of many objects, with its facts, in one go."""
    shared = {
        "action": action,
        "object_kind": object_kind,
        "actor_id": actor_id,
        "happened_at": clock.now(),
        "request_id": structlog.contextvars.get_contextvars().get("request_id"),
    }
    rows = [shared | {"object_id": object_id, "facts": dict(facts)} for object_id, facts in facts_by_id.items()]
    if rows:
        db.session.execute(sa.insert(AuditEvent), rows)
