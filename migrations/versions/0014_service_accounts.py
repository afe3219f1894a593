"""An organisation has accounts of its own, for programs: they act by tokens and never sign in."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("account", sa.Column("service_of", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_account_service_of"), "account", "organisation", ["service_of"], ["id"])
    op.create_index(op.f("ix_account_service_of"), "account", ["service_of"], unique=False)
    op.create_check_constraint("service_has_no_password", "account", "service_of IS NULL OR password IS NULL")


def downgrade() -> None:
    op.drop_constraint(op.f("ck_account_service_has_no_password"), "account", type_="check")
    op.drop_index(op.f("ix_account_service_of"), table_name="account")
    op.drop_constraint(op.f("fk_account_service_of"), "account", type_="foreignkey")
    op.drop_column("account", "service_of")
