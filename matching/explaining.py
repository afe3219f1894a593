"""Which place in a résumé supports which wish, quoted exactly, or nothing."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from matching.types import Part, Ranked, Span, WishPart

# Measured with MiniLM on 90 résumés of 24 occupations in passages of 600 characters: the best passage of somebody
# lay at 0.30 or above for 92 % of the title of their own occupation (84 % of its description), and for 2 % of eight
# wishes that nobody's résumé speaks of (at 0.25 it was 9 %, at 0.35 it was 1 % but only 84 % and 79 % of their own).
LEAST_SIMILARITY = 0.30
# A heading alone ("Annotation") supports nothing; it is quoted with what follows.
SHORTEST_QUOTE = 60
# A line that goes on in small letters is a wrapped sentence, as PDF files have them.
SENTENCE_END = re.compile(r"(?<=[.!?;])\s+|\n\s*(?=[^a-z\s])|[•·▪]\s*")
WORD = re.compile(r"[^\W_]+")
STEM = 5
COMMON = frozenset(
    WORD.findall(
        "about above after also and any are been being can could does each experience from good has have having into "
        "knowledge more must other our over some such than that the their them these they this those using very was "
        "were which will with work worked working would years year you your"
    )
)


def explain(ranked: Ranked, texts: Mapping[int, str]) -> Ranked:
    """Return *ranked* with the supporting words of each wish quoted, or with "nothing found" (no span, no quote).

    *texts*: by résumé id.  Every quote equals ``texts[span.resume_id][span.start:span.end]``.
    """
    return replace(ranked, parts=tuple(_explained(part, texts) for part in ranked.parts))


def _explained(part: Part, texts: Mapping[int, str]) -> Part:
    if not isinstance(part, WishPart):
        return part
    if part.span is None or part.best < LEAST_SIMILARITY or part.span.resume_id not in texts:
        return replace(part, span=None, quote="")
    text = texts[part.span.resume_id]
    span = narrowed(part.wish, part.span, text)
    return replace(part, span=span, quote=text[span.start : span.end])


def narrowed(wish: str, span: Span, text: str) -> Span:
    """Return the part of *span* that shares the most words with *wish*: whole sentences, or all of it when none does.

    The vector has found the passage; words only point within it, so nothing needs the model again.
    """
    wanted = _stems(wish)
    pieces = list(_sentences(text, span.start, span.end))
    shared = [len(wanted & _stems(text[start:end])) for start, end in pieces]
    if not pieces or not any(shared):
        return span
    first = last = shared.index(max(shared))
    while pieces[last][1] - pieces[first][0] < SHORTEST_QUOTE and last + 1 < len(pieces):
        last += 1
    return replace(span, start=pieces[first][0], end=pieces[last][1])


def _sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    at = start
    for stop, after in [*(gap.span() for gap in SENTENCE_END.finditer(text, start, end)), (end, end)]:
        length = len(text[at:stop].rstrip())
        if length:
            yield at, at + length
        at = after


def _stems(text: str) -> frozenset[str]:
    words = (word.lower() for word in WORD.findall(text))
    return frozenset(word[:STEM] for word in words if len(word) > 2 and word not in COMMON)
