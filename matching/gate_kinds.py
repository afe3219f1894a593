"""The kinds of gates, groups of them, and the countries and limits that they know."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from babel import Locale

from matching.vocabulary import Cefr, ExperienceKind, IscedLevel

MAX_YEARS = 60
MAX_WEEKLY_MINUTES = 7 * 24 * 60
MAX_RATE_MINOR = 1_000_000_000

MAX_DEPTH = 3
MAX_GATES = 40

EN = Locale("en")
# What CLDR lists beside ISO 3166-1.
NO_COUNTRIES = frozenset({"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"})
COUNTRIES: dict[str, str] = {
    code: name
    for code, name in EN.territories.items()
    if len(code) == 2 and code.isalpha() and code not in NO_COUNTRIES
}


@dataclass(frozen=True, slots=True)
class LanguageGate:
    """A language at least at the levels given; without a level or *native* it only has to be stated."""

    tag: str
    written: Cefr | None = None
    spoken: Cefr | None = None
    native: bool = False


@dataclass(frozen=True, slots=True)
class DegreeGate:
    """A degree of *level* or higher, held unless being in progress is enough."""

    level: IscedLevel
    in_progress_is_enough: bool = False


@dataclass(frozen=True, slots=True)
class ExperienceGate:
    """At least *years* of one kind of experience; 0 years: any at all."""

    kind: ExperienceKind
    years: int = 0


@dataclass(frozen=True, slots=True)
class CountryGate:
    """To live in one of *countries* (ISO 3166-1 alpha-2)."""

    countries: frozenset[str]


@dataclass(frozen=True, slots=True)
class RateGate:
    """To work for *max_minor* an hour: the person's own minimum may not be above it."""

    max_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class HoursGate:
    """To offer at least *weekly_minutes* a week."""

    weekly_minutes: int


@dataclass(frozen=True, slots=True)
class GateGroup:
    """Several gates or groups of which *any* one is enough or *all* have to hold; never empty."""

    kind: Literal["any", "all"]
    members: tuple["GateNode", ...]


Gate = LanguageGate | DegreeGate | ExperienceGate | CountryGate | RateGate | HoursGate
GateNode = Gate | GateGroup


def gates_in(nodes: Iterable[GateNode]) -> Iterator[Gate]:
    """Yield every single gate of *nodes*, those inside groups too, in the order in which they are written."""
    for node in nodes:
        if isinstance(node, GateGroup):
            yield from gates_in(node.members)
        else:
            yield node
