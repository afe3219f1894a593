"""PostgreSQL and Valkey: the embedded ones, started when nothing answers, or those the settings name."""

from dataclasses import dataclass

from marketplace.config import Config
from marketplace.services import postgres, valkey
from marketplace.services.places import ServiceError

__all__ = ["ServiceError", "Services", "addresses", "stop"]


@dataclass(frozen=True, slots=True)
class Services:
    """Where the servers are.

    *database_url* is the application's, *migration_database_url* that of the role that owns the tables; both in
    SQLAlchemy's form.  *redis_url* is what `valkey.connection` understands.
    """

    database_url: str
    migration_database_url: str
    redis_url: str


def addresses(config: Config) -> Services:
    """Return where the servers of *config* are, starting embedded ones where no address is set.

    Raises ServiceError, its text for the person at the terminal.
    """
    if config.database_url:
        app = postgres.sqlalchemy_url(config.database_url)
        owner = postgres.sqlalchemy_url(config.migration_database_url or config.database_url)
    else:
        found = postgres.start(config.data_dir)
        app, owner = found.app, found.owner
    if config.redis_url:
        valkey.connection(config.redis_url).close()  # refuses an address that is none, before anything relies on it
    return Services(app, owner, config.redis_url or valkey.start(config.data_dir))


def stop(config: Config) -> list[str]:
    """Stop the embedded servers of *config* and return the names of those that ran."""
    stopped = []
    if not config.redis_url and valkey.stop(config.data_dir):
        stopped.append("Valkey")
    if not config.database_url and postgres.stop(config.data_dir):
        stopped.append("PostgreSQL")
    return stopped
