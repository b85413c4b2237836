"""Read and write run files: a header line that describes the run, then one line per case (eval/README.md).

A line is `{"id", "answer", "scores", "seconds"}`, or `{"id", "error", "seconds"}` for a case that crashed.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TextIO

from pydantic import TypeAdapter, ValidationError

from eval.metrics.result import Result
from rag.errors import CasesError
from rag.settings import with_new_names

FORMAT = "rag-eval-run"
VERSION = 1


@dataclass(frozen=True, slots=True)
class Header:
    """All that two runs can differ in. `commit` is None outside a git checkout.

    `cases`: {"file", "digest", "count", "drafts"}; `documents`: {"count", "digest"}; `digests`: of settings, index,
    prompts; `versions`: of Python and the packages that can change an answer.
    """

    started: str
    commit: str | None
    dirty: bool | None
    cases: dict[str, Any]
    documents: dict[str, Any]
    settings: dict[str, Any]
    digests: dict[str, str]
    versions: dict[str, str]
    warnings: tuple[str, ...] = ()
    format: str = FORMAT
    version: int = VERSION


@dataclass(frozen=True, slots=True)
class Run:
    """The contents of a run file; `path` is for messages."""

    path: Path
    header: Header
    results: tuple[Result, ...]


_HEADER, _RESULT = TypeAdapter(Header), TypeAdapter(Result)


def write_header(file: TextIO, header: Header) -> None:
    """Write the first line of a run file."""
    file.write(_line(asdict(header)))
    file.flush()


def write_result(file: TextIO, result: Result) -> None:
    """Append the line of one case and flush it, so that an interrupted run keeps its results."""
    record: dict[str, Any] = {"id": result.id}
    if result.answer is not None:
        record["answer"] = result.answer.to_dict()
        record["scores"] = {name: asdict(score) for name, score in result.scores.items()}
    if result.error is not None:
        record["error"] = asdict(result.error)
    file.write(_line(record | {"seconds": round(result.seconds, 4)}))
    file.flush()


def _line(record: dict[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n"


def open_run(path: Path) -> TextIO:
    """Open a run file for writing; a lone surrogate becomes its JSON escape. Raises CasesError where that fails."""
    try:
        return path.open("w", encoding="utf-8", errors="backslashreplace", newline="\n")
    except OSError as error:
        raise CasesError(f"the run file {str(path)!r} cannot be written: {error}; give another path") from None


def read_run(path: Path) -> Run:
    """Read a run file. Raises CasesError that names the file, the line and what is wrong."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise CasesError(f"the run file {str(path)!r} cannot be read: {error}; give another one") from None
    first = _record(lines[0], f"{path}, line 1")
    if first.get("format") != FORMAT or first.get("version") != VERSION:
        stated = (first.get("format"), first.get("version"))
        raise CasesError(
            f"{path}: not a run file of version {VERSION} (found {stated!r}); make it with `rag eval --run`"
        )
    try:
        header = _HEADER.validate_python(first)
        header = replace(header, settings=with_new_names(header.settings))
        results = [
            _RESULT.validate_python(_record(line, f"{path}, line {number}"))
            for number, line in enumerate(lines[1:], 2)
            if line.strip()
        ]
    except ValidationError as error:
        problem = error.errors()[0]
        field_name = ".".join(map(str, problem["loc"]))
        raise CasesError(f"{path}: field {field_name!r}: {problem['msg']}; make the run again") from None
    _check_ids(path, results)
    return Run(path, header, tuple(results))


def _check_ids(path: Path, results: Sequence[Result]) -> None:
    """Raise CasesError where two results have the same id."""
    seen: set[str] = set()
    for result in results:
        if result.id in seen:
            raise CasesError(f"{path}: the case {result.id!r} is there twice; make the run again")
        seen.add(result.id)


def _record(line: str, where: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except json.JSONDecodeError as error:
        raise CasesError(f"{where}: not JSON ({error}); the run may have been cut off: make it again") from None
    if not isinstance(record, dict):
        raise CasesError(f"{where}: not a JSON object: {line[:80]!r}; make the run again")
    return record
