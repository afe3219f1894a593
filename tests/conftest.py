"""What every test may ask for: the real servers, a migrated database of its own, the app, clients, a fake embedder."""

import contextvars
import os
import shutil
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.globals import _cv_app, _cv_request
from flask.testing import FlaskClient
from flask_migrate import upgrade

from marketplace.accounts.models import Account
from marketplace.app import create_app
from marketplace.config import Config
from marketplace.db import db
from marketplace.mail import OutgoingMail
from marketplace.services import Services, addresses, stop
from marketplace.services.places import locked
from marketplace.tasks import embedder
from tests import build
from tests.fakes import FakeEmbedder

CHEAP_PASSWORDS = {"argon2__time_cost": 1, "argon2__memory_cost": 64, "argon2__parallelism": 1}
TEST_SETTINGS: dict[str, Any] = {
    "TESTING": True,
    "WTF_CSRF_ENABLED": False,
    "SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS": CHEAP_PASSWORDS,
}
TEMPLATE = "fairmatch_template"


# What takes longest comes first, so that no worker is left with it alone at the end.
LONGEST = (
    "journeys",
    "hostile",
    "tasks/test_processes",
    "fuzzing",
    "guards/test_access",
    "profiles/test_importing",
    "spaces",
    "services",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first, and leave all others in their order."""
    items.sort(key=lambda item: not any(f"tests/{name}" in item.nodeid for name in LONGEST))


class OutsideClient(FlaskClient):
    """A client whose requests do not inherit the test's own application context."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        """Send a request from a context of its own; the told time goes with it."""

        # A streamed answer is read where it is made.
        kwargs.setdefault("buffered", True)

        def go() -> Any:
            _cv_app.set(None)  # type: ignore[arg-type]
            _cv_request.set(None)  # type: ignore[arg-type]
            return super(OutsideClient, self).open(*args, **kwargs)

        return contextvars.copy_context().run(go)


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that all processes of this test run share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base


@pytest.fixture(scope="session")
def test_config(shared_folder: Path, worker_id: str) -> Iterator[Config]:
    """Settings that share one embedded PostgreSQL and Valkey among the processes of the run."""
    # not inside pytest's private folder: as root PostgreSQL runs as another user, who cannot enter that
    folder = Path(tempfile.gettempdir()) / f"fairmatch-tests-{zlib.crc32(str(shared_folder).encode()):08x}"
    folder.mkdir(mode=0o755, exist_ok=True)
    payer = {"PAYOUT_DEBTOR_NAME": "Fairmatch GmbH", "PAYOUT_DEBTOR_IBAN": "DE02120300000000202051"}
    env = {"DATA_DIR": str(folder), "DEMO": "no", "PUBLIC_URL": "http://localhost:8000", "REQUESTS_PER_MINUTE": "0"}
    config = Config.from_environment(env | payer)
    users = folder / "users"
    with locked(folder / "users.lock"):
        users.write_text(str(int(users.read_text() if users.exists() else 0) + 1))
        _make_template(config)
    yield config
    with locked(folder / "users.lock"):
        left = int(users.read_text()) - 1
        users.write_text(str(left))
        if left == 0:
            stop(config)
            shutil.rmtree(folder, ignore_errors=True)


def _make_template(config: Config) -> None:
    services = addresses(config)
    with _server(services).connect() as connection:
        if connection.scalar(sa.text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": TEMPLATE}):
            return
    app = create_app(config, services, TEST_SETTINGS)
    with app.app_context():
        upgrade(directory=app.extensions["migrate"].directory)
        db.engine.dispose()
    with _server(services).connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {TEMPLATE} TEMPLATE fairmatch"))


def _server(services: Services) -> sa.Engine:
    url = sa.make_url(services.migration_database_url).set(database="postgres")
    return sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)


@pytest.fixture(scope="session")
def services_here(test_config: Config, worker_id: str) -> Services:
    """The servers, with a fresh database for this process."""
    services = addresses(test_config)
    name = f"fairmatch_{worker_id}"
    with _server(services).connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        connection.execute(sa.text(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}"))
    return replace(
        services,
        database_url=_with_database(services.database_url, name),
        migration_database_url=_with_database(services.migration_database_url, name),
    )


def _with_database(url: str, name: str) -> str:
    return sa.make_url(url).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def whole_app(test_config: Config, services_here: Services, shared_folder: Path, worker_id: str) -> Iterator[Flask]:
    """The app of this process, with files and outbox of its own."""
    config = replace(test_config, data_dir=shared_folder / f"data_{worker_id}")
    config.data_dir.mkdir(exist_ok=True)
    app = create_app(config, services_here, TEST_SETTINGS)
    app.test_client_class = OutsideClient
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def app(whole_app: Flask) -> Iterator[Flask]:
    """The app inside its context, on an empty database; the embedder is a fake."""
    embedder.use(FakeEmbedder)
    with whole_app.app_context():
        yield whole_app
        db.session.remove()
    embedder.use(None)
    empty(whole_app)


def _owner(app: Flask) -> sa.Engine:
    url = app.extensions["fairmatch_services"].migration_database_url
    return sa.create_engine(url, poolclass=sa.NullPool)


@pytest.fixture
def owner(app: Flask) -> sa.Engine:
    """Connections as the owner of the tables, who may do what the app may not."""
    return _owner(app)


def empty(app: Flask) -> None:
    """Empty every table but the roles, whatever guards stand before them."""
    tables = sa.text(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT IN ('role', 'alembic_version')"
    )
    with _owner(app).begin() as connection:
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        for name in connection.scalars(tables).all():
            connection.execute(sa.text(f'DELETE FROM "{name}"'))


@pytest.fixture
def app_with(app: Flask) -> Iterator[Callable[..., Flask]]:
    """Give the product with other settings, on the same servers; its connections are closed at the end."""
    made: list[Flask] = []

    def make(**settings: Any) -> Flask:
        config = replace(app.config["FAIRMATCH"], **settings)
        made.append(create_app(config, app.extensions["fairmatch_services"], TEST_SETTINGS))
        made[-1].test_client_class = OutsideClient
        return made[-1]

    yield make
    for one in made:
        with one.app_context():
            db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser in which nobody is signed in."""
    return app.test_client()


@pytest.fixture
def client_of(app: Flask) -> Callable[[Account], FlaskClient]:
    """Give a browser in which somebody is signed in; commits what the test has built so far."""

    def sign_in(account: Account) -> FlaskClient:
        db.session.commit()
        browser = app.test_client()
        with browser.session_transaction() as session:
            session["_user_id"] = account.fs_uniquifier
            session["_fresh"] = True
        return browser

    return sign_in


@pytest.fixture
def api_of(app: Flask) -> Callable[[Account], FlaskClient]:
    """Give a client that sends a bearer token of somebody with every scope."""

    def with_token(account: Account) -> FlaskClient:
        token = build.token(account)
        db.session.commit()
        browser = app.test_client()
        browser.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        return browser

    return with_token


@pytest.fixture
def counted_queries(app: Flask) -> Callable[[], AbstractContextManager[Callable[[], int]]]:
    """Give a context that counts the statements sent inside it."""

    @contextmanager
    def counting() -> Iterator[Callable[[], int]]:
        sent: list[str] = []

        def note(*args: Any) -> None:
            sent.append(args[2])

        sa.event.listen(db.engine, "before_cursor_execute", note)
        try:
            yield lambda: len(sent)
        finally:
            sa.event.remove(db.engine, "before_cursor_execute", note)

    return counting


@pytest.fixture
def outbox(app: Flask) -> Callable[[], list[OutgoingMail]]:
    """Give the mails written so far, oldest first."""
    return lambda: list(db.session.scalars(sa.select(OutgoingMail).order_by(OutgoingMail.id)))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of outside data; tests that want it are skipped where it is not."""
    default = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
    folder = Path(os.environ.get("FAIRMATCH_SHARED_DATA", default))
    if not folder.is_dir():
        pytest.skip("the shared data folder is not here")
    return folder


@pytest.fixture(scope="session")
def worker_id(request: pytest.FixtureRequest) -> str:
    """The name of this process among those of the run."""
    return str(getattr(request.config, "workerinput", {}).get("workerid", "main"))
