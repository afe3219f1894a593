"""The text of an OpenDocument text that a reader sees: body, tables, text boxes, headers and footers."""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from lxml import etree
from lxml.etree import _Element

from matching.resumes.looks import MIN_POINTS, is_white, row_text
from matching.resumes.types import RawPages

# Entities stay unexpanded: a few nested ones make gigabytes.
PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
NAMESPACES = {
    "fo": "urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0",
    "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
    "style": "urn:oasis:names:tc:opendocument:xmlns:style:1.0",
    "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
    "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
    "draw": "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0",
}


def _name(prefixed: str) -> str:
    prefix, name = prefixed.split(":")
    return f"{{{NAMESPACES[prefix]}}}{name}"


PARAGRAPHS = frozenset(map(_name, ("text:p", "text:h")))
SKIPPED = frozenset(map(_name, ("text:tracked-changes", "office:annotation", "text:note", "office:forms")))
# A run of blanks is written as a count, which may be any number: one is enough.
SIGNS = {
    _name("text:s"): " ",
    _name("text:tab"): " ",
    _name("text:line-break"): "\n",
    _name("text:soft-page-break"): "\f",
}
STYLE_NAMES = tuple(map(_name, ("text:style-name", "table:style-name", "draw:style-name")))


def odt_pages(content: bytes) -> RawPages:
    """Return the text of an ODT, without what is hidden, tiny or white on white.

    Pages part where the writing program last parted them; a file without such marks is one page.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        document = etree.fromstring(archive.read("content.xml"), PARSER)
        styles = etree.fromstring(archive.read("styles.xml"), PARSER) if "styles.xml" in archive.namelist() else None
    roots = [document] if styles is None else [styles, document]
    reader = _Reader(
        {style.get(_name("style:name")): style for root in roots for style in root.iter(_name("style:style"))}
    )
    above = {} if styles is None else {reader.text(edge): None for edge in styles.iter(_name("style:header"))}
    below = {} if styles is None else {reader.text(edge): None for edge in styles.iter(_name("style:footer"))}
    body = document.find(f".//{_name('office:text')}")
    text = "\n".join([*above, "" if body is None else reader.text(body), *below])
    return RawPages(re.split(r"\f(?:\s*\f)*", text), reader.hidden_characters)


@dataclass(frozen=True, slots=True)
class _Looks:
    """How text shows, by the innermost style that says so."""

    unseen: bool = False
    tiny: bool = False
    white: bool = False
    on_ground: bool = False

    @property
    def hidden(self) -> bool:
        return self.unseen or self.tiny or (self.white and not self.on_ground)


@dataclass
class _Reader:
    """Walks the XML of a document and counts what nobody can see."""

    styles: dict[str | None, _Element]
    hidden_characters: int = 0
    boxes: list[str] = field(default_factory=list)

    def text(self, blocks: _Element, looks: _Looks = _Looks()) -> str:
        """Return the text of paragraphs and tables, one line each at least."""
        return "\n".join(self._blocks(blocks, looks))

    def _blocks(self, parent: _Element, looks: _Looks) -> Iterator[str]:
        for child in parent:
            if child.tag in PARAGRAPHS:
                yield self._paragraph(child, self._styled(child, looks))
            elif child.tag == _name("table:table-row"):
                cells = child.iterchildren(_name("table:table-cell"))
                yield row_text([self.text(cell, self._styled(cell, looks)) for cell in cells])
            elif child.tag == _name("text:soft-page-break"):
                yield "\f"
            elif isinstance(child.tag, str) and child.tag not in SKIPPED:
                yield from self._blocks(child, self._styled(child, looks))

    def _paragraph(self, paragraph: _Element, looks: _Looks) -> str:
        outer, self.boxes = self.boxes, []
        line = self._inline(paragraph, looks)
        boxes, self.boxes = self.boxes, outer
        return "\n".join([line, *boxes])

    def _inline(self, parent: _Element, looks: _Looks) -> str:
        pieces = [self._seen(parent.text, looks)]
        for child in parent:
            pieces.append(self._piece(child, looks))
            pieces.append(self._seen(child.tail, looks))
        return "".join(pieces)

    def _piece(self, child: _Element, looks: _Looks) -> str:
        if child.tag in SIGNS:
            return SIGNS[child.tag]
        if not isinstance(child.tag, str) or child.tag in SKIPPED:
            return ""
        if child.tag == _name("draw:text-box"):
            # A box has a ground of its own, which may well be dark.
            self.boxes.append(self.text(child, replace(looks, on_ground=True)))
            return ""
        return self._inline(child, self._styled(child, looks))

    def _seen(self, text: str | None, looks: _Looks) -> str:
        # Line ends in the XML are blanks, as in a web page.
        line = re.sub(r"\s+", " ", text or "")
        if not looks.hidden:
            return line
        self.hidden_characters += len(line.replace(" ", ""))
        return ""

    def _styled(self, element: _Element, looks: _Looks) -> _Looks:
        """Return the looks inside an element: its own style over what surrounds it."""
        name = next((found for attribute in STYLE_NAMES if (found := element.get(attribute)) is not None), None)
        for style in reversed(list(self._chain(name))):
            for properties in style:
                looks = _changed(looks, properties)
        return looks

    def _chain(self, name: str | None) -> Iterator[_Element]:
        """Yield a style and those it is based on; a circle ends."""
        met: set[str] = set()
        while name is not None and name not in met and name in self.styles:
            met.add(name)
            yield self.styles[name]
            name = self.styles[name].get(_name("style:parent-style-name"))


def _changed(looks: _Looks, properties: _Element) -> _Looks:
    display = properties.get(_name("text:display"))
    size = re.fullmatch(r"(\d+(?:\.\d+)?)pt", properties.get(_name("fo:font-size")) or "")
    colour = properties.get(_name("fo:color"))
    ground = properties.get(_name("fo:background-color"))
    return _Looks(
        unseen=looks.unseen if display is None else display == "none",
        tiny=looks.tiny if size is None else float(size[1]) < MIN_POINTS,
        white=looks.white if colour is None else is_white(colour),
        on_ground=looks.on_ground or (ground is not None and ground != "transparent" and not is_white(ground)),
    )
