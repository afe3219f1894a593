"""How long deciding on a manager's hours and paying a month of ten thousand people take.

Run with `python -m bench.money`, in the world of `bench.pages`: everybody at work has twenty lines and more.  What is
decided is taken back and the run cancelled, so that the next run of this finds the same.
"""

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import sqlalchemy as sa

from bench import busy
from bench.answer import timed
from bench.figures import Figure, write
from bench.pages import PEOPLE
from marketplace.accounts.models import Account, Membership
from marketplace.accounts.rules import RoleName
from marketplace.db import db
from marketplace.ledger.actions import seal
from marketplace.payouts import actions, queries

LINES = 2_000
MOST_MS = 5_000
TIMES = 3


def main() -> None:
    """Measure, print and write the figures."""
    parser = argparse.ArgumentParser(prog="python -m bench.money", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("var/bench/money.json"))
    parser.add_argument("--people", type=int, default=PEOPLE)
    options = parser.parse_args()
    with busy.opened(options.out.parent, options.people) as scene, scene.world.app.app_context():
        owner_url = scene.world.services.migration_database_url.replace("postgresql+psycopg://", "postgresql://")
        figures = [_approval(db.session.get_one(Account, scene.manager_id)), *_run(owner_url)]
        db.session.remove()
    write(figures, options.out)
    for figure in figures:
        print(*figure.cells(), sep=" | ")


def _approval(manager: Account) -> Figure:
    _manage_more(manager)
    lines = [entry.id for entry in db.session.scalars(queries.lines_to_decide(manager).limit(LINES))]
    db.session.rollback()

    def decide() -> None:
        _manage_more(manager)
        actions.decide_lines(lines, [], by=manager)

    return _figure(f"approving {len(lines):,} lines of one manager", [_undone(decide) for _ in range(TIMES)])


def _manage_more(manager: Account) -> None:
    """Let *manager* manage three clients more: the first one alone has fewer lines that wait."""
    own = sa.select(Membership.organisation_id).where(Membership.account_id == manager.id)
    others = sa.text("SELECT id FROM organisation WHERE NOT id = ANY(:own) ORDER BY id LIMIT 3")
    for organisation_id in db.session.scalars(others, {"own": list(db.session.scalars(own))}).all():
        db.session.add(Membership(organisation_id=organisation_id, account_id=manager.id))
    db.session.flush()


def _run(owner_url: str) -> list[Figure]:
    db.session.rollback()
    maker, second = (busy.staff(RoleName.FINANCE, name=name) for name in ("Finance", "Second"))
    db.session.commit()
    plan = queries.plan_run("USD")
    lines = sum(len(one.owed.postings) for one in plan.pays)
    size = f"{len(plan.pays):,} people, {lines:,} lines"
    preview = _figure(f"preview of a run, {size}", [_undone(partial(queries.plan_run, "USD")) for _ in range(TIMES)])

    # Kept until it is approved, as in life: by then the database has looked at its rows.
    seconds, run = timed(partial(actions.create_run, "USD", by=maker))
    kept, _ = timed(db.session.commit)
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute("ANALYZE payout, payout_line")
    approval = _undone(lambda: actions.approve_run(run.id, by=second)) / 1000
    actions.cancel_run(run.id, by=maker)
    db.session.commit()
    sealed = _undone(partial(seal, 10_000)) / 1000
    return [
        preview,
        Figure(f"draft of that run, {size}", seconds + kept, "s"),
        Figure(f"approval of that run, {size}", approval, "s"),
        Figure("sealing 10,000 entries of the ledger", sealed, "s"),
    ]


def _undone(act: Callable[[], Any]) -> float:
    """Return how many milliseconds *act* takes with every check that a commit makes, and take it back."""

    def checked() -> None:
        act()
        db.session.flush()
        db.session.execute(sa.text("SET CONSTRAINTS ALL IMMEDIATE"))

    seconds, _ = timed(checked)
    db.session.rollback()
    return seconds * 1000


def _figure(name: str, waits: list[float]) -> Figure:
    worst = float(np.max(waits))
    note = f"the longest of {len(waits)}, all: {', '.join(f'{wait:,.0f}' for wait in waits)}"
    return Figure(name, worst, "ms", note, target=f"≤ {MOST_MS:,} ms", met=worst <= MOST_MS)


if __name__ == "__main__":
    main()
