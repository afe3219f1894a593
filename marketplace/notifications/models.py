"""The days on which somebody got a digest; notifications themselves are in marketplace/notices.py."""

from datetime import date

from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db import Base, Moment, foreign


class NotificationDigest(Base):
    """One digest to one person on one day of their own zone: never two."""

    __tablename__ = "notification_digest"

    account_id: Mapped[int] = foreign("account.id", ondelete="CASCADE", index=False, primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    made_at: Mapped[Moment]
