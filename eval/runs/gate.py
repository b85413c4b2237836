"""Check the figures of a run against thresholds from a TOML file (eval/thresholds.toml is an example)."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from eval.metrics.labels import LABELS
from eval.metrics.summary import Summary
from rag.errors import ConfigError

FIGURES = (*LABELS, "crashed")

Bound = Literal["at_least", "at_most"]


@dataclass(frozen=True, slots=True)
class Threshold:
    """The bound of a figure."""

    name: str
    bound: Bound
    limit: float


@dataclass(frozen=True, slots=True)
class GateResult:
    """Whether a run keeps a threshold; a figure without a value (None) does not, for the `reason`."""

    threshold: Threshold
    value: float | None
    passed: bool
    reason: str


def load_thresholds(path: Path) -> list[Threshold]:
    """Read the tables [at_least] and [at_most].

    Raises ConfigError on anything else, on an unknown figure, and where both are empty.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"the thresholds {str(path)!r} cannot be read: {error}; see eval/thresholds.toml") from None
    thresholds: list[Threshold] = []
    for bound in ("at_least", "at_most"):
        table = tables.pop(bound, {})
        if not isinstance(table, dict):
            raise ConfigError(f"{path}: {bound!r} is {table!r}; make it a table of name = number")
        for name, limit in table.items():
            if name not in FIGURES:
                raise ConfigError(f"{path}: {name!r} is not a figure; the figures are {', '.join(FIGURES)}")
            if isinstance(limit, bool) or not isinstance(limit, int | float):
                raise ConfigError(f"{path}: {bound}.{name!r} is {limit!r}; give a number")
            thresholds.append(Threshold(name, bound, float(limit)))
    if tables:
        raise ConfigError(f"{path}: unknown table {next(iter(tables))!r}; the tables are [at_least] and [at_most]")
    if not thresholds:
        raise ConfigError(f'{path}: no threshold in it; write [at_least] and a line such as "hit@5" = 0.9')
    return thresholds


def check(thresholds: Sequence[Threshold], whole: Summary) -> list[GateResult]:
    """Compare the figures of a whole run with the thresholds; any crash fails unless `crashed` has a bound."""
    if not any(t.name == "crashed" for t in thresholds):
        thresholds = [*thresholds, Threshold("crashed", "at_most", 0.0)]
    return [_result(t, whole) for t in thresholds]


def _result(threshold: Threshold, whole: Summary) -> GateResult:
    value, reason = _value(threshold.name, whole)
    if value is None:
        return GateResult(threshold, None, False, reason)
    kept = value >= threshold.limit if threshold.bound == "at_least" else value <= threshold.limit
    return GateResult(threshold, value, kept, "")


def _value(name: str, whole: Summary) -> tuple[float | None, str]:
    if name == "crashed":
        return float(whole.crashed), ""
    if name in whole.figures:
        return whole.figures[name].value, whole.figures[name].reason
    return None, "every case crashed" if whole.crashed == whole.cases else "not measured in this run"
