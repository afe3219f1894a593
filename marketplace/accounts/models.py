"""Accounts, their roles, organisations and members, server-side sessions, API tokens."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask_security import AsaList, RoleMixin, UserMixin, WebAuthnMixin
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.mutable import MutableList
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.rules import ERASED_NAME, STAFF, RoleName
from marketplace.db import Base, Id, Moment, foreign
from marketplace.mail import ERASED

account_role = sa.Table(
    "account_role",
    Base.metadata,
    sa.Column("account_id", sa.BigInteger, sa.ForeignKey("account.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("role_id", sa.BigInteger, sa.ForeignKey("role.id"), primary_key=True, index=True),
)


class Role(Base, RoleMixin):
    """One of the roles; the rows are made by a migration."""

    __tablename__ = "role"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(unique=True)
    description: Mapped[str | None]
    permissions: Mapped[list[str] | None] = mapped_column(MutableList.as_mutable(AsaList()))


class Account(Base, UserMixin):
    """A person who can sign in; the columns that Flask-Security fills keep its names."""

    __tablename__ = "account"
    __table_args__ = (
        sa.Index("uq_account_email_lower", sa.text("lower(email)"), unique=True),
        sa.CheckConstraint("service_of IS NULL OR password IS NULL", name="service_has_no_password"),
        sa.CheckConstraint(
            "erased_at IS NULL OR (NOT active AND password IS NULL AND tf_totp_secret IS NULL"
            f" AND mf_recovery_codes IS NULL AND email LIKE 'erased-%{ERASED}' AND name = '{ERASED_NAME}')",
            name="erased_holds_nothing",
        ),
    )

    id: Mapped[Id]
    email: Mapped[str]
    name: Mapped[str] = mapped_column(default="", server_default="")
    password: Mapped[str | None]
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(unique=True)
    confirmed_at: Mapped[datetime | None]
    created_at: Mapped[Moment]
    erased_at: Mapped[datetime | None]
    tf_primary_method: Mapped[str | None]
    tf_totp_secret: Mapped[str | None]
    tf_last_counter: Mapped[int | None]
    mf_recovery_codes: Mapped[list[str] | None] = mapped_column(MutableList.as_mutable(AsaList()))
    service_of: Mapped[int | None] = foreign("organisation.id")
    fs_webauthn_user_handle: Mapped[str | None] = mapped_column(unique=True)  # type: ignore[assignment]
    webauthn: Mapped[list["Passkey"]] = relationship(cascade="all, delete-orphan", order_by="Passkey.id")  # type: ignore[assignment]
    roles: Mapped[list[Role]] = relationship(secondary=account_role)  # type: ignore[assignment]

    @property
    def role_names(self) -> frozenset[RoleName]:
        """The roles held, as words."""
        return frozenset(RoleName(role.name) for role in self.roles)

    @property
    def is_staff(self) -> bool:
        """Whether any role is one that decides about others, or sees what is theirs."""
        return bool(self.role_names & STAFF)

    @property
    def has_second_factor(self) -> bool:
        """Whether a code is asked for besides the password; an account of a program never signs in, and needs none."""
        return self.service_of is not None or bool(self.tf_primary_method and self.tf_totp_secret)

    def check_tf_required(
        self, tf_setup_methods: list[tuple[str, str]], tf_fresh: bool
    ) -> tuple[bool, list[tuple[str, str]]]:
        """Return whether signing in needs more than the password, for Flask-Security: staff always does."""
        return self.is_staff or bool(tf_setup_methods), tf_setup_methods

    def check_tf_required_setup(self) -> bool:
        """Return whether the second factor cannot be taken away."""
        return self.is_staff


class Passkey(Base, WebAuthnMixin):
    """A key in somebody's device that signs in without a password; the columns keep Flask-Security's names."""

    __tablename__ = "passkey"
    __table_args__ = (sa.UniqueConstraint("account_id", "name"),)

    id: Mapped[Id]
    account_id: Mapped[int] = foreign("account.id", ondelete="CASCADE", index=False)
    name: Mapped[str]
    credential_id: Mapped[bytes] = mapped_column(unique=True)
    public_key: Mapped[bytes]
    sign_count: Mapped[int]
    usage: Mapped[str]
    device_type: Mapped[str]
    backup_state: Mapped[bool]
    transports: Mapped[list[str] | None] = mapped_column(MutableList.as_mutable(AsaList()))
    extensions: Mapped[str | None]
    created_at: Mapped[Moment]
    lastuse_datetime: Mapped[datetime]

    def get_user_mapping(self) -> dict[str, Any]:
        """Return whose it is, as Flask-Security looks for accounts."""
        return {"id": self.account_id}


class Organisation(Base):
    """A client that runs projects, pays for them in one currency, and decides on hours within *review_days*."""

    __tablename__ = "organisation"
    __table_args__ = (sa.CheckConstraint("review_days BETWEEN 1 AND 30", name="review_days"),)

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(unique=True)
    currency: Mapped[str] = mapped_column(sa.CHAR(3))
    review_days: Mapped[int] = mapped_column(default=7, server_default="7")
    created_at: Mapped[Moment]


class Membership(Base):
    """An account's place in an organisation; an owner may invite others."""

    __tablename__ = "membership"
    __table_args__ = (sa.UniqueConstraint("organisation_id", "account_id"),)

    id: Mapped[Id]
    organisation_id: Mapped[int] = foreign("organisation.id", index=False)
    account_id: Mapped[int] = foreign("account.id")
    is_owner: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[Moment]
    organisation: Mapped[Organisation] = relationship()
    account: Mapped[Account] = relationship()


class WebSession(Base):
    """A browser's session; the cookie holds a key of which only the hash is kept."""

    __tablename__ = "web_session"

    id: Mapped[Id]
    key_hash: Mapped[str] = mapped_column(unique=True)
    account_id: Mapped[int | None] = foreign("account.id", ondelete="CASCADE")
    content: Mapped[str]
    user_agent: Mapped[str] = mapped_column(default="")
    created_at: Mapped[Moment]
    seen_at: Mapped[Moment]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class ApiToken(Base):
    """A bearer token of which only the hash is kept."""

    __tablename__ = "api_token"

    id: Mapped[Id]
    account_id: Mapped[int] = foreign("account.id", ondelete="CASCADE")
    name: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(sa.Text))
    created_at: Mapped[Moment]
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    account: Mapped[Account] = relationship()


class TryCount(Base):
    """How often something was tried in one turn of the clock; *key*: a hash of what, on which account, from where."""

    __tablename__ = "try_count"

    key: Mapped[str] = mapped_column(primary_key=True)
    turn: Mapped[datetime] = mapped_column(primary_key=True)
    count: Mapped[int]
    ends_at: Mapped[datetime] = mapped_column(index=True)
