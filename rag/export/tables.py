"""Write a table as a file: CSV and Excel for a spreadsheet, with the citation in a column beside each answer.

A spreadsheet takes a cell that begins with "=" for a formula and runs it; here no text of a document becomes one.
"""

import csv
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO, StringIO
from pathlib import PurePath

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from rag.errors import ConfigError
from rag.export.table_html import to_html
from rag.tables.values import Cell, Table
from rag.text.normalize import one_line

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
EXCEL_CHARACTERS = 32_767  # of a cell, by Excel's limits
_WIDTHS = {"source": 30, "title": 40, "date": 12}
_ANSWER_WIDTH, _CITATION_WIDTH = 32, 48  # characters
Write = Callable[[Table], bytes]


def to_csv(table: Table) -> bytes:
    """The table as CSV in UTF-8 with a byte order mark, by which Excel knows it; every field is quoted.

    Unquoted, a ";" in an answer would begin a cell of its own where that is the separator.
    """
    out = StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([harmless(value) for value in row] for row in _lines(table))
    return out.getvalue().encode("utf-8-sig", "backslashreplace")


def to_xlsx(table: Table) -> bytes:
    """The table as an Excel workbook, with a filter on every column; nothing in it is a formula or a link."""
    book = Workbook()
    sheet = book.active
    sheet.title = "Answers"
    for number, row in enumerate(_lines(table), 1):
        for column, value in enumerate(row, 1):
            cell = sheet.cell(number, column, harmless(value)[:EXCEL_CHARACTERS])
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            if number == 1:
                cell.font = Font(bold=True)
    widths = [*_WIDTHS.values(), *(_ANSWER_WIDTH, _CITATION_WIDTH) * len(table.questions)]
    for column, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = sheet.dimensions
    file = BytesIO()
    book.save(file)
    return file.getvalue()


FORMATS: Mapping[str, tuple[str, Write]] = {
    ".csv": ("text/csv", to_csv),
    ".xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", to_xlsx),
    ".html": ("text/html", to_html),
}
"""What a table is written as: the media type and the writer, by the suffix of the file."""


def format_of(name: str) -> tuple[str, Write]:
    """The media type and the writer for a file name. Raises ConfigError on a suffix that is not in FORMATS."""
    suffix = PurePath(name).suffix.lower()
    if suffix not in FORMATS:
        raise ConfigError(f"a table cannot be written to {name!r}; give a name that ends in {', '.join(FORMATS)}")
    return FORMATS[suffix]


def harmless(value: str) -> str:
    """A text that no spreadsheet runs: an apostrophe stands before a sign that begins a formula, wide forms too."""
    return f"'{value}" if unicodedata.normalize("NFKC", value.lstrip(" ")[:1]).startswith(FORMULA) else value


def _lines(table: Table) -> Iterator[list[str]]:
    """The head of the table and its rows as texts, the citation after each answer."""
    questions = [one_line(question) for question in table.questions]
    yield [*_WIDTHS, *(name for question in questions for name in (question, f"{question} (citation)"))]
    for row in table.rows:
        cells = [value for cell in row.cells for value in (cell.shown, cited(cell))]
        yield [one_line(row.source), one_line(row.title), row.date or "", *cells]


def cited(cell: Cell) -> str:
    """The citation of a cell: 'report.pdf, p. 3: “its words”'; for a cell that failed, the reason; else ""."""
    if citation := cell.citation:
        page = f", p. {citation.page}" if citation.page else ""
        return one_line(f"{citation.source}{page}: “{citation.quote}”")
    return one_line(cell.error)
