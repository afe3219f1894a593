"""One ZIP of everything, made piece by piece while it is being sent, so that it need not fit into memory."""

import io
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from marketplace import storage
from marketplace.errors import Missing


class _Outflow(io.RawIOBase):
    """A file that is only written to and gives away what was written since it was last asked."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def taken(self) -> bytes:
        """Return what was written, and forget it."""
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


def packed(about: str, tables: Mapping[str, Any], files: Iterable[tuple[str, str]]) -> Iterator[bytes]:
    """Return a ZIP in pieces: *about* as README.txt, each of *tables* as JSON, each of *files* (name, storage key)."""
    return _pieces(about, tables, files, storage.fetcher())


def _pieces(
    about: str, tables: Mapping[str, Any], files: Iterable[tuple[str, str]], fetch: Callable[[str], bytes]
) -> Iterator[bytes]:
    out = _Outflow()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", about)
        for name, rows in tables.items():
            archive.writestr(f"data/{name}.json", json.dumps(rows, ensure_ascii=False, indent=1) + "\n")
            yield out.taken()
        for name, key in files:
            try:
                archive.writestr(name, fetch(key))
            except Missing:
                archive.writestr(f"{name}.missing.txt", "This file is no longer there.\n")
            yield out.taken()
    yield out.taken()
