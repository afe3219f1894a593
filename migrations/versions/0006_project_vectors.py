"""A project has one vector of its whole brief: similar projects, and projects for one person, are found fast."""

import pgvector.sqlalchemy
import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "project_vector",
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("space_id", sa.BigInteger(), nullable=False),
        sa.Column("embedding", pgvector.sqlalchemy.halfvec.HALFVEC(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_project_vector_project_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["space_id"], ["vector_space.id"], name=op.f("fk_project_vector_space_id")),
        sa.PrimaryKeyConstraint("project_id", "space_id", name=op.f("pk_project_vector")),
    )
    op.create_index(op.f("ix_project_vector_space_id"), "project_vector", ["space_id"], unique=False)
    # "Has anybody changed since this snapshot?" looks at the newest transactions only.
    op.create_index("ix_matching_row_made_in", "matching_row", ["made_in"], unique=False)
    op.create_index("ix_matching_past_ended_in", "matching_past", ["ended_in"], unique=False)
    _have_briefs_read()


def _have_briefs_read() -> None:
    """Have the briefs of all projects embedded: there is more to them than the wishes, which alone have vectors yet."""
    op.execute(
        """
        UPDATE task SET state = 'cancelled', finished_at = now(), lease_token = NULL, lease_until = NULL
         WHERE kind = 'project.wishes_changed' AND state = 'ready'
        """
    )
    op.execute(
        """
        INSERT INTO task (kind, payload, queue, state, attempts, crashes, next_run_at, created_at)
        SELECT 'project.brief_changed', jsonb_build_object('id', id), 'model', 'ready', 0, 0, now(), now()
          FROM project WHERE state <> 'archived'
        """
    )


def downgrade() -> None:
    op.drop_index("ix_matching_past_ended_in", table_name="matching_past")
    op.drop_index("ix_matching_row_made_in", table_name="matching_row")
    op.drop_table("project_vector")
