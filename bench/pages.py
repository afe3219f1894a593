"""How long the server takes for each page, and how many questions it asks the database, among many people and projects.

Run with `python -m bench.pages`: each page is asked for as whoever uses it, without a browser or a network.
"""

import argparse
import gc
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa
from flask.testing import FlaskClient

from bench import busy
from bench.answer import timed
from bench.figures import Figure, write
from bench.world import World
from marketplace import clock
from marketplace.accounts.models import Account
from marketplace.accounts.rules import RoleName
from marketplace.db import db
from marketplace.matches.actions import make_match_run
from marketplace.matches.models import Match, MatchRun
from marketplace.profiles.models import AnnotatorProfile
from marketplace.projects.models import Project
from marketplace.searches.actions import start_search
from marketplace.searches.jobs import embed_search

PEOPLE = 100_000
TIMES = 20
# The page of a ranking that nobody has seen yet makes it: the benchmark `answer` measures that.
MOST_MS, MOST_QUERIES = 150, 12
# Who looks at which pages; the names in brackets are filled in by _places().
PAGES = {
    "annotator": """
        /dashboard /notifications /messages /projects/open /projects/open/{open} /why-no-project /applications
        /invitations /invitations/{invitation} /engagements /time /earnings /profile /profile/portfolio
        /projects/{own}/guidelines /engagements/{engagement}/messages /account /account/erasure
        /earnings/statements /earnings/statements/{month} /profile/payment /time/disputes
    """,
    "manager": """
        /dashboard /notifications /messages /projects /projects/{project} /projects/{project}/edit
        /projects/{project}/preview /projects/{project}/matches/{run} /projects/{project}/matches
        /projects/{project}/matches/{search} /projects/{project}/matches/runs
        /projects/{project}/matches/compare{compare} /projects/{project}/shortlist /projects/{busy}/shortlist
        /projects/{busy} /projects/{busy}/matches/{busy_run} /projects/{busy}/invitations
        /projects/{busy}/applications /projects/applications /projects/{busy}/forecast /projects/{busy}/waves
        /projects/{busy}/team /team/{engagement} /projects/{busy}/messages /projects/{busy}/time
        /projects/{busy}/guidelines /time/approve /organisations/{organisation}
        /projects/{busy}/budget
    """,
    "finance and admin": """
        /finance /finance/ledger /finance/ledger?person=3 /finance/ledger/accounts /finance/ledger/entries/100
        /finance/people/3/statements/{month} /admin/audit /admin/people /admin/profiles /admin/system /admin/outbox
    """,
}


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody who is signed in, and the pages they look at."""

    who: str
    client: FlaskClient
    paths: list[str]


def main() -> None:
    """Measure, print and write the figures."""
    parser = argparse.ArgumentParser(prog="python -m bench.pages", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("var/bench/pages.json"))
    parser.add_argument("--people", type=int, default=PEOPLE)
    options = parser.parse_args()
    with busy.opened(options.out.parent, options.people) as scene:
        with scene.world.app.app_context():
            visits = _visits(scene)
            engine = db.engine
            db.session.remove()
        gc.collect()
        gc.freeze()
        # Outside the context: each request has one of its own, as in the web server.
        figures = [figure for visit in visits for figure in _measured(engine, visit)]
    figures.append(_slowest(figures, options.people))
    write(figures, options.out)
    for figure in figures:
        print(*figure.cells(), sep=" | ")


def _visits(scene: busy.Scene) -> list[Visit]:
    finance = busy.staff(RoleName.FINANCE, RoleName.ADMIN, name="Finance")
    manager = db.session.get_one(Account, scene.manager_id)
    places = _places(manager, db.session.get_one(Project, scene.project_id), db.session.get_one(MatchRun, scene.run_id))
    person = db.session.get_one(AnnotatorProfile, 3).account
    who_looks = (("annotator", person), ("manager", manager), ("finance and admin", finance))
    return [
        Visit(who, _signed_in(scene.world, account), [path.format(**places) for path in PAGES[who].split()])
        for who, account in who_looks
    ]


def _places(manager: Account, project: Project, run: MatchRun) -> dict[str, Any]:
    search = start_search(project, "radiology reports", by=manager)
    db.session.commit()
    embed_search(search.id)
    found = make_match_run(project, manager, search)
    db.session.commit()
    first = db.session.scalars(sa.select(Match.id).where(Match.run_id == run.id, Match.rank <= 4))
    return {
        "project": project.id,
        "organisation": project.organisation_id,
        "run": run.id,
        "search": found.id,
        "compare": "?ids=" + ",".join(map(str, first)),
        "month": f"{clock.now():%Y-%m}",
        "busy": 1_000_001,
        "busy_run": 1_000_001,
        "own": 1_000_001,
        "open": 1_000_002,
        "engagement": 102,
        "invitation": 102,
    }


def _signed_in(world: World, account: Account) -> FlaskClient:
    client = world.app.test_client()
    with client.session_transaction() as session:
        session["_user_id"], session["_fresh"] = account.fs_uniquifier, True
    return client


def _measured(engine: sa.Engine, visit: Visit) -> Iterator[Figure]:
    asked: list[str] = []

    def note(*args: Any) -> None:
        asked.append(args[2])

    for path in visit.paths:
        answer = visit.client.get(path)
        assert answer.status_code == 200, (path, answer.status, answer.text.split("<main")[-1][:900])
        sa.event.listen(engine, "before_cursor_execute", note)
        asked.clear()
        visit.client.get(path)
        queries = len(asked)
        sa.event.remove(engine, "before_cursor_execute", note)
        waits = [timed(partial(visit.client.get, path))[0] * 1000 for _ in range(TIMES)]
        p50, p95 = np.percentile(waits, [50, 95])
        yield Figure(
            f"page {path} for {visit.who}: p95",
            p95,
            "ms",
            f"p50 {p50:.0f} ms, {queries} queries, {len(answer.data) / 1024:.0f} KiB",
            target=f"≤ {MOST_MS} ms, ≤ {MOST_QUERIES} queries",
            met=bool(p95 <= MOST_MS and queries <= MOST_QUERIES),
        )


def _slowest(figures: list[Figure], people: int) -> Figure:
    worst = max(figures, key=lambda figure: figure.value)
    missed = sum(not figure.met for figure in figures)
    note = f"{worst.name}; {len(figures) - missed} of {len(figures)} pages meet both"
    name = f"slowest page of {len(figures)}, {people:,} people, {busy.PROJECTS:,} projects: p95"
    return Figure(name, worst.value, "ms", note, target=f"≤ {MOST_MS} ms", met=bool(worst.value <= MOST_MS))


if __name__ == "__main__":
    main()
