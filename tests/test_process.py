"""Calls in child processes: results, reports, limits, and what becomes of a call whose process ends."""

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from rag.errors import ConfigError, ProcessEnded
from rag.process import Limits, Process, ProcessPool
from rag.process_child import report
from rag.store.users import check_name

MODULE = "rag.errors"  # a light one
LIMITS = Limits(seconds=30, memory=500_000_000)


@pytest.fixture
def reports() -> list[object]:
    return []


@pytest.fixture
def process(reports: list[object]) -> Iterator[Process]:
    found = Process(MODULE, None, on_report=reports.append)
    yield found
    found.end()


def test_calls_return_and_raise_our_own_errors(process: Process) -> None:
    assert process.call(divmod, 7, 2) == (3, 1)
    with pytest.raises(ConfigError):
        process.call(check_name, "..")
    assert process.call(os.getpid) == process.call(os.getpid) != os.getpid()


def test_reports_come_before_the_result(process: Process, reports: list[object]) -> None:
    for value in ("first", "second"):
        assert process.call(report, value) is None
    assert reports == ["first", "second"]


def test_a_process_that_ends_costs_one_call(process: Process) -> None:
    with pytest.raises(ProcessEnded) as ended:
        process.call(os._exit, 0)
    assert ended.value.cause == "crash"
    assert process.call(divmod, 7, 2) == (3, 1)


def test_a_call_can_be_killed_before_its_process_exists(process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed_meanwhile(*args: Any, **kwargs: Any) -> subprocess.Popen[bytes]:
        process.kill()
        return popen(*args, **kwargs)

    popen = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", killed_meanwhile)
    with pytest.raises(ProcessEnded):
        process.call(time.sleep, 5)
    monkeypatch.undo()
    assert process.call(divmod, 7, 2) == (3, 1)


def test_a_call_can_be_killed_from_another_thread(process: Process) -> None:
    process.call(os.getpid)  # it has started
    threading.Timer(0.3, process.kill).start()
    with pytest.raises(ProcessEnded):
        process.call(time.sleep, 60)
    process.kill()  # one that nothing runs in
    assert process.call(divmod, 7, 2) == (3, 1)


def test_a_call_over_its_limit_is_ended() -> None:
    process = Process(MODULE, Limits(seconds=0.5, memory=50_000_000))
    for why, work, amount in (("time", time.sleep, 60), ("memory", bytearray, 500_000_000)):
        with pytest.raises(ProcessEnded) as ended:
            process.call(work, amount)
        assert ended.value.cause == why
    process.end()


def test_a_pool_calls_in_several_processes_at_a_time() -> None:
    pool = ProcessPool(2, MODULE, LIMITS)
    slow = threading.Thread(target=_call_until_killed, args=(pool,))
    slow.start()
    assert [pool.call(divmod, 7, 2) for _ in range(3)] == [(3, 1)] * 3
    assert slow.is_alive()
    pool.kill()
    slow.join(10)
    assert not slow.is_alive()
    pool.end()


def _call_until_killed(pool: ProcessPool) -> None:
    with suppress(ProcessEnded):
        pool.call(time.sleep, 25)
