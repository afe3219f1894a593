"""Cuts a text into passages a model can take in whole: at headings, paragraphs, lines, sentences, in that order."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from matching.resumes.types import Flag, Page, Passage

# MiniLM reads 256 word pieces and drops the rest; of 856 passages estimated at up to this, none had more than 249.
MAX_WORD_PIECES = 220
MAX_CHARACTERS = 1_000
LETTERS_PER_PIECE = 7
DIGITS_PER_PIECE = 3
# A heading may begin a new passage once this much has been gathered.
ENOUGH = 350
# Not a line of many blanks: that is one whose text was blanked, and parts nothing.
BLANK_LINE = re.compile(r"\n ?\n")
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


def cut_passages(text: str, pages: Sequence[Page], flags: Sequence[Flag] = ()) -> tuple[Passage, ...]:
    """Return the passages of a text, in order, which hold all of it but blanks, none of it twice.

    Each lies within one page and begins and ends with a sign that is no blank.  Runs of blanks count as one blank, so
    that what was blanked moves no border, however long it was; so counted each stays below MAX_WORD_PIECES and
    MAX_CHARACTERS.  What *flags* rest on is in passages of its own, which say the kind of the flag; the others are cut
    as if it were blank, so that it moves no border either, and may reach over it: `privacy.Seen.texts` leaves
    it out of them.
    """
    found: list[Passage] = []
    for page in pages:
        honest = text
        for span, kind in _flagged_places((page.start, page.end), flags):
            honest = honest[: span[0]] + re.sub(r"[^\n]", " ", text[slice(*span)]) + honest[span[1] :]
            found += [Passage(0, page.number, start, end, kind) for start, end in _cut(text, span)]
        found += [Passage(0, page.number, start, end) for start, end in _cut(honest, (page.start, page.end))]
    found.sort(key=lambda passage: passage.start)
    return tuple(replace(passage, number=number) for number, passage in enumerate(found, start=1))


def _flagged_places(page: Span, flags: Sequence[Flag]) -> Iterator[tuple[Span, str]]:
    """Yield the places on a page that flags rest on, apart, with the kind of each; of two on one place the first."""
    at, end = page
    for flag in sorted(flags, key=lambda flag: (flag.start, flag.end)):
        left, right = max(at, flag.start), min(end, flag.end)
        if left < right:
            yield (left, right), flag.kind.value
            at = right


def _cut(text: str, span: Span) -> Iterator[Span]:
    # Lines stay whole; one that is too long is cut at sentences, then at words, then anywhere.
    yield from _gathered(text, _split(text, span, (LINE_END, SENTENCE_END, BLANK)))


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
    piece = text[start:end]
    return _length(piece) <= MAX_CHARACTERS and _word_pieces(piece) <= MAX_WORD_PIECES


def _length(text: str) -> int:
    """Count signs, a run of blanks as one."""
    return len(" ".join(text.split()))


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
    pieces = length = 0
    for left, right in units:
        unit = text[left:right]
        more, longer = _word_pieces(unit), _length(unit) + 1
        full = length + longer > MAX_CHARACTERS or pieces + more > MAX_WORD_PIECES
        if start >= 0 and (full or _is_new_part(unit, text[end:left], length)):
            yield start, end
            start, pieces, length = -1, 0, 0
        start = left if start < 0 else start
        end = right
        pieces += more
        length += longer
    if start >= 0:
        yield start, end


def _is_new_part(unit: str, gap: str, length: int) -> bool:
    """Say whether a unit begins a section, or a paragraph after *length* signs, which are enough."""
    if _is_heading(unit):
        return length >= ENOUGH // 2
    return length >= ENOUGH and BLANK_LINE.search(gap) is not None


def _is_heading(line: str) -> bool:
    words = re.findall(r"[^\W\d_]+", line)
    if not 1 <= len(words) <= 5 or line.endswith((".", ",", ";")):
        return False
    return line.isupper() or (len(words) <= 3 and not HEADINGS.isdisjoint(word.lower() for word in words))
