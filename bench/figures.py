"""A figure that was measured, beside its reference of the same run."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table.

    *value* in *unit*; *reference*: what it is compared with, in words with its own value; *ratio*: the comparison that
    counts, None where the value itself does; *target*: what is wanted, in words; *met*: None where nothing is wanted.
    """

    name: str
    value: float
    unit: str
    reference: str = ""
    ratio: float | None = None
    target: str = ""
    met: bool | None = None

    def spec(self) -> dict[str, Any]:
        """Return the figure as plain JSON."""
        return asdict(self)

    @classmethod
    def from_spec(cls, spec: dict[str, Any]) -> Self:
        """Return the figure that :meth:`spec` wrote."""
        found: dict[str, Any] = {name: spec[name] for name in cls.__slots__ if spec.get(name) is not None}
        return cls(**found)

    def cells(self) -> tuple[str, ...]:
        """Return the cells of its row."""
        ratio = "" if self.ratio is None else f"{self.ratio:.3g} ×"
        met = {True: "yes", False: "no", None: ""}[self.met]
        return self.name, f"{self.value:.4g} {self.unit}".strip(), self.reference, ratio, self.target, met


def write(figures: Sequence[Figure], out: Path) -> None:
    """Write *figures* to a JSON file."""
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps([figure.spec() for figure in figures], indent=1) + "\n")


def read(path: Path) -> list[Figure]:
    """Return the figures of a JSON file; none where it is not there."""
    return [Figure.from_spec(spec) for spec in json.loads(path.read_text())] if path.exists() else []
