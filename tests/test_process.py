"""A call in a child process gives its result or its error, and a call that goes over a limit costs itself alone."""

import operator
import os
import threading
import time
from collections.abc import Iterator

import pytest

from rag.errors import ConfigError, ProcessEnded
from rag.process import Limits, Process
from rag.store.users import check_name


@pytest.fixture
def process() -> Iterator[Process]:
    found = Process("operator", Limits(seconds=1.0, memory=300_000_000))
    yield found
    found.end()


def test_a_call_returns_what_the_function_returns(process: Process) -> None:
    assert process.call(operator.add, 2, 3) == 5


def test_an_error_of_ours_is_raised_here(process: Process) -> None:
    with pytest.raises(ConfigError, match="A B"):
        process.call(check_name, "A B")


@pytest.mark.parametrize(
    ("work", "argument", "cause"),
    [(time.sleep, 60, "time"), (bytearray, 2_000_000_000, "memory"), (os._exit, 1, "crash")],
)
def test_a_call_over_a_limit_says_which_and_the_next_call_works(
    process: Process, work: object, argument: int, cause: str
) -> None:
    with pytest.raises(ProcessEnded, match=cause) as ended:
        process.call(work, argument)  # type: ignore[arg-type]
    assert ended.value.cause == cause
    assert process.call(operator.add, 2, 3) == 5


def test_a_call_can_be_killed_from_another_thread(process: Process) -> None:
    process.call(operator.add, 2, 3)
    timer = threading.Timer(0.2, process.kill)
    timer.start()
    with pytest.raises(ProcessEnded, match="crash"):
        process.call(time.sleep, 0.9)
    timer.join()
