"""Makes small résumé files of each kind, and harmful ones."""

import io
import zipfile
import zlib
from collections.abc import Iterable, Sequence

import docx
import odfdo
from fpdf import FPDF

EXPERIENCE = (
    "Annotation quality specialist with six years of experience in reviewing the work of other people. "
    "I trained new colleagues, wrote guidelines for medical texts and checked that labels agree with them. "
    "Before that I taught linguistics to students at a small college and edited their theses."
)


def pdf(pages: Iterable[Sequence[str]] = ((EXPERIENCE,),), password: str = "") -> bytes:
    """Return a PDF with these paragraphs on each page."""
    document = FPDF()
    document.set_font("helvetica", size=11)
    for paragraphs in pages:
        document.add_page()
        for paragraph in paragraphs:
            document.multi_cell(0, 6, paragraph, new_x="LMARGIN", new_y="NEXT")
    if password:
        document.set_encryption(owner_password="owner", user_password=password)
    return bytes(document.output())


def word(paragraphs: Sequence[str] = (EXPERIENCE,), table: Sequence[Sequence[str]] = ()) -> bytes:
    """Return a DOCX with these paragraphs, then this table."""
    document = docx.Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    if table:
        grid = document.add_table(len(table), len(table[0]))
        for row, cells in enumerate(table):
            for column, cell in enumerate(cells):
                grid.cell(row, column).text = cell
    return saved(document)


def saved(document: "docx.document.Document") -> bytes:
    """Return the bytes of a Word document."""
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def odt(paragraphs: Sequence[str] = (EXPERIENCE,)) -> bytes:
    """Return an ODT with these paragraphs."""
    document = odfdo.Document("text")
    document.body.clear()
    for paragraph in paragraphs:
        document.body.append(odfdo.Paragraph(paragraph))
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def archive(members: dict[str, bytes]) -> bytes:
    """Return a ZIP with these members."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    return file.getvalue()


def with_member(content: bytes, name: str, replacement: bytes) -> bytes:
    """Return an office file with one of its members replaced."""
    with zipfile.ZipFile(io.BytesIO(content)) as old:
        members = {member: old.read(member) for member in old.namelist() if not member.endswith("/")}
    return archive(members | {name: replacement})


def entity_bomb(root: str, paragraph: str) -> bytes:
    """Return XML whose few entities unfold to ten thousand million signs."""
    entities = '<!ENTITY a0 "aaaaaaaaaa">' + "".join(
        f'<!ENTITY a{level} "{f"&a{level - 1};" * 10}">' for level in range(1, 10)
    )
    return f'<?xml version="1.0"?><!DOCTYPE x [{entities}]>{root.replace("…", paragraph.replace("…", "&a9;"))}'.encode()


def pdf_of_stream(content: bytes) -> bytes:
    """Return a PDF of one page that draws this packed content."""
    stream = zlib.compress(content, 9)
    return (
        b"%%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>endobj\n"
        b"5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\n"
        b"4 0 obj<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream endobj\ntrailer<</Root 1 0 R>>\n%%%%EOF"
    ) % (len(stream), stream)
