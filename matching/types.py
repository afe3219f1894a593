"""What matching speaks of: gates, candidates with their facts, and ranked results with their reasons."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, overload

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

    @property
    def years(self) -> int:
        """The years of experience stated, of all kinds together."""
        return sum(fact.years for fact in self.experiences)


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


class Spans(Sequence[Span]):
    """Many places, made one by one when they are asked for; *rows*: (n, 5) the values of a Span, in their order."""

    def __init__(self, rows: NDArray[np.int64]) -> None:
        self.rows = rows

    @classmethod
    def of(cls, spans: Sequence[Span]) -> "Spans":
        """Return *spans* as this kind of sequence."""
        if isinstance(spans, Spans):
            return spans
        values = [[getattr(span, name) for name in Span.__slots__] for span in spans]
        return cls(np.array(values, dtype=np.int64).reshape(len(values), len(Span.__slots__)))

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, index: int) -> Span: ...

    @overload
    def __getitem__(self, index: slice) -> "Spans": ...

    def __getitem__(self, index: int | slice) -> "Span | Spans":
        return Spans(self.rows[index]) if isinstance(index, slice) else Span(*self.rows[index].tolist())


@dataclass(frozen=True, slots=True)
class SignalPart:
    """What one signal adds to a score, and the places in the résumé that support it.

    *kind*: which signal, a word such as wish or title.  *score*: its share; below zero for flags, what suspicious text
    would have added.  *most*: the largest share there could be.  *closeness*: how well the résumé answers, -1 to 1;
    *best*: how well its best place does.  *places*: up to three, none of them flagged, the best first.  *of*: the
    number of the wish that a skill was found in.  *fact*: what it rests on.  *span* and *quote*: the words that say it.
    """

    kind: str
    label: str
    score: float
    most: float
    closeness: float = 0.0
    best: float = 0.0
    places: tuple[Span, ...] = ()
    of: int = -1
    fact: str = ""
    span: Span | None = None
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate with a score; the parts' scores add up to it exactly."""

    profile_id: int
    score: float
    parts: tuple[SignalPart, ...]


def part_to_spec(part: SignalPart) -> dict[str, Any]:
    """Return *part* as plain JSON."""
    names = ("kind", "label", "score", "most", "closeness", "best", "of", "fact", "quote")
    plain = {name: getattr(part, name) for name in names}
    return plain | {"part": "signal", "places": [_place(place) for place in part.places], "span": _place(part.span)}


def _place(span: Span | None) -> dict[str, int] | None:
    return {name: getattr(span, name) for name in Span.__slots__} if span else None
