"""A database of many generated people, in the product's own tables, on an embedded server of its own under var/bench.

Everybody has one of a few hundred real texts as a résumé, with vectors that are mixed anew for each person, so that
nobody is anybody's twin; facts are drawn by chance that repeats.  Nothing of the product's data is touched.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psycopg
from flask import Flask
from flask_migrate import upgrade
from numpy.typing import NDArray

from bench import binary
from bench.texts import Base
from marketplace.app import create_app
from marketplace.config import Config
from marketplace.services import Services, addresses

SEED = 20_261_124
# Room for the pieces of one person in the numbering of passages.
ROOM = 64
CHUNK = 2_000
# A passage of somebody is its own mixed with another one: its nearest neighbour lies as near as among real résumés.
OWN_SHARE = 0.8
LANGUAGES = tuple("en es fr de pt it nl pl ru uk tr ar fa hi bn id vi th ja ko zh-Hans zh-Hant sv el".split())  # noqa: SIM905
COUNTRIES = tuple("US GB DE FR ES PT BR MX IN PK BD ID VN TH JP KR CN TW SE GR EG NG KE UA".split())  # noqa: SIM905
KINDS = ["annotation", "quality_assurance", "mentoring", "teaching", "consulting", "editing", "reviewing"]


@dataclass(frozen=True, slots=True)
class World:
    """The app on a database of *people* generated people, and the texts that they rest on."""

    app: Flask
    services: Services
    people: int
    base: Base


def open_world(folder: Path, people: int, base: Base) -> World:
    """Return the world of *people* people under *folder*, filled now unless an earlier run did."""
    config = Config.from_environment(
        {"DATA_DIR": str(folder / f"world-{people}"), "DEMO": "no", "REQUESTS_PER_MINUTE": "0"}
    )
    config.data_dir.mkdir(parents=True, exist_ok=True)
    services = addresses(config)
    app = create_app(config, services)
    with app.app_context():
        upgrade(directory=app.extensions["migrate"].directory)
    owner = services.migration_database_url.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(owner, autocommit=True) as connection:
        found = connection.execute("SELECT count(*) FROM annotator_profile").fetchone()
        if found is None or found[0] != people:
            _fill(connection, people, base)
    return World(app, services, people, base)


def _fill(connection: psycopg.Connection, people: int, base: Base) -> None:
    # The triggers that derive a row for each change would derive a hundred thousand one by one.
    connection.execute("SET session_replication_role = replica")
    connection.execute("SET synchronous_commit = off")
    connection.execute("SET max_parallel_workers_per_gather = 0")
    connection.execute(
        "TRUNCATE account, annotator_profile, language_skill, degree, experience, resume, "
        "resume_index, resume_passage, resume_vectors, vector_space, matching_row CASCADE"
    )
    _load_base(connection, base)
    for statement in PEOPLE:
        connection.execute(statement, {"people": people, "texts": len(base.texts), "room": ROOM})
    _load_vectors(connection, people, base)
    for table in ("account", "annotator_profile", "resume", "resume_passage", "vector_space"):
        connection.execute(f"ALTER TABLE {table} ALTER id RESTART WITH {(people + 1) * ROOM}")
    connection.execute("SET session_replication_role = origin")
    connection.execute("SELECT derive_all_matching_rows()")
    connection.execute("VACUUM ANALYZE")


def _load_base(connection: psycopg.Connection, base: Base) -> None:
    connection.execute("CREATE TEMP TABLE base_text (at int, text text, terms bytea, spec jsonb)")
    connection.execute("CREATE TEMP TABLE base_piece (at int, number int, kind text, starts_at int, ends_at int)")
    connection.execute("CREATE TEMP TABLE word (list text, at int, word text)")
    with connection.cursor().copy("COPY base_text FROM STDIN") as copy:
        for at, (text, index) in enumerate(zip(base.texts, base.indexes, strict=True)):
            copy.write_row((at, text, index.terms, json.dumps(index.to_spec())))
    with connection.cursor().copy("COPY base_piece FROM STDIN") as copy:
        for row in base.pieces:
            copy.write_row(row)
    with connection.cursor().copy("COPY word FROM STDIN") as copy:
        for name, words in (("language", LANGUAGES), ("country", COUNTRIES), ("kind", KINDS)):
            for at, word in enumerate(words):
                copy.write_row((name, at, word))
    connection.execute(
        "INSERT INTO vector_space (id, model, sha256, dimension, state, created_at) OVERRIDING SYSTEM VALUE "
        "VALUES (1, %s, %s, %s, 'active', now())",
        (base.space.model, base.space.sha256, base.space.dimension),
    )


# Draws rest on md5 of person and purpose, so that the same world comes out every time.
DRAW = "('x' || substr(md5(i || {purpose}), 1, 8))::bit(32)::bigint"
PEOPLE = (
    """
    INSERT INTO account (id, email, name, active, fs_uniquifier, confirmed_at, created_at) OVERRIDING SYSTEM VALUE
    SELECT i, 'person-' || i || '@bench.invalid', 'Person ' || i, true, 'bench-' || i, now(), now()
      FROM generate_series(1, %(people)s::int) i
    """,
    f"""
    INSERT INTO annotator_profile (id, account_id, state, paused, country, time_zone, weekly_minutes, min_rate_minor,
                                   currency, about, created_at, decision_note) OVERRIDING SYSTEM VALUE
    SELECT i, i, CASE WHEN {DRAW.format(purpose="'state'")} %% 100 < 72 THEN 'qualified' ELSE 'submitted' END, false,
           (SELECT word FROM word WHERE list = 'country' AND at = {DRAW.format(purpose="'country'")} %% 24), 'UTC',
           300 + 60 * ({DRAW.format(purpose="'hours'")} %% 36), 800 + 25 * ({DRAW.format(purpose="'rate'")} %% 100),
           'USD', '', now(), ''
      FROM generate_series(1, %(people)s::int) i
    """,
    f"""
    INSERT INTO language_skill (profile_id, position, tag, written, spoken, native, provenance)
    SELECT DISTINCT ON (i, tag) i, n, tag, level, greatest(1, level - 1), level = 6, 'declared'
      FROM generate_series(1, %(people)s::int) i, generate_series(0, 1) n,
           LATERAL (SELECT word AS tag FROM word WHERE list = 'language'
                     AND at = CASE n WHEN 0 THEN 0 ELSE {DRAW.format(purpose="'language'")} %% 24 END) l,
           LATERAL (SELECT 1 + ({DRAW.format(purpose="'level' || n")} %% 6) AS level) v
    """,
    f"""
    INSERT INTO degree (profile_id, position, level, status, subject, provenance)
    SELECT i, 0, 5 + ({DRAW.format(purpose="'degree'")} %% 4),
           CASE WHEN {DRAW.format(purpose="'held'")} %% 5 = 0 THEN 'in_progress' ELSE 'held' END, '', 'declared'
      FROM generate_series(1, %(people)s::int) i WHERE {DRAW.format(purpose="'any degree'")} %% 10 < 8
    """,
    f"""
    INSERT INTO experience (profile_id, position, kind, years, description, provenance)
    SELECT i, 0, (SELECT word FROM word WHERE list = 'kind' AND at = {DRAW.format(purpose="'kind'")} %% 7),
           {DRAW.format(purpose="'years'")} %% 15, '', 'declared'
      FROM generate_series(1, %(people)s::int) i
    """,
    """
    INSERT INTO resume (id, profile_id, is_current, state, storage_key, filename, kind, size, sha256, uploaded_at,
                        read_at, refusal, text, page_count, language, language_note, hidden_characters, facts, flags)
           OVERRIDING SYSTEM VALUE
    SELECT i, i, true, 'ready', 'bench/' || i, 'resume.txt', 'txt', length(text), i::text, now(),
           now(), '', text, 1, 'en', '', 0, '[]', '[]'
      FROM generate_series(1, %(people)s::int) i JOIN base_text ON at = i %% %(texts)s
    """,
    """
    INSERT INTO resume_index (resume_id, terms, spec)
    SELECT i, terms, spec FROM generate_series(1, %(people)s::int) i JOIN base_text ON at = i %% %(texts)s
    """,
    """
    INSERT INTO resume_passage (id, resume_id, number, kind, flag, page, starts_at, ends_at) OVERRIDING SYSTEM VALUE
    SELECT i::bigint * %(room)s + number, i, number, kind, '', 1, starts_at, ends_at
      FROM generate_series(1, %(people)s::int) i JOIN base_piece ON at = i %% %(texts)s
    """,
)


def _load_vectors(connection: psycopg.Connection, people: int, base: Base) -> None:
    columns = ("resume_id", "space_id", "numbers", "embeddings")
    binary.copy_rows(connection, "resume_vectors", columns, _vector_rows(people, base, binary.halfvec_kind(connection)))


def _vector_rows(people: int, base: Base, halfvec: int) -> Iterator[bytes]:
    random = np.random.default_rng(SEED)
    owners = np.array([row[0] for row in base.pieces])
    numbers = np.array([row[1] for row in base.pieces])
    pieces = [np.flatnonzero(owners == at) for at in range(len(base.texts))]
    space = binary.big(1)
    for person in range(1, people + 1):
        own = pieces[person % len(base.texts)]
        mixed = mix(base.vectors[own], base.vectors[random.integers(len(base.vectors), size=len(own))])
        (vectors,) = binary.halfvecs(mixed[None], halfvec)
        yield binary.row((binary.big(person), space, binary.smalls(numbers[own].tolist()), vectors))


def mix(own: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return unit vectors that lie between two sets of them, (n, d)."""
    mixed = OWN_SHARE * own + (1 - OWN_SHARE) * other
    unit: NDArray[np.float32] = mixed / np.linalg.norm(mixed, axis=1, keepdims=True)
    return unit
