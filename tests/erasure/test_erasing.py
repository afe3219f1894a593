"""Of somebody who was erased no word is left anywhere, the books balance, and everybody else's pages still open."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from marketplace import clock, storage, worker
from marketplace.accounts import actions as accounts
from marketplace.accounts.models import Account
from marketplace.accounts.queries import find_account
from marketplace.accounts.rules import RoleName
from marketplace.db import Base, db
from marketplace.erasure import actions, rules
from marketplace.erasure.rules import Fate
from marketplace.errors import Missing, Refused
from marketplace.mail import MailState, OutgoingMail
from marketplace.matches.replaying import replay
from marketplace.own_data.rules import HELD
from marketplace.payouts.rules import LedgerKind
from tests import build
from tests.erasure.world import EMAIL, PASSWORD, PLANTED, left, make
from tests.payouts.books import NOW, balance

ClientOf = Callable[[Account], FlaskClient]


@pytest.fixture(autouse=True)
def later(app):
    with clock.at(NOW):
        yield


def test_no_word_is_left_in_any_column_or_file(app: Flask) -> None:
    someone = make()
    others = build.profile(name="Somebody Else")
    assert {word for word in PLANTED if any(word in place for place in left(app))} == set(PLANTED)
    actions.erase(someone.account)
    db.session.commit()
    rows = [place for place in left(app) if "/" not in place]
    assert all("outgoing_mail" in place or "task" in place for place in rows), rows
    worker.perform_due(app)
    assert left(app) == []
    assert others.account.name == "Somebody Else"
    assert balance(LedgerKind.PAYABLE, someone.profile.id) == 0
