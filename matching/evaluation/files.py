"""The files of a benchmark: queries, documents and labels in, a run out; and what a query asks for."""

import gzip
import json
import os
import zlib
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from matching.briefs import Brief
from matching.documents import names_a_job

GZIP = b"\x1f\x8b"
Labels = dict[str, dict[str, float]]


class BadInput(Exception):
    """What was given cannot be used; its text says what and where."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A query or a document."""

    id: str
    text: str
    title: str = ""

    @property
    def whole(self) -> str:
        """The text, its title the first line."""
        return (
            self.text if not self.title or _after(self.title, self.text) is not None else f"{self.title}\n{self.text}"
        )


def brief_of_query(query: Entry) -> Brief:
    """Return what *query* asks for.

    Its title is a title, and its text, without that title at its beginning, the text.  Where there is no title, a text
    that names a job is one; any other is nothing but text.
    """
    if query.title:
        rest = _after(query.title, query.text)
        return Brief(title=query.title, text=query.text.strip() if rest is None else rest)
    if names_a_job(query.text):
        return Brief(title=query.text.strip())
    return Brief(title="", text=query.text)


def _after(title: str, text: str) -> str | None:
    """Return what follows *title* at the beginning of *text*, None where it does not begin with it."""
    bare = text.lstrip()
    rest = bare[len(title) :]
    if not bare.lower().startswith(title.lower()) or (title[-1:].isalnum() and rest[:1].isalnum()):
        return None
    return rest.strip()


def read_entries(path: Path) -> list[Entry]:
    """Return the entries of a file of JSON lines, packed by gzip or not, in their order.

    Raises BadInput, with the line, for whatever is not as it should be.
    """
    entries: list[Entry] = []
    lines: dict[str, int] = {}
    for number, line in _lines(path):
        entry = _entry(f"{path}, line {number}", line)
        if entry.id in lines:
            raise BadInput(f"{path}, line {number}: the id {entry.id!r} stands in line {lines[entry.id]} already.")
        lines[entry.id] = number
        entries.append(entry)
    if not entries:
        raise BadInput(f"{path} is empty.")
    return entries


def read_labels(path: Path) -> Labels:
    """Return the relevance of each labelled document, by query: tab-separated, under a line of headings.

    Raises BadInput, with the line, for whatever is not as it should be.
    """
    labels: Labels = defaultdict(dict)
    for number, line in _lines(path):
        fields = line.rstrip("\r\n").split("\t")
        if number == 1 and fields[-1:] == ["relevance"]:
            continue
        try:
            query_id, document_id, relevance = fields
            labels[query_id][document_id] = float(relevance)
        except ValueError:
            raise BadInput(f"{path}, line {number}: expected query_id, doc_id and a number, parted by tabs.") from None
    return dict(labels)


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines that are not blank, numbered from 1."""
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == GZIP
        with gzip.open(path) if packed else path.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield number, line.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError:
        raise BadInput(f"{path}, line {number}: not UTF-8.") from None
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise BadInput(f"{path} is a damaged gzip file.") from None
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.") from None


def _entry(where: str, line: str) -> Entry:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        raise BadInput(f"{where}: not JSON.") from None
    if not isinstance(row, dict):
        raise BadInput(f"{where}: not a JSON object.")
    for name in ("id", "text"):
        if row.get(name) is None:
            raise BadInput(f"{where}: there is no {name!r}.")
    return Entry(_id(where, row["id"]), _text(where, "text", row["text"]), _title(where, row.get("title")))


def _id(where: str, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise BadInput(f"{where}: 'id' is not a string.")
    name = str(value)
    if not name.strip() or any(sign in name for sign in "\t\r\n") or name != _clean(name):
        raise BadInput(f"{where}: the id {name!r} cannot stand in a table.")
    return name


def _title(where: str, value: Any) -> str:
    return "" if value is None else _text(where, "title", value).strip()


def _text(where: str, name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise BadInput(f"{where}: {name!r} is not a string.")
    return _clean(value)


def _clean(text: str) -> str:
    """Return *text* without halves of characters, which JSON can write and UTF-8 cannot."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


@contextmanager
def written_whole(path: Path) -> Iterator[TextIO]:
    """Give a text file that takes the place of *path* when the block ends well, and leaves nothing when it does not.

    Raises BadInput, at once, where no file can be written.
    """
    target = path.resolve()
    if target.exists() and not target.is_file():
        raise BadInput(f"{path} cannot be written: it is not a file.")
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        file = part.open("x", encoding="utf-8", newline="\n")
    except OSError as error:
        raise BadInput(f"{path} cannot be written: {error.strerror}.") from None
    try:
        with file:
            yield file
        part.replace(target)
    except OSError as error:
        raise BadInput(f"{path} cannot be written: {error.strerror}.") from error
    finally:
        part.unlink(missing_ok=True)
