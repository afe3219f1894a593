"""File bytes to one text with known pages.  Runs in the limited child only: what it opens comes from strangers."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from matching.resumes.types import MAX_PAGES, FileKind, Page, RawPages, Unreadable, UnreadableResume

MAX_CHARACTERS = 100_000
# Below this a page of a scan holds a stamp or a page number, not a résumé.
MIN_LETTERS = 20
BETWEEN_PAGES = "\n\n"

SCAN = (
    "This file has no text layer: it is likely a scan or a picture. "
    "Please upload a version with real text, or paste the text instead."
)
NO_TEXT = "This file holds no text that a reader can see. Please upload a résumé with text, or paste it instead."
LIGATURES = {
    0xFB00: "ff",
    0xFB01: "fi",
    0xFB02: "fl",
    0xFB03: "ffi",
    0xFB04: "ffl",
    0xFB05: "st",
    0xFB06: "st",
    # pdfium marks a hyphen at the end of a line with one of these two.
    0x0002: "-",
    0xFFFE: "-",
}
UNSEEN_CATEGORIES = frozenset({"Cc", "Cf", "Co", "Cs", "Cn"})


@dataclass(frozen=True, slots=True)
class ExtractedText:
    """One normalised text; the spans of its pages; pages without text have none."""

    text: str
    pages: tuple[Page, ...]
    hidden_characters: int


def extract(kind: FileKind, content: bytes) -> ExtractedText:
    """Return the text that a reader of the file sees.

    Raises UnreadableResume when there is none, or more than a résumé needs.
    """
    raw = extractor(kind)(content)
    if len(raw.texts) > MAX_PAGES:
        raise UnreadableResume(
            Unreadable.TOO_MANY_PAGES, f"This file has more than {MAX_PAGES} pages. Please upload a shorter résumé."
        )
    extracted = _joined(raw)
    if sum(map(str.isalpha, extracted.text)) < MIN_LETTERS:
        raise UnreadableResume(Unreadable.NO_TEXT, SCAN if kind is FileKind.PDF else NO_TEXT)
    return extracted


def extractor(kind: FileKind) -> Callable[[bytes], RawPages]:
    """Return the extractor of one kind; the others, and their parsers, stay out of memory."""
    if kind is FileKind.PDF:
        from matching.resumes.pdf import pdf_pages

        return pdf_pages
    if kind is FileKind.DOCX:
        from matching.resumes.docx import docx_pages

        return docx_pages
    if kind is FileKind.ODT:
        from matching.resumes.odt import odt_pages

        return odt_pages
    return txt_pages


def txt_pages(content: bytes) -> RawPages:
    """Return the pages of a text file, which form feeds part."""
    return RawPages(_decoded(content).split("\f"), 0)


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Guessers misread a short cp1252 file (charset-normalizer took it for cp775).
        return content.decode("cp1252", errors="replace")


def _joined(raw: RawPages) -> ExtractedText:
    text = ""
    pages: list[Page] = []
    for number, page in enumerate(raw.texts, start=1):
        tidy = tidied(page)
        if not tidy:
            continue
        start = len(text) + len(BETWEEN_PAGES) if text else 0
        text = f"{text}{BETWEEN_PAGES}{tidy}" if text else tidy
        pages.append(Page(number, start, len(text)))
        if len(text) > MAX_CHARACTERS:
            raise UnreadableResume(
                Unreadable.TOO_LONG,
                f"This file has more than {MAX_CHARACTERS:,} characters. Please upload a shorter résumé.",
            )
    return ExtractedText(text, tuple(pages), raw.hidden_characters)


def tidied(text: str) -> str:
    """Return a page in NFC, lines parted by one newline, blank lines by two, without control or invisible signs."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(LIGATURES)
    text = re.sub(r"[\v\f\x1c-\x1e\x85\u2028\u2029]", "\n", text)
    text = unicodedata.normalize("NFC", text)
    text = re.sub(r"[^\S\n]", " ", text)
    if not text.isascii() or not text.isprintable():
        text = "".join(sign for sign in text if sign == "\n" or unicodedata.category(sign) not in UNSEEN_CATEGORIES)
    text = re.sub(r" {2,}", " ", text)
    text = re.sub(r" ?\n ?", "\n", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip()
