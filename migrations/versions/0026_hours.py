"""No project commits more than its budget; hours handed in have a day by which they are decided."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0023"
branch_labels = None
depends_on = None

EARNING = "(({row}.rate_minor * {row}.minutes * 2 + 60) / 120)"
FUNCTIONS = [
    """
    CREATE FUNCTION begin_commitment() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO project_commitment (project_id, committed_minor) VALUES (NEW.id, 0);
        RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION check_commitment() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF pg_trigger_depth() < 2 THEN
            RAISE EXCEPTION 'only hours move what a project has committed'
                USING ERRCODE = 'restrict_violation', CONSTRAINT = 'commitment_from_hours',
                      TABLE = 'project_commitment';
        END IF;
        RETURN NEW;
    END $$
    """,
    # An approved line earns exactly what it held before, so approving moves nothing here and waits for nobody.
    f"""
    CREATE FUNCTION keep_commitment() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        before bigint := 0;
        after bigint := 0;
        looked_at bigint;
        held bigint;
        budget bigint;
    BEGIN
        IF TG_OP <> 'INSERT' AND OLD.state <> 'rejected' THEN
            before := {EARNING.format(row="OLD")};
        END IF;
        IF TG_OP <> 'DELETE' AND NEW.state <> 'rejected' THEN
            after := {EARNING.format(row="NEW")};
        END IF;
        IF before = after THEN
            RETURN NULL;
        END IF;
        SELECT e.project_id INTO looked_at FROM engagement e
         WHERE e.id = CASE WHEN TG_OP = 'DELETE' THEN OLD.engagement_id ELSE NEW.engagement_id END;
        -- The row is locked from here on: whoever comes second reads the sum, and the budget, as the first left them.
        UPDATE project_commitment SET committed_minor = committed_minor + after - before
         WHERE project_id = looked_at RETURNING committed_minor INTO held;
        SELECT budget_minor INTO budget FROM project WHERE id = looked_at;
        IF after > before AND held > budget THEN
            RAISE EXCEPTION 'beyond the budget of the project'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'budget', TABLE = 'time_entry';
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION check_budget_change() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE held bigint;
    BEGIN
        SELECT committed_minor INTO held FROM project_commitment WHERE project_id = NEW.id FOR UPDATE;
        IF held > NEW.budget_minor THEN
            RAISE EXCEPTION 'a budget is never less than what is committed'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'budget_committed', TABLE = 'project';
        END IF;
        RETURN NEW;
    END $$
    """,
]
TRIGGERS = [
    "CREATE TRIGGER project_commitment_begins AFTER INSERT ON project FOR EACH ROW EXECUTE FUNCTION begin_commitment()",
    """
    CREATE TRIGGER project_commitment_check BEFORE INSERT OR UPDATE ON project_commitment
        FOR EACH ROW EXECUTE FUNCTION check_commitment()
    """,
    """
    CREATE TRIGGER project_commitment_never_deleted BEFORE DELETE OR TRUNCATE ON project_commitment
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TRIGGER time_entry_commitment AFTER INSERT OR DELETE OR UPDATE OF state, minutes, rate_minor ON time_entry
        FOR EACH ROW EXECUTE FUNCTION keep_commitment()
    """,
    """
    CREATE TRIGGER project_budget_change BEFORE UPDATE OF budget_minor ON project FOR EACH ROW
        WHEN (NEW.budget_minor IS DISTINCT FROM OLD.budget_minor AND NEW.budget_minor IS NOT NULL)
        EXECUTE FUNCTION check_budget_change()
    """,
]
BEGIN_WITH_WHAT_IS_THERE = f"""
    INSERT INTO project_commitment (project_id, committed_minor)
    SELECT p.id, coalesce((
        SELECT sum({EARNING.format(row="t")}) FROM time_entry t JOIN engagement e ON e.id = t.engagement_id
         WHERE e.project_id = p.id AND t.state <> 'rejected'
    ), 0) FROM project p
"""
NO_DELETING = """
    DO $$ BEGIN
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'fairmatch_app') THEN
            REVOKE DELETE, TRUNCATE ON project_commitment FROM fairmatch_app;
        END IF;
    END $$
"""


def upgrade() -> None:
    op.create_table(
        "project_commitment",
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("committed_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("committed_minor >= 0", name=op.f("ck_project_commitment_committed")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_project_commitment_project_id")),
        sa.PrimaryKeyConstraint("project_id", name=op.f("pk_project_commitment")),
    )
    op.execute(BEGIN_WITH_WHAT_IS_THERE)
    _add_deadlines()
    for statement in (*FUNCTIONS, *TRIGGERS, NO_DELETING):
        op.execute(statement)


def _add_deadlines() -> None:
    op.add_column("organisation", sa.Column("review_days", sa.BigInteger(), server_default="7", nullable=False))
    op.create_check_constraint(op.f("ck_organisation_review_days"), "organisation", "review_days BETWEEN 1 AND 30")
    op.add_column("timesheet", sa.Column("review_due_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("timesheet", sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("timesheet", sa.Column("escalated_to", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_timesheet_escalated_to"), "timesheet", "account", ["escalated_to"], ["id"])
    op.execute("UPDATE timesheet SET review_due_at = submitted_at + interval '7 days' WHERE state = 'submitted'")
    op.create_check_constraint(
        op.f("ck_timesheet_escalated_to_somebody"), "timesheet", "(escalated_at IS NULL) = (escalated_to IS NULL)"
    )
    op.create_check_constraint(op.f("ck_timesheet_escalated_late"), "timesheet", "escalated_at >= review_due_at")
    op.create_check_constraint(op.f("ck_timesheet_review_due"), "timesheet", "review_due_at > submitted_at")


def downgrade() -> None:
    for name in ("review_due", "escalated_late", "escalated_to_somebody"):
        op.drop_constraint(op.f(f"ck_timesheet_{name}"), "timesheet")
    for name in ("escalated_to", "escalated_at", "review_due_at"):
        op.drop_column("timesheet", name)
    op.drop_column("organisation", "review_days")
    op.execute("DROP TRIGGER project_budget_change ON project")
    op.execute("DROP TRIGGER time_entry_commitment ON time_entry")
    op.execute("DROP TRIGGER project_commitment_begins ON project")
    op.drop_table("project_commitment")
    for name in ("check_budget_change", "keep_commitment", "check_commitment", "begin_commitment"):
        op.execute(f"DROP FUNCTION {name}()")
