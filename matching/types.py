"""What matching speaks of: gates, candidates with their facts, and ranked results with their reasons."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.gates import GateNode
from matching.vocabulary import Cefr, DegreeStatus, ExperienceKind, GateOutcome, IscedLevel, Provenance


@dataclass(frozen=True, slots=True)
class LanguageFact:
    """A language somebody states: a BCP 47 tag with the levels written and spoken."""

    tag: str
    written: Cefr
    spoken: Cefr
    native: bool = False
    provenance: Provenance = Provenance.DECLARED


@dataclass(frozen=True, slots=True)
class DegreeFact:
    """A degree somebody states, held or in progress."""

    level: IscedLevel
    status: DegreeStatus
    subject: str = ""
    provenance: Provenance = Provenance.DECLARED


@dataclass(frozen=True, slots=True)
class ExperienceFact:
    """Years of one kind of experience that somebody states."""

    kind: ExperienceKind
    years: int
    provenance: Provenance = Provenance.DECLARED


@dataclass(frozen=True, slots=True)
class Candidate:
    """The facts about one person that gates look at; None and empty mean: not stated.

    *country*: ISO 3166-1 alpha-2.  *min_rate_minor*: the least they work for an hour, in minor units of *currency*
    (ISO 4217).  *weekly_minutes*: the time they offer a week.
    """

    profile_id: int
    languages: tuple[LanguageFact, ...] = ()
    degrees: tuple[DegreeFact, ...] = ()
    experiences: tuple[ExperienceFact, ...] = ()
    country: str | None = None
    min_rate_minor: int | None = None
    currency: str = "USD"
    weekly_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class GateResult:
    """What one gate or group says of one person, with the fact it rests on, in words for people.

    *members*: of a group, what each of its members says, in their order.
    """

    gate: GateNode
    outcome: GateOutcome
    fact: str
    members: tuple["GateResult", ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """A place in a résumé: characters *start* up to *end* of its text, on one page (from 1)."""

    resume_id: int
    passage_number: int
    page: int
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False)
class Passages:
    """The passages of all candidates at once.

    *vectors*: (n, d), every row of length 1.  *owners*: (n,) profile ids, in any order.  *spans*: n places.
    """

    vectors: NDArray[np.float32]
    owners: NDArray[np.int64]
    spans: Sequence[Span] = field(default=())

    def __post_init__(self) -> None:
        """Raise ValueError when the three do not speak of the same passages."""
        if self.vectors.ndim != 2 or not len(self.vectors) == len(self.owners) == len(self.spans):
            raise ValueError("Every passage needs one vector, one owner and one span.")


@dataclass(frozen=True, slots=True)
class WishPart:
    """What one wish adds to a score, and the place in the résumé that supports it.

    *score*: the share of this wish in the score.  *closeness*: mean similarity of the best passages, -1 to 1.
    *best*: similarity of the very best passage.  *span* None and *quote* empty: nothing found.
    """

    wish: str
    score: float
    closeness: float
    best: float
    span: Span | None = None
    quote: str = ""


@dataclass(frozen=True, slots=True)
class FactPart:
    """What a plain fact adds to a score."""

    label: str
    score: float
    fact: str


Part = WishPart | FactPart


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate with a score; the parts' scores add up to it exactly."""

    profile_id: int
    score: float
    parts: tuple[Part, ...]


def part_to_spec(part: Part) -> dict[str, Any]:
    """Return *part* as plain JSON."""
    if isinstance(part, FactPart):
        return {"part": "fact", "label": part.label, "score": part.score, "fact": part.fact}
    span = part.span and {name: getattr(part.span, name) for name in Span.__slots__}
    return {
        "part": "wish",
        "wish": part.wish,
        "score": part.score,
        "closeness": part.closeness,
        "best": part.best,
        "span": span,
        "quote": part.quote,
    }


def part_from_spec(spec: dict[str, Any]) -> Part:
    """Return the part that :func:`part_to_spec` wrote."""
    values = {name: value for name, value in spec.items() if name != "part"}
    if spec["part"] == "fact":
        return FactPart(**values)
    return WishPart(**values | {"span": values["span"] and Span(**values["span"])})
