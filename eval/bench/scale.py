"""Measure how time, memory, disk and recall grow with the index: `python -m eval.bench.scale [--million]`.

The text is synthetic, and one index grows from size to size, as a user's does. Prints a table and draws docs/scale.svg.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer

from eval.bench.clients import PageClient, ask_in_turn
from eval.bench.plot import scale_plot
from eval.bench.processes import child, disk, folders, machine, pss, rag, timed
from eval.cases.synthetic import PARAGRAPHS, write_synthetic
from eval.console import one_line_errors
from eval.runs.run import ROOT

SIZES = (1_000, 10_000, 100_000)
MILLION = 1_000_000
ASKED = 100
SERVE = "from rag.cli import main; main(['serve', '--port', '0'])"


@dataclass(frozen=True, slots=True)
class IndexSize:
    """Figures at one size. Query times in ms, `ms_per_chunk` of indexing the added chunks, memory and disk in MB."""

    chunks: int
    ms_per_chunk: float
    p50: float
    p95: float
    recall: float
    memory: float
    disk: float


def measure(target: int, have: int, work: Path) -> IndexSize:
    """Grow the index of a work folder from `have` chunks to `target`, and measure it."""
    docs, data, questions = work / "docs", work / "data", work / "questions.json"
    environment = folders(data, work / "cache")
    asked = write_synthetic(docs, (target - have) // PARAGRAPHS, first=have // PARAGRAPHS)
    questions.write_text(json.dumps(asked), encoding="utf-8")
    before = timed(child("size"), environment).output["chunks"] if have else 0
    seconds = timed(rag("index", docs), environment).seconds
    chunks = timed(child("size"), environment).output["chunks"]
    retrieval = timed(child("retrieval", questions), environment).output
    recall = timed(child("recall", questions), environment).output["recall"]
    per_chunk = 1000 * seconds / (chunks - before)
    size = IndexSize(
        chunks, per_chunk, retrieval["p50"], retrieval["p95"], recall, served(environment, asked), disk(data)
    )
    print(json.dumps(asdict(size) | {"stages": retrieval["stages"]}), flush=True)
    return size


def served(environment: dict[str, str], questions: list[str]) -> float:
    """Memory (PSS, MB) of `rag serve` after a hundred questions."""
    command = [sys.executable, "-c", SERVE]
    with subprocess.Popen(command, cwd=ROOT, env=os.environ | environment, stdout=subprocess.PIPE, text=True) as page:
        try:
            assert page.stdout
            address = page.stdout.readline().split()[1]
            asyncio.run(ask_in_turn(PageClient(address), (questions * ASKED)[:ASKED], people=1))
            return pss(page.pid)
        finally:
            page.terminate()


def table(sizes: list[IndexSize]) -> str:
    """The sizes as a Markdown table."""
    rows = [
        f"| {s.chunks:,} | {s.ms_per_chunk:.1f} | {s.p50:.1f} | {s.p95:.1f} | {s.recall:.3f} | {s.memory:,.0f}"
        f" | {s.disk:,.0f} |"
        for s in sizes
    ]
    head = "| chunks | index, ms/chunk | query p50, ms | p95, ms | recall@10 | `rag serve`, MB (PSS) | disk, MB |"
    return "\n".join([head, "|---|---|---|---|---|---|---|", *rows])


def main(
    million: Annotated[bool, typer.Option(help="also measure a million chunks (hours)")] = False,
    most: Annotated[int, typer.Option(help="largest size to measure", min=1_000)] = 100_000,
    work: Annotated[Path | None, typer.Option(help="folder that keeps the files and the index")] = None,
    plot: Annotated[Path, typer.Option(help="file of the plot")] = ROOT / "docs" / "scale.svg",
) -> None:
    """Measure how the index grows."""
    print(machine(), time.strftime("%Y-%m-%d"), flush=True)
    sizes: list[IndexSize] = []
    with tempfile.TemporaryDirectory() as temporary:
        home = work or Path(temporary)
        (home / "warm").mkdir(parents=True, exist_ok=True)
        write_synthetic(home / "warm" / "docs", 1)  # the runtimes are measured before anything is timed
        timed(rag("index", home / "warm" / "docs"), folders(home / "warm" / "data", home / "cache"))
        have = 0
        for target in (*(size for size in SIZES if size <= most), *([MILLION] if million else [])):
            sizes.append(measure(target, have, home))
            have = target
    print(table(sizes))
    plot.write_text(scale_plot(sizes), encoding="utf-8")


if __name__ == "__main__":
    with one_line_errors():
        typer.run(main)
