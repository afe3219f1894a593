"""Annotators say how they are paid, and keep every earlier way; organisations say from which sum on and when."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

KINDS = ("iban", "external")
SCHEDULES = ("weekly", "twice_a_month", "monthly")
# Of a row only its end is written later; of somebody who was erased everything goes but numbers and days.
CHECK = """
    CREATE FUNCTION check_payout_method() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE words text[] := ARRAY['ended_at', 'holder', 'iban', 'last_four', 'country', 'bic', 'fingerprint',
                                  'description'];
    BEGIN
        IF OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL
           AND to_jsonb(NEW) - 'ended_at' = to_jsonb(OLD) - 'ended_at' THEN
            RETURN NEW;
        END IF;
        IF to_jsonb(NEW) - words = to_jsonb(OLD) - words AND NEW.iban IS NULL AND NEW.ended_at IS NOT NULL
           AND NEW.ended_at = coalesce(OLD.ended_at, NEW.ended_at)
           AND NEW.holder || NEW.last_four || NEW.country || NEW.bic || NEW.fingerprint || NEW.description = ''
           AND EXISTS (SELECT FROM annotator_profile p JOIN account a ON a.id = p.account_id
                        WHERE p.id = NEW.profile_id AND a.erased_at IS NOT NULL) THEN
            RETURN NEW;
        END IF;
        RAISE EXCEPTION 'a payout method is replaced, never changed'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'append_only', TABLE = TG_TABLE_NAME;
    END $$
"""
ONLY_ADD = """
    DO $$ BEGIN
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'fairmatch_app') THEN
            REVOKE DELETE, TRUNCATE ON payout_method FROM fairmatch_app;
        END IF;
    END $$
"""


def upgrade() -> None:
    op.create_table(
        "payout_method",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("profile_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", _words(KINDS, "kind"), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("iban", sa.LargeBinary(), nullable=True),
        sa.Column("last_four", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("bic", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("usable_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(kind = 'iban') = (iban IS NOT NULL) OR (ended_at IS NOT NULL AND holder = '')",
            name=op.f("ck_payout_method_sealed"),
        ),
        sa.CheckConstraint(
            "kind = 'iban' OR (last_four = '' AND bic = '' AND fingerprint = '')",
            name=op.f("ck_payout_method_external"),
        ),
        sa.CheckConstraint("char_length(holder) <= 70", name=op.f("ck_payout_method_holder_length")),
        sa.CheckConstraint("char_length(description) <= 200", name=op.f("ck_payout_method_description_length")),
        sa.CheckConstraint(
            "char_length(last_four) <= 4 AND char_length(country) <= 2", name=op.f("ck_payout_method_shown")
        ),
        sa.CheckConstraint("usable_from >= made_at AND ended_at >= made_at", name=op.f("ck_payout_method_order")),
        sa.ForeignKeyConstraint(["profile_id"], ["annotator_profile.id"], name=op.f("fk_payout_method_profile_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout_method")),
    )
    open_ = sa.text("ended_at IS NULL")
    op.create_index("uq_payout_method_open", "payout_method", ["profile_id"], unique=True, postgresql_where=open_)
    op.create_index("ix_payout_method_profile_id", "payout_method", ["profile_id"])
    op.create_index("ix_payout_method_fingerprint", "payout_method", ["fingerprint"])
    op.create_table(
        "payout_terms",
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("minimum_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(3), nullable=False),
        sa.Column("schedule", _words(SCHEDULES, "schedule"), nullable=True),
        sa.Column("day", sa.BigInteger(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("minimum_minor >= 0", name=op.f("ck_payout_terms_minimum")),
        sa.CheckConstraint(
            "CASE schedule WHEN 'weekly' THEN day BETWEEN 1 AND 7 WHEN 'monthly' THEN day BETWEEN 1 AND 31"
            " ELSE day = 0 END",
            name=op.f("ck_payout_terms_day"),
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_payout_terms_organisation_id")),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_payout_terms")),
    )
    op.execute(CHECK)
    _trigger("check", "BEFORE UPDATE", "FOR EACH ROW EXECUTE FUNCTION check_payout_method()")
    _trigger("append_only", "BEFORE DELETE OR TRUNCATE", "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()")
    _trigger("erased", "BEFORE INSERT", "FOR EACH ROW EXECUTE FUNCTION refuse_erased('profile')")
    op.execute(ONLY_ADD)


def _trigger(name: str, when: str, what: str) -> None:
    op.execute(f"CREATE TRIGGER payout_method_{name} {when} ON payout_method {what}")


def _words(values: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def downgrade() -> None:
    op.drop_table("payout_terms")
    op.drop_table("payout_method")
    op.execute("DROP FUNCTION check_payout_method()")
