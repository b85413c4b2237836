"""Write answers as a Word document with footnotes.

python-docx does not support footnotes, so their part of the file is built here (ECMA-376, part 1, 17.11).
"""

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO

from docx import Document
from docx.document import Document as DocxDocument
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part as PackagePart
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Pt
from docx.text.paragraph import Paragraph
from lxml import etree

from rag.export.footnotes import Inline, Note, arrange
from rag.schema import Answer

_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
# Word requires these two: the line above footnotes, and the line above those continued from the page before
_SEPARATORS = "".join(
    f'<w:footnote w:type="{name}" w:id="{number}"><w:p><w:r><w:{name}/></w:r></w:p></w:footnote>'
    for number, name in ((-1, "separator"), (0, "continuationSeparator"))
)


def to_docx(title: str, answers: Sequence[Answer], when: datetime | None = None) -> bytes:
    """The answers as a .docx file with a footnote for each citation: its source, page and exact quote."""
    export = arrange(title, answers, when)
    document = Document()
    document.core_properties.title = export.title[:255]
    document.core_properties.author = document.core_properties.comments = ""
    document.add_heading(export.title, 0)
    for name, value in export.facts:
        document.add_paragraph(f"{name}: {value}").paragraph_format.space_after = Pt(0)
    for part in export.parts:
        document.add_heading(part.question, 1)
        for inlines in part.paragraphs:
            paragraph = document.add_paragraph()
            for inline in inlines:
                _add(paragraph, inline)
        for remark in (*part.remarks, part.outcome):
            document.add_paragraph().add_run(remark).italic = True
    if export.notes:
        _add_notes(document, export.notes)
    file = BytesIO()
    document.save(file)
    return file.getvalue()


def _add(paragraph: Paragraph, inline: Inline) -> None:
    if inline.note:
        _raised(paragraph, "w:footnoteReference", {qn("w:id"): str(inline.note)})
    elif inline.remark:
        paragraph.add_run(f" ({inline.remark})").italic = True
    else:
        paragraph.add_run(inline.text)


def _raised(paragraph: Paragraph, element: str, attributes: dict[str, str] | None = None) -> None:
    run = paragraph.add_run()
    run.font.superscript = True
    run._r.append(OxmlElement(element, attributes))


def _add_notes(document: DocxDocument, notes: Sequence[Note]) -> None:
    root = parse_xml(f"<w:footnotes {nsdecls('w')}>{_SEPARATORS}</w:footnotes>")
    for number, note in enumerate(notes, 1):
        paragraph = document.add_paragraph()
        _raised(paragraph, "w:footnoteRef")
        paragraph.add_run(f" {note.place}: “{note.quote}”").font.size = Pt(9)
        footnote = OxmlElement("w:footnote", {qn("w:id"): str(number)})
        footnote.append(paragraph._p)  # lxml moves it out of the body
        root.append(footnote)
    blob = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    package = document.part.package
    part = PackagePart(PackURI("/word/footnotes.xml"), _TYPE, blob, package)
    document.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)
