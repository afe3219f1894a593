"""Templates hold no inline script or style, which the content policy would block, and no address of another host."""

import re
from pathlib import Path

TEMPLATES = sorted((Path(__file__).resolve().parents[2] / "templates").rglob("*.html"))
FORBIDDEN = (
    re.compile(r"<style[\s>]"),
    re.compile(r"\sstyle\s*="),
    re.compile(r"\son[a-z]+\s*="),
    re.compile(r"<script(?![^>]*\ssrc=)[^>]*>"),
    re.compile(r"(?:src|href)\s*=\s*[\"']https?://"),
)


def as_sent(file: Path) -> str:
    """Return the template without comments and expressions, whose arguments may look like attributes."""
    return re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", file.read_text(), flags=re.DOTALL)


def test_templates_hold_nothing_that_the_content_policy_blocks():
    assert len(TEMPLATES) > 20
    wrong = [
        (file.name, found[0]) for file in TEMPLATES for pattern in FORBIDDEN if (found := pattern.search(as_sent(file)))
    ]
    assert wrong == []
    assert [file.name for file in TEMPLATES if re.search(r"\|\s*safe\b", file.read_text())] == []
