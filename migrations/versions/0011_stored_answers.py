"""The answer to a request that changed something is kept for a day, for when it is sent again."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stored_answer",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_stored_answer")),
    )
    op.create_index(op.f("ix_stored_answer_created_at"), "stored_answer", ["created_at"], unique=False)


def downgrade() -> None:
    op.drop_table("stored_answer")
