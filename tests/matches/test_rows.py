"""Matching rows follow the facts by whatever way those change, and what they held before is kept."""

from collections.abc import Callable
from random import Random
from threading import Thread

import numpy as np
import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketplace.db import db
from marketplace.matches.people import people
from marketplace.matches.rows import MatchingRow
from marketplace.profiles import actions, spaces
from marketplace.profiles.models import AnnotatorProfile, Resume, ResumePassage, ResumeVectors, VectorSpace
from marketplace.profiles.rules import BASICS, ResumeState, SpaceState
from tests import build
from tests.matches.crowd import COUNTRIES, TAGS
from tests.matches.recomputed import derived, recomputed

STATES = ["submitted", "qualified", "qualified", "withdrawn"]
KINDS = ["annotation", "teaching", "editing"]


def _sql(statement: str) -> Callable[[Random, int, int], None]:
    """Return the change that runs *statement* for one person (:one) and another (:two), as any hand at the database."""

    def run(chance: Random, one: int, two: int) -> None:
        values = {
            "one": one,
            "two": two,
            "tag": chance.choice(TAGS),
            "kind": chance.choice(KINDS),
            "level": chance.randint(1, 6),
            "years": chance.randint(0, 60),
            "state": chance.choice(STATES),
            "country": chance.choice([None, *COUNTRIES]),
            "yes": chance.random() < 0.5,
            "number": chance.randint(0, 2),
            "status": chance.choice(["held", "in_progress"]),
        }
        wanted = {name: value for name, value in values.items() if f":{name}" in statement}
        db.session.execute(sa.text(statement), wanted)

    return run


def _new_resume(chance: Random, one: int, two: int) -> None:
    db.session.execute(sa.text("UPDATE resume SET is_current = false WHERE profile_id = :one"), {"one": one})
    lines = [f"Annotated {chance.choice(TAGS)} texts for {at} years" for at in range(chance.randint(1, 13))]
    build.resume(db.session.get_one(AnnotatorProfile, one), "\n".join(lines))


def _new_space(chance: Random, one: int, two: int) -> None:
    old = build.space()
    active = db.session.scalar(sa.select(VectorSpace).where(VectorSpace.state == SpaceState.ACTIVE))
    new = VectorSpace(model=f"m{chance.random()}", sha256="1" * 64, dimension=old.dimension, state=SpaceState.BUILDING)
    db.session.add(new)
    db.session.flush()
    columns = ResumeVectors.resume_id, sa.literal(new.id), ResumeVectors.numbers, ResumeVectors.embeddings
    rows = sa.select(*columns).where(ResumeVectors.space_id == old.id).order_by(sa.func.random())
    names = ["resume_id", "space_id", "numbers", "embeddings"]
    db.session.execute(sa.insert(ResumeVectors).from_select(names, rows))
    if active:
        active.state = SpaceState.RETIRED
        db.session.flush()
    new.state = SpaceState.ACTIVE


def _by_the_actions(chance: Random, one: int, two: int) -> None:
    profile = db.session.get_one(AnnotatorProfile, one)
    actions.pause_profile(profile, not profile.paused, by=profile.account)
    stated = {name: getattr(profile, name) for name in BASICS} | {
        "country": chance.choice(COUNTRIES),
        "languages": [{"tag": chance.choice(TAGS), "written": 3, "spoken": 4, "native": chance.random() < 0.5}],
        "experiences": [{"kind": chance.choice(KINDS), "years": 2, "description": ""}],
        "degrees": [{"level": 7, "subject": "Law", "status": "held", "year": None}],
    }
    actions.save_profile(profile, stated, by=profile.account)


OF_ONE = "(SELECT id FROM resume WHERE profile_id = :one)"
CHANGES: dict[str, Callable[[Random, int, int], None]] = {
    "by the actions": _by_the_actions,
    "a new résumé": _new_resume,
    "a new space": _new_space,
    "another state": _sql(
        "UPDATE annotator_profile SET state = :state, paused = :yes, country = :country, weekly_minutes = :years, "
        "min_rate_minor = :level WHERE id = :one"
    ),
    "everybody's currency": _sql("UPDATE annotator_profile SET currency = CASE WHEN :yes THEN 'EUR' ELSE 'USD' END"),
    "a language in": _sql(
        "INSERT INTO language_skill (profile_id, position, tag, written, spoken, native, provenance) "
        "VALUES (:one, 5, :tag, :level, :level, :yes, 'tested') "
        "ON CONFLICT (profile_id, tag) DO UPDATE SET written = excluded.written, position = 0"
    ),
    "a language to somebody else": _sql(
        "UPDATE language_skill SET profile_id = :two WHERE profile_id = :one "
        "AND tag NOT IN (SELECT tag FROM language_skill WHERE profile_id = :two) "
        "AND EXISTS (SELECT FROM annotator_profile WHERE id = :two)"
    ),
    "a language out": _sql("DELETE FROM language_skill WHERE profile_id = :one AND (:yes OR tag = :tag)"),
    "a degree in": _sql(
        "INSERT INTO degree (profile_id, position, level, status, subject, provenance) "
        "VALUES (:one, :number, 5 + :number, :status, '', 'declared')"
    ),
    "a degree more": _sql("UPDATE degree SET level = 8, status = :status WHERE profile_id = :one"),
    "degrees out": _sql("DELETE FROM degree WHERE profile_id = :one AND (:yes OR level > 6)"),
    "experience in": _sql(
        "INSERT INTO experience (profile_id, position, kind, years, description, provenance) "
        "VALUES (:one, 0, :kind, :years, '', 'declared') ON CONFLICT (profile_id, kind) DO NOTHING"
    ),
    "experience more": _sql("UPDATE experience SET years = :years, provenance = 'verified' WHERE profile_id = :one"),
    "experience out": _sql("DELETE FROM experience WHERE profile_id = :one"),
    "a résumé unread": _sql(
        "UPDATE resume SET state = CASE WHEN :yes THEN 'ready' ELSE 'reading' END WHERE profile_id = :one"
    ),
    "résumés out": _sql("DELETE FROM resume WHERE profile_id = :one AND (:yes OR NOT is_current)"),
    "a passage flagged": _sql(
        f"UPDATE resume_passage SET flag = CASE WHEN :yes THEN 'list' ELSE '' END "
        f"WHERE number = :number AND resume_id IN {OF_ONE}"
    ),
    "a passage a title": _sql(
        f"UPDATE resume_passage SET kind = CASE WHEN :yes THEN 'title' ELSE 'passage' END "
        f"WHERE number = :number AND resume_id IN {OF_ONE}"
    ),
    "passages in another order": _sql(
        f"UPDATE resume_passage SET number = number + 20 WHERE number = :number AND resume_id IN {OF_ONE} "
        f"AND NOT EXISTS (SELECT FROM resume_passage p WHERE p.resume_id = resume_passage.resume_id AND p.number = "
        f"resume_passage.number + 20)"
    ),
    "passages out": _sql(f"DELETE FROM resume_passage WHERE number = :number AND resume_id IN {OF_ONE}"),
    "vectors out": _sql(
        f"UPDATE resume_vectors SET numbers = numbers[1:3] || numbers[5:], "
        f"embeddings = embeddings[1:3] || embeddings[5:] WHERE :yes AND resume_id IN {OF_ONE}"
    ),
    "vectors turned": _sql(
        f"UPDATE resume_vectors SET embeddings = ARRAY("
        f"SELECT (SELECT array_agg(-v) FROM unnest(one::real[]) v)::halfvec "
        f"FROM unnest(embeddings) WITH ORDINALITY o (one, at) ORDER BY at) WHERE resume_id IN {OF_ONE}"
    ),
    "the person out": _sql("DELETE FROM annotator_profile WHERE id = :one AND :yes"),
}


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 2**32),
    changes=st.lists(st.tuples(st.sampled_from(sorted(CHANGES)), st.booleans()), min_size=1, max_size=12),
)
def test_no_row_is_stale_after_any_sequence_of_changes(app: Flask, seed: int, changes: list[tuple[str, bool]]) -> None:
    db.session.rollback()
    chance = Random(seed)
    one, two = build.profile().id, build.profile(resume_text="A line.\nA second line.").id
    for name, swapped in changes:
        ids = (two, one) if swapped else (one, two)
        if db.session.get(AnnotatorProfile, ids[0]) is not None:
            CHANGES[name](chance, *ids)
            db.session.flush()
            db.session.execute(sa.text("SET CONSTRAINTS ALL IMMEDIATE"))
            db.session.execute(sa.text("SET CONSTRAINTS ALL DEFERRED"))
        for person in (one, two):
            assert derived(person) == recomputed(person), name
    before = [derived(person) for person in (one, two)]
    db.session.execute(sa.text("SELECT derive_all_matching_rows()"))
    assert [derived(person) for person in (one, two)] == before
    db.session.rollback()


def test_two_who_change_one_person_at_once_leave_no_stale_row(app: Flask) -> None:
    person = build.profile().id
    db.session.commit()
    engine = sa.create_engine(app.extensions["fairmatch_services"].database_url, poolclass=sa.NullPool)
    language = (
        "INSERT INTO language_skill (profile_id, position, tag, written, spoken, native, provenance) "
        f"VALUES ({person}, 1, 'fr', 3, 3, false, 'declared')"
    )
    with engine.connect() as first, engine.connect() as second:
        first.execute(sa.text(language))

        def change_the_degree() -> None:
            second.execute(sa.text(f"UPDATE degree SET level = 8 WHERE profile_id = {person}"))
            second.commit()

        other = Thread(target=change_the_degree)
        other.start()
        other.join(0.5)
        assert other.is_alive()  # it waits for the row
        first.commit()
        other.join(10)
    assert derived(person) == recomputed(person)
    assert {one.tag for one in people([person])[person].candidate.languages} == {"en", "fr"}


@pytest.mark.parametrize("statement", ["UPDATE matching_row SET is_matchable = true", "DELETE FROM matching_row"])
def test_the_app_itself_cannot_write_rows(app: Flask, statement: str) -> None:
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        db.session.execute(sa.text(statement))
    db.session.rollback()


@pytest.mark.parametrize(
    ("width", "languages", "kept"), [(384, 1, 10), (384, 20, 9), (768, 1, 5), (768, 20, 4), (1024, 20, 3), (4096, 1, 0)]
)
def test_as_many_vectors_lie_in_the_row_as_fit_beside_the_facts(
    app: Flask, width: int, languages: int, kept: int
) -> None:
    space = VectorSpace(model="wide", sha256="2" * 64, dimension=width, state=SpaceState.ACTIVE)
    db.session.add(space)
    one = build.profile(resume_text="")
    many = [f"{code}-{region}" for code in ("en", "es", "fr", "pt") for region in ("US", "GB", "DE", "FR", "BR")]
    for at, tag in enumerate(many[: languages - 1]):
        values = f"({one.id}, {at + 1}, '{tag}', 6, 6, true, 'declared')"
        columns = "(profile_id, position, tag, written, spoken, native, provenance)"
        db.session.execute(sa.text(f"INSERT INTO language_skill {columns} VALUES {values}"))
    resume = Resume(profile_id=one.id, state=ResumeState.READY, storage_key="r", filename="r", kind="txt", size=1)
    resume.sha256 = "3" * 64
    resume.passages = [ResumePassage(number=at, page=1, starts_at=at, ends_at=at + 1) for at in range(12)]
    db.session.add(resume)
    db.session.flush()
    spaces.keep(resume, np.ones((len(resume.passages), width), dtype=np.float32), space.id)
    row = MatchingRow.__table__.c
    there, moved = db.session.execute(
        sa.select(
            sa.func.coalesce(sa.func.cardinality(row.passages), 0),
            sa.func.num_nonnulls(*(sa.func.pg_column_toast_chunk_id(row[name]) for name in ("passages", "langs"))),
        ).where(row.profile_id == one.id)
    ).one()
    assert there == kept
    assert moved == 0
