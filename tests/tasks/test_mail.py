import email
import smtplib
import socket
from collections.abc import Iterator
from dataclasses import replace
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Flask

from marketplace import mail
from marketplace.db import db
from marketplace.errors import Refused
from marketplace.mail import MailState, OutgoingMail, SmtpServer
from marketplace.tasks.models import Task, TaskState
from marketplace.worker import perform_due


class Sink:
    """A real SMTP server that keeps what it gets and answers what it is told to answer."""

    def __init__(self) -> None:
        self.got: list[Envelope] = []
        self.answer = "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.answer.startswith("250"):
            self.got.append(envelope)
        return self.answer


@pytest.fixture
def sink() -> Iterator[tuple[Sink, str]]:
    sink = Sink()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    controller = Controller(sink, hostname="127.0.0.1", port=port)
    controller.start()
    yield sink, f"smtp://127.0.0.1:{port}"
    controller.stop()


def queue(to: str = "ann@example.org", subject: str = "An invitation for 李安", **facts: Any) -> OutgoingMail:
    mail.queue(to, "hello", subject, **{"name": "Zoë <b>", **facts})
    db.session.commit()
    return db.session.scalars(sa.select(OutgoingMail).order_by(OutgoingMail.id.desc()).limit(1)).one()


def use_server(app: Flask, url: str) -> None:
    app.config["FAIRMATCH"] = replace(app.config["FAIRMATCH"], smtp_url=url)


def test_a_mail_goes_into_the_folder_when_no_server_is_set(app: Flask, tmp_path: Path) -> None:
    written = queue()
    perform_due(app)

    (path,) = (tmp_path / "outbox").iterdir()
    assert path.name == written.message_id.strip("<>") + ".eml"
    message = email.message_from_bytes(path.read_bytes(), policy=default)
    assert (message["To"], message["Subject"]) == ("ann@example.org", "An invitation for 李安")
    assert message["Message-ID"] == written.message_id
    assert message.get_content() == "Dear Zoë <b>,\n\nyou may start: http://127.0.0.1:8000/invitations"
    db.session.expire_all()
    assert written.state is MailState.SENT


def test_a_second_delivery_writes_the_same_file_again(app: Flask, tmp_path: Path) -> None:
    written = queue()
    perform_due(app)
    first = next((tmp_path / "outbox").iterdir()).read_bytes()
    db.session.execute(sa.update(OutgoingMail).values(state=MailState.QUEUED))
    mail.deliver(written.id)

    (path,) = (tmp_path / "outbox").iterdir()
    assert path.read_bytes() == first


def test_a_mail_is_handed_to_the_server_once(app: Flask, sink: tuple[Sink, str], tmp_path: Path) -> None:
    written = queue()
    use_server(app, sink[1])
    assert perform_due(app) == 1
    assert perform_due(app) == 0

    (envelope,) = sink[0].got
    message = email.message_from_bytes(bytes(envelope.original_content or b""), policy=default)
    assert envelope.rcpt_tos == ["ann@example.org"]
    assert envelope.mail_from == "no-reply@fairmatch.example"
    assert message["Message-ID"] == written.message_id
    assert not (tmp_path / "outbox").exists()


def test_a_mail_that_is_refused_for_good_is_kept_as_failed(app: Flask, sink: tuple[Sink, str]) -> None:
    written = queue()
    sink[0].answer = "550 No such user ann@example.org"
    use_server(app, sink[1])
    perform_due(app)

    db.session.expire_all()
    assert (written.state, written.last_error) == (MailState.FAILED, "refused with SMTP code 550")
    mail.send_again(written.id, by=1)
    db.session.commit()
    sink[0].answer = "250 OK"
    assert perform_due(app) == 1
    assert len(sink[0].got) == 1


def test_a_busy_server_is_asked_again_later(app: Flask, sink: tuple[Sink, str]) -> None:
    written = queue()
    sink[0].answer = "451 Try again later"
    use_server(app, sink[1])
    with pytest.raises(smtplib.SMTPDataError):
        perform_due(app)

    db.session.expire_all()
    assert written.state is MailState.QUEUED
    task = db.session.scalars(sa.select(Task)).one()
    assert (task.state, task.attempts) == (TaskState.READY, 1)


@pytest.mark.parametrize(
    ("to", "subject"),
    [
        ("ann@example.org\nBcc: eve@example.org", "Hello"),
        ("ann@example.org\r\n", "Hello"),
        ("ann@example.org, eve@example.org", "Hello"),
        ("Ann <ann@example.org>", "Hello"),
        ("ann", "Hello"),
        ("ann@example.org", "Hello\nBcc: eve@example.org"),
        ("ann@example.org", "Hello\rBcc: eve@example.org"),
        ("ann@example.org", "Hello\x00"),
        ("ann@example.org", "Hello\u2028Bcc: eve@example.org"),
    ],
)
def test_nothing_can_be_smuggled_into_the_headers(app: Flask, to: str, subject: str) -> None:
    with pytest.raises(Refused):
        mail.queue(to, "hello", subject, name="Ann")
    assert db.session.scalars(sa.select(OutgoingMail)).all() == []


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example", SmtpServer("mail.example", 25, "", "", use_tls=False, use_ssl=False)),
        ("smtp://u%40x:p%2Fw@mail.example:587?starttls", SmtpServer("mail.example", 587, "u@x", "p/w", True, False)),
        ("smtps://u:p@mail.example", SmtpServer("mail.example", 465, "u", "p", use_tls=False, use_ssl=True)),
    ],
)
def test_the_address_of_the_mail_server_says_how_to_reach_it(url: str, server: SmtpServer) -> None:
    assert SmtpServer.from_url(url) == server


@pytest.mark.parametrize("url", ["mail.example:25", "http://mail.example", "smtp://"])
def test_an_address_that_is_no_mail_server_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="SMTP_URL"):
        SmtpServer.from_url(url)
