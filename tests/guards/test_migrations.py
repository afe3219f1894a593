"""Migrations say what the models say, go up and down, and the app's role owns nothing."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from marketplace.db import db

VERSIONS = Path(__file__).resolve().parents[2] / "migrations" / "versions"


def test_the_models_equal_the_migrated_tables(owner):
    with owner.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "target_metadata": db.metadata})
        assert compare_metadata(context, db.metadata) == []


def test_migrations_never_import_models():
    assert [file.name for file in VERSIONS.glob("*.py") if "marketplace" in file.read_text()] == []


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (id int)",
        "DROP TABLE audit_event",
        "ALTER TABLE posting DISABLE TRIGGER ALL",
        "UPDATE audit_event SET action = 'x'",
        "DELETE FROM posting",
        "TRUNCATE journal_entry CASCADE",
    ],
)
def test_the_apps_role_may_neither_change_tables_nor_rewrite_history(app, statement):
    with pytest.raises(sa.exc.DBAPIError, match=r"permission denied|must be owner"), db.engine.begin() as connection:
        connection.execute(sa.text(statement))
