"""The limits of guidelines, how they are shown safely, and what differs between two versions of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

import nh3
from markdown_it import MarkdownIt

LONGEST_TEXT, MOST_LINES, LONGEST_CHANGE = 50_000, 2_000, 300
# A row of a table is filled with empty cells up to its head: a few letters a line could make a very large page.
MOST_CELLS = 20_000
# They turn the direction of words, so that a link could read as another.
TURNS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
# Around what has changed so many lines stay in sight.
CONTEXT = 3
# Plain CommonMark and tables; HTML in the text is text.
MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")
TAGS = {
    *("h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "blockquote", "pre", "code", "em", "strong", "a"),
    *("ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto"}


class LineKind(StrEnum):
    """What became of a line; skipped: so many unchanged ones are left out."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class DiffLine:
    """A line of a comparison; for those skipped *text* is their number."""

    kind: LineKind
    text: str


def refuse_text(text: str) -> str | None:
    """Return why *text* cannot be guidelines, or None."""
    if len(text.splitlines()) > MOST_LINES:
        return f"Guidelines have up to {MOST_LINES:,} lines."
    if _cells(text) > MOST_CELLS:
        return f"The tables have more than {MOST_CELLS:,} cells together. Give long tables fewer columns."
    return None


def _cells(text: str) -> int:
    """Return at most how many cells tables have here: each line as many as the widest, for short rows are filled."""
    rows = [line.count("|") for line in text.splitlines() if "|" in line]
    return len(rows) * (max(rows, default=0) + 1)


def to_html(text: str) -> str:
    """Return Markdown *text* as HTML that holds no script, image, style or address of another kind than the web's.

    Headings begin at the second level, for the page has the first.
    """
    if refuse_text(text):
        return nh3.clean_text(text)
    tokens = MARKDOWN.parse(text.translate(TURNS))
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(int(token.tag[1]) + 1, 6)}"
    html = MARKDOWN.renderer.render(tokens, MARKDOWN.options, {})
    return nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        url_relative="deny",
        link_rel="noopener noreferrer nofollow",
    )


def difference(old: str, new: str) -> list[DiffLine]:
    """Return what changed from *old* to *new*, line by line, with CONTEXT lines around each change.

    Without autojunk two texts of 2,000 lines that repeat three words take over a minute.
    """
    before, after = old.splitlines(), new.splitlines()
    lines: list[DiffLine] = []
    for group in SequenceMatcher(None, before, after, autojunk=True).get_opcodes():
        lines += _told(group, before, after)
    return list(_shortened(lines))


def _told(group: tuple[str, int, int, int, int], before: list[str], after: list[str]) -> Iterator[DiffLine]:
    what, old_from, old_to, new_from, new_to = group
    if what == "equal":
        yield from (DiffLine(LineKind.SAME, line) for line in before[old_from:old_to])
        return
    yield from (DiffLine(LineKind.REMOVED, line) for line in before[old_from:old_to])
    yield from (DiffLine(LineKind.ADDED, line) for line in after[new_from:new_to])


def _shortened(lines: list[DiffLine]) -> Iterator[DiffLine]:
    """Leave out what is unchanged and further than CONTEXT lines from a change."""
    changed = [at for at, line in enumerate(lines) if line.kind is not LineKind.SAME]
    near = {near for at in changed for near in range(at - CONTEXT, at + CONTEXT + 1)}
    skipped = 0
    for at, line in enumerate(lines):
        if at in near:
            if skipped:
                yield DiffLine(LineKind.SKIPPED, str(skipped))
            skipped = 0
            yield line
        else:
            skipped += 1
    if skipped:
        yield DiffLine(LineKind.SKIPPED, str(skipped))
