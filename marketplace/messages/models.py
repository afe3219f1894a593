"""Messages between somebody under engagement and the managers of the project; never changed, never deleted."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, relationship

from marketplace.accounts.models import Account
from marketplace.db import Base, Id, Moment, foreign
from marketplace.messages.rules import LONGEST_TEXT
from marketplace.work.models import Engagement


class Message(Base):
    """One message in the thread of one engagement."""

    __tablename__ = "message"
    __table_args__ = (
        sa.CheckConstraint(f"char_length(btrim(text)) BETWEEN 1 AND {LONGEST_TEXT}", name="length"),
        sa.Index(None, "engagement_id", "id"),
        sa.Index(None, "sender_id", "sent_at"),
    )

    id: Mapped[Id]
    engagement_id: Mapped[int] = foreign("engagement.id", index=False)
    sender_id: Mapped[int] = foreign("account.id", index=False)
    text: Mapped[str]
    sent_at: Mapped[Moment]

    engagement: Mapped[Engagement] = relationship()
    sender: Mapped[Account] = relationship()
