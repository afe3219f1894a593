"""The embedded PostgreSQL 18 with pgvector: attach to it or start it, stop it, and the addresses of any PostgreSQL."""

import shlex
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy.engine import URL

from marketplace.services import cluster as clusters
from marketplace.services import places, roles
from marketplace.services.cluster import Cluster
from marketplace.services.places import ServiceError

DATABASE = "fairmatch"
OWNER = "postgres"

# Crash recovery of a large database may take minutes.
START_SECONDS = 300
# Backends of a killed postmaster leave by themselves as soon as they are idle.
ORPHAN_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where one database is, as SQLAlchemy URLs: for the application and for the role that owns the tables."""

    app: str
    owner: str


def start(data_dir: Path, database: str = DATABASE) -> Addresses:
    """Return the addresses of *database* on the server of *data_dir*, starting or first making what is missing.

    Safe to call by many processes at once.  Raises ServiceError with the end of the server's log.
    """
    found = clusters.find(data_dir)
    if found is None or not answers(_libpq(found, roles.APP_ROLE, database)):
        with places.locked(places.run_dir(data_dir) / "postgres.lock"):
            found = clusters.find(data_dir) or clusters.make(data_dir)
            _bring_up(found)
            roles.make_database(_libpq(found, OWNER, "postgres"), database)
    return Addresses(
        app=sqlalchemy_url(_libpq(found, roles.APP_ROLE, database)),
        owner=sqlalchemy_url(_libpq(found, OWNER, database)),
    )


def stop(data_dir: Path) -> bool:
    """Stop the server of *data_dir*, ending its connections; tell whether it ran."""
    found = clusters.find(data_dir)
    if found is None:
        return False
    with places.locked(places.run_dir(data_dir) / "postgres.lock"):
        # pg_ctl signals whatever process the pid file names, so it is asked only about a live postmaster.
        if _postmaster(found) is None:
            return False
        found.run("pg_ctl", "--pgdata", found.folder, "--mode=fast", "--wait", "--timeout=60", "stop")
        return True


def answers(url: str) -> bool:
    """Tell whether the PostgreSQL at *url* (libpq or SQLAlchemy form) lets us in: asked by connecting, never by pid."""
    try:
        psycopg.connect(libpq_url(url), connect_timeout=3).close()
    except psycopg.OperationalError:
        return False
    return True


def libpq_url(url: str) -> str:
    """Return *url* as libpq reads it: without SQLAlchemy's driver name, and a blank as %20 instead of +."""
    before, mark, query = url.replace("postgresql+psycopg://", "postgresql://", 1).partition("?")
    return before + mark + query.replace("+", "%20")


def sqlalchemy_url(url: str) -> str:
    """Return the SQLAlchemy form of a libpq address, which may name several hosts.

    With several hosts the one that accepts writes is found at each connect, so a failover needs no restart.
    Raises ServiceError when *url* is no PostgreSQL address.
    """
    plain = url.replace("postgresql+psycopg://", "postgresql://", 1)
    try:
        parts = {key: str(value) for key, value in conninfo_to_dict(plain).items() if value is not None}
    except psycopg.ProgrammingError as error:
        raise ServiceError(f"DATABASE_URL is not a PostgreSQL address: {error}") from None
    user, password, database = (parts.pop(key, None) for key in ("user", "password", "dbname"))
    if not parts.get("port", "").strip(","):
        parts.pop("port", None)  # libpq's way to say "the usual one at each host"
    if "," in parts.get("host", ""):
        parts.setdefault("target_session_attrs", "read-write")
        parts.setdefault("connect_timeout", "5")
    made = URL.create("postgresql+psycopg", user, password, database=database, query=parts)
    return made.render_as_string(hide_password=False)


def _libpq(found: Cluster, user: str, database: str) -> str:
    return make_conninfo(host=str(found.sockets), port=5432, user=user, dbname=database)


def _bring_up(found: Cluster) -> None:
    """Return when the server answers, however its last run ended."""
    until = time.monotonic() + START_SECONDS
    while not answers(_libpq(found, OWNER, "postgres")):
        if time.monotonic() > until:
            raise ServiceError(f"PostgreSQL in {found.folder} does not answer.\n{places.tail(found.log)}")
        if _postmaster(found) is None:
            _clear_the_dead(found)
            _launch(found)
        time.sleep(0.05)


def _postmaster(found: Cluster) -> psutil.Process | None:
    """Return the live server process of the cluster, which may still be recovering."""
    try:
        named = int((found.folder / "postmaster.pid").read_text().split()[0])
    except (FileNotFoundError, IndexError, ValueError):
        return None
    return next((process for process in places.processes_in(found.folder, "postgres") if process.pid == named), None)


def _clear_the_dead(found: Cluster) -> None:
    """Remove what a killed server left: backends still at work, and the files that name its process.

    PostgreSQL itself refuses to start while the named process is a zombie or, after a reboot, somebody else's.
    """
    if not places.wait_gone(found.folder, "postgres", ORPHAN_SECONDS):
        for process in places.processes_in(found.folder, "postgres"):
            process.kill()
        places.wait_gone(found.folder, "postgres", ORPHAN_SECONDS)
    (found.folder / "postmaster.pid").unlink(missing_ok=True)
    (found.sockets / ".s.PGSQL.5432.lock").unlink(missing_ok=True)


def _launch(found: Cluster) -> None:
    sockets = str(found.sockets).replace('"', '""')
    options = {"listen_addresses": "", "port": "5432", "unix_socket_directories": f'"{sockets}"'}
    quoted = " ".join("-c " + shlex.quote(f"{name}={value}") for name, value in options.items())
    log = f"--log={found.log}"
    found.run(
        "pg_ctl", "--pgdata", found.folder, log, "--wait", f"--timeout={START_SECONDS}", "--options", quoted, "start"
    )
