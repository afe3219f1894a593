"""Text files no editor would write, names no desktop would give, files of two kinds, and files of the wrong size."""

from collections.abc import Iterator

from tests.hostile.archives import DOOR, LATER, LETS_BE, MIB, NOT_READ
from tests.hostile.hostile import ANY, Hostile, just
from tests.matching.resumes import making
from tests.matching.resumes.making import EXPERIENCE

HONEST = EXPERIENCE.encode()


def texts() -> Iterator[Hostile]:
    """Yield text files."""
    letters = "".join(chr(number) for number in range(0x300, 0x370))
    for what, content, ends in (
        ("with a NUL", HONEST + b"\0" + HONEST, DOOR),
        ("UTF-16 without its mark", EXPERIENCE.encode("utf-16-le"), DOOR),
        ("UTF-16 of odd length", EXPERIENCE.encode("utf-16") + b"\0", ANY),
        (
            "UTF-16 with NULs and halves of pairs",
            "\ufeff".encode("utf-16-le") + b"\0\0\0\xd8" * 200 + EXPERIENCE.encode("utf-16-le"),
            ANY,
        ),
        ("UTF-32", EXPERIENCE.encode("utf-32"), ANY),
        ("one line of five megabytes", b"word " * (MIB - 8), LATER),
        ("one word of 99,000 letters", HONEST + b" " + b"a" * 98_500, ANY),
        ("a million lines", b"a\n" * 1_000_000 + HONEST, LATER),
        ("a million empty lines", b"\n" * 1_000_000 + HONEST, ANY),
        ("40 form feeds", b"\f".join([HONEST] * 40), LATER),
        ("100,000 form feeds", HONEST + b"\f" * 100_000, LATER),
        ("invalid UTF-8", HONEST + b"\xc3\x28\xed\xa0\x80\xff\xfe\xf8\x88\x80\x80\x80", ANY),
        ("every byte but NUL", bytes(range(1, 256)) * 4 + HONEST, ANY),
        ("commands to a terminal", b"\x1b[2J\x1b]0;owned\x07\x1b[31m" + HONEST, ANY),
        ("signs that nobody sees", "\u200b\u200c\u2060\ufeff".join(EXPERIENCE).encode(), ANY),
        ("text that runs backwards", ("\u202e" + EXPERIENCE + "\u202c\u2066\u2069").encode(), ANY),
        ("letters under towers of marks", "".join(sign + letters for sign in EXPERIENCE[:300]).encode(), ANY),
        ("a page with a script", b"<script>alert(1)</script><img src=x onerror=alert(1)>\n" + HONEST, ANY),
        ("formulas", b"=cmd|'/c calc'!A0\n@SUM(1)\n+1\n-1\n{{7*7}} ${7*7} #{7*7} %s%n%x\n" + HONEST, ANY),
        ("words of a database", b"'; DROP TABLE resume; --\n\" OR 1=1\n" + HONEST, ANY),
        ("addresses without end", b"a@a." * 24_000, ANY),
        ("figures without end", b"1 " * 49_000 + HONEST, ANY),
        ("brackets without end", b"(" * 98_000 + HONEST, ANY),
        ("titles without end", b"Senior Data Engineer\n" * 4_700, ANY),
        ("dates without end", b"2019-2020 " * 9_900, ANY),
        ("words of foreign letters without end", "\u0130\u1e9e\ufb03 ".encode() * 9_000, ANY),
    ):
        yield Hostile("text", what, "cv.txt", just(content), frozenset(ends))


NAMES: tuple[tuple[str, str | bytes, frozenset[str]], ...] = (
    ("leads out of the folder", "../../../../../../tmp/fairmatch-hostile.txt", LETS_BE),
    ("leads out of the folder by backslashes", "..\\..\\..\\fairmatch-hostile.txt", LETS_BE),
    ("from the root", "/etc/cron.d/fairmatch-hostile.txt", LETS_BE),
    ("of a share", "\\\\server\\share\\cv.txt", LETS_BE),
    ("escaped path", "%2e%2e%2f%2e%2e%2fcv.txt", LETS_BE),
    ("with a NUL", b"cv.pdf\0.txt", LETS_BE),
    ("with a NUL before the end", b"cv.txt\0.exe", DOOR),
    ("5,000 letters", "a" * 5_000 + ".txt", LETS_BE),
    ("5,000 letters of four bytes", "\U0001f9a6" * 5_000 + ".txt", LETS_BE),
    ("runs backwards", "cv\u202efdp.txt", LETS_BE),
    ("quotes", 'cv\\".txt', LETS_BE),
    ("a line end", b"cv\n.txt", ANY),
    ("a header of its own", b'cv.txt"\r\nSet-Cookie: a=b\r\nX-Made: up', ANY),
    ("an answer of its own", b"cv%0d%0aSet-Cookie:%20a=b.txt", LETS_BE),
    ("only points", "...", DOOR),
    ("one point", ".", DOOR),
    ("only an ending", ".txt", DOOR),
    ("only blanks", "   ", ANY),
    ("letters of many scripts", "履歴書 Лебедев سيرة résumé.txt", LETS_BE),
    ("marks on marks", "c\u0301\u0302\u0303\u0304v" + "\u0334" * 150 + ".txt", LETS_BE),
    ("a device", "CON.txt", LETS_BE),
    ("a stream of a file", "cv.txt::$DATA", DOOR),
    ("two endings", "cv.pdf.exe", DOOR),
    ("two endings, the last one good", "cv.exe.txt", LETS_BE),
    ("an ending of 300 letters", "cv." + "x" * 300, DOOR),
    ("markup", "<img src=x onerror=alert(1)>.txt", LETS_BE),
    ("template", "{{config}}${7*7}.txt", LETS_BE),
    ("a command", "$(reboot);`reboot`|reboot.txt", LETS_BE),
    ("invalid UTF-8", b"\xff\xfe\xed\xa0\x80.txt", ANY),
    ("a formula", "=cmd|' /C calc'!A0.txt", LETS_BE),
)


def names() -> Iterator[Hostile]:
    """Yield an honest text under each hostile name."""
    for number, (what, name, ends) in enumerate(NAMES):
        text = f"{EXPERIENCE} I did so for {number} clients."
        yield Hostile("name", what, name, text.encode, ends)


def sizes() -> Iterator[Hostile]:
    """Yield files that are empty, nearly so, or about as large as may be."""
    most = 5 * MIB
    padded = making.pdf() + b"\n%"
    for what, name, made, ends in (
        ("nothing", "cv.pdf", lambda: b"", DOOR),
        ("nothing, as text", "cv.txt", lambda: b"", DOOR),
        ("one byte", "cv.txt", lambda: b"a", LATER),
        ("blanks", "cv.txt", lambda: b" \n\t\r\n" * 100, DOOR),
        ("only the mark of its order", "cv.txt", lambda: b"\xff\xfe", ANY),
        ("four bytes", "cv.docx", lambda: b"PK\3\4", DOOR),
        ("the end of an archive alone", "cv.docx", lambda: b"PK\5\6" + bytes(18), DOOR),
        ("as large as may be", "cv.pdf", lambda: padded + b"a" * (most - len(padded)), LETS_BE),
        ("one byte more than may be", "cv.pdf", lambda: padded + b"a" * (most - len(padded) + 1), DOOR),
        ("six megabytes", "cv.txt", lambda: b"word " * (6 * MIB // 5), DOOR),
        ("thirty megabytes", "cv.txt", lambda: b"word " * (30 * MIB // 5), DOOR),
        ("as large as may be, of zeros", "cv.txt", lambda: bytes(most), DOOR),
    ):  # fmt: skip
        yield Hostile("size", what, name, made, frozenset(ends))


def two_kinds() -> Iterator[Hostile]:
    """Yield files that are one thing to one program and something else to another."""
    pdf, word = making.pdf(), making.word()
    page = b"<html><script>alert(1)</script><!--\n"
    picture = b"GIF89a/*" + bytes(20) + b"*/=1;alert(1);\n"
    for what, name, made, ends in (
        ("a PDF before a DOCX", "cv.pdf", lambda: pdf + word, LETS_BE),
        ("a PDF before a DOCX, called DOCX", "cv.docx", lambda: pdf + word, DOOR),
        ("a DOCX with a PDF inside its first bytes", "cv.docx", lambda: word[:30] + b"%PDF-1.7" + word[30:], NOT_READ),
        ("a web page before a PDF", "cv.pdf", lambda: page + pdf, ANY),
        ("a web page called PDF", "cv.pdf", lambda: page * 50, DOOR),
        ("a picture that is a script", "cv.pdf", lambda: picture, DOOR),
        ("a picture that is a script and a PDF", "cv.pdf", lambda: picture + pdf, ANY),
        ("a program before a DOCX", "cv.docx", lambda: b"MZ" + bytes(100) + word, DOOR),
        ("a text before a DOCX", "cv.docx", lambda: b"words" + word, DOOR),
        ("an archive called text", "cv.txt", lambda: word, DOOR),
        ("a DOCX and an ODT", "cv.docx", lambda: making.with_member(word, "content.xml", b"<a/>"), LETS_BE),
        ("a picture called PDF", "cv.pdf", lambda: b"\x89PNG\r\n\x1a\n" + bytes(500), DOOR),
        ("a shell script called text", "cv.txt", lambda: b"#!/bin/sh\nreboot\n", DOOR),
        ("an old Word document", "cv.doc", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2_000), DOOR),
        ("a web page called text", "cv.txt", lambda: page + HONEST, ANY),
        ("a PDF called text", "cv.txt", lambda: pdf, DOOR),
    ):
        yield Hostile("two kinds", what, name, made, frozenset(ends))
