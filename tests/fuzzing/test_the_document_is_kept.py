"""The API keeps the word of its document whatever it is asked, by every role: no 5xx, no answer of another shape."""

import os

import pytest
from flask import Flask

from marketplace.accounts.models import Account
from marketplace.accounts.rules import RoleName
from marketplace.db import db
from tests import build
from tests.fuzzing import world
from tests.fuzzing.engine import Caller, Found, fuzz, fuzz_in_chains, served

EXAMPLES = int(os.environ.get("FAIRMATCH_FUZZ", "1"))


@pytest.mark.timeout(7200)
@pytest.mark.parametrize("role", [None, *RoleName])
def test_no_answer_breaks_the_word_of_the_document(app: Flask, role: RoleName | None) -> None:
    people = world.make()
    number = people[role].id if role else None

    def sign_in() -> dict[str, str]:
        token = build.token(db.session.get_one(Account, number)) if number else ""
        db.session.commit()
        return {"Authorization": f"Bearer {token}"} if token else {}

    with served(app) as url:
        caller = Caller(sign_in)
        alone, chained = fuzz(url, caller, EXAMPLES), fuzz_in_chains(url, caller, EXAMPLES)
    print(f"\n{role or 'nobody'}: {told(alone)} alone, {told(chained)} in chains")
    faults = alone.faults | chained.faults
    print("\n".join(f"{where}\n{told}\n" for where, told in faults.items()))
    assert list(faults) == []


def told(found: Found) -> str:
    """Say what came of it."""
    answers = ", ".join(f"{status}: {count}" for status, count in sorted(found.statuses.items()))
    return f"{found.requests} requests ({answers})"
