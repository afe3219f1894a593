"""Budgets that hold, days by which hours are decided, and disputes about those that are not approved."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
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
        IF TG_OP <> 'INSERT' AND OLD.state NOT IN ('rejected', 'disputed') THEN
            before := {EARNING.format(row="OLD")};
        END IF;
        IF TG_OP <> 'DELETE' AND NEW.state NOT IN ('rejected', 'disputed') THEN
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
# What check_time_entry() lets happen to a decided line: nothing, but that a rejected one is disputed.
FROZEN_BEFORE = "OLD.state IN ('approved', 'rejected') THEN"
FROZEN_NOW = "(OLD.state = 'approved' OR OLD.state = 'rejected' AND NEW.state <> 'disputed') THEN"
FORGET_BEFORE = "DELETE FROM resume WHERE profile_id = own;"
FORGET_NOW = """UPDATE line_word SET text = 'Erased' WHERE author_id = person
                OR entry_id IN (SELECT id FROM time_entry WHERE profile_id = own);
            DELETE FROM resume WHERE profile_id = own;"""
CHECK_DISPUTE_LINE = """
    CREATE FUNCTION check_dispute_line() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        looked_at bigint;
        line text;
        found text;
    BEGIN
        IF TG_TABLE_NAME = 'dispute' THEN
            looked_at := NEW.entry_id;
        ELSE
            looked_at := NEW.id;
        END IF;
        SELECT state INTO line FROM time_entry WHERE id = looked_at;
        SELECT state INTO found FROM dispute WHERE entry_id = looked_at;
        IF (line = 'disputed') <> (coalesce(found, '') IN ('contested', 'appealed'))
            OR (found IN ('approved', 'approved_finally') AND line <> 'approved')
            OR (found IN ('accepted', 'upheld', 'upheld_finally') AND line <> 'rejected') THEN
            RAISE EXCEPTION 'line % and its dispute disagree', looked_at
                USING ERRCODE = 'check_violation', CONSTRAINT = 'dispute_line', TABLE = 'dispute';
        END IF;
        RETURN NULL;
    END $$
"""
DISPUTE_MOVES = (
    "accepted",
    "contested",
    "contested>approved",
    "contested>upheld",
    "upheld>appealed",
    "appealed>approved_finally",
    "appealed>upheld_finally",
)
# Beside those of migration 0002.
ENTRY_MOVES = ("rejected>disputed", "disputed>approved", "disputed>rejected")
SHEET_MOVES = ("rejected>approved", "rejected>partly_approved", "partly_approved>approved")
NO_CHANGING = """
    DO $$ BEGIN
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'fairmatch_app') THEN
            REVOKE UPDATE, DELETE, TRUNCATE ON line_word FROM fairmatch_app;
            REVOKE DELETE, TRUNCATE ON dispute FROM fairmatch_app;
        END IF;
    END $$
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
    _add_words()
    _add_disputes()
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


def _add_words() -> None:
    kinds = ("write", "evidence", "accept", "contest", "approve", "uphold", "appeal")
    op.create_table(
        "line_word",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Enum(*kinds, name="kind", native_enum=False, length=40), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(f"kind IN {kinds}", name=op.f("ck_line_word_kind")),
        sa.CheckConstraint("char_length(btrim(text)) BETWEEN 1 AND 2000", name=op.f("ck_line_word_length")),
        sa.ForeignKeyConstraint(["entry_id"], ["time_entry.id"], name=op.f("fk_line_word_entry_id")),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_line_word_author_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line_word")),
    )
    op.create_index(op.f("ix_line_word_entry_id_id"), "line_word", ["entry_id", "id"])
    op.create_index(op.f("ix_line_word_author_id"), "line_word", ["author_id"])
    op.execute(
        "CREATE TRIGGER line_word_append_only BEFORE DELETE OR TRUNCATE ON line_word "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER line_word_unchanged BEFORE UPDATE ON line_word "
        "FOR EACH STATEMENT WHEN (NOT erasing()) EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER line_word_only_words BEFORE UPDATE ON line_word "
        "FOR EACH ROW EXECUTE FUNCTION refuse_other_change('text')"
    )
    _rewrite("forget_words(bigint)", FORGET_BEFORE, FORGET_NOW)


def _add_disputes() -> None:
    states = ("accepted", "contested", "approved", "upheld", "appealed", "approved_finally", "upheld_finally")
    reasons = ("no_work_found", "wrong_project", "time_not_plausible")
    decided = "('approved', 'upheld', 'appealed', 'approved_finally', 'upheld_finally')"
    op.create_table(
        "dispute",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Enum(*states, name="state", native_enum=False, length=40), nullable=False),
        sa.Column("reason", sa.Enum(*reasons, name="reason", native_enum=False, length=40), nullable=False),
        sa.Column("rejected_by", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("appealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("final_by", sa.BigInteger(), nullable=True),
        sa.Column("final_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(f"state IN {states}", name=op.f("ck_dispute_state")),
        sa.CheckConstraint(f"reason IN {reasons}", name=op.f("ck_dispute_reason")),
        sa.CheckConstraint(f"(state IN {decided}) = (decided_by IS NOT NULL)", name=op.f("ck_dispute_decided")),
        sa.CheckConstraint("(decided_by IS NULL) = (decided_at IS NULL)", name=op.f("ck_dispute_decided_at")),
        sa.CheckConstraint(
            "(state IN ('appealed', 'approved_finally', 'upheld_finally')) = (appealed_at IS NOT NULL)",
            name=op.f("ck_dispute_appealed"),
        ),
        sa.CheckConstraint(
            "(state IN ('approved_finally', 'upheld_finally')) = (final_by IS NOT NULL)", name=op.f("ck_dispute_final")
        ),
        sa.CheckConstraint("(final_by IS NULL) = (final_at IS NULL)", name=op.f("ck_dispute_final_at")),
        sa.CheckConstraint("final_by <> decided_by AND final_by <> rejected_by", name=op.f("ck_dispute_other_decider")),
        sa.CheckConstraint("(state IN ('contested', 'appealed')) = (due_at IS NOT NULL)", name=op.f("ck_dispute_due")),
        sa.CheckConstraint("appealed_at <= decided_at + interval '7 days'", name=op.f("ck_dispute_appealed_in_time")),
        sa.ForeignKeyConstraint(["entry_id"], ["time_entry.id"], name=op.f("fk_dispute_entry_id")),
        sa.ForeignKeyConstraint(["rejected_by"], ["account.id"], name=op.f("fk_dispute_rejected_by")),
        sa.ForeignKeyConstraint(["decided_by"], ["account.id"], name=op.f("fk_dispute_decided_by")),
        sa.ForeignKeyConstraint(["final_by"], ["account.id"], name=op.f("fk_dispute_final_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_dispute_entry_id")),
    )
    op.create_index(op.f("ix_dispute_state"), "dispute", ["state"])
    op.drop_constraint(op.f("ck_time_entry_state"), "time_entry")
    op.create_check_constraint(
        op.f("ck_time_entry_state"),
        "time_entry",
        "state IN ('recorded', 'submitted', 'approved', 'rejected', 'disputed')",
    )
    op.drop_constraint(op.f("ck_time_entry_rejected_with_reason"), "time_entry")
    op.create_check_constraint(
        op.f("ck_time_entry_rejected_with_reason"),
        "time_entry",
        "(state IN ('rejected', 'disputed')) = (reject_reason IS NOT NULL)",
    )
    _rewrite("check_time_entry()", FROZEN_BEFORE, FROZEN_NOW)
    _move_too("time_entry", ENTRY_MOVES)
    _move_too("timesheet", SHEET_MOVES)
    moves = ", ".join(f"'{move}'" for move in DISPUTE_MOVES)
    op.execute(
        "CREATE TRIGGER dispute_state_skip BEFORE INSERT OR UPDATE ON dispute "
        f"FOR EACH ROW EXECUTE FUNCTION refuse_state_skip({moves})"
    )
    op.execute(
        "CREATE TRIGGER dispute_never_deleted BEFORE DELETE OR TRUNCATE ON dispute "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute(CHECK_DISPUTE_LINE)
    for table, when in (("dispute", "INSERT OR UPDATE"), ("time_entry", "UPDATE OF state")):
        op.execute(
            f"CREATE CONSTRAINT TRIGGER {table}_dispute_line AFTER {when} ON {table} "
            "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_dispute_line()"
        )
    op.execute(NO_CHANGING)


def _rewrite(function: str, before: str, now: str) -> None:
    """Change a part of a function as it stands, whoever wrote the rest of it."""
    op.execute(
        f"""
        DO $do$ DECLARE
            source text := pg_get_functiondef('{function}'::regprocedure);
            changed text := replace(source, $old${before}$old$, $new${now}$new$);
        BEGIN
            IF source = changed THEN
                RAISE EXCEPTION 'nothing to rewrite in {function}';
            END IF;
            EXECUTE changed;
        END $do$
        """
    )


def _move_too(table: str, moves: tuple[str, ...]) -> None:
    """Let *table* make *moves* beside those that it may make so far."""
    added = ", ".join(f"'{move}'" for move in moves)
    op.execute(
        f"""
        DO $do$ DECLARE
            source text := (SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = '{table}_state_skip');
        BEGIN
            DROP TRIGGER {table}_state_skip ON {table};
            EXECUTE replace(source, 'refuse_state_skip(', $new$refuse_state_skip({added}, $new$);
        END $do$
        """
    )


def _keep_from(table: str, moves: tuple[str, ...]) -> None:
    """Take *moves* from *table* again."""
    added = ", ".join(f"'{move}'" for move in moves)
    op.execute(
        f"""
        DO $do$ DECLARE
            source text := (SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = '{table}_state_skip');
        BEGIN
            DROP TRIGGER {table}_state_skip ON {table};
            EXECUTE replace(source, $old${added}, $old$, '');
        END $do$
        """
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER time_entry_dispute_line ON time_entry")
    op.drop_table("dispute")
    op.execute("DROP FUNCTION check_dispute_line()")
    _keep_from("timesheet", SHEET_MOVES)
    _keep_from("time_entry", ENTRY_MOVES)
    _rewrite("check_time_entry()", FROZEN_NOW, FROZEN_BEFORE)
    op.drop_constraint(op.f("ck_time_entry_rejected_with_reason"), "time_entry")
    op.create_check_constraint(
        op.f("ck_time_entry_rejected_with_reason"), "time_entry", "(state = 'rejected') = (reject_reason IS NOT NULL)"
    )
    op.drop_constraint(op.f("ck_time_entry_state"), "time_entry")
    op.create_check_constraint(
        op.f("ck_time_entry_state"), "time_entry", "state IN ('recorded', 'submitted', 'approved', 'rejected')"
    )
    _rewrite("forget_words(bigint)", FORGET_NOW, FORGET_BEFORE)
    op.drop_table("line_word")
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
