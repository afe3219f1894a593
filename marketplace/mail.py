"""Mail: one row for each message, written with the thing it tells of; handed over later by SMTP or into a folder."""

import os
import re
import smtplib
import ssl
from dataclasses import asdict, dataclass
from datetime import datetime
from email.utils import format_datetime
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import uuid4

import sqlalchemy as sa
import structlog
from flask import Flask, current_app
from flask_mailman import EmailMessage, Mail
from flask_mailman.backends.smtp import EmailBackend
from sqlalchemy.orm import Mapped, mapped_column

from marketplace import audit, clock
from marketplace.config import Config
from marketplace.db import Base, Id, Moment, db, words
from marketplace.errors import Missing, Refused
from marketplace.locales import neutral
from marketplace.tasks import ring
from marketplace.words import say

ADDRESS = re.compile(r"[^\s@,;:<>()\[\]\\\"\x00-\x1f\x7f]+@[^\s@,;:<>()\[\]\\\"\x00-\x1f\x7f]+")
CONTROL = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]")
SECONDS_FOR_SMTP = 15
FOOT = """
--
Which mails you get is yours to choose: {public_url}/notifications/preferences
No more mails like this one: {stop_url}
"""
# The address of whoever was erased ends like this: nothing is written to them any more.
ERASED = "@erased.invalid"

log = structlog.get_logger(__name__)


class MailState(StrEnum):
    """Whether a message was handed over; ``failed`` means that the other side refused it for good."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"


class OutgoingMail(Base):
    """One message to one person, kept as it was written.

    *account_id*: whose it is, by whatever address; where nobody says so, the database finds it by the address.
    """

    __tablename__ = "outgoing_mail"

    id: Mapped[Id]
    message_id: Mapped[str] = mapped_column(unique=True)
    recipient: Mapped[str]
    subject: Mapped[str]
    template: Mapped[str]
    body: Mapped[str]
    state: Mapped[MailState] = mapped_column(words(MailState, "state"), default=MailState.QUEUED)
    created_at: Mapped[Moment] = mapped_column(index=True)
    sent_at: Mapped[datetime | None]
    last_error: Mapped[str | None]
    stop_url: Mapped[str] = mapped_column(default="")
    account_id: Mapped[int | None] = mapped_column(index=True)


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where and how to hand mail over, read from ``smtp://user:pass@host:port?starttls`` or ``smtps://…``."""

    host: str
    port: int
    username: str
    password: str
    use_tls: bool
    use_ssl: bool

    @classmethod
    def from_url(cls, url: str) -> "SmtpServer":
        """Return what *url* says; raises ValueError when it is no SMTP address."""
        parts = urlsplit(url)
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
            raise ValueError("SMTP_URL must look like smtp://user:password@host:port?starttls or smtps://…")
        use_ssl = parts.scheme == "smtps"
        return cls(
            host=parts.hostname,
            port=parts.port or (465 if use_ssl else 25),
            username=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            use_tls="starttls" in parse_qs(parts.query, keep_blank_values=True) and not use_ssl,
            use_ssl=use_ssl,
        )


def init_app(app: Flask) -> None:
    """Make Flask-Mailman known to *app*, which its messages ask for the character set."""
    app.config.setdefault("MAIL_DEFAULT_SENDER", app.config["FAIRMATCH"].mail_sender)
    Mail(app)


def queue(
    to: str, template: str, subject: str, *, stop_url: str = "", account_id: int | None = None, **facts: Any
) -> None:
    """Write ``templates/mail/<template>.txt`` to *to*, in the caller's transaction; it leaves after the commit.

    The template knows *facts* and ``public_url``.  *stop_url*: where mails of its kind can be stopped, told below it
    and in its head.  *account_id*: whose mail it is, unless the address tells.
    Raises Refused for what is not one address or not one line.
    """
    page = current_app.jinja_env.get_template(f"mail/{template}.txt")
    with neutral():
        body = page.render(public_url=_config().public_url, **facts)
    if stop_url:
        body += FOOT.format(public_url=_config().public_url, stop_url=stop_url)
    queue_text(to, subject, body, template=template, stop_url=stop_url, account_id=account_id)


def queue_text(
    to: str, subject: str, body: str, *, template: str, stop_url: str = "", account_id: int | None = None
) -> None:
    """Write *body* to *to* like `queue`; *template* only says in the outbox what kind of mail it is.

    To whoever was erased nothing is written.
    """
    if to.endswith(ERASED):
        return
    if not ADDRESS.fullmatch(to):
        raise Refused(say("That is not one e-mail address."))
    if CONTROL.search(subject):
        raise Refused(say("The subject of a mail has to be one line."))
    message_id = f"<{uuid4().hex}@{urlsplit(_config().public_url).hostname or 'localhost'}>"
    mail = OutgoingMail(
        message_id=message_id, recipient=to, subject=subject, template=template, body=body, stop_url=stop_url
    )
    mail.account_id = account_id
    db.session.add(mail)
    db.session.flush()
    ring("mail.queued", mail.id)


def deliver(mail_id: int) -> None:
    """Hand one message over, at least once, always under the Message-ID that its row got when it was written.

    A refusal for good (SMTP 5xx) is kept in the row; anything else is raised and so tried again later.
    """
    mail = db.session.get(OutgoingMail, mail_id, with_for_update=True, populate_existing=True)
    if mail is None or mail.state is not MailState.QUEUED:
        return
    try:
        _hand_over(mail)
    except (smtplib.SMTPDataError, smtplib.SMTPRecipientsRefused) as refusal:
        code = _code(refusal)
        if code < 500:
            raise
        mail.state, mail.last_error = MailState.FAILED, f"refused with SMTP code {code}"
        log.warning("mail refused", mail=mail.id, code=code)
        return
    mail.state, mail.sent_at, mail.last_error = MailState.SENT, clock.now(), None


def forget(account_id: int) -> None:
    """Take the words out of every mail of an account, and send none that still waits."""
    own = OutgoingMail.account_id == account_id
    waiting = sa.and_(own, OutgoingMail.state == MailState.QUEUED)
    db.session.execute(sa.update(OutgoingMail).where(waiting).values(state=MailState.FAILED))
    nothing = {"recipient": f"erased-{account_id}{ERASED}", "subject": "Erased", "body": "", "last_error": "erased"}
    db.session.execute(sa.update(OutgoingMail).where(own).values(**nothing))


def is_waiting(account_id: int) -> bool:
    """Return whether a mail of an account has not been handed over yet."""
    own = OutgoingMail.account_id == account_id
    return bool(db.session.scalar(sa.select(sa.exists().where(own, OutgoingMail.state == MailState.QUEUED))))


def drop_all(account_id: int) -> None:
    """Delete every mail of an account, and its file in the outbox."""
    own = sa.select(OutgoingMail).where(OutgoingMail.account_id == account_id).with_for_update()
    for mail in db.session.scalars(own):
        _outbox_file(mail).unlink(missing_ok=True)
        db.session.delete(mail)


def send_again(mail_id: int, *, by: int) -> None:
    """Queue a message that was refused once more."""
    mail = db.session.get(OutgoingMail, mail_id, with_for_update=True)
    if mail is None:
        raise Missing
    if mail.state is not MailState.FAILED or mail.recipient.endswith(ERASED):
        raise Refused(say("Only a mail that was refused can be sent again."))
    mail.state = MailState.QUEUED
    ring("mail.queued", mail.id)
    audit.record("mail.sent_again", "outgoing_mail", mail_id, actor_id=by)


def _hand_over(mail: OutgoingMail) -> None:
    config = _config()
    headers = {"Message-ID": mail.message_id, "Date": format_datetime(mail.created_at)}
    if mail.stop_url:  # RFC 2369 and RFC 8058: the reader's mail program shows a button
        headers |= {"List-Unsubscribe": f"<{mail.stop_url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    message = EmailMessage(mail.subject, mail.body, config.mail_sender, [mail.recipient], headers=headers)
    if config.smtp_url:
        server = asdict(SmtpServer.from_url(config.smtp_url))
        with _Backend(**server, timeout=SECONDS_FOR_SMTP) as connection:
            connection.send_messages([message])
    else:
        _write_whole(_outbox_file(mail), message.message().as_bytes())


def _outbox_file(mail: OutgoingMail) -> Path:
    return _config().data_dir / "outbox" / f"{mail.message_id.strip('<>')}.eml"


def _write_whole(path: Path, content: bytes) -> None:
    """Write all of *content* or nothing; a second delivery overwrites the first with the same bytes."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.write_bytes(content)
    part.replace(path)


class _VerifiedSmtp(smtplib.SMTP):
    """SMTP whose STARTTLS checks the certificate: Flask-Mailman gives no context, and then nothing is checked."""

    def starttls(self, *_: Any, **__: Any) -> Any:
        return super().starttls(context=ssl.create_default_context())


class _Backend(EmailBackend):  # type: ignore[misc]
    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return smtplib.SMTP_SSL if self.use_ssl else _VerifiedSmtp


def _code(refusal: smtplib.SMTPDataError | smtplib.SMTPRecipientsRefused) -> int:
    """Return the SMTP code of *refusal*: from 500 on it is for good."""
    if isinstance(refusal, smtplib.SMTPDataError):
        return int(refusal.smtp_code)
    return max(int(code) for code, _ in refusal.recipients.values())


def _config() -> Config:
    config: Config = current_app.config["FAIRMATCH"]
    return config
