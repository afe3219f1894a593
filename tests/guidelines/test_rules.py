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
        assert urlsplit(address).scheme in {"", *SCHEMES}


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


def test_there_is_an_end_to_lines() -> None:
    assert refuse_text("\n" * (MOST_LINES - 1)) is None
    assert "2,000 lines" in (refuse_text("\n" * MOST_LINES) or "")
