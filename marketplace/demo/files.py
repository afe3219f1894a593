"""Makes the résumé files of the fictional people: PDF, DOCX, ODT and TXT."""

import io
import unicodedata
from collections.abc import Iterator

import docx
from fpdf import FPDF
from odfdo import Document, Header, Paragraph

from marketplace.demo.people import Person
from matching.vocabulary import DegreeStatus

LEVELS = {5: "Short-cycle diploma", 6: "Bachelor's degree", 7: "Master's degree", 8: "Doctorate"}
NATIVE = "native"


def resume_file(person: Person) -> tuple[str, bytes]:
    """Return the file's name and content, of the kind that *person* has."""
    writers = {"pdf": _pdf, "docx": _docx, "odt": _odt, "txt": _txt}
    plain = unicodedata.normalize("NFKD", person.name.lower().replace(" ", "-"))
    stem = "".join(letter for letter in plain if letter.isascii())
    return f"{stem}.{person.file_kind}", writers[person.file_kind](person)


def lines(person: Person) -> Iterator[tuple[str, str]]:
    """Give the résumé as (style, text): title, text, heading or bullet."""
    yield "title", person.name
    yield "text", person.headline
    yield "heading", "Experience"
    for title, years, duties in person.jobs:
        yield "text", f"{title}, {years}"
        for duty in duties:
            yield "bullet", duty
    yield "heading", "Education"
    for level, status, subject, year in person.degrees:
        state = f"expected {year}, in progress" if status is DegreeStatus.IN_PROGRESS else str(year)
        yield "bullet", f"{LEVELS[level]} in {subject} ({state})"
    yield "heading", "Languages"
    for tag, written, spoken, native in person.languages:
        known = NATIVE if native else f"{written.name} written, {spoken.name} spoken"
        yield "bullet", f"{language_name(tag)}: {known}"
    yield "heading", "Skills"
    yield "text", person.skills


def language_name(tag: str) -> str:
    """Return the English name of a BCP 47 tag."""
    import langcodes

    return langcodes.Language.get(tag).display_name("en")


def _latin(text: str) -> str:
    # the PDF core fonts know Latin-1 alone
    return text.encode("latin-1", "replace").decode("latin-1")


def _pdf(person: Person) -> bytes:
    page = FPDF(format="A4")
    page.set_margins(22, 20)
    page.add_page()
    sizes = {"title": ("B", 20), "heading": ("B", 13), "text": ("", 10.5), "bullet": ("", 10.5)}
    for style, text in lines(person):
        weight, size = sizes[style]
        if style == "heading":
            page.ln(3)
        page.set_font("Helvetica", weight, size)
        shown = f"- {text}" if style == "bullet" else text
        page.multi_cell(0, size * 0.55, _latin(shown), new_x="LMARGIN", new_y="NEXT")
    return bytes(page.output())


def _docx(person: Person) -> bytes:
    document = docx.Document()
    styles = {"title": "Title", "heading": "Heading 1", "text": "Normal", "bullet": "List Bullet"}
    for style, text in lines(person):
        document.add_paragraph(text, style=styles[style])
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _odt(person: Person) -> bytes:
    document = Document("text")
    document.body.clear()
    for style, text in lines(person):
        if style in {"title", "heading"}:
            document.body.append(Header(1 if style == "title" else 2, text))
        else:
            document.body.append(Paragraph(f"• {text}" if style == "bullet" else text))
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _txt(person: Person) -> bytes:
    marks = {"title": "", "heading": "\n", "text": "", "bullet": "- "}
    shown = (text.upper() if style == "heading" else text for style, text in lines(person))
    return "\n".join(marks[style] + text for (style, _), text in zip(lines(person), shown, strict=True)).encode()
