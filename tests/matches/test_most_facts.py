"""The most that a profile may state fits into its matching row, a page of the table, and into the index of facts."""

from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import Account
from marketplace.db import db
from marketplace.matches.rows import KINDS
from marketplace.profiles.rules import MAX_ROWS
from tests import build
from tests.matches.recomputed import derived, recomputed

MANY = "en es fr de it nl pl cs sk sl hr bg ro hu fi et lv lt el tr".split()  # noqa: SIM905
OTHERS = "sv da nb is ga cy eu ca gl mt sq mk uk be ka hy az kk uz ky".split()  # noqa: SIM905


def test_the_most_that_somebody_may_state_fits_into_the_row_and_its_index(
    app: Flask, api_of: Callable[[Account], FlaskClient]
) -> None:
    person = build.profile(resume_text="\n".join(f"Line {at}" for at in range(12)))
    client = api_of(person.account)
    assert len(MANY) == len(OTHERS) == MAX_ROWS
    # All languages are changed for others: for a moment the row holds those of before and those of after.
    for tags in (MANY, OTHERS, MANY):
        stated = {
            "languages": [{"tag": tag, "written": "C2", "spoken": "C2", "native": True} for tag in tags],
            "experiences": [{"kind": kind, "years": 60, "description": ""} for kind in KINDS],
        }
        answer = client.put("/api/v1/profile", json=stated)
        assert answer.status_code == 200, answer.json
        row = derived(person.id)
        assert row == recomputed(person.id)
        assert row is not None
        assert (len(row["langs"]), len(row["experience"])) == (MAX_ROWS * 14, len(KINDS) * 61)
        db.session.rollback()
