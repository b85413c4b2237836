"""A plain table and a progress bar on standard error, for every measurement."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from rag.export.terminal import console, printable


def plain_table(title: str) -> Table:
    """A table without lines, under a title that is printed as text, never as markup."""
    shown = Text(f"\n{printable(title)}", style="bold")
    return Table(title=shown, title_justify="left", box=None, pad_edge=False, header_style="dim")


@contextmanager
def progress_bar(doing: str) -> Iterator[Progress]:
    """A progress bar on standard error that disappears when it is done."""
    columns = TextColumn(printable(doing)), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console(error=True), transient=True) as bar:
        yield bar
