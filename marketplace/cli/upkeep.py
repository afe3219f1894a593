"""Commands that do one thing and end."""

import logging
import shlex
from urllib.parse import urljoin

import click

from marketplace import services
from marketplace.cli import settings
from marketplace.cli.parts import ROOT
from marketplace.services import postgres


@click.command()
@click.option("--quiet", is_flag=True, help="Say nothing but errors.")
def migrate(quiet: bool) -> None:
    """Bring the tables up to date, as the role that owns them."""
    from flask_migrate import upgrade

    from marketplace.app import create_app

    app = create_app(settings.read())
    if quiet:
        logging.getLogger("alembic").setLevel(logging.WARNING)
    with app.app_context():
        upgrade(directory=str(ROOT / "migrations"))
    if not quiet:
        click.echo("The tables are up to date.")


@click.command("create-admin")
@click.argument("email")
def create_admin(email: str) -> None:
    """Make EMAIL an admin and print the one-time link with which they choose a password."""
    from marketplace.accounts import actions
    from marketplace.app import create_app
    from marketplace.web import commit

    config = settings.read()
    with create_app(config).app_context():
        link = actions.invite_admin(email)
        commit()
    click.echo(urljoin(config.public_url, link))


@click.command()
def demo() -> None:
    """Fill an empty database with the demo world."""
    import sqlalchemy as sa

    from marketplace import demo as demo_world
    from marketplace.accounts.models import Account
    from marketplace.app import create_app
    from marketplace.db import db

    app = create_app(settings.read())
    with app.app_context():
        if db.session.scalar(sa.select(sa.exists(sa.select(Account.id)))):
            return
    demo_world.fill(app)


@click.command()
def env() -> None:
    """Print the addresses of the servers for a shell: eval "$(marketplace env)"; then rq, psql and others find them."""
    config = settings.read()
    found = services.addresses(config)
    addresses = {
        "DATA_DIR": str(config.data_dir),
        "DATABASE_URL": postgres.libpq_url(found.database_url),
        "MIGRATION_DATABASE_URL": postgres.libpq_url(found.migration_database_url),
        "REDIS_URL": found.redis_url,
    }
    if not found.redis_url.startswith("redis+sentinel:"):  # rq reads a Sentinel from its own settings file only
        addresses["RQ_REDIS_URL"] = found.redis_url
    for name, address in addresses.items():
        click.echo(f"export {name}={shlex.quote(address)}")


COMMANDS = (migrate, create_admin, demo, env)
