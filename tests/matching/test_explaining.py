"""The words in a résumé that support a wish."""

from hypothesis import given
from hypothesis import strategies as st

from matching.explaining import LEAST_SIMILARITY, explain, narrowed
from matching.types import FactPart, Ranked, Span, WishPart

TEXT = (
    "Jo Doe. Munich.\n"
    "Label Studio: annotated 4,000 chest X-rays with two radiologists,\nand wrote the guidelines.\n"
    "Taught chemistry. Plays the cello."
)
WHOLE = Span(7, 0, 1, 0, len(TEXT))


def part(wish: str, best: float = 0.6, span: Span | None = WHOLE) -> WishPart:
    """Return a part as the ranking makes it."""
    return WishPart(wish, 0.5, 0.5, best, span)


def quote(wish: str, best: float = 0.6) -> str:
    """Return what is quoted for *wish*."""
    explained = explain(Ranked(1, 0.5, (part(wish, best),)), {7: TEXT}).parts[0]
    assert isinstance(explained, WishPart)
    if explained.span is None:
        assert explained.quote == ""
    else:
        assert explained.quote == TEXT[explained.span.start : explained.span.end]
    return explained.quote


def test_the_sentence_that_speaks_of_the_wish_is_quoted_across_its_wrapped_line() -> None:
    assert quote("Annotation of medical X-rays with radiologists") == (
        "Label Studio: annotated 4,000 chest X-rays with two radiologists,\nand wrote the guidelines."
    )


def test_a_short_sentence_is_quoted_with_what_follows() -> None:
    assert quote("Chemistry teaching").startswith("Taught chemistry. Plays the cello.")


def test_where_no_word_is_shared_the_whole_passage_is_quoted() -> None:
    assert quote("Healthcare imagery") == TEXT


def test_below_the_threshold_nothing_was_found() -> None:
    assert quote("Annotation", best=LEAST_SIMILARITY - 0.001) == ""


def test_scores_and_plain_facts_stay_as_they_are() -> None:
    fact = FactPart("Years of experience", 0.25, "10 years")
    ranked = Ranked(1, 0.75, (part("X-rays"), fact))
    explained = explain(ranked, {7: TEXT})
    assert explained.parts[1] is fact
    assert [one.score for one in explained.parts] == [0.5, 0.25]


@given(text=st.text(min_size=1), wish=st.text(), ends=st.tuples(st.integers(0, 200), st.integers(0, 200)))
def test_a_narrowed_span_stays_inside_the_passage(text: str, wish: str, ends: tuple[int, int]) -> None:
    start, end = sorted(min(len(text), offset) for offset in ends)
    inner = narrowed(wish + " " + text[start:end][-20:], Span(1, 0, 1, start, end), text)
    assert start <= inner.start <= inner.end <= end
