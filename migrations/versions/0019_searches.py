"""Managers search by words among the people who pass the gates of a project."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "people_search",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("text <> ''", name=op.f("ck_people_search_said")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_people_search_project_id")),
        sa.ForeignKeyConstraint(["asked_by"], ["account.id"], name=op.f("fk_people_search_asked_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people_search")),
        sa.UniqueConstraint("project_id", "text", name=op.f("uq_people_search_project_id_text")),
    )
    op.add_column("match_run", sa.Column("search_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_match_run_search_id"), "match_run", "people_search", ["search_id"], ["id"])
    op.create_index(op.f("ix_match_run_search_id"), "match_run", ["search_id"])


def downgrade() -> None:
    op.drop_column("match_run", "search_id")
    op.drop_table("people_search")
