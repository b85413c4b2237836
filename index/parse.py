"""A file -> what is stored and encoded of it: read, cut, each chunk with the text that goes to the encoder.

`index.workers` has it done in other processes.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from index.chunk import chunk
from index.load import load
from rag.models.tokens import Tokens, encoded_text
from rag.schema import Chunk, Document, chunk_id
from rag.text.normalize import searchable


@dataclass(frozen=True, slots=True)
class Job:
    """A file to read: as what, up to which size, and how to cut it. `encoder`: folder of its tokenizer."""

    path: Path
    source: str
    max_bytes: int
    encoder: Path
    chunk_tokens: int


@dataclass(frozen=True, slots=True)
class Parsed:
    """A document on its way into the ledger; `texts`: what is encoded, one for each chunk."""

    document: Document
    chunks: list[Chunk]
    texts: list[str]


def named(parsed: Parsed, source: str) -> Parsed:
    """What was read of a file, as the document called `source`."""
    if parsed.document.source == source:
        return parsed
    chunks = [replace(one, id=chunk_id(source, one.start, one.text), source=source) for one in parsed.chunks]
    return Parsed(replace(parsed.document, source=source), chunks, parsed.texts)


def parse(job: Job) -> Parsed:
    """Read and cut one file. Raises DocumentError, as `index.load.load` does."""
    document, tokens = load(job.path, job.source, job.max_bytes), _tokens(job.encoder)
    chunks = chunk(document, tokens, job.chunk_tokens)
    texts = [encoded_text(tokens, document.title, one.headings, searchable(one.text)) for one in chunks]
    return Parsed(document, chunks, texts)


@lru_cache(maxsize=1)
def _tokens(encoder: Path) -> Tokens:
    return Tokens(encoder)
