"""The words in a résumé that support what is asked for."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.explaining import (
    LEAST_SIMILARITY,
    LEAST_SIMILARITY_UNSHARED,
    LEAST_UNNAMED,
    LONGEST_QUOTE,
    Wording,
    explain,
    found_in,
)
from matching.resumes.reading import read_file
from matching.types import Ranked, SignalPart, Span

TEXT = (
    "Jo Doe. Munich.\n"
    "Label Studio: annotated 4,000 chest X-rays with two radiologists,\nand wrote the guidelines.\n"
    "Taught chemistry. Plays the cello.\n"
    "ANNOTATION PROJECTS\n"
    "Tools: Python, SQL, Label Studio, C++, Git, chest X-rays"
)
WHOLE = Span(7, 0, 1, 0, len(TEXT))
WISHES = (
    "Has annotated medical images together with radiologists",
    "Managed a team and trained new staff",
    "Customer service in a bank or shop",
    "Budgeting and financial analysis",
    "Wrote or edited articles, reports or documentation",
    "SQL",
)


def part(label: str, best: float = 0.6, places: tuple[Span, ...] = (WHOLE,), kind: str = "wish") -> SignalPart:
    """Return a part as the ranking makes it."""
    return SignalPart(kind, label, 0.5, 0.75, 0.5, best, places)


def quote(wish: str, best: float = 0.6) -> str:
    """Return what is quoted for *wish*."""
    explained = explain(Ranked(1, 0.5, (part(wish, best),)), {7: TEXT}).parts[0]
    if explained.span is None:
        assert explained.quote == ""
    else:
        assert explained.quote == TEXT[explained.span.start : explained.span.end]
    return explained.quote


def supported(text: str, wish: str, *, skill: bool = False) -> str:
    """Return what is quoted for *wish* out of a résumé of one passage."""
    found = Wording(text).support(wish, [Span(1, 0, 1, 0, len(text))], skill=skill)
    assert found is not None
    return found.quote


def test_the_sentence_that_speaks_of_the_wish_is_quoted_across_its_wrapped_line() -> None:
    assert quote("Annotation of medical X-rays with radiologists") == (
        "Label Studio: annotated 4,000 chest X-rays with two radiologists,\nand wrote the guidelines."
    )


def test_a_short_sentence_is_quoted_with_what_follows() -> None:
    assert quote("Chemistry teaching").startswith("Taught chemistry. Plays the cello.")


def test_a_sentence_is_preferred_to_a_headline_and_to_a_list_that_name_the_same() -> None:
    assert quote("Annotation projects about chest X-rays").startswith("Label Studio: annotated 4,000 chest X-rays")


def test_a_skill_that_a_list_names_is_quoted_from_the_list() -> None:
    assert supported(TEXT, "SQL", skill=True).startswith("Tools: Python, SQL")
    assert supported(TEXT, "C++", skill=True).startswith("Tools: Python, SQL, Label Studio, C++")


def test_a_word_that_stands_everywhere_in_the_resume_tells_less_than_one_that_stands_once() -> None:
    text = "Sales lead.\n" + "Closed sales of cars with customers.\n" * 9 + "Trained people in sales by telephone."
    assert supported(text, "Telephone sales") == "Trained people in sales by telephone."


def test_where_no_word_is_shared_the_whole_passage_is_what_was_found() -> None:
    found = Wording(TEXT).support("Healthcare imagery", [WHOLE])
    assert found is not None
    assert (found.quote, found.whole) == (TEXT, True)


def test_a_sentence_that_its_own_vector_finds_close_is_quoted_without_a_shared_word() -> None:
    wording = Wording(TEXT)
    cello = next(piece for piece in wording.pieces(WHOLE) if TEXT[slice(*piece)] == "Taught chemistry.")
    found = wording.support("Natural science lessons", [WHOLE], closeness={cello: 0.5})
    assert found is not None
    assert found.quote.startswith("Taught chemistry.")


def test_the_third_passage_is_quoted_when_only_it_names_the_wish() -> None:
    text = "Walks dogs in the park.\nFeeds cats at the shelter.\nRepairs violins and cellos for an orchestra.\nViolins."
    ends = [text.index("\n"), text.index("\nRep"), text.index("\nVio"), len(text)]
    starts = [0, *(end + 1 for end in ends[:-1])]
    spans = [Span(1, number, 1, *edges) for number, edges in enumerate(zip(starts, ends, strict=True))]
    found = Wording(text).support("Repair of violins", spans)
    assert found is not None
    assert found.span.passage_number == 2
    assert found.quote == "Repairs violins and cellos for an orchestra."


def test_a_long_list_is_quoted_around_the_skill_that_it_names() -> None:
    text = "Tools: " + ", ".join(f"Tool number {number}" for number in range(60)) + ", Kubernetes, " + "more, " * 40
    found = supported(text, "Kubernetes", skill=True)
    assert "Kubernetes" in found
    assert len(found) <= LONGEST_QUOTE


def test_below_the_threshold_nothing_was_found() -> None:
    assert quote("Annotation of dental pictures", best=LEAST_SIMILARITY - 0.001) == ""


def test_a_sentence_that_holds_all_the_words_supports_a_wish_though_its_passage_speaks_of_other_things() -> None:
    assert quote("Python and Git", best=0.0).startswith("Tools: Python, SQL")


def test_a_sentence_that_hardly_shares_a_word_supports_only_what_its_passage_comes_close_to() -> None:
    assert found_in(Wording(TEXT), "Chemistry lessons in prisons", [WHOLE], best=LEAST_SIMILARITY_UNSHARED) is not None
    assert found_in(Wording(TEXT), "Chemistry lessons in prisons", [WHOLE], best=LEAST_SIMILARITY) is None
    assert found_in(Wording(TEXT), "Chemistry lessons", [WHOLE], best=LEAST_SIMILARITY) is not None


def test_a_skill_that_is_named_is_found_however_close_its_passage_comes() -> None:
    assert found_in(Wording(TEXT), "SQL", [WHOLE], best=0.1, skill=True) is not None
    assert found_in(Wording(TEXT), "Kubernetes", [WHOLE], best=LEAST_UNNAMED - 0.01, skill=True) is None
    assert found_in(Wording(TEXT), "Kubernetes", [WHOLE], best=LEAST_UNNAMED, skill=True) is not None


def test_nothing_is_found_without_a_passage() -> None:
    assert found_in(Wording(TEXT), "SQL", [], best=0.9) is None
    assert quote("Annotation") != ""
    nowhere = part("Annotation", places=())
    assert explain(Ranked(1, 0.5, (nowhere,)), {7: TEXT}).parts == (nowhere,)


def test_scores_stay_as_they_are_and_what_is_not_looked_for_has_no_quote() -> None:
    years = SignalPart("experience", "", 0.25, 0.5)
    explained = explain(Ranked(1, 0.75, (part("X-rays"), years)), {7: TEXT})
    assert explained.parts[1] == years
    assert [one.score for one in explained.parts] == [0.5, 0.25]


def test_a_skill_need_only_be_named() -> None:
    (named,) = explain(Ranked(1, 0.5, (part("SQL", best=0.1, kind="skill"),)), {7: TEXT}).parts
    assert named.quote.startswith("Tools: Python, SQL")


def test_what_is_said_of_the_title_is_quoted_by_the_line_that_names_the_job() -> None:
    text = "Berlin\nRadiology Nurse\nTook pictures of chests and helped the doctors to read them."
    line = Span(7, 3, 1, 7, 22)
    parts = (part("Nurse", best=0.2, places=(line,), kind="headline"), part("Nurse", kind="title"))
    told = explain(Ranked(1, 1.0, parts), {7: text}).parts
    assert [(one.span, one.quote) for one in told] == [(line, "Radiology Nurse")] * 2


def test_where_no_line_names_a_job_the_sentence_that_comes_closest_is_quoted() -> None:
    (told,) = explain(Ranked(1, 1.0, (part("Annotator of chest X-rays", kind="headline"),)), {7: TEXT}).parts
    assert told.quote.startswith("Label Studio: annotated 4,000 chest X-rays")


@given(
    text=st.text(alphabet=st.sampled_from("abcdeABCDE12.,;:!?•- \n\t()é漢"), min_size=1, max_size=400)
    | st.text(min_size=1),
    wish=st.text(),
    ends=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400)), min_size=1, max_size=4),
    skill=st.booleans(),
)
def test_a_quote_of_any_text_stays_inside_its_passage(
    text: str, wish: str, ends: list[tuple[int, int]], skill: bool
) -> None:
    edges = [sorted(min(len(text), offset) for offset in pair) for pair in ends]
    spans = [Span(1, number, 1, start, end) for number, (start, end) in enumerate(edges)]
    found = Wording(text).support(wish + " " + text[slice(*edges[0])][-20:], spans, skill=skill)
    assert found is not None
    passage = spans[found.span.passage_number]
    assert found.quote == text[found.span.start : found.span.end]
    assert passage.start <= found.span.start <= found.span.end <= passage.end


@pytest.mark.parametrize("part_of_files", range(6))
def test_every_quote_of_the_shared_resumes_is_exact_and_on_its_page(shared_data: Path, part_of_files: int) -> None:
    folder = shared_data / "resume_files"
    files = [json.loads(line)["file"] for line in (folder / "manifest.jsonl").read_text().splitlines()]
    for file in [name for name in files if not name.startswith("scan/")][part_of_files::6]:
        read = read_file(file, (folder / file).read_bytes())
        pages = {page.number: page for page in read.pages}
        spans = [Span(1, one.number, one.page, one.start, one.end) for one in read.passages]
        wording = Wording(read.text)
        for wish in WISHES:
            for first in range(len(spans)):
                given = [*spans[first:], *spans[:first]]
                found = wording.support(wish, given, skill=wish == "SQL")
                assert found is not None
                assert found.quote == read.text[found.span.start : found.span.end]
                assert found.quote == found.quote.strip() != ""
                passage = spans[found.span.passage_number - 1]
                assert passage.start <= found.span.start < found.span.end <= passage.end
                page = pages[found.span.page]
                assert page.start <= found.span.start < found.span.end <= page.end
                assert found.whole or len(found.quote) <= LONGEST_QUOTE
