"""The rows of a Word table: their cells, what is merged with the row above, and a row written as one line."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from docx.oxml.ns import qn
from lxml import etree

from index.parsers.content import MAX_CELL, MAX_COLUMNS, Grid
from index.parsers.word.elements import is_on, nearest, number
from index.parsers.word.unread import Lost


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell, the columns that it covers, and whether it is one with the cell above, whose words are shown instead."""

    element: etree._Element
    columns: int
    is_continued: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table; `before`: columns that it leaves free at its start; `lost`: why it is not read."""

    cells: tuple[Cell, ...]
    before: int
    lost: Lost | None


class Rows:
    """The rows of one table in order."""

    def __init__(self, table: etree._Element):
        self._table = table
        self._grid = Grid()
        self._first = ""  # the words of the last cell in the first column, which may reach down

    def __iter__(self) -> Iterator[Row]:
        for row in nearest(self._table, qn("w:tr")):
            cells = [Cell(one, _columns(one), _is_continued(one)) for one in nearest(row, qn("w:tc"))]
            before = min(number(row, "w:trPr", "w:gridBefore") or 0, MAX_COLUMNS)
            yield Row(tuple(cells), before, _lost(row))

    def line(self, row: Row, texts: Sequence[str]) -> str:
        """A row as one line of the texts of its cells, empty where a cell is one with another.

        Where a single text is left, the words that reach down from above go before it: it names no group of rows.
        """
        spans = [(text, cell.columns, 1) for text, cell in zip(texts, row.cells, strict=True)]
        if row.before:
            spans.insert(0, ("", row.before, 1))
        elif row.cells and row.cells[0].is_continued:
            if sum(map(bool, texts)) == 1:
                spans[0] = (self._first, row.cells[0].columns, 1)
        elif texts:
            self._first = texts[0]
        return self._grid.line(spans)


def line_of(texts: Sequence[str]) -> str | None:
    """The texts of a cell on one line, or None where they are too long for that."""
    if sum(map(len, texts)) > 10 * MAX_CELL:
        return None  # joining first would take quadratic time in nested tables
    line = " ".join(" ".join(texts).split())
    return line if len(line) <= MAX_CELL else None


def _columns(cell: etree._Element) -> int:
    return max(1, min(number(cell, "w:tcPr", "w:gridSpan") or 1, MAX_COLUMNS))


def _is_continued(cell: etree._Element) -> bool:
    merged = [cell.find(f"{qn('w:tcPr')}/{qn(name)}") for name in ("w:vMerge", "w:hMerge")]
    return any(one is not None and one.get(qn("w:val"), "continue") == "continue" for one in merged)


def _lost(row: etree._Element) -> Lost | None:
    """Why a whole row is not read: Word marks a deleted or hidden row itself, not only the words in it."""
    if row.find(f"{qn('w:trPr')}/{qn('w:del')}") is not None:
        return "deleted"
    return "hidden" if is_on(row, "w:trPr", "w:hidden") else None
