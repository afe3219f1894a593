"""Hostile words are sent through every form of every page and every field of the API: nothing breaks or runs.

In the run of every day each field gets a few of the two hundred strings, and each string comes up often; `make fuzz`
sends all of them through all fields.
"""

import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from marketplace.accounts.models import Account
from marketplace.db import db
from tests import build
from tests.hostile import peopled
from tests.hostile.fields import ApiField, Form, api_fields, read
from tests.hostile.strings import STRINGS

LONG = "FAIRMATCH_FUZZ" in os.environ
EACH = len(STRINGS) if LONG else 2
pytestmark = pytest.mark.timeout(7200 if LONG else 300)
# What no field takes, beside the strings.
UNTAKEABLE = ("a\x00b", "\x00", "x" * 200_000, "\ud800")
ALL = (*STRINGS, *UNTAKEABLE)
ClientOf = Callable[[Account], FlaskClient]


class Turns:
    """Gives the strings in turn, so that each comes up as often as any other."""

    def __init__(self) -> None:
        self.given: Counter[str] = Counter()
        self._at = 0

    def some(self, most: int = EACH) -> Iterator[str]:
        for _ in range(most):
            text = ALL[self._at % len(ALL)]
            self._at += 1
            self.given[text] += 1
            yield text


def sent(client: FlaskClient, form: Form, name: str, text: str) -> TestResponse:
    """Send *form* as a browser would, whatever *text* is."""
    data = urlencode(form.with_words(name, text), errors="surrogatepass")
    if form.method == "get":
        return client.get(f"{form.action.split('?')[0]}?{data}", follow_redirects=True)
    return client.post(form.action, data=data, content_type="application/x-www-form-urlencoded", follow_redirects=True)


def test_every_form_of_every_page_takes_words_for_words(app: Flask, owner: sa.Engine, client_of: ClientOf) -> None:
    people, turns, faults = peopled.make(owner), Turns(), list[str]()
    seen: Counter[str] = Counter()
    for place in peopled.places(app):
        role = place.roles[0]

        def browser(role: str = role) -> FlaskClient:
            return client_of(people[role]) if role else app.test_client()

        page = browser().get(place.path, follow_redirects=True)
        if page.mimetype != "text/html":
            continue
        for form in read(page.request.path, page.text).forms:
            for name in form.words:
                field = f"{form.method} {re.sub(r'[0-9]+', 'N', form.action)} {re.sub(r'[0-9]+', 'N', name)}"
                if seen[field]:
                    continue
                seen[field] += 1
                for text in turns.some():
                    answer = sent(browser(), form, name, text)
                    if answer.status_code >= 500:
                        faults.append(f"{role} {field} {text[:40]!r}: {answer.status_code}")
                    if answer.mimetype == "text/html":
                        faults += [f"{role} {field} {text[:40]!r}: {one}" for one in read("/", answer.text).strange]
                    db.session.rollback()
    assert not faults, "\n".join(faults[:40])
    assert len(seen) > 150
    assert LONG or len(turns.given) == len(ALL)


def filled(path: str, ids: dict[str, object]) -> str:
    """Return *path* with the ids of things that are there, as far as there are."""
    feature = path.removeprefix("/api/v1/").split("/")[0].replace("-", "_")

    def of(found: re.Match[str]) -> str:
        return str(ids.get(f"{feature}.{found[1]}", ids.get(found[1], 1)))

    return re.sub(r"\{(\w+)\}", of, path)


def asked(client: FlaskClient, one: ApiField, path: str, text: str) -> TestResponse:
    """Send an operation with *text* at the place of *one*."""
    headers = {"Content-Type": "application/json"}
    if one.query:
        return client.open(f"{path}?{urlencode({one.query: text}, errors='surrogatepass')}", method=one.method.upper())
    return client.open(path, method=one.method.upper(), data=json.dumps(one.body_with(text)), headers=headers)


def test_every_field_of_the_api_takes_words_for_words(app: Flask, owner: sa.Engine) -> None:
    people, turns, faults = peopled.make(owner), Turns(), list[str]()
    [ids, *_] = peopled._ids()
    tokens = {role: build.token(account) for role, account in people.items()}
    db.session.commit()
    client = app.test_client()
    found = list(api_fields(client.get("/api/v1/openapi.json").get_json()))
    answers: Counter[int] = Counter()
    for one in found:
        role = next((role for role in people if role in one.roles), None)
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {tokens[role]}" if role else ""
        for text in turns.some():
            answer = asked(client, one, filled(one.path, ids), text)
            answers[answer.status_code] += 1
            if answer.status_code >= 500:
                faults.append(f"{one.name} {text[:40]!r}: {answer.status_code}")
            elif answer.status_code >= 400 and answer.mimetype != "application/problem+json":
                faults.append(f"{one.name} {text[:40]!r}: {answer.status_code} as {answer.mimetype}")
    assert not faults, "\n".join(faults[:40])
    assert len(found) > 250
    assert answers[422] > 100
    assert LONG or len(turns.given) == len(ALL)
