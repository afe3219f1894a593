"""Labels and keys in files: CSV, packed by gzip or not."""

import csv
import gzip
import io
import zlib
from collections.abc import Sequence
from pathlib import Path

from marketplace.errors import Refused
from marketplace.quality.labels import Labels, canonical
from marketplace.words import say

GZIP = b"\x1f\x8b"


def read_labels(path: Path) -> Labels:
    """Return the answers of a file with the columns task, worker and label, in whatever order, among others.

    Raises Refused, naming file and line, for what cannot be read.
    """
    rows = _rows(path, ("task", "worker", "label"))
    return Labels.of([(task, worker, label) for task, worker, label in rows])


def read_key(path: Path) -> dict[str, str]:
    """Return what is true of each task of a file with the columns task and truth; raises Refused as above.

    A task that is named twice must be told the same twice.
    """
    key: dict[str, str] = {}
    for task, truth in _rows(path, ("task", "truth")):
        told = canonical(truth)
        if key.setdefault(task, told) != told:
            raise Refused(say("%(file)s tells two truths of task “%(task)s”.", file=path, task=task))
    return key


def _rows(path: Path, columns: Sequence[str]) -> list[tuple[str, ...]]:
    reader = csv.reader(io.StringIO(_text(path), newline=""), strict=True)
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        if lacking := [name for name in columns if name not in header]:
            first = ", ".join(header) or "nothing"
            raise Refused(
                say(
                    "%(file)s lacks the column %(name)s; its first line is: %(first)s",
                    file=path,
                    name=lacking[0],
                    first=first[:200],
                )
            )
        places = [header.index(name) for name in columns]
        rows = []
        for row in reader:
            if not row:
                continue
            if len(row) <= max(places) or not all(row[at].strip() for at in places):
                raise Refused(say("%(file)s, line %(line)s: a value is missing.", file=path, line=reader.line_num))
            rows.append(tuple(row[at].strip() for at in places))
    except csv.Error as error:
        raise Refused(
            say("%(file)s, line %(line)s: %(error)s.", file=path, line=reader.line_num, error=error)
        ) from None
    if not rows:
        raise Refused(say("%(file)s holds no line below its header.", file=path))
    return rows


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
        if content.startswith(GZIP):
            content = gzip.decompress(content)
        return content.decode("utf-8-sig")
    except (OSError, EOFError, zlib.error) as error:
        raise Refused(
            say("%(file)s cannot be read: %(error)s", file=path, error=getattr(error, "strerror", None) or error)
        ) from None
    except UnicodeDecodeError:
        raise Refused(say("%(file)s is not in UTF-8.", file=path)) from None
