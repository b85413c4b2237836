"""Parse a file into what is stored and encoded: a document, its chunks, and for each chunk the encoder's input.

`index.workers` calls it in child processes.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from index.chunk import chunk
from index.load import load_document
from rag.models.tokens import Tokens, encoded_text
from rag.schema import Chunk, Document, chunk_id
from rag.text.normalize import searchable


@dataclass(frozen=True, slots=True)
class ParseTask:
    """A file to parse, and how. `max_bytes`: larger files are refused. `encoder`: folder of the tokenizer."""

    path: Path
    source: str
    max_bytes: int
    encoder: Path
    chunk_tokens: int


@dataclass(frozen=True, slots=True)
class Parsed:
    """A parsed document with its chunks; `texts[i]` is what is encoded for `chunks[i]`."""

    document: Document
    chunks: list[Chunk]
    texts: list[str]


def renamed(parsed: Parsed, source: str) -> Parsed:
    """The same parsed file as the document named `source`."""
    if parsed.document.source == source:
        return parsed
    chunks = [replace(one, id=chunk_id(source, one.start, one.text), source=source) for one in parsed.chunks]
    return Parsed(replace(parsed.document, source=source), chunks, parsed.texts)


def parse(task: ParseTask) -> Parsed:
    """Load and chunk one file. Raises DocumentError, as `load_document` does."""
    document, tokens = load_document(task.path, task.source, task.max_bytes), _tokens(task.encoder)
    chunks = chunk(document, tokens, task.chunk_tokens)
    texts = [encoded_text(tokens, document.title, one.headings, searchable(one.text)) for one in chunks]
    return Parsed(document, chunks, texts)


@lru_cache(maxsize=1)
def _tokens(encoder: Path) -> Tokens:
    return Tokens(encoder)
