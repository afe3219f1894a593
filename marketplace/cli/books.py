"""Commands about the books."""

import sys
from pathlib import Path

import click

from marketplace.ledger import proof


@click.command("verify-ledger")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def verify_ledger(files: tuple[Path, ...]) -> None:
    """Check exported ledgers and statement proofs, FILES, without a server: no byte of them was changed.

    Of several files it also checks that they tell of the same books.  The same check needs nothing of Fairmatch:
    ``python marketplace/ledger/proof.py FILES``.
    """
    sys.exit(proof.main([str(file) for file in files]))


@click.command("seal-ledger")
def seal_ledger() -> None:
    """Seal at once what the worker would seal within a minute."""
    from marketplace.app import create_app
    from marketplace.cli import settings
    from marketplace.ledger import actions
    from marketplace.web import commit

    with create_app(settings.read()).app_context():
        sealed = 0
        while found := actions.seal():
            commit()
            sealed += found
    click.echo(f"{sealed} entries were sealed.")


COMMANDS = (verify_ledger, seal_ledger)
