"""Whoever pays people is killed at every commit, and in between: the books balance, and nobody is paid twice."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace import clock
from marketplace.accounts.rules import RoleName
from marketplace.bankfiles.queries import content_of, get_file
from marketplace.db import db
from marketplace.payouts.models import JournalEntry, Payout, PayoutRun
from marketplace.payouts.rules import EntryKind, LedgerKind, PayoutState, RunState
from tests import build
from tests.conftest import empty
from tests.payouts.books import NOW, approved, balance, seat
from tests.payouts.killed import Job

# Every statement takes minutes; in the run of every day each of so many is a place to die at, beside every commit.
STRIDE = 1 if "FAIRMATCH_SOAK" in os.environ else 9
ROOT = Path(__file__).resolve().parents[2]
OWED = {60: 2000, 75: 2500, 90: 3000}


class Payer:
    """A process that pays, and dies where it is told to."""

    def __init__(self, app: Flask) -> None:
        config = asdict(app.config["FAIRMATCH"]) | {"data_dir": str(app.config["FAIRMATCH"].data_dir)}
        place = {"config": config, "services": asdict(app.extensions["fairmatch_services"])}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.payouts.killed"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._say(place)
        assert self._hear() == "ready"

    def do(self, job: Job) -> dict[str, Any]:
        """Let it do *job* and return what came of it."""
        self._say({"job": asdict(job), "now": NOW.isoformat()})
        told: dict[str, Any] = json.loads(self._hear())
        assert "error" not in told, told
        return told

    def _say(self, what: dict[str, Any]) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()

    def _hear(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()


@pytest.fixture
def payer(app: Flask) -> Iterator[Payer]:
    payer = Payer(app)
    with clock.at(NOW):
        yield payer
    assert payer.process.stdin
    assert payer.process.stdout
    payer.process.stdin.close()
    payer.process.wait(timeout=20)
    payer.process.stdout.close()


class Scene:
    """Three people who are owed money; the payment of the second will not arrive."""

    def __init__(self, currency: str = "USD") -> None:
        client = build.organisation(currency=currency)
        self.people = []
        for minutes in OWED:
            on = seat(on=build.project(client), worker=build.profile())
            approved(on, minutes)
            self.people.append(on.profile_id)
        maker, checker = (build.account(RoleName.FINANCE).id for _ in range(2))
        db.session.commit()
        self.job = Job(currency, maker, checker, unlucky=self.people[1])

    def check(self) -> None:
        """Look at the books: everybody is paid once, but whose payment did not arrive, who is owed as before."""
        db.session.rollback()
        mine = sa.select(Payout).where(Payout.profile_id.in_(self.people)).order_by(Payout.id)
        payouts = list(db.session.scalars(mine))
        assert [(one.profile_id, one.state, one.amount_minor) for one in payouts] == [
            (self.people[0], PayoutState.PAID, 2000),
            (self.people[1], PayoutState.FAILED, 2500),
            (self.people[2], PayoutState.PAID, 3000),
        ]
        assert [balance(LedgerKind.PAYABLE, one) for one in self.people] == [0, -2500, 0]
        [run_id] = {one.run_id for one in payouts}
        assert db.session.get_one(PayoutRun, run_id).state is RunState.SETTLED
        assert b"CdtTrfTxInf" in content_of(get_file(run_id))
        self._check_entries([one.id for one in payouts])

    def _check_entries(self, payouts: list[int]) -> None:
        """Every step of a payout is in the books once, whatever was asked again."""
        entries = sa.select(JournalEntry.kind, sa.func.count()).where(
            JournalEntry.source_id.in_(payouts), JournalEntry.kind != EntryKind.EARNING
        )
        counted = dict(db.session.execute(entries.group_by(JournalEntry.kind)).all())
        assert counted == {EntryKind.HOLD: 3, EntryKind.PAID: 2, EntryKind.FAILED: 1}


def survive(app: Flask, payer: Payer, where: str, at: int) -> None:
    """Kill whoever pays a new scene at one place, let another go on, and look at the books."""
    scene = Scene()
    assert payer.do(replace(scene.job, where=where, at=at))["killed"], (where, at)
    assert not payer.do(scene.job)["killed"]
    scene.check()
    db.session.remove()
    empty(app)


def test_killed_at_every_commit_and_between_nobody_is_paid_twice(app: Flask, payer: Payer) -> None:
    scene = Scene()
    counts = payer.do(scene.job)
    scene.check()
    empty(app)
    assert counts["before"] == counts["after"] == 6
    for where in ("before", "after"):
        for at in range(1, counts[where] + 1):
            survive(app, payer, where, at)
    assert counts["statement"] > 60
    # The first of all does one or two more: what a fresh process asks a database once.
    for at in range(1, counts["statement"] - 1, STRIDE):
        survive(app, payer, "statement", at)
