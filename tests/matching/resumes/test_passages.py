"""Passages hold the whole text, once, in order, each on one page."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from matching.resumes.extraction import tidied
from matching.resumes.passages import MAX_CHARACTERS, cut_passages
from matching.resumes.privacy import collapsed
from matching.resumes.types import Flag, FlagKind, Page
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
        assert len(collapsed(quote)) <= MAX_CHARACTERS
    assert all(before.end <= after.start for before, after in pairwise(passages))


@given(pages_of_text, st.lists(st.tuples(st.integers(0, 3_000), st.integers(1, 900)), max_size=4))
@settings(max_examples=50, deadline=None)
def test_flagged_text_is_in_passages_of_its_own(texts: list[str], places: list[tuple[int, int]]) -> None:
    text, pages = laid_out(texts)
    flags = [Flag(FlagKind.LIST, start, start + length, "") for start, length in places]
    passages = cut_passages(text, pages, flags)
    flagged = {at for flag in flags for at in range(flag.start, flag.end)}
    signs = [
        sign for sign in range(len(text)) if not text[sign].isspace() and any(p.start <= sign < p.end for p in pages)
    ]
    held = {kind: [at for p in passages if p.flag == kind for at in range(p.start, p.end)] for kind in ("", "list")}
    assert [at for at in held["list"] if not text[at].isspace()] == [at for at in signs if at in flagged]
    # The others may reach over a flagged place, which nobody is given with them.
    assert [at for at in held[""] if not text[at].isspace() and at not in flagged] == [
        at for at in signs if at not in flagged
    ]
    assert all(text[p.start].strip() and p.start not in flagged for p in passages if not p.flag)


@given(pages_of_text, st.integers(0, 8))
@settings(max_examples=50, deadline=None)
def test_a_flagged_line_moves_no_border_of_what_is_around_it(texts: list[str], line: int) -> None:
    text, pages = laid_out(texts)
    cut = [text[p.start : p.end] for p in cut_passages(text, pages)]
    lines = text.split("\n")
    trick = "!" * 80
    with_trick = "\n".join([*lines[:line], trick, *lines[line:]])
    start = len("\n".join([*lines[:line], ""]))
    flag = Flag(FlagKind.INSTRUCTION, start, start + len(trick), "")
    one_page = [Page(1, 0, len(with_trick))]
    honest = [with_trick[p.start : p.end] for p in cut_passages(with_trick, one_page, [flag]) if not p.flag]
    if len(pages) == 1:
        assert ["".join(one.replace(trick, "").split()) for one in honest] == ["".join(one.split()) for one in cut]


@given(pages_of_text, st.integers(1, 400))
@settings(max_examples=50, deadline=None)
def test_the_length_of_what_is_blanked_moves_no_border(texts: list[str], longer: int) -> None:
    text, pages = laid_out(texts)
    wide, wide_pages = laid_out([one.replace(" ", " " * longer) for one in texts])
    assert [collapsed(text[one.start : one.end]) for one in cut_passages(text, pages)] == [
        collapsed(wide[one.start : one.end]) for one in cut_passages(wide, wide_pages)
    ]


def test_a_heading_begins_a_new_passage() -> None:
    text = f"Summary\n{EXPERIENCE}\nEDUCATION\nMaster of Arts in Linguistics"
    passages = cut_passages(text, [Page(1, 0, len(text))])
    assert [text[passage.start : passage.end].partition("\n")[0] for passage in passages] == ["Summary", "EDUCATION"]


def test_a_long_text_of_tiny_lines_is_cut_in_good_time() -> None:
    text = "\n".join("x" * 50_000)
    passages = cut_passages(text, [Page(1, 0, len(text))])
    assert sum(passage.end - passage.start + 1 for passage in passages) == len(text) + 1
