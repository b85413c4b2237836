"""The rows of the tables that may answer a question: those in the documents of its best passages."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.schema import Document, Passage
from rag.store.ledger import Ledger
from rag.text.normalize import searchable
from rag.text.tables import Row, Table, tables

DOCUMENTS, WHOLE_DOCUMENTS = 5, 3  # whose tables are read; of the best ones all tables, of others those near a passage
REACH = 30_000  # characters before and after the best passage of a document in which tables are read
NEAR = 300  # characters between a passage and a table that belongs to it


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row of a table of the document `source`; `context`: title, headings and caption; `group`: of its group row."""

    source: str
    context: str
    table: Table
    row: Row
    group: str

    def name(self, column: int) -> str:
        """The name of a column, in one line."""
        return searchable(self.table.names[column])

    def value(self, column: int) -> str:
        """What a cell says, in one line; empty where it is empty."""
        return searchable(self.row.cells[column])

    @property
    def columns(self) -> range:
        """The columns of the table."""
        return range(len(self.table.names))

    def serialised(self) -> tuple[str, dict[int, tuple[int, int]]]:
        """The row as "group; name: value; name: value", and where each column's value is in it, empty ones left out."""
        text, places = searchable(self.group), {}
        for column in self.columns:
            name, value = self.name(column), self.value(column)
            if value:
                text += f"{'; ' if text else ''}{f'{name}: ' if name else ''}"
                places[column] = (len(text), len(text) + len(value))
                text += value
        return text, places


def table_rows(ledger: Ledger, passages: Sequence[Passage]) -> Iterator[TableRow]:
    """The rows of each table in or near these passages, and of each in the documents of the best ones."""
    for rank, source in enumerate(list(dict.fromkeys(passage.source for passage in passages))[:DOCUMENTS]):
        own = [passage for passage in passages if passage.source == source]
        document = ledger.document(source)
        text = document.text
        low = text.rfind("\n\n", 0, max(0, own[0].start - REACH)) + 1  # where no table is cut
        for table in tables(text, low, own[0].end + REACH):
            near = any(p.start < table.end + NEAR and p.end > table.start - NEAR for p in own)
            if near or rank < WHOLE_DOCUMENTS:
                context = _context(document, table)
                for row in table.rows:
                    yield TableRow(source, context, table, row, text[slice(*row.group)] if row.group else "")


def _context(document: Document, table: Table) -> str:
    """Title, headings and caption of a table in one line."""
    path: list[tuple[int, str]] = []
    for heading in document.headings:
        if heading.start > table.start:
            break
        path = [*(above for above in path if above[0] < heading.level), (heading.level, heading.text)]
    return searchable(" > ".join(filter(None, dict.fromkeys((document.title, *(t for _, t in path), table.caption)))))
