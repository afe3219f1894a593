"""A process that pays people and is killed on the way: `python -m tests.payouts.killed`, told what to do line by line.

Reads one JSON object a line: the first says where the installation is, every further one is a job.  Each job is done in
a fork of its own, so that one that is killed costs no start of the application; what came of it is one JSON line: how
many commits and statements it did, and whether it was killed.
"""

import json
import os
import signal
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask

from marketplace import clock
from marketplace.accounts.models import Account
from marketplace.app import create_app
from marketplace.bankfiles import actions as bank
from marketplace.bankfiles.queries import find_file
from marketplace.config import Config
from marketplace.db import db
from marketplace.payouts import actions
from marketplace.payouts.models import Payout, PayoutRun
from marketplace.payouts.rules import PayoutState, RunState, end_to_end_id
from marketplace.services import Services
from tests.bankfiles.banks import csv_of

# The fraction of a unit of a currency that its minor unit is, for the currencies of these tests.
MINOR = 100


@dataclass(frozen=True)
class Job:
    """Pay everybody who is owed in *currency*, as *maker* and *checker*; the payment of *unlucky* does not arrive.

    The process dies just before the commit or statement of number *at*, counted from 1, or just after that commit, as
    *where* says: ``before`` or ``after`` a commit, or before a ``statement``; 0 lets it live.
    """

    currency: str
    maker: int
    checker: int
    unlucky: int
    at: int = 0
    where: str = "before"


def pay(job: Job) -> None:
    """Do every step that is not done yet, each with its commit, as people do who were not told how far they came."""
    known = sa.select(PayoutRun).filter_by(currency=job.currency).order_by(PayoutRun.id.desc())
    run = db.session.scalars(known).first()
    if run is None:
        run = actions.create_run(job.currency, by=_who(job.maker))
        db.session.commit()
    if run.state is RunState.DRAFT:
        actions.approve_run(run.id, by=_who(job.checker))
        db.session.commit()
    if find_file(run.id) is None:
        bank.write_file(run.id, by=_who(job.maker))
        db.session.commit()
    if all(one.state is PayoutState.IN_TRANSIT for one in run.payouts):
        bank.take_file(run.id, by=_who(job.maker))
        db.session.commit()
    sha256 = bank.keep_answer(run.id, _answer(run, job.unlucky), by=_who(job.maker))
    db.session.commit()
    bank.apply_answer(run.id, sha256, by=_who(job.maker))
    db.session.commit()


def _who(account_id: int) -> Account:
    return db.session.get_one(Account, account_id)


def _answer(run: PayoutRun, unlucky: int) -> bytes:
    """Return what the bank says: the same bytes whenever it is asked."""
    payouts = db.session.scalars(sa.select(Payout).filter_by(run_id=run.id).order_by(Payout.id))
    return csv_of([_row(one, came=one.profile_id != unlucky) for one in payouts])


def _row(payout: Payout, *, came: bool) -> dict[str, str]:
    return {
        "end_to_end_id": end_to_end_id(payout.run_id, payout.id),
        "state": "paid" if came else "failed",
        "amount": f"{payout.amount_minor / MINOR:.2f}",
        "currency": payout.currency,
        "reference": f"B-{payout.id}" if came else "",
        "reason": "" if came else "Account closed",
    }


class Deaths:
    """Counts commits and statements of this process, and kills it at the one that a job names."""

    def __init__(self, app: Flask, job: Job) -> None:
        self.counts = {"before": 0, "after": 0, "statement": 0}
        self._job = job
        sa.event.listen(db.engine, "commit", lambda connection: self._pass("before"))
        sa.event.listen(db.session, "after_commit", lambda session: self._pass("after"))
        sa.event.listen(db.engine, "before_cursor_execute", lambda *args: self._pass("statement"))

    def _pass(self, where: str) -> None:
        self.counts[where] += 1
        if self._job.where == where and self._job.at == self.counts[where]:
            os.kill(os.getpid(), signal.SIGKILL)


def _in_a_fork(app: Flask, job: Job, now: str) -> dict[str, Any]:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            with app.app_context(), clock.at(datetime.fromisoformat(now)):
                db.engine.dispose(close=False)
                deaths = Deaths(app, job)
                pay(job)
                os.write(writing, json.dumps(deaths.counts).encode())
        except Exception as error:  # noqa: BLE001  told to the test
            os.write(writing, json.dumps({"error": f"{type(error).__name__}: {error}"}).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        told = pipe.read()
    _, status = os.waitpid(child, 0)
    return (json.loads(told) if told else {}) | {"killed": os.WIFSIGNALED(status)}


def main() -> None:
    """Do one job after the other until there is no further line."""
    place = json.loads(sys.stdin.readline())
    config = Config(**place["config"] | {"data_dir": Path(place["config"]["data_dir"])})
    app = create_app(config, Services(**place["services"]), {"TESTING": True})
    print("ready", flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(_in_a_fork(app, Job(**asked["job"]), asked["now"])), flush=True)


if __name__ == "__main__":
    main()
