"""A weaker form of a gate asks for one step less, and says so."""

import pytest

from matching.gates import (
    CountryGate,
    DegreeGate,
    ExperienceGate,
    GateGroup,
    GateNode,
    HoursGate,
    LanguageGate,
    RateGate,
)
from matching.relaxing import relaxations
from matching.vocabulary import Cefr, ExperienceKind, IscedLevel

GERMAN = LanguageGate("de", Cefr.C1, Cefr.A1, native=True)


@pytest.mark.parametrize(
    ("gate", "words"),
    [
        (GERMAN, ["written C1 → B2", "spoken A1 → any level", "not only native speakers"]),
        (LanguageGate("de"), []),  # there is nothing less than to state it
        (DegreeGate(IscedLevel.MASTER), ["in progress is enough", "a master's degree → a bachelor's degree"]),
        (DegreeGate(IscedLevel.SHORT_CYCLE, in_progress_is_enough=True), []),
        (ExperienceGate(ExperienceKind.TEACHING, 3), ["3 years → 2 years"]),
        (ExperienceGate(ExperienceKind.TEACHING, 1), ["1 year → any teaching experience"]),
        (ExperienceGate(ExperienceKind.TEACHING, 0), []),
        (HoursGate(20 * 60), ["20 hours → 15 hours"]),
        (HoursGate(5 * 60), []),  # five less are none
        (RateGate(2000, "USD"), ["$20.00 → $22.00"]),
        (RateGate(1000, "JPY"), ["¥1,000 → ¥1,100"]),
        (CountryGate(frozenset({"DE"})), []),  # no country is one step from another
        (GateGroup("any", (HoursGate(1200), GERMAN)), []),
    ],
)
def test_each_step_is_said_in_words(gate: GateNode, words: list[str]) -> None:
    assert [one.words for one in relaxations(gate)] == words
