"""Parse PDF (.pdf): the text of each page, by pdfium.

There is no second parser to fall back to: of seven kinds of damage tried, pypdf read no file that pdfium refused.
"""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import takewhile

import pypdfium2
from pypdfium2.raw import FPDF_ERR_PASSWORD, FPDF_PAGEOBJ_IMAGE

from index.parsers.content import Content, check_length, clean, iso_date
from rag.errors import DocumentError

MAX_PAGES = 5_000
SCANNED = 20  # letters and digits of a page; fewer beside a picture that covers it are stamps and page numbers
COVERED = 0.5  # share of a page from which a picture is taken for a scan of it
EDGE = 3  # lines at the top and bottom of a page that may be a running header or footer
_NUMBER = re.compile(r"\d+")
# pdfium's character for a hyphen at a line end; the line break is dropped
_BROKEN = re.compile(r"(?<!\w)(\w++)[\x02\ufffe](\w++)")


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
        pages = _page_texts(pdf)
        bare = [number for number, page in enumerate(pages) if sum(map(str.isalnum, page)) < SCANNED]
        scanned = [number for number in bare if _is_scan(pdf[number])]
        if len(scanned) == len(pages):
            raise DocumentError(
                f"no text on its pages ({len(pages):,}), so it is scanned: run OCR over it (ocrmypdf does)"
            )
        if not any(map(str.isalnum, "".join(pages))):
            raise DocumentError(f"no text on its pages ({len(pages):,}), which are drawings or empty: leave it out")
        stated = pdf.get_metadata_dict()
        text, starts = _joined(pages)
    notes = (_without_text(scanned),) if scanned else ()
    return Content(text, starts, (), stated.get("Title"), iso_date(stated.get("CreationDate")), notes)


def _without_text(pages: Sequence[int]) -> str:
    """Says which pages, numbered from 0, are pictures."""
    runs: list[list[int]] = []
    for page in pages:
        if runs and runs[-1][1] == page:
            runs[-1][1] = page + 1
        else:
            runs.append([page + 1, page + 1])
    named = ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in runs)
    many = len(pages) > 1
    return (
        f"Page{'s' if many else ''} {named} {'are pictures' if many else 'is a picture'} without text (scanned?): "
        "run OCR over the file to have them read (ocrmypdf does)."
    )


def _page_texts(pdf: pypdfium2.PdfDocument) -> list[str]:
    """The text of each page, filled form fields included. Raises DocumentError where it is too long."""
    if pdf.get_formtype():
        pdf.init_forms()
    texts = []
    characters = 0
    for number in range(len(pdf)):
        page = pdf[number]
        if page.formenv:
            page.flatten()
            page.close()
            page = pdf[number]
        textpage = page.get_textpage()
        texts.append(clean(textpage.get_text_bounded()))
        textpage.close()
        page.close()
        characters += len(texts[-1])
        check_length(characters)  # thousands of pages may share one long text
    return _set_apart(_mended(texts))


def _mended(pages: list[str]) -> list[str]:
    """Pages with a plain hyphen where a line ended in one, and a line break after it where it broke a word.

    "state-⏎sponsored" is a compound if the document writes it so elsewhere, or each half is a word of its own there.
    """
    if not any(map(_BROKEN.search, pages)):
        return pages
    words = {word.lower() for page in pages for word in re.findall(r"\w+(?:-\w+)*", _BROKEN.sub(" ", page))}

    def mend(match: re.Match[str]) -> str:
        left, right = match[1].lower(), match[2].lower()
        compound = f"{left}-{right}" in words or (f"{left}{right}" not in words and {left, right} <= words)
        return f"{match[1]}-{match[2]}" if compound else f"{match[1]}-\n{match[2]}"

    return [_BROKEN.sub(mend, page) for page in pages]


def _set_apart(pages: list[str]) -> list[str]:
    """Pages with running headers and footers, equal but for their numbers, in paragraphs of their own."""
    edges = Counter(
        line for page in pages for line in {_NUMBER.sub("0", line.strip()) for line in _edge_lines(page.split("\n"))}
    )
    running = {line for line, count in edges.items() if count > 1 and count >= 0.4 * len(pages)}

    def runs(line: str) -> bool:
        return _NUMBER.sub("0", line.strip()) in running

    set_apart = []
    for page in pages:
        lines = page.split("\n")
        top = len(list(takewhile(runs, lines[:EDGE])))
        bottom = len(lines) - len(list(takewhile(runs, lines[: -EDGE - 1 : -1])))
        bottom = max(top, bottom)
        head, body, foot = ("\n".join(part) for part in (lines[:top], lines[top:bottom], lines[bottom:]))
        set_apart.append((f"\n{head}\n\n" if head else "") + body + (f"\n\n{foot}\n" if foot else ""))
    return set_apart


def _edge_lines(lines: list[str]) -> list[str]:
    return [line for line in (*lines[:EDGE], *lines[-EDGE:]) if line.strip()]


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
