"""Runs migrations as the role that owns the tables, one runner at a time."""

import sqlalchemy as sa
from alembic import context
from flask import current_app

LOCK = 7_246_101

target = current_app.extensions["migrate"].db.metadata
services = current_app.extensions["fairmatch_services"]


def run_offline() -> None:
    context.configure(url=services.migration_database_url, target_metadata=target, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


def run_online() -> None:
    engine = sa.create_engine(services.migration_database_url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        # two machines that start at once: the second waits, then finds nothing to do
        connection.execute(sa.text(f"SELECT pg_advisory_lock({LOCK})"))
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=target,
            compare_type=True,
            **current_app.extensions["migrate"].configure_args.get("env", {}),
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


if context.is_offline_mode():
    run_offline()
else:
    run_online()
