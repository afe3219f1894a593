"""The commands that rank people and make labels from files, exactly as for managers, and say how good that is."""

import json
import os
from collections.abc import Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from marketplace.config import Config
from marketplace.errors import Refused

if TYPE_CHECKING:
    from matching.evaluation.cores import Begin, Tell

BENCHMARKS = Path("../shared/data/benchmarks")

a_file = click.Path(path_type=Path)
cache_option = click.option("--cache", type=a_file, help="A folder that keeps vectors, so that a repeat is quick.")


class Unusable(click.ClickException):
    """What was given cannot be used."""

    exit_code = 2


@click.group()
def benchmark() -> None:
    """Say how good the matching and the labels are, on files."""


@benchmark.command()
@click.option("--queries", type=a_file, required=True, help="JSON lines with `id`, `text` and maybe `title`.")
@click.option("--documents", type=a_file, required=True, help="The same; résumés, or titles and labels.")
@click.option("--out", type=a_file, required=True, help="Where the run is written.")
@cache_option
def rank(queries: Path, documents: Path, out: Path, cache: Path | None) -> None:
    """Rank all documents for each query exactly as people are ranked for managers.

    Each line of the run is query, document and score, parted by tabs, best first.  Files may be packed by gzip.  The
    same files give the same bytes.
    """
    from matching.evaluation.cores import Cores
    from matching.evaluation.files import read_entries, written_whole
    from matching.evaluation.rankings import Collection, run_lines

    config = _config()
    with _said_plainly():
        asked, offered = read_entries(queries), read_entries(documents)
        with written_whole(out) as run, _bars() as begin:
            with Cores(config.model_processes, cache, begin) as cores:
                collection = Collection.of(asked, offered, cores, config.embedding_model)
            tell = begin("Ranking", len(asked))
            for lines in run_lines(asked, offered, collection):
                run.writelines(lines)
                tell(1)
    click.echo(f"{len(offered):,} documents for {len(asked):,} queries, ranked in {out}.", err=True)


@benchmark.command()
@click.option("--folder", type=a_file, default=BENCHMARKS, show_default=True, help="A folder of benchmarks.")
@click.option("--out", type=a_file, help="Write the figures there as JSON too.")
@cache_option
def report(folder: Path, out: Path | None, cache: Path | None) -> None:
    """Measure the matching on every benchmark of a folder, beside plain baselines, and print one table.

    A benchmark is a folder with queries, documents (.jsonl or .jsonl.gz) and qrels.tsv: query, document, relevance.
    """
    from matching.evaluation import report as reporting
    from matching.evaluation.benchmarks import benchmarks_in, measure
    from matching.evaluation.cores import Cores

    config = _config()
    with _said_plainly():
        found = benchmarks_in(folder)
        with _written(out) as file, _bars() as begin, Cores(config.model_processes, cache, begin) as cores:
            results = [measure(one, cores, config.embedding_model, begin) for one in found]
            space = cores.space(config.embedding_model)
            if file:
                figures = {
                    "model": space.model,
                    "sha256": space.sha256,
                    "benchmarks": [one.to_spec() for one in results],
                }
                file.write(json.dumps(figures, indent=1) + "\n")
    console = Console(width=max(Console().width, reporting.WIDTH), highlight=False)
    console.print(reporting.table_of(results))
    for verdict in reporting.verdicts(results):
        console.print(verdict, soft_wrap=True, markup=False)


@benchmark.command()
@click.option("--labels", "answers", type=a_file, required=True, help="CSV with the columns task, worker and label.")
@click.option("--truth", type=a_file, required=True, help="CSV with the columns task and truth.")
@click.option("--numeric", is_flag=True, help="Labels are numbers: Pearson and mean absolute error, not accuracy.")
@click.option("--out", type=a_file, help="Write the labels that managers would get there as CSV.")
def aggregate(answers: Path, truth: Path, out: Path | None, *, numeric: bool) -> None:
    """Make one label of many for each task, exactly as for managers, and say how often that is right.

    Every method is measured; the one marked * serves managers.  Both files may be packed by gzip.
    """
    from marketplace.quality import files
    from marketplace.quality.benchmark import measure
    from marketplace.quality.telling import lines_of, table_of

    with _said_plainly(), _bars() as begin:
        labels = files.read_labels(answers)
        report = measure(labels, files.read_key(truth), numeric=numeric, begin=begin)
        with _written(out) as file:
            if file:
                file.writelines(lines_of(labels, numeric=numeric))
    for line in table_of(report, numeric=numeric):
        click.echo(line)


def _written(out: Path | None) -> AbstractContextManager[TextIO | None]:
    from matching.evaluation.files import written_whole

    return written_whole(out) if out else nullcontext()


def _config() -> Config:
    """Return the settings; none of them needs a server, a secret or a folder here, so nothing is made."""
    try:
        return Config.from_environment({**os.environ, "SECRET_KEY": "not needed"})
    except ValueError as error:
        raise Unusable(str(error)) from None


@contextmanager
def _said_plainly() -> Iterator[None]:
    """Turn what may be expected to fail into one line."""
    from matching.evaluation.files import BadInput

    try:
        yield
    except (BadInput, Refused) as error:
        raise Unusable(str(error)) from None
    except BrokenProcessPool:
        raise click.ClickException("A process that embeds was killed, perhaps for want of memory.") from None


@contextmanager
def _bars() -> "Iterator[Begin]":
    """Give what shows a bar, on standard error, for each thing that takes long."""
    left = TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn()
    with Progress(
        TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), *left, console=Console(stderr=True)
    ) as bars:

        def begin(what: str, total: int) -> "Tell":
            line = bars.add_task(what, total=total, visible=total > 0)
            return lambda done: bars.advance(line, done)

        yield begin


COMMANDS = (benchmark,)
