"""What every kind of file agrees on: how small and how pale is unseen, and how a row of a table reads."""

import re

MIN_POINTS = 4.0
# A white this bright on white paper cannot be read.
WHITE_FROM = 0xF0
SHORT_CELL = 80


def is_white(colour: str | None) -> bool:
    """Say whether a colour written as six hexadecimal digits is white, or too near it to be read on paper."""
    if colour is None or re.fullmatch(r"#?[0-9A-Fa-f]{6}", colour) is None:
        return False
    return all(part >= WHITE_FROM for part in bytes.fromhex(colour.removeprefix("#")))


def row_text(cells: list[str]) -> str:
    """Return a row of short cells as one line ("English | C1"), of long ones as their lines below one another."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    short = all(len(cell) <= SHORT_CELL and "\n" not in cell for cell in filled)
    return (" | " if short else "\n").join(filled)
