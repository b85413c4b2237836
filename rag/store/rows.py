"""Rows of the ledger's tables -> values, and values -> what SQLite takes."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from rag.schema import Chunk, Document, Heading
from rag.store.records import DocumentInfo, FileStamp, Generation, StoredChunk


def document(row: tuple[Any, ...]) -> Document:
    """source, title, text, pages, headings, digest, date -> Document."""
    source, title, text, pages, headings, digest, date = row
    marks = tuple(Heading(*mark) for mark in json.loads(headings))
    return Document(source, title, text, tuple(json.loads(pages)), marks, digest, date)


def info(row: tuple[Any, ...]) -> DocumentInfo:
    """The fields of DocumentInfo, then those of FileStamp -> DocumentInfo."""
    source, title, digest, date, pages, chunks, characters, indexed_at, *file = row
    return DocumentInfo(source, title, digest, date, pages, chunks, characters, indexed_at, FileStamp(*file))


def chunk(row: tuple[Any, ...]) -> StoredChunk:
    """row, chunk_id, source, text, start, end, page, headings, title -> StoredChunk."""
    number, identity, source, text, start, end, page, headings, title = row
    return StoredChunk(number, Chunk(identity, source, text, start, end, page, tuple(json.loads(headings))), title)


def generation(row: tuple[Any, ...]) -> Generation:
    """name, place, row, written, version, files -> Generation."""
    name, place, last, written, version, files = row
    return Generation(name, place, last, written, version, json.loads(files))


def vectors(blobs: Sequence[bytes]) -> np.ndarray:
    """Blobs of float16 -> float32 [len(blobs), dimension], each of unit length again after the rounding."""
    dimension = len(blobs[0]) // 2 if blobs else 0
    found = np.frombuffer(b"".join(blobs), np.float16).reshape(len(blobs), dimension).astype(np.float32)
    found /= np.maximum(np.linalg.norm(found, axis=1, keepdims=True), np.finfo(np.float32).tiny)
    return found


def listed(values: Sequence[int] | Sequence[str]) -> str:
    """Values for `IN (SELECT value FROM json_each(?))`, however many."""
    return json.dumps([value if isinstance(value, str) else int(value) for value in values])


def storable(name: str) -> str:
    """A name as SQLite can take it: a byte of a file name that is no UTF-8 becomes an escape."""
    return name.encode("utf-8", "backslashreplace").decode()
