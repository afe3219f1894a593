"""Sentences and bullets of a text by their offsets, and the stems of its words."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

Piece = tuple[int, int]

WORD = re.compile(r"[^\W_]+(?:[+#]+(?!\w))?")
LINE = re.compile(r"[^\n]+")
BULLET = re.compile(r"(?:[•·▪●◦‣*–—-]|\d{1,2}[.)])\s+")
# Inside a line a hyphen may belong to a sentence, these do not.
INNER_BULLET = re.compile(r"\s*[•▪●◦‣]\s*")
A_BULLET, AN_END = re.compile(r"[•▪●◦‣]"), re.compile(r"[.!?;]")
SENTENCE_END = re.compile(r"(?<=[.!?;])[”\"')\]]*\s+(?=[^\sa-z])")
ABBREVIATED = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|approx|incl|no|st|dr|mr|ms|mrs|prof|inc|ltd|co|corp|dept|jr|sr)|\b[A-Z])\.$",
    re.IGNORECASE,
)
ENDED = (".", "!", "?", ";", ":")
BORDER = re.compile(r"[,;:|•·▪●/]\s*|\s+[-–—]\s+|\s+(?:and|or)\s+")
# A line this near to the longest around it was broken by the edge of the page, not by its writer.
FULL_LINE = 0.8
SHORTEST_FULL_LINE = 60
MOST_HEADING_WORDS = 8
LEAST_ITEMS = 5
WORDS_AN_ITEM = 3.0
SHORTEST_STEM = 3
ENDINGS = (
    "izations", "isations", "ization", "isation", "ations", "ation", "ators", "ator", "ments", "ment", "ness", "ities",
    "ings", "ions", "able", "ance", "ence", "ies", "ied", "ion", "ing", "ity", "ers", "ors", "ive", "ed", "er", "or",
    "es", "ly", "al", "s", "e", "y",
)  # fmt: skip
COMMON = frozenset(
    WORD.findall(
        "a about above after all also an and any are as at be been being both but by can could did do does each etc "
        "few for from good had has have having he her him his how i if in including into is it its least like many "
        "may me more most must my no not of off on one or other our out over own per she should since so some such "
        "than that the their them there these they this those to under until up upon us use used using various very "
        "via was we were what when where which while who will with within without would year years yet you your "
        "ability able excellent experience experienced knowledge skill skilled skills strong work worked working"
    )
)


def pieces_of(text: str, start: int, end: int) -> list[Piece]:
    """Return the sentences and bullets of ``text[start:end]``, in order, each without blanks around it.

    A sentence that the edge of a page broke into lines is one piece.
    """
    lines = [_bare(text, *found.span()) for found in LINE.finditer(text, start, end)]
    lines = [(left, right) for left, right in lines if left < right]
    full = max(SHORTEST_FULL_LINE, FULL_LINE * max((right - left for left, right in lines), default=0))
    blocks: list[Piece] = []
    last = (0, 0)
    for line in lines:
        if blocks and _goes_on(text, last, line, full):
            blocks[-1] = (blocks[-1][0], line[1])
        else:
            blocks.append(line)
        last = line
    return [piece for block in blocks for piece in _sentences(text, block)]


def _bare(text: str, start: int, end: int) -> Piece:
    found = text[start:end]
    return start + len(found) - len(found.lstrip()), end - len(found) + len(found.rstrip())


def _goes_on(text: str, last: Piece, line: Piece, full: float) -> bool:
    """Say whether the sentence of one line goes on in the next."""
    if text[last[1] - 1] in ENDED or BULLET.match(text, *line):
        return False
    return text[line[0]].islower() or last[1] - last[0] >= full


def _sentences(text: str, block: Piece) -> Iterator[Piece]:
    at = block[0]
    for found in _ends(text, block):
        start, end = _bare(text, at, found[0])
        if bullet := BULLET.match(text, start, end):
            start = bullet.end()
        if start < end:
            yield start, end
        at = found[1]


def _ends(text: str, block: Piece) -> list[Piece]:
    """Return where the sentences of a block end and the next begin, in order."""
    # Most lines have neither, which one look for a single character tells faster.
    bullets = [found.span() for found in INNER_BULLET.finditer(text, *block)] if A_BULLET.search(text, *block) else []
    ends = [
        found.span()
        for found in (SENTENCE_END.finditer(text, *block) if AN_END.search(text, *block) else ())
        if not ABBREVIATED.search(text, max(block[0], found.start() - 8), found.start())
    ]
    return [*sorted(bullets + ends), (block[1], block[1])]


def is_heading(piece: str) -> bool:
    """Return whether *piece* only names what follows: few words, no end, most of them in capitals."""
    words = WORD.findall(piece)
    if not words or len(words) > MOST_HEADING_WORDS or piece.endswith((".", "!", "?", ",")):
        return False
    telling = [word for word in words if word.lower() not in COMMON]
    return len(words) <= 2 or all(not word[0].islower() for word in telling)


def is_list(piece: str) -> bool:
    """Return whether *piece* only lists things, such as tools or languages."""
    items = [item for item in BORDER.split(piece) if item.strip()]
    return len(items) >= LEAST_ITEMS and len(WORD.findall(piece)) <= WORDS_AN_ITEM * len(items)


def trimmed(text: str, piece: Piece, kept: Sequence[Piece], longest: int) -> Piece:
    """Return the part of *piece*, at most *longest* characters, around *kept* (places in it), cut between words.

    As much of *kept* as fits, counted from the first on; borders of clauses are preferred.
    """
    if piece[1] - piece[0] <= longest:
        return piece
    first = kept[0][0] if kept else piece[0]
    last = max([end for _, end in kept if end - first <= longest] or [min(first + longest, piece[1])])
    borders = [piece[0], *(found.end() for found in BORDER.finditer(text, *piece))]
    start = max((at for at in borders if at <= first and last - at <= longest), default=first)
    ends = [piece[1], *(found.start() for found in BORDER.finditer(text, *piece))]
    end = max((at for at in ends if last <= at <= start + longest), default=last)
    return _bare(text, start, end)


def words_in(text: str, start: int, end: int) -> list[tuple[str, int, int]]:
    """Return the stems of the telling words of ``text[start:end]`` with the place of each."""
    found = [(stem_of(one[0].lower()), one.start(), one.end()) for one in WORD.finditer(text, start, end)]
    return [one for one in found if one[0]]


@lru_cache(maxsize=1 << 16)
def stem_of(word: str) -> str:
    """Return the stem of a word in small letters, empty for a common one: annotator, annotated → "annot"."""
    if word in COMMON or (len(word) == 1 and not word.isalpha()):
        return ""
    if word.isascii() and word.isalpha():
        for ending in ENDINGS:
            if word.endswith(ending) and len(word) - len(ending) >= SHORTEST_STEM:
                word = word.removesuffix(ending)
                break
        if len(word) > SHORTEST_STEM and word[-1] == word[-2] and word[-1] not in "aeiou":
            return word[:-1]
    return word
