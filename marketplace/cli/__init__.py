"""The command `marketplace`: run everything, one part of it, or one task of whoever keeps it running."""

from typing import Any

import click

from marketplace.cli import benchmark, books, everything, importing, matching, parts, upkeep, vectors
from marketplace.errors import Refused
from marketplace.services import ServiceError


class Commands(click.Group):
    """Commands whose expected failures are one line in the terminal, not a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the chosen command."""
        try:
            return super().invoke(ctx)
        except (ServiceError, Refused) as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="fairmatch", prog_name="marketplace")
def main() -> None:
    """Fairmatch: a freelancer marketplace for AI-data annotation.

    Settings come from the environment: PORT, HOST, DATA_DIR, DATABASE_URL, REDIS_URL, PUBLIC_URL, SMTP_URL and others
    that the README lists.
    """


for command in (
    *everything.COMMANDS,
    *parts.COMMANDS,
    *upkeep.COMMANDS,
    *importing.COMMANDS,
    *vectors.COMMANDS,
    *matching.COMMANDS,
    *benchmark.COMMANDS,
    *books.COMMANDS,
):
    main.add_command(command)
