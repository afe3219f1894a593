"""What a text is counted as: its words, and the places that name a job."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.documents import TextIndex, index_label, index_text, is_short, joined, titles_in, words_within
from matching.words import Words

RESUME = """Jo Doe
Senior Data Analyst | Somewhere, 2019 - 2022
Labelled sentiment in reviews and wrote the guidelines for the team, so that others could do the same.
Radiology Nurse
Took pictures of chests and helped the doctors to read them, mostly at night.
"""
WORDS = st.lists(
    st.sampled_from(["nurse", "nurses", "C++", "law", "Label", "labels", "the", "2019", "é漢"]), max_size=40
)


def named(text: str) -> list[str]:
    return [text[start:end] for start, end in titles_in(text)]


def test_lines_that_name_a_job_are_found_without_their_dates_and_places() -> None:
    assert named(RESUME) == ["Senior Data Analyst", "Radiology Nurse"]


def test_a_sentence_that_speaks_of_a_job_is_no_title() -> None:
    assert named(RESUME + "I have worked as a nurse for many years, which was hard work and taught me a lot.\n") == [
        "Senior Data Analyst",
        "Radiology Nurse",
    ]


def test_a_job_is_named_once_and_of_very_many_the_first_four_count() -> None:
    assert named(RESUME + "Radiology Nurse\n" + "\n".join(f"{one} Teacher" for one in ("Music", "Law", "Art"))) == [
        "Senior Data Analyst",
        "Radiology Nurse",
        "Music Teacher",
        "Law Teacher",
    ]


def test_a_text_of_a_few_words_has_no_titles_of_its_own() -> None:
    assert is_short("Radiology Nurse")
    assert titles_in("Radiology Nurse") == ()


def test_words_are_counted_by_their_stems() -> None:
    assert index_text("Annotated texts. The annotator.") == index_text("annotation of a text, annotating")


def test_what_stands_in_brackets_after_a_label_is_left_out_of_it() -> None:
    assert index_label("Nurse (hospital)") == index_label("Nurse")


@pytest.mark.parametrize("text", ["", "the and of", RESUME])
def test_an_index_is_kept_as_bytes_and_plain_json(text: str) -> None:
    index = index_text(text)
    assert TextIndex.from_spec(index.terms, index.to_spec()) == index


@given(texts=st.lists(WORDS.map(" ".join), max_size=4))
def test_many_indexes_are_joined_in_their_order(texts: list[str]) -> None:
    indexes = [index_text(text) if text else None for text in texts]
    sizes, hashes, said = joined(indexes)
    assert sizes.tolist() == [one.count if one else 0 for one in indexes]
    assert len(hashes) == len(said) == sizes.sum()


@given(own=WORDS, pasted=WORDS, more=WORDS)
def test_a_text_counted_without_a_place_is_the_text_counted_as_if_that_were_not_there(
    own: list[str], pasted: list[str], more: list[str]
) -> None:
    first, middle, last = (" ".join(words) + "\n" for words in (own, pasted, more))
    text = first + middle + last
    left = index_text(text).without(words_within(text, [(len(first), len(first + middle))]))
    assert left == index_text(first + last)


def test_words_that_were_never_counted_cannot_be_taken_away() -> None:
    assert index_text("nurse").without(words_within("nurse nurse law", [(0, 15)])) == TextIndex(b"")


def test_a_resume_is_no_label_however_little_it_says_or_is_left_of_it() -> None:
    text = "Nurse. " + "I am able to have had experience of very good work. " * 5 + "Labels labels labels"
    index = index_text(text)
    left = index.without(words_within(text, [(len("Nurse."), len(text))]))
    assert TextIndex.from_spec(index.terms, index.to_spec()) == index
    asked = {"nurs": 5.0, "label": 5.0}
    assert Words([index, left]).covered(asked).tolist() == [0.0, 0.0]
    assert Words([index_label("Nurse")]).covered(asked).tolist() == [1.0]
