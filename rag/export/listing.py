"""Print the list of documents: a table that fits the terminal, one line each where it is piped, or JSON."""

import json
from collections.abc import Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from rag.export.terminal import printable
from rag.store.records import DocumentInfo

TITLE_CHARACTERS = 80
OTHER_COLUMNS = 45  # characters for title and figures on a terminal
PIPED_WIDTH = 10_000  # characters; piped names are never wrapped, so that other programs find them


def show(documents: Sequence[DocumentInfo], out: Console) -> None:
    """Print a table of documents."""
    if not out.is_terminal:
        out.width = PIPED_WIDTH
    longest = max((cell_len(printable(d.source)) for d in documents), default=0)
    width = min(longest, max(20, out.width - OTHER_COLUMNS))
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("source", width=max(width, len("source")), overflow="fold")
    table.add_column("title", overflow="fold")
    for name in ("pages", "chunks", "kB", "date"):
        table.add_column(name, no_wrap=True)
    for d in documents:
        source, title = Text(printable(d.source)), Text(printable(d.title)[:TITLE_CHARACTERS])
        kilobytes = str(max(1, round(d.size / 1000)))
        table.add_row(source, title, str(d.pages or ""), str(d.chunks), kilobytes, d.date or "")
    out.print(table)


def show_details(document: DocumentInfo, out: Console) -> None:
    """Print what is known of one document, and what of its file was not read."""
    known = {
        "source": document.source,
        "title": document.title,
        "file": f"{document.file.root}/{document.file.path}",
        "date": document.date or "none stated",
        "read": f"{document.characters:,} characters in {document.chunks:,} chunks"
        + (f" on {document.pages:,} pages" if document.pages else ""),
        "indexed": document.indexed_at,
    }
    for name, value in known.items():
        out.print(f"{name:<8} {printable(value)}", highlight=False, markup=False, soft_wrap=True)
    for note in document.notes or ("Everything was read.",):
        out.print(f"{'note':<8} {printable(note)}", highlight=False, markup=False, soft_wrap=True)


def as_json(documents: Sequence[DocumentInfo]) -> str:
    """The documents as a JSON array, with unchanged names and titles; `bytes` is the size of the file."""
    listed = [
        {
            "source": d.source,
            "title": d.title,
            "pages": d.pages,
            "chunks": d.chunks,
            "bytes": d.size,
            "date": d.date,
            "notes": d.notes,
        }
        for d in documents
    ]
    return json.dumps(listed, ensure_ascii=False)
