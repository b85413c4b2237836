"""Questions that many people ask at once: in turn, with a position, stoppable."""

import asyncio
import threading
from collections.abc import Generator

import pytest

from rag.schema import Answer
from rag.ui.fair_queue import FairQueue, Ticket


def answers(*texts: str) -> Generator[Answer]:
    for text in texts:
        yield Answer("q", "q", text, None, "partial", 0.0)


async def read(ticket: Ticket) -> list[str | int]:
    return [step.text if isinstance(step, Answer) else step async for step in ticket.results()]


def test_what_a_job_yields_arrives_in_order() -> None:
    async def go() -> list[str | int]:
        return await read(FairQueue(1).join(lambda: answers("a", "a b")))

    assert asyncio.run(go()) == ["a", "a b"]


def test_who_waits_is_told_the_position_and_served_in_the_order_of_coming() -> None:
    served: list[int] = []
    gate = threading.Event()

    def job(number: int) -> Generator[Answer]:
        gate.wait(10)
        served.append(number)
        yield from answers(str(number))

    async def go() -> list[list[str | int]]:
        queue = FairQueue(1)
        readers = [asyncio.create_task(read(queue.join(lambda n=n: job(n)))) for n in range(4)]
        await asyncio.sleep(0.5)
        gate.set()
        return await asyncio.gather(*readers)

    seen = asyncio.run(go())
    assert served == [0, 1, 2, 3]
    assert [steps[0] for steps in seen] == ["0", 1, 2, 3]
    assert [steps[-1] for steps in seen] == ["0", "1", "2", "3"]


def test_who_asks_much_does_not_keep_others_waiting() -> None:
    served: list[str] = []
    gate = threading.Event()

    def job(name: str) -> Generator[Answer]:
        gate.wait(10)
        served.append(name)
        yield from answers(name)

    async def go() -> None:
        queue = FairQueue(1)
        order = ["eager 1", "eager 2", "eager 3", "calm 1", "late 1"]
        tickets = [queue.join(lambda n=n: job(n), asker=n.split()[0]) for n in order]
        gate.set()
        await asyncio.gather(*map(read, tickets))

    asyncio.run(go())
    assert served == ["eager 1", "calm 1", "late 1", "eager 2", "eager 3"]


def test_thirty_askers_are_all_answered() -> None:
    async def go() -> list[list[str | int]]:
        queue = FairQueue(4)
        return await asyncio.gather(*(read(queue.join(lambda n=n: answers(str(n)))) for n in range(30)))

    assert [steps[-1] for steps in asyncio.run(go())] == [str(n) for n in range(30)]


def test_an_error_of_a_job_is_raised_where_its_answers_are_read() -> None:
    def broken() -> Generator[Answer]:
        yield from answers("a")
        raise OSError("gone")

    async def go() -> None:
        await read(FairQueue(1).join(broken))

    with pytest.raises(OSError, match="gone"):
        asyncio.run(go())


def test_a_stopped_job_ends_at_once_and_is_closed() -> None:
    closed = threading.Event()
    step = threading.Event()

    def endless() -> Generator[Answer]:
        try:
            while True:
                yield from answers("more")
                step.wait(10)
        finally:
            closed.set()

    async def go() -> list[str | int]:
        ticket = FairQueue(1).join(endless)
        reader = asyncio.create_task(read(ticket))
        await asyncio.sleep(0.1)
        ticket.stop()
        found = await reader
        step.set()
        return found

    assert asyncio.run(go()) == ["more"]
    assert closed.wait(10)


def test_a_stopped_place_in_the_queue_makes_room() -> None:
    gate = threading.Event()

    def slow() -> Generator[Answer]:
        gate.wait(10)
        yield from answers("done")

    async def go() -> tuple[list[str | int], list[str | int]]:
        queue = FairQueue(1)
        first, second, third = (queue.join(slow) for _ in range(3))
        await asyncio.sleep(0.1)
        second.stop()
        position = queue.position(third)
        gate.set()
        return [position], [*await read(first), *await read(second), *await read(third)]

    assert asyncio.run(go()) == ([1], ["done", "done"])
