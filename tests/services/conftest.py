"""Data folders with real servers that are stopped afterwards."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from marketplace.services import postgres, valkey

Eventually = Callable[[Callable[[], object]], None]


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """An empty data folder; what was started on it is stopped."""
    yield from _data_dir()


@pytest.fixture(scope="module")
def shared_dir() -> Iterator[Path]:
    """A data folder that the tests of one file share."""
    yield from _data_dir()


def _data_dir() -> Iterator[Path]:
    # Not pytest's private folder, which the user that root's PostgreSQL runs as cannot enter.
    folder = Path(tempfile.mkdtemp(prefix="fairmatch-"))
    folder.chmod(0o711)
    yield folder
    valkey.stop(folder)
    postgres.stop(folder)
    shutil.rmtree(folder)


@pytest.fixture
def eventually() -> Eventually:
    """Wait until something is so; fail when it is not after half a minute."""

    def wait(is_so: Callable[[], object]) -> None:
        until = time.monotonic() + 30
        while not is_so():
            assert time.monotonic() < until, "it did not come true within half a minute"
            time.sleep(0.05)

    return wait
