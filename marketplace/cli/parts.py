"""Commands that run one part in the foreground, for whoever spreads the parts over machines."""

import os
import resource
import shutil
import sys
from pathlib import Path

import click

from marketplace.cli import settings
from marketplace.services.places import run_dir

ROOT = Path(__file__).resolve().parents[2]
# So many at once, silent ones too, over all web processes.
CONNECTIONS = 2048


@click.command()
def web() -> None:
    """Run the web server alone."""
    config = settings.read()
    where = ["--host", config.host, "--port", str(config.port)]
    size = ["--workers", str(config.web_processes), "--backlog", str(CONNECTIONS)]
    care = ["--respawn-failed-workers", "--respawn-interval", "1", "--workers-kill-timeout", "5"]
    plain = ["--http", "1", "--no-ws", "--log-level", "warning"]
    options = ["--interface", "rsgi", "--loop", "asyncio", "--working-dir", str(ROOT), *where, *size, *care, *plain]
    os.chdir(ROOT)
    # where the web processes put their counters, so that any of them can tell those of all; begun anew at each start
    counters = run_dir(config.data_dir) / "metrics"
    shutil.rmtree(counters, ignore_errors=True)
    counters.mkdir(mode=0o700)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(counters)
    # Each connection is a file; the usual 1,024 would be fewer than wait here.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    os.execv(sys.executable, [sys.executable, "-m", "granian", *options, "wsgi:served"])  # noqa: S606


@click.command()
@click.argument("queue", type=click.Choice(["general", "model", "outside"]))
def worker(queue: str) -> None:
    """Run one worker for QUEUE; only that for `model` loads the embedding model."""
    from marketplace import worker as marketplace_worker

    marketplace_worker.run(queue)


@click.command()
def relay() -> None:
    """Run one relay, which tells the workers what is due; several may run."""
    from marketplace import worker as marketplace_worker

    marketplace_worker.run_relay()


COMMANDS = (web, worker, relay)
