"""What is asked of somebody who has not stated everything."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.asking import Unstated, unstated
from matching.gates import nodes_from_specs
from matching.types import Candidate, DegreeFact, LanguageFact
from matching.vocabulary import Cefr, DegreeStatus, IscedLevel
from tests.matching.strategies import candidates, gates

DEGREE = {"gate": "degree", "level": 7, "in_progress_is_enough": False}
SPANISH = {"gate": "language", "tag": "es", "written": "C1", "spoken": None, "native": False}
HANT = SPANISH | {"tag": "zh-Hant"}
COUNTRY = {"gate": "country", "countries": ["DE"]}
NOBODY = Candidate(1)
PERSON = Candidate(1, languages=(LanguageFact("zh", Cefr.C2, Cefr.C2),), country="FR")


@pytest.mark.parametrize(
    ("nodes", "person", "asked"),
    [
        ([], NOBODY, set()),
        ([DEGREE, COUNTRY], NOBODY, {Unstated.DEGREE, Unstated.COUNTRY}),
        ([SPANISH], NOBODY, {Unstated.LANGUAGES}),
        ([HANT], PERSON, {Unstated.VARIETY}),
        ([DEGREE, COUNTRY], PERSON, set()),
        ([DEGREE, SPANISH], PERSON, set()),
        ([{"any": [SPANISH, DEGREE]}], PERSON, {Unstated.DEGREE}),
        ([{"any": [{"all": [SPANISH, DEGREE]}, COUNTRY]}], PERSON, set()),
        ([{"all": [DEGREE, HANT]}], PERSON, {Unstated.DEGREE, Unstated.VARIETY}),
        ([{"gate": "rate", "max_minor": 1, "currency": "EUR"}], NOBODY, {Unstated.RATE}),
    ],
)
def test_only_what_could_decide_is_asked(nodes: list[dict[str, Any]], person: Candidate, asked: set[Unstated]) -> None:
    assert unstated(nodes_from_specs(nodes), person) == asked


def test_what_passes_by_another_member_of_the_group_is_not_asked() -> None:
    held = Candidate(1, degrees=(DegreeFact(IscedLevel.MASTER, DegreeStatus.HELD),))
    assert unstated(nodes_from_specs([{"any": [DEGREE, SPANISH]}]), held) == frozenset()


@given(gates=st.lists(gates, max_size=4), person=candidates)
def test_asking_never_depends_on_the_order_of_the_gates(gates: list[Any], person: Candidate) -> None:
    assert unstated(gates, person) == unstated(gates[::-1], person)
