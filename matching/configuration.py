"""What the ranking is set to, and the mark by which a change of it is noticed."""

import hashlib
from functools import cache
from pathlib import Path

from matching import weights
from matching.documents import DATA


def values() -> dict[str, float]:
    """Return the numbers of `weights` by name."""
    named = {name: value for name, value in vars(weights).items() if name.isupper()}
    return {name: value for name, value in named.items() if isinstance(value, int | float)}


@cache
def mark() -> str:
    """Return the sha256 over `weights` and the data files, hex; as they were when this process first asked."""
    digest = hashlib.sha256()
    for path in (Path(weights.__file__), *sorted(path for path in DATA.iterdir() if path.is_file())):
        digest.update(f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()
