"""Files written for banks and what banks answered, both only added to."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

TABLES = ("bank_file", "bank_answer", "bank_answer_row", "bank_answer_note")
FINDINGS = (
    "matched",
    "under_way",
    "missing_here",
    "missing_there",
    "amount_differs",
    "currency_differs",
    "state_differs",
    "duplicate",
)
SAID = ("paid", "failed", "returned", "under_way")
REVOKES = f"""
    DO $$ BEGIN
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'fairmatch_app') THEN
            REVOKE UPDATE, DELETE, TRUNCATE ON {", ".join(TABLES)} FROM fairmatch_app;
        END IF;
    END $$
"""


# The way somebody is paid is settled when their run is approved, and no later change of theirs moves it.
METHOD_FROZEN = """
    CREATE FUNCTION check_payout_way() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.state <> 'pending' AND NEW.method_id IS DISTINCT FROM OLD.method_id THEN
            RAISE EXCEPTION 'how a payout is paid is settled when its run is approved'
                USING ERRCODE = 'restrict_violation', CONSTRAINT = 'payout_way_is_frozen', TABLE = 'payout';
        END IF;
        RETURN NEW;
    END $$
"""


def upgrade() -> None:
    op.add_column("payout", sa.Column("method_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_payout_method_id"), "payout", "payout_method", ["method_id"], ["id"])
    op.execute(METHOD_FROZEN)
    op.execute(
        "CREATE TRIGGER payout_way_frozen BEFORE UPDATE ON payout FOR EACH ROW EXECUTE FUNCTION check_payout_way()"
    )
    op.create_table(
        "bank_file",
        _id(),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("storage_key", sa.Text(), nullable=False),
        sa.Column("currency", sa.CHAR(3), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("payout_ids", sa.ARRAY(sa.BigInteger()), nullable=False),
        sa.CheckConstraint("total_minor > 0 AND cardinality(payout_ids) > 0", name=op.f("ck_bank_file_pays")),
        _foreign("bank_file", "run_id", "payout_run.id"),
        _foreign("bank_file", "made_by", "account.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_file")),
        sa.UniqueConstraint("run_id", name=op.f("uq_bank_file_run_id")),
    )
    op.create_table(
        "bank_answer",
        _id(),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        _foreign("bank_answer", "run_id", "payout_run.id"),
        _foreign("bank_answer", "made_by", "account.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_answer")),
        sa.UniqueConstraint("run_id", "sha256", name=op.f("uq_bank_answer_run_id_sha256")),
    )
    op.create_table(
        "bank_answer_row",
        _id(),
        sa.Column("answer_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("payout_id", sa.BigInteger(), nullable=True),
        sa.Column("end_to_end_id", sa.Text(), nullable=False),
        sa.Column("finding", _words(FINDINGS, "finding"), nullable=False),
        sa.Column("said", _words(SAID, "said"), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.CheckConstraint("(finding = 'missing_there') = (said IS NULL)", name=op.f("ck_bank_answer_row_is_said")),
        sa.CheckConstraint("(finding = 'missing_here') = (payout_id IS NULL)", name=op.f("ck_bank_answer_row_payout")),
        _foreign("bank_answer_row", "answer_id", "bank_answer.id"),
        _foreign("bank_answer_row", "payout_id", "payout.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_answer_row")),
    )
    op.create_index(op.f("ix_bank_answer_row_answer_id"), "bank_answer_row", ["answer_id"])
    op.create_index(op.f("ix_bank_answer_row_payout_id"), "bank_answer_row", ["payout_id"])
    op.create_table(
        "bank_answer_note",
        sa.Column("row_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("made_by", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("char_length(text) BETWEEN 1 AND 500", name=op.f("ck_bank_answer_note_text_length")),
        _foreign("bank_answer_note", "row_id", "bank_answer_row.id"),
        _foreign("bank_answer_note", "made_by", "account.id"),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_bank_answer_note")),
    )
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.execute(REVOKES)


def downgrade() -> None:
    op.execute("DROP TRIGGER payout_way_frozen ON payout")
    op.execute("DROP FUNCTION check_payout_way()")
    op.drop_column("payout", "method_id")
    for table in reversed(TABLES):
        op.drop_table(table)


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False)


def _foreign(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"))


def _words(values: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)
