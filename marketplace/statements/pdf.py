"""A statement as PDF: text that can be selected, in fonts of our own, and the same bytes for the same statement."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont
from fpdf import FPDF
from fpdf.enums import XPos, YPos

from marketplace.formats import day_text, hours_text, moment_text
from marketplace.money import written
from marketplace.statements.rules import Movement, Statement
from marketplace.statements.scripts import as_seen, is_right_to_left, joined

FONTS = Path(__file__).parent / "fonts"
# Latin, Greek, Cyrillic, Vietnamese, Armenian, Georgian, Hebrew, Arabic; then Chinese, Japanese, Korean.
PLAIN, BOLD, WIDE = "DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DroidSansFallback.ttf"
UNKNOWN = "\N{REPLACEMENT CHARACTER}"
MARGIN, WIDTH, LINE = 15.0, 180.0, 4.4
INK, MUTED, RULE = (20, 24, 28), (84, 92, 98), (190, 196, 200)
LEFT, RIGHT = "L", "R"
# No text of a row is as high as a page.
LONGEST = 900
PIECE = re.compile(r"[^ ]+ *| +")
Columns = Sequence[tuple[str, float, str]]

MOVES: Columns = (
    ("Booked", 23, LEFT),
    ("What", 89, LEFT),
    ("Hours", 14, RIGHT),
    ("Change", 27, RIGHT),
    ("Owed after it", 27, RIGHT),
)
PROJECTS: Columns = (("Project", 116, LEFT), ("Hours", 24, RIGHT), ("Earned", 40, RIGHT))
MONTHS: Columns = (
    ("Month", 24, LEFT),
    ("Hours", 18, RIGHT),
    ("Earned", 28, RIGHT),
    ("Other", 26, RIGHT),
    ("Sent", 28, RIGHT),
    ("Came back", 26, RIGHT),
    ("Owed at the end", 30, RIGHT),
)
SUMS: Columns = (("", 100, LEFT), ("Owed", 40, RIGHT), ("On its way", 40, RIGHT))


def drawn(statement: Statement, *, is_open: bool) -> bytes:
    """Return *statement* as a PDF; *is_open*: more may be booked in its period.

    A character that no font has stands as "�".
    """
    page = _Page(statement)
    page.add_page()
    page.heading(_title(statement), size=18)
    page.words(f"{statement.name or statement.pseudonym} ({statement.pseudonym}) · {statement.currency}")
    page.words(_basis(statement, is_open), muted=True)
    page.heading("Balances")
    page.grid(SUMS, _balances(statement), bold_last=True)
    if statement.projects:
        page.heading("By project")
        page.grid(PROJECTS, _projects(statement))
    if statement.period.is_year and statement.months:
        page.heading("By month")
        page.grid(MONTHS, _months(statement))
    page.heading("Every movement")
    if statement.lines:
        page.grid(MOVES, (_row(line, statement) for line in statement.lines))
    else:
        page.words("Nothing was booked in this period.")
    return bytes(page.output())


def _title(statement: Statement) -> str:
    period = statement.period
    return f"Statement for {period.name if period.is_year else day_text(period.first, 'MMMM y')}"


def _basis(statement: Statement, is_open: bool) -> str:
    period = statement.period
    text = (
        f"{day_text(period.first)} to {day_text(period.last)}, days as in {statement.zone}. Each movement stands where "
        "it was booked, not where it was worked; entries of the books are only ever added."
    )
    return f"{text} The period is not over: more may be added." if is_open else text


def _balances(statement: Statement) -> Iterable[Sequence[str]]:
    currency, opening, closing = statement.currency, statement.opening, statement.closing
    yield "At the beginning", written(opening.owed_minor, currency), written(opening.on_way_minor, currency)
    for name, owed, on_way in statement.changes:
        yield name, written(owed, currency), written(on_way, currency)
    yield "At the end", written(closing.owed_minor, currency), written(closing.on_way_minor, currency)


def _projects(statement: Statement) -> Iterable[Sequence[str]]:
    for one in statement.projects:
        yield one.project, hours_text(one.minutes), written(one.earned_minor, statement.currency)


def _months(statement: Statement) -> Iterable[Sequence[str]]:
    for one in statement.months:
        amounts = (one.earned_minor, one.other_minor, one.sent_minor, one.back_minor, one.closing_minor)
        yield one.period, hours_text(one.minutes), *(written(amount, statement.currency) for amount in amounts)


def _row(line: Movement, statement: Statement) -> Sequence[str]:
    hours = hours_text(line.minutes) if line.work else ""
    amounts = (written(one, statement.currency) for one in (line.owed_minor, line.balance_minor))
    about = "\n".join([line.words, *_about(line, statement), f"Entry {line.entry_id} of the books"])
    return (_moment(line.booked_at, statement.zone).replace(", ", "\n", 1), about, hours, *amounts)


def _about(line: Movement, statement: Statement) -> Iterable[str]:
    if work := line.work:
        yield work.project
        rate = written(work.rate_minor, statement.currency)
        yield f"Worked {_moment(work.starts_at, statement.zone)}, at {rate} an hour, line {work.entry_id}"
        if work.approved_at:
            yield f"Approved {_moment(work.approved_at, statement.zone)} by {work.approved_by}"
    if line.paying:
        named = f", {line.paying.reference}" if line.paying.reference else ""
        yield f"Payout no. {line.paying.payout_id}{named}"
    if line.reverses_id:
        yield f"Takes back entry {line.reverses_id}"
    if line.on_way_minor:
        yield f"On its way: {written(line.on_way_minor, statement.currency)}"
    if line.reason:
        yield line.reason


def _moment(moment: datetime, zone: str) -> str:
    return moment_text(moment, zone).removesuffix(" UTC")


@cache
def _characters(font: str) -> frozenset[int]:
    with TTFont(FONTS / font, lazy=True) as opened:
        return frozenset(opened.getBestCmap())


class _Page(FPDF):
    """Pages with a foot, whose tables repeat their heads."""

    def __init__(self, statement: Statement) -> None:
        super().__init__(format="A4")
        self._widths: dict[tuple[bool, str], float] = {}
        self._foot = f"Fairmatch · {_title(statement)} · {statement.pseudonym} · {statement.currency}"
        self.set_margins(MARGIN, MARGIN)
        self.set_auto_page_break(True, margin=18)
        self.add_font("text", "", FONTS / PLAIN)
        self.add_font("text", "B", FONTS / BOLD)
        self._has_wide = False
        self.set_lang("en")
        self.set_title(f"{_title(statement)}, {statement.pseudonym}, {statement.currency}")
        self.set_creator("Fairmatch")
        # The end of the period, not now: the same statement is the same file.
        self.set_creation_date(statement.ends_at)
        self.set_text_color(*INK)
        self.set_draw_color(*RULE)

    def footer(self) -> None:
        """Write what the page is of, and its number."""
        self.set_y(-14)
        self._ink(8, muted=True)
        self.cell(WIDTH - 30, 5, self._clean(self._foot))
        self.cell(30, 5, f"Page {self.page_no()} of {{nb}}", align=RIGHT)
        self._ink(8.5)

    def heading(self, text: str, size: float = 12) -> None:
        """Write *text* as a heading, on the page of what follows it."""
        if self.will_page_break(24):
            self.add_page()
        self.ln(3)
        self._ink(size, bold=True)
        self.multi_cell(WIDTH, size * 0.5, self._clean(text), align=LEFT, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(1)

    def words(self, text: str, *, muted: bool = False) -> None:
        """Write *text* as a paragraph."""
        self._ink(9, muted=muted)
        for line in self._wrapped(self._clean(text), WIDTH):
            self.cell(WIDTH, LINE + 0.4, as_seen(line), new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def grid(self, columns: Columns, rows: Iterable[Sequence[str]], *, bold_last: bool = False) -> None:
        """Draw a table; a row is never cut by the end of a page, and the head stands on each page."""
        self._head(columns)
        shown = list(rows)
        for number, row in enumerate(shown):
            self._ink(8.5, bold=bold_last and number == len(shown) - 1)
            self._row(columns, row)

    def _head(self, columns: Columns) -> None:
        self._ink(8, bold=True, muted=True)
        for name, width, align in columns:
            self.cell(width, LINE + 1, name, align=align)
        self.ln(LINE + 1.6)
        self.line(MARGIN, self.get_y(), MARGIN + WIDTH, self.get_y())
        self.ln(0.8)

    def _row(self, columns: Columns, row: Sequence[str]) -> None:
        cells = [
            [line for part in self._clean(text).split("\n") for line in self._wrapped(part, width - 2.5)]
            for text, (_, width, _) in zip(row, columns, strict=True)
        ]
        height = max(map(len, cells)) * LINE
        if self.will_page_break(height + 2):
            bold = "B" in self.font_style
            self.add_page()
            self._head(columns)
            self._ink(8.5, bold=bold)
        top, left = self.get_y(), MARGIN
        for lines, (name, width, align) in zip(cells, columns, strict=True):
            for number, line in enumerate(lines):
                muted = name == "What" and number > 0
                self.set_text_color(*(MUTED if muted else INK))
                self.set_xy(left, top + number * LINE)
                self.cell(width, LINE, as_seen(line), align=align)
            left += width
        self.set_xy(MARGIN, top + height + 0.8)
        self.line(MARGIN, self.get_y(), MARGIN + WIDTH, self.get_y())
        self.ln(0.8)

    def _ink(self, size: float, *, bold: bool = False, muted: bool = False) -> None:
        self.set_font("text", "B" if bold else "", size)
        self.set_text_color(*(MUTED if muted else INK))

    def _clean(self, text: str) -> str:
        """Return *text* with what no font can draw replaced, having loaded the font that it needs."""
        text = unicodedata.normalize("NFC", text if len(text) <= LONGEST else f"{text[:LONGEST]}…")
        if is_right_to_left(text):
            text = joined(text)
        known = _characters(PLAIN)
        if all(ord(one) in known or one == "\n" for one in text) and text.replace("\n", "").isprintable():
            return text
        if not self._has_wide and any(ord(one) not in known for one in text if one != "\n"):
            self._load_wide()
        wide = _characters(WIDE)
        return "".join(_drawable(one, known, wide) for one in text)

    def _load_wide(self) -> None:
        self.add_font("wide", "", FONTS / WIDE)
        self.set_fallback_fonts(["wide"], exact_match=False)
        self._has_wide = True

    def _wrapped(self, text: str, width: float) -> list[str]:
        """Return *text* in lines that fit *width*, cut at spaces, and inside what is longer than a line."""
        lines, line, room = [], "", width
        for word in _pieces(text):
            wide = self._wide(word)
            if wide <= room:
                line, room = line + word, room - wide
                continue
            if line:
                lines.append(line.rstrip())
            line, room = "", width
            for one in word:
                wide = self._wide(one)
                if line and wide > room:
                    lines.append(line)
                    line, room = "", width
                line, room = line + one, room - wide
        return [*lines, line.rstrip()]

    def _wide(self, text: str) -> float:
        # Summed by hand: asking the library for each line is half of the time of a long statement.
        bold, widths = "B" in self.font_style, self._widths
        for one in text:
            if (bold, one) not in widths:
                widths[bold, one] = self.get_string_width(one) / self.font_size_pt
        return sum(widths[bold, one] for one in text) * self.font_size_pt


def _pieces(text: str) -> list[str]:
    """Return the words of *text*, each with the spaces behind it."""
    return PIECE.findall(text)


def _drawable(one: str, known: frozenset[int], wide: frozenset[int]) -> str:
    if one == "\n":
        return one
    if one.isspace():
        return " "
    if not one.isprintable():
        return UNKNOWN
    return one if ord(one) in known or ord(one) in wide else UNKNOWN
