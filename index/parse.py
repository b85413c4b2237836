"""A file -> what is stored and encoded of it: read, cut, each chunk with the text that goes to the encoder.

Also the loop of a process that does nothing else (`index.workers` starts it): one pickled job in, one result out.
"""

import os
import pickle
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from index.chunk import chunk
from index.load import load
from rag.errors import DocumentError
from rag.schema import Chunk, Document
from rag.text import searchable
from rag.tokens import Tokens, encoded_text


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


def parse(job: Job) -> Parsed:
    """Read and cut one file. Raises DocumentError, as `index.load.load` does."""
    document, tokens = load(job.path, job.source, job.max_bytes), _tokens(job.encoder)
    chunks = chunk(document, tokens, job.chunk_tokens)
    texts = [encoded_text(tokens, document.title, one.headings, searchable(one.text)) for one in chunks]
    return Parsed(document, chunks, texts)


@lru_cache(maxsize=1)
def _tokens(encoder: Path) -> Tokens:
    return Tokens(encoder)


def serve() -> None:
    """Jobs from standard input, results (or the reasons why there is none) to standard output, until the input ends."""
    jobs, results = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not stand between two results
    while True:
        try:
            job: Job = pickle.load(jobs)  # noqa: S301 (its parent wrote it)
        except EOFError:
            return
        try:
            found: Parsed | DocumentError = parse(job)
        except DocumentError as error:
            found = error
        pickle.dump(found, results, pickle.HIGHEST_PROTOCOL)
        results.flush()
