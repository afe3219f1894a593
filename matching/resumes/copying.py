"""Where a résumé repeats the posting it is compared with: pasted text, or a line of the posting's words."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from matching.resumes.passages import Span
from matching.resumes.types import Flag, FlagKind

WORD = re.compile(r"[^\W_]+")
# Words that any text shares with any other.
COMMON = frozenset(
    WORD.findall(
        "a an and are as at be but by can for from has have in into is it its of on or our that the their they "
        "this to we were which will with you your all also any am i my more not other than these those such use "
        "used using work working who within per up out about across through while do does etc e g so if when where "
        "how what was been new"
    )
)
# Texts written apart share six words in a row by chance only: of 20,274 pairs of a posting and an honest résumé 23 had
# SHARED or more words in such rows within WINDOW words (20 of them had copied phrases of O*NET), pasted text has all.
ROW = 6
WINDOW = 100
SHARED = 12
# Eight different words in a row that all stand in the posting, or eleven of twelve, with hardly a common one between:
# 0.2 % and 0.1 % of the same pairs.
LISTED = ((8, 8), (12, 11))
LEAST_DIFFERENT = 0.75
LONGEST_LIST = 1.35
# Rows closer than this are one place.
GAP = 12
# A title or a short document cannot be told from the posting's own words.
MIN_WORDS = 30

STRANGE, COMMON_ELSEWHERE, COMMON_HERE, WANTED = range(4)
ROWS = re.compile(rb"[%c%c]{%d,}" % (COMMON_HERE, WANTED, ROW))


@dataclass(frozen=True, slots=True)
class PostingWords:
    """A posting made ready to be looked for in many résumés: each word's code, and its rows of ROW words."""

    codes: dict[str, int]
    rows: frozenset[tuple[str, ...]]


def posting_words(posting: str) -> PostingWords:
    """Return what `copied_flags` needs of a posting: its title, wishes and text in one."""
    words = WORD.findall(posting.lower())
    codes = dict.fromkeys(COMMON, COMMON_ELSEWHERE)
    codes |= {word: COMMON_HERE if word in COMMON or len(word) == 1 else WANTED for word in words}
    return PostingWords(codes, frozenset(zip(*(words[first:] for first in range(ROW)), strict=False)))


def copied_spans(posting: str | PostingWords, resume: str) -> tuple[Span, ...]:
    """Return the places of a résumé that repeat the posting, in order; see `copied_flags`."""
    return tuple((flag.start, flag.end) for flag in copied_flags(posting, resume))


def copied_flags(posting: str | PostingWords, resume: str) -> tuple[Flag, ...]:
    """Return the places of a résumé that repeat the posting word for word, or string its words together, in order.

    *resume*: blanked or not, offsets are the same; at most 0.4 ms for 4,000 characters.  A text of less than MIN_WORDS
    words has none.
    """
    wanted = posting if isinstance(posting, PostingWords) else posting_words(posting)
    # The one capital whose small letter is two signs would move every offset behind it.
    lowered = resume.replace("İ", "I").lower()
    words = WORD.findall(lowered)
    if len(words) < MIN_WORDS:
        return ()
    codes = bytes([wanted.codes.get(word, STRANGE) for word in words])
    pasted = _pasted(words, codes, wanted.rows)
    listed = [
        span for span in _listed(words, codes) if not any(start < span[1] and span[0] < end for start, end in pasted)
    ]
    if not pasted and not listed:
        return ()
    places = [found.span() for found in WORD.finditer(lowered)]
    flags = [_flag(FlagKind.POSTING, resume, places, span) for span in pasted]
    flags += [_flag(FlagKind.KEYWORDS, resume, places, span) for span in listed]
    return tuple(sorted(flags, key=lambda flag: flag.start))


def _pasted(words: Sequence[str], codes: bytes, rows: frozenset[tuple[str, ...]]) -> list[Span]:
    """Return the stretches of words, as numbers from and up to, that stand in the posting in the same rows."""
    shared: list[Span] = []
    for run in ROWS.finditer(codes):
        for first in range(run.start(), run.end() - ROW + 1):
            if tuple(words[first : first + ROW]) in rows:
                start = shared.pop()[0] if shared and first <= shared[-1][1] else first
                shared.append((start, first + ROW))
    return [span for span in _joined(shared) if _is_much(span, shared)]


def _is_much(joined: Span, shared: Sequence[Span]) -> bool:
    """Say whether a place has SHARED words of the posting, together with what lies within WINDOW words of it."""
    near = [(start, end) for start, end in shared if start < joined[1] + WINDOW // 2 and end > joined[0] - WINDOW // 2]
    return sum(end - start for start, end in near) >= SHARED


def _listed(words: Sequence[str], codes: bytes) -> list[Span]:
    """Return the stretches in which words of the posting stand beside one another with hardly any other between."""
    content = codes.translate(None, bytes((COMMON_ELSEWHERE, COMMON_HERE)))
    if bytes((WANTED,)) * 6 not in content:
        return []
    numbers = [number for number, code in enumerate(codes) if code in (STRANGE, WANTED)]
    found = [span for length, least in LISTED for span in _windows(words, content, numbers, length, least)]
    return _joined(sorted(found))


def _windows(words: Sequence[str], content: bytes, numbers: Sequence[int], length: int, least: int) -> Iterator[Span]:
    for first in range(len(content) - length + 1):
        if content.count(WANTED, first, first + length) < least:
            continue
        wanted = content.index(WANTED, first), content.rindex(WANTED, first, first + length)
        start, end = numbers[wanted[0]], numbers[wanted[1]] + 1
        different = {words[number] for number in numbers[first : first + length]}
        if end - start <= LONGEST_LIST * length and len(different) >= LEAST_DIFFERENT * length:
            yield start, end


def _joined(spans: Sequence[Span]) -> list[Span]:
    joined: list[Span] = []
    for start, end in spans:
        if joined and start - joined[-1][1] <= GAP:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined


def _flag(kind: FlagKind, resume: str, places: Sequence[Span], span: Span) -> Flag:
    start, end = places[span[0]][0], places[span[1] - 1][1]
    lines = sum(bool(line.strip()) for line in resume[start:end].split("\n"))
    count = "A line" if lines == 1 else f"{lines} lines"
    verb = ("repeats", "strings together words of") if lines == 1 else ("repeat", "string together words of")
    if kind is FlagKind.POSTING:
        return Flag(kind, start, end, f"{count} {verb[0]} the posting word for word")
    return Flag(kind, start, end, f"{count} {verb[1]} the posting")
