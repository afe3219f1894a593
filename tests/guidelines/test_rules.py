from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest

from marketplace.guidelines.rules import CONTEXT, MOST_LINES, SCHEMES, TAGS, LineKind, difference, refuse_text, to_html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("# Rate", "<h2>Rate</h2>\n"),
        ("###### Deep", "<h6>Deep</h6>\n"),
        ("- one\n- **two**", "<ul>\n<li>one</li>\n<li><strong>two</strong></li>\n</ul>\n"),
        ("a < b & c", "<p>a &lt; b &amp; c</p>\n"),
        (
            "[style guide](https://example.org/a)",
            '<p><a href="https://example.org/a" rel="noopener noreferrer nofollow">style guide</a></p>\n',
        ),
    ],
)
def test_markdown_becomes_html_with_headings_below_that_of_the_page(text: str, html: str) -> None:
    assert to_html(text) == html


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt&colon;alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](vbscript:msgbox)",
        "![x](https://elsewhere.example/pixel.png)",
        "<https://ok.example/><iframe src=//evil.example>",
        "[x](//evil.example 'on\" onmouseover=alert(1) \"')",
        "<style>*{display:none}</style>",
        "`<script>`\n\n    <script>alert(1)</script>",
        "| a |\n|---|\n| <svg onload=alert(1)> |",
        '<a href="x" style="position:fixed">x</a>',
        "[x]: javascript:alert(1)\n\n[x]",
    ],
)
def test_nothing_in_it_runs_or_is_fetched_from_elsewhere(text: str) -> None:
    tags = Tags()
    tags.feed(to_html(text))
    assert tags.found <= TAGS
    assert tags.attributes <= {"href", "title", "rel", "start"}
    for address in tags.links:
        assert urlsplit(address).scheme in SCHEMES


class Tags(HTMLParser):
    """Notes every tag, attribute and link, as a browser would see them."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name == "href"]


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "text", ["[" * 50_000, "> " * 25_000, "*a **b " * 7_000, "`" * 50_000, "- " * 25_000, "<" * 50_000, "|" * 50_000]
)
def test_nesting_without_end_is_rendered_all_the_same(text: str) -> None:
    assert to_html(text)


def test_a_difference_says_line_by_line_what_went_and_what_came() -> None:
    old = "\n".join(["# Rate", "Read it.", *(f"Rule {number}" for number in range(20))])
    new = old.replace("Read it.", "Read it twice.") + "\nLast"
    lines = difference(old, new)
    assert [line.text for line in lines if line.kind is LineKind.REMOVED] == ["Read it."]
    assert [line.text for line in lines if line.kind is LineKind.ADDED] == ["Read it twice.", "Last"]
    (skipped,) = [line for line in lines if line.kind is LineKind.SKIPPED]
    assert int(skipped.text) == 20 - 2 * CONTEXT
    assert sum(line.kind is LineKind.SAME for line in lines) == 1 + 2 * CONTEXT


def test_nothing_differs_between_a_text_and_itself() -> None:
    assert {line.kind for line in difference("a\nb", "a\nb")} == {LineKind.SKIPPED}


@pytest.mark.timeout(10)
@pytest.mark.parametrize(("old", "new"), [("abc", "acb"), ("a", "ab")])
def test_texts_that_repeat_themselves_are_compared_in_time(old: str, new: str) -> None:
    before = [old[at % len(old)] for at in range(MOST_LINES)]
    after = [new[at % len(new)] for at in range(MOST_LINES)]
    lines = difference("\n".join(before), "\n".join(after))
    assert any(line.kind is LineKind.ADDED for line in lines)


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\f", "\x85", "\u2028"])
def test_there_is_an_end_to_lines_however_they_end(end: str) -> None:
    assert refuse_text(end * MOST_LINES) is None
    assert "2,000 lines" in (refuse_text(end * (MOST_LINES + 1)) or "")


def test_a_table_that_would_be_filled_without_end_is_refused_and_shown_as_text() -> None:
    text = "|".join("a" * 100) + "\n" + "|".join(["-"] * 100) + "\n|a" * 1_900
    assert "fewer columns" in (refuse_text(text) or "")
    assert "<table" not in to_html(text)
    assert refuse_text("| a | b |\n|---|---|\n" + "| 1 | 2 |\n" * 1_000) is None


@pytest.mark.parametrize("address", ["//evil.example", "/admin/people", "page", "?x", "#top"])
def test_only_whole_addresses_become_links(address: str) -> None:
    tags = Tags()
    tags.feed(to_html(f"[x]({address})"))
    assert tags.links == []


def test_words_are_not_turned_around() -> None:
    assert to_html("a\u202eb\u2066c") == "<p>abc</p>\n"
