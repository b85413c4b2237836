"""Parse Word documents (.docx): paragraphs and tables in order, with headers, notes, comments and text boxes."""

import datetime
import io
import zipfile

import docx
from docx.opc.coreprops import CoreProperties

from index.parsers.content import Content, assemble, iso_date
from index.parsers.word.story import Story
from index.parsers.word.strict import as_usual
from rag.errors import DocumentError

MAX_UNPACKED = 400_000_000  # bytes of all parts, pictures included
MAX_XML = 64_000_000  # bytes of one XML part; its tree takes ten times as much memory
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_TEMPLATE = datetime.date(2013, 12, 23)  # of the empty document that python-docx begins with


def parse_docx(data: bytes) -> Content:
    """Parse a Word document; tracked insertions are read, deletions, struck-out and hidden words are left out.

    Raises DocumentError where the file is not a .docx file, is encrypted, or is too large when it is unpacked.
    """
    _check(data)
    document = docx.Document(io.BytesIO(as_usual(data)))
    story = Story(document)
    text, headings = assemble(story.blocks())
    properties = document.core_properties
    return Content(text, (), headings, properties.title, _date(properties), story.unread.notes())


def _date(properties: CoreProperties) -> str | None:
    """The date of creation, or of the last change where the former is that of a template."""
    stated = (moment for moment in (properties.created, properties.modified) if moment)
    return next((iso_date(moment.isoformat()) for moment in stated if moment.date() != _TEMPLATE), None)


def _check(data: bytes) -> None:
    if data.startswith(_OLE):
        raise DocumentError("it is encrypted or in the old .doc format: save it as .docx without a password")
    if not zipfile.is_zipfile(io.BytesIO(data)):
        raise DocumentError(
            "it is not a Word document: a .docx file is a zip archive and this is not; save it anew as .docx"
        )
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = archive.infolist()
    unpacked = sum(part.file_size for part in parts)
    largest = max((part.file_size for part in parts if part.filename.endswith((".xml", ".rels"))), default=0)
    if unpacked > MAX_UNPACKED or largest > MAX_XML or len(parts) > 10_000:
        raise DocumentError(
            f"it would unpack to {unpacked:,} bytes in {len(parts):,} parts, which is too much: split it"
        )
