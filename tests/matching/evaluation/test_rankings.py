"""Any queries and documents are ranked, every pair of them, always alike."""

from itertools import groupby

from matching.evaluation.files import Entry
from matching.evaluation.rankings import Collection, run_lines
from tests.matching.evaluation.machine import FakeMachine

QUERIES = [
    Entry("q2", "registered nurse"),
    Entry("q1", "Cook\nPrepares meals for the patients of a hospital. Keeps the kitchen clean.", "Cook"),
    Entry("q0", ""),
]
DOCUMENTS = [
    Entry("d5", "cook"),
    Entry("d4", "accountant"),
    Entry("d3", "Registered Nurse\nCared for the patients of a hospital for six years, nights and weekends too."),
    Entry("d2", "accountant"),
    Entry("d1", ""),
    Entry("d0", "nurse, registered"),
]


def run_of(documents: list[Entry]) -> list[str]:
    collection = Collection.of(QUERIES, documents, FakeMachine(), "fake")
    return [line for lines in run_lines(QUERIES, documents, collection) for line in lines]


def test_every_pair_has_a_line_by_query_and_the_best_document_first() -> None:
    rows = [line.rstrip("\n").split("\t") for line in run_of(DOCUMENTS)]
    assert [query_id for query_id, _ in groupby(row[0] for row in rows)] == ["q2", "q1", "q0"]
    for _, group in groupby(rows, key=lambda row: row[0]):
        ranked = list(group)
        assert sorted(row[1] for row in ranked) == sorted(document.id for document in DOCUMENTS)
        scores = [float(row[2]) for row in ranked]
        assert scores == sorted(scores, reverse=True)
    assert {row[1] for row in rows[:2]} == {"d3", "d0"}
    assert rows[6][1] == "d5"


def test_equal_scores_go_by_the_order_of_the_file() -> None:
    lines = run_of(DOCUMENTS)
    first, second = (next(line for line in lines if line.startswith(f"q2\t{one}\t")) for one in ("d4", "d2"))
    assert first.split("\t")[2] == second.split("\t")[2]
    assert lines.index(first) < lines.index(second)
    # a query that says nothing ranks nobody above anybody
    assert [line.split("\t")[1] for line in lines[-6:]] == [document.id for document in DOCUMENTS]


def test_the_same_files_give_the_same_lines() -> None:
    assert run_of(DOCUMENTS) == run_of(DOCUMENTS)
