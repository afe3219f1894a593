"""PDF files that are bombs, go in circles, or would act."""

import zlib
from collections.abc import Iterator, Mapping

from tests.hostile.archives import DOOR, LATER, LETS_BE, MIB
from tests.hostile.hostile import ANY, Hostile, just
from tests.matching.resumes import making

FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
LINES = "\n".join(f"1 0 0 1 20 {700 - 14 * n} Tm ({part}.) Tj" for n, part in enumerate(making.EXPERIENCE.split(". ")))
SAID = f"BT /F1 9 Tf {LINES} ET".encode()


def stream(content: bytes, entries: bytes = b"", *, packed: bool = True) -> bytes:
    """Return a stream object."""
    held = zlib.compress(content, 9) if packed else content
    how = b"/Filter/FlateDecode" if packed else b""
    return b"<<%s%s/Length %d>>stream\n%s\nendstream" % (how, entries, len(held), held)


def assembled(objects: Mapping[int, bytes], trailer: bytes = b"") -> bytes:
    """Return a PDF of these objects, 1 being the catalogue, with a table of where they stand."""
    out, places = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), {}
    for number, content in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (max(objects) + 1)
    for number in range(1, max(objects) + 1):
        out += b"%010d 00000 %s \n" % (places.get(number, 0), b"n" if number in places else b"f")
    out += b"trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (max(objects) + 1, trailer, table)
    return bytes(out)


def one_page(
    drawn: bytes = SAID, *, catalogue: bytes = b"", page: bytes = b"", box: bytes = b"0 0 612 792",
    resources: bytes = b"", more: Mapping[int, bytes] | None = None, trailer: bytes = b"",
) -> bytes:  # fmt: skip
    """Return a PDF of one page that draws *drawn*, with further entries and objects (from 6)."""
    objects = {
        1: b"<</Type/Catalog/Pages 2 0 R%s>>" % catalogue,
        2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        3: b"<</Type/Page/Parent 2 0 R/MediaBox[%s]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>%s>>%s>>"
        % (box, resources, page),
        4: stream(drawn),
        5: FONT,
    }
    return assembled({**objects, **(more or {})}, trailer)


def pages(kids: bytes, count: int, more: Mapping[int, bytes]) -> bytes:
    """Return a PDF with these children of its page tree; object 4 is a text, 5 a font."""
    tree = b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, count)
    return assembled({1: b"<</Type/Catalog/Pages 2 0 R>>", 2: tree, 4: stream(SAID), 5: FONT, **more})


def leaf(parent: int) -> bytes:
    """Return a page."""
    return b"<</Type/Page/Parent %d 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>" % parent


def drawing(thing: bytes) -> bytes:
    """Return a PDF that draws this object below its text."""
    return one_page(SAID + b" /X Do", resources=b"/XObject<</X 6 0 R>>", more={6: thing})


def many_pages(count: int) -> bytes:
    """Return a PDF with so many pages."""
    kids = b" ".join(b"%d 0 R" % number for number in range(6, 6 + count))
    return pages(kids, count, {number: leaf(2) for number in range(6, 6 + count)})


def deep_tree(depth: int) -> bytes:
    """Return a PDF whose one page hangs so deep."""
    nodes = {
        number: b"<</Type/Pages/Parent %d 0 R/Kids[%d 0 R]/Count 1>>" % (max(number - 1, 2), number + 1)
        for number in range(6, 6 + depth)
    }
    return pages(b"6 0 R", 1, {**nodes, 6 + depth: leaf(5 + depth)})


def forms(levels: int, times: int) -> bytes:
    """Return a PDF whose drawing draws another *times* times, which draws another, and so on."""
    more = {
        6 + level: stream(
            b"/X Do " * times,
            b"/Type/XObject/Subtype/Form/BBox[0 0 612 792]/Resources<</XObject<</X %d 0 R>>>>" % (7 + level),
        )
        for level in range(levels)
    }
    last = stream(SAID, b"/Type/XObject/Subtype/Form/BBox[0 0 612 792]/Resources<</Font<</F1 5 0 R>>>>")
    return one_page(SAID + b" /X Do", resources=b"/XObject<</X 6 0 R>>", more={**more, 6 + levels: last})


def bombs() -> Iterator[Hostile]:
    """Yield PDF files that unfold, nest or repeat without end."""
    twice = zlib.compress(zlib.compress(b"0 0 m " * (50 * MIB), 9), 9)
    twice_packed = b"<</Filter[/FlateDecode/FlateDecode]/Length %d>>stream\n%s\nendstream" % (len(twice), twice)
    letter = b"BT /F1 12 Tf (A) Tj ET "
    filters = b"/Filter[%s]" % (b"/ASCIIHexDecode" * 60)
    image = b"/Type/XObject/Subtype/Image/Width 60000/Height 60000/ColorSpace/DeviceRGB/BitsPerComponent 8"
    letters = b"BT /F1 5 Tf " + b"".join(b"1 0 0 1 %d %d Tm(a)Tj " % (n % 600, n % 780) for n in range(20_000)) + b"ET"
    tiles = b"/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 1 1]/XStep .0001/YStep .0001/Resources<<>>"
    for what, made, ends in (
        ("300 MB of text in a small stream", lambda: making.pdf_of_stream(letter * 12_000_000), LATER),
        ("packed twice", lambda: one_page(more={4: twice_packed}), ANY),
        ("sixty filters", lambda: one_page(more={4: stream(b"30", filters, packed=False)}), ANY),
        ("10,000 pages", lambda: many_pages(10_000), LATER),
        ("two thousand million pages promised", lambda: pages(b"6 0 R", 2**31 - 1, {6: leaf(2)}), ANY),
        ("a page 20,000 levels deep", lambda: deep_tree(20_000), ANY),
        ("20,000 letters in a heap", lambda: one_page(letters), ANY),
        ("drawings that draw drawings, 4 to the 20th times", lambda: forms(20, 4), ANY),
        ("a picture of 3,600 million dots", lambda: drawing(stream(b"0" * MIB, image)), ANY),
        ("a pattern without end", lambda: one_page(SAID + b" /Pattern cs /P scn 0 0 612 792 re f",
                                                   resources=b"/Pattern<</P 6 0 R>>",
                                                   more={6: stream(b"0 0 1 1 re f", tiles)}), ANY),
        ("a string of four million signs", lambda: one_page(b"BT /F1 9 Tf (%s) Tj ET" % (b"word " * 800_000)), LATER),
        ("arrays 300,000 deep", lambda: one_page(catalogue=b"/A " + b"[" * 300_000), ANY),
        ("dictionaries 300,000 deep", lambda: one_page(page=b"/A " + b"<</A" * 300_000), ANY),
        ("brackets 300,000 deep", lambda: one_page(b"BT /F1 9 Tf " + b"(" * 300_000 + b" Tj ET " + SAID), ANY),
        ("500,000 saved states", lambda: one_page(b"q " * 500_000 + SAID), ANY),
    ):  # fmt: skip
        yield Hostile("PDF bomb", what, "cv.pdf", made, frozenset(ends))


def circles() -> Iterator[Hostile]:
    """Yield PDF files that refer to themselves."""
    first = b"<</Type/Pages/Parent 2 0 R/Kids[7 0 R]/Count 1>>"
    second = b"<</Type/Pages/Parent 6 0 R/Kids[6 0 R]/Count 1>>"
    held = b"<</Type/ObjStm/N 1/First 4/Extends 6 0 R/Length 6 0 R>>stream\n6 0 <<>>\nendstream"
    form = b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 6 0 R>>>>"
    glyphs = b"<</Type/Font/Subtype/Type3/FontBBox[0 0 9 9]/FontMatrix[1 0 0 1 0 0]/CharProcs<</a 7 0 R>>"
    glyphs += b"/Encoding<</Differences[97/a]>>/FirstChar 97/LastChar 97/Widths[9]/Resources<</Font<</F2 6 0 R>>>>>>"
    mask = b"<</Type/ExtGState/SMask<</S/Luminosity/G 7 0 R>>>>"
    group = b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Group<</S/Transparency>>/Resources<</ExtGState<</G 6 0 R>>>>"
    endless = b"<</Length 4 0 R>>stream\n" + SAID + b"\nendstream"
    outline = b"<</First 6 0 R/Next 6 0 R/Title(a)>>"
    honest = making.pdf()
    start = honest.rindex(b"startxref")
    for what, made, ends in (
        ("a page tree that holds itself", lambda: pages(b"2 0 R", 9, {}), LATER),
        ("two page trees that hold each other", lambda: pages(b"6 0 R", 1, {6: first, 7: second}), LATER),
        ("an object stream that holds itself", lambda: one_page(more={6: held}, page=b"/A 6 0 R"), ANY),
        ("a stream as long as itself", lambda: one_page(more={4: endless}), ANY),
        ("a drawing that draws itself", lambda: drawing(stream(b"/X Do /X Do", form)), ANY),
        ("a letter that writes itself", lambda: one_page(SAID + b" BT /F2 9 Tf (aaa) Tj ET",
                                                         page=b"/Resources<</Font<</F1 5 0 R/F2 6 0 R>>>>",
                                                         more={6: glyphs, 7: stream(b"BT /F2 9 Tf (aaa) Tj ET")}), ANY),
        ("a mask that masks itself", lambda: one_page(b"/G gs " + SAID, resources=b"/ExtGState<</G 6 0 R>>",
                                                      more={6: mask, 7: stream(b"/G gs 0 0 9 9 re f", group)}), ANY),
        ("a table before itself", lambda: one_page(trailer=b"/Prev 9"), ANY),
        ("its table begins at itself", lambda: honest[:start] + b"startxref\n%d\n%%%%EOF" % start, ANY),
        ("its table begins before the file", lambda: honest[:start] + b"startxref\n-99999999999\n%%EOF", ANY),
        ("a table of a thousand million", lambda: honest.replace(b"xref\n0 ", b"xref\n0 99999"), ANY),
        ("an outline that is its own next", lambda: one_page(catalogue=b"/Outlines 6 0 R", more={6: outline}), LETS_BE),
    ):  # fmt: skip
        yield Hostile("PDF in circles", what, "cv.pdf", made, frozenset(ends))


def oddities() -> Iterator[Hostile]:
    """Yield PDF files with sizes, locks and parts that no program would write."""
    honest = making.pdf()
    unknown = b"/Encrypt<</Filter/Nobody/V 99/R 99/O(a)/U(b)/P -1>>/ID[(a)(b)]"
    font = b"<</Type/Font/Subtype/TrueType/BaseFont/A/FontDescriptor 7 0 R/ToUnicode 9 0 R>>"
    described = b"<</Type/FontDescriptor/FontName/A/Flags 4/FontFile2 8 0 R>>"
    torn = stream(b"\0\1\0\0" + b"\xff" * 4_000, b"/Length1 4004")
    ranges = stream(b"1 begincodespacerange<0000><ffffffff>endcodespacerange\n100 beginbfrange\n"
                    + b"<00000000><ffffffff><0041>\n" * 5_000 + b"endbfrange")  # fmt: skip
    jpx = stream(
        b"\0\0\0\x0cjP  \r\n\x87\n" + b"\xff" * 2_000, b"/Filter/JPXDecode/Subtype/Image/Width 9/Height 9", packed=False
    )
    jbig = stream(
        b"\0\0\0\0" + b"\xff" * 2_000, b"/Filter/JBIG2Decode/Subtype/Image/Width 65000/Height 65000", packed=False
    )
    with_font = {6: font, 7: described, 8: torn, 9: ranges}
    for what, made, ends in (
        ("a page as large as a country", lambda: one_page(box=b"0 0 2000000000 2000000000"), ANY),
        ("a page that is less than nothing", lambda: one_page(box=b"9 9 -99999999 -1e99"), ANY),
        ("a page of no size", lambda: one_page(box=b"0 0 0 0"), ANY),
        ("a very long and thin page", lambda: one_page(box=b"0 0 .001 1000000000"), ANY),
        ("a million points to the unit", lambda: one_page(page=b"/UserUnit 1000000/Rotate 77"), ANY),
        ("locked by a password", lambda: making.pdf(password="otters"), LATER),
        ("locked by nobody knows what", lambda: one_page(trailer=unknown), LATER),
        ("a broken font", lambda: one_page(SAID + b" BT /F2 9 Tf (abc) Tj ET",
                                           page=b"/Resources<</Font<</F1 5 0 R/F2 6 0 R>>>>", more=with_font), ANY),
        ("a broken JPEG 2000 picture", lambda: drawing(jpx), ANY),
        ("a broken JBIG2 picture", lambda: drawing(jbig), ANY),
        ("nothing but its first line", lambda: b"%PDF-1.7\n", LATER),
        ("of version 9.9", lambda: honest.replace(b"%PDF-1.", b"%PDF-9."), ANY),
        ("half of it", lambda: honest[: len(honest) // 2], LATER),
        ("without any table", lambda: honest[: honest.rindex(b"xref\n0")], ANY),
        ("called a DOCX", lambda: honest + b"\n%docx", DOOR),
    ):  # fmt: skip
        name = "cv.docx" if "DOCX" in what else "cv.pdf"
        yield Hostile("odd PDF", what, name, made, frozenset(ends))


def busy(url: str) -> Iterator[Hostile]:
    """Yield PDF files that would act when they are opened."""
    address = url.encode()
    for what, action in (
        ("runs a script", b"<</S/JavaScript/JS(while \\(true\\) app.alert\\(1\\);)>>"),
        ("starts a program", b"<</S/Launch/F(/bin/sh)/Win<</F(cmd.exe)/P(/c calc)>>>>"),
        ("sends a form", b"<</S/SubmitForm/F<</FS/URL/F(%s/form)>>/Fields[]>>" % address),
        ("goes to an address", b"<</S/URI/URI(%s/page)>>" % address),
        ("opens another file", b"<</S/GoToR/F(/etc/passwd)/D[0/Fit]>>"),
        ("imports data", b"<</S/ImportData/F<</FS/URL/F(%s/data.fdf)>>>>" % address),
    ):
        acting = one_page(catalogue=b"/OpenAction 6 0 R/AA<</WC 6 0 R>>", page=b"/AA<</O 6 0 R>>", more={6: action})
        yield Hostile("busy document", f"a PDF that {what}", "cv.pdf", just(acting), LETS_BE, "root:")
    forms = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    forms += b'<xdp:xdp xmlns:xdp="http://ns.adobe.com/xdp/">&e;</xdp:xdp>'
    inside = b"<</Type/Filespec/F(a.exe)/EF<</F 7 0 R>>>>"
    outside = b"<</FS/URL/F(%s/text)/Length 0>>stream\n\nendstream" % address
    for what, made in (
        ("holds an XML form", lambda: one_page(catalogue=b"/AcroForm<</XFA 6 0 R/Fields[]>>", more={6: stream(forms)})),
        ("holds a program", lambda: one_page(catalogue=b"/Names<</EmbeddedFiles<</Names[(a.exe) 6 0 R]>>>>",
                                             more={6: inside, 7: stream(b"MZ" + bytes(5_000), b"/Type/EmbeddedFile")})),
        ("has its text elsewhere", lambda: one_page(more={4: outside})),
    ):  # fmt: skip
        ends = ANY
        yield Hostile("busy document", f"a PDF that {what}", "cv.pdf", made, ends, "root:")
