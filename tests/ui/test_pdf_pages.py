"""PDF files as pages: pictures, and boxes that stand around exactly the cited words."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from files import pdf, pdf_endless_picture, pdf_form, pdf_writer, saved
from indexkit import build, settings

from rag.errors import DocumentError
from rag.process import Limits
from rag.schema import Document
from rag.store.ledger import Ledger
from rag.store.records import DocumentInfo
from rag.ui.pdf_pages import PdfPages
from rag.ui.pdfium import Box

WIDTH, HEIGHT, LEFT, TOP, LEADING = 612, 792, 50, 740, 14  # as tests/files.py sets its pages
PAGES = PdfPages()
drawing, picture = PAGES.drawing, PAGES.picture
LINES = [f"This is line {number} of the report on the old harbour." for number in range(20)]


@pytest.fixture(scope="module", autouse=True)
def closed() -> Iterator[None]:
    yield
    PAGES.close()


def indexed(folder: Path, data: bytes) -> tuple[DocumentInfo, Document]:
    (folder / "report.pdf").write_bytes(data)
    build(folder / "report.pdf", into=(at := settings(folder)))
    with Ledger.open(at.data_dir) as ledger:
        (info,) = ledger.documents()
        return info, ledger.document(info.source)


def boxes(info: DocumentInfo, document: Document, words: str, after: str = "") -> tuple[Box, ...]:
    start = document.text.index(words, document.text.index(after))
    found = drawing(info, document, start, start + len(words))
    assert found
    return found.boxes


def is_on_line(box: Box, number: int) -> bool:
    """Whether a box stands around a line of a page: its middle is where the letters are."""
    middle = (1 - box.top - box.height / 2) * HEIGHT
    return abs(middle - (TOP - number * LEADING + 3)) < 4 and 0.005 < box.height < 0.03


def test_the_words_of_a_line_are_boxed_where_they_stand(tmp_path: Path) -> None:
    info, document = indexed(tmp_path, pdf([LINES]))
    (whole,) = boxes(info, document, LINES[7])
    assert is_on_line(whole, 7) and whole.page == 1
    assert whole.left == pytest.approx(LEFT / WIDTH, abs=0.01)
    (part,) = boxes(info, document, "report", after=LINES[7])
    assert is_on_line(part, 7)
    assert whole.left < part.left < whole.left + whole.width
    assert 0 < part.width < whole.width / 3


def test_a_span_over_lines_and_pages_is_boxed_on_each(tmp_path: Path) -> None:
    info, document = indexed(tmp_path, pdf([LINES[:10], LINES[10:]]))
    start, end = document.text.index("line 8"), document.text.index("line 11") + 7
    found = drawing(info, document, start, end)
    assert found and len(found.sizes) == 2
    assert [(box.page, is_on_line(box, n)) for box, n in zip(found.boxes, (8, 9, 0, 1), strict=True)] == [
        (1, True), (1, True), (2, True), (2, True),
    ]  # fmt: skip


def test_of_words_that_come_again_those_that_are_meant_are_boxed(tmp_path: Path) -> None:
    info, document = indexed(tmp_path, pdf([["The harbour is old."] * 12]))
    starts = [at for at in range(len(document.text)) if document.text.startswith("The harbour", at)]
    for number in (0, 5, 11):
        found = drawing(info, document, starts[number], starts[number] + 11)
        assert found and is_on_line(found.boxes[0], number)


def test_a_turned_page_has_its_boxes_turned(tmp_path: Path) -> None:
    writer = pdf_writer([LINES])
    writer.pages[0].rotate(90)
    info, document = indexed(tmp_path, saved(writer))
    (box,) = boxes(info, document, LINES[7])
    assert box.height > 5 * box.width  # the line runs down the page now
    found = drawing(info, document, 0, 0)
    assert found and found.sizes == ((HEIGHT, WIDTH),)


def test_what_is_filled_into_a_form_is_boxed(tmp_path: Path) -> None:
    info, document = indexed(tmp_path, pdf_form("Name of the keeper of the old harbour light", "Ada Lowe"))
    (box,) = boxes(info, document, "Ada Lowe")
    assert (1 - box.top) * HEIGHT == pytest.approx(610, abs=15)


def test_pages_are_drawn_as_large_as_they_are(tmp_path: Path) -> None:
    info, _ = indexed(tmp_path, pdf([LINES, LINES]))
    drawn = picture(info, 2)
    assert drawn and drawn.startswith(b"\xff\xd8")
    assert picture(info, 3) is None and picture(info, 0) is None


def test_a_file_that_is_no_longer_what_was_indexed_is_not_drawn(tmp_path: Path) -> None:
    info, document = indexed(tmp_path, pdf([LINES]))
    (tmp_path / "report.pdf").write_bytes(pdf([LINES[::-1]]))
    assert drawing(info, document, 0, 5) is None
    assert picture(info, 1) is None
    (tmp_path / "report.pdf").unlink()
    assert drawing(info, document, 0, 5) is None


def test_a_file_that_crashes_or_stalls_the_reader_is_not_drawn_and_the_next_one_is(tmp_path: Path) -> None:
    info, document = indexed(tmp_path, pdf([LINES]))
    with pytest.raises(DocumentError):
        PAGES._call("another file", os.abort)
    assert drawing(info, document, 0, 5) is not None
    assert picture(info, 1) is not None


def test_while_a_page_is_drawn_that_never_ends_others_are_until_it_is_stopped(tmp_path: Path) -> None:
    (tmp_path / "bad").mkdir()
    endless, _ = indexed(tmp_path / "bad", pdf_endless_picture(LINES[0]))
    info, _ = indexed(tmp_path, pdf([LINES]))
    pages = PdfPages(Limits(seconds=5, memory=1_000_000_000))
    drawn: list[bytes | None] = []
    slow = threading.Thread(target=lambda: drawn.append(pages.picture(endless, 1)))
    slow.start()
    assert pages.picture(info, 1) is not None
    assert drawn == []
    slow.join()
    assert drawn == [None] and pages.picture(endless, 1) is None
    pages.close()
