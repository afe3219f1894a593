"""Everybody has one row to be matched by, derived by triggers from the facts in the transaction that changes them."""

from typing import Any

import pgvector.sqlalchemy
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


class Xid8(sa.types.UserDefinedType[str]):
    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        return "xid8"


SMALLS = postgresql.ARRAY(sa.SmallInteger())
# What is kept of the past too: all but the vectors.
FACTS: dict[str, sa.types.TypeEngine[Any]] = {
    "resume_id": sa.BigInteger(),
    "min_rate_minor": sa.BigInteger(),
    "is_matchable": sa.Boolean(),
    "weekly_minutes": sa.SmallInteger(),
    "degree_held": sa.SmallInteger(),
    "degree_any": sa.SmallInteger(),
    "currency": sa.CHAR(3),
    "country": sa.CHAR(2),
    "langs": SMALLS,
    "experience": SMALLS,
    "facts": postgresql.JSONB(),
}
NEVER_EMPTY = {"is_matchable", "currency", "facts"}
NAMES = ", ".join(FACTS)
DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]
COLUMNS = ", ".join(f"{name} {kind.compile(DIALECT)}" for name, kind in FACTS.items())
HELD = ", ".join(f"held.{name}" for name in FACTS)
DERIVED = ", ".join(f"excluded.{name}" for name in FACTS)
KINDS = "'annotation', 'quality_assurance', 'mentoring', 'teaching', 'consulting', 'editing', 'reviewing'"

FUNCTIONS = [
    # Level n written is n, spoken 6 + n, native 13, each level up to the one held; in 16 numbers for each language.
    # Languages beyond the 2,047 that fit into a smallint share the code 0: they are looked up in the facts.
    """
    CREATE FUNCTION language_codes(language integer, written bigint, spoken bigint, native boolean)
    RETURNS SETOF integer LANGUAGE sql IMMUTABLE AS $$
        SELECT DISTINCT CASE WHEN language < 2048 THEN 16 * language + step ELSE 0 END
          FROM generate_series(0, 13) step
         WHERE step <= written OR step BETWEEN 7 AND 6 + spoken OR (step = 13 AND native)
    $$
    """,
    # A row of the table lies in one page of 8,160 bytes: 180 are for its header and plain columns, the rest for
    # the codes and as many vectors as fit.  The subqueries stand in steps because later ones need the earlier.
    f"""
    CREATE FUNCTION matching_facts(touched bigint[], space bigint, width bigint)
    RETURNS TABLE (id bigint, {COLUMNS}, passages halfvec[])
    LANGUAGE sql STABLE AS $$
        SELECT p.id, r.id, p.min_rate_minor, m.is_matchable, nullif(p.weekly_minutes, 0)::smallint, d.held, d.stated,
               p.currency, p.country, l.codes, e.codes,
               to_jsonb(l.words || d.words || e.words), v.passages
          FROM unnest(touched) t (id)
          JOIN annotator_profile p ON p.id = t.id
          LEFT JOIN resume r ON r.profile_id = p.id AND r.is_current AND r.state = 'ready'
         CROSS JOIN LATERAL (SELECT p.state = 'qualified' AND NOT p.paused AND r.id IS NOT NULL) m (is_matchable)
         CROSS JOIN LATERAL (
            SELECT (SELECT array_agg(DISTINCT code::smallint) FROM language_skill s
                      JOIN language_code c ON c.tag = s.tag
                     CROSS JOIN LATERAL language_codes(c.id, s.written, s.spoken, s.native) code
                     WHERE s.profile_id = p.id),
                   ARRAY(SELECT concat_ws(' ', 'l', s.tag, s.written, s.spoken,
                                          CASE WHEN s.native THEN 'n' ELSE '-' END, s.provenance)
                           FROM language_skill s WHERE s.profile_id = p.id ORDER BY s.position, s.id)
         ) l (codes, words)
         CROSS JOIN LATERAL (
            SELECT CASE WHEN count(*) > 0 THEN coalesce(max(g.level) FILTER (WHERE g.status = 'held'), 0) END::smallint,
                   max(g.level)::smallint,
                   ARRAY(SELECT concat_ws(' ', 'd', h.level, h.status, h.provenance, h.subject)
                           FROM degree h WHERE h.profile_id = p.id ORDER BY h.position, h.id)
              FROM degree g WHERE g.profile_id = p.id
         ) d (held, stated, words)
         CROSS JOIN LATERAL (
            SELECT (SELECT array_agg(DISTINCT (64 * (array_position(ARRAY[{KINDS}], x.kind::text) - 1) + y)::smallint)
                      FROM experience x CROSS JOIN LATERAL generate_series(0, x.years) y WHERE x.profile_id = p.id),
                   ARRAY(SELECT concat_ws(' ', 'e', x.kind, x.years, x.provenance)
                           FROM experience x WHERE x.profile_id = p.id ORDER BY x.position, x.id)
         ) e (codes, words)
         CROSS JOIN LATERAL (
            SELECT array_agg(one.embedding ORDER BY one.number) FROM (
                SELECT i.embedding, q.number
                  FROM resume_passage q JOIN passage_vector i ON i.passage_id = q.id AND i.space_id = space
                 WHERE m.is_matchable AND q.resume_id = r.id AND q.kind = 'passage' AND q.flag = ''
                 ORDER BY q.number
                 LIMIT least(10, (7980 - coalesce(pg_column_size(l.codes), 0) - coalesce(pg_column_size(e.codes), 0))
                                 / (2 * width + 8))
            ) one
         ) v (passages)
    $$
    """,
    # Whoever changes the active space holds this lock alone.  The rows are locked before the facts are read, each in
    # a statement that sees what was committed until then: of two writers the second derives from what both wrote.
    f"""
    CREATE FUNCTION derive_matching_rows(profiles bigint[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DECLARE
        touched bigint[] := ARRAY(SELECT DISTINCT id FROM unnest(profiles) id ORDER BY id);
        space record;
    BEGIN
        IF touched = '{{}}' THEN
            RETURN;
        END IF;
        PERFORM pg_advisory_xact_lock_shared(7203311);
        IF EXISTS (SELECT FROM language_skill s WHERE s.profile_id = ANY (touched)
                      AND NOT EXISTS (SELECT FROM language_code c WHERE c.tag = s.tag)) THEN
            PERFORM pg_advisory_xact_lock(7203312);
            INSERT INTO language_code (id, tag)
            SELECT (SELECT coalesce(max(id), 0) FROM language_code) + row_number() OVER (ORDER BY tag), tag
              FROM (SELECT DISTINCT tag FROM language_skill WHERE profile_id = ANY (touched)) stated
             WHERE tag NOT IN (SELECT tag FROM language_code);
        END IF;
        PERFORM FROM matching_row WHERE profile_id = ANY (touched) ORDER BY profile_id FOR NO KEY UPDATE;
        SELECT id, dimension INTO space FROM vector_space WHERE state = 'active';
        INSERT INTO matching_row AS held (profile_id, space_id, {NAMES}, passages)
        SELECT id, CASE WHEN passages IS NOT NULL THEN space.id END, {NAMES}, passages
          FROM matching_facts(touched, space.id, space.dimension)
            ON CONFLICT (profile_id) DO UPDATE
           SET (space_id, {NAMES}, passages) = ROW (excluded.space_id, {DERIVED}, excluded.passages),
               made_in = CASE WHEN ({HELD}) IS DISTINCT FROM ({DERIVED})
                              THEN pg_current_xact_id() ELSE held.made_in END
         WHERE (held.space_id, {HELD}, held.passages)
               IS DISTINCT FROM (excluded.space_id, {DERIVED}, excluded.passages);
    END $$
    """,
    # Transactions of a server that a dump was loaded into count anew: rows of its future begin now.
    """
    CREATE FUNCTION derive_all_matching_rows() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DECLARE batch bigint[];
    BEGIN
        FOR batch IN
            SELECT array_agg(id)
              FROM (SELECT id, row_number() OVER (ORDER BY id) / 5000 FROM annotator_profile) p (id, at)
             GROUP BY at ORDER BY at
        LOOP
            PERFORM derive_matching_rows(batch);
        END LOOP;
        UPDATE matching_row SET made_in = pg_current_xact_id() WHERE made_in > pg_current_xact_id();
    END $$
    """,
    """
    CREATE FUNCTION follow_profiles() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM derive_matching_rows(ARRAY(SELECT id FROM come));
        RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION follow_facts() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE touched bigint[] := '{}';
    BEGIN
        IF TG_OP <> 'INSERT' THEN
            touched := ARRAY(SELECT profile_id FROM gone);
        END IF;
        IF TG_OP <> 'DELETE' THEN
            touched := touched || ARRAY(SELECT profile_id FROM come);
        END IF;
        PERFORM derive_matching_rows(touched);
        RETURN NULL;
    END $$
    """,
    # New passages have no vectors yet, so nothing is derived from them before those come.
    """
    CREATE FUNCTION follow_passages() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE touched bigint[];
    BEGIN
        touched := ARRAY(SELECT r.profile_id FROM gone JOIN resume r ON r.id = gone.resume_id AND r.is_current);
        IF TG_OP = 'UPDATE' THEN
            touched := touched
                || ARRAY(SELECT r.profile_id FROM come JOIN resume r ON r.id = come.resume_id AND r.is_current);
        END IF;
        PERFORM derive_matching_rows(touched);
        RETURN NULL;
    END $$
    """,
    # The lock comes before the look which space is active: a change-over that is under way is waited for.
    """
    CREATE FUNCTION follow_vectors() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        space bigint;
        changed bigint[] := '{}';
    BEGIN
        PERFORM pg_advisory_xact_lock_shared(7203311);
        SELECT id INTO space FROM vector_space WHERE state = 'active';
        IF TG_OP <> 'INSERT' THEN
            changed := ARRAY(SELECT passage_id FROM gone WHERE space_id = space);
        END IF;
        IF TG_OP <> 'DELETE' THEN
            changed := changed || ARRAY(SELECT passage_id FROM come WHERE space_id = space);
        END IF;
        PERFORM derive_matching_rows(ARRAY(
            SELECT r.profile_id FROM resume_passage p JOIN resume r ON r.id = p.resume_id AND r.is_current
             WHERE p.id = ANY (changed)
        ));
        RETURN NULL;
    END $$
    """,
    # At commit, and once though two spaces changed their state.
    """
    CREATE FUNCTION follow_space() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE space text := coalesce((SELECT id::text FROM vector_space WHERE state = 'active'), 'none');
    BEGIN
        IF OLD.state <> NEW.state AND 'active' IN (OLD.state, NEW.state)
                AND current_setting('fairmatch.rows_follow_space', true) IS DISTINCT FROM space THEN
            PERFORM derive_all_matching_rows();
            PERFORM set_config('fairmatch.rows_follow_space', space, true);
        END IF;
        RETURN NULL;
    END $$
    """,
    # What began and ended in one transaction was never seen by anybody else.
    f"""
    CREATE FUNCTION keep_matching_past() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' THEN
            INSERT INTO matching_past (profile_id, {NAMES}, made_in, ended_in)
            SELECT profile_id, {NAMES}, made_in, pg_current_xact_id() FROM gone
             WHERE made_in <> pg_current_xact_id();
        ELSE
            INSERT INTO matching_past (profile_id, {NAMES}, made_in, ended_in)
            SELECT gone.profile_id, {", ".join(f"gone.{name}" for name in FACTS)}, gone.made_in, pg_current_xact_id()
              FROM gone JOIN come USING (profile_id)
             WHERE gone.made_in <> come.made_in;
        END IF;
        RETURN NULL;
    END $$
    """,
]

# The table, what it calls, at which of its changes.
FOLLOWED = (
    ("annotator_profile", "follow_profiles", ("INSERT", "UPDATE")),  # a deleted one takes its row along
    *((table, "follow_facts", ("INSERT", "UPDATE", "DELETE")) for table in ("language_skill", "degree", "experience")),
    ("resume", "follow_facts", ("INSERT", "UPDATE", "DELETE")),
    ("resume_passage", "follow_passages", ("UPDATE", "DELETE")),
    ("passage_vector", "follow_vectors", ("INSERT", "UPDATE", "DELETE")),
    ("matching_row", "keep_matching_past", ("UPDATE", "DELETE")),
)
TRANSITIONS = {
    "INSERT": "NEW TABLE AS come",
    "UPDATE": "OLD TABLE AS gone NEW TABLE AS come",
    "DELETE": "OLD TABLE AS gone",
}
# Rows and codes are written by the functions above alone, which act for the tables' owner.
REVOKES = """
    DO $$ BEGIN
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'fairmatch_app') THEN
            REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON matching_row, matching_past, language_code FROM fairmatch_app;
        END IF;
    END $$
"""


def upgrade() -> None:
    _tables()
    for function in FUNCTIONS:
        op.execute(function)
    for table, function, events in FOLLOWED:
        for event in events:
            op.execute(
                f"CREATE TRIGGER {table}_{function}_{event.lower()} AFTER {event} ON {table} "
                f"REFERENCING {TRANSITIONS[event]} FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
            )
    op.execute(
        "CREATE CONSTRAINT TRIGGER vector_space_follow_space AFTER UPDATE ON vector_space "
        "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION follow_space()"
    )
    op.execute(
        "CREATE TRIGGER matching_past_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON matching_past "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute(REVOKES)
    op.execute("SELECT derive_all_matching_rows()")


def _tables() -> None:
    op.create_table(
        "language_code",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_language_code")),
        sa.UniqueConstraint("tag", name=op.f("uq_language_code_tag")),
    )
    op.create_table(
        "matching_row",
        sa.Column("profile_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("space_id", sa.BigInteger(), nullable=True),
        sa.Column("made_in", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        *_facts(),
        sa.Column("passages", postgresql.ARRAY(pgvector.sqlalchemy.HALFVEC()), nullable=True),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["annotator_profile.id"], name=op.f("fk_matching_row_profile_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("profile_id", name=op.f("pk_matching_row")),
    )
    # A filter that follows a pointer for each row costs more than the filter; only the facts in words may lie apart.
    for name in ("langs", "experience", "passages"):
        op.execute(f"ALTER TABLE matching_row ALTER COLUMN {name} SET STORAGE PLAIN")
    # Without a list of what is new, which every search would have to read through.
    op.execute(
        "CREATE INDEX ix_matching_row_langs ON matching_row USING gin (langs) WITH (fastupdate = off) "
        "WHERE is_matchable"
    )
    op.create_table(
        "matching_past",
        sa.Column("profile_id", sa.BigInteger(), nullable=False),
        sa.Column("made_in", Xid8(), nullable=False),
        sa.Column("ended_in", Xid8(), nullable=False),
        *_facts(),
        sa.PrimaryKeyConstraint("profile_id", "made_in", name=op.f("pk_matching_past")),
    )


def _facts() -> list[sa.Column[object]]:
    return [sa.Column(name, kind, nullable=name not in NEVER_EMPTY) for name, kind in FACTS.items()]


def downgrade() -> None:
    op.execute("DROP TRIGGER vector_space_follow_space ON vector_space")
    for table, function, events in reversed(FOLLOWED):
        for event in events:
            op.execute(f"DROP TRIGGER {table}_{function}_{event.lower()} ON {table}")
    for function in (
        "keep_matching_past()",
        "follow_space()",
        "follow_vectors()",
        "follow_passages()",
        "follow_facts()",
        "follow_profiles()",
        "derive_all_matching_rows()",
        "derive_matching_rows(bigint[])",
        "matching_facts(bigint[], bigint, bigint)",
        "language_codes(integer, bigint, bigint, boolean)",
    ):
        op.execute(f"DROP FUNCTION {function}")
    op.drop_table("matching_past")
    op.drop_table("matching_row")
    op.drop_table("language_code")
