"""PDFs whose pages are drawn run by run, for what a page looks like and not only what it says."""

from collections.abc import Sequence

from files import saved
from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, StreamObject

SCAN = "q 500 0 0 700 50 50 cm BI /W 1 /H 1 /CS /G /BPC 8 ID @ EI Q"
"""A picture that covers a page."""


def run(x: float, y: float, text: str, size: float = 11, before: str = "") -> str:
    """A run of text in Helvetica that begins at (x, y) points from the lower left; `before`: operators in front."""
    shown = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    return f"BT {before} /F1 {size} Tf 1 0 0 1 {x} {y} Tm ({shown}) Tj ET\n"


def lines(*texts: str) -> str:
    """Lines of text from the top of a page."""
    return "".join(run(60, 740 - 14 * n, text) for n, text in enumerate(texts))


def drawn_writer(pages: Sequence[str]) -> PdfWriter:
    writer = PdfWriter()
    font = DictionaryObject()
    for name, value in (("Type", "Font"), ("Subtype", "Type1"), ("BaseFont", "Helvetica")):
        font[NameObject(f"/{name}")] = NameObject(f"/{value}")
    font[NameObject("/Encoding")] = NameObject("/WinAnsiEncoding")
    reference = writer._add_object(font)
    for content in pages:
        page = writer.add_blank_page(612, 792)
        fonts = DictionaryObject({NameObject("/F1"): reference})
        page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
        stream = StreamObject()
        stream.set_data(content.encode("cp1252"))
        page[NameObject("/Contents")] = writer._add_object(stream)
    return writer


def drawn_pdf(pages: Sequence[str]) -> bytes:
    """A PDF with a page for each content stream."""
    return saved(drawn_writer(pages))
