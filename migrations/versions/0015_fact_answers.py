"""Whoever owns a résumé says of each fact that was read in it whether it is right; later readings do not ask again."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "fact_answer",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("profile_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("answer", sa.String(length=40), nullable=False),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("resume_id", sa.BigInteger(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("answer IN ('accepted', 'dismissed')", name=op.f("ck_fact_answer_answer")),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["annotator_profile.id"], name=op.f("fk_fact_answer_profile_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["resume_id"], ["resume.id"], name=op.f("fk_fact_answer_resume_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fact_answer")),
        sa.UniqueConstraint(
            "profile_id", "kind", "subject", "level", name=op.f("uq_fact_answer_profile_id_kind_subject_level")
        ),
    )
    op.create_index(op.f("ix_fact_answer_resume_id"), "fact_answer", ["resume_id"], unique=False)


def downgrade() -> None:
    op.drop_table("fact_answer")
