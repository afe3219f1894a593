"""The text of a Word document that a reader sees: body, tables and text boxes in their order, headers and footers."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from docx import Document
from docx.oxml.ns import qn
from lxml.etree import _Element

from matching.resumes.looks import MIN_POINTS, is_white, row_text
from matching.resumes.types import RawPages

SKIPPED = frozenset(map(qn, ("w:del", "w:moveFrom", "w:rPr", "w:pPr", "w:sectPr", "w:tblPr", "w:instrText")))
SIGNS = {
    qn("w:tab"): " ",
    qn("w:br"): "\n",
    qn("w:cr"): "\n",
    qn("w:noBreakHyphen"): "-",
    qn("w:lastRenderedPageBreak"): "\f",
}
ALTERNATIVES = "{http://schemas.openxmlformats.org/markup-compatibility/2006}AlternateContent"
OFF = frozenset({"0", "false", "off", "none"})
MIN_HALF_POINTS = 2 * MIN_POINTS


def docx_pages(content: bytes) -> RawPages:
    """Return the text of a DOCX, without what is hidden, tiny or white on white.

    Pages part where Word last parted them or where a page break was set; a file that Word never saw is one page.
    """
    document = Document(io.BytesIO(content))
    reader = _Reader({style.get(qn("w:styleId")): style for style in document.styles.element.findall(qn("w:style"))})
    above: dict[str, None] = {}
    below: dict[str, None] = {}
    for section in document.sections:
        for part, edge in (
            (section.first_page_header, above),
            (section.header, above),
            (section.first_page_footer, below),
            (section.footer, below),
        ):
            if not part.is_linked_to_previous:
                edge[reader.text(part.part.element)] = None
    text = "\n".join([*above, reader.text(document.element.body), *below])
    # Word writes a break twice: where it was set and where it last fell.
    return RawPages(re.split(r"\f(?:\s*\f)*", text), reader.hidden_characters)


@dataclass(frozen=True, slots=True)
class _Place:
    """What surrounds a run and decides how its text shows."""

    paragraph_style: str | None = None
    shaded: bool = False


@dataclass
class _Reader:
    """Walks the XML of a document and counts what nobody can see."""

    styles: dict[str | None, _Element]
    hidden_characters: int = 0
    boxes: list[str] = field(default_factory=list)

    def text(self, blocks: _Element, place: _Place = _Place()) -> str:
        """Return the text of paragraphs and tables, one line each at least."""
        return "\n".join(self._blocks(blocks, place))

    def _blocks(self, parent: _Element, place: _Place) -> Iterator[str]:
        for child in parent:
            if child.tag == qn("w:p"):
                yield self._paragraph(child, place)
            elif child.tag == qn("w:tbl"):
                yield self._table(child, place)
            elif child.tag not in SKIPPED:
                yield from self._blocks(child, place)

    def _paragraph(self, paragraph: _Element, place: _Place) -> str:
        properties = paragraph.find(qn("w:pPr"))
        style = None if properties is None else _value(properties.find(qn("w:pStyle")))
        shaded = place.shaded or _is_shaded(properties) or any(map(_has_shading, self._chain(style)))
        outer, self.boxes = self.boxes, []
        line = self._inline(paragraph, _Place(style, shaded))
        boxes, self.boxes = self.boxes, outer
        return "\n".join([line, *boxes])

    def _table(self, table: _Element, place: _Place) -> str:
        properties = table.find(qn("w:tblPr"))
        style = None if properties is None else _value(properties.find(qn("w:tblStyle")))
        shaded = place.shaded or _is_shaded(properties) or any(map(_has_shading, self._chain(style)))
        return "\n".join(
            row_text([self._cell(cell, shaded) for cell in row.iterchildren(qn("w:tc"), qn("w:sdt"))])
            for row in table.iterchildren(qn("w:tr"))
        )

    def _cell(self, cell: _Element, shaded: bool) -> str:
        return self.text(cell, _Place(shaded=shaded or _is_shaded(cell.find(qn("w:tcPr")))))

    def _inline(self, parent: _Element, place: _Place) -> str:
        return "".join(self._piece(child, place) for child in parent)

    def _piece(self, child: _Element, place: _Place) -> str:
        if child.tag in SKIPPED:
            return ""
        if child.tag == qn("w:r"):
            return self._run(child, place)
        if child.tag == qn("w:t"):
            return child.text or ""
        if child.tag in SIGNS:
            return "\f" if child.get(qn("w:type")) == "page" else SIGNS[child.tag]
        if child.tag == qn("w:txbxContent"):
            # A box has a ground of its own, which may well be dark.
            self.boxes.append(self.text(child, _Place(shaded=True)))
            return ""
        if child.tag == ALTERNATIVES:
            # The same content twice, for newer and for older programs.
            return self._inline(child[0], place) if len(child) else ""
        return self._inline(child, place)

    def _run(self, run: _Element, place: _Place) -> str:
        text = self._inline(run, place)
        if text.strip() and self._is_hidden(run, place):
            self.hidden_characters += sum(not sign.isspace() for sign in text)
            return "".join(sign for sign in text if sign in "\n\f")
        return text

    def _is_hidden(self, run: _Element, place: _Place) -> bool:
        own = run.find(qn("w:rPr"))
        styles = [*self._chain(None if own is None else _value(own.find(qn("w:rStyle"))))]
        styles += self._chain(place.paragraph_style)
        looks = [own, *(style.find(qn("w:rPr")) for style in styles)]
        looks = [look for look in looks if look is not None]
        vanish = _first(looks, "w:vanish")
        if vanish is not None and (_value(vanish) or "true") not in OFF:
            return True
        size = _value(_first(looks, "w:sz")) or ""
        if size.isdigit() and int(size) < MIN_HALF_POINTS:
            return True
        shaded = place.shaded or any(map(_is_shaded, looks)) or _first(looks, "w:highlight") is not None
        return not shaded and is_white(_value(_first(looks, "w:color")))

    def _chain(self, style: str | None) -> Iterator[_Element]:
        """Yield a style and those it is based on; a circle ends."""
        met: set[str] = set()
        while style is not None and style not in met and style in self.styles:
            met.add(style)
            yield self.styles[style]
            style = _value(self.styles[style].find(qn("w:basedOn")))


def _first(looks: list[_Element], name: str) -> _Element | None:
    return next((found for look in looks if (found := look.find(qn(name))) is not None), None)


def _value(element: _Element | None) -> str | None:
    return None if element is None else element.get(qn("w:val"))


def _is_shaded(properties: _Element | None) -> bool:
    shading = None if properties is None else properties.find(qn("w:shd"))
    return shading is not None and _is_ground(shading)


def _has_shading(style: _Element) -> bool:
    return any(map(_is_ground, style.iter(qn("w:shd"))))


def _is_ground(shading: _Element) -> bool:
    fill = shading.get(qn("w:fill"))
    return fill not in (None, "auto") and not is_white(fill)
