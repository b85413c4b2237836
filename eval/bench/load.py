"""Measure answer times of the page under load: `python -m eval.bench.load [--people 30] [--megabytes 20]`.

A page is served over seeds/. First many people ask at once. Then a few people ask in turn, alone and again while files
are being indexed; the p95 of their answers should at most double.
"""

import asyncio
import json
import random
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import httpx
import numpy as np
import typer

from eval.bench.clients import Asked, PageClient, ask_all_at_once, ask_in_turn, served
from eval.cases.gold import load_cases, select
from eval.console import one_line_errors
from eval.runs.corpus import SEEDS_CASES
from eval.runs.run import ROOT
from index import build_index
from rag.settings import load_settings

FILES = 20  # uploaded, of equal size
AT_A_TIME = 2  # people who ask in turn


def synthetic_prose(megabytes: float, seed: int = 1) -> str:
    """Synthetic prose of about this size, of words of the seeds, so that its tokens are those of real text."""
    vocabulary = sorted({w for path in (ROOT / "seeds").glob("*.txt") for w in path.read_text("utf-8").split()})
    draw = random.Random(seed)
    parts: list[str] = []
    size = 0
    while size < megabytes * 1_000_000:
        sentence = " ".join(draw.choices(vocabulary, k=draw.randint(8, 24))).capitalize()
        parts.append(f"{sentence}.{chr(10) * 2 if draw.random() < 0.2 else ' '}")
        size += len(parts[-1])
    return "".join(parts)


def upload(address: str, megabytes: float) -> None:
    """Upload files as the page does."""
    for number in range(FILES):
        content = synthetic_prose(megabytes / FILES, seed=number).encode()
        to = f"{address}/documents/{quote(f'load {number}.txt')}"
        httpx.put(to, content=content, headers={"Origin": address}, timeout=60).raise_for_status()


def is_busy(address: str) -> bool:
    """Whether any file is still being indexed."""
    return "data-busy" in httpx.get(f"{address}/jobs", headers={"x-pane": "1"}, timeout=60).text


@dataclass(frozen=True, slots=True)
class Phase:
    """The figures of one phase; times in seconds, None where nothing was answered."""

    phase: str
    questions: int
    errors: int
    p50_s: float | None
    p95_s: float | None
    last_position_in_queue: int


def figures(name: str, asked: Sequence[Asked]) -> Phase:
    """Compute and print the figures of one phase."""
    seconds = [one.seconds for one in asked if not one.error]
    last = max((position for one in asked for position in one.positions), default=0)
    errors = [one.error for one in asked if one.error]
    phase = Phase(name, len(asked), len(errors), _percentile(seconds, 50), _percentile(seconds, 95), last)
    print(json.dumps(asdict(phase) | ({"first_error": errors[0]} if errors else {})), flush=True)
    return phase


def _percentile(seconds: Sequence[float], share: int) -> float | None:
    return round(float(np.percentile(seconds, share)), 3) if seconds else None


def wait_until_working(address: str) -> None:
    """Wait until the indexing process has started."""
    while is_busy(address) and "job at-work" not in httpx.get(f"{address}/jobs", timeout=60).text:
        time.sleep(0.2)


def measure(people: int, megabytes: float, questions: int) -> None:
    """Run all phases on one page."""
    # each question once, since repeated ones come from the cache
    cases = [case.question for case in select(load_cases(SEEDS_CASES)) if not case.history]
    asked = iter(dict.fromkeys(cases))
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(data_dir=Path(folder))
        build_index([ROOT / "seeds"], settings)
        with served(settings) as address:
            page_client = PageClient(address)
            asyncio.run(ask_in_turn(page_client, list(islice(asked, 4)), AT_A_TIME))  # loads the models
            crowd = figures(
                f"{people} people at once", asyncio.run(ask_all_at_once(page_client, list(islice(asked, people))))
            )
            alone = figures(
                f"{AT_A_TIME} people in turn",
                asyncio.run(ask_in_turn(page_client, list(islice(asked, questions)), AT_A_TIME)),
            )
            upload(address, megabytes)
            wait_until_working(address)
            beside = figures(
                f"{AT_A_TIME} people while {megabytes:g} MB are indexed",
                asyncio.run(ask_in_turn(page_client, list(islice(asked, questions)), AT_A_TIME)),
            )
            busy = is_busy(address)
    ratio = round(beside.p95_s / alone.p95_s, 2) if beside.p95_s and alone.p95_s else None
    errors = crowd.errors + alone.errors + beside.errors
    print(json.dumps({"p95_ratio": ratio, "indexing_went_on": busy, "errors": errors}), flush=True)


def main(
    people: Annotated[int, typer.Option(help="people who ask at once", min=1)] = 30,
    megabytes: Annotated[float, typer.Option(help="size of the text that is indexed meanwhile", min=0.1)] = 20,
    questions: Annotated[int, typer.Option(help="questions in turn, alone and while indexing", min=10)] = 50,
) -> None:
    """Measure answer times of the page under load."""
    measure(people, megabytes, questions)


if __name__ == "__main__":
    with one_line_errors():
        typer.run(main)
