"""No page asks the database more than a dozen questions."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import Account
from tests.hostile import peopled

MOST = 12
# The page of a ranking makes it, words it and reads what everybody holds of everybody on it.
KNOWN = {"invitations.matches": 24}
Counting = Callable[[], AbstractContextManager[Callable[[], int]]]


def test_no_page_asks_more_than_a_dozen_questions(
    app: Flask, owner: sa.Engine, client_of: Callable[[Account], FlaskClient], counted_queries: Counting
) -> None:
    people = peopled.make(owner)
    clients = {role: client_of(account) for role, account in people.items()} | {"": app.test_client()}
    many: list[str] = []
    asked = 0
    for place in peopled.places(app):
        for role in place.roles:
            clients[role].get(place.path)  # what is made when a page is first opened is made
            with counted_queries() as count:
                answer = clients[role].get(place.path)
                asked += answer.status_code == 200
                if answer.status_code == 200 and count() > KNOWN.get(place.endpoint, MOST):
                    many.append(f"{count()} {role} {place.path}")
    assert not many, "\n".join(sorted(many, reverse=True))
    assert asked > 150
