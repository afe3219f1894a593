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


ROLES = [None, *RoleName]


def caller_of(account: Account | None) -> Caller:
    """Return somebody who sends as *account*, or as nobody."""
    number = account.id if account else None

    def sign_in() -> dict[str, str]:
        token = build.token(db.session.get_one(Account, number)) if number else ""
        db.session.commit()
        return {"Authorization": f"Bearer {token}"} if token else {}

    return Caller(sign_in)


@pytest.mark.timeout(7200)
def test_no_answer_breaks_the_word_of_the_document(app: Flask) -> None:
    people = world.make()
    callers = [caller_of(people[role] if role else None) for role in ROLES]
    with served(app) as url:
        tell_and_check(dict(zip(map(str, ROLES), fuzz(url, callers, EXAMPLES), strict=True)))


@pytest.mark.timeout(7200)
def test_no_answer_in_a_chain_breaks_it_either(app: Flask) -> None:
    people = world.make()
    callers = {str(role): caller_of(people[role] if role else None) for role in ROLES}
    with served(app) as url:
        tell_and_check({role: fuzz_in_chains(url, caller, EXAMPLES) for role, caller in callers.items()})


def tell_and_check(found: dict[str, Found]) -> None:
    """Say what came of it for each role, and fail where anything was wrong."""
    faults = {f"{role}: {where}": text for role, one in found.items() for where, text in one.faults.items()}
    for role, one in found.items():
        answers = ", ".join(f"{status}: {count}" for status, count in sorted(one.statuses.items()))
        print(f"\n{role}: {one.requests} requests ({answers})")
    print("\n".join(f"{where}\n{text}\n" for where, text in faults.items()))
    assert list(faults) == []
