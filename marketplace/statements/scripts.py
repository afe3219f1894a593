"""Text that is written from right to left, for a PDF that only draws one glyph after the other.

Arabic letters become the forms of their place in the word, which Unicode has characters for; a line is put into the
order in which it is seen.
Source: the Unicode Standard, Annex 9 (the order, by fpdf2) and chapter 9.2 (the joining).
"""

import unicodedata
from functools import cache

from fpdf.bidi import BidiParagraph

RIGHT_TO_LEFT = frozenset({"R", "AL"})
FORMS = [*range(0xFB50, 0xFDD0), *range(0xFE70, 0xFEFD)]
LAM = "ل"
MIRRORED = str.maketrans("()[]{}<>«»", ")(][}{><»«")


def is_right_to_left(text: str) -> bool:
    """Return whether *text* holds letters that are written from right to left."""
    return any(unicodedata.bidirectional(one) in RIGHT_TO_LEFT for one in text)


def as_seen(line: str) -> str:
    """Return the characters of *line* from left to right, as a reader sees them."""
    if not is_right_to_left(line):
        return line
    seen = BidiParagraph(line).get_reordered_characters()
    # A bracket inside what runs to the left opens to the left.
    return "".join(one.character.translate(MIRRORED) if one.embedding_level % 2 else str(one.character) for one in seen)


def joined(text: str) -> str:
    """Return *text* with each Arabic letter in the form of its place: isolated, initial, medial or final."""
    units = _units(text)
    letters = [number for number, unit in enumerate(units) if not unicodedata.combining(unit[0])]
    for place, number in enumerate(letters):
        before = units[letters[place - 1]] if place else ""
        after = units[letters[place + 1]] if place + 1 < len(letters) else ""
        units[number] = _form(units[number], before, after)
    return "".join(units)


def _units(text: str) -> list[str]:
    """Return the letters of *text*, of which lam with alef is one."""
    units: list[str] = []
    for one in text:
        if units and units[-1] == LAM and LAM + one in _forms():
            units[-1] += one
        else:
            units.append(one)
    return units


def _form(unit: str, before: str, after: str) -> str:
    forms = _forms().get(unit)
    if forms is None:
        return unit
    from_before = "initial" in _forms_of(before) and "final" in forms
    to_after = "initial" in forms and "final" in _forms_of(after)
    wanted = {(True, True): "medial", (True, False): "final", (False, True): "initial"}.get((from_before, to_after))
    return forms.get(wanted or "isolated", forms.get("isolated", unit))


def _forms_of(unit: str) -> dict[str, str]:
    # A neighbour before has been put into its form already; what it was tells whether it joins.
    return _forms().get(unicodedata.normalize("NFKC", unit), {})


@cache
def _forms() -> dict[str, dict[str, str]]:
    """Return the forms of each Arabic letter, and of lam with alef, by name."""
    found: dict[str, dict[str, str]] = {}
    for number in FORMS:
        kind, *parts = unicodedata.decomposition(chr(number)).split() or [""]
        letters = "".join(chr(int(part, 16)) for part in parts)
        is_letter = len(letters) == 1 or (len(letters) == 2 and letters[0] == LAM and letters[1] in "اأإآ")
        if kind in {"<isolated>", "<initial>", "<medial>", "<final>"} and is_letter:
            found.setdefault(letters, {})[kind[1:-1]] = chr(number)
    return found
