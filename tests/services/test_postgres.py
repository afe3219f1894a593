"""The embedded PostgreSQL: one server however many start it, back after every death, and a role that owns nothing."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from psycopg.rows import TupleRow

from marketplace.services import cluster as clusters
from marketplace.services import places, postgres
from marketplace.services.places import ServiceError

START = """
import sys, pathlib
from marketplace.services import postgres
print(postgres.start(pathlib.Path(sys.argv[1])).app)
"""

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to hand the server to another user")


def connect(url: str) -> psycopg.Connection[TupleRow]:
    return psycopg.connect(postgres.libpq_url(url), autocommit=True)


def one(url: str, question: str) -> object:
    with connect(url) as connection:
        row = connection.execute(question.encode()).fetchone()
    assert row is not None
    return row[0]


def postmaster(data_dir: Path) -> int:
    return int((data_dir / "postgres" / "postmaster.pid").read_text().split()[0])


def test_six_processes_at_once_make_one_server(data_dir: Path) -> None:
    starters = [
        subprocess.Popen([sys.executable, "-c", START, str(data_dir)], stdout=subprocess.PIPE, text=True)
        for _ in range(6)
    ]
    said = {starter.communicate()[0].strip() for starter in starters}
    assert [starter.returncode for starter in starters] == [0] * 6
    assert said == {postgres.start(data_dir).app}
    assert (data_dir / "postgres" / "server.log").read_text().count("ready to accept connections") == 1


def test_a_killed_server_is_back_with_every_row(shared_dir: Path) -> None:
    addresses = postgres.start(shared_dir)
    with connect(addresses.owner) as connection:
        connection.execute("CREATE TABLE kept (number int)")
        connection.execute("INSERT INTO kept SELECT generate_series(1, 500)")
        os.kill(postmaster(shared_dir), signal.SIGKILL)
        assert postgres.start(shared_dir) == addresses
    assert one(addresses.app, "SELECT count(*) FROM kept") == 500


def test_a_pid_file_that_names_a_stranger_harms_nobody(shared_dir: Path) -> None:
    postgres.start(shared_dir)
    found = clusters.find(shared_dir)
    assert found is not None
    found.run("pg_ctl", "--pgdata", found.folder, "--mode=immediate", "--wait", "stop")
    stranger = subprocess.Popen(["sleep", "60"], **found.user.switch)
    pid_file = found.folder / "postmaster.pid"
    pid_file.write_text(f"{stranger.pid}\n{found.folder}\n{int(time.time())}\n5432\n{found.folder}\n\n  1  1\nready\n")
    shutil.chown(pid_file, found.user.uid, found.user.gid)
    assert not postgres.stop(shared_dir)
    assert postgres.answers(postgres.start(shared_dir).app)
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_stopping_is_clean_and_starting_goes_on(shared_dir: Path) -> None:
    addresses = postgres.start(shared_dir)
    assert postgres.stop(shared_dir)
    assert not postgres.stop(shared_dir)
    assert not postgres.answers(addresses.app)
    postgres.start(shared_dir)
    assert "not properly shut down" not in places.tail(shared_dir / "postgres" / "server.log", 600)


def test_a_half_made_cluster_is_thrown_away(data_dir: Path) -> None:
    left = data_dir / "postgres.new"
    left.mkdir()
    (left / "PG_VERSION").write_text("18\n")
    assert postgres.answers(postgres.start(data_dir).app)
    assert not left.exists()


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (number int)",
        "CREATE TEMPORARY TABLE mine (number int)",
        "CREATE SCHEMA mine",
        "CREATE EXTENSION vector",
        "ALTER TABLE theirs ADD COLUMN more int",
        "DROP TABLE theirs",
        "TRUNCATE theirs",
        "SET ROLE postgres",
        "COPY theirs TO PROGRAM 'true'",
    ],
)
def test_the_application_cannot_change_the_shape_of_anything(shared_dir: Path, statement: str) -> None:
    addresses = postgres.start(shared_dir)
    with connect(addresses.owner) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS theirs (id int GENERATED ALWAYS AS IDENTITY, number int)")
    with connect(addresses.app) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement.encode())


def test_the_application_reads_and_writes_what_the_owner_makes_later(shared_dir: Path) -> None:
    addresses = postgres.start(shared_dir)
    with connect(addresses.owner) as connection:
        connection.execute("CREATE TABLE later (id serial PRIMARY KEY, number int)")
    with connect(addresses.app) as connection:
        connection.execute("INSERT INTO later (number) VALUES (1), (2)")
        connection.execute("UPDATE later SET number = 3 WHERE id = 1")
        connection.execute("DELETE FROM later WHERE id = 2")
        assert connection.execute("SELECT id, number FROM later").fetchall() == [(1, 3)]


def test_a_server_holds_several_databases(shared_dir: Path) -> None:
    other = postgres.start(shared_dir, database="fairmatch_other")
    assert one(other.app, "SELECT current_database()") == "fairmatch_other"
    assert one(other.owner, "SHOW fsync") == "on"
    assert one(other.owner, "SELECT lower('ÄÖ') || pg_encoding_to_char(encoding) FROM pg_database LIMIT 1") == "äöUTF8"


def test_a_long_path_or_one_with_blanks_and_commas_works(data_dir: Path) -> None:
    deep = data_dir / "it's a path, with everything % and" / ("x" * 60)
    deep.parent.mkdir(mode=0o711)
    found = postgres.start(deep)
    cluster = clusters.find(deep)
    assert cluster is not None
    try:
        assert postgres.answers(found.app)
        assert cluster.sockets.stat().st_mode & 0o777 == 0o700
    finally:
        postgres.stop(deep)
        shutil.rmtree(cluster.sockets)


@pytest.mark.parametrize("name", ['a"b', "a$b", "a`b", "a\\b"])
def test_a_path_that_a_shell_would_read_otherwise_is_refused(data_dir: Path, name: str) -> None:
    with pytest.raises(ServiceError, match="DATA_DIR must be without quotes"):
        postgres.start(data_dir / name)


@as_root
def test_below_a_private_folder_the_cluster_lives_elsewhere(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clusters, "PUBLIC_HOME", data_dir / "public")
    private = data_dir / "private"
    private.mkdir(mode=0o700)
    clone = private / "clone" / "var"
    try:
        assert postgres.answers(postgres.start(clone).app)
        assert (clone / "postgres").readlink().is_relative_to(data_dir / "public")
        assert private.stat().st_mode & 0o777 == 0o700
        assert postgres.stop(clone)
        assert postgres.answers(postgres.start(clone).app)
    finally:
        postgres.stop(clone)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("postgresql://u:p%40@db/x", "postgresql+psycopg://u:p%40@/x?host=db"),
        ("postgres://u@db:6000/x?sslmode=require", "postgresql+psycopg://u@/x?host=db&port=6000&sslmode=require"),
        (
            "postgresql://u@a:1,b:2/x",
            "postgresql+psycopg://u@/x?host=a%2Cb&port=1%2C2&target_session_attrs=read-write&connect_timeout=5",
        ),
        (
            "postgresql+psycopg://u@a,b/x?target_session_attrs=any&connect_timeout=2",
            "postgresql+psycopg://u@/x?host=a%2Cb&target_session_attrs=any&connect_timeout=2",
        ),
    ],
)
def test_an_address_becomes_one_for_sqlalchemy(given: str, expected: str) -> None:
    found = postgres.sqlalchemy_url(given)
    assert dict(_parts(found)) == dict(_parts(expected))
    assert postgres.sqlalchemy_url(found) == found


def _parts(url: str) -> list[tuple[str, str]]:
    before, _, query = url.partition("?")
    return [("before", before), *(tuple(pair.split("=")) for pair in query.split("&"))]  # type: ignore[list-item]


def test_several_hosts_lead_to_the_one_that_accepts_writes(shared_dir: Path) -> None:
    socket = clusters.find(shared_dir)
    assert socket is not None
    postgres.start(shared_dir)
    url = postgres.sqlalchemy_url(f"postgresql://postgres@/fairmatch?host={shared_dir},{socket.sockets}")
    assert one(url, "SELECT current_user") == "postgres"


def test_an_address_of_something_else_is_refused() -> None:
    with pytest.raises(ServiceError, match="not a PostgreSQL address"):
        postgres.sqlalchemy_url("mysql://db/x")
