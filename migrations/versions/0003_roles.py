"""The roles that accounts may have."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ROLES = ("annotator", "manager", "reviewer", "finance", "admin", "auditor")


def upgrade() -> None:
    role = sa.table("role", sa.column("name", sa.Text))
    op.bulk_insert(role, [{"name": name} for name in ROLES])


def downgrade() -> None:
    op.execute("DELETE FROM account_role")
    op.execute("DELETE FROM role")
