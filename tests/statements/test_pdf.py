"""The PDF of a statement, whatever stands in it."""

import unicodedata
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pypdfium2
import pytest

from marketplace.statements.pdf import drawn
from marketplace.statements.rules import Movement, Standing, Statement, Work, bounds, find_period, with_balances

START = datetime(2026, 1, 3, tzinfo=UTC)


def _statement(count: int, project: str = "Radiology", name: str = "Ada", reason: str = "") -> Statement:
    period = find_period("2026")
    assert period
    start, end = bounds(period, "UTC")
    moved = []
    for number in range(count):
        at = START + timedelta(hours=number * 4)
        work = Work(number, 1, project, at, at, 95, 2000, "", "Nguyễn Thị Hương", at)
        moved.append(Movement(number, "earning", at, 3167, 0, reason=reason, work=work))
    lines = with_balances(Standing(), moved)
    return Statement(7, name, "Annotator 00007", "EUR", period, "UTC", start, end, Standing(), lines)


def _words(content: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(content)
    return [document[number].get_textpage().get_text_range() for number in range(len(document))]


@pytest.mark.parametrize(
    "text",
    [
        "Đánh giá tiếng Việt ẩệ",
        "Ελληνικά",
        "Радіологія",
        "医学影像报告标注",
        "かなカナ",
        "한국어",
        "Å €½",
        "<b>**x**</b>",
    ],
)
def test_words_in_many_scripts_are_drawn_and_can_be_selected(text):
    assert text in _words(drawn(_statement(1, project=text, name=text), is_open=False))[0]


@pytest.mark.parametrize(
    "text",
    [
        "\x00\x07\x1b",
        "🎉🏳️‍🌈",
        "हिन्दी",
        "\ud800",
        "a\u202eb\u200b",
        "\U0010ffff",
        "{nb}",
        "x" * 5000,
        "字" * 900,
        "\n\n",
        " " * 300,
    ],
)
def test_what_no_font_has_is_shown_as_unknown_and_nothing_stops_the_statement(text):
    pages = _words(drawn(_statement(2, project=text, name=text, reason=text), is_open=True))
    assert "€31.67" in "".join(pages)
    assert (
        text.isprintable() == ("\N{REPLACEMENT CHARACTER}" not in "".join(pages)) or text.isspace() or text[0] in "🎉ह"
    )


@pytest.mark.parametrize("text", ["שלום", "مرحبا سلامة", "فارسی"])
def test_what_is_written_from_right_to_left_begins_at_the_right(text):
    page = pypdfium2.PdfDocument(drawn(_statement(1, project=text), is_open=False))[0].get_textpage()
    found = [(page.get_text_range(at, 1), page.get_charbox(at)[0]) for at in range(page.count_chars())]
    first, last = (
        min(left for one, left in found if unicodedata.normalize("NFKC", one) == wanted)
        for wanted in (text[0], text[-1])
    )
    assert first > last


def test_heads_are_repeated_pages_are_numbered_and_every_line_is_there():
    pages = _words(drawn(_statement(60), is_open=False))
    assert len(pages) > 3
    for number, words in enumerate(pages, 1):
        assert f"Page {number} of {len(pages)}" in words
        assert "Owed after it" in words
    everything = "".join(pages)
    assert all(f"Entry {number} of the books" in everything for number in range(60))
    assert "€1,900.20" in pages[-1]


def test_the_document_says_its_title_and_language_and_depends_on_nothing_but_the_statement():
    statement = _statement(3)
    content = drawn(statement, is_open=False)
    assert content == drawn(replace(statement), is_open=False)
    assert b"/Lang (en)" in content
    found = pypdfium2.PdfDocument(content).get_metadata_dict()
    assert found["Title"] == "Statement for 2026, Annotator 00007, EUR"
    assert found["CreationDate"].startswith("D:20270101000000")
