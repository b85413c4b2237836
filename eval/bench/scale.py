"""How speed, memory, disk and recall grow with the index: `python -m eval.bench.scale [--million]`.

Text is made up, and the index grows from size to size as a user's would, so that each size is measured on what the
last one left. Prints a table and draws docs/scale.svg.
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

from eval.bench.kit import child, disk, machine, own, pss, rag, timed
from eval.bench.people import Door, in_turn
from eval.bench.plot import scale_plot
from eval.cases.made_up import PARAGRAPHS, write_made_up
from eval.runs.run import ROOT

SIZES = (1_000, 10_000, 100_000)
MILLION = 1_000_000
ASKED = 100
SERVE = "from rag.cli import main; main(['serve', '--port', '0'])"


@dataclass(frozen=True, slots=True)
class Size:
    """One size of index. Times of a query in ms, `ms_per_chunk` of the chunks that came, memory and disk in MB."""

    chunks: int
    ms_per_chunk: float
    p50: float
    p95: float
    recall: float
    memory: float
    disk: float


def measure(target: int, have: int, work: Path) -> Size:
    """Grow the index of a work folder from `have` chunks to `target`, and measure it."""
    docs, data, questions = work / "docs", work / "data", work / "questions.json"
    environment = own(data, work / "cache")
    asked = write_made_up(docs, (target - have) // PARAGRAPHS, first=have // PARAGRAPHS)
    questions.write_text(json.dumps(asked), encoding="utf-8")
    before = timed(child("size"), environment).said["chunks"] if have else 0
    seconds = timed(rag("index", docs), environment).seconds
    chunks = timed(child("size"), environment).said["chunks"]
    retrieval = timed(child("retrieval", questions), environment).said
    recall = timed(child("recall", questions), environment).said["recall"]
    per_chunk = 1000 * seconds / (chunks - before)
    found = Size(chunks, per_chunk, retrieval["p50"], retrieval["p95"], recall, served(environment, asked), disk(data))
    print(json.dumps(asdict(found) | {"stages": retrieval["stages"]}), flush=True)
    return found


def served(environment: dict[str, str], questions: list[str]) -> float:
    """Memory (PSS, MB) of `rag serve` after a hundred questions at its page."""
    command = [sys.executable, "-c", SERVE]
    with subprocess.Popen(command, cwd=ROOT, env=os.environ | environment, stdout=subprocess.PIPE, text=True) as page:
        try:
            assert page.stdout
            address = page.stdout.readline().split()[1]
            asyncio.run(in_turn(Door(address), (questions * ASKED)[:ASKED], people=1))
            return pss(page.pid)
        finally:
            page.terminate()


def table(sizes: list[Size]) -> str:
    """The sizes as a Markdown table."""
    rows = [
        f"| {s.chunks:,} | {s.ms_per_chunk:.1f} | {s.p50:.1f} | {s.p95:.1f} | {s.recall:.3f} | {s.memory:,.0f}"
        f" | {s.disk:,.0f} |"
        for s in sizes
    ]
    head = "| chunks | index, ms/chunk | query p50, ms | p95, ms | recall@10 | `rag serve`, MB (PSS) | disk, MB |"
    return "\n".join([head, "|---|---|---|---|---|---|---|", *rows])


def main(
    million: Annotated[bool, typer.Option(help="also a million chunks (hours)")] = False,
    most: Annotated[int, typer.Option(help="sizes up to this one only", min=1_000)] = 100_000,
    work: Annotated[Path | None, typer.Option(help="keep the files and the index here")] = None,
    plot: Annotated[Path, typer.Option(help="where the plot is drawn")] = ROOT / "docs" / "scale.svg",
) -> None:
    """Measure how the index grows."""
    print(machine(), time.strftime("%Y-%m-%d"), flush=True)
    sizes: list[Size] = []
    with tempfile.TemporaryDirectory() as temporary:
        home = work or Path(temporary)
        (home / "warm").mkdir(parents=True, exist_ok=True)
        write_made_up(home / "warm" / "docs", 1)  # the fastest runtime is found out before anything is timed
        timed(rag("index", home / "warm" / "docs"), own(home / "warm" / "data", home / "cache"))
        have = 0
        for target in (*(size for size in SIZES if size <= most), *([MILLION] if million else [])):
            sizes.append(measure(target, have, home))
            have = target
    print(table(sizes))
    plot.write_text(scale_plot(sizes), encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
