"""What happens to an organisation's projects, for whoever listens: written in the transaction of the thing itself."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from marketplace import clock
from marketplace.db import Base, Id, db
from marketplace.tasks import ring

KINDS: dict[str, str] = {
    "project.active": "A project takes people: for the first time, or again after a pause.",
    "project.paused": "A project is paused.",
    "project.completed": "A project is over; its engagements end.",
    "guidelines.written": "A project has guidelines, or a new version of them.",
    "invitation.sent": "An invitation was mailed.",
    "invitation.accepted": "Somebody said yes and has a seat.",
    "invitation.waitlisted": "Somebody said yes while all seats were taken.",
    "invitation.declined": "Somebody said no, with a reason; told once it can no longer be taken back.",
    "invitation.expired": "Nobody answered in time.",
    "invitation.withdrawn": "An invitation was taken back.",
    "application.submitted": "Somebody asks to join an open project.",
    "application.withdrawn": "Somebody took their application back.",
    "wave.sent": "The next people were invited by a rule that a manager confirmed.",
    "wave_plan.ended": "Inviting in waves is over: filled, stopped or finished, with the reason.",
    "engagement.started": "Somebody has begun on a project.",
    "engagement.paused": "Somebody's hours are stopped for now.",
    "engagement.resumed": "Somebody whose engagement was paused goes on.",
    "engagement.ended": "Somebody's engagement is over.",
    "timesheet.submitted": "Somebody handed in a week for approval.",
    "timesheet.approved": "Every line of a week that was handed in is approved.",
    "payout.paid": "Approved hours of the organisation were paid.",
    "payout.failed": "The payment of approved hours did not arrive.",
    "payout.returned": "The payment of approved hours came back.",
}
TEST = "webhook.test"


class Event(Base):
    """One happening; *facts*: ids and the few words that a manager sees anyway, never a name or an address."""

    __tablename__ = "event"

    id: Mapped[Id]
    organisation_id: Mapped[int] = mapped_column(sa.BigInteger, sa.ForeignKey("organisation.id"), index=True)
    kind: Mapped[str]
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    happened_at: Mapped[datetime] = mapped_column(default=clock.now, index=True)


def happened(kind: str, organisation_id: int, **facts: Any) -> None:
    """Tell that *kind* happened; raises KeyError for what KINDS does not list."""
    KINDS[kind]
    event = Event(organisation_id=organisation_id, kind=kind, facts=facts)
    db.session.add(event)
    db.session.flush()
    ring("event.happened", event.id)
