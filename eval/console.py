"""A plain table, a progress bar and errors in one line, for every measurement."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from rag.errors import RagError
from rag.export.terminal import console, printable, shown_on_terminal


def plain_table(title: str) -> Table:
    """A table without lines, under a title that is printed as text, never as markup."""
    shown = Text(printable(title), style="bold")
    return Table(title=shown, title_justify="left", box=None, pad_edge=False, header_style="dim")


@contextmanager
def progress_bar(doing: str) -> Iterator[Progress]:
    """A progress bar on standard error that disappears when it is done."""
    columns = TextColumn(printable(doing)), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    bar = Progress(*columns, console=console(error=True), transient=True)
    with shown_on_terminal(bar):
        yield bar


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Print a RagError of a command as one line on standard error, without a traceback, and exit with status 1."""
    try:
        yield
    except RagError as error:
        sys.exit(f"error: {error}")
