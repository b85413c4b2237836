"""Documents put straight into a ledger, and what its keyword search finds."""

from rag.models.hash_encoder import HashEncoder
from rag.schema import Chunk, Document, Heading, chunk_id
from rag.store.ledger import Ledger
from rag.store.ledger_writer import LedgerWriter
from rag.store.records import FileStamp

ENCODER = HashEncoder()


def put(writer: LedgerWriter, source: str, *parts: str, title: str = "A title", heading: str = "") -> None:
    """A document whose chunks are `parts`, one page each."""
    text, chunks, pages = "", [], []
    for number, part in enumerate(parts, 1):
        pages.append(len(text))
        path = (heading,) if heading else ()
        chunk = Chunk(chunk_id(source, len(text), part), source, part, len(text), len(text) + len(part), number, path)
        chunks.append(chunk)
        text += part + "\n"
    marks = (Heading(0, 1, heading),) if heading else ()
    document = Document(source, title, text, tuple(pages), marks, f"digest of {text}", "2020-05-01")
    writer.put(document, chunks, ENCODER.encode(parts), FileStamp("/root", source, len(text), 1, 2, "1:120"))


def texts(ledger: Ledger, rows: list[int]) -> list[str]:
    return [stored.chunk.text for stored in ledger.chunks(rows)]


def words(ledger: Ledger, question: str, sources: list[str] | None = None) -> list[str]:
    return texts(ledger, [row for row, _ in ledger.keywords.chunks(question, 10, sources)])
