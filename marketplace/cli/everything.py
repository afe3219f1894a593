"""Commands for the whole: servers, migrations, relay, workers and web server, up or down together."""

import http.client
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import click

from marketplace import services
from marketplace.cli import settings
from marketplace.config import Config
from marketplace.services import ServiceError, Services, places, postgres, supervisor, tether, valkey
from marketplace.services.supervisor import Child, Server, Stopped, Supervisor

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-m", "marketplace.cli")

READY_SECONDS = 120
# So many quick deaths of the web server before it has answered once mean that it cannot start.
HOPELESS = 3
LONGEST_LOG = 5_000_000


@click.command()
def run() -> None:
    """Run everything for a look around: servers, migrations, demo world, workers, web server."""
    config = settings.read()
    with _everything(config, logs=_log_dir(config)) as (whole, env):
        _wait_until_ready(whole, config)
        if config.demo:
            _fill_demo_world(whole, env)
        click.echo(f"Fairmatch is at {config.public_url}")
        while True:
            whole.turn()


@click.command()
def up() -> None:
    """Run everything in production: no demo world, and not with unsafe settings."""
    config = settings.read(PRODUCTION="yes")
    if faults := list(settings.unsafe(config, os.environ)):
        raise click.ClickException("these settings are unsafe:\n" + "\n".join(f"  {fault}" for fault in faults))
    for doubt in settings.doubtful(config):
        _say(f"Note: {doubt}")
    with _everything(config, logs=None) as (whole, _):
        _wait_until_ready(whole, config)
        click.echo(f"Fairmatch is at {config.public_url}")
        while True:
            whole.turn()


@click.command()
def stop() -> None:
    """Stop everything that runs on DATA_DIR."""
    config = settings.read()
    if pid := supervisor.running(config.data_dir):
        os.kill(pid, signal.SIGTERM)
        until = time.monotonic() + 60
        while supervisor.running(config.data_dir) and time.monotonic() < until:
            time.sleep(0.1)
        click.echo("Fairmatch has stopped.")
    for name in services.stop(config):
        click.echo(f"{name} has stopped.")


@contextmanager
def _everything(config: Config, logs: Path | None) -> Iterator[tuple[Supervisor, dict[str, str]]]:
    """Run everything while the block runs; a signal to end leaves the block, and all of it is stopped."""
    supervisor.heed_signals()
    _refuse_taken_port(config)
    with supervisor.only_one(config.data_dir):
        whole = None
        try:
            found = _find_servers(config)
            env = settings.for_children(config, found)
            _migrate(env, found)
            _say("Starting relay, workers and web server …")
            whole = Supervisor(_children(config, env, logs), list(_servers(config, found)), _say)
            whole.start()
            yield whole, env
        except Stopped:
            _say("Stopping …")
        finally:
            if whole:
                whole.stop()
            services.stop(config)


def _find_servers(config: Config) -> Services:
    """Return where the servers are, started if they are ours; without Valkey the work only waits, so it may be away."""
    ours = [name for name, url in (("PostgreSQL", config.database_url), ("Valkey", config.redis_url)) if not url]
    if ours:
        _say(f"Starting {' and '.join(ours)} …")
    found = services.addresses(config)
    if not postgres.answers(found.migration_database_url):
        raise ServiceError("No PostgreSQL that accepts writes lets us in at DATABASE_URL or MIGRATION_DATABASE_URL.")
    return found


def _children(config: Config, env: dict[str, str], logs: Path | None) -> list[Child]:
    # One core each, and one process for each core: that embeds faster than the threads of one process.
    models = {f"worker-model-{number}": ("worker", "model") for number in range(1, config.model_processes + 1)}
    parts = {"web": ("web",), "worker-general": ("worker", "general"), **models}
    parts |= {"worker-outside": ("worker", "outside"), "relay": ("relay",)}
    return [
        Child(
            name,
            (*COMMAND, *words),
            env={**env, tether.MARK: "yes" if name == "web" else "no"},
            cwd=ROOT,
            log=_fresh_log(logs / f"{name}.log") if logs else None,
        )
        for name, words in parts.items()
    ]


def _servers(config: Config, found: Services) -> Iterator[Server]:
    """Yield the servers to watch; those that others run are watched too, but not started."""
    yield Server(
        "PostgreSQL",
        lambda: postgres.answers(found.database_url),
        None if config.database_url else lambda: postgres.start(config.data_dir),
    )
    yield Server(
        "Valkey",
        lambda: valkey.answers(found.redis_url),
        None if config.redis_url else lambda: valkey.start(config.data_dir),
    )


def _migrate(env: dict[str, str], found: Services) -> None:
    _say("Bringing the tables up to date …")
    owner = {"MIGRATION_DATABASE_URL": found.migration_database_url}
    migrating = Child("migrate", (*COMMAND, "migrate", "--quiet"), env={**env, **owner}, cwd=ROOT)
    if _finish(migrating):
        raise ServiceError("The tables could not be brought up to date; see above.")


def _fill_demo_world(whole: Supervisor, env: dict[str, str]) -> None:
    if _finish(Child("demo", (*COMMAND, "demo"), env=env, cwd=ROOT), whole):
        _say("The demo world could not be filled; see above.")


def _finish(child: Child, whole: Supervisor | None = None) -> int:
    """Run *child* once to its end, looking after *whole* meanwhile, and return its exit code."""
    child.start()
    assert child.process is not None
    try:
        while child.process.poll() is None:
            if whole:
                whole.turn()
            else:
                time.sleep(supervisor.POLL_SECONDS)
        return int(child.process.returncode)
    finally:
        child.kill()


def _wait_until_ready(whole: Supervisor, config: Config) -> None:
    web = whole.children[0]
    until = time.monotonic() + READY_SECONDS
    while not _answers(config):
        if web.failures >= HOPELESS or time.monotonic() > until:
            raise ServiceError(f"The web server does not start.\n{places.tail(web.log) if web.log else ''}".strip())
        whole.turn()


def _answers(config: Config) -> bool:
    """Tell whether /healthz says that the web server works."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(config.host, config.host)  # noqa: S104 - not for listening
    with closing(http.client.HTTPConnection(host, config.port, timeout=5)) as asking:
        try:
            asking.request("GET", "/healthz", headers={"Host": urlsplit(config.public_url).netloc})
            return asking.getresponse().status < http.client.BAD_REQUEST
        except (OSError, http.client.HTTPException):
            return False


def _refuse_taken_port(config: Config) -> None:
    """Raise ServiceError, before anything is started, when somebody listens on the port or nobody may."""
    try:
        family, kind, *_, address = socket.getaddrinfo(config.host, config.port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
    except OSError as error:
        if pid := supervisor.running(config.data_dir):
            raise ServiceError(
                f"Fairmatch already runs on {config.data_dir} (process {pid}); `marketplace stop` ends it."
            ) from None
        reason = error.strerror or error
        raise ServiceError(
            f"Cannot listen on {config.host} port {config.port}: {reason}. Set PORT to another."
        ) from None


def _log_dir(config: Config) -> Path:
    folder = config.data_dir / "log"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _fresh_log(path: Path) -> Path:
    """Return *path*, its old content put aside when there is much of it."""
    if path.exists() and path.stat().st_size > LONGEST_LOG:
        path.replace(path.with_suffix(".old.log"))
    return path


def _say(text: str) -> None:
    click.echo(text, err=True)


COMMANDS = (run, up, stop)
