"""The command that proves a match run."""

import sys

import click
from rich.console import Console
from rich.table import Table

from marketplace.cli import settings


@click.command()
@click.argument("run_id", type=click.IntRange(min=1), metavar="RUN")
def replay(run_id: int) -> None:
    """Compute match run number RUN anew, from everybody's facts as they were, and compare it bit for bit."""
    from marketplace.app import create_app
    from marketplace.errors import Missing
    from marketplace.matches import replaying

    with create_app(settings.read()).app_context():
        try:
            found = replaying.replay(run_id)
        except Missing:
            raise click.ClickException(f"There is no match run {run_id}.") from None
        table = Table("Rank", "Profile", "Score then", "Score now")
        for rank, (profile_id, then, now) in enumerate(found.order, start=1):
            table.add_row(str(rank), str(profile_id), repr(then), "–" if now is None else repr(now))
        Console().print(table)
        run = found.run
        click.echo(f"Run {run.id}: {run.considered} considered, {run.eligible} passed every gate, {run.scored} ranked.")
        for difference in found.differences:
            click.echo(difference)
        if found.differences:
            sys.exit(1)
        click.echo("The same people, the same gates, the same order and scores, bit for bit.")


COMMANDS = (replay,)
