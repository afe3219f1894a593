"""Every kind of file is told by its content and its name, or refused with words for its owner."""

from collections.abc import Callable

import pytest

from matching.resumes.files import recognise
from matching.resumes.types import FileKind, Unreadable, UnreadableResume
from tests.matching.resumes import making


@pytest.mark.parametrize(
    ("filename", "content", "kind"),
    [
        ("cv.pdf", making.pdf(), FileKind.PDF),
        ("My CV (final).PDF", b"\n \n" + making.pdf(), FileKind.PDF),
        ("cv.docx", making.word(), FileKind.DOCX),
        ("cv.odt", making.odt(), FileKind.ODT),
        ("cv.txt", b"Plain words", FileKind.TXT),
        ("cv.txt", "Zoë".encode("utf-16"), FileKind.TXT),
        ("cv.txt", "Zürich, café".encode("cp1252"), FileKind.TXT),
    ],
)
def test_content_and_name_together_tell_the_kind(filename: str, content: bytes, kind: FileKind) -> None:
    assert recognise(filename, content) is kind


@pytest.mark.parametrize(
    ("filename", "content", "reason", "words"),
    [
        ("cv.pdf", b"", Unreadable.EMPTY, "empty. Please choose another"),
        ("cv.txt", b" \n\t", Unreadable.EMPTY, "empty"),
        ("cv.pdf", b"%PDF-" + b"x" * (5 << 20), Unreadable.TOO_BIG, "has 5.1 MiB; a résumé may have up to 5 MiB"),
        ("cv.pdf", b"MZ\x90\0" * 500, Unreadable.WRONG_TYPE, "a program"),
        ("cv.png", b"\x89PNG\r\n\x1a\n" + bytes(50), Unreadable.WRONG_TYPE, "a picture"),
        ("cv.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(50), Unreadable.WRONG_TYPE, "old Word"),
        ("cv.rtf", b"{\\rtf1 words}", Unreadable.WRONG_TYPE, "RTF"),
        ("cv.txt", b"abc\0def", Unreadable.WRONG_TYPE, "not text"),
        ("cv.md", b"words", Unreadable.WRONG_TYPE, "PDF, DOCX, ODT or TXT"),
        ("cv", b"words", Unreadable.WRONG_TYPE, "PDF, DOCX, ODT or TXT"),
        ("cv.zip", making.archive({"cv.txt": b"words"}), Unreadable.WRONG_TYPE, "ZIP"),
        ("cv.docx", making.pdf(), Unreadable.WRONG_EXTENSION, "“.pdf”"),
        ("cv.pdf", making.odt(), Unreadable.WRONG_EXTENSION, "“.odt”"),
        ("cv.docx", b"just words", Unreadable.WRONG_EXTENSION, "no DOCX"),
        ("cv.docx", making.word()[:900], Unreadable.UNREADABLE, "damaged"),
    ],
)
def test_a_file_that_cannot_be_a_resume_is_refused_in_words(
    filename: str, content: bytes, reason: Unreadable, words: str
) -> None:
    with pytest.raises(UnreadableResume) as refusal:
        recognise(filename, content)
    assert refusal.value.reason_code is reason
    assert words in refusal.value.message


@pytest.mark.parametrize(
    "made",
    [
        lambda: making.with_member(making.word(), "word/document.xml", b"0" * (31 << 20)),
        lambda: making.with_member(making.word(), "word/media/image.bin", b"0" * (12 << 20)),
        lambda: making.archive({"word/document.xml": b"<x/>"} | {f"part{n}": b"" for n in range(1_001)}),
    ],
    ids=["unpacks to 31 MiB", "one part packed 1000 to 1", "1,002 entries"],
)
def test_an_archive_that_unpacks_to_far_too_much_is_refused_before_it_is_opened(made: Callable[[], bytes]) -> None:
    with pytest.raises(UnreadableResume) as refusal:
        recognise("cv.docx", made())
    assert refusal.value.reason_code is Unreadable.PACKED_TOO_TIGHT
