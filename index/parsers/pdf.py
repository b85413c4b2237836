"""Parse PDF (.pdf): the text of each page, by pdfium.

There is no second parser to fall back to: of seven kinds of damage tried, pypdf read no file that pdfium refused.
"""

from collections.abc import Sequence

import pypdfium2
from pypdfium2 import raw
from pypdfium2.raw import FPDF_ERR_PASSWORD, FPDF_PAGEOBJ_IMAGE

from index.parsers.content import Content, check_length, clean, iso_date, left_out
from index.parsers.page.fields import open_forms
from index.parsers.page.letters import is_readable
from index.parsers.page.reading import PageText, read_page
from index.parsers.page.running import mended, set_apart
from rag.errors import DocumentError
from rag.text.normalize import searchable

MAX_PAGES = 5_000
SCANNED = 20  # letters and digits of a page; fewer beside a picture that covers it are stamps and page numbers
COVERED = 0.5  # share of a page from which a picture is taken for a scan of it
SHOWN_FILES = 5  # attached files that a note names


def parse_pdf(data: bytes) -> Content:
    """Parse a PDF; `pages` are the start offsets of its pages. Bookmarks are not headings: too few match their page.

    Raises DocumentError where it is encrypted, has no text or too many pages, or cannot be parsed.
    """
    try:
        pdf = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if error.err_code == FPDF_ERR_PASSWORD:
            raise DocumentError("it is encrypted: save it without a password") from None
        raise DocumentError("it is damaged, without pages, or no PDF: save or print it to a PDF anew") from None
    with pdf:
        if len(pdf) > MAX_PAGES:
            raise DocumentError(f"it has {len(pdf):,} pages, and at most {MAX_PAGES:,} are allowed: split it")
        read = _read(pdf)
        pages = [clean(page.text) for page in read]
        bare = [number for number, page in enumerate(pages) if sum(map(str.isalnum, page)) < SCANNED]
        scanned = [number for number in bare if _is_scan(pdf[number])]
        _check_text(pages, scanned)
        broken = [number for number, page in enumerate(pages) if not is_readable(page)]
        if broken and (len(broken) + len(bare) >= len(pages) or not is_readable("\n".join(pages))):
            raise DocumentError("the text of this file cannot be read (broken font table): run OCR over it")
        pages = ["" if number in set(broken) else page for number, page in enumerate(pages)]
        stated = pdf.get_metadata_dict()
        notes = (*_unread(scanned, broken), *_not_seen(read), *_not_pages(pdf))
    text, starts = _joined(set_apart(mended(pages)))
    return Content(text, starts, (), stated.get("Title"), iso_date(stated.get("CreationDate")), notes)


def _read(pdf: pypdfium2.PdfDocument) -> list[PageText]:
    """Each page, filled form fields included. Raises DocumentError where the text is too long."""
    open_forms(pdf)
    read = []
    characters = 0
    for page in pdf:
        textpage = page.get_textpage()
        read.append(read_page(page, textpage))
        textpage.close()
        page.close()
        characters += len(read[-1].text)
        check_length(characters)  # thousands of pages may share one long text
    return read


def _check_text(pages: Sequence[str], scanned: Sequence[int]) -> None:
    """Raise DocumentError where no page has text."""
    if len(scanned) == len(pages):
        raise DocumentError(f"no text on its pages ({len(pages):,}), so it is scanned: run OCR over it (ocrmypdf does)")
    if not any(map(str.isalnum, "".join(pages))):
        raise DocumentError(f"no text on its pages ({len(pages):,}), which are drawings or empty: leave it out")


def _unread(scanned: Sequence[int], broken: Sequence[int]) -> list[str]:
    """Say which pages, numbered from 0, were not read."""
    notes = []
    if scanned:
        are = "are pictures" if len(scanned) > 1 else "is a picture"
        notes.append(
            f"{_named(scanned)} {are} without text (scanned?): run OCR over the file to have "
            f"{'them' if len(scanned) > 1 else 'it'} read (ocrmypdf does)."
        )
    if broken:
        notes.append(f"{_named(broken)} cannot be read (broken font table): run OCR over the file.")
    return notes


def _named(pages: Sequence[int]) -> str:
    """Pages, numbered from 0, as "Pages 2–4, 6"."""
    runs: list[list[int]] = []
    for page in pages:
        if runs and runs[-1][1] == page:
            runs[-1][1] = page + 1
        else:
            runs.append([page + 1, page + 1])
    named = ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in runs)
    return f"Page{'s' if len(pages) > 1 else ''} {named}"


def _not_seen(read: Sequence[PageText]) -> list[str]:
    """Say what the pages hold that no reader sees, and which watermarks are not part of the text."""
    hidden = [text for page in read for text in page.hidden]
    marks = [text for page in read for text in page.watermarks]
    notes = [left_out("part that cannot be seen", "parts that cannot be seen", hidden)] if hidden else []
    return [*notes, *([left_out("watermark", "watermarks", marks)] if marks else [])]


def _not_pages(pdf: pypdfium2.PdfDocument) -> list[str]:
    """Say what belongs to the file and is on no page: attached files, and the forms of Adobe LiveCycle."""
    notes = []
    if count := pdf.count_attachments():
        names = [searchable(pdf.get_attachment(number).get_name()) for number in range(min(count, SHOWN_FILES))]
        files = "1 attached file was" if count == 1 else f"{count:,} attached files were"
        notes.append(f"{files} not read: {', '.join(names)}{' and others' if count > SHOWN_FILES else ''}.")
    if pdf.get_formtype() == raw.FORMTYPE_XFA_FULL:
        notes.append("It is an XFA form, of which only the printed page was read: print it to a PDF.")
    return notes


def _joined(pages: list[str]) -> tuple[str, tuple[int, ...]]:
    """The pages as one text, a line break between them, and the start of each."""
    starts = [0]
    for page in pages[:-1]:
        starts.append(starts[-1] + len(page) + 1)
    return "\n".join(pages), tuple(starts)


def _is_scan(page: pypdfium2.PdfPage) -> bool:
    """Whether a picture covers most of a page."""
    width, height = page.get_size()
    boxes = (picture.get_bounds() for picture in page.get_objects(filter=[FPDF_PAGEOBJ_IMAGE], max_depth=2))
    return any((right - left) * (top - bottom) >= COVERED * width * height for left, bottom, right, top in boxes)
