"""The settings as the commands see them, what is unsafe about them in production, and how child processes get them."""

import os
import stat
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import click

from marketplace.config import Config
from marketplace.services import Services, places

SHORTEST_SECRET = 32


def read(**overrides: str) -> Config:
    """Return the settings of the environment with *overrides*; a ClickException names what makes no sense."""
    env = {**os.environ, **overrides}
    try:
        # Before the secret is made in it, so that the folder is never listable.
        places.make_data_dir(Path(env.get("DATA_DIR", "./var")).expanduser().resolve())
        return Config.from_environment(env)
    except (ValueError, OSError) as error:
        raise click.ClickException(str(error)) from error


def for_children(config: Config, services: Services) -> dict[str, str]:
    """Return the environment that makes a child process use *services*; the role that owns the tables is left out."""
    return {
        "DATA_DIR": str(config.data_dir),
        "DATABASE_URL": services.database_url,
        "MIGRATION_DATABASE_URL": "",
        "REDIS_URL": services.redis_url,
        "PRODUCTION": "yes" if config.production else "no",
        "DEMO": "yes" if config.demo else "no",
    }


def unsafe(config: Config, env: Mapping[str, str]) -> Iterator[str]:
    """Yield what must not be so in production, each with its cure."""
    if config.demo:
        yield "DEMO: the demo world has known passwords; unset DEMO."
    if len(config.secret_key) < SHORTEST_SECRET or len(set(config.secret_key)) < 10:
        yield f"SECRET_KEY: use {SHORTEST_SECRET} random characters or more, or unset it and one is made."
    public = urlsplit(config.public_url)
    if public.scheme != "https" and not _is_loopback(public.hostname or ""):
        yield f"PUBLIC_URL: {config.public_url} is not https; sign-ins would travel readable. Set the https address."
    elif public.scheme != "https" and not _is_loopback(config.host):
        yield f"HOST: {config.host} is open to the network while PUBLIC_URL is not https."
    if not _is_loopback(config.host) and not config.trusted_hosts:
        yield f"TRUSTED_HOSTS: with HOST={config.host} name the hosts that may be asked for."
    mode = stat.S_IMODE(config.data_dir.stat().st_mode)
    if mode & 0o066:
        yield f"DATA_DIR: others may read {config.data_dir} (mode {mode:o}); run `chmod go-rw {config.data_dir}`."
    if _open_valkey(config.redis_url):
        yield "REDIS_URL: a Valkey without a password runs what anybody sends; set one, or use a unix socket."
    if env.get("FLASK_DEBUG", "0").lower() not in {"", "0", "false", "no"}:
        yield "FLASK_DEBUG: the debugger runs code for whoever opens a page; unset it."


def doubtful(config: Config) -> Iterator[str]:
    """Yield what works in production but is rarely meant."""
    if not config.smtp_url:
        yield f"SMTP_URL is not set: mails are only written to {config.data_dir / 'outbox'}."
    if config.database_url and not config.migration_database_url:
        yield "MIGRATION_DATABASE_URL is not set: the application's role owns the tables, and could rewrite the books."
    if os.geteuid() == 0:
        yield "Running as root: an account of its own would be safer."


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _open_valkey(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in {"redis", "rediss", "redis+sentinel"} and ":" not in parts.netloc.rpartition("@")[0]
