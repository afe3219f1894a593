"""Projects have guidelines, version by version; a copy knows what it was copied from."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

ONLY_ADD = """
    DO $$ BEGIN
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'fairmatch_app') THEN
            REVOKE UPDATE, DELETE, TRUNCATE ON guideline_version FROM fairmatch_app;
        END IF;
    END $$
"""


def upgrade() -> None:
    op.create_table(
        "guideline_version",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("written_by", sa.BigInteger(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_guideline_version_number")),
        sa.CheckConstraint("char_length(text) BETWEEN 1 AND 50000", name=op.f("ck_guideline_version_length")),
        sa.CheckConstraint("char_length(change) <= 300", name=op.f("ck_guideline_version_change_length")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_guideline_version_project_id")),
        sa.ForeignKeyConstraint(["written_by"], ["account.id"], name=op.f("fk_guideline_version_written_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guideline_version")),
        sa.UniqueConstraint("project_id", "number", name=op.f("uq_guideline_version_project_id_number")),
    )
    op.execute(
        "CREATE TRIGGER guideline_version_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON guideline_version "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.add_column("project", sa.Column("copied_from_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_project_copied_from_id"), "project", "project", ["copied_from_id"], ["id"])
    op.execute(ONLY_ADD)


def downgrade() -> None:
    op.drop_column("project", "copied_from_id")
    op.drop_table("guideline_version")
