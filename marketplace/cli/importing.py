"""The command that moves an existing pool in: a folder or a table of résumés, each taken in, read and embedded."""

import logging
import os
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from marketplace.cli import settings
from marketplace.cli.incoming import Input, inputs_of
from marketplace.errors import Refused

if TYPE_CHECKING:
    from flask import Flask

# Has some of the résumés of these ids read, or waits for it.
Read = Callable[[list[int]], None]

# So many may wait to be read: what people upload meanwhile never waits behind more.
AHEAD = 48
LOOK_SECONDS = 0.2
SAY_SECONDS = 10.0
IMPORTED, KNOWN, REFUSED = "imported", "already there", "refused"


@click.group("import")
def import_() -> None:
    """Move an existing pool in."""


@import_.command()
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--here", is_flag=True, help="Read and embed in this process, not by the workers that run.")
def resumes(path: Path, here: bool) -> None:
    """Take in every résumé of PATH: a folder of PDF, DOCX, ODT and TXT, or a CSV.

    A CSV has a column `file` (path from the CSV) or `text` and, where known, `email`, `name`, `country`, `time_zone`,
    `id`; a folder may hold such a table as manifest.csv, and a file named like ann@example.org.pdf tells its address.
    Everybody gets a draft profile that they claim by confirming the address.  Killed and started again it goes on
    where it was; the same file twice is one.  Ends with 1 when something was refused.
    """
    from marketplace.app import create_app
    from marketplace.worker import use_model

    inputs = inputs_of(path)
    app = create_app(settings.read())
    logging.getLogger().setLevel(logging.ERROR)  # what becomes of each file is told at the end
    use_model(app)
    with app.app_context():
        importer = Importer(app, here=here or not _a_worker_runs())
        importer.run(inputs)
    sys.exit(importer.tell())


def _a_worker_runs() -> bool:
    from marketplace.tasks import queries
    from marketplace.tasks.news import Queue

    return queries.is_served(Queue.MODEL) and queries.is_served("relay")


class Rate(ProgressColumn):
    """How many are done in a second."""

    def render(self, task: Task) -> Text:
        """Return the rate in words."""
        speed = task.finished_speed or task.speed
        return Text(f"{speed:.1f}/s" if speed else "-/s")


@dataclass
class Importer:
    """Takes inputs in, waits until each is read, and keeps count: every input ends as exactly one of three."""

    app: "Flask"
    here: bool
    ended: Counter[str] = field(default_factory=Counter)
    refusals: list[tuple[str, str]] = field(default_factory=list)
    _waiting: dict[int, list[tuple[Input, str]]] = field(default_factory=dict)
    _said: float = field(default_factory=time.monotonic)

    def run(self, inputs: Sequence[Input]) -> None:
        """Take in and read everything, with a progress bar."""
        columns = TextColumn("Reading résumés"), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn()
        with Progress(*columns, console=Console(stderr=True)) as bar, self._reading() as read:
            line = bar.add_task("", total=len(inputs))

            def look() -> None:
                bar.update(line, completed=sum(self.ended.values()))
                self._say_sometimes(bar, len(inputs))

            for one in inputs:
                self._take_in(one)
                while len(self._waiting) >= AHEAD:
                    self._settle(read)
                    look()
                look()
            while self._waiting:
                self._settle(read)
                look()

    def tell(self) -> int:
        """Print what became of everything, the refused with their reasons; return the exit code."""
        console = Console(highlight=False)
        console.print(", ".join(f"{self.ended[word]:,} {word}" for word in (IMPORTED, KNOWN, REFUSED)))
        for label, reason in self.refusals:
            console.print(f"  {label}: {reason}", soft_wrap=True, markup=False)
        return 1 if self.refusals else 0

    def _take_in(self, one: Input) -> None:
        from marketplace.db import db
        from marketplace.profiles.importing import take_in
        from marketplace.web import commit

        try:
            resume, known = take_in(one.read())
            resume_id = resume.id
            commit()
        except (Refused, OSError) as error:
            db.session.rollback()
            self._refuse(one, error.strerror or str(error) if isinstance(error, OSError) else str(error))
            return
        self._waiting.setdefault(resume_id, []).append((one, KNOWN if known else IMPORTED))
        db.session.expunge_all()

    def _settle(self, read: Read) -> None:
        """Have some of what waits read, then take note of everything that is."""
        from marketplace.db import db
        from marketplace.profiles import queries
        from marketplace.profiles.models import Resume
        from marketplace.profiles.rules import Reading

        read(list(self._waiting))
        db.session.rollback()
        for resume_id in list(self._waiting):
            resume = db.session.get_one(Resume, resume_id)
            reading = queries.reading_of(resume)
            if reading not in {Reading.READY, Reading.REFUSED, Reading.STUCK}:
                continue
            for one, word in self._waiting.pop(resume_id):
                if reading is Reading.READY:
                    self.ended[word] += 1
                else:
                    self._refuse(one, resume.refusal or "The machine gave up on it; see the system page.")
        db.session.expunge_all()

    def _refuse(self, one: Input, reason: str) -> None:
        self.ended[REFUSED] += 1
        self.refusals.append((one.label, reason))

    @contextmanager
    def _reading(self) -> Iterator[Read]:
        """Give what has résumés read: the workers, waited for, or this process."""
        if not self.here:
            yield lambda _: time.sleep(LOOK_SECONDS)
            return
        from marketplace import worker
        from marketplace.profiles.queries import reading_key
        from marketplace.services import Services
        from marketplace.tasks.heart import Heart
        from marketplace.tasks.performing import perform
        from marketplace.tasks.queries import find_task

        services: Services = self.app.extensions["fairmatch_services"]
        heart = Heart(services.database_url, f"import-{socket.gethostname()}-{os.getpid()}", "import")
        heart.start()

        def read(resume_ids: list[int]) -> None:
            # The oldest that nobody holds; workers that run may take others meanwhile.
            for resume_id in resume_ids:
                task_id = find_task(reading_key(resume_id))
                if task_id and perform(self.app, task_id, worker.answers(), heart.worker, keep=heart.keep) != "nothing":
                    return
            time.sleep(LOOK_SECONDS)

        try:
            yield read
        finally:
            heart.stop()

    def _say_sometimes(self, bar: Progress, total: int) -> None:
        """Write a line now and then where no bar can be drawn."""
        if not bar.console.is_terminal and time.monotonic() - self._said > SAY_SECONDS:
            self._said = time.monotonic()
            [task] = bar.tasks
            left = f", about {task.time_remaining:.0f} s left" if task.time_remaining else ""
            click.echo(f"{sum(self.ended.values()):,} of {total:,}, {task.speed or 0:.1f}/s{left}", err=True)


COMMANDS = (import_,)
