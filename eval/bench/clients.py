"""Serve a page for a benchmark, and ask it questions without a browser, over Gradio's queue as the page does."""

import asyncio
import json
import os
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from eval.runs.run import ROOT
from rag.settings import Settings

TIMEOUT = 300.0  # seconds after which a question counts as not answered
SERVE = "from rag.cli import main; main(['serve', '--port', '0'])"
_POSITION = re.compile(r"number (\d+) in the queue")
_ENDS = "process_completed"
_CONFIG = "window.gradio_config = "


@contextmanager
def served(settings: Settings) -> Iterator[str]:
    """Serve a page in a process of its own; yields its address."""
    environment = os.environ | {"RAG_DATA_DIR": str(settings.data_dir), "RAG_CACHE_DIR": str(settings.cache_dir)}
    environment |= {"RAG_AUTH": str(settings.auth)} if settings.auth else {}
    command = [sys.executable, "-c", SERVE]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield process.stdout.readline().split()[1]
        finally:
            process.terminate()


@dataclass(frozen=True, slots=True)
class Asked:
    """The outcome of a question. `positions`: those in the queue that were shown; `error`: "" where it was answered."""

    seconds: float
    positions: tuple[int, ...] = ()
    error: str = ""


class PageClient:
    """Asks questions through the event of the page's question box, found in the page's own configuration.

    `model`: the chat model that answers; `cookies`: of a signed-in user.
    """

    def __init__(self, address: str, model: str = "", cookies: dict[str, str] | None = None):
        self.address, self._model = address, model
        self.headers = {"Origin": address}  # as a browser sends it
        page = httpx.get(address, cookies=cookies, timeout=30).raise_for_status().text
        config = json.JSONDecoder().raw_decode(page, page.index(_CONFIG) + len(_CONFIG))[0]
        box = next(c["id"] for c in config["components"] if c["props"].get("elem_id") == "box")
        self._wired: dict[str, Any] = next(
            d for d in config["dependencies"] if [box, "submit"] in d["targets"] and len(d["outputs"]) > 1
        )

    async def ask(self, client: httpx.AsyncClient, question: str) -> Asked:
        """Ask as a page that was just opened, and wait for the finished answer."""
        session = secrets.token_hex(6)
        begin = time.perf_counter()
        blanks = [""] * (len(self._wired["inputs"]) - 2)
        call = {"data": [question, *blanks, self._model], "fn_index": self._wired["id"], "session_hash": session}
        try:
            joined = await client.post(f"{self.address}/gradio_api/queue/join", json=call)
            joined.raise_for_status()
            positions, finished = await asyncio.wait_for(self._streamed(client, session), TIMEOUT)
        except (httpx.HTTPError, TimeoutError) as error:
            return Asked(time.perf_counter() - begin, error=f"{type(error).__name__}: {error}")
        return Asked(time.perf_counter() - begin, positions, "" if finished else "the page showed no finished answer")

    async def _streamed(self, client: httpx.AsyncClient, session: str) -> tuple[tuple[int, ...], bool]:
        """The positions in the queue that were shown, and whether a finished answer was."""
        shown, positions = "", []
        where = f"{self.address}/gradio_api/queue/data?session_hash={session}"
        async with client.stream("GET", where) as stream:
            async for line in stream.aiter_lines():
                if not line.startswith("data:"):
                    continue
                message = json.loads(line[5:])
                shown += line
                positions += [int(number) for number in _POSITION.findall(line)]
                if message["msg"] == _ENDS:
                    break
        return tuple(dict.fromkeys(positions)), 'class=\\"actions\\"' in shown and "trouble" not in shown


async def ask_all_at_once(page_client: PageClient, questions: list[str]) -> list[Asked]:
    """Ask all questions at the same moment."""
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(timeout=TIMEOUT, limits=limits, headers=page_client.headers) as client:
        return list(await asyncio.gather(*(page_client.ask(client, question) for question in questions)))


async def ask_in_turn(page_client: PageClient, questions: list[str], people: int) -> list[Asked]:
    """Ask `people` questions at a time; each answer is followed by the next question."""
    left = list(reversed(questions))
    outcomes: list[Asked] = []
    async with httpx.AsyncClient(timeout=TIMEOUT, headers=page_client.headers) as client:

        async def person() -> None:
            while left:
                outcomes.append(await page_client.ask(client, left.pop()))

        await asyncio.gather(*(person() for _ in range(people)))
    return outcomes
