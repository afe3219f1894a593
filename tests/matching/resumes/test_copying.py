"""A résumé that repeats the posting is told so, by the line; one that speaks of the same work is not."""

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from matching.resumes.copying import copied_flags, copied_spans, posting_words
from matching.resumes.types import FlagKind
from tests.matching.resumes.making import EXPERIENCE

POSTING = (
    "Medical data annotator\nWe look for annotators who label chest radiographs and write short reports in English.\n"
    "You will mark nodules, compare findings with earlier images and discuss doubtful cases with radiologists.\n"
    "Required: two years of clinical experience, attention to detail, fluency in Spanish, a quiet place to work."
)
RESUME = "\n".join([EXPERIENCE] * 2)


def test_a_pasted_posting_is_told_with_its_place_and_lines() -> None:
    text = f"{RESUME}\n{POSTING}"
    (flag,) = copied_flags(POSTING, text)
    assert text[flag.start : flag.end] == POSTING.removesuffix(".")
    assert (flag.kind, flag.words) == (FlagKind.POSTING, "4 lines repeat the posting word for word")


def test_a_line_of_the_postings_words_is_told_whatever_their_order_and_case() -> None:
    line = "NODULES, radiographs, chest, annotator, clinical experience, fluency, radiologists"
    text = f"{RESUME}\n{line}\n{EXPERIENCE}"
    (flag,) = copied_flags(POSTING, text)
    assert (flag.kind, flag.words) == (FlagKind.KEYWORDS, "A line strings together words of the posting")
    assert text[flag.start : flag.end] == line


def test_speaking_of_the_same_work_is_not_copying() -> None:
    text = f"{RESUME}\nI labelled chest radiographs for two years and marked nodules together with two radiologists."
    assert copied_spans(POSTING, text) == ()


def test_a_title_or_a_short_text_is_never_told() -> None:
    assert copied_spans(POSTING, "Medical data annotator") == ()
    assert copied_spans(POSTING, POSTING.split("\n")[1]) == ()


@given(st.lists(st.sampled_from([EXPERIENCE, *POSTING.split("\n"), "İstanbul ﬁ", "\n\n", "chest nodules"])))
@settings(max_examples=60, deadline=None)
def test_every_copied_place_lies_within_the_text_in_order_and_apart(lines: list[str]) -> None:
    text = "\n".join(lines)
    spans = copied_spans(POSTING, text)
    assert list(spans) == sorted(spans)
    assert all(0 <= start < end <= len(text) and text[start:end].strip() for start, end in spans)


def test_a_hundred_resumes_are_compared_in_good_time() -> None:
    words = posting_words(POSTING * 3)
    resumes = [" ".join(f"{word}{number}" for word in EXPERIENCE.split()) * 12 for number in range(100)]
    begun = time.process_time()
    for resume in resumes:
        copied_flags(words, resume[:4_000])
    # 25 ms were measured; the rest is for a busy machine.
    assert time.process_time() - begun < 0.1
