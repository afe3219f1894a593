"""The database and the role of the application, which owns nothing and can change no table's shape."""

from typing import LiteralString

import psycopg
from psycopg import sql

APP_ROLE = "fairmatch_app"

# Run by the role that owns the tables: whatever it makes later, the application may read and write, not alter.
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
        with psycopg.connect(owner, dbname=unfinished) as inside:
            for grant in GRANTS:
                inside.execute(_sql(grant, role=APP_ROLE))
        server.execute(_sql("ALTER DATABASE {old} RENAME TO {new}", old=unfinished, new=database))


def _one(server: psycopg.Connection, question: LiteralString, name: str) -> bool:
    return server.execute(question, (name,)).fetchone() is not None


def _sql(text: LiteralString, **names: str) -> sql.Composed:
    return sql.SQL(text).format(**{key: sql.Identifier(name) for key, name in names.items()})
