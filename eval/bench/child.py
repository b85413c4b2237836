"""Parts of the benchmarks that run in a process of their own: `python -m eval.bench.child PART ...`.

Each prints one line of JSON. Settings come from the environment, as for `rag`.
"""

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np

from eval.bench.processes import median, percentile
from eval.console import one_line_errors
from index.parse import ParseTask, parse
from rag.assistant import Assistant
from rag.models.encoder import encoder_folder
from rag.models.runtimes import open_document_encoder
from rag.retrieve.retriever import Timings
from rag.settings import load_settings
from rag.store.ledger import Ledger
from rag.text.question import Question

WARM = 5
SEARCHING = ("encode", "dense", "keyword", "fuse")


def retrieval(questions: list[str]) -> dict[str, Any]:
    """Time of encoding, vector search, BM25 and fusion, without the reader, in ms."""
    settings = load_settings(rerank_top_k=0)
    milliseconds: dict[str, list[float]] = {stage: [] for stage in (*SEARCHING, "all")}
    with Assistant(settings) as assistant:
        warm = min(WARM, len(questions) // 2)
        for question in questions[:warm]:
            assistant.search(question)
        for question in questions[warm:]:
            timings = Timings()
            assistant.retriever.search(Question.parse(question), None, timings)
            for stage in SEARCHING:
                milliseconds[stage].append(1000 * timings.seconds.get(stage, 0.0))
            milliseconds["all"].append(sum(milliseconds[stage][-1] for stage in SEARCHING))
    stages = {stage: round(median(values), 2) for stage, values in milliseconds.items()}
    return {"p50": stages.pop("all"), "p95": round(percentile(milliseconds["all"], 95), 2), "stages": stages}


def recall(questions: list[str], k: int = 10) -> dict[str, Any]:
    """Share of the `k` nearest vectors that the vector search finds."""
    with Assistant(load_settings(rerank_top_k=0)) as assistant:
        encoder, store = assistant.retriever._encoder, assistant.retriever._store
        rows, vectors = assistant.retriever._ledger.vectors()
        shares = []
        for question in questions:
            vector = encoder.encode([question])[0]
            best = set(rows[np.argpartition(-(vectors @ vector), k)[:k]].tolist())
            shares.append(len(best & {row for row, _ in store.search(vector, k)}) / k)
    return {"recall": round(float(np.mean(shares)), 4)}


def answers(questions: list[str]) -> dict[str, Any]:
    """Time of whole answers with the reader, in ms, and of each stage."""
    took: list[float] = []
    stages: dict[str, list[float]] = {}
    with Assistant(load_settings()) as assistant:
        warm = min(WARM, len(questions) // 2)
        for question in questions[:warm]:
            assistant.ask(question)
        for question in questions[warm:]:
            start = time.perf_counter()
            answer = assistant.ask(question)
            took.append(1000 * (time.perf_counter() - start))
            for stage, seconds in answer.trace.seconds.items():
                stages.setdefault(stage, []).append(1000 * seconds)
    split = {stage: round(median(values), 1) for stage, values in stages.items()}
    return {"p50": round(median(took), 1), "p95": round(percentile(took, 95), 1), "stages": split}


def encoding(most: int) -> dict[str, Any]:
    """Chunks per second of the chosen encoder alone, over the first chunks of the index."""
    settings = load_settings()
    with Ledger.open(settings.data_dir) as ledger:
        encoder = open_document_encoder(settings, ledger.meta("encoder"))
        texts: list[str] = []
        for info in ledger.documents():
            path = Path(info.file.root) / info.file.path
            job = ParseTask(path, info.source, 10**9, encoder_folder(settings.encoder), settings.chunk_tokens)
            texts += parse(job).texts
            if len(texts) >= most:
                break
    encoder.encode(texts[:256])
    start = time.perf_counter()
    encoder.encode(texts)
    return {"chunks_per_second": round(len(texts) / (time.perf_counter() - start), 1)}


def size() -> dict[str, Any]:
    """Number of indexed chunks and characters."""
    with Ledger.open(load_settings().data_dir) as ledger:
        documents = ledger.documents()
    return {"chunks": sum(d.chunks for d in documents), "characters": sum(d.characters for d in documents)}


def main() -> None:
    """Run one part."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parts = parser.add_subparsers(dest="part", required=True, metavar="PART")
    parts.add_parser("size", help="number of indexed chunks and characters")
    parts.add_parser("encoding", help="chunks per second of the encoder").add_argument("chunks", type=int)
    for name, measure in ASKING.items():
        parts.add_parser(name, help=measure.__doc__).add_argument("questions", type=Path, help="a JSON list")
    args = parser.parse_args()
    if args.part == "size":
        figures = size()
    elif args.part == "encoding":
        figures = encoding(args.chunks)
    else:
        # each question once, since repeated ones come from the cache
        asked = list(dict.fromkeys(json.loads(args.questions.read_text(encoding="utf-8"))))
        figures = ASKING[args.part](asked)
    print(json.dumps(figures))


ASKING = {"retrieval": retrieval, "recall": recall, "answers": answers}


if __name__ == "__main__":
    with one_line_errors():
        main()
