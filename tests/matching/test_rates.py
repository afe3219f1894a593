"""The rate offered, line by line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.gates import DegreeGate, LanguageGate
from matching.rates import CardLine, OfferLine, RateOffer, offer
from matching.types import Candidate, LanguageFact
from matching.vocabulary import Cefr, IscedLevel
from tests.matching import strategies

MEI = Candidate(1, languages=(LanguageFact("zh-Hans", Cefr.C2, Cefr.C1),))
CARD = [
    CardLine("C2 in Chinese", 200, LanguageGate("zh", Cefr.C2)),
    CardLine("", 300, DegreeGate(IscedLevel.DOCTORATE)),
]


def offered(floor: int, top: int, minimum: int = 0) -> RateOffer | None:
    """Return what Mei is offered."""
    return offer(floor, top, CARD, MEI, minimum, "USD")


def test_lines_that_hold_are_added_and_those_that_do_not_are_shown_with_their_fact() -> None:
    found = offered(1400, 2300)
    assert found is not None
    assert found.rate_minor == 1600
    assert found.lines[1] == OfferLine(
        "C2 in Chinese", 200, True, "Chinese (Simplified): written C2, spoken C1 (declared)"
    )
    assert found.lines[2] == OfferLine("A doctorate", 300, False, "No degree stated")


def test_the_top_of_the_band_caps_the_rate() -> None:
    found = offered(1400, 1500)
    assert found is not None
    assert found.rate_minor == 1500
    assert found.lines[-1] == OfferLine("Cap", -100, True, "The band ends at $15.00 an hour")


def test_the_rate_is_raised_to_the_persons_own_minimum() -> None:
    found = offered(1400, 2300, minimum=2000)
    assert found is not None
    assert found.rate_minor == 2000
    assert found.lines[-1] == OfferLine("Own minimum", 400, True, "Works from $20.00 an hour")


def test_a_minimum_above_the_band_leaves_no_offer() -> None:
    assert offered(1400, 2300, minimum=2301) is None


@pytest.mark.parametrize(("floor", "top"), [(0, 100), (-1, 100), (101, 100)])
def test_a_band_that_is_none_is_refused(floor: int, top: int) -> None:
    with pytest.raises(ValueError, match="floor"):
        offered(floor, top)


@given(
    band=st.tuples(st.integers(1, 10_000), st.integers(1, 10_000)).map(sorted),
    lines=st.lists(st.builds(CardLine, st.just(""), st.integers(1, 5_000), strategies.gates), max_size=5),
    candidate=strategies.candidates,
    minimum=st.integers(0, 12_000),
)
def test_the_lines_that_hold_add_up_to_a_rate_inside_the_band(
    band: list[int], lines: list[CardLine], candidate: Candidate, minimum: int
) -> None:
    found = offer(band[0], band[1], lines, candidate, minimum, "USD")
    assert (found is None) == (minimum > band[1])
    if found is not None:
        assert sum(line.amount_minor for line in found.lines if line.holds) == found.rate_minor
        assert max(band[0], minimum) <= found.rate_minor <= band[1]
        assert len(found.lines) >= len(lines) + 1
