"""How a gate may ask for less: the next weaker forms of it, in words and as gates."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from matching.gates import (
    DEGREE_WORDS,
    DegreeGate,
    ExperienceGate,
    GateNode,
    HoursGate,
    LanguageGate,
    RateGate,
    hours_in_words,
    kind_in_words,
    money_in_words,
    years_in_words,
)
from matching.vocabulary import Cefr, IscedLevel

HOURS_LESS = 5 * 60
RATE_MORE = 1.1


@dataclass(frozen=True, slots=True)
class Relaxed:
    """A weaker form of a gate: whoever passes the gate passes *node* too.  *words*: what changes, "B2 → B1"."""

    words: str
    node: GateNode


def relaxations(node: GateNode) -> list[Relaxed]:
    """Return the next weaker forms of *node*, one step in one respect each; none for groups and countries.

    A step is one level of CEFR or ISCED, a year, five hours a week, a tenth of the rate, or doing without being a
    native speaker.  To leave the gate out is not among them.
    """
    match node:
        case LanguageGate():
            return list(_languages(node))
        case DegreeGate():
            return list(_degrees(node))
        case ExperienceGate(kind, years) if years:
            fewer = f"{years_in_words(years - 1)}" if years > 1 else f"any {kind_in_words(kind)}"
            return [Relaxed(f"{years_in_words(years)} → {fewer}", replace(node, years=years - 1))]
        case HoursGate(minutes) if minutes > HOURS_LESS:
            less = minutes - HOURS_LESS
            return [Relaxed(f"{hours_in_words(minutes)} → {hours_in_words(less)}", HoursGate(less))]
        case RateGate(most, currency):
            more = round(most * RATE_MORE)
            return [
                Relaxed(f"{money_in_words(most, currency)} → {money_in_words(more, currency)}", _paying(node, more))
            ]
        case _:
            return []


def _paying(gate: RateGate, more: int) -> RateGate:
    return replace(gate, max_minor=more)


def _languages(gate: LanguageGate) -> Iterator[Relaxed]:
    for side in ("written", "spoken"):
        level: Cefr | None = getattr(gate, side)
        if level is None:
            continue
        lower = Cefr(level - 1) if level > Cefr.A1 else None
        weaker = replace(gate, written=lower) if side == "written" else replace(gate, spoken=lower)
        yield Relaxed(f"{side} {level.name} → {lower.name if lower else 'any level'}", weaker)
    if gate.native:
        yield Relaxed("not only native speakers", replace(gate, native=False))


def _degrees(gate: DegreeGate) -> Iterator[Relaxed]:
    if not gate.in_progress_is_enough:
        yield Relaxed("in progress is enough", replace(gate, in_progress_is_enough=True))
    if gate.level > IscedLevel.SHORT_CYCLE:
        lower = IscedLevel(gate.level - 1)
        words = f"{DEGREE_WORDS[gate.level]} → {DEGREE_WORDS[lower]}"
        yield Relaxed(words, replace(gate, level=lower))
