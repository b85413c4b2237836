"""Makes the files that tests read: PDF pages with text, a form, Word documents with what Word puts into them."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import docx
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    BooleanObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)


def written(folder: Path, texts: Mapping[str, str]) -> Path:
    """A folder with these texts as files, by their paths in it."""
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def saved(writer: PdfWriter) -> bytes:
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def pdf_writer(pages: Sequence[Sequence[str]], **metadata: str) -> PdfWriter:
    """A PDF of pages of lines in Helvetica."""
    writer = PdfWriter()
    font = writer._add_object(
        _dictionary(Type="/Font", Subtype="/Type1", BaseFont="/Helvetica", Encoding="/WinAnsiEncoding")
    )
    for lines in pages:
        page = writer.add_blank_page(612, 792)
        page[NameObject("/Resources")] = _dictionary(Font=_dictionary(F1=font))
        shown = (line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)") for line in lines)
        page[NameObject("/Contents")] = writer._add_object(
            _stream("BT /F1 11 Tf 14 TL 50 740 Td " + " ".join(f"({line}) Tj T*" for line in shown) + " ET")
        )
    writer.add_metadata({f"/{name}": value for name, value in metadata.items()})
    return writer


def pdf(pages: Sequence[Sequence[str]], **metadata: str) -> bytes:
    return saved(pdf_writer(pages, **metadata))


def pdf_endless() -> bytes:
    """A PDF that pdfium reads for many minutes: it looks for the end of each stream to the end of the file."""
    return b"%PDF-1.7\n" + b"1 0 obj<</Length 9>>stream\n" * 200_000


def pdf_huge() -> bytes:
    """A small PDF for which pdfium takes gigabytes: it copies all open marks for each that is added."""
    writer = pdf_writer([["A page that is never read."]])
    writer.pages[0][NameObject("/Contents")] = writer._add_object(_stream("/a BMC " * 300_000).flate_encode())
    return saved(writer)


def pdf_endless_picture(line: str) -> bytes:
    """A PDF that is read at once and drawn for minutes: a page is filled with a million tiles again and again."""
    writer = pdf_writer([[line]])
    page = writer.pages[0]
    tile = _stream("0 0 1 1 re f")
    tile.update(_dictionary(Type="/Pattern", BBox=_box(0, 0, 1, 1), Resources=_dictionary()))
    tile.update({NameObject(f"/{name}"): NumberObject(1) for name in _TILE})
    page["/Resources"][NameObject("/Pattern")] = _dictionary(P1=writer._add_object(tile))
    text = page["/Contents"].get_object().get_data().decode("cp1252")
    filled = "/Pattern cs /P1 scn 0 0 612 792 re f " * 1000
    page[NameObject("/Contents")] = writer._add_object(_stream(f"{filled} {text}"))
    return saved(writer)


_TILE = ("PatternType", "PaintType", "TilingType", "XStep", "YStep")


def pdf_long_words(pages: int) -> bytes:
    """A PDF of pages with one word of ten thousand letters and one that a line end broke."""
    writer = pdf_writer([[]] * pages)
    squeezed = f"BT /F1 11 Tf 0.01 0 0 1 50 740 Tm ({'x' * 20_000}) Tj"
    for page in writer.pages:
        page[NameObject("/Contents")] = writer._add_object(
            _stream(f"{squeezed} 1 0 0 1 50 700 Tm 14 TL (a broken-) Tj T* (word) Tj ET")
        )
    return saved(writer)


def pdf_form(label: str, value: str) -> bytes:
    """A PDF with one form field that somebody has filled in."""
    writer = pdf_writer([[label]])
    page = writer.pages[0]
    fonts = page["/Resources"]["/Font"]
    look = _stream(f"/Tx BMC q BT /F1 10 Tf 2 4 Td ({value}) Tj ET Q EMC")
    look.update(
        _dictionary(Type="/XObject", Subtype="/Form", BBox=_box(0, 0, 200, 20), Resources=_dictionary(Font=fonts))
    )
    field = _dictionary(Type="/Annot", Subtype="/Widget", FT="/Tx", Rect=_box(50, 600, 250, 620))
    field[NameObject("/F")] = NumberObject(4)
    field[NameObject("/T")] = TextStringObject("field")
    field[NameObject("/V")] = TextStringObject(value)
    field[NameObject("/AP")] = _dictionary(N=writer._add_object(look))
    reference = writer._add_object(field)
    page[NameObject("/Annots")] = ArrayObject([reference])
    writer._root_object[NameObject("/AcroForm")] = _dictionary(Fields=ArrayObject([reference]))
    return saved(writer)


def pdf_form_ticks(boxes: Mapping[str, bool], xfa: bool = False, dynamic: bool = False) -> bytes:
    """A PDF with "Smoker:" and boxes to tick in a line, each left of its label."""
    writer = pdf_writer([[]])
    page = writer.pages[0]
    drawn = "BT /F1 11 Tf 1 0 0 1 60 700 Tm (Smoker:) Tj ET "
    fields = ArrayObject()
    for number, (label, ticked) in enumerate(boxes.items()):
        left = 110 + 50 * number
        drawn += f"BT /F1 11 Tf 1 0 0 1 {left + 14} 700 Tm ({label}) Tj ET "
        field = _dictionary(Type="/Annot", Subtype="/Widget", FT="/Btn", Rect=_box(left, 698, left + 10, 708))
        looks = _dictionary(**{state: writer._add_object(_look()) for state in ("On", "Off")})
        state = NameObject("/On" if ticked else "/Off")
        field.update(_dictionary(AP=_dictionary(N=looks), AS=state, V=state))
        field[NameObject("/F")] = NumberObject(4)
        field[NameObject("/T")] = TextStringObject(f"box{number}")
        fields.append(writer._add_object(field))
    page[NameObject("/Contents")] = writer._add_object(_stream(drawn))
    page[NameObject("/Annots")] = fields
    form = _dictionary(Fields=fields)
    if xfa:
        form[NameObject("/XFA")] = writer._add_object(_stream("<xdp:xdp/>"))
    writer._root_object[NameObject("/AcroForm")] = form
    writer._root_object[NameObject("/NeedsRendering")] = BooleanObject(dynamic)
    return saved(writer)


def _look() -> StreamObject:
    look = _stream("0 0 10 10 re S")
    look.update(_dictionary(Type="/XObject", Subtype="/Form", BBox=_box(0, 0, 10, 10)))
    return look


def _dictionary(**values: object) -> DictionaryObject:
    return DictionaryObject(
        {NameObject(f"/{k}"): NameObject(v) if isinstance(v, str) else v for k, v in values.items()}
    )


def _stream(content: str) -> StreamObject:
    stream = StreamObject()
    stream.set_data(content.encode("cp1252"))
    return stream


def _box(*corners: int) -> ArrayObject:
    return ArrayObject(map(NumberObject, corners))


def docx_bytes(document: docx.document.Document) -> bytes:
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def add_footnote(document: docx.document.Document, paragraph: docx.text.paragraph.Paragraph, text: str) -> None:
    """A footnote, which python-docx cannot write: its part, and the reference to it in a paragraph."""
    part = docx.opc.part.Part(
        docx.opc.packuri.PackURI("/word/footnotes.xml"),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml",
        f'<w:footnotes {nsdecls("w")}><w:footnote w:id="7"><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:footnote>'
        "</w:footnotes>".encode(),
        document.part.package,
    )
    document.part.relate_to(part, "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes")
    paragraph.add_run()._r.append(parse_xml(f'<w:footnoteReference {nsdecls("w")} w:id="7"/>'))


def add_inner_xml(paragraph: docx.text.paragraph.Paragraph, xml: str) -> None:
    """Anything that Word writes and python-docx does not, at the end of a paragraph."""
    paragraph._p.append(parse_xml(xml.replace(">", f" {nsdecls('w')}>", 1)))
