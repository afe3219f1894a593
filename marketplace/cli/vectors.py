"""The command that shows the vector spaces, and a change of the model on its way."""

import time
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from marketplace.cli import settings

if TYPE_CHECKING:
    from marketplace.spaces.queries import SpaceView

LOOK_SECONDS = 1.0


@click.command()
@click.option("--wait", is_flag=True, help="Stay until the change of the model is over, with a progress bar.")
@click.option("--drop", type=int, metavar="ID", help="Delete the vectors of a retired space to get the room back.")
def spaces(wait: bool, drop: int | None) -> None:
    """Show the vector spaces: one for each model that texts were ever compared by, and how far a new one is."""
    from marketplace.app import create_app
    from marketplace.db import db
    from marketplace.spaces import actions, queries
    from marketplace.web import commit

    with create_app(settings.read()).app_context():
        if drop is not None:
            count = actions.drop(drop)
            commit()
            click.echo(
                f"{count:,} vectors of space {drop} are deleted; matches made in it cannot be replayed any more."
            )
        if wait:
            _watch()
        db.session.rollback()
        _show(queries.views())


def _watch() -> None:
    """Show how far the space that is being built is, until none is."""
    from marketplace.db import db
    from marketplace.profiles.rules import SpaceState
    from marketplace.spaces import queries

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[left]}")
    with Progress(*columns) as bar:
        line = bar.add_task("Embedding anew", total=None, left="")
        while view := next((one for one in queries.views() if one.state is SpaceState.BUILDING), None):
            if view.progress:
                left = view.progress.in_words.partition(", ")[2] or "time left not known yet"
                given_up = f"; {view.stuck} tasks gave up, see the system page" if view.stuck else ""
                bar.update(line, total=view.progress.total, completed=view.progress.done, left=left + given_up)
            db.session.rollback()
            time.sleep(LOOK_SECONDS)


def _show(views: "list[SpaceView]") -> None:
    table = Table()
    for heading in ("space", "model", "weights", "width", "state", "progress"):
        table.add_column(heading, justify="right" if heading in {"space", "width"} else "left")
    for view in views:
        progress = view.progress.in_words if view.progress else ""
        table.add_row(str(view.id), view.model, view.sha256[:12], str(view.dimension), str(view.state), progress)
    Console().print(table if views else "No text has been embedded yet.")


COMMANDS = (spaces,)
