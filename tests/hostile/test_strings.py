"""Two hundred hostile strings in every column that holds words: every page shows them as words, in a real browser.

In each round other strings lie in the cells and another of those who may open a page does; `make fuzz` (FAIRMATCH_FUZZ)
goes five times as many rounds.
"""

import csv
import io
import os
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import sync_playwright

from marketplace.accounts.models import Account
from marketplace.db import db
from marketplace.payouts.models import PayoutRun
from tests.hostile import columns, peopled
from tests.hostile.planting import plant
from tests.hostile.strings import KINDS, STRINGS
from tests.hostile.visiting import Visitor
from tests.journeys.people import launch

ClientOf = Callable[[Account], FlaskClient]
ROUNDS = 4
LONG = "FAIRMATCH_FUZZ" in os.environ
# The key of its address is in a mail alone.
BY_MAILED_KEY = "organisations.join"
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def test_there_are_two_hundred_strings_and_none_twice() -> None:
    assert len(STRINGS) == len(set(STRINGS)) == 200
    assert len({kind.name for kind in KINDS}) == len(KINDS)


def test_every_column_that_can_hold_text_is_for_words_of_people_or_for_those_of_the_program(app: Flask) -> None:
    named = sorted({f"{column.table.name}.{column.name}" for column in columns.text_columns()})
    assert sorted({*columns.FREE, *columns.MACHINE}) == named


def rounds() -> Iterator[tuple[str, ...]]:
    """Give the strings of each round: a part of them all."""
    size = len(STRINGS) // (5 * ROUNDS if LONG else ROUNDS)
    for start in range(0, len(STRINGS), size):
        yield STRINGS[start : start + size]


@pytest.mark.browser
@pytest.mark.timeout(3600 if LONG else 400)
def test_every_page_shows_them_as_words_and_nothing_runs(app: Flask, owner: sa.Engine, client_of: ClientOf) -> None:
    people = peopled.make(owner)
    places = peopled.places(app)
    visited: Counter[str] = Counter()
    planted: Counter[str] = Counter()
    with sync_playwright() as playwright, launch(playwright) as browser:
        visitor = Visitor.in_browser(browser, app.test_client().get)
        for number, strings in enumerate(rounds()):
            planted += plant(owner, lambda at, _, strings=strings: strings[at % len(strings)])  # type: ignore[misc]
            db.session.expire_all()
            clients = {role: client_of(account) for role, account in people.items()} | {"": app.test_client()}
            for place in places:
                role = place.roles[number % len(place.roles)]
                answer = clients[role].get(place.path, follow_redirects=True)
                visitor.visit(role or "nobody", place.path, answer, axe=number == 0)
                visited[place.endpoint] += answer.status_code == 200
    assert not visitor.faults, "\n".join(sorted(set(visitor.faults)))
    unplanted = [name for name in columns.FREE if not planted[name]]
    assert not unplanted, unplanted
    unseen = [endpoint for endpoint, count in visited.items() if not count and endpoint != BY_MAILED_KEY]
    assert not unseen, unseen


def test_no_cell_of_an_export_is_a_formula(app: Flask, owner: sa.Engine, client_of: ClientOf) -> None:
    people = peopled.make(owner)
    run_id = db.session.scalars(sa.select(PayoutRun.id).order_by(PayoutRun.id)).first()
    formulas = [string for string in STRINGS if string.startswith(DANGEROUS)]
    assert len(formulas) >= 6
    for formula in formulas:
        plant(owner, lambda at, _, formula=formula: formula)  # type: ignore[misc]
        db.session.expire_all()
        answer = client_of(people["finance"]).get(f"/finance/runs/{run_id}/file.csv")
        assert answer.status_code == 200
        rows = list(csv.reader(io.StringIO(answer.get_data(as_text=True))))
        cells = [cell for row in rows for cell in row]
        assert any(formula.strip() in cell for cell in cells)
        assert [cell for cell in cells if cell.startswith(DANGEROUS)] == []
