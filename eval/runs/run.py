"""Run an engine over cases: score each answer and write it to the run file at once; make the header of a run."""

import importlib.metadata
import json
import platform
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

from eval.cases.gold import Case, TextOf
from eval.engine import Engine, text_of
from eval.metrics.answer import Score, score
from eval.metrics.result import Crash, Result
from eval.runs.runfile import Header, open_run, write_header, write_result
from rag.schema import Answer
from rag.settings import Settings

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("rag-assistant", "torch", "sentence-transformers", "tokenizers", "numpy", "chromadb", "langchain-core")
Judge = Callable[[Case, Answer], Score]


def run_cases(
    cases: Sequence[Case], engine: Engine, header: Header, out: Path | None = None, judge: Judge | None = None
) -> Iterator[Result]:
    """Ask each case and yield its result, after writing it to `out`; a crash is a result too.

    Raises CasesError where `out` cannot be written.
    """
    lookup = cache(partial(text_of, engine))
    with open_run(out) if out else nullcontext() as file:
        if file:
            write_header(file, header)
        for case in cases:
            result = run_case(case, engine, lookup, judge)
            if file:
                write_result(file, result)
            yield result


def run_case(case: Case, engine: Engine, lookup: TextOf, judge: Judge | None = None) -> Result:
    """Ask one case and score the answer; any exception of the engine becomes a Crash."""
    started = time.perf_counter()
    try:
        answer = engine.ask(case.question, case.history)
        seconds = time.perf_counter() - started
        json.dumps(answer.to_dict(), allow_nan=False)  # an answer without a JSON form breaks the contract
    except Exception as error:  # one case may crash; the others go on
        crash = Crash(type(error).__name__, str(error) or "no message")
        return Result(case.id, time.perf_counter() - started, error=crash)
    scores = score(case, answer, lookup)
    if judge:
        scores["judge"] = judge(case, answer)
    return Result(case.id, seconds, answer, scores)


def make_header(
    cases: dict[str, Any],
    documents: dict[str, Any],
    settings: Settings,
    digests: dict[str, str],
    warnings: Sequence[str] = (),
) -> Header:
    """The header of a run that starts now; the paths and credentials of the settings are left out."""
    commit, dirty = _commit()
    return Header(
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        commit=commit,
        dirty=dirty,
        cases=cases,
        documents=documents,
        settings=_shown(settings),
        digests={"settings": settings.digest(), **digests},
        versions=_versions(),
        warnings=tuple(warnings),
    )


def _shown(settings: Settings) -> dict[str, Any]:
    values = settings.model_dump(mode="json", exclude={"data_dir", "cache_dir", "auth"})
    # an address may have a user and a password in front of its host
    return {k: v.rpartition("@")[2] if k.endswith("_url") else v for k, v in values.items()}


def _versions() -> dict[str, str]:
    versions = {"python": platform.python_version(), "system": f"{platform.system()} {platform.machine()}"}
    for name in PACKAGES:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            versions[name] = "not installed"
    return versions


def _commit() -> tuple[str | None, bool | None]:
    """The commit of this checkout and whether it has uncommitted changes; (None, None) outside a checkout."""
    try:
        top = _git("rev-parse", "--show-toplevel")
        if Path(top).resolve() != ROOT:
            return None, None
        return _git("rev-parse", "HEAD"), bool(_git("status", "--porcelain"))
    except (OSError, subprocess.CalledProcessError):
        return None, None


def _git(*arguments: str) -> str:
    command = ["git", "--no-optional-locks", *arguments]  # else `status` writes to the checkout
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()
