"""A page served for measuring, and people at it without a browser: they ask as the page asks, over Gradio's queue."""

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

PATIENCE = 300.0  # seconds until a question counts as not answered
SERVE = "from rag.cli import main; main(['serve', '--port', '0'])"
_PLACE = re.compile(r"number (\d+) in the queue")
_ENDS = "process_completed"
_CONFIG = "window.gradio_config = "


@contextmanager
def served(settings: Settings) -> Iterator[str]:
    """The address of a page in a process of its own."""
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
    """What became of a question. `places`: its positions in the queue, as shown; `error`: "" where answered."""

    seconds: float
    places: tuple[int, ...] = ()
    error: str = ""


class Door:
    """The way into a page: what its box is wired to, as the page describes itself.

    `model`: what is to answer; `cookies`: of somebody who is signed in.
    """

    def __init__(self, address: str, model: str = "", cookies: dict[str, str] | None = None):
        self.address, self._model = address, model
        self.headers = {"Origin": address}  # as a browser says where it comes from
        page = httpx.get(address, cookies=cookies, timeout=30).raise_for_status().text
        config = json.JSONDecoder().raw_decode(page, page.index(_CONFIG) + len(_CONFIG))[0]
        box = next(c["id"] for c in config["components"] if c["props"].get("elem_id") == "box")
        self._wired: dict[str, Any] = next(
            d for d in config["dependencies"] if [box, "submit"] in d["targets"] and len(d["outputs"]) > 1
        )

    async def ask(self, client: httpx.AsyncClient, question: str) -> Asked:
        """Ask as somebody whose page was just opened, and wait for the finished answer."""
        session = secrets.token_hex(6)
        begin = time.perf_counter()
        blanks = [""] * (len(self._wired["inputs"]) - 2)  # of a page that was just opened
        call = {"data": [question, *blanks, self._model], "fn_index": self._wired["id"], "session_hash": session}
        try:
            joined = await client.post(f"{self.address}/gradio_api/queue/join", json=call)
            joined.raise_for_status()
            places, finished = await asyncio.wait_for(self._followed(client, session), PATIENCE)
        except (httpx.HTTPError, TimeoutError) as error:
            return Asked(time.perf_counter() - begin, error=f"{type(error).__name__}: {error}")
        return Asked(time.perf_counter() - begin, places, "" if finished else "the page showed no finished answer")

    async def _followed(self, client: httpx.AsyncClient, session: str) -> tuple[tuple[int, ...], bool]:
        """The positions shown on the way, and whether a finished answer was shown."""
        shown, places = "", []
        where = f"{self.address}/gradio_api/queue/data?session_hash={session}"
        async with client.stream("GET", where) as stream:
            async for line in stream.aiter_lines():
                if not line.startswith("data:"):
                    continue
                message = json.loads(line[5:])
                shown += line
                places += [int(place) for place in _PLACE.findall(line)]
                if message["msg"] == _ENDS:
                    break
        return tuple(dict.fromkeys(places)), 'class=\\"actions\\"' in shown and "trouble" not in shown


async def at_once(door: Door, questions: list[str]) -> list[Asked]:
    """Everybody asks at the same moment."""
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(timeout=PATIENCE, limits=limits, headers=door.headers) as client:
        return list(await asyncio.gather(*(door.ask(client, question) for question in questions)))


async def in_turn(door: Door, questions: list[str], people: int) -> list[Asked]:
    """A few people, each of whom asks the next question when the last is answered."""
    left = list(reversed(questions))
    found: list[Asked] = []
    async with httpx.AsyncClient(timeout=PATIENCE, headers=door.headers) as client:

        async def person() -> None:
            while left:
                found.append(await door.ask(client, left.pop()))

        await asyncio.gather(*(person() for _ in range(people)))
    return found
