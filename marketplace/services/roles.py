"""The database and the role of the application, which owns nothing and can change no table's shape."""

from typing import LiteralString

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

APP_ROLE = "fairmatch_app"

GRANTS: tuple[LiteralString, ...] = (
    "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
    "GRANT USAGE ON SCHEMA public TO {role}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO {role}",
)


def make_database(owner: str, database: str) -> None:
    """Make *database* and the application's role, unless they are there.

    *owner* is a libpq address of a superuser on any other database of the server.  The database gets its name last:
    whoever can connect to it finds it complete.
    """
    unfinished = f"{database}_unfinished"
    with psycopg.connect(owner, autocommit=True) as server:
        if not _one(server, "SELECT FROM pg_roles WHERE rolname = %s", APP_ROLE):
            server.execute(_sql("CREATE ROLE {role} LOGIN NOINHERIT", role=APP_ROLE))
        if _one(server, "SELECT FROM pg_database WHERE datname = %s", database):
            return
        server.execute(_sql("DROP DATABASE IF EXISTS {name} WITH (FORCE)", name=unfinished))
        server.execute(_sql("CREATE DATABASE {name} TEMPLATE template0", name=unfinished))
        server.execute(_sql("REVOKE TEMPORARY ON DATABASE {name} FROM PUBLIC", name=unfinished))
        grant(make_conninfo(owner, dbname=unfinished), APP_ROLE)
        server.execute(_sql("ALTER DATABASE {old} RENAME TO {new}", old=unfinished, new=database))


def grant(owner: str, role: str) -> None:
    """Let *role* read and write, but not alter, what the role of the libpq address *owner* makes from now on."""
    with psycopg.connect(owner) as database:
        for statement in GRANTS:
            database.execute(_sql(statement, role=role))


def _one(server: psycopg.Connection, question: LiteralString, name: str) -> bool:
    return server.execute(question, (name,)).fetchone() is not None


def _sql(text: LiteralString, **names: str) -> sql.Composed:
    return sql.SQL(text).format(**{key: sql.Identifier(name) for key, name in names.items()})
