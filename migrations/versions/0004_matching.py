"""Brief texts have vectors by content, résumés an index, flags and titles, spaces a state, match runs a log."""

from typing import Any

import pgvector.sqlalchemy
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

JSONB = postgresql.JSONB(astext_type=sa.Text())
EMPTY_LIST, EMPTY_OBJECT = sa.text("'[]'::jsonb"), sa.text("'{}'::jsonb")

RUN_COLUMNS = (
    ("brief", JSONB, EMPTY_OBJECT),
    ("gates", JSONB, EMPTY_LIST),
    ("weights", JSONB, EMPTY_OBJECT),
    ("snapshot", sa.Text(), ""),
    ("scored", sa.BigInteger(), "0"),
)


def upgrade() -> None:
    _spaces()
    _resumes()
    _brief_vectors()
    _runs()


def _add(table: str, name: str, kind: sa.types.TypeEngine[Any], filled_with: str | sa.TextClause) -> None:
    """Add a column that is never empty; rows that are there get *filled_with*."""
    op.add_column(table, sa.Column(name, kind, nullable=False, server_default=filled_with))
    op.alter_column(table, name, server_default=None)


def _words(values: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=False, length=40)


def _spaces() -> None:
    _add("vector_space", "state", _words(("building", "active", "retired"), "state"), "retired")
    op.create_check_constraint(
        op.f("ck_vector_space_state"), "vector_space", "state IN ('building', 'active', 'retired')"
    )
    op.execute("UPDATE vector_space SET state = 'active' WHERE id = (SELECT max(id) FROM vector_space)")
    op.create_index(
        "uq_vector_space_active", "vector_space", ["state"], unique=True, postgresql_where=sa.text("state = 'active'")
    )


def _resumes() -> None:
    _add("resume", "flags", JSONB, EMPTY_LIST)
    _add("resume_passage", "kind", _words(("passage", "title"), "kind"), "passage")
    op.create_check_constraint(op.f("ck_resume_passage_kind"), "resume_passage", "kind IN ('passage', 'title')")
    _add("resume_passage", "flag", sa.Text(), "")
    op.create_table(
        "resume_index",
        sa.Column("resume_id", sa.BigInteger(), nullable=False),
        sa.Column("terms", sa.LargeBinary(), nullable=False),
        sa.Column("spec", JSONB, nullable=False),
        sa.ForeignKeyConstraint(
            ["resume_id"], ["resume.id"], name=op.f("fk_resume_index_resume_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("resume_id", name=op.f("pk_resume_index")),
    )


def _brief_vectors() -> None:
    op.create_table(
        "text_vector",
        sa.Column("space_id", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("embedding", pgvector.sqlalchemy.halfvec.HALFVEC(), nullable=False),
        sa.ForeignKeyConstraint(["space_id"], ["vector_space.id"], name=op.f("fk_text_vector_space_id")),
        sa.PrimaryKeyConstraint("space_id", "sha256", name=op.f("pk_text_vector")),
    )
    op.execute(
        """
        INSERT INTO text_vector
        SELECT v.space_id, sha256(convert_to(w.text, 'UTF8')), v.embedding
        FROM wish_vector v JOIN wish w ON w.id = v.wish_id
        ON CONFLICT DO NOTHING
        """
    )
    op.drop_table("wish_vector")


def _runs() -> None:
    for name, kind, filled_with in RUN_COLUMNS:
        _add("match_run", name, kind, filled_with)
    op.drop_column("match_run", "facts_stamp")
    _add("match", "flags", JSONB, EMPTY_LIST)
    op.create_table(
        "match_log",
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("outcomes", sa.Text(), nullable=False),
        sa.Column("ranked", sa.Boolean(), nullable=False),
        sa.Column("profile_ids", sa.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("scores", sa.ARRAY(sa.Float()), nullable=True),
        sa.Column("features", JSONB, nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["match_run.id"], name=op.f("fk_match_log_run_id")),
        sa.PrimaryKeyConstraint("run_id", "outcomes", "ranked", name=op.f("pk_match_log")),
    )
    op.execute(
        "CREATE TRIGGER match_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON match_log "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        """
        DO $$ BEGIN
            IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'fairmatch_app') THEN
                REVOKE UPDATE, DELETE, TRUNCATE ON match_log FROM fairmatch_app;
            END IF;
        END $$
        """
    )


def downgrade() -> None:
    op.drop_table("match_log")
    op.drop_column("match", "flags")
    op.add_column("match_run", sa.Column("facts_stamp", sa.Text(), nullable=False, server_default=""))
    op.alter_column("match_run", "facts_stamp", server_default=None)
    for name, *_ in reversed(RUN_COLUMNS):
        op.drop_column("match_run", name)
    op.create_table(
        "wish_vector",
        sa.Column("wish_id", sa.BigInteger(), nullable=False),
        sa.Column("space_id", sa.BigInteger(), nullable=False),
        sa.Column("embedding", pgvector.sqlalchemy.halfvec.HALFVEC(), nullable=False),
        sa.ForeignKeyConstraint(["space_id"], ["vector_space.id"], name=op.f("fk_wish_vector_space_id")),
        sa.ForeignKeyConstraint(["wish_id"], ["wish.id"], name=op.f("fk_wish_vector_wish_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("wish_id", "space_id", name=op.f("pk_wish_vector")),
    )
    op.create_index(op.f("ix_wish_vector_space_id"), "wish_vector", ["space_id"], unique=False)
    op.execute(
        """
        INSERT INTO wish_vector
        SELECT w.id, v.space_id, v.embedding FROM text_vector v
        JOIN wish w ON sha256(convert_to(w.text, 'UTF8')) = v.sha256
        """
    )
    op.drop_table("text_vector")
    op.drop_table("resume_index")
    op.drop_column("resume_passage", "flag")
    op.execute("DELETE FROM resume_passage WHERE kind = 'title'")
    op.drop_column("resume_passage", "kind")
    op.drop_column("resume", "flags")
    op.drop_index("uq_vector_space_active", table_name="vector_space")
    op.drop_column("vector_space", "state")
