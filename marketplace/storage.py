"""Uploaded files: kept whole or not at all, fetched by their key. Which key belongs to whom, the features know."""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from flask import current_app
from obstore.store import LocalStore

from marketplace.config import Config
from marketplace.errors import Missing

# Names of one or more characters between slashes; none begins with a dot, so none leads out of the folder.
KEY = re.compile(r"[a-z0-9_-][a-z0-9_.-]*(/[a-z0-9_-][a-z0-9_.-]*)*")
LONGEST_KEY = 200


def keep(key: str, content: bytes) -> None:
    """Keep *content* under *key* such as ``resumes/17/original.pdf``; what was there before is replaced.

    A reader, or a process that dies here, leaves or sees the old file or the new one, never a part.
    Raises ValueError for a key that is not of that form.
    """
    _store().put(_checked(key), content)


def fetch(key: str) -> bytes:
    """Return what is kept under *key*; raises Missing when there is nothing."""
    return fetcher()(key)


def fetcher() -> Callable[[str], bytes]:
    """Return :func:`fetch` for when the request is over, as while an answer is still being sent."""
    store = _store()

    def fetch_from_store(key: str) -> bytes:
        try:
            return bytes(store.get(_checked(key)).bytes())
        except FileNotFoundError:
            raise Missing from None

    return fetch_from_store


def drop(key: str) -> None:
    """Forget what is kept under *key*, if anything is."""
    try:
        _store().delete(_checked(key))
    except FileNotFoundError:
        return


def drop_all(prefix: str) -> int:
    """Forget everything that is kept under *prefix*, such as ``resumes/17``; return how many files that were."""
    store = _store()
    found = [str(file["path"]) for files in store.list(f"{_checked(prefix)}/") for file in files]
    for key in found:
        drop(key)
    return len(found)


def _checked(key: str) -> str:
    if len(key) > LONGEST_KEY or KEY.fullmatch(key) is None:
        raise ValueError(f"not a storage key: {key[:LONGEST_KEY]!r}")
    return key


def _store() -> LocalStore:
    config: Config = current_app.config["FAIRMATCH"]
    return _local_store(str(config.data_dir / "files"))


@cache
def _local_store(folder: str) -> LocalStore:
    Path(folder).mkdir(mode=0o700, parents=True, exist_ok=True)  # mkdir=True would let every local user read résumés
    return LocalStore(folder)
