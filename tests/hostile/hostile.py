"""What a hostile file is: a name, bytes, and the ends that it may come to."""

from collections.abc import Callable
from dataclasses import dataclass

AT_THE_DOOR, REFUSED, READ = "refused at the door", "refused after reading", "read"
ANY = frozenset({AT_THE_DOOR, REFUSED, READ})


@dataclass(frozen=True, slots=True)
class Hostile:
    """One hostile upload.  *kind*: of which kind it is; *what*: what is wrong with it, in words of its own.

    *ends*: how it may end.  *unsaid*: words that no answer may hold, because the file has no right to them.
    """

    kind: str
    what: str
    filename: str | bytes
    made: Callable[[], bytes]
    ends: frozenset[str] = ANY
    unsaid: str = ""

    def __str__(self) -> str:
        return f"{self.kind}: {self.what}"


def just(content: bytes) -> Callable[[], bytes]:
    """Return a maker of bytes that are made already."""
    return lambda: content
