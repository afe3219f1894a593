"""Invitations of managers into an organisation, by mail."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import Account, Organisation
from marketplace.db import Base, Id, Moment, foreign

OPEN = sa.text("accepted_at IS NULL AND withdrawn_at IS NULL")


class MemberInvitation(Base):
    """An address that may become a member; the mailed link holds a key of which only the hash is kept."""

    __tablename__ = "member_invitation"
    __table_args__ = (
        sa.Index(
            "uq_member_invitation_open", "organisation_id", sa.text("lower(email)"), unique=True, postgresql_where=OPEN
        ),
        sa.CheckConstraint("accepted_at IS NULL OR withdrawn_at IS NULL", name="one_end"),
        sa.CheckConstraint("(accepted_at IS NULL) = (accepted_by IS NULL)", name="accepted_by_somebody"),
    )

    id: Mapped[Id]
    organisation_id: Mapped[int] = foreign("organisation.id", index=False)
    email: Mapped[str]
    is_owner: Mapped[bool] = mapped_column(default=False)
    key_hash: Mapped[str] = mapped_column(unique=True)
    invited_by: Mapped[int] = foreign("account.id", index=False)
    created_at: Mapped[Moment]
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    accepted_by: Mapped[int | None] = foreign("account.id", index=False)
    withdrawn_at: Mapped[datetime | None]
    organisation: Mapped[Organisation] = relationship()
    inviter: Mapped[Account] = relationship(foreign_keys=[invited_by])
