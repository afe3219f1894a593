"""Annotators apply to open projects; what the gates said then is kept and never changes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

STATES = ("submitted", "accepted", "declined", "withdrawn")
MOVES = ("submitted", "submitted>accepted", "submitted>declined", "submitted>withdrawn")
FROZEN = """
CREATE FUNCTION check_application() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.project_id, NEW.profile_id, NEW.version_id, NEW.gates, NEW.submitted_at)
        IS DISTINCT FROM (OLD.project_id, OLD.profile_id, OLD.version_id, OLD.gates, OLD.submitted_at) THEN
        RAISE EXCEPTION 'what an application was judged by never changes'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'judged_is_frozen', TABLE = 'application';
    END IF;
    IF OLD.state <> 'submitted' AND (NEW.state, NEW.decided_at, NEW.decided_by, NEW.decline_reason, NEW.invitation_id)
        IS DISTINCT FROM (OLD.state, OLD.decided_at, OLD.decided_by, OLD.decline_reason, OLD.invitation_id) THEN
        RAISE EXCEPTION 'a decided application never changes'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'decided_is_frozen', TABLE = 'application';
    END IF;
    RETURN NEW;
END $$
"""
REVOKES = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'fairmatch_app') THEN
        REVOKE DELETE, TRUNCATE ON application FROM fairmatch_app;
    END IF;
END $$
"""


def upgrade() -> None:
    state = sa.Enum(*STATES, name="state", native_enum=False, create_constraint=True, length=40)
    op.create_table(
        "application",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("profile_id", sa.BigInteger(), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("state", state, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("gates", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decline_reason", sa.Text(), nullable=True),
        sa.Column("decision_note", sa.Text(), nullable=False),
        sa.Column("override_note", sa.Text(), nullable=False),
        sa.Column("invitation_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(state = 'declined') = (decline_reason IS NOT NULL)", name=op.f("ck_application_declined_with_reason")
        ),
        sa.CheckConstraint(
            "(state = 'accepted') = (invitation_id IS NOT NULL)", name=op.f("ck_application_accepted_with_offer")
        ),
        sa.CheckConstraint(
            "(state IN ('accepted', 'declined')) = (decided_by IS NOT NULL AND decided_at IS NOT NULL)",
            name=op.f("ck_application_decided_by_somebody"),
        ),
        sa.CheckConstraint(
            "(state = 'withdrawn') = (withdrawn_at IS NOT NULL)", name=op.f("ck_application_withdrawn_at_a_time")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_application_project_id")),
        sa.ForeignKeyConstraint(["profile_id"], ["annotator_profile.id"], name=op.f("fk_application_profile_id")),
        sa.ForeignKeyConstraint(["version_id"], ["requirement_version.id"], name=op.f("fk_application_version_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["account.id"], name=op.f("fk_application_decided_by")),
        sa.ForeignKeyConstraint(["invitation_id"], ["invitation.id"], name=op.f("fk_application_invitation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application")),
        sa.UniqueConstraint("invitation_id", name=op.f("uq_application_invitation_id")),
    )
    for column in ("project_id", "profile_id", "state"):
        op.create_index(op.f(f"ix_application_{column}"), "application", [column], unique=False)
    op.create_index(
        "uq_application_live",
        "application",
        ["project_id", "profile_id"],
        unique=True,
        postgresql_where=sa.text("state = 'submitted'"),
    )
    op.execute(FROZEN)
    op.execute(
        "CREATE TRIGGER application_check BEFORE UPDATE ON application"
        " FOR EACH ROW EXECUTE FUNCTION check_application()"
    )
    moves = ", ".join(f"'{move}'" for move in MOVES)
    op.execute(
        "CREATE TRIGGER application_state_skip BEFORE INSERT OR UPDATE ON application"
        f" FOR EACH ROW EXECUTE FUNCTION refuse_state_skip({moves})"
    )
    op.execute(REVOKES)


def downgrade() -> None:
    op.drop_table("application")
    op.execute("DROP FUNCTION check_application()")
