"""Who is told what, and how: one row for each person, news and thing, written in the transaction of the thing itself.

One place decides whether a mail goes with it at once, in the digest of the day, or not at all.  The pages are in
marketplace/notifications.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol
from uuid import uuid4

import sqlalchemy as sa
from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from marketplace import clock, mail
from marketplace.db import Base, Id, Moment, db, foreign, words

LONGEST_TITLE, LONGEST_WHY = 300, 4000


class Kind(StrEnum):
    """What a notification is about; each may be chosen apart, but for the fixed ones."""

    SECURITY = "security"
    PAY = "pay"
    INVITATIONS = "invitations"
    PROFILE = "profile"
    WORK = "work"
    HOURS = "hours"
    MESSAGES = "messages"
    ANSWERS = "answers"
    TIMESHEETS = "timesheets"
    MATCHING = "matching"


class Way(StrEnum):
    """How somebody is told besides the page."""

    AT_ONCE = "at_once"
    DAILY = "daily"
    PAGE = "page"


DIGEST = "digest"
FIXED = frozenset({Kind.SECURITY, Kind.PAY})
DEFAULTS = {
    Kind.SECURITY: Way.AT_ONCE,
    Kind.PAY: Way.AT_ONCE,
    Kind.INVITATIONS: Way.AT_ONCE,
    Kind.PROFILE: Way.AT_ONCE,
    Kind.WORK: Way.AT_ONCE,
    Kind.HOURS: Way.AT_ONCE,
    Kind.MESSAGES: Way.AT_ONCE,
    Kind.ANSWERS: Way.DAILY,
    Kind.TIMESHEETS: Way.DAILY,
    Kind.MATCHING: Way.PAGE,
}
KIND_NAMES = {
    Kind.SECURITY: "Security",
    Kind.PAY: "Payments",
    Kind.INVITATIONS: "Invitations",
    Kind.PROFILE: "Profile and résumé",
    Kind.WORK: "Projects and engagements",
    Kind.HOURS: "Hours decided",
    Kind.MESSAGES: "Messages",
    Kind.ANSWERS: "Answers to invitations",
    Kind.TIMESHEETS: "Hours handed in",
    Kind.MATCHING: "Matches ready",
}


class Recipient(Protocol):
    """Whoever is told: an account."""

    @property
    def id(self) -> int:
        """The number of the account."""

    @property
    def email(self) -> str:
        """Where mails go."""


class Notification(Base):
    """One thing that one person is told, once; *thing* and *news* say which, *why* the reason, *url* the evidence."""

    __tablename__ = "notification"
    __table_args__ = (
        sa.UniqueConstraint("account_id", "news", "thing"),
        sa.CheckConstraint("url ~ '^/([^/\\\\]|$)'", name="url"),
        sa.CheckConstraint(f"char_length(title) BETWEEN 1 AND {LONGEST_TITLE}", name="title"),
        sa.CheckConstraint(f"char_length(why) <= {LONGEST_WHY}", name="why"),
        sa.CheckConstraint("mailed_at IS NULL OR way <> 'page'", name="mailed"),
        sa.Index("ix_notification_unread", "account_id", postgresql_where=sa.text("read_at IS NULL")),
        sa.Index(
            "ix_notification_digest",
            "account_id",
            postgresql_where=sa.text("way = 'daily' AND mailed_at IS NULL"),
        ),
        sa.Index(None, "account_id", "id"),
    )

    id: Mapped[Id]
    account_id: Mapped[int] = foreign("account.id", ondelete="CASCADE", index=False)
    kind: Mapped[Kind] = mapped_column(words(Kind, "kind"))
    news: Mapped[str]
    thing: Mapped[str]
    title: Mapped[str]
    why: Mapped[str] = mapped_column(default="")
    url: Mapped[str]
    way: Mapped[Way] = mapped_column(words(Way, "way"))
    created_at: Mapped[Moment] = mapped_column(index=True)
    read_at: Mapped[datetime | None]
    mailed_at: Mapped[datetime | None]


class NotificationChoice(Base):
    """How somebody wants to be told of one kind; without a row the default holds."""

    __tablename__ = "notification_choice"
    __table_args__ = (sa.CheckConstraint("kind NOT IN ('security', 'pay')", name="not_fixed"),)

    account_id: Mapped[int] = foreign("account.id", ondelete="CASCADE", index=False, primary_key=True)
    kind: Mapped[Kind] = mapped_column(words(Kind, "kind"), primary_key=True)
    way: Mapped[Way] = mapped_column(words(Way, "way"))
    chosen_at: Mapped[Moment]


@dataclass(frozen=True, slots=True)
class Letter:
    """The mail of a notification: a template with what it knows; *to*: another address than the account's."""

    template: str
    subject: str
    facts: dict[str, Any] = field(default_factory=dict)
    to: str = ""


def notify(
    to: Recipient,
    kind: Kind,
    news: str,
    thing: str,
    title: str,
    url: str,
    *,
    why: str = "",
    letter: Letter | None = None,
    by_mail: bool = True,
) -> bool:
    """Tell *to* of *news* about *thing* (such as ``"invitation:12"``), once; return whether that was new.

    Whoever was erased is told nothing.

    *title*: one sentence.  *why*: the reason in words.  *url*: the path of the evidence.  *letter*: what the mail is
    made of where one is sent at once; without it the mail says what the notification says.  *by_mail*: off where a
    mail would tell nothing new, for the person waits beside it or was written to already.
    """
    if to.email.endswith(mail.ERASED):
        return False
    way = way_of(to.id, kind) if by_mail else Way.PAGE
    added = insert(Notification).values(
        account_id=to.id,
        kind=kind,
        news=news,
        thing=thing,
        title=_cut(" ".join(title.split()), LONGEST_TITLE),
        why=_cut(why.strip(), LONGEST_WHY),
        url=url,
        way=way,
        created_at=clock.now(),
        mailed_at=clock.now() if way is Way.AT_ONCE else None,
    )
    is_new = db.session.scalar(added.on_conflict_do_nothing().returning(Notification.id)) is not None
    if is_new and way is Way.AT_ONCE:
        _mail(
            to, kind, letter or Letter("notification", f"Fairmatch: {title}", {"title": title, "why": why, "url": url})
        )
    return is_new


def notify_of_security(to: Recipient, news: str, title: str, letter: Letter | None) -> None:
    """Tell *to* what happened to the account itself, as often as it happens.

    By mail too, always; without *letter* the mail was written by whoever did it.
    """
    thing = f"account:{to.id}:{uuid4().hex}"
    title = title[:1].upper() + title[1:]
    why = "If it was not you, change your password."
    notify(to, Kind.SECURITY, news, thing, title, "/account", why=why, letter=letter, by_mail=letter is not None)


def way_of(account_id: int, kind: Kind) -> Way:
    """Return how an account is told of *kind*."""
    if kind in FIXED:
        return DEFAULTS[kind]
    chosen = sa.select(NotificationChoice.way).filter_by(account_id=account_id, kind=kind)
    return db.session.scalar(chosen) or DEFAULTS[kind]


def stop_url(account_id: int, kind: Kind | None) -> str:
    """Return the signed address that stops mails of *kind*, or the digest, to an account, without signing in."""
    public_url = current_app.config["FAIRMATCH"].public_url
    return f"{public_url}/unsubscribe/{_signer().dumps([account_id, kind or DIGEST])}"


def read_stop_token(token: str) -> tuple[int, Kind | None] | None:
    """Return whose mails of which kind (None: the digest) *token* stops, or None where it was not signed here."""
    try:
        account_id, kind = _signer().loads(token)
        return int(account_id), None if kind == DIGEST else Kind(kind)
    except (BadSignature, ValueError, TypeError):
        return None


def _mail(to: Recipient, kind: Kind, letter: Letter) -> None:
    subject = _cut(" ".join(letter.subject.split()), LONGEST_TITLE)
    stop = "" if kind in FIXED else stop_url(to.id, kind)
    mail.queue(letter.to or to.email, letter.template, subject, stop_url=stop, account_id=to.id, **letter.facts)


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.config["SECRET_KEY"]), salt="stop mails")


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
