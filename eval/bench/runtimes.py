"""Measure quality and speed of each encoder runtime: `python -m eval.bench.runtimes SET... [--read]`.

Each SET is a folder with cases.jsonl and documents/. Every runtime indexes every set anew; hit@k is the share of the
answerable questions whose evidence is in the first k passages, without the reader or, with --read, reranked by it.
"""

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from eval.bench.processes import machine
from eval.cases.gold import Case, load_cases
from eval.console import one_line_errors
from eval.metrics.answer import retrieval
from eval.runs.corpus import gold_set
from index import build_index
from rag.assistant import Assistant
from rag.models.encoder import encoder_folder
from rag.models.runtimes import Checkpoint, open_document_encoder, open_encoder, runnable
from rag.settings import Runtime, load_settings
from rag.store.ledger import Ledger

CUTS = (1, 5, 10)
TEXTS = 512  # encoded to measure rate and cosine
REFERENCE: Runtime = "openvino"
HEAD = "| runtime | chunks/s | one query, ms | cosine to fp32, mean (least) | set | hit@1 | hit@5 | hit@10 |"


@dataclass(frozen=True, slots=True)
class Encoding:
    """The speed of a runtime, and the vectors of some texts."""

    rate: float
    query_ms: float
    vectors: np.ndarray


def encoding(runtime: Runtime, texts: Sequence[str], questions: Sequence[str]) -> Encoding:
    """Encode the texts in batches as the indexer does, and the questions one by one as the retriever does."""
    settings = load_settings(encoder_runtime=runtime)
    encoder = open_document_encoder(settings)
    vectors = encoder.encode(texts)
    start = time.perf_counter()
    encoder.encode(texts)
    rate = len(texts) / (time.perf_counter() - start)
    asking, took = open_encoder(settings), []
    for question in questions:
        start = time.perf_counter()
        asking.encode([question])
        took.append(1000 * (time.perf_counter() - start))
    return Encoding(rate, float(np.median(took[len(took) // 5 :])), vectors)


def hits(runtime: Runtime, folder: Path, cases: Sequence[Case], read: bool) -> list[float]:
    """hit@k for each of CUTS over a set that is indexed anew with a runtime."""
    _, documents = gold_set(folder)
    with tempfile.TemporaryDirectory() as data:
        settings = load_settings(data_dir=Path(data), encoder_runtime=runtime)
        build_index([documents], settings)
        with Assistant(settings if read else settings.model_copy(update={"rerank_top_k": 0})) as assistant:
            scored = [retrieval(case, assistant.search(case.question)) for case in cases]
    scores = [[one[f"hit@{k}"].value for one in scored] for k in CUTS]
    return [100 * float(np.mean([value for value in several if value is not None])) for several in scores]


def chunks_of(folder: Path) -> list[str]:
    """The texts of some chunks of a set."""
    with tempfile.TemporaryDirectory() as data:
        settings = load_settings(data_dir=Path(data), encoder_runtime=REFERENCE)
        build_index([gold_set(folder)[1]], settings)
        with Ledger.open(settings.data_dir) as ledger:
            return [stored.chunk.text for stored in ledger.chunks(ledger.rows()[:TEXTS].tolist())]


def main(
    sets: Annotated[list[Path], typer.Argument(help="folders with cases.jsonl and documents/")],
    read: Annotated[bool, typer.Option("--read", help="rerank with the reader, on the same runtime")] = False,
    only: Annotated[list[str] | None, typer.Option(help="measure this runtime only (repeatable)")] = None,
) -> None:
    """Measure every runtime that can run here."""
    print(machine(), flush=True)
    asked = {}
    for folder in sets:
        cases = load_cases(gold_set(folder)[0])
        asked[folder] = [case for case in cases if case.answerable and not case.history]
    texts = chunks_of(sets[0])
    questions = [case.question for case in asked[sets[0]]]
    able = [runtime for runtime in runnable(Checkpoint.of(encoder_folder("bundled"))) if not only or runtime in only]
    exact = encoding(REFERENCE, texts, questions).vectors
    print(HEAD + "\n" + "|---" * HEAD.count(" |") + "|", flush=True)
    for runtime in able:
        measured = encoding(runtime, texts, questions)
        near = (measured.vectors * exact).sum(axis=1)
        for folder, cases in asked.items():
            at = " | ".join(f"{value:.1f}" for value in hits(runtime, folder, cases, read))
            print(
                f"| {runtime} | {measured.rate:.0f} | {measured.query_ms:.1f} | {near.mean():.4f} ({near.min():.4f}) "
                f"| {folder.name} | {at} |",
                flush=True,
            )


if __name__ == "__main__":
    with one_line_errors():
        typer.run(main)
