"""What kind of file this is, and whether it may be opened at all: cheap, for the web process.

Nothing here parses a document; that happens in a limited child (`reading`).
"""

import io
import math
import struct
import zipfile
import zlib
from pathlib import PurePath

from matching.resumes.types import FileKind, Unreadable, UnreadableResume

MIB = 1 << 20
MAX_BYTES = 5 * MIB
# A DOCX of 388 KB took 55 s and 747 MiB without these three.
MAX_ENTRIES = 1_000
MAX_UNPACKED = 30 * MIB
MAX_RATIO = 200
# A small part made of one repeated sign packs far beyond MAX_RATIO and harms nobody.
RATIO_MATTERS_FROM = MIB

ACCEPTED = "Please upload a PDF, DOCX, ODT or TXT file."
EXTENSIONS = {f".{kind}": kind for kind in FileKind}
TEXT_BOMS = (b"\xff\xfe", b"\xfe\xff")
ODT_MIMETYPES = (b"application/vnd.oasis.opendocument.text", b"application/vnd.oasis.opendocument.text-template")
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
OTHER_THINGS = (
    (b"MZ", "a program"),
    (b"\x7fELF", "a program"),
    (b"#!", "a program"),
    (b"{\\rtf", "an RTF document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"II*\0", "a picture"),
    (b"MM\0*", "a picture"),
    (b"RIFF", "a picture or a sound"),
    (b"%!PS", "a PostScript file"),
    (b"\x1f\x8b", "a packed archive"),
    (b"7z\xbc\xaf", "a packed archive"),
    (b"Rar!", "a packed archive"),
)


def recognise(filename: str, content: bytes) -> FileKind:
    """Return what kind of file this is, by its first bytes and by its extension, which must agree.

    Raises UnreadableResume for anything that must not be opened, with a message for the person who sent it.
    """
    if not content.strip():
        raise UnreadableResume(Unreadable.EMPTY, "This file is empty. Please choose another one.")
    if len(content) > MAX_BYTES:
        # Rounded up: a file of one byte too many has not 5.0 MiB.
        size = math.ceil(len(content) * 10 / MIB) / 10
        raise UnreadableResume(Unreadable.TOO_BIG, f"This file has {size:.1f} MiB; a résumé may have up to 5 MiB.")
    extension = PurePath(filename.strip()).suffix.lower()
    kind = _kind_of(content, extension)
    if EXTENSIONS.get(extension) is not kind:
        raise UnreadableResume(
            Unreadable.WRONG_EXTENSION,
            f"The content of this file is {kind.upper()}, but its name ends in “{extension[:10] or 'nothing'}”. "
            f"Please name it “.{kind}”, or upload the right file.",
        )
    return kind


def _kind_of(content: bytes, extension: str) -> FileKind:
    # Readers, and so people's files, allow a little rubbish before the PDF mark.
    if b"%PDF-" in content[:1024]:
        return FileKind.PDF
    if content.startswith(b"PK"):
        return _kind_of_archive(content)
    if content.startswith(OLD_OFFICE):
        raise _wrong_type(
            "an old Word document (.doc) or protected by a password. Save it as DOCX without password, or as PDF"
        )
    for mark, name in OTHER_THINGS:
        if content.startswith(mark):
            raise _wrong_type(name)
    if extension in EXTENSIONS and extension != ".txt":
        raise UnreadableResume(
            Unreadable.WRONG_EXTENSION,
            f"This file ends in “{extension}”, but it is no {extension[1:].upper()} file inside. {ACCEPTED}",
        )
    if not content.startswith(TEXT_BOMS) and b"\0" in content:
        raise _wrong_type("not text")
    if extension != ".txt":
        raise _wrong_type("none of these kinds")
    return FileKind.TXT


def _wrong_type(what: str) -> UnreadableResume:
    return UnreadableResume(Unreadable.WRONG_TYPE, f"This file is {what}. {ACCEPTED}")


def _kind_of_archive(content: bytes) -> FileKind:
    """Return DOCX or ODT after looking at the list of members only; nothing big is unpacked."""
    # Counted before the list is parsed: five megabytes of list alone cost half a second.
    if content.count(b"PK\x01\x02") > MAX_ENTRIES:
        raise _packed_too_tight()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _refuse_bomb(archive, len(content))
            names = set(archive.namelist())
            if "word/document.xml" in names:
                return FileKind.DOCX
            if "content.xml" in names and "mimetype" in names:
                with archive.open("mimetype") as member:
                    if member.read(100).strip() in ODT_MIMETYPES:
                        return FileKind.ODT
    except (
        zipfile.BadZipFile,
        zlib.error,
        struct.error,
        NotImplementedError,
        RuntimeError,
        ValueError,
        OSError,
        EOFError,
    ):
        raise UnreadableResume(
            Unreadable.UNREADABLE, "This file is damaged or incomplete. Please save it again and upload it once more."
        ) from None
    raise _wrong_type("a ZIP archive, or another kind of office file")


def _refuse_bomb(archive: zipfile.ZipFile, packed: int) -> None:
    members = archive.infolist()
    # Office files use these two only; unpacking LZMA asks for as much memory as the file likes.
    if any(member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for member in members):
        raise zipfile.BadZipFile
    unpacked = sum(member.file_size for member in members)
    if len(members) > MAX_ENTRIES or unpacked > MAX_UNPACKED:
        raise _packed_too_tight()
    if unpacked > RATIO_MATTERS_FROM and unpacked > MAX_RATIO * packed:
        raise _packed_too_tight()
    if any(
        member.file_size > RATIO_MATTERS_FROM and member.file_size > MAX_RATIO * max(member.compress_size, 1)
        for member in members
    ):
        raise _packed_too_tight()


def _packed_too_tight() -> UnreadableResume:
    return UnreadableResume(
        Unreadable.PACKED_TOO_TIGHT,
        "This file unpacks to far more than a résumé needs. Please save it again as a simple DOCX, ODT or PDF.",
    )
