"""Everything about a person, nothing about another, and no key that acts for them is in what they take along."""

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from marketplace import mail, storage
from marketplace.accounts.models import Account
from marketplace.accounts.rules import RoleName
from marketplace.audit import AuditEvent
from marketplace.db import Base, db
from marketplace.own_data.queries import everything_of
from marketplace.own_data.rules import HELD, LEFT_OUT
from marketplace.profiles.models import Resume
from tests import build
from tests.fuzzing import world

ClientOf = Callable[[Account], FlaskClient]


def opened(answer: TestResponse) -> zipfile.ZipFile:
    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    archive = zipfile.ZipFile(io.BytesIO(answer.data))
    assert archive.testzip() is None
    return archive


def table(archive: zipfile.ZipFile, name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(archive.read(f"data/{name}.json"))
    return rows


def test_every_table_is_taken_along_or_left_out_for_a_reason(app: Flask) -> None:
    assert sorted([*HELD, *LEFT_OUT]) == sorted(Base.metadata.tables)


def test_the_archive_holds_the_whole_story_with_the_files(app: Flask, client_of: ClientOf) -> None:
    person = world.make()[RoleName.ANNOTATOR]
    ready, refused = db.session.scalars(
        sa.select(Resume).join(Resume.profile).filter_by(account_id=person.id).order_by(Resume.id)
    )
    storage.keep(ready.storage_key, "My résumé".encode())
    refused.filename = "ž 我的.pdf"
    db.session.commit()
    archive = opened(client_of(person).get("/account/data.zip"))
    assert archive.read(f"resumes/{ready.id}-resume.txt").decode() == "My résumé"
    assert f"resumes/{refused.id}-ž 我的.pdf.missing.txt" in archive.namelist()
    assert {name for name in HELD if not table(archive, name)} <= {
        "api_token",
        "notification_choice",
        "notification_digest",
        "passkey",
        "member_invitation",
    } | {
        *("membership", "fact_answer", "outgoing_mail", "web_session", "wave_invitation"),
    }
    assert table(archive, "payout")[0]["state"] == "failed"
    owed = sum(one["balance_minor"] for one in table(archive, "ledger_account"))
    assert sum(one["amount_minor"] for one in table(archive, "posting")) == owed
    readme = archive.read("README.txt").decode()
    assert f"data/time_entry.json  {len(table(archive, 'time_entry'))}  your hours" in readme
    event = db.session.scalars(sa.select(AuditEvent).filter_by(action="account.data_taken")).one()
    assert (event.actor_id, event.facts) == (person.id, {"files": 2})


def test_nothing_of_anybody_else_is_in_it(app: Flask) -> None:
    people = world.make()
    one, other = build.profile(name="Own Name").account, build.profile(name="Other Name").account
    for account in (one, other):
        build.token(account)
        mail.queue(to=account.email, template="account_exists", subject=f"For {account.email}", name=account.name)
    db.session.commit()
    told = json.dumps(everything_of(one))
    assert "Own Name" in told
    for stranger in (other, people[RoleName.ANNOTATOR]):
        assert stranger.email not in told
    assert [row["account_id"] for row in everything_of(one)["api_token"]] == [one.id]
    assert [row["subject"] for row in everything_of(one)["outgoing_mail"]] == [f"For {one.email}"]


def test_nothing_that_acts_for_the_person_is_in_it(app: Flask, client_of: ClientOf) -> None:
    person = build.manager(build.organisation())
    secret = build.token(person)
    mail.queue(to=person.email, template="account_exists", subject="x", name="", link="https://secret-link")
    client = client_of(person)
    archive = opened(client.get("/account/data.zip"))
    whole = b"".join(archive.read(name) for name in archive.namelist()).decode()
    for hidden in (secret, person.password or "-", person.tf_totp_secret or "-", person.fs_uniquifier, "secret-link"):
        assert hidden == "-" or hidden not in whole


def test_staff_without_a_profile_take_what_there_is(app: Flask, client_of: ClientOf) -> None:
    person = build.account(RoleName.FINANCE)
    page = client_of(person).get("/account/data")
    assert "What may act for you" not in page.text
    assert "Your profile and what was decided of it" in page.text
    assert table(opened(client_of(person).get("/account/data.zip")), "annotator_profile") == []


def test_by_api_the_same_archive_is_given(app: Flask, api_of: Callable[[Account], FlaskClient]) -> None:
    person = build.profile().account
    archive = opened(api_of(person).get("/api/v1/account/data"))
    assert table(archive, "account")[0]["email"] == person.email
