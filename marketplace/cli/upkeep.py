"""Commands that do one thing and end."""

import logging
import shlex
from urllib.parse import urljoin

import click
from sqlalchemy.engine import make_url

from marketplace import services
from marketplace.cli import settings
from marketplace.cli.parts import ROOT
from marketplace.config import Config
from marketplace.services import postgres, roles


@click.command()
@click.option("--quiet", is_flag=True, help="Say nothing but errors.")
def migrate(quiet: bool) -> None:
    """Bring the tables up to date, as the role that owns them."""
    from flask_migrate import upgrade

    from marketplace.app import create_app

    config = settings.read()
    app = create_app(config)
    _grant(config)
    if quiet:
        logging.getLogger("alembic").setLevel(logging.WARNING)
    with app.app_context():
        upgrade(directory=str(ROOT / "migrations"))
    if not quiet:
        click.echo("The tables are up to date.")


def _grant(config: Config) -> None:
    """On a server of one's own with two roles, let that of the application use the tables that are about to be made."""
    user = make_url(postgres.sqlalchemy_url(config.database_url)).username if config.database_url else None
    if user and config.migration_database_url:
        owner = postgres.sqlalchemy_url(config.migration_database_url)
        if make_url(owner).username != user:
            roles.grant(postgres.libpq_url(owner), user)


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


@click.command("reset-second-factor")
@click.argument("email")
def reset_second_factor(email: str) -> None:
    """Take the second factor of EMAIL away, who lost it, where no other admin can; they set up another at sign-in."""
    from marketplace.accounts import queries, second_factor
    from marketplace.app import create_app
    from marketplace.errors import Refused
    from marketplace.web import commit

    with create_app(settings.read()).app_context():
        account = queries.find_account(email)
        if account is None:
            raise click.ClickException(f"There is no account of {email}.")
        try:
            second_factor.reset_second_factor(account, by=None)
        except Refused as refusal:
            raise click.ClickException(refusal.message) from refusal
        commit()
    click.echo(f"{email} sets up a second factor when signing in next.")


@click.command()
def demo() -> None:
    """Fill an empty database with the demo world, and say who may sign in."""
    import sqlalchemy as sa

    from marketplace import demo as demo_world
    from marketplace.accounts.models import Account
    from marketplace.app import create_app
    from marketplace.db import db
    from marketplace.demo.story import PASSWORD

    app = create_app(settings.read())
    if demo_world.is_wanted(app):
        demo_world.fill(app)
    sign_ins = demo_world.sign_ins()
    with app.app_context():
        is_there = db.session.scalar(sa.select(Account.id).where(Account.email == sign_ins[0][1])) is not None
    if is_there:
        click.echo(f"Sign in to the demo world with the password {PASSWORD} as")
        width = max(len(address) for _, address in sign_ins)
        for who, address in sign_ins:
            click.echo(f"  {address:{width}}  {who}")
        click.echo("Staff is asked for a code besides; in this world alone the page itself says which.")


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


COMMANDS = (migrate, create_admin, reset_second_factor, demo, env)
