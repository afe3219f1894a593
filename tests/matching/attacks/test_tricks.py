"""Nobody unqualified gets among the first ten by a trick, and every trick is told."""

import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from matching.evaluation.readings import read_document
from matching.evaluation.trials import (
    TOP,
    Document,
    Embed,
    Tried,
    Vectors,
    ask,
    hidden_left,
    postings_in,
    resumes_in,
    try_tricks,
)
from matching.resumes.copying import copied_flags, posting_words
from tests.fakes import FakeEmbedder


def tried_on(embed: Embed, resumes: list[Document], postings: list[Document], count: int) -> dict[str, list[Tried]]:
    vectors = Vectors(embed)
    readings = [read_document(resume.text) for resume in resumes]
    tried = defaultdict(list)
    for number, posting in enumerate(postings):
        for one in try_tricks(ask(posting, vectors), resumes, readings, vectors, count, number):
            tried[one.trick].append(one)
    return tried


def check(tried: dict[str, list[Tried]], tries: int) -> None:
    assert {trick: len(ones) for trick, ones in tried.items()} == dict.fromkeys(
        ("posting pasted", "line of keywords", "instruction"), tries
    )
    for trick, ones in tried.items():
        assert [one for one in ones if one.after <= TOP] == [], trick
        assert sum(one.flagged for one in ones) >= 0.95 * len(ones), trick


def test_by_counted_words_no_trick_brings_the_unqualified_among_the_first_ten(shared_data: Path) -> None:
    resumes = resumes_in(shared_data)[::12]
    tried = tried_on(FakeEmbedder().embed, resumes, postings_in(shared_data), 5)
    check(tried, 50)
    # Without the guard the same trick puts them first: the test would notice a guard that does nothing.
    assert sum(one.unguarded <= TOP for one in tried["posting pasted"]) > 25


@pytest.mark.model
@pytest.mark.timeout(300)
def test_by_the_model_no_trick_brings_the_unqualified_among_the_first_ten(shared_data: Path, tmp_path: Path) -> None:
    out = tmp_path / "figures.json"
    # In a process of its own: one that has loaded torch makes every later child look as large as itself.
    small = ("--every", "60", "--resumes", "5", "--postings", "2", "--swaps", "20")
    command = [sys.executable, "-m", "matching.evaluation.attacks", str(shared_data), "--out", str(out), *small]
    subprocess.run(command, check=True, timeout=280, capture_output=True)
    figures = json.loads(out.read_text())
    for trick, found in figures["tricks"].items():
        assert (found["tries"], found["top"]) == (10, 0), trick
        assert found["flagged"] >= 0.95, trick
    assert figures["moved"] == 0
    assert figures["dropped"] == figures["files"] == 4


def test_a_posting_in_white_is_dropped_whole_and_told(shared_data: Path) -> None:
    resume = resumes_in(shared_data)[0].text[:3_000]
    assert list(hidden_left(resume, postings_in(shared_data)[::4])) == [""] * 6


def test_beside_no_posting_are_more_than_two_in_a_hundred_honest_resumes_flagged(shared_data: Path) -> None:
    texts = [resume.text for resume in resumes_in(shared_data)]
    for posting in postings_in(shared_data):
        words = posting_words(posting.text)
        assert sum(bool(copied_flags(words, text)) for text in texts) <= 0.02 * len(texts), posting.name
