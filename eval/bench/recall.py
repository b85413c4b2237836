"""Measure time and recall of exact search and of Chroma's HNSW: `python -m eval.bench.recall QUESTIONS.json`.

The vectors are those of the index in RAG_DATA_DIR, in several sizes up to all of them. QUESTIONS.json: a list of
questions, as `eval.bench.scale --work` writes one beside its index. Prints a table; the size up to which search is
exact and the ef_search of `rag.store.chroma` were chosen from it.
"""

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from eval.bench.processes import machine, median
from eval.console import one_line_errors
from rag.models.runtimes import open_encoder
from rag.settings import load_settings
from rag.store.chroma import Collection
from rag.store.ledger import Ledger
from rag.store.vectors import Hit, nearest

SIZES = (4_096, 16_384, 65_536)
BREADTHS = (100, 200, 500)  # ef_search
ASKED = 200
CUTS = (10, 40)  # the second is the default of RAG_RETRIEVE_TOP_K

Search = Callable[[np.ndarray], list[Hit]]


def measured(search: Search, questions: np.ndarray, truth: list[list[int]]) -> str:
    """Median ms and recall at each of CUTS, as cells of a table."""
    took, rankings = [], []
    for vector in questions:
        start = time.perf_counter()
        hits = search(vector)
        took.append(1000 * (time.perf_counter() - start))
        rankings.append([row for row, _ in sorted(hits, key=lambda hit: -hit[1])])
    shares = [
        np.mean([len({*rows[:cut]} & {*best[:cut]}) / cut for rows, best in zip(rankings, truth, strict=True)])
        for cut in CUTS
    ]
    return " | ".join([f"{median(took):.1f}", *(f"{share:.4f}" for share in shares)])


def lines(rows: np.ndarray, vectors: np.ndarray, questions: np.ndarray) -> Iterator[str]:
    """The lines of the table for these vectors."""
    most = max(CUTS)

    def exact(vector: np.ndarray) -> list[Hit]:
        return nearest(most, vector, rows, vectors)

    truth = [[row for row, _ in sorted(exact(vector), key=lambda hit: -hit[1])] for vector in questions]
    yield f"| {len(rows):,} | all compared | {measured(exact, questions, truth)} |"
    for breadth in BREADTHS:
        with (
            tempfile.TemporaryDirectory() as folder,
            Collection.open(Path(folder), create=True, ef_search=breadth) as collection,
        ):
            collection.add(rows, vectors)
            cells = measured(partial(collection.search, k=most), questions, truth)
        yield f"| {len(rows):,} | HNSW, ef_search {breadth} | {cells} |"


def main(questions: Annotated[Path, typer.Argument(help="a JSON list of questions", exists=True)]) -> None:
    """Measure both kinds of search."""
    print(machine(), flush=True)
    settings = load_settings()
    with Ledger.open(settings.data_dir) as ledger:
        encoder = open_encoder(settings, ledger.meta("encoder"))
        rows, vectors = ledger.vectors()
    asked = list(dict.fromkeys(json.loads(questions.read_text(encoding="utf-8"))))[:ASKED]
    encoded = np.concatenate([encoder.encode([question]) for question in asked])
    print("| vectors | how | ms, median | " + " | ".join(f"recall@{cut}" for cut in CUTS) + " |\n|---|---|---|---|---|")
    chosen = np.random.default_rng(0).permutation(len(rows))
    for size in [*(size for size in SIZES if size < len(rows)), len(rows)]:
        kept = np.sort(chosen[:size])
        for line in lines(rows[kept], vectors[kept], encoded):
            print(line, flush=True)


if __name__ == "__main__":
    with one_line_errors():
        typer.run(main)
