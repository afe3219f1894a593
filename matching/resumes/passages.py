"""Cuts a text into passages a model can take in whole: at headings, paragraphs, lines, sentences, in that order."""

import re
from collections.abc import Iterator, Sequence

from matching.resumes.types import Page, Passage

# MiniLM reads 256 word pieces and drops the rest; of 856 passages estimated at up to this, none had more than 249.
MAX_WORD_PIECES = 220
MAX_CHARACTERS = 1_000
LETTERS_PER_PIECE = 7
DIGITS_PER_PIECE = 3
# A heading may begin a new passage once this much has been gathered.
ENOUGH = 350
BLANK_LINE = re.compile(r"\n[ \n]*\n")
LINE_END = re.compile(r"\n")
SENTENCE_END = re.compile(r"(?<=[.!?;])\s+")
BLANK = re.compile(r"\s+")
HEADINGS = frozenset(
    re.findall(
        r"\w+",
        "summary profile objective experience employment education skills languages certifications certificates "
        "projects publications awards interests references training accomplishments highlights qualifications",
    )
)

Span = tuple[int, int]


def cut_passages(text: str, pages: Sequence[Page]) -> tuple[Passage, ...]:
    """Return the passages of a text, in order, which hold all of it but blanks, none of it twice.

    Each lies within one page, begins and ends with a sign that is no blank, and stays below MAX_WORD_PIECES
    and MAX_CHARACTERS.
    """
    passages: list[Passage] = []
    for page in pages:
        # Lines stay whole; one that is too long is cut at sentences, then at words, then anywhere.
        units = _split(text, (page.start, page.end), (LINE_END, SENTENCE_END, BLANK))
        for start, end in _gathered(text, units):
            passages.append(Passage(len(passages) + 1, page.number, start, end))
    return tuple(passages)


def _split(text: str, span: Span, borders: tuple[re.Pattern[str], ...]) -> Iterator[Span]:
    border, *finer = borders
    for start, end in _between(text, span, border):
        if _fits(text, start, end):
            yield start, end
        elif finer:
            yield from _split(text, (start, end), tuple(finer))
        else:
            yield from ((cut, min(cut + MAX_CHARACTERS, end)) for cut in range(start, end, MAX_CHARACTERS))


def _between(text: str, span: Span, border: re.Pattern[str]) -> Iterator[Span]:
    """Yield what lies between borders, without blanks at either end, leaving out what is blank."""
    start, end = span
    cuts = [found.span() for found in border.finditer(text, start, end)]
    edges = [start, *(edge for cut in cuts for edge in cut), end]
    for left, right in zip(edges[::2], edges[1::2], strict=True):
        piece = text[left:right]
        if piece.strip():
            yield left + len(piece) - len(piece.lstrip()), right - len(piece) + len(piece.rstrip())


def _fits(text: str, start: int, end: int) -> bool:
    return end - start <= MAX_CHARACTERS and _word_pieces(text[start:end]) <= MAX_WORD_PIECES


def _word_pieces(text: str) -> int:
    """Estimate how many word pieces a model counts: one a sign, more for long words and numbers."""
    words = re.findall(r"[^\W\d_]+", text)
    numbers = re.findall(r"\d+", text)
    signs = len(re.findall(r"[^\w\s]|_", text))
    pieces = sum(-(-len(word) // LETTERS_PER_PIECE) for word in words)
    return pieces + signs + sum(-(-len(number) // DIGITS_PER_PIECE) for number in numbers)


def _gathered(text: str, units: Iterator[Span]) -> Iterator[Span]:
    """Yield units joined until the next would not fit, or a new part of the résumé begins."""
    start = end = -1
    pieces = 0
    for left, right in units:
        more = _word_pieces(text[left:right])
        full = right - start > MAX_CHARACTERS or pieces + more > MAX_WORD_PIECES
        if start >= 0 and (full or _is_new_part(text, (start, end), (left, right))):
            yield start, end
            start, pieces = -1, 0
        start = left if start < 0 else start
        end = right
        pieces += more
    if start >= 0:
        yield start, end


def _is_new_part(text: str, so_far: Span, unit: Span) -> bool:
    """Say whether a unit begins a section, or a paragraph after enough text."""
    length = so_far[1] - so_far[0]
    if _is_heading(text[slice(*unit)]):
        return length >= ENOUGH // 2
    return length >= ENOUGH and BLANK_LINE.search(text, so_far[1], unit[0]) is not None


def _is_heading(line: str) -> bool:
    words = re.findall(r"[^\W\d_]+", line)
    if not 1 <= len(words) <= 5 or line.endswith((".", ",", ";")):
        return False
    return line.isupper() or (len(words) <= 3 and not HEADINGS.isdisjoint(word.lower() for word in words))
