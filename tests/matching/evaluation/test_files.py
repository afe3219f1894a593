"""Files of a benchmark are read whole or refused with the place of the fault; a run is written whole or not at all."""

import gzip
from pathlib import Path

import pytest

from matching.briefs import Brief
from matching.evaluation.files import BadInput, Entry, brief_of_query, read_entries, read_labels, written_whole

LONG = "We are looking for somebody who labels medical images with care and can tell why they did so."


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", " is empty."),
        (b"\n \n", " is empty."),
        (b'{"id": "a", "text": "x"}\n\n{"id"', ", line 3: not JSON."),
        (b"[" * 100_000, ", line 1: not JSON."),
        (b'["a"]', ", line 1: not a JSON object."),
        (b'{"text": "x"}', ", line 1: there is no 'id'."),
        (b'{"id": "a", "text": null}', ", line 1: there is no 'text'."),
        (b'{"id": "a", "text": ["x"]}', ", line 1: 'text' is not a string."),
        (b'{"id": "a", "text": "x", "title": 5}', ", line 1: 'title' is not a string."),
        (b'{"id": 1.5, "text": "x"}', ", line 1: 'id' is not a string."),
        (b'{"id": true, "text": "x"}', ", line 1: 'id' is not a string."),
        (b'{"id": "", "text": "x"}', ", line 1: the id '' cannot stand in a table."),
        (b'{"id": "a\\tb", "text": "x"}', ", line 1: the id 'a\\tb' cannot stand in a table."),
        (b'{"id": "a", "text": "x"}\n{"id": "a", "text": "y"}', ", line 2: the id 'a' stands in line 1 already."),
        (b'{"id": "a", "text": "\xff"}', ", line 1: not UTF-8."),
        (gzip.compress(b'{"id": "a", "text": "x"}' * 50, mtime=0)[:-9], " is a damaged gzip file."),
    ],
)
def test_a_fault_is_named_with_its_place(tmp_path: Path, content: bytes, fault: str) -> None:
    path = tmp_path / "queries.jsonl"
    path.write_bytes(content)
    with pytest.raises(BadInput) as refused:
        read_entries(path)
    assert str(refused.value) == f"{path}{fault}"


def test_a_file_that_is_missing_or_a_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"nothing\.jsonl cannot be read: No such file or directory\."):
        read_entries(tmp_path / "nothing.jsonl")
    with pytest.raises(BadInput, match=r"cannot be read: Is a directory\."):
        read_entries(tmp_path)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_entries_come_in_their_order_packed_or_not(tmp_path: Path, pack) -> None:
    path = tmp_path / "documents.jsonl.gz"
    path.write_bytes(pack('\ufeff{"id": 7, "text": "é \\ud800", "category": "no"}\n\n{"id": "a", "text": ""}'.encode()))
    assert read_entries(path) == [Entry("7", "é \ufffd"), Entry("a", "")]


def test_labels_are_read_under_their_headings_or_without(tmp_path: Path) -> None:
    path = tmp_path / "qrels.tsv"
    path.write_text("query_id\tdoc_id\trelevance\nq\ta\t1\nq\tb\t0.5\n")
    assert read_labels(path) == {"q": {"a": 1.0, "b": 0.5}}
    path.write_text("q\ta\t1\nq\tb\n")
    with pytest.raises(BadInput, match="line 2: expected query_id, doc_id and a number"):
        read_labels(path)


@pytest.mark.parametrize(
    ("query", "brief"),
    [
        (Entry("q", f"Labeller\n{LONG}", "Labeller"), Brief("Labeller", (), LONG)),
        (Entry("q", f"LABELLER: {LONG}", "Labeller:"), Brief("Labeller:", (), LONG)),
        (Entry("q", f"Labellers wanted. {LONG}", "Labeller"), Brief("Labeller", (), f"Labellers wanted. {LONG}")),
        (Entry("q", LONG, "Labeller"), Brief("Labeller", (), LONG)),
        (Entry("q", "Labeller", "Labeller"), Brief("Labeller")),
        (Entry("q", "labeller of images "), Brief("labeller of images")),
        (Entry("q", "Radiology reports"), Brief("Radiology reports")),
        (Entry("q", "Knows how to label images"), Brief("", (), "Knows how to label images")),
        (Entry("q", LONG), Brief("", (), LONG)),
    ],
)
def test_a_query_becomes_a_brief(query: Entry, brief: Brief) -> None:
    assert brief_of_query(query) == brief


def test_a_document_is_its_title_and_its_text_but_the_title_once() -> None:
    assert Entry("d", "Ten years.", "Nurse").whole == "Nurse\nTen years."
    assert Entry("d", "NURSE\nTen years.", "Nurse").whole == "NURSE\nTen years."
    assert Entry("d", "Ten years.").whole == "Ten years."


def test_a_file_is_written_whole_or_stays_as_it_was(tmp_path: Path) -> None:
    out = tmp_path / "run.tsv"
    with written_whole(out) as file:
        file.write("first\n")
    with pytest.raises(ZeroDivisionError), written_whole(out) as file:
        file.write("half" * (1 // 0))
    assert out.read_text() == "first\n"
    assert list(tmp_path.iterdir()) == [out]


def test_where_no_file_can_be_written_is_said_before_anything_else(tmp_path: Path) -> None:
    with (
        pytest.raises(BadInput, match=r"cannot be written: No such file or directory\."),
        written_whole(tmp_path / "a/b"),
    ):
        pytest.fail("nothing is begun")
    with pytest.raises(BadInput, match=r"cannot be written: it is not a file\."), written_whole(tmp_path):
        pytest.fail("nothing is begun")
