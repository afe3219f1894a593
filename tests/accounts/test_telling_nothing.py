"""Sign-up, sign-in, reset and the mails of confirmation do not tell who has an account: not by words, not by work."""

import re
from typing import Any

import argon2.low_level
import pytest
from flask import Flask

from marketplace.accounts import actions
from marketplace.accounts.rules import RoleName
from marketplace.db import db
from tests.pages import without_tokens

PASSWORD, WRONG = "correct horse battery", "wrong horse battery staple"
KNOWN, UNCONFIRMED, UNKNOWN = "known@example.test", "unconfirmed@example.test", "unknown@example.test"
# What differs between two answers to anybody: the request, the form's tokens, and the address that was typed.
OWN = re.compile(r"(un)?(known|confirmed)@example\.test|wait \d+")


@pytest.fixture(autouse=True)
def accounts(app: Flask) -> None:
    actions.add_account(KNOWN, PASSWORD, "Known", roles=[RoleName.ANNOTATOR], confirmed=True)
    actions.add_account(UNCONFIRMED, PASSWORD, "Unconfirmed", roles=[RoleName.ANNOTATOR])
    db.session.commit()


def pages(email: str) -> dict[str, tuple[str, dict[str, str]]]:
    signing_up = {"email": email, "name": "New", "password": PASSWORD, "password_confirm": PASSWORD}
    return {
        "sign in": ("/sign-in", {"email": email, "password": WRONG}),
        "reset": ("/reset", {"email": email}),
        "confirmation": ("/confirm", {"email": email}),
        "sign up": ("/sign-up", signing_up),
    }


def calls(email: str) -> dict[str, tuple[str, dict[str, Any]]]:
    token = {"email": email, "password": WRONG, "name": "t", "scopes": ["profile:read"]}
    return {
        "token": ("/api/v1/tokens", token),
        "account": ("/api/v1/accounts", {"email": email, "password": PASSWORD, "name": "New"}),
    }


def told(app: Flask, email: str, what: str) -> tuple[int, str, str]:
    """Return status, place to go and the page that follows, without what is different for everybody."""
    browser = app.test_client()
    if what in calls(email):
        path, body = calls(email)[what]
        answer = browser.post(path, json=body)
    else:
        path, form = pages(email)[what]
        answer = browser.post(path, data=form)
    after = browser.get(answer.location).text if answer.status_code == 302 else ""
    return answer.status_code, answer.headers.get("Location", ""), OWN.sub("", without_tokens(answer.text + after))


@pytest.mark.parametrize("what", [*pages(""), *calls("")])
@pytest.mark.parametrize("email", [KNOWN, UNCONFIRMED])
def test_the_answer_is_the_same_for_whoever_has_an_account_and_for_nobody(app: Flask, what: str, email: str) -> None:
    assert told(app, email, what) == told(app, UNKNOWN, what)


@pytest.fixture
def worked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note each password that argon2 works out, and let it."""
    noted: list[str] = []

    def noting(name: str) -> None:
        real = getattr(argon2.low_level, name)

        def note(*args: Any, **kwargs: Any) -> Any:
            noted.append(name)
            return real(*args, **kwargs)

        monkeypatch.setattr(argon2.low_level, name, note)

    for name in ("hash_secret", "verify_secret", "core"):
        noting(name)
    return noted


@pytest.mark.parametrize("what", ["sign in", "token", "sign up", "account"])
def test_as_many_passwords_are_worked_out_for_nobody_as_for_somebody(app: Flask, worked: list[str], what: str) -> None:
    counts = {}
    for email in (KNOWN, UNKNOWN):
        worked.clear()
        told(app, email, what)
        counts[email] = len(worked)
    assert counts[KNOWN] == counts[UNKNOWN] > 0
