"""Managers shortlist people of a ranking, say of others why they are not chosen, and share notes."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

MARKS = ("shortlisted", "not_chosen")
REASONS = ("experience", "language", "degree", "rate", "hours", "evidence", "other")
# A note is written once; it goes only when the person it tells of is erased.
REVOKES = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'fairmatch_app') THEN
        REVOKE UPDATE, TRUNCATE ON candidate_note FROM fairmatch_app;
    END IF;
END $$
"""


def upgrade() -> None:
    op.create_table(
        "candidate_mark",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("profile_id", sa.BigInteger(), nullable=False),
        sa.Column("match_id", sa.BigInteger(), nullable=False),
        sa.Column("mark", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("marked_by", sa.BigInteger(), nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(f"mark IN {MARKS}", name=op.f("ck_candidate_mark_mark")),
        sa.CheckConstraint(f"reason IN {REASONS}", name=op.f("ck_candidate_mark_reason")),
        sa.CheckConstraint(
            "(mark = 'not_chosen') = (reason IS NOT NULL)", name=op.f("ck_candidate_mark_not_chosen_with_reason")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_candidate_mark_project_id")),
        sa.ForeignKeyConstraint(["profile_id"], ["annotator_profile.id"], name=op.f("fk_candidate_mark_profile_id")),
        sa.ForeignKeyConstraint(["match_id"], ["match.id"], name=op.f("fk_candidate_mark_match_id")),
        sa.ForeignKeyConstraint(["marked_by"], ["account.id"], name=op.f("fk_candidate_mark_marked_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_candidate_mark")),
        sa.UniqueConstraint("project_id", "profile_id", name=op.f("uq_candidate_mark_project_id_profile_id")),
    )
    op.create_index(op.f("ix_candidate_mark_profile_id"), "candidate_mark", ["profile_id"], unique=False)
    op.create_table(
        "candidate_note",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("profile_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_by", sa.BigInteger(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("text <> ''", name=op.f("ck_candidate_note_said")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_candidate_note_project_id")),
        sa.ForeignKeyConstraint(["profile_id"], ["annotator_profile.id"], name=op.f("fk_candidate_note_profile_id")),
        sa.ForeignKeyConstraint(["written_by"], ["account.id"], name=op.f("fk_candidate_note_written_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_candidate_note")),
    )
    op.create_index(op.f("ix_candidate_note_profile_id"), "candidate_note", ["profile_id"], unique=False)
    op.create_index(
        op.f("ix_candidate_note_project_id_profile_id"), "candidate_note", ["project_id", "profile_id"], unique=False
    )
    op.execute(REVOKES)


def downgrade() -> None:
    op.drop_table("candidate_note")
    op.drop_table("candidate_mark")
