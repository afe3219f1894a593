"""Where an organisation wants to be told, what was told, and every try."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import Organisation
from marketplace.db import Base, Id, Moment, foreign, words
from marketplace.events import Event
from marketplace.webhooks.rules import DeliveryState


class WebhookEndpoint(Base):
    """An address that is told of some kinds of events; its secret is kept sealed."""

    __tablename__ = "webhook_endpoint"

    id: Mapped[Id]
    organisation_id: Mapped[int] = foreign("organisation.id")
    url: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    kinds: Mapped[list[str]] = mapped_column(ARRAY(sa.Text))
    enabled: Mapped[bool] = mapped_column(default=True)
    disabled_reason: Mapped[str] = mapped_column(default="")
    secret: Mapped[bytes]
    old_secret: Mapped[bytes | None]
    old_secret_until: Mapped[datetime | None]
    created_by: Mapped[int] = foreign("account.id", index=False)
    created_at: Mapped[Moment]
    organisation: Mapped[Organisation] = relationship()


class WebhookDelivery(Base):
    """One event on its way to one endpoint."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (sa.UniqueConstraint("endpoint_id", "event_id"),)

    id: Mapped[Id]
    endpoint_id: Mapped[int] = foreign("webhook_endpoint.id", ondelete="CASCADE", index=False)
    event_id: Mapped[int] = foreign("event.id", ondelete="CASCADE")
    state: Mapped[DeliveryState] = mapped_column(words(DeliveryState, "state"), default=DeliveryState.WAITING)
    next_at: Mapped[datetime | None]
    created_at: Mapped[Moment]
    event: Mapped[Event] = relationship()
    endpoint: Mapped[WebhookEndpoint] = relationship()
    attempts: Mapped[list["WebhookAttempt"]] = relationship(
        order_by="WebhookAttempt.id", cascade="all, delete-orphan", passive_deletes=True
    )

    @property
    def message_id(self) -> str:
        """The id that stays the same however often it is sent."""
        return f"msg_{self.event_id}"


class WebhookAttempt(Base):
    """One try: what was answered, or why nothing was."""

    __tablename__ = "webhook_attempt"

    id: Mapped[Id]
    delivery_id: Mapped[int] = foreign("webhook_delivery.id", ondelete="CASCADE")
    tried_at: Mapped[Moment]
    milliseconds: Mapped[int]
    status: Mapped[int | None]
    answer: Mapped[str] = mapped_column(default="")
    error: Mapped[str] = mapped_column(default="")
