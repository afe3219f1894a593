"""Finds the spaces of a PDF page that pdfium misses: many files hold no space signs, only gaps between letters.

pdfium judges a gap by the width of its neighbours and loses some on pages set letter by letter ("Bachelor ofArts").
Here each letter is compared with itself: how far away the next one stands when nothing lies between.
"""

import ctypes
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

# In heights of the line.  On 29 résumés kerning stayed below 0.08, and the missed spaces lay above 0.24.
GAP = 0.15
TOO_FAR = 2.0
SAME_LINE = 0.1
# Most of the distances after one letter are within words; this one of them, counted from the least, surely is.
WITHIN_WORDS = 0.2
FEWEST = 3
# Where so many letters of a word stand apart it is set wide, as headings are.
SET_WIDE = 0.4

# Which letter, in which font, at which size.
Kind = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class _Step:
    """From one letter to the next of the same word, as pdfium sees words.  *distance*: in heights of the line."""

    index: int
    kind: Kind
    distance: float


def missed_spaces(textpage: pdfium.PdfTextPage) -> list[int]:
    """Return the indices of the letters before which a space is missing, in order."""
    words = list(_words(textpage))
    distances: defaultdict[Kind, list[float]] = defaultdict(list)
    for step in (step for word in words for step in word):
        distances[step.kind].append(step.distance)
    usual = {
        kind: sorted(found)[int(len(found) * WITHIN_WORDS)] for kind, found in distances.items() if len(found) >= FEWEST
    }
    missed: list[int] = []
    for word in words:
        gaps = [step.index for step in word if step.distance - usual.get(step.kind, TOO_FAR) > GAP]
        if len(gaps) < SET_WIDE * len(word):
            missed += gaps
    return missed


def _words(textpage: pdfium.PdfTextPage) -> Iterator[list[_Step]]:
    """Yield the steps within each stretch of letters that pdfium takes for one word."""
    fonts: dict[int, int] = {}
    letters = [_letter(textpage, index, fonts) for index in range(textpage.count_chars())]
    word: list[_Step] = []
    ligature = False
    for index, (before, after) in enumerate(pairwise(letters), start=1):
        # The parts of a ligature all begin where it begins, so nothing can be said of where it ends.
        before_ligature, ligature = ligature, before is not None and after is not None and before.x == after.x
        if before is not None and after is not None and before.kind[1:] == after.kind[1:] and not before_ligature:
            distance = (after.x - before.x) / before.height
            if abs(after.y - before.y) <= SAME_LINE * before.height and 0 < distance < TOO_FAR:
                word.append(_Step(index, before.kind, distance))
                continue
        if word:
            yield word
        word = []
    if word:
        yield word


@dataclass(frozen=True, slots=True)
class _Letter:
    """Where a letter begins, and the height of its line, in points."""

    kind: Kind
    x: float
    y: float
    height: float


def _letter(textpage: pdfium.PdfTextPage, index: int, fonts: dict[int, int]) -> _Letter | None:
    """Return a letter; None for a blank, or one that pdfium made up.  *fonts*: of the text objects met so far."""
    sign = pdfium_c.FPDFText_GetUnicode(textpage, index)
    owner = pdfium_c.FPDFText_GetTextObject(textpage, index)
    box = pdfium_c.FS_RECTF()
    if sign <= ord(" ") or not owner or not pdfium_c.FPDFText_GetLooseCharBox(textpage, index, box):
        return None
    height = box.top - box.bottom
    x, y = ctypes.c_double(), ctypes.c_double()
    if height <= 0 or not pdfium_c.FPDFText_GetCharOrigin(textpage, index, x, y):
        return None
    address = ctypes.cast(owner, ctypes.c_void_p).value or 0
    if address not in fonts:
        fonts[address] = ctypes.cast(pdfium_c.FPDFTextObj_GetFont(owner), ctypes.c_void_p).value or 0
    return _Letter((sign, fonts[address], round(height)), x.value, y.value, height)
