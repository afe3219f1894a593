"""Passages hold the whole text, once, in order, each on one page."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from matching.resumes.extraction import tidied
from matching.resumes.passages import MAX_CHARACTERS, cut_passages
from matching.resumes.types import Page
from tests.matching.resumes.making import EXPERIENCE

words = st.text(st.sampled_from("aé漢9.,;!-•"), min_size=1, max_size=12) | st.just("x" * 2_500) | st.just(EXPERIENCE)
lines = st.lists(words, max_size=25).map(" ".join)
pages_of_text = st.lists(st.lists(lines, max_size=8).map("\n".join).map(tidied).filter(bool), max_size=4)


def laid_out(texts: list[str]) -> tuple[str, list[Page]]:
    pages: list[Page] = []
    for number, text in enumerate(texts, start=1):
        start = pages[-1].end + 2 if pages else 0
        pages.append(Page(number, start, start + len(text)))
    return "\n\n".join(texts), pages


@given(pages_of_text)
@settings(max_examples=50, deadline=None)
def test_passages_hold_everything_but_blanks_once_and_in_order(texts: list[str]) -> None:
    text, pages = laid_out(texts)
    passages = cut_passages(text, pages)
    quotes = [text[passage.start : passage.end] for passage in passages]
    assert "".join("".join(quotes).split()) == "".join(text.split())
    assert [passage.number for passage in passages] == list(range(1, len(passages) + 1))
    for quote, passage in zip(quotes, passages, strict=True):
        page = pages[passage.page - 1]
        assert quote == quote.strip() != ""
        assert page.start <= passage.start < passage.end <= page.end
        assert len(quote) <= MAX_CHARACTERS
    assert all(before.end <= after.start for before, after in pairwise(passages))


def test_a_heading_begins_a_new_passage() -> None:
    text = f"Summary\n{EXPERIENCE}\nEDUCATION\nMaster of Arts in Linguistics"
    passages = cut_passages(text, [Page(1, 0, len(text))])
    assert [text[passage.start : passage.end].partition("\n")[0] for passage in passages] == ["Summary", "EDUCATION"]


def test_a_long_text_of_tiny_lines_is_cut_in_good_time() -> None:
    text = "\n".join("x" * 50_000)
    passages = cut_passages(text, [Page(1, 0, len(text))])
    assert sum(passage.end - passage.start + 1 for passage in passages) == len(text) + 1
