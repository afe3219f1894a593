"""The rate offered to one person: the band's floor plus the lines of the rate card that hold, capped by its top."""

from collections.abc import Iterable
from dataclasses import dataclass

from matching.eligibility import judge
from matching.gates import Gate, gate_in_words, money_in_words
from matching.types import Candidate
from matching.vocabulary import GateOutcome


@dataclass(frozen=True, slots=True)
class CardLine:
    """A line of a rate card: *amount_minor* an hour more where *condition* holds."""

    label: str
    amount_minor: int
    condition: Gate


@dataclass(frozen=True, slots=True)
class OfferLine:
    """A line of an offer; *amount_minor* counts (and may be below 0) only where it *holds*."""

    label: str
    amount_minor: int
    holds: bool
    fact: str


@dataclass(frozen=True, slots=True)
class RateOffer:
    """An hourly rate; the amounts of the lines that hold add up to it."""

    rate_minor: int
    lines: tuple[OfferLine, ...]


def offer(
    floor_minor: int,
    top_minor: int,
    lines: Iterable[CardLine],
    candidate: Candidate,
    own_minimum_minor: int,
    currency: str,
) -> RateOffer | None:
    """Return the rate for *candidate*, or None when their own minimum lies above the top of the band.

    All amounts are minor units of *currency*; *own_minimum_minor* is 0 for somebody who names none.
    A condition that is unknown does not hold.  Raises ValueError when the floor is above the top.
    """
    if not 0 < floor_minor <= top_minor:
        raise ValueError("The floor of a band lies above 0 and not above its top.")
    if own_minimum_minor > top_minor:
        return None
    given = [OfferLine("Base rate", floor_minor, True, "The floor of the project's band")]
    given += [_line(line, candidate) for line in lines]
    rate = sum(line.amount_minor for line in given if line.holds)
    if rate > top_minor:
        top = money_in_words(top_minor, currency)
        given.append(OfferLine("Cap", top_minor - rate, True, f"The band ends at {top} an hour"))
        rate = top_minor
    if rate < own_minimum_minor:
        minimum = money_in_words(own_minimum_minor, currency)
        given.append(OfferLine("Own minimum", own_minimum_minor - rate, True, f"Works from {minimum} an hour"))
        rate = own_minimum_minor
    return RateOffer(rate, tuple(given))


def _line(line: CardLine, candidate: Candidate) -> OfferLine:
    (result,) = judge([line.condition], candidate)
    label = line.label or gate_in_words(line.condition)
    return OfferLine(label, line.amount_minor, result.outcome is GateOutcome.PASS, result.fact)
