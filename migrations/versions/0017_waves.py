"""Seats are filled in waves by a rule that a manager confirmed; who said no may take it back for ten minutes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

PLAN_STATES = ("running", "filled", "stopped", "finished")
END_REASONS = ("seats_filled", "deadline", "nobody_left", "by_manager", "project_closed", "confirmer_left")
PLAN_MOVES = ("running", "running>filled", "running>stopped", "running>finished")
APPEND_ONLY = ("wave", "wave_invitation")
NEVER_DELETED = ("wave_plan",)
STATEMENT = "FOR EACH STATEMENT EXECUTE FUNCTION"

# What was confirmed stays as it was confirmed: another rule is another plan.
FROZEN = """
CREATE FUNCTION check_wave_plan() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'running' OR (OLD.id, OLD.project_id, OLD.seats, OLD.deadline, OLD.bound_percent,
            OLD.invitation_hours, OLD.most_rank, OLD.most_open, OLD.confirmed_by, OLD.confirmed_at)
        IS DISTINCT FROM (NEW.id, NEW.project_id, NEW.seats, NEW.deadline, NEW.bound_percent,
            NEW.invitation_hours, NEW.most_rank, NEW.most_open, NEW.confirmed_by, NEW.confirmed_at) THEN
        RAISE EXCEPTION 'a wave plan keeps what was confirmed'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'confirmed_is_frozen', TABLE = 'wave_plan';
    END IF;
    RETURN NEW;
END $$
"""
# Sent by nobody's rule any more: a wave belongs to a plan that runs.
ONLY_RUNNING = """
CREATE FUNCTION check_wave() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM wave_plan WHERE id = NEW.plan_id AND state = 'running') THEN
        RAISE EXCEPTION 'only a running plan sends waves'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'only_running', TABLE = 'wave';
    END IF;
    RETURN NEW;
END $$
"""
TRIGGERS = [
    *(
        (table, "append_only", "BEFORE UPDATE OR DELETE OR TRUNCATE", f"{STATEMENT} refuse_change()")
        for table in APPEND_ONLY
    ),
    *((table, "never_deleted", "BEFORE DELETE OR TRUNCATE", f"{STATEMENT} refuse_change()") for table in NEVER_DELETED),
    (
        "wave_plan",
        "state_skip",
        "BEFORE INSERT OR UPDATE",
        f"FOR EACH ROW EXECUTE FUNCTION refuse_state_skip({', '.join(repr(move) for move in PLAN_MOVES)})",
    ),
    ("wave_plan", "check", "BEFORE UPDATE", "FOR EACH ROW EXECUTE FUNCTION check_wave_plan()"),
    ("wave", "check", "BEFORE INSERT", "FOR EACH ROW EXECUTE FUNCTION check_wave()"),
]
# The role is there in the embedded server; with a database of one's own it may have another name or not exist.
REVOKES = f"""
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'fairmatch_app') THEN
        REVOKE UPDATE, DELETE, TRUNCATE ON {", ".join(APPEND_ONLY)} FROM fairmatch_app;
        REVOKE DELETE, TRUNCATE ON {", ".join(NEVER_DELETED)} FROM fairmatch_app;
    END IF;
END $$
"""


def upgrade() -> None:
    op.add_column("invitation", sa.Column("decline_told_at", sa.DateTime(timezone=True), nullable=True))
    _plans()
    _waves()
    for statement in (FROZEN, ONLY_RUNNING):
        op.execute(statement)
    for table, name, when, what in TRIGGERS:
        op.execute(f"CREATE TRIGGER {table}_{name} {when} ON {table} {what}")
    op.execute(REVOKES)


def _plans() -> None:
    op.create_table(
        "wave_plan",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("state", _words("state", PLAN_STATES), nullable=False),
        sa.Column("end_reason", _words("end_reason", END_REASONS), nullable=True),
        sa.Column("seats", sa.BigInteger(), nullable=False),
        sa.Column("deadline", sa.DateTime(timezone=True), nullable=False),
        sa.Column("bound_percent", sa.BigInteger(), nullable=False),
        sa.Column("invitation_hours", sa.BigInteger(), nullable=False),
        sa.Column("most_rank", sa.BigInteger(), nullable=False),
        sa.Column("most_open", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_by", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("seats > 0", name=op.f("ck_wave_plan_seats")),
        sa.CheckConstraint("bound_percent BETWEEN 1 AND 50", name=op.f("ck_wave_plan_bound")),
        sa.CheckConstraint("invitation_hours BETWEEN 1 AND 720", name=op.f("ck_wave_plan_hours")),
        sa.CheckConstraint("most_rank > 0", name=op.f("ck_wave_plan_most_rank")),
        sa.CheckConstraint("most_open BETWEEN 1 AND 20", name=op.f("ck_wave_plan_most_open")),
        sa.CheckConstraint("deadline > confirmed_at", name=op.f("ck_wave_plan_deadline")),
        sa.CheckConstraint("(state = 'running') = (ended_at IS NULL)", name=op.f("ck_wave_plan_ended")),
        sa.CheckConstraint("(state = 'running') = (end_reason IS NULL)", name=op.f("ck_wave_plan_end_reason_given")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_wave_plan_project_id")),
        sa.ForeignKeyConstraint(["confirmed_by"], ["account.id"], name=op.f("fk_wave_plan_confirmed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wave_plan")),
    )
    op.create_index(op.f("ix_wave_plan_project_id"), "wave_plan", ["project_id"], unique=False)
    op.create_index(op.f("ix_wave_plan_state"), "wave_plan", ["state"], unique=False)
    running = sa.text("state = 'running'")
    op.create_index("uq_wave_plan_running", "wave_plan", ["project_id"], unique=True, postgresql_where=running)


def _waves() -> None:
    op.create_table(
        "wave",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("accepted", "ended")),
        *(sa.Column(name, sa.Float(), nullable=False) for name in ("alpha", "beta")),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("room", "outstanding")),
        sa.Column("may_add", sa.Float(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("wanted", "people")),
        *(sa.Column(name, sa.Float(), nullable=False) for name in ("risk_before", "risk_after")),
        sa.Column("passed_over", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_wave_number")),
        sa.CheckConstraint("0 < people AND people <= wanted", name=op.f("ck_wave_people")),
        sa.CheckConstraint("alpha > 0 AND beta > 0", name=op.f("ck_wave_belief")),
        sa.CheckConstraint("0 <= accepted AND accepted <= ended", name=op.f("ck_wave_history")),
        sa.CheckConstraint("risk_before BETWEEN 0 AND 1 AND risk_after BETWEEN 0 AND 1", name=op.f("ck_wave_risk")),
        sa.CheckConstraint("risk_after - risk_before <= may_add + 1e-9", name=op.f("ck_wave_promise")),
        sa.ForeignKeyConstraint(["plan_id"], ["wave_plan.id"], name=op.f("fk_wave_plan_id")),
        sa.ForeignKeyConstraint(["run_id"], ["match_run.id"], name=op.f("fk_wave_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wave")),
        sa.UniqueConstraint("plan_id", "number", name=op.f("uq_wave_plan_id_number")),
    )
    op.create_table(
        "wave_invitation",
        sa.Column("invitation_id", sa.BigInteger(), nullable=False),
        sa.Column("wave_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["invitation_id"], ["invitation.id"], name=op.f("fk_wave_invitation_invitation_id")),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_wave_invitation_wave_id")),
        sa.PrimaryKeyConstraint("invitation_id", name=op.f("pk_wave_invitation")),
    )
    op.create_index(op.f("ix_wave_invitation_wave_id"), "wave_invitation", ["wave_id"], unique=False)


def _words(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def downgrade() -> None:
    for table in ("wave_invitation", "wave", "wave_plan"):
        op.drop_table(table)
    for name in ("check_wave", "check_wave_plan"):
        op.execute(f"DROP FUNCTION {name}()")
    op.drop_column("invitation", "decline_told_at")
