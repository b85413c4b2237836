"""Measure the page during a password-guessing attack: `python -m eval.bench.flood [--strangers 40] [--same-address]`.

A page with users is served over seeds/; a user signs in, uploads a file and asks, without and during the attack.
"""

import asyncio
import json
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median
from typing import Annotated

import httpx
import typer

from eval.bench.clients import PageClient, served
from eval.console import one_line_errors
from eval.runs.run import ROOT
from index import build_index
from rag.settings import Settings, load_settings
from rag.store.users import add_user

PASSWORD = "a long enough password"  # noqa: S105 (of nobody)
ROUNDS = 3
FLOOD_SECONDS = 5.0  # of attack before anything is measured
QUESTIONS = ("what did the coroner conclude?", "when did the inquest open?", "who wrote the safety audit?")


async def guess(address: str, source: str, number: int) -> None:
    """Send wrong passwords, one after the other, until the task is cancelled."""
    transport = httpx.AsyncHTTPTransport(local_address=source)
    async with httpx.AsyncClient(transport=transport, headers={"Origin": address}, timeout=120) as client:
        while True:
            await client.post(f"{address}/login", data={"username": f"name{number}", "password": "wrong"})


async def timed(work: Callable[[], Awaitable[None]]) -> float:
    """Seconds that an action takes."""
    begin = time.perf_counter()
    await work()
    return time.perf_counter() - begin


async def once(address: str, number: int) -> dict[str, float]:
    """Seconds to sign in, to have a file indexed, and to get an answer."""
    async with httpx.AsyncClient(base_url=address, headers={"Origin": address}, timeout=120) as client:

        async def sign_in() -> None:
            (await client.post("/login", data={"username": "anna", "password": PASSWORD})).raise_for_status()

        async def upload() -> None:
            name, text = f"note {number} {time.time_ns()}.txt", f"The gate number {time.time_ns()} was painted green."
            (await client.put(f"/documents/{name}", content=text.encode())).raise_for_status()
            while "data-busy" in (await client.get("/jobs")).text:
                await asyncio.sleep(0.1)

        async def ask() -> None:
            cookies = dict(client.cookies)
            page_client = await asyncio.to_thread(PageClient, address, "", cookies)
            if error := (await page_client.ask(client, QUESTIONS[number % len(QUESTIONS)])).error:
                raise typer.BadParameter(error)

        return {"sign in": await timed(sign_in), "upload": await timed(upload), "question": await timed(ask)}


async def measure(address: str, strangers: int, source: str) -> dict[str, dict[str, float]]:
    """Medians of a few rounds, without and during the attack."""
    alone = [await once(address, number) for number in range(ROUNDS)]
    flood = [asyncio.create_task(guess(address, source, number)) for number in range(strangers)]
    await asyncio.sleep(FLOOD_SECONDS)
    beside = [await once(address, number) for number in range(ROUNDS)]
    for task in flood:
        task.cancel()
    return {
        name: {what: round(median(one[what] for one in rounds), 2) for what in rounds[0]}
        for name, rounds in (("alone", alone), ("beside", beside))
    }


def main(
    strangers: Annotated[int, typer.Option(help="connections that guess passwords", min=1)] = 40,
    same_address: Annotated[
        bool, typer.Option(help="the attack comes from the user's own address, as behind a proxy")
    ] = False,
) -> None:
    """Measure signing in, uploading and asking while strangers guess passwords."""
    with tempfile.TemporaryDirectory() as folder:
        users = Path(folder) / "users.txt"
        add_user(users, "anna", PASSWORD)
        settings: Settings = load_settings(data_dir=Path(folder) / "data", auth=users)
        build_index([ROOT / "seeds"], settings)
        with served(settings) as address:
            medians = asyncio.run(measure(address, strangers, "127.0.0.1" if same_address else "127.0.0.2"))
    print(json.dumps({"strangers": strangers, "same_address": same_address} | medians))


if __name__ == "__main__":
    with one_line_errors():
        typer.run(main)
