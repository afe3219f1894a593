"""Office files that are bombs, lie about what they hold, or reach for what is not theirs."""

import io
import random
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from functools import partial

from tests.hostile.hostile import ANY, AT_THE_DOOR, READ, REFUSED, Hostile
from tests.matching.resumes import making

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
MIB = 1 << 20
DOOR, LATER, NOT_READ = frozenset({AT_THE_DOOR}), frozenset({REFUSED}), frozenset({AT_THE_DOOR, REFUSED})
LETS_BE = frozenset({READ})
PASSWD, WHO_IS_THERE = "/etc/passwd", "root:"


def members(content: bytes) -> dict[str, bytes]:
    """Return what an archive holds, in its order."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}


def packed_alike(parts: dict[str, bytes]) -> bytes:
    """Return an archive of these members that is the same whenever it is made."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def document(body: str) -> bytes:
    """Return the main part of a DOCX with this body."""
    return f'<?xml version="1.0"?><w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>'.encode()


def paragraph(text: str) -> str:
    """Return one paragraph of a DOCX."""
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def word_with(name: str, part: bytes) -> bytes:
    """Return an honest DOCX with one part of it replaced or added."""
    return making.with_member(making.word(), name, part)


def word_of(body: str) -> bytes:
    """Return a DOCX with this body."""
    return word_with("word/document.xml", document(body))


def word_and(*entries: tuple[zipfile.ZipInfo | str, bytes]) -> bytes:
    """Return an honest DOCX with further entries, under names that no program would write."""
    file = io.BytesIO(making.word())
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return file.getvalue()


def patched(content: bytes, name: str, offset: int, value: bytes, *, local: int | None = None) -> bytes:
    """Return an archive with bytes of the central entry of *name* changed, and at *local* in its own header."""
    changed = bytearray(content)
    at = content.index(b"PK\x01\x02")
    while content[at + 46 :][: len(name)] != name.encode():
        at = content.index(b"PK\x01\x02", at + 4)
    changed[at + offset : at + offset + len(value)] = value
    if local is not None:
        (header,) = struct.unpack_from("<I", content, at + 42)
        changed[header + local : header + local + len(value)] = value
    return bytes(changed)


def list_alone() -> bytes:
    """Return five megabytes of nothing but a list of members."""
    entry = struct.pack("<4s6H3I5H2I", b"PK\x01\x02", 20, 20, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    count = 5 * MIB // len(entry) - 1
    return b"PK\x03\x04" + entry * count + struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 0, 0, len(entry) * count, 4, 0)


def overlapping(times: int) -> bytes:
    """Return a DOCX of which *times* members are one and the same stretch of bytes, a million signs each."""
    packed = zlib.compress(b"a" * MIB, 9)[2:-4]
    check = zlib.crc32(b"a" * MIB)
    file = b"PK\x03\x04" + struct.pack("<5H3I2H", 20, 0, 8, 0, 0, check, len(packed), MIB, 1, 0) + b"a" + packed
    entries = [
        struct.pack(
            "<4s6H3I5H2I", b"PK\x01\x02", 20, 20, 0, 8, 0, 0, check, len(packed), MIB, len(name), 0, 0, 0, 0, 0, 0
        )
        + name.encode()
        for name in ["word/document.xml", "[Content_Types].xml", *(f"a{number}" for number in range(times))]
    ]
    listed = b"".join(entries)
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, len(entries), len(entries), len(listed), len(file), 0)
    return file + listed + end


def nested(depth: int) -> bytes:
    """Return an archive in an archive in an archive, with much of one sign inside."""
    content = b"0" * (8 * MIB)
    for level in range(depth):
        content = making.archive({f"level{level}.zip": content})
    return content


def linked(name: str, target: str) -> tuple[zipfile.ZipInfo, bytes]:
    """Return a member that is a symbolic link."""
    entry = zipfile.ZipInfo(name)
    entry.create_system, entry.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return entry, target.encode()


def rels(*relations: tuple[str, str, str]) -> bytes:
    """Return the relations of a DOCX with further ones: kind, target, mode."""
    old = members(making.word())["word/_rels/document.xml.rels"].decode()
    kinds = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    new = "".join(
        f'<Relationship Id="rX{number}" Type="{kinds}/{kind}" Target="{target}" TargetMode="{mode}"/>'
        for number, (kind, target, mode) in enumerate(relations)
    )
    return old.replace("</Relationships>", new + "</Relationships>").encode()


def styles(count: int) -> bytes:
    """Return styles each of which is based on the next."""
    each = "".join(
        f'<w:style w:type="paragraph" w:styleId="s{number}"><w:basedOn w:val="s{number + 1}"/></w:style>'
        for number in range(count)
    )
    return f'<?xml version="1.0"?><w:styles xmlns:w="{WORD}">{each}</w:styles>'.encode()


def styled(count: int) -> bytes:
    """Return a DOCX whose every paragraph has a style with *count* ancestors."""
    body = f'<w:p><w:pPr><w:pStyle w:val="s0"/></w:pPr><w:r><w:t>{making.EXPERIENCE}</w:t></w:r></w:p>' * 300
    parts = members(making.word())
    return making.archive(parts | {"word/document.xml": document(body), "word/styles.xml": styles(count)})


def varied(length: int) -> str:
    """Return so many signs that pack to half of it, as those of a text do."""
    return random.Random(0).randbytes(length // 2).hex()


def bombs() -> Iterator[Hostile]:
    """Yield archives that unfold to far more than they weigh."""
    zeros = b"0" * (31 * MIB)
    for what, made, ends in (
        ("its text unpacks to 31 MiB", lambda: word_with("word/document.xml", zeros), DOOR),
        ("a picture packed a thousand to one", lambda: word_with("word/media/image1.png", zeros[: 12 * MIB]), DOOR),
        ("1,002 members", lambda: word_and(*((f"part{number}", b"") for number in range(1_000))), DOOR),
        ("five megabytes of list", list_alone, DOOR),
        ("300 members are the same bytes", lambda: overlapping(300), DOOR),
        ("20 members are the same bytes", lambda: overlapping(20), NOT_READ),
        ("archives in archives", lambda: word_and(("word/embeddings/a.zip", nested(12))), LETS_BE),
        ("400,000 empty paragraphs", lambda: word_of("<w:p/>" * 400_000 + paragraph(varied(MIB))), LATER),
        ("8 MiB of text that packs like text", lambda: word_of(paragraph(varied(8 * MIB))), LATER),
        ("100,000 paragraphs", lambda: word_of("".join(paragraph(f"{n:x}") for n in range(100_000))), NOT_READ),
        ("styles with 20,000 ancestors", lambda: styled(20_000), LATER | LETS_BE),
        ("tables in tables, 2,000 deep", lambda: word_of(tables(2_000)), LATER),
        ("an element 200,000 deep", lambda: word_with("word/document.xml", b"<a>" * 200_000), NOT_READ),
        ("200,000 attributes", lambda: word_of("<w:p " + " ".join(f"a{n}='1'" for n in range(200_000)) + "/>"), LATER),
    ):
        yield Hostile("zip bomb", what, "cv.docx", made, frozenset(ends))


def tables(depth: int) -> str:
    """Return a table in the cell of a table in the cell of a table."""
    return "<w:tbl><w:tr><w:tc>" * depth + paragraph(making.EXPERIENCE) + "</w:tc></w:tr></w:tbl>" * depth


def liars() -> Iterator[Hostile]:
    """Yield archives whose list says something else than their content, or names what is not theirs."""
    name = "word/document.xml"
    huge = b"\xff\xff\xff\x7f"
    packed = word_with(name, document(paragraph(varied(8 * MIB))))
    types = "[Content_Types].xml"
    for what, made, ends in (
        (
            "the list says 100 bytes, unpacked it is 8 MiB",
            lambda: patched(packed, name, 24, b"d\0\0\0", local=22),
            LATER,
        ),
        ("the list says 2 GiB", lambda: patched(making.word(), name, 24, huge, local=22), DOOR),
        ("packed larger than the file", lambda: patched(making.word(), name, 20, huge, local=18), ANY),
        ("its text begins beyond the end", lambda: patched(making.word(), name, 42, huge), NOT_READ),
        ("said to be protected by a password", lambda: patched(making.word(), name, 8, b"\1\0", local=6), NOT_READ),
        ("packed by LZMA", lambda: repacked(zipfile.ZIP_LZMA), DOOR),
        ("packed by BZIP2", lambda: repacked(zipfile.ZIP_BZIP2), DOOR),
        ("packed in a way that nobody knows", lambda: patched(making.word(), name, 10, b"\x63\0", local=8), DOOR),
        ("its text is a symbolic link", lambda: replaced_by(linked(name, PASSWD)), NOT_READ),
        ("a symbolic link beside its text", lambda: word_and(linked("word/media/image1.png", PASSWD)), LETS_BE),
        ("names that lead out", lambda: word_and(("../../../../tmp/fairmatch-hostile", b"x"), ("..", b"")), LETS_BE),
        ("names from the root", lambda: word_and(("/tmp/fairmatch-hostile", b"x"), ("C:\\Windows\\a", b"")), LETS_BE),
        ("two texts of one name", lambda: twice(name, document(paragraph(making.EXPERIENCE))), ANY),
        ("its text is a folder", lambda: replaced_by((zipfile.ZipInfo(f"{name}/"), b"")), NOT_READ),
        ("without its list of types", lambda: making.archive({name: document("")}), LATER),
        ("another list in the comment", lambda: making.word()[:-2] + b"\x16\0" + making.word()[-22:], ANY),
        ("cut within the list", lambda: making.word()[:-300], DOOR),
        ("types of two million letters", lambda: word_with(types, b"<Types>" + b"a" * 2_000_000), NOT_READ),
    ):
        yield Hostile("lying archive", what, "cv.docx", made, frozenset(ends), WHO_IS_THERE)


def repacked(method: int) -> bytes:
    """Return an honest DOCX whose members are packed by another method."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in members(making.word()).items():
            archive.writestr(name, content)
    return file.getvalue()


def twice(name: str, part: bytes) -> bytes:
    """Return a DOCX that holds two parts of one name; the module that packs them would warn of it."""
    other = f"{name[:-1]}_"
    return word_and((other, part)).replace(other.encode(), name.encode())


def replaced_by(entry: tuple[zipfile.ZipInfo, bytes]) -> bytes:
    """Return a DOCX whose main part is *entry* instead."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members(making.word()).items():
            if name != "word/document.xml":
                archive.writestr(name, content)
        archive.writestr(*entry)
    return file.getvalue()


def external(url: str) -> Iterator[Hostile]:
    """Yield office files whose XML asks for local files, for *url*, or for entities without end."""
    body = document(paragraph("…")).decode().split("?>", 1)[1].replace("…", making.EXPERIENCE + " &x;")
    file = f'<!DOCTYPE w [<!ENTITY x SYSTEM "file://{PASSWD}">]>'
    away = f'<!DOCTYPE w [<!ENTITY x SYSTEM "{url}/entity">]>'
    subset = f'<!DOCTYPE w SYSTEM "{url}/all.dtd" [<!ENTITY % p SYSTEM "{url}/part.dtd"> %p; <!ENTITY x "">]>'
    square = f'<!DOCTYPE w [<!ENTITY x "{"a" * 100_000}">]>'
    bomb = making.entity_bomb(document("…").decode().split("?>", 1)[1], paragraph("…"))
    include = f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file://{PASSWD}" parse="text"/>'
    sheet = f'<?xml-stylesheet type="text/xsl" href="{url}/sheet.xsl"?>'
    odd = ("<?xml version='1.0' encoding='UTF-16'?>" + file + body).encode("utf-16")
    inside = f"<w:p><w:r><w:t>{making.EXPERIENCE} {include}</w:t></w:r></w:p>"
    for what, part in (
        ("a local file as an entity", (file + body).encode()),
        ("an address as an entity", (away + body).encode()),
        ("a document type at an address", (subset + body).encode()),
        ("entities in entities", bomb),
        ("one long entity 5,000 times", (square + body.replace("&x;", "&x;" * 5_000)).encode()),
        ("a local file by XInclude", document(inside)),
        ("a style sheet at an address", (sheet + body.replace("&x;", "")).encode()),
        ("a local file as an entity, in UTF-16", odd),
    ):
        made = partial(word_with, "word/document.xml", part)
        yield Hostile("XML", f"{what}, in a DOCX", "cv.docx", made, unsaid=WHO_IS_THERE)
    for name, what in (
        ("[Content_Types].xml", "the types"), ("word/styles.xml", "the styles"), ("docProps/core.xml", "the title"),
        ("word/_rels/document.xml.rels", "the relations"),
    ):  # fmt: skip
        made = partial(word_with, name, with_type(members(making.word())[name], file))
        yield Hostile("XML", f"a local file as an entity in {what} of a DOCX", "cv.docx", made, unsaid=WHO_IS_THERE)
    yield from open_documents(url, file)


def with_type(part: bytes, doctype: str) -> bytes:
    """Return an XML part with a document type, whose entity is used where the first element ends."""
    declaration, rest = part.split(b"?>", 1) if part.startswith(b"<?xml") else (b'<?xml version="1.0"', part)
    at = rest.index(b"</")
    return declaration + b"?>" + doctype.encode() + rest[:at] + b"&x;" + rest[at:]


def open_documents(url: str, file: str) -> Iterator[Hostile]:
    """Yield ODT files of the same spirit."""
    content = members(making.odt())["content.xml"].decode()
    here, text = content.index("</text:p>"), making.EXPERIENCE
    spaces = content[:here] + '<text:s text:c="2000000000"/>' + content[here:]
    cells = (
        '<table:table><table:table-row table:number-rows-repeated="1000000000"><table:table-cell '
        f'table:number-columns-repeated="1000000000"><text:p>{text}</text:p></table:table-cell></table:table-row>'
        "</table:table>"
    )
    rows = content.replace("</office:text>", cells + "</office:text>")
    picture = (
        f'<draw:frame><draw:image xlink:href="{url}/a.png"/><draw:object xlink:href="file://{PASSWD}"/></draw:frame>'
    )
    linking = content.replace("</office:text>", picture + "</office:text>")
    for what, name, part in (
        ("a local file as an entity", "content.xml", with_type(content.encode(), file)),
        ("a local file as an entity of the styles", "styles.xml", with_type(members(making.odt())["styles.xml"], file)),
        ("two thousand million blanks", "content.xml", spaces.encode()),
        ("a thousand million cells", "content.xml", rows.encode()),
        ("pictures at an address and on the disk", "content.xml", linking.encode()),
        (
            "spans 3,000 deep",
            "content.xml",
            content.replace(text, "<text:span>" * 3_000 + text + "</text:span>" * 3_000).encode(),
        ),
        ("another kind inside", "mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
    ):
        made = partial(making.with_member, making.odt(), name, part)
        yield Hostile("XML", f"{what}, in an ODT", "cv.odt", made, unsaid=WHO_IS_THERE)


def busy(url: str) -> Iterator[Hostile]:
    """Yield office files that would do something in the program they were written for."""
    loop = rels(("header", "document.xml", "Internal"), ("footer", "document.xml", "Internal"))
    links = rels(("attachedTemplate", f"{url}/a.dotm", "External"), ("image", f"{url}/a.png", "External"))
    links_out = rels(("image", "../../../../etc/passwd", "Internal"), ("oleObject", f"file://{PASSWD}", "External"))
    field = (
        '<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r>'
        '<w:r><w:instrText>DDEAUTO c:\\\\cmd.exe "/k calc"</w:instrText>'
        f'</w:r><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>{paragraph(making.EXPERIENCE)}'
    )
    macros = word_and(("word/vbaProject.bin", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512)))
    for what, filename, made, ends in (
        ("macros", "cv.docx", lambda: macros, LETS_BE),
        ("macros, under their own name", "cv.docm", lambda: macros, DOOR),
        ("a template at an address", "cv.docx", lambda: word_with("word/_rels/document.xml.rels", links), LETS_BE),
        ("a part on the disk", "cv.docx", lambda: word_with("word/_rels/document.xml.rels", links_out), ANY),
        ("its text is its own header", "cv.docx", lambda: word_with("word/_rels/document.xml.rels", loop), ANY),
        ("a command in a field", "cv.docx", lambda: word_of(field), LETS_BE),
    ):
        yield Hostile("busy document", what, filename, made, frozenset(ends), WHO_IS_THERE)
