"""Print a table in the width of a terminal, or document by document where its columns would be too narrow."""

from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from rag.export.listing import PIPED_WIDTH
from rag.export.terminal import printable
from rag.tables.values import Cell, Row, Table

MIN_COLUMN = 16  # characters; in less, every word would be broken
NAME_WIDTH = 28  # characters of the name of a document
UNSURE, FAILED, PLACE = "yellow", "red", "dim"


def show(table: Table, out: Console) -> None:
    """Print a table; where the output is piped, a line for each document."""
    if not out.is_terminal:
        out.width = PIPED_WIDTH
    if out.width - NAME_WIDTH < (MIN_COLUMN + 1) * len(table.questions):
        for row in table.rows:
            _show_row(table, row, out)
        return
    grid = Grid(box=None, pad_edge=False, header_style="dim")
    grid.add_column("document", overflow="fold", max_width=NAME_WIDTH if out.is_terminal else None)
    for question in table.questions:
        grid.add_column(Text(printable(question)), overflow="fold", min_width=MIN_COLUMN)
    for row in table.rows:
        grid.add_row(Text(printable(row.source)), *map(_text, row.cells))
    out.print(grid)


def _show_row(table: Table, row: Row, out: Console) -> None:
    out.print(Text(printable(row.source), style="bold"))
    for question, cell in zip(table.questions, row.cells, strict=True):
        out.print(Text.assemble("  ", (printable(question), PLACE), " ", _text(cell)))


def _text(cell: Cell) -> Text:
    """A cell with the page of its citation, where it has one."""
    text = Text(printable(cell.shown), style=FAILED if cell.error else UNSURE if cell.is_uncertain else "")
    if cell.citation and cell.citation.page:
        text.append(f" (p. {cell.citation.page})", style=PLACE)
    return text
