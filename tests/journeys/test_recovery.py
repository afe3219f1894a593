"""What people were promised is kept whatever is killed: the worker amid its reading, Valkey, PostgreSQL, everything."""

import os
import shlex
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any

import psycopg
import pytest

from marketplace.services import valkey
from tests.journeys.callers import Caller
from tests.journeys.resume import PROOF, resume_pdf
from tests.journeys.test_by_api import PROFILE
from tests.journeys.world import World, eventually

pytestmark = [pytest.mark.model, pytest.mark.timeout(600), pytest.mark.xdist_group("journeys")]

# So many that a worker is busy with it for a while.
LONG = 15
TRIES = 5
PASSAGES = """
    SELECT r.state, count(p.id), count(DISTINCT p.number), count(v.number), count(DISTINCT v.number)
    FROM resume r LEFT JOIN resume_passage p ON p.resume_id = r.id
    LEFT JOIN (SELECT resume_id, unnest(numbers) AS number FROM resume_vectors) v
           ON v.resume_id = p.resume_id AND v.number = p.number
    WHERE r.id = %s GROUP BY r.id
"""
TRIED = """
    SELECT a.event FROM task_attempt a JOIN task t ON t.id = a.task_id
    WHERE t.kind = 'resume.uploaded' AND t.payload->>'id' = %s::text ORDER BY a.id
"""
WAITING = "SELECT count(*) FROM task WHERE state = 'ready' AND kind IN ('resume.uploaded', 'mail.queued')"
HELD = (
    "SELECT count(*) FROM task WHERE kind = 'resume.uploaded' AND state = 'ready' AND lease_until > clock_timestamp()"
)
MAILS = "SELECT message_id, recipient, subject FROM outgoing_mail WHERE state = 'sent' ORDER BY message_id"
CONTENTS = (
    "SELECT id, email FROM account ORDER BY id",
    "SELECT id, state, text FROM resume ORDER BY id",
    "SELECT resume_id, space_id, numbers, embeddings::text FROM resume_vectors ORDER BY 1, 2",
    "SELECT id, state FROM annotator_profile ORDER BY id",
    MAILS,
)


class Inside:
    """The servers of an installation, as `marketplace env` names them; looking in starts nothing."""

    def __init__(self, world: World) -> None:
        lines = world.command("env").splitlines()
        named = dict(shlex.split(line.removeprefix("export "))[0].split("=", 1) for line in lines)
        self.database_url, self.redis_url = named["MIGRATION_DATABASE_URL"], named["REDIS_URL"]

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Ask the database."""
        with closing(psycopg.connect(self.database_url, autocommit=True)) as connection:
            return connection.execute(query.encode(), values).fetchall()

    def count(self, query: str) -> int:
        """Ask the database for one number."""
        return int(self.rows(query)[0][0])

    def contents(self) -> list[list[tuple[Any, ...]]]:
        """Return all that must not change by itself."""
        return [self.rows(query) for query in CONTENTS]


@pytest.fixture
def caller(own_world: World) -> Iterator[Callable[[str], Caller]]:
    """Give people who use the API of the installation that is going to be broken."""
    with ExitStack() as hung_up:
        yield lambda name: hung_up.enter_context(closing(Caller(own_world, name)))


def test_nothing_accepted_is_lost_or_done_twice_whatever_is_killed(
    own_world: World, caller: Callable[[str], Caller]
) -> None:
    world, inside = own_world, Inside(own_world)
    lena, aino, late = caller("Lena Sorel"), caller("Aino Virta"), caller("Late Comer")
    for person in (lena, aino):
        person.sign_up()
        person.answer("PUT", "/profile", 200, json=PROFILE)

    first = kill_amid_reading(world, inside, lena)
    second = upload(aino, 1)
    late.post("/accounts", 202, email=late.email, password="a password of words", name=late.name)
    assert inside.count(WAITING) >= 2
    with valkey.connection(inside.redis_url) as client:
        client.flushall()
    kill_postmaster(world)

    eventually(lambda: world.answers("/healthz") and world.answers("/"), "pages that answer")
    world.wait_until_ready()
    for person, resume_id in ((lena, first), (aino, second)):
        read = person.wait_for(f"/profile/resumes/{resume_id}", "reading", "ready")
        assert PROOF in read["text"]
        assert person.post("/profile/submission", 200)["state"] == "submitted"
    assert_read_once(inside, first)
    assert_read_once(inside, second)
    assert ("lost",) in inside.rows(TRIED, first)
    late.post("/accounts/confirmation", 200, token=late.world.link(late.email, "confirm").rsplit("/", 1)[1])
    assert_mailed_once(world, inside, 3)

    before = inside.contents()
    world.kill_everything()
    assert not world.answers("/healthz")
    world.start()
    assert Inside(world).contents() == before
    assert aino.get("/profile")["state"] == "submitted"
    assert_mailed_once(world, inside, 3)


def kill_amid_reading(world: World, inside: Inside, person: Caller) -> int:
    """Upload a long résumé and send kill -9 to the model worker while it reads; return the résumé's number.

    A worker that was too quick, having finished by the time it was stopped, gets a longer one.
    """
    worker = world.part("worker", "model")
    assert worker is not None
    for number in range(1, TRIES + 1):
        resume_id = upload(person, LONG + number)
        with closing(psycopg.connect(inside.database_url, autocommit=True)) as connection:
            until = time.monotonic() + 30
            while connection.execute(HELD).fetchall() == [(0,)] and time.monotonic() < until:
                time.sleep(0.002)
            worker.suspend()
            if connection.execute(HELD).fetchall() == [(1,)]:
                worker.kill()
                return resume_id
            worker.resume()
        person.wait_for(f"/profile/resumes/{resume_id}", "reading", "ready")
    raise AssertionError("the worker is too quick to be killed amid its reading")


def upload(person: Caller, copies: int) -> int:
    file = ("cv.pdf", resume_pdf(person.name, copies=copies), "application/pdf")
    return int(person.answer("POST", "/profile/resumes", 201, files={"file": file})["id"])


def kill_postmaster(world: World) -> None:
    pid = int((world.data_dir / "postgres" / "postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGKILL)


def assert_read_once(inside: Inside, resume_id: int) -> None:
    """Check that there is one set of passages, one vector for each, and that one try did it."""
    ((state, passages, numbers, vectors, owners),) = inside.rows(PASSAGES, resume_id)
    assert state == "ready"
    assert passages == numbers == vectors == owners > 0
    assert [event for (event,) in inside.rows(TRIED, resume_id)].count("done") == 1


def assert_mailed_once(world: World, inside: Inside, count: int) -> None:
    """Check that each mail that was promised lies in the outbox once, under the name it was given at first."""
    eventually(lambda: not inside.count(WAITING), "the end of what waits")
    promised = inside.rows(MAILS)
    assert len(promised) == len({recipient for _, recipient, _ in promised}) == count
    assert sorted(str(mail["Message-ID"]) for mail in world.mails()) == [message_id for message_id, *_ in promised]
