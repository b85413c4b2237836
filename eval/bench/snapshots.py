"""Measure the time of a snapshot of the vector store, extended or built anew: `python -m eval.bench.snapshots`.

A document is added to a ledger of synthetic vectors (384 dimensions, ten around one centre for each document) and
deleted again; after each change a snapshot is published. Prints a table of seconds of wall-clock time.
"""

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from eval.bench.processes import machine
from eval.console import one_line_errors
from rag.schema import Chunk, Document, chunk_id
from rag.store.ledger_writer import LedgerWriter
from rag.store.records import FileStamp
from rag.store.snapshot_writer import update_snapshot

DIMENSION, CHUNKS = 384, 10  # of a vector, of a document


def put(ledger: LedgerWriter, number: int) -> str:
    """Add a document of synthetic vectors; returns its source."""
    chance = np.random.default_rng(number)
    vectors = chance.standard_normal(DIMENSION) + chance.standard_normal((CHUNKS, DIMENSION))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    source = f"{number}.txt"
    parts = [f"paragraph {n} of {number}\n" for n in range(CHUNKS)]
    starts = np.cumsum([0, *map(len, parts)]).tolist()
    chunks = [
        Chunk(chunk_id(source, start, part), source, part, start, start + len(part), None, ())
        for start, part in zip(starts, parts, strict=False)
    ]
    document = Document(source, "made up", "".join(parts), (), (), str(number), None)
    ledger.put(document, chunks, vectors.astype(np.float32), FileStamp("/", source, 1, 1, 1, ""))
    return source


def seconds(publish: Callable[[], None]) -> str:
    """How long it took, with the load of the machine."""
    start = time.perf_counter()
    publish()
    return f"{time.perf_counter() - start:.1f} (load {os.getloadavg()[0]:.1f})"


def main(
    chunks: Annotated[int, typer.Option(help="in the ledger")] = 100_000,
    rounds: Annotated[int, typer.Option(help="how often each is measured")] = 2,
) -> None:
    """Measure both ways to make a snapshot."""
    print(machine(), flush=True)
    with tempfile.TemporaryDirectory() as folder, LedgerWriter.open(Path(folder)) as ledger:
        documents = chunks // CHUNKS
        with ledger.transaction():
            for number in range(documents):
                put(ledger, number)
        update_snapshot(ledger, "")
        print("| one document added, s | one deleted, s | built from nothing, s |\n|---|---|---|", flush=True)
        for number in range(documents, documents + rounds):
            source = put(ledger, number)
            added = seconds(lambda: update_snapshot(ledger, ""))
            ledger.remove(source)
            deleted = seconds(lambda: update_snapshot(ledger, ""))
            print(f"| {added} | {deleted} | {seconds(lambda: update_snapshot(ledger, '', rebuild=True))} |", flush=True)


if __name__ == "__main__":
    with one_line_errors():
        typer.run(main)
