"""The journal is sealed: every entry has a place in a chain of hashes and in a tree, whose heads are kept."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

TABLES = ("ledger_leaf", "ledger_node", "ledger_head")
ONLY_ADD = f"""
    DO $$ BEGIN
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'fairmatch_app') THEN
            REVOKE UPDATE, DELETE, TRUNCATE ON {", ".join(TABLES)} FROM fairmatch_app;
        END IF;
    END $$
"""
# Whoever seals holds a lock, so that the entry before is there and stays.
CHECK_LEAF = """
    CREATE FUNCTION check_ledger_leaf() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        before bytea;
    BEGIN
        IF NEW.sequence = 1 THEN
            before := decode(repeat('00', 32), 'hex');
        ELSE
            SELECT hash INTO before FROM ledger_leaf WHERE sequence = NEW.sequence - 1;
        END IF;
        IF before IS NULL OR before <> NEW.previous THEN
            RAISE EXCEPTION 'entry % does not follow the one before it', NEW.sequence
                USING ERRCODE = 'check_violation', CONSTRAINT = 'chained', TABLE = 'ledger_leaf';
        END IF;
        RETURN NEW;
    END $$
"""


def upgrade() -> None:
    op.create_table(
        "ledger_leaf",
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("reason_sha256", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("length(reason_sha256) = 32", name=op.f("ck_ledger_leaf_reason")),
        sa.CheckConstraint("sequence >= 1", name=op.f("ck_ledger_leaf_sequence")),
        sa.CheckConstraint("length(previous) = 32 AND length(hash) = 32", name=op.f("ck_ledger_leaf_hashes")),
        sa.ForeignKeyConstraint(["entry_id"], ["journal_entry.id"], name=op.f("fk_ledger_leaf_entry_id")),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_ledger_leaf")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_ledger_leaf_entry_id")),
    )
    op.create_table(
        "ledger_node",
        sa.Column("level", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("place", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("length(hash) = 32", name=op.f("ck_ledger_node_hash")),
        sa.PrimaryKeyConstraint("level", "place", name=op.f("pk_ledger_node")),
    )
    op.create_table(
        "ledger_head",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(root) = 32", name=op.f("ck_ledger_head_root")),
        sa.ForeignKeyConstraint(["size"], ["ledger_leaf.sequence"], name=op.f("fk_ledger_head_size")),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_ledger_head")),
    )
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.execute(CHECK_LEAF)
    op.execute(
        "CREATE TRIGGER ledger_leaf_check BEFORE INSERT ON ledger_leaf "
        "FOR EACH ROW EXECUTE FUNCTION check_ledger_leaf()"
    )
    op.execute(ONLY_ADD)
    # What the explorer looks entries up by.
    op.create_index(op.f("ix_journal_entry_made_at"), "journal_entry", ["made_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_journal_entry_made_at"), "journal_entry")
    for table in reversed(TABLES):
        op.drop_table(table)
    op.execute("DROP FUNCTION check_ledger_leaf()")
