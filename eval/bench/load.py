"""How the page bears a load: `python -m eval.bench.load [--people 30] [--megabytes 20]`.

A page of its own is served over seeds/. First everybody asks at once. Then a few people ask in turn, alone and again
while files are being indexed; the p95 of their answers should at most double.
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

from eval.bench.people import Asked, Door, at_once, in_turn, served
from eval.cases.gold import load_cases, select
from eval.runs.corpus import SEEDS_CASES
from eval.runs.run import ROOT
from index import build_index
from rag.settings import load_settings

FILES = 20  # among which the megabytes are divided
AT_A_TIME = 2  # people who ask in turn


def words(megabytes: float, seed: int = 1) -> str:
    """Made-up prose of about this size: sentences of words of the seeds, so that it reads like text to a tokenizer."""
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
    """Send files, as the page does."""
    for number in range(FILES):
        content = words(megabytes / FILES, seed=number).encode()
        to = f"{address}/documents/{quote(f'load {number}.txt')}"
        httpx.put(to, content=content, headers={"Origin": address}, timeout=60).raise_for_status()


def is_busy(address: str) -> bool:
    """Whether something is still being indexed."""
    return "data-busy" in httpx.get(f"{address}/jobs", headers={"x-pane": "1"}, timeout=60).text


@dataclass(frozen=True, slots=True)
class Phase:
    """The figures of one phase; None where nothing was answered."""

    phase: str
    questions: int
    errors: int
    p50_s: float | None
    p95_s: float | None
    last_place_in_line: int


def figures(name: str, asked: Sequence[Asked]) -> Phase:
    """The figures of one phase, printed as they are known."""
    seconds = [one.seconds for one in asked if not one.error]
    last = max((place for one in asked for place in one.places), default=0)
    errors = [one.error for one in asked if one.error]
    found = Phase(name, len(asked), len(errors), _percentile(seconds, 50), _percentile(seconds, 95), last)
    print(json.dumps(asdict(found) | ({"first_error": errors[0]} if errors else {})), flush=True)
    return found


def _percentile(seconds: Sequence[float], share: int) -> float | None:
    return round(float(np.percentile(seconds, share)), 3) if seconds else None


def wait_until_working(address: str) -> None:
    """Come back when something is being read; it starts a process."""
    while is_busy(address) and "job at-work" not in httpx.get(f"{address}/jobs", timeout=60).text:
        time.sleep(0.2)


def measure(people: int, megabytes: float, questions: int) -> None:
    """All phases over a page of their own."""
    # each once: what was asked of the same index is remembered, and would be answered at once
    cases = [case.question for case in select(load_cases(SEEDS_CASES)) if not case.history]
    asked = iter(dict.fromkeys(cases))
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(data_dir=Path(folder))
        build_index([ROOT / "seeds"], settings)
        with served(settings) as address:
            door = Door(address)
            asyncio.run(in_turn(door, list(islice(asked, 4)), AT_A_TIME))  # models are loaded by now
            crowd = figures(f"{people} people at once", asyncio.run(at_once(door, list(islice(asked, people)))))
            alone = figures(
                f"{AT_A_TIME} people in turn", asyncio.run(in_turn(door, list(islice(asked, questions)), AT_A_TIME))
            )
            upload(address, megabytes)
            wait_until_working(address)
            beside = figures(
                f"{AT_A_TIME} people while {megabytes:g} MB are indexed",
                asyncio.run(in_turn(door, list(islice(asked, questions)), AT_A_TIME)),
            )
            busy = is_busy(address)
    ratio = round(beside.p95_s / alone.p95_s, 2) if beside.p95_s and alone.p95_s else None
    errors = crowd.errors + alone.errors + beside.errors
    print(json.dumps({"p95_ratio": ratio, "indexing_went_on": busy, "errors": errors}), flush=True)


def main(
    people: Annotated[int, typer.Option(help="who ask at once", min=1)] = 30,
    megabytes: Annotated[float, typer.Option(help="of text that is indexed meanwhile", min=0.1)] = 20,
    questions: Annotated[int, typer.Option(help="asked in turn, alone and while indexing", min=10)] = 50,
) -> None:
    """Measure how the page bears a load."""
    measure(people, megabytes, questions)


if __name__ == "__main__":
    typer.run(main)
