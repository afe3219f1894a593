"""What an import is given: a folder of files, a table, or both, as one list of inputs."""

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from marketplace.errors import Refused

if TYPE_CHECKING:
    from marketplace.profiles.importing import Incoming

MANIFEST = "manifest.csv"
COLUMNS = frozenset({"file", "text", "id", "email", "name", "country", "time_zone"})
OWNER = ("email", "name", "country", "time_zone")
# Far above what a résumé may have, so that a film in the folder is not read into memory.
MOST_BYTES = 20 * 1024 * 1024
LONGEST_FIELD = 10_000_000


@dataclass(frozen=True, slots=True)
class Input:
    """One input by the *label* it is spoken of; *read* gives it whole and raises Refused or OSError."""

    label: str
    read: "Callable[[], Incoming]"


def inputs_of(path: Path) -> list[Input]:
    """Return the inputs of a folder, a CSV or a single file, in the order of their names or rows.

    Raises Refused when the table is none.
    """
    if path.is_dir():
        return _of_folder(path)
    return _of_table(path) if path.suffix.lower() == ".csv" else [_of_file(path, path.name, {})]


def _of_folder(folder: Path) -> list[Input]:
    """Return the rows of the folder's table and then every file that it does not name; hidden files are none."""
    table = folder / MANIFEST
    rows = _of_table(table) if table.is_file() else []
    named = {file.resolve() for file in _files_in(table)} if table.is_file() else set()
    files = [file for file in _walk(folder) if file != table and file.resolve() not in named]
    return [*rows, *(_of_file(file, str(file.relative_to(folder)), {}) for file in files)]


def _walk(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _walk(path)
        elif not path.is_dir():
            yield path


def _of_table(table: Path) -> list[Input]:
    return [_of_row(table, number, row) for number, row in _rows(table)]


def _files_in(table: Path) -> Iterator[Path]:
    for _, row in _rows(table):
        if name := (row.get("file") or "").strip():
            yield table.parent / name


def _rows(table: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the rows of a CSV with their numbers, headings being row 1; raises Refused."""
    csv.field_size_limit(LONGEST_FIELD)
    try:
        with table.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            headings = {(name or "").strip().lower() for name in reader.fieldnames or ()}
            if not headings & {"file", "text"}:
                raise Refused(f"{table} has no column “file” or “text”; it may have {', '.join(sorted(COLUMNS))}.")
            for number, row in enumerate(reader, start=2):
                yield number, {(name or "").strip().lower(): value for name, value in row.items() if value}
    except (UnicodeDecodeError, csv.Error) as error:
        raise Refused(f"{table} is no CSV in UTF-8: {error}") from None


def _of_row(table: Path, number: int, row: Mapping[str, str]) -> Input:
    owner = {name: row[name] for name in OWNER if name in row}
    label = f"row {number}" + (f" ({row['id'].strip()[:60]})" if "id" in row else "")
    if name := row.get("file", "").strip():
        return _of_file(table.parent / name, f"{label}, {name}", owner)
    return Input(label, lambda: _incoming("resume.txt", row.get("text", "").encode(), owner))


def _of_file(file: Path, label: str, owner: Mapping[str, str]) -> Input:
    """Return the input of a file; its name tells the address where nothing else does."""
    named = {"email": file.stem} if "@" in file.stem and " " not in file.stem else {}

    def read() -> "Incoming":
        if not file.is_file():
            raise Refused("There is no such file." if not file.exists() else "This is not a file.")
        if file.stat().st_size > MOST_BYTES:
            raise Refused(f"The file has more than {MOST_BYTES // 2**20} MiB.")
        return _incoming(file.name, file.read_bytes(), {**named, **owner})

    return Input(label, read)


def _incoming(filename: str, content: bytes, owner: Mapping[str, str]) -> "Incoming":
    from marketplace.profiles.importing import Incoming

    return Incoming(filename, content, **owner)
