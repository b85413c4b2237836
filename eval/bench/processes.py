"""Time child processes, and measure their memory and disk use; a description of the machine."""

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.runs.run import ROOT

PEERS = ROOT / ".venv-peers" / "bin" / "python"


@dataclass(frozen=True, slots=True)
class Timed:
    """A finished process. `output`: the last line that it printed, parsed as JSON, or {}."""

    seconds: float
    output: dict[str, Any]
    status: int


def timed(command: Sequence[str | Path], environment: Mapping[str, str] | None = None) -> Timed:
    """Run a command and time it. Raises RuntimeError, with the end of its error output, where it fails."""
    start = time.perf_counter()
    done = subprocess.run(
        list(map(str, command)),
        cwd=ROOT,
        env=_environment(environment or {}),
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - start
    if done.returncode not in (0, 3):  # 3: `rag ask` refused
        raise RuntimeError(f"{done.args!r} ended with {done.returncode!r}:\n{done.stderr[-2000:]}")
    last = (done.stdout.strip().splitlines() or [""])[-1]
    return Timed(seconds, json.loads(last) if last.startswith("{") else {}, done.returncode)


def rag(*arguments: str | Path) -> list[str | Path]:
    """A `rag` command of this installation."""
    return [sys.executable, "-c", "from rag.cli import main; main()", *arguments]


def child(part: str, *arguments: str | Path) -> list[str | Path]:
    """The command of a part of a benchmark (eval/bench/child.py)."""
    return [sys.executable, "-m", "eval.bench.child", part, *arguments]


def folders(data: Path, cache: Path) -> dict[str, str]:
    """Environment variables that set the data and cache folders."""
    return {"RAG_DATA_DIR": str(data), "RAG_CACHE_DIR": str(cache)}


def median(values: Sequence[float]) -> float:
    """The median."""
    return statistics.median(values)


def percentile(values: Sequence[float], share: int) -> float:
    """The value that `share` per cent of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * share // 100)]


def pss(pid: int) -> float:
    """Proportional set size of a process and its children in MB; Linux only, 0 elsewhere."""
    total = 0
    for one in [pid, *_children(pid)]:
        try:
            lines = Path(f"/proc/{one}/smaps_rollup").read_text(encoding="ascii").splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1000


def disk(folder: Path) -> float:
    """Size of all files below a folder in MB."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def machine() -> str:
    """This machine in one line, with its load."""
    cpu = next(
        (line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.processor(),
    )
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count()
    load = f", load {os.getloadavg()[0]:.1f} before" if hasattr(os, "getloadavg") else ""
    return f"{cpu}, {cores} cores, Python {platform.python_version()}{load}"


def _children(pid: int) -> list[int]:
    return [int(one) for line in _lines(f"/proc/{pid}/task/{pid}/children") for one in line.split()]


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    """The environment of a user: no RAG_ setting is inherited, and compiled modules are kept."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("RAG_") and k != "PYTHONDONTWRITEBYTECODE"}
    return kept | dict(more)
