"""The database that is searched: the product's tables on an embedded server of its own, and naive ones beside them."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psycopg
from flask_migrate import upgrade

from bench.search_peers import MOST, Ask, Vector
from bench.search_people import PROJECT, Filter, People, load
from bench.world import LANGUAGES
from marketplace import services
from marketplace.app import create_app
from marketplace.config import Config
from marketplace.db import db
from marketplace.matches import nearness, search

UPDATED = 100
SEVERAL = "several"
BUFFERS_MB_A_MILLION = 6_000


@dataclass(frozen=True, slots=True)
class Database:
    """A server with people in the product's tables; *owner* may do anything there."""

    owner: psycopg.Connection

    def product(self) -> Ask:
        """Return the product's own search, exactly as it is called for a manager, who is not shown those invited."""

        def ask(wanted: Filter, vector: Vector) -> list[int]:
            found = search.shortlist(wanted.nodes(), vector, MOST, not_invited_to=PROJECT)
            return [one.profile_id for one in found]

        return ask

    def naive(self) -> Ask:
        """Return what a first attempt with pgvector does: a wide row with a vector, cosine distance, a scan."""

        def ask(wanted: Filter, vector: Vector) -> list[int]:
            where = f"{_passes(wanted)} AND NOT invited"
            statement = f"SELECT profile_id FROM naive WHERE {where} ORDER BY v <=> %s::vector LIMIT {MOST}"
            return [row[0] for row in self.owner.execute(statement, (_text(vector),))]

        return ask

    def inline_max(self) -> Ask:
        """Return the nearest by the best passage, from vectors inside the row, as the product finds them."""
        return self._best(
            f"SELECT profile_id, {nearness.BEST.replace(':wanted', '%s')} AS away FROM several WHERE {{}}"
        )

    def joined_max(self) -> Ask:
        """Return the same from a table of passages: join, group by person."""
        return self._best(
            "SELECT profile_id, min(v <#> %s::halfvec) AS away FROM narrow JOIN piece USING (profile_id) WHERE {} "
            "GROUP BY profile_id"
        )

    def _best(self, statement: str) -> Ask:
        def ask(wanted: Filter, vector: Vector) -> list[int]:
            asked = f"{statement.format(_passes(wanted))} ORDER BY away LIMIT {MOST}"
            return [row[0] for row in self.owner.execute(asked, (_text(vector),) * asked.count("%s"))]

        return ask

    def update_times(self) -> dict[str, list[float]]:
        """Return the seconds that statements about one person's facts take, the row derived anew, by kind."""
        first = _number(self.owner, "SELECT coalesce(max(id), 10000000) + 1 FROM annotator_profile")
        for statement in REAL_PEOPLE:
            self.owner.execute(statement, {"first": first, "last": first + UPDATED - 1})
        self.owner.execute("ANALYZE")
        times: dict[str, list[float]] = {}
        for person in range(first, first + UPDATED):
            for kind, change in CHANGES.items():
                began = time.perf_counter()
                self.owner.execute(change, (person,))
                times.setdefault(kind, []).append(time.perf_counter() - began)
        return times


@contextmanager
def opened_database(folder: Path, people: People, several: People) -> Iterator[Database]:
    """Give a database with *people* in the matching rows and *several*, who have more passages, beside them.

    Its disk is free again afterwards.
    """
    config = Config.from_environment({"DATA_DIR": str(folder / "search"), "DEMO": "no", "REQUESTS_PER_MINUTE": "0"})
    config.data_dir.mkdir(parents=True, exist_ok=True)
    _sized(config, len(people))
    found = services.addresses(config)
    app = create_app(config, found)
    try:
        with app.app_context():
            upgrade(directory=app.extensions["migrate"].directory)
            owner = found.migration_database_url.replace("postgresql+psycopg://", "postgresql://")
            with psycopg.connect(owner, autocommit=True) as connection:
                _fill(connection, people, several)
                yield Database(connection)
                _empty(connection)
            db.session.remove()
            db.engine.dispose()
    finally:
        services.stop(config)


def _sized(config: Config, people: int) -> None:
    """Give the server room for the whole table, as its operator would."""
    megabytes = max(256, BUFFERS_MB_A_MILLION * people // 1_000_000)
    owner = services.addresses(config).migration_database_url.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute(f"ALTER SYSTEM SET shared_buffers = '{megabytes}MB'")
    services.stop(config)


def _fill(connection: psycopg.Connection, people: People, several: People) -> None:
    _empty(connection)
    # There are no profiles behind these rows, and nothing is to be derived.
    connection.execute("SET session_replication_role = replica")
    connection.execute("SET synchronous_commit = off")
    for at, tag in enumerate(LANGUAGES, start=1):
        connection.execute("INSERT INTO language_code VALUES (%s, %s)", (at, tag))
    load(connection, people, "matching_row")
    connection.execute(
        "INSERT INTO invitation (project_id, profile_id, match_id, state, offered_rate_minor, currency, "
        "rate_breakdown, confirmed_by, made_at, expires_at, decline_note) "
        "SELECT %s, one, 1, 'sent', 1, 'USD', '[]', 1, now(), now(), '' FROM unnest(%s::bigint[]) one",
        (PROJECT, (np.flatnonzero(people.invited) + 1).tolist()),
    )
    connection.execute("CREATE TABLE several (LIKE matching_row INCLUDING ALL)")
    load(connection, several, "several")
    for statement in BESIDE:
        connection.execute(statement)
    connection.execute("SET session_replication_role = origin")
    connection.execute("VACUUM ANALYZE")


def _empty(connection: psycopg.Connection) -> None:
    connection.execute("SET session_replication_role = replica")
    connection.execute("TRUNCATE account, vector_space, language_code, matching_row, matching_past CASCADE")
    connection.execute("DROP TABLE IF EXISTS several, narrow, piece, naive")
    connection.execute("SET session_replication_role = origin")


def _passes(wanted: Filter) -> str:
    """Return the filter on columns called as in the matching rows."""
    codes = [str(16 * (at + 1) + level) for at, level in wanted.languages]
    parts = ["is_matchable", *([f"langs @> '{{{','.join(codes)}}}'"] if codes else [])]
    parts += [f"degree_held >= {wanted.degree}"] if wanted.degree else []
    return " AND ".join(parts + ([f"min_rate_minor <= {wanted.rate}"] if wanted.rate else []))


def _number(connection: psycopg.Connection, question: str) -> int:
    row = connection.execute(question).fetchone()
    assert row is not None
    return int(row[0])


def _text(vector: Vector) -> str:
    return f"[{','.join(map(str, vector.tolist()))}]"


BESIDE = (
    "CREATE TABLE naive AS SELECT profile_id, is_matchable, EXISTS (SELECT FROM invitation i WHERE i.profile_id = "
    "matching_row.profile_id) AS invited, degree_held, min_rate_minor, langs, passages[1]::vector(384) AS v "
    "FROM matching_row",
    "ALTER TABLE naive ADD PRIMARY KEY (profile_id)",
    "CREATE TABLE narrow AS SELECT profile_id, is_matchable, degree_held, min_rate_minor, langs FROM several",
    "ALTER TABLE narrow ADD PRIMARY KEY (profile_id)",
    "CREATE INDEX ON narrow USING gin (langs) WHERE is_matchable",
    "CREATE TABLE piece AS SELECT profile_id, v::halfvec(384) FROM several, unnest(passages) v",
    "CREATE INDEX ON piece (profile_id)",
)
IDS = "generate_series(%(first)s::bigint, %(last)s::bigint) i"
# People with profiles of their own and six passages each, their rows derived by the triggers.
REAL_PEOPLE = (
    "INSERT INTO vector_space (id, model, sha256, dimension, state, created_at) OVERRIDING SYSTEM VALUE "
    "VALUES (1, 'bench', 'bench', 384, 'active', now()) ON CONFLICT DO NOTHING",
    "INSERT INTO account (id, email, name, active, fs_uniquifier, created_at) OVERRIDING SYSTEM VALUE "
    f"SELECT i, i || '@bench.invalid', '', true, i::text, now() FROM {IDS}",
    "INSERT INTO annotator_profile (id, account_id, state, paused, country, weekly_minutes, min_rate_minor, currency, "
    "about, created_at, decision_note) OVERRIDING SYSTEM VALUE "
    f"SELECT i, i, 'qualified', false, 'DE', 600, 1500, 'USD', '', now(), '' FROM {IDS}",
    "INSERT INTO language_skill (profile_id, position, tag, written, spoken, native, provenance) "
    f"SELECT i, 0, tag, 3, 3, false, 'declared' FROM unnest(ARRAY['en', 'fr']) tag, {IDS}",
    "INSERT INTO degree (profile_id, position, level, status, subject, provenance) "
    f"SELECT i, 0, 7, 'held', '', 'declared' FROM {IDS}",
    "INSERT INTO resume (id, profile_id, is_current, state, storage_key, filename, kind, size, sha256, uploaded_at, "
    "refusal, text, page_count, language_note, hidden_characters, facts, flags) OVERRIDING SYSTEM VALUE "
    f"SELECT i, i, true, 'ready', i::text, '', 'txt', 1, '', now(), '', '', 1, '', 0, '[]', '[]' FROM {IDS}",
    "INSERT INTO resume_passage (id, resume_id, number, kind, flag, page, starts_at, ends_at) OVERRIDING SYSTEM VALUE "
    f"SELECT i * 10 + n, i, n, 'passage', '', 1, n, n + 1 FROM generate_series(0, 5) n, {IDS}",
    "INSERT INTO resume_vectors SELECT i, 1, ARRAY[0, 1, 2, 3, 4, 5], (SELECT array_agg(passages[1]) FROM several "
    f"WHERE profile_id BETWEEN 1 AND 6) FROM {IDS}",
)
CHANGES = {
    "hours": "UPDATE annotator_profile SET weekly_minutes = 700 WHERE id = %s",
    "a language": "UPDATE language_skill SET written = 5 WHERE profile_id = %s AND tag = 'fr'",
    "a degree": "DELETE FROM degree WHERE profile_id = %s",
    "six vectors": "UPDATE resume_vectors SET embeddings = embeddings WHERE resume_id = %s",
}
