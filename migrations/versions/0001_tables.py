"""All tables."""

import pgvector.sqlalchemy
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS vector")
    op.create_table(
        "account",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("password", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("fs_uniquifier", sa.Text(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tf_primary_method", sa.Text(), nullable=True),
        sa.Column("tf_totp_secret", sa.Text(), nullable=True),
        sa.Column("mf_recovery_codes", sa.UnicodeText(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("fs_uniquifier", name=op.f("uq_account_fs_uniquifier")),
    )
    op.create_index("uq_account_email_lower", "account", [sa.literal_column("lower(email)")], unique=True)
    op.create_table(
        "audit_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("object_kind", sa.Text(), nullable=False),
        sa.Column("object_id", sa.BigInteger(), nullable=True),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
    )
    op.create_index(op.f("ix_audit_event_happened_at"), "audit_event", ["happened_at"], unique=False)
    op.create_index(
        op.f("ix_audit_event_object_kind_object_id"), "audit_event", ["object_kind", "object_id"], unique=False
    )
    op.create_table(
        "ledger_account",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "project_expense",
                "bonus_expense",
                "payable",
                "clearing",
                "bank",
                "receivable",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("never_overdrawn", sa.Boolean(), nullable=False),
        sa.Column("balance_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("NOT never_overdrawn OR balance_minor <= 0", name=op.f("ck_ledger_account_not_overdrawn")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_account")),
        sa.UniqueConstraint("kind", "owner_id", "currency", name=op.f("uq_ledger_account_kind_owner_id_currency")),
    )
    op.create_table(
        "organisation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("name", name=op.f("uq_organisation_name")),
    )
    op.create_table(
        "outgoing_mail",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("queued", "sent", "failed", name="state", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing_mail")),
        sa.UniqueConstraint("message_id", name=op.f("uq_outgoing_mail_message_id")),
    )
    op.create_index(op.f("ix_outgoing_mail_created_at"), "outgoing_mail", ["created_at"], unique=False)
    op.create_table(
        "role",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("permissions", sa.UnicodeText(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role")),
        sa.UniqueConstraint("name", name=op.f("uq_role_name")),
    )
    op.create_table(
        "task",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("job", sa.Text(), nullable=True),
        sa.Column("dedupe_key", sa.Text(), nullable=True),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "ready", "done", "dead", "cancelled", name="state", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("crashes", sa.BigInteger(), nullable=False),
        sa.Column("next_run_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("enqueued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_token", sa.Uuid(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("lease_token IS NULL OR state = 'ready'", name=op.f("ck_task_lease_only_while_ready")),
        sa.CheckConstraint("(lease_token IS NULL) = (lease_until IS NULL)", name=op.f("ck_task_lease_whole")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_task_dedupe_key")),
    )
    op.create_index(
        "ix_task_due", "task", ["queue", "next_run_at"], unique=False, postgresql_where=sa.text("state = 'ready'")
    )
    op.create_index(
        "ix_task_finished", "task", ["state", "finished_at"], unique=False, postgresql_where=sa.text("state <> 'ready'")
    )
    op.create_table(
        "vector_space",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("dimension", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vector_space")),
        sa.UniqueConstraint("model", "sha256", name=op.f("uq_vector_space_model_sha256")),
    )
    op.create_table(
        "worker_heartbeat",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_worker_heartbeat")),
        sa.UniqueConstraint("worker", name=op.f("uq_worker_heartbeat_worker")),
    )
    op.create_table(
        "account_role",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("role_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_account_role_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["role_id"], ["role.id"], name=op.f("fk_account_role_role_id")),
        sa.PrimaryKeyConstraint("account_id", "role_id", name=op.f("pk_account_role")),
    )
    op.create_index(op.f("ix_account_role_role_id"), "account_role", ["role_id"], unique=False)
    op.create_table(
        "annotator_profile",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "submitted",
                "qualified",
                "rejected",
                "withdrawn",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("country", sa.CHAR(length=2), nullable=True),
        sa.Column("time_zone", sa.Text(), nullable=True),
        sa.Column("weekly_minutes", sa.BigInteger(), nullable=False),
        sa.Column("min_rate_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("rejection_reason", sa.Text(), nullable=True),
        sa.Column("decision_note", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(state = 'rejected') = (rejection_reason IS NOT NULL)",
            name=op.f("ck_annotator_profile_rejected_with_reason"),
        ),
        sa.CheckConstraint("min_rate_minor >= 0", name=op.f("ck_annotator_profile_min_rate")),
        sa.CheckConstraint("weekly_minutes BETWEEN 0 AND 10080", name=op.f("ck_annotator_profile_weekly_minutes")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_annotator_profile_account_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["account.id"], name=op.f("fk_annotator_profile_decided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_annotator_profile")),
        sa.UniqueConstraint("account_id", name=op.f("uq_annotator_profile_account_id")),
    )
    op.create_index(op.f("ix_annotator_profile_state"), "annotator_profile", ["state"], unique=False)
    op.create_table(
        "api_token",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_api_token_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_token_token_hash")),
    )
    op.create_index(op.f("ix_api_token_account_id"), "api_token", ["account_id"], unique=False)
    op.create_table(
        "journal_entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "earning",
                "hold",
                "paid",
                "failed",
                "returned",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("reverses_id", sa.BigInteger(), nullable=True),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("posting_count", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("posting_count >= 2", name=op.f("ck_journal_entry_posting_count")),
        sa.ForeignKeyConstraint(["actor_id"], ["account.id"], name=op.f("fk_journal_entry_actor_id")),
        sa.ForeignKeyConstraint(["reverses_id"], ["journal_entry.id"], name=op.f("fk_journal_entry_reverses_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_entry")),
        sa.UniqueConstraint("key", name=op.f("uq_journal_entry_key")),
        sa.UniqueConstraint("kind", "source_id", name=op.f("uq_journal_entry_kind_source_id")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_journal_entry_reverses_id")),
    )
    op.create_table(
        "membership",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("is_owner", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_membership_account_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_membership_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
        sa.UniqueConstraint("organisation_id", "account_id", name=op.f("uq_membership_organisation_id_account_id")),
    )
    op.create_index(op.f("ix_membership_account_id"), "membership", ["account_id"], unique=False)
    op.create_table(
        "payout_run",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "approved",
                "settled",
                "cancelled",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("created_by", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by", sa.BigInteger(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state NOT IN ('approved', 'settled') OR approved_by IS NOT NULL", name=op.f("ck_payout_run_approved")
        ),
        sa.CheckConstraint("approved_by IS NULL OR approved_by <> created_by", name=op.f("ck_payout_run_four_eyes")),
        sa.ForeignKeyConstraint(["approved_by"], ["account.id"], name=op.f("fk_payout_run_approved_by")),
        sa.ForeignKeyConstraint(["created_by"], ["account.id"], name=op.f("fk_payout_run_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout_run")),
    )
    op.create_index(
        "uq_payout_run_draft", "payout_run", ["currency"], unique=True, postgresql_where=sa.text("state = 'draft'")
    )
    op.create_table(
        "project",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "scheduled",
                "active",
                "paused",
                "completed",
                "archived",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("close_reason", sa.Text(), nullable=False),
        sa.Column("seats", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("rate_floor_minor", sa.BigInteger(), nullable=False),
        sa.Column("rate_top_minor", sa.BigInteger(), nullable=False),
        sa.Column("weekly_limit_minutes", sa.BigInteger(), nullable=False),
        sa.Column("budget_minor", sa.BigInteger(), nullable=True),
        sa.Column("invitation_hours", sa.BigInteger(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("content_warnings", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "0 < rate_floor_minor AND rate_floor_minor <= rate_top_minor", name=op.f("ck_project_rate_band")
        ),
        sa.CheckConstraint("budget_minor IS NULL OR budget_minor > 0", name=op.f("ck_project_budget")),
        sa.CheckConstraint("seats > 0", name=op.f("ck_project_seats")),
        sa.CheckConstraint(
            "starts_on IS NULL OR ends_on IS NULL OR starts_on <= ends_on", name=op.f("ck_project_dates")
        ),
        sa.CheckConstraint("weekly_limit_minutes BETWEEN 1 AND 10080", name=op.f("ck_project_weekly_limit")),
        sa.ForeignKeyConstraint(["created_by"], ["account.id"], name=op.f("fk_project_created_by")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_project_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project")),
    )
    op.create_index(op.f("ix_project_organisation_id"), "project", ["organisation_id"], unique=False)
    op.create_index(op.f("ix_project_state"), "project", ["state"], unique=False)
    op.create_table(
        "task_attempt",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("task_id", sa.BigInteger(), nullable=False),
        sa.Column("attempt", sa.BigInteger(), nullable=False),
        sa.Column(
            "event",
            sa.Enum(
                "started",
                "done",
                "failed",
                "lost",
                "released",
                name="event",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_task_attempt_task_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_attempt")),
    )
    op.create_index(op.f("ix_task_attempt_task_id"), "task_attempt", ["task_id"], unique=False)
    op.create_table(
        "web_session",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("key_hash", sa.Text(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_web_session_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_session")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_web_session_key_hash")),
    )
    op.create_index(op.f("ix_web_session_account_id"), "web_session", ["account_id"], unique=False)
    op.create_index(op.f("ix_web_session_expires_at"), "web_session", ["expires_at"], unique=False)
    op.create_table(
        "degree",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("profile_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("level", sa.BigInteger(), nullable=False),
        sa.Column(
            "status",
            sa.Enum("held", "in_progress", name="status", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=True),
        sa.Column(
            "provenance",
            sa.Enum(
                "declared",
                "documented",
                "tested",
                "verified",
                name="provenance",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.CheckConstraint("level BETWEEN 5 AND 8", name=op.f("ck_degree_isced")),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["annotator_profile.id"], name=op.f("fk_degree_profile_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_degree")),
    )
    op.create_index(op.f("ix_degree_profile_id"), "degree", ["profile_id"], unique=False)
    op.create_table(
        "experience",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("profile_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "annotation",
                "quality_assurance",
                "mentoring",
                "teaching",
                "consulting",
                "editing",
                "reviewing",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("years", sa.BigInteger(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column(
            "provenance",
            sa.Enum(
                "declared",
                "documented",
                "tested",
                "verified",
                name="provenance",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.CheckConstraint("years BETWEEN 0 AND 60", name=op.f("ck_experience_years")),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["annotator_profile.id"], name=op.f("fk_experience_profile_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_experience")),
        sa.UniqueConstraint("profile_id", "kind", name=op.f("uq_experience_profile_id_kind")),
    )
    op.create_table(
        "language_skill",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("profile_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("written", sa.BigInteger(), nullable=False),
        sa.Column("spoken", sa.BigInteger(), nullable=False),
        sa.Column("native", sa.Boolean(), nullable=False),
        sa.Column(
            "provenance",
            sa.Enum(
                "declared",
                "documented",
                "tested",
                "verified",
                name="provenance",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.CheckConstraint("written BETWEEN 1 AND 6 AND spoken BETWEEN 1 AND 6", name=op.f("ck_language_skill_cefr")),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["annotator_profile.id"], name=op.f("fk_language_skill_profile_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_language_skill")),
        sa.UniqueConstraint("profile_id", "tag", name=op.f("uq_language_skill_profile_id_tag")),
    )
    op.create_table(
        "payout",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("profile_id", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "in_transit",
                "paid",
                "failed",
                "returned",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("failure_reason", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state <> 'paid' OR reference <> ''", name=op.f("ck_payout_paid_with_reference")),
        sa.CheckConstraint(
            "state NOT IN ('failed', 'returned') OR failure_reason <> ''", name=op.f("ck_payout_failed_with_reason")
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_payout_amount")),
        sa.ForeignKeyConstraint(["profile_id"], ["annotator_profile.id"], name=op.f("fk_payout_profile_id")),
        sa.ForeignKeyConstraint(["run_id"], ["payout_run.id"], name=op.f("fk_payout_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout")),
        sa.UniqueConstraint("run_id", "profile_id", name=op.f("uq_payout_run_id_profile_id")),
    )
    op.create_index(op.f("ix_payout_profile_id"), "payout", ["profile_id"], unique=False)
    op.create_table(
        "posting",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_minor <> 0", name=op.f("ck_posting_amount")),
        sa.ForeignKeyConstraint(["account_id"], ["ledger_account.id"], name=op.f("fk_posting_account_id")),
        sa.ForeignKeyConstraint(["entry_id"], ["journal_entry.id"], name=op.f("fk_posting_entry_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posting")),
    )
    op.create_index(op.f("ix_posting_account_id"), "posting", ["account_id"], unique=False)
    op.create_index(op.f("ix_posting_entry_id"), "posting", ["entry_id"], unique=False)
    op.create_table(
        "rate_line",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("condition", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_rate_line_amount")),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_rate_line_project_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rate_line")),
        sa.UniqueConstraint("project_id", "position", name=op.f("uq_rate_line_project_id_position")),
    )
    op.create_table(
        "requirement_version",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.BigInteger(), nullable=False),
        sa.Column("gates", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"], name=op.f("fk_requirement_version_made_by")),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_requirement_version_project_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requirement_version")),
        sa.UniqueConstraint("project_id", "number", name=op.f("uq_requirement_version_project_id_number")),
    )
    op.create_table(
        "resume",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("profile_id", sa.BigInteger(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "uploaded",
                "reading",
                "ready",
                "refused",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("storage_key", sa.Text(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refusal_code", sa.Text(), nullable=True),
        sa.Column("refusal", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("page_count", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("language_note", sa.Text(), nullable=False),
        sa.Column("hidden_characters", sa.BigInteger(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint(
            "(state = 'refused') = (refusal_code IS NOT NULL)", name=op.f("ck_resume_refused_with_reason")
        ),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["annotator_profile.id"], name=op.f("fk_resume_profile_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resume")),
        sa.UniqueConstraint("storage_key", name=op.f("uq_resume_storage_key")),
    )
    op.create_index(op.f("ix_resume_profile_id"), "resume", ["profile_id"], unique=False)
    op.create_index("uq_resume_current", "resume", ["profile_id"], unique=True, postgresql_where=sa.text("is_current"))
    op.create_table(
        "match_run",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("space_id", sa.BigInteger(), nullable=True),
        sa.Column("requested_by", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("code_version", sa.Text(), nullable=False),
        sa.Column("facts_stamp", sa.Text(), nullable=False),
        sa.Column("considered", sa.BigInteger(), nullable=False),
        sa.Column("eligible", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_match_run_project_id")),
        sa.ForeignKeyConstraint(["requested_by"], ["account.id"], name=op.f("fk_match_run_requested_by")),
        sa.ForeignKeyConstraint(["space_id"], ["vector_space.id"], name=op.f("fk_match_run_space_id")),
        sa.ForeignKeyConstraint(["version_id"], ["requirement_version.id"], name=op.f("fk_match_run_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match_run")),
    )
    op.create_index(op.f("ix_match_run_project_id"), "match_run", ["project_id"], unique=False)
    op.create_index(op.f("ix_match_run_version_id"), "match_run", ["version_id"], unique=False)
    op.create_table(
        "payout_line",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("payout_id", sa.BigInteger(), nullable=False),
        sa.Column("posting_id", sa.BigInteger(), nullable=False),
        sa.Column("released", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["payout_id"], ["payout.id"], name=op.f("fk_payout_line_payout_id")),
        sa.ForeignKeyConstraint(["posting_id"], ["posting.id"], name=op.f("fk_payout_line_posting_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout_line")),
    )
    op.create_index(op.f("ix_payout_line_payout_id"), "payout_line", ["payout_id"], unique=False)
    op.create_index(
        "uq_payout_line_live", "payout_line", ["posting_id"], unique=True, postgresql_where=sa.text("NOT released")
    )
    op.create_table(
        "resume_passage",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("resume_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("page", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("0 <= starts_at AND starts_at < ends_at", name=op.f("ck_resume_passage_offsets")),
        sa.ForeignKeyConstraint(
            ["resume_id"], ["resume.id"], name=op.f("fk_resume_passage_resume_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resume_passage")),
        sa.UniqueConstraint("resume_id", "number", name=op.f("uq_resume_passage_resume_id_number")),
    )
    op.create_table(
        "wish",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["requirement_version.id"], name=op.f("fk_wish_version_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wish")),
        sa.UniqueConstraint("version_id", "position", name=op.f("uq_wish_version_id_position")),
    )
    op.create_table(
        "match",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("profile_id", sa.BigInteger(), nullable=False),
        sa.Column("resume_id", sa.BigInteger(), nullable=True),
        sa.Column("rank", sa.BigInteger(), nullable=True),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("gates", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("parts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["profile_id"], ["annotator_profile.id"], name=op.f("fk_match_profile_id")),
        sa.ForeignKeyConstraint(["resume_id"], ["resume.id"], name=op.f("fk_match_resume_id")),
        sa.ForeignKeyConstraint(["run_id"], ["match_run.id"], name=op.f("fk_match_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match")),
        sa.UniqueConstraint("run_id", "profile_id", name=op.f("uq_match_run_id_profile_id")),
    )
    op.create_index(op.f("ix_match_profile_id"), "match", ["profile_id"], unique=False)
    op.create_table(
        "passage_vector",
        sa.Column("passage_id", sa.BigInteger(), nullable=False),
        sa.Column("space_id", sa.BigInteger(), nullable=False),
        sa.Column("embedding", pgvector.sqlalchemy.halfvec.HALFVEC(), nullable=False),
        sa.ForeignKeyConstraint(
            ["passage_id"], ["resume_passage.id"], name=op.f("fk_passage_vector_passage_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["space_id"], ["vector_space.id"], name=op.f("fk_passage_vector_space_id")),
        sa.PrimaryKeyConstraint("passage_id", "space_id", name=op.f("pk_passage_vector")),
    )
    op.create_index(op.f("ix_passage_vector_space_id"), "passage_vector", ["space_id"], unique=False)
    op.create_table(
        "wish_vector",
        sa.Column("wish_id", sa.BigInteger(), nullable=False),
        sa.Column("space_id", sa.BigInteger(), nullable=False),
        sa.Column("embedding", pgvector.sqlalchemy.halfvec.HALFVEC(), nullable=False),
        sa.ForeignKeyConstraint(["space_id"], ["vector_space.id"], name=op.f("fk_wish_vector_space_id")),
        sa.ForeignKeyConstraint(["wish_id"], ["wish.id"], name=op.f("fk_wish_vector_wish_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("wish_id", "space_id", name=op.f("pk_wish_vector")),
    )
    op.create_index(op.f("ix_wish_vector_space_id"), "wish_vector", ["space_id"], unique=False)
    op.create_table(
        "invitation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("profile_id", sa.BigInteger(), nullable=False),
        sa.Column("match_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "queued",
                "sent",
                "opened",
                "waitlisted",
                "accepted",
                "declined",
                "expired",
                "withdrawn",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("offered_rate_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("rate_breakdown", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("confirmed_by", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decline_reason", sa.Text(), nullable=True),
        sa.Column("decline_note", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(state = 'declined') = (decline_reason IS NOT NULL)", name=op.f("ck_invitation_declined_with_reason")
        ),
        sa.CheckConstraint("offered_rate_minor > 0", name=op.f("ck_invitation_rate")),
        sa.ForeignKeyConstraint(["confirmed_by"], ["account.id"], name=op.f("fk_invitation_confirmed_by")),
        sa.ForeignKeyConstraint(["match_id"], ["match.id"], name=op.f("fk_invitation_match_id")),
        sa.ForeignKeyConstraint(["profile_id"], ["annotator_profile.id"], name=op.f("fk_invitation_profile_id")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_invitation_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
    )
    op.create_index(op.f("ix_invitation_profile_id"), "invitation", ["profile_id"], unique=False)
    op.create_index(op.f("ix_invitation_project_id"), "invitation", ["project_id"], unique=False)
    op.create_index(op.f("ix_invitation_state"), "invitation", ["state"], unique=False)
    op.create_index(
        "uq_invitation_live",
        "invitation",
        ["project_id", "profile_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('queued', 'sent', 'opened', 'waitlisted', 'accepted')"),
    )
    op.create_table(
        "engagement",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("profile_id", sa.BigInteger(), nullable=False),
        sa.Column("invitation_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "role",
            sa.Enum("annotator", "reviewer", name="role", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "offered",
                "active",
                "paused",
                "ended",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("state_reason", sa.Text(), nullable=False),
        sa.Column("weekly_limit_minutes", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'ended') = (ended_at IS NOT NULL)", name=op.f("ck_engagement_ended")),
        sa.CheckConstraint("weekly_limit_minutes BETWEEN 1 AND 10080", name=op.f("ck_engagement_weekly_limit")),
        sa.ForeignKeyConstraint(["invitation_id"], ["invitation.id"], name=op.f("fk_engagement_invitation_id")),
        sa.ForeignKeyConstraint(["profile_id"], ["annotator_profile.id"], name=op.f("fk_engagement_profile_id")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_engagement_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_engagement")),
        sa.UniqueConstraint("invitation_id", name=op.f("uq_engagement_invitation_id")),
    )
    op.create_index(op.f("ix_engagement_profile_id"), "engagement", ["profile_id"], unique=False)
    op.create_index(op.f("ix_engagement_project_id"), "engagement", ["project_id"], unique=False)
    op.create_index(
        "uq_engagement_live",
        "engagement",
        ["project_id", "profile_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'ended'"),
    )
    op.create_table(
        "engagement_rate",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("engagement_id", sa.BigInteger(), nullable=False),
        sa.Column("rate_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_by", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("rate_minor > 0", name=op.f("ck_engagement_rate_rate")),
        sa.CheckConstraint("valid_until IS NULL OR valid_from < valid_until", name=op.f("ck_engagement_rate_range")),
        sa.ForeignKeyConstraint(["engagement_id"], ["engagement.id"], name=op.f("fk_engagement_rate_engagement_id")),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"], name=op.f("fk_engagement_rate_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_engagement_rate")),
    )
    op.create_index(op.f("ix_engagement_rate_engagement_id"), "engagement_rate", ["engagement_id"], unique=False)
    op.create_table(
        "timer",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("profile_id", sa.BigInteger(), nullable=False),
        sa.Column("engagement_id", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["engagement_id"], ["engagement.id"], name=op.f("fk_timer_engagement_id")),
        sa.ForeignKeyConstraint(["profile_id"], ["annotator_profile.id"], name=op.f("fk_timer_profile_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timer")),
        sa.UniqueConstraint("profile_id", name=op.f("uq_timer_profile_id")),
    )
    op.create_table(
        "timesheet",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("engagement_id", sa.BigInteger(), nullable=False),
        sa.Column("week_starts_on", sa.Date(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "submitted",
                "approved",
                "partly_approved",
                "rejected",
                "locked",
                "paid",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("no_hours", sa.Boolean(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("EXTRACT(ISODOW FROM week_starts_on) = 1", name=op.f("ck_timesheet_monday")),
        sa.ForeignKeyConstraint(["engagement_id"], ["engagement.id"], name=op.f("fk_timesheet_engagement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timesheet")),
        sa.UniqueConstraint("engagement_id", "week_starts_on", name=op.f("uq_timesheet_engagement_id_week_starts_on")),
    )
    op.create_index(op.f("ix_timesheet_state"), "timesheet", ["state"], unique=False)
    op.create_table(
        "time_entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("profile_id", sa.BigInteger(), nullable=False),
        sa.Column("engagement_id", sa.BigInteger(), nullable=False),
        sa.Column("timesheet_id", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("minutes", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column(
            "source",
            sa.Enum("timer", "manual", name="source", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "recorded",
                "submitted",
                "approved",
                "rejected",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("rate_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("earning_minor", sa.BigInteger(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reject_reason", sa.Text(), nullable=True),
        sa.Column("reject_note", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(state = 'approved') <= (decided_by IS NOT NULL)", name=op.f("ck_time_entry_approved_by_somebody")
        ),
        sa.CheckConstraint(
            "(state = 'approved') = (earning_minor IS NOT NULL)", name=op.f("ck_time_entry_approved_with_earning")
        ),
        sa.CheckConstraint(
            "(state = 'rejected') = (reject_reason IS NOT NULL)", name=op.f("ck_time_entry_rejected_with_reason")
        ),
        sa.CheckConstraint(
            "starts_at < ends_at AND ends_at - starts_at <= interval '16 hours'", name=op.f("ck_time_entry_length")
        ),
        sa.CheckConstraint("earning_minor = (rate_minor * minutes * 2 + 60) / 120", name=op.f("ck_time_entry_earning")),
        sa.CheckConstraint("ends_at <= made_at", name=op.f("ck_time_entry_not_in_the_future")),
        sa.CheckConstraint(
            "minutes > 0 AND minutes * 60 = EXTRACT(EPOCH FROM ends_at - starts_at)", name=op.f("ck_time_entry_minutes")
        ),
        sa.CheckConstraint("rate_minor > 0", name=op.f("ck_time_entry_rate")),
        sa.ForeignKeyConstraint(["decided_by"], ["account.id"], name=op.f("fk_time_entry_decided_by")),
        sa.ForeignKeyConstraint(["engagement_id"], ["engagement.id"], name=op.f("fk_time_entry_engagement_id")),
        sa.ForeignKeyConstraint(["profile_id"], ["annotator_profile.id"], name=op.f("fk_time_entry_profile_id")),
        sa.ForeignKeyConstraint(["timesheet_id"], ["timesheet.id"], name=op.f("fk_time_entry_timesheet_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_time_entry")),
    )
    op.create_index(op.f("ix_time_entry_engagement_id"), "time_entry", ["engagement_id"], unique=False)
    op.create_index(op.f("ix_time_entry_profile_id_starts_at"), "time_entry", ["profile_id", "starts_at"], unique=False)
    op.create_index(op.f("ix_time_entry_state"), "time_entry", ["state"], unique=False)
    op.create_index(op.f("ix_time_entry_timesheet_id"), "time_entry", ["timesheet_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_time_entry_timesheet_id"), table_name="time_entry")
    op.drop_index(op.f("ix_time_entry_state"), table_name="time_entry")
    op.drop_index(op.f("ix_time_entry_profile_id_starts_at"), table_name="time_entry")
    op.drop_index(op.f("ix_time_entry_engagement_id"), table_name="time_entry")
    op.drop_table("time_entry")
    op.drop_index(op.f("ix_timesheet_state"), table_name="timesheet")
    op.drop_table("timesheet")
    op.drop_table("timer")
    op.drop_index(op.f("ix_engagement_rate_engagement_id"), table_name="engagement_rate")
    op.drop_table("engagement_rate")
    op.drop_index("uq_engagement_live", table_name="engagement", postgresql_where=sa.text("state <> 'ended'"))
    op.drop_index(op.f("ix_engagement_project_id"), table_name="engagement")
    op.drop_index(op.f("ix_engagement_profile_id"), table_name="engagement")
    op.drop_table("engagement")
    op.drop_index(
        "uq_invitation_live",
        table_name="invitation",
        postgresql_where=sa.text("state IN ('queued', 'sent', 'opened', 'waitlisted', 'accepted')"),
    )
    op.drop_index(op.f("ix_invitation_state"), table_name="invitation")
    op.drop_index(op.f("ix_invitation_project_id"), table_name="invitation")
    op.drop_index(op.f("ix_invitation_profile_id"), table_name="invitation")
    op.drop_table("invitation")
    op.drop_index(op.f("ix_wish_vector_space_id"), table_name="wish_vector")
    op.drop_table("wish_vector")
    op.drop_index(op.f("ix_passage_vector_space_id"), table_name="passage_vector")
    op.drop_table("passage_vector")
    op.drop_index(op.f("ix_match_profile_id"), table_name="match")
    op.drop_table("match")
    op.drop_table("wish")
    op.drop_table("resume_passage")
    op.drop_index("uq_payout_line_live", table_name="payout_line", postgresql_where=sa.text("NOT released"))
    op.drop_index(op.f("ix_payout_line_payout_id"), table_name="payout_line")
    op.drop_table("payout_line")
    op.drop_index(op.f("ix_match_run_version_id"), table_name="match_run")
    op.drop_index(op.f("ix_match_run_project_id"), table_name="match_run")
    op.drop_table("match_run")
    op.drop_index("uq_resume_current", table_name="resume", postgresql_where=sa.text("is_current"))
    op.drop_index(op.f("ix_resume_profile_id"), table_name="resume")
    op.drop_table("resume")
    op.drop_table("requirement_version")
    op.drop_table("rate_line")
    op.drop_index(op.f("ix_posting_entry_id"), table_name="posting")
    op.drop_index(op.f("ix_posting_account_id"), table_name="posting")
    op.drop_table("posting")
    op.drop_index(op.f("ix_payout_profile_id"), table_name="payout")
    op.drop_table("payout")
    op.drop_table("language_skill")
    op.drop_table("experience")
    op.drop_index(op.f("ix_degree_profile_id"), table_name="degree")
    op.drop_table("degree")
    op.drop_index(op.f("ix_web_session_expires_at"), table_name="web_session")
    op.drop_index(op.f("ix_web_session_account_id"), table_name="web_session")
    op.drop_table("web_session")
    op.drop_index(op.f("ix_task_attempt_task_id"), table_name="task_attempt")
    op.drop_table("task_attempt")
    op.drop_index(op.f("ix_project_state"), table_name="project")
    op.drop_index(op.f("ix_project_organisation_id"), table_name="project")
    op.drop_table("project")
    op.drop_index("uq_payout_run_draft", table_name="payout_run", postgresql_where=sa.text("state = 'draft'"))
    op.drop_table("payout_run")
    op.drop_index(op.f("ix_membership_account_id"), table_name="membership")
    op.drop_table("membership")
    op.drop_table("journal_entry")
    op.drop_index(op.f("ix_api_token_account_id"), table_name="api_token")
    op.drop_table("api_token")
    op.drop_index(op.f("ix_annotator_profile_state"), table_name="annotator_profile")
    op.drop_table("annotator_profile")
    op.drop_index(op.f("ix_account_role_role_id"), table_name="account_role")
    op.drop_table("account_role")
    op.drop_table("worker_heartbeat")
    op.drop_table("vector_space")
    op.drop_index("ix_task_finished", table_name="task", postgresql_where=sa.text("state <> 'ready'"))
    op.drop_index("ix_task_due", table_name="task", postgresql_where=sa.text("state = 'ready'"))
    op.drop_table("task")
    op.drop_table("role")
    op.drop_index(op.f("ix_outgoing_mail_created_at"), table_name="outgoing_mail")
    op.drop_table("outgoing_mail")
    op.drop_table("organisation")
    op.drop_table("ledger_account")
    op.drop_index(op.f("ix_audit_event_object_kind_object_id"), table_name="audit_event")
    op.drop_index(op.f("ix_audit_event_happened_at"), table_name="audit_event")
    op.drop_table("audit_event")
    op.drop_index("uq_account_email_lower", table_name="account")
    op.drop_table("account")
