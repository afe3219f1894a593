"""Groups of gates: from the rows of the form and back into them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.projects.groups import LETTERS, Node, Row, gathered, scattered

CHINESE: Node = {"gate": "language", "tag": "zh", "written": "C1", "spoken": None, "native": False}
SPANISH: Node = {"gate": "language", "tag": "es", "written": None, "spoken": "B2", "native": False}
DEGREE: Node = {"gate": "degree", "level": 7, "in_progress_is_enough": False}
TEACHING: Node = {"gate": "experience", "kind": "teaching", "years": 2}
HOURS: Node = {"gate": "hours", "weekly_minutes": 600}


def nodes_of(*rows: Row) -> list[Node]:
    return [node for _, node in gathered(rows)]


def test_rows_of_one_letter_are_alternatives() -> None:
    rows = [
        Row("a", CHINESE, "A"),
        Row("b", DEGREE),
        Row("c", SPANISH, "A"),
        Row("d", TEACHING, "B"),
        Row("e", HOURS, "B"),
    ]
    assert gathered(rows) == [
        ("b", DEGREE),
        ("a", {"any": [CHINESE, SPANISH]}),
        ("d", {"any": [TEACHING, HOURS]}),
    ]


def test_a_letter_at_one_row_only_is_a_plain_gate() -> None:
    assert nodes_of(Row("a", CHINESE, "A"), Row("b", DEGREE)) == [DEGREE, CHINESE]


@pytest.mark.parametrize(
    ("node", "why"),
    [
        ({"all": [CHINESE, DEGREE]}, "all of several is nothing that a letter says"),
        ({"any": [CHINESE, {"all": [SPANISH, TEACHING]}]}, "a group in a group"),
        ({"any": [DEGREE, DEGREE | {"level": 8}]}, "two degrees, one field"),
    ],
)
def test_what_the_form_cannot_show_is_kept(node: Node, why: str) -> None:
    assert scattered([HOURS, node]) == ([(HOURS, "")], [node]), why


def test_a_second_degree_and_a_fourth_group_are_kept() -> None:
    groups: list[Node] = [{"any": [CHINESE | {"tag": tag}, SPANISH | {"tag": tag}]} for tag in ("zh", "es", "fr", "de")]
    shown, kept = scattered([DEGREE, {"any": [DEGREE, TEACHING]}, *groups])
    assert kept == [{"any": [DEGREE, TEACHING]}, groups[-1]]
    assert {letter for _, letter in shown} == {"", *LETTERS}


GATES = st.sampled_from([CHINESE, SPANISH, TEACHING, DEGREE, HOURS])
NODES = st.lists(
    GATES
    | st.lists(GATES, min_size=2, max_size=3).map(lambda gates: {"any": gates})
    | st.lists(GATES, min_size=1, max_size=3).map(lambda gates: {"all": gates}),
    max_size=8,
)


@given(nodes=NODES)
def test_nothing_is_lost_or_changed_by_showing_and_saving(nodes: list[Node]) -> None:
    shown, kept = scattered(nodes)
    saved = nodes_of(*(Row(f"{number}", gate, letter) for number, (gate, letter) in enumerate(shown))) + kept
    assert sorted(map(str, saved)) == sorted(map(str, nodes))
    once = [gate["gate"] for gate, _ in shown if gate["gate"] in {"degree", "hours"}]
    assert len(set(once)) == len(once)
