"""Which letters of a PDF page a reader sees: not what is off the page, tiny, or in the colour of its ground."""

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from numpy.typing import NDArray

from matching.resumes.looks import MIN_POINTS

# A page is drawn at 72 dots an inch, less when it is so large that the picture would fill the memory.
MAX_PIXELS = 4_000_000
# Colours nearer than this in each of red, green and blue look the same (0 to 255).
SAME_COLOUR = 24
# Ground that varies by less than this holds no letter at all, though some may have been written below it.
BARE = 6
# Share of a word's surroundings that has the colour of its letters: a black word on white stays below half.
DROWNED = 0.72
# How far the surroundings reach, in heights of the line: far enough that a lone black "I" is mostly white around.
MARGIN = 0.25
# A line of which this much is hidden is hidden: a tail of a letter that shows does not make it readable.
HIDDEN_LINE = 0.7
INVISIBLE, CLIP = 3, 7
STROKE_ONLY = frozenset({1, 5})
FILL_AND_STROKE = frozenset({2, 6})

Box = tuple[float, float, float, float]
Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class _Looks:
    """How a text object is drawn."""

    mode: int
    colours: tuple[Colour, ...]


@dataclass(slots=True)
class _Word:
    """Neighbouring letters drawn alike: `box` holds left, bottom, right, top of their ink in points."""

    letters: list[int]
    looks: _Looks
    box: Box

    def add(self, letter: int, box: Box) -> None:
        self.letters.append(letter)
        left, bottom, right, top = self.box
        self.box = min(left, box[0]), min(bottom, box[1]), max(right, box[2]), max(top, box[3])


def seen_letters(page: pdfium.PdfPage, textpage: pdfium.PdfTextPage) -> list[bool]:
    """Return for each character of the text page whether a reader sees it; blanks and line ends count as seen."""
    seen = [True] * textpage.count_chars()
    canvas = _Canvas(page)
    for line in _lines(textpage):
        hidden = [letter for word in line if _is_hidden(textpage, word, canvas) for letter in word.letters]
        letters = [letter for word in line for letter in word.letters]
        for letter in letters if len(hidden) >= HIDDEN_LINE * len(letters) else hidden:
            seen[letter] = False
    return seen


def _lines(textpage: pdfium.PdfTextPage) -> Iterator[list[_Word]]:
    """Yield the words of each line, in the order of the text."""
    looks: dict[int, _Looks] = {}
    line: list[_Word] = []
    word: _Word | None = None
    for index in range(textpage.count_chars()):
        owner = pdfium_c.FPDFText_GetTextObject(textpage, index)
        box = _ink(textpage, index) if owner else None
        if not owner or box is None:
            word = None
            if pdfium_c.FPDFText_GetUnicode(textpage, index) in (10, 13) and line:
                yield line
                line = []
            continue
        address = ctypes.cast(owner, ctypes.c_void_p).value or 0
        drawn = looks.get(address) or looks.setdefault(address, _looks(textpage, index, owner))
        if word is not None and word.looks == drawn:
            word.add(index, box)
        else:
            word = _Word([index], drawn, box)
            line.append(word)
    yield line


def _ink(textpage: pdfium.PdfTextPage, index: int) -> Box | None:
    """Return the box of a letter's ink; None for blanks."""
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    found = pdfium_c.FPDFText_GetCharBox(textpage, index, left, right, bottom, top)
    if not found or right.value <= left.value or top.value <= bottom.value:
        return None
    return left.value, bottom.value, right.value, top.value


def _looks(textpage: pdfium.PdfTextPage, index: int, owner: object) -> _Looks:
    """Return how a letter is drawn; colours that let everything through are left out."""
    mode = pdfium_c.FPDFTextObj_GetTextRenderMode(owner)
    asked = []
    if mode not in STROKE_ONLY:
        asked.append(pdfium_c.FPDFText_GetFillColor)
    if mode in STROKE_ONLY or mode in FILL_AND_STROKE:
        asked.append(pdfium_c.FPDFText_GetStrokeColor)
    colours: list[Colour] = []
    for ask in asked:
        red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
        if ask(textpage, index, red, green, blue, alpha) and alpha.value > BARE:
            colours.append((red.value, green.value, blue.value))
    return _Looks(mode, tuple(colours))


def _is_hidden(textpage: pdfium.PdfTextPage, word: _Word, canvas: "_Canvas") -> bool:
    points = _points(textpage, word.letters[0])
    if word.looks.mode in (INVISIBLE, CLIP) or points < MIN_POINTS:
        return True
    if _is_bare(canvas.ground(word.box, margin=1.0)):
        return True
    surroundings = canvas.ground(word.box, margin=MARGIN * points)
    return all(_drowned(surroundings, colour) for colour in word.looks.colours)


def _points(textpage: pdfium.PdfTextPage, index: int) -> float:
    """Return the height of a letter's line as it stands on the page, turned text included."""
    box = pdfium_c.FS_RECTF()
    if not pdfium_c.FPDFText_GetLooseCharBox(textpage, index, box):
        return MIN_POINTS
    return float(max(abs(box.top - box.bottom), abs(box.right - box.left)))


def _is_bare(ground: NDArray[np.int16]) -> bool:
    """Say whether nothing at all is drawn there: off the page, clipped away or painted over."""
    return ground.size == 0 or int((ground.max(axis=(0, 1)) - ground.min(axis=(0, 1))).max()) < BARE


def _drowned(ground: NDArray[np.int16], colour: Colour) -> bool:
    """Say whether nearly all of the surroundings have the colour of the letters."""
    near = (np.abs(ground - np.array(colour, dtype=np.int16)) <= SAME_COLOUR).all(axis=2)
    return float(near.mean()) >= DROWNED


class _Canvas:
    """A page drawn small, to look up what lies where a text stands."""

    def __init__(self, page: pdfium.PdfPage) -> None:
        width, height = page.get_size()
        scale = min(1.0, (MAX_PIXELS / max(width * height, 1.0)) ** 0.5)
        bitmap = page.render(scale=scale, rev_byteorder=True)
        self._page = page
        self._picture: NDArray[np.int16] = bitmap.to_numpy()[:, :, :3].astype(np.int16)

    def ground(self, box: Box, margin: float) -> NDArray[np.int16]:
        """Return the pixels of a box and *margin* points around it, (height, width, 3); empty when off the page."""
        x1, y1 = self._pixel(box[0] - margin, box[3] + margin)
        x2, y2 = self._pixel(box[2] + margin, box[1] - margin)
        # A page may lie turned, so either corner may come first.
        left, right, top, bottom = min(x1, x2), max(x1, x2), min(y1, y2), max(y1, y2)
        if right < 0 or bottom < 0:
            return self._picture[:0]
        return self._picture[max(top, 0) : bottom + 1, max(left, 0) : right + 1]

    def _pixel(self, x: float, y: float) -> tuple[int, int]:
        """Return column and row of a point; the crop box and the turn of the page are allowed for."""
        height, width = self._picture.shape[:2]
        column, row = ctypes.c_int(), ctypes.c_int()
        pdfium_c.FPDF_PageToDevice(self._page, 0, 0, width, height, 0, x, y, column, row)
        return column.value, row.value
