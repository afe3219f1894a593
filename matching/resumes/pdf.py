"""The text of a PDF that a reader sees, by pdfium."""

from collections.abc import Iterator
from itertools import groupby, pairwise

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from matching.resumes.seen import seen_letters
from matching.resumes.spacing import missed_spaces
from matching.resumes.types import MAX_PAGES, RawPages, Unreadable, UnreadableResume


def pdf_pages(content: bytes) -> RawPages:
    """Return the pages of a PDF, without what is written invisibly.

    Raises UnreadableResume when it needs a password or has too many pages.
    """
    document = _opened(content)
    if len(document) > MAX_PAGES:
        raise UnreadableResume(
            Unreadable.TOO_MANY_PAGES,
            f"This file has {len(document)} pages; a résumé may have up to {MAX_PAGES}.",
        )
    texts: list[str] = []
    hidden = 0
    for page in document:
        text, hidden_here = _page_text(page)
        texts.append(text)
        hidden += hidden_here
        page.close()
    return RawPages(texts, hidden)


def _opened(content: bytes) -> pdfium.PdfDocument:
    try:
        document = pdfium.PdfDocument(content)
    except pdfium.PdfiumError as error:
        if getattr(error, "err_code", None) == pdfium_c.FPDF_ERR_PASSWORD:
            raise UnreadableResume(
                Unreadable.LOCKED, "This PDF is protected by a password. Please upload it without one."
            ) from None
        raise
    return document


def _page_text(page: pdfium.PdfPage) -> tuple[str, int]:
    """Return the visible text of a page and the number of signs that are not."""
    textpage = page.get_textpage()
    seen = seen_letters(page, textpage)
    text = " ".join(
        "".join(textpage.get_text_range(begin, length) for begin, length in _runs(seen, start, end))
        for start, end in pairwise([0, *missed_spaces(textpage), len(seen)])
    )
    hidden = sum(
        1 for index, shown in enumerate(seen) if not shown and pdfium_c.FPDFText_GetUnicode(textpage, index) > ord(" ")
    )
    return text, hidden


def _runs(seen: list[bool], start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield begin and length of each stretch of True between two indices."""
    for shown, stretch in groupby(range(start, end), key=seen.__getitem__):
        if shown:
            indices = list(stretch)
            yield indices[0], len(indices)
