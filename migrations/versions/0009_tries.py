"""How often somebody tried to get in is counted."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "try_count",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("turn", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", "turn", name=op.f("pk_try_count")),
    )
    op.create_index(op.f("ix_try_count_ends_at"), "try_count", ["ends_at"], unique=False)


def downgrade() -> None:
    op.drop_table("try_count")
