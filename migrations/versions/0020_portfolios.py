"""Annotators may publish a page about their work."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

PARTS = ("name", "hours", "projects", "languages", "degrees")


def upgrade() -> None:
    known = ", ".join(repr(part) for part in PARTS)
    op.create_table(
        "portfolio",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("profile_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("headline", sa.Text(), nullable=False),
        sa.Column("parts", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(f"parts <@ ARRAY[{known}]::varchar[]", name=op.f("ck_portfolio_known_parts")),
        sa.CheckConstraint("length(key) >= 22", name=op.f("ck_portfolio_long_key")),
        sa.ForeignKeyConstraint(["profile_id"], ["annotator_profile.id"], name=op.f("fk_portfolio_profile_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_portfolio")),
        sa.UniqueConstraint("profile_id", name=op.f("uq_portfolio_profile_id")),
        sa.UniqueConstraint("key", name=op.f("uq_portfolio_key")),
    )


def downgrade() -> None:
    op.drop_table("portfolio")
