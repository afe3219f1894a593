"""The vectors of a résumé lie in one row for each space: matching reads those of a thousand résumés at once.

And what a match run writes down is written fast.
"""

import pgvector.sqlalchemy
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

KINDS = "'annotation', 'quality_assurance', 'mentoring', 'teaching', 'consulting', 'editing', 'reviewing'"

VECTORS = """
    FROM resume_vectors w
   CROSS JOIN LATERAL unnest(w.numbers, w.embeddings) i (number, embedding)
    JOIN resume_passage q ON q.resume_id = w.resume_id AND q.number = i.number
   WHERE w.resume_id = r.id AND w.space_id = space
"""
SINGLE_VECTORS = """
    FROM resume_passage q JOIN passage_vector i ON i.passage_id = q.id AND i.space_id = space
   WHERE q.resume_id = r.id
"""
# As in 0005, but for where the vectors lie.
MATCHING_FACTS = """
    CREATE OR REPLACE FUNCTION matching_facts(touched bigint[], space bigint, width bigint)
    RETURNS TABLE (id bigint, resume_id bigint, min_rate_minor bigint, is_matchable boolean, weekly_minutes smallint,
                   degree_held smallint, degree_any smallint, currency char(3), country char(2), langs smallint[],
                   experience smallint[], facts jsonb, passages halfvec[])
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
            SELECT (SELECT array_agg(DISTINCT (64 * (array_position(ARRAY[{kinds}], x.kind::text) - 1) + y)::smallint)
                      FROM experience x CROSS JOIN LATERAL generate_series(0, x.years) y WHERE x.profile_id = p.id),
                   ARRAY(SELECT concat_ws(' ', 'e', x.kind, x.years, x.provenance)
                           FROM experience x WHERE x.profile_id = p.id ORDER BY x.position, x.id)
         ) e (codes, words)
         CROSS JOIN LATERAL (
            SELECT array_agg(one.embedding ORDER BY one.number) FROM (
                SELECT i.embedding, q.number
                {vectors} AND m.is_matchable AND q.kind = 'passage' AND q.flag = ''
                 ORDER BY q.number
                 LIMIT least(10, (7980 - coalesce(pg_column_size(l.codes), 0) - coalesce(pg_column_size(e.codes), 0))
                                 / (2 * width + 8))
            ) one
         ) v (passages)
    $$
"""
# The lock comes before the look which space is active: a change-over that is under way is waited for.
FOLLOW_VECTORS = """
    CREATE OR REPLACE FUNCTION follow_vectors() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        space bigint;
        changed bigint[] := '{{}}';
    BEGIN
        PERFORM pg_advisory_xact_lock_shared(7203311);
        SELECT id INTO space FROM vector_space WHERE state = 'active';
        IF TG_OP <> 'INSERT' THEN
            changed := ARRAY(SELECT {key} FROM gone WHERE space_id = space);
        END IF;
        IF TG_OP <> 'DELETE' THEN
            changed := changed || ARRAY(SELECT {key} FROM come WHERE space_id = space);
        END IF;
        PERFORM derive_matching_rows(ARRAY({owners}));
        RETURN NULL;
    END $$
"""
OWNERS = "SELECT profile_id FROM resume WHERE id = ANY (changed) AND is_current"
OWNERS_OF_SINGLE = """
    SELECT r.profile_id FROM resume_passage p JOIN resume r ON r.id = p.resume_id AND r.is_current
     WHERE p.id = ANY (changed)
"""
TRANSITIONS = {
    "INSERT": "NEW TABLE AS come",
    "UPDATE": "OLD TABLE AS gone NEW TABLE AS come",
    "DELETE": "OLD TABLE AS gone",
}


def upgrade() -> None:
    op.create_table(
        "resume_vectors",
        sa.Column("resume_id", sa.BigInteger(), nullable=False),
        sa.Column("space_id", sa.BigInteger(), nullable=False),
        sa.Column("numbers", postgresql.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("embeddings", postgresql.ARRAY(pgvector.sqlalchemy.HALFVEC()), nullable=False),
        sa.CheckConstraint(
            "cardinality(numbers) = cardinality(embeddings)", name=op.f("ck_resume_vectors_one_for_each")
        ),
        sa.ForeignKeyConstraint(
            ["resume_id"], ["resume.id"], name=op.f("fk_resume_vectors_resume_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["space_id"], ["vector_space.id"], name=op.f("fk_resume_vectors_space_id")),
        sa.PrimaryKeyConstraint("resume_id", "space_id", name=op.f("pk_resume_vectors")),
    )
    op.create_index(op.f("ix_resume_vectors_space_id"), "resume_vectors", ["space_id"], unique=False)
    # Numbers like these do not become smaller, however long one tries.
    op.execute("ALTER TABLE resume_vectors ALTER COLUMN embeddings SET STORAGE EXTERNAL")
    op.execute(
        """
        INSERT INTO resume_vectors (resume_id, space_id, numbers, embeddings)
        SELECT q.resume_id, v.space_id, array_agg(q.number::smallint ORDER BY q.number),
               array_agg(v.embedding ORDER BY q.number)
          FROM passage_vector v JOIN resume_passage q ON q.id = v.passage_id
         GROUP BY q.resume_id, v.space_id
        """
    )
    op.drop_table("passage_vector")
    _replace_functions(VECTORS, "resume_id", OWNERS)
    _follow("resume_vectors")
    # A million ids are written down with each run: not to make them smaller takes a tenth of the time.
    op.execute("ALTER TABLE match_log ALTER COLUMN profile_ids SET STORAGE EXTERNAL")
    # Where a piece stands can be read from the index alone.
    op.drop_constraint("uq_resume_passage_resume_id_number", "resume_passage")
    op.create_index(
        "uq_resume_passage_resume_id_number",
        "resume_passage",
        ["resume_id", "number"],
        unique=True,
        postgresql_include=["page", "starts_at", "ends_at", "kind", "flag"],
    )


def _replace_functions(vectors: str, key: str, owners: str) -> None:
    op.execute(MATCHING_FACTS.format(kinds=KINDS, vectors=vectors))
    op.execute(FOLLOW_VECTORS.format(key=key, owners=owners))


def _follow(table: str) -> None:
    for event, seen in TRANSITIONS.items():
        op.execute(
            f"CREATE TRIGGER {table}_follow_vectors_{event.lower()} AFTER {event} ON {table} "
            f"REFERENCING {seen} FOR EACH STATEMENT EXECUTE FUNCTION follow_vectors()"
        )


def downgrade() -> None:
    op.execute("ALTER TABLE match_log ALTER COLUMN profile_ids SET STORAGE EXTENDED")
    op.drop_index("uq_resume_passage_resume_id_number", table_name="resume_passage")
    op.create_unique_constraint("uq_resume_passage_resume_id_number", "resume_passage", ["resume_id", "number"])
    op.create_table(
        "passage_vector",
        sa.Column("passage_id", sa.BigInteger(), nullable=False),
        sa.Column("space_id", sa.BigInteger(), nullable=False),
        sa.Column("embedding", pgvector.sqlalchemy.HALFVEC(), nullable=False),
        sa.ForeignKeyConstraint(
            ["passage_id"], ["resume_passage.id"], name=op.f("fk_passage_vector_passage_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["space_id"], ["vector_space.id"], name=op.f("fk_passage_vector_space_id")),
        sa.PrimaryKeyConstraint("passage_id", "space_id", name=op.f("pk_passage_vector")),
    )
    op.create_index(op.f("ix_passage_vector_space_id"), "passage_vector", ["space_id"], unique=False)
    op.execute(
        """
        INSERT INTO passage_vector (passage_id, space_id, embedding)
        SELECT q.id, w.space_id, i.embedding
          FROM resume_vectors w CROSS JOIN LATERAL unnest(w.numbers, w.embeddings) i (number, embedding)
          JOIN resume_passage q ON q.resume_id = w.resume_id AND q.number = i.number
        """
    )
    op.drop_table("resume_vectors")
    _replace_functions(SINGLE_VECTORS, "passage_id", OWNERS_OF_SINGLE)
    _follow("passage_vector")
