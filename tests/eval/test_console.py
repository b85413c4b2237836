"""Every `python -m` command of the evals says how it is called, and prints errors in one line."""

import runpy
import sys
from pathlib import Path

import pytest

from eval.console import one_line_errors
from rag.errors import ConfigError

ROOT = Path(__file__).parents[2]
COMMANDS = sorted(
    path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
    for path in (ROOT / "eval").rglob("*.py")
    if 'if __name__ == "__main__":' in path.read_text(encoding="utf-8")
)


def run(module: str, arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> int | str | None:
    """Run a module as `python -m` does, in this process; returns what it exits with."""
    monkeypatch.setattr(sys, "argv", [module, *arguments])
    monkeypatch.delitem(sys.modules, module, raising=False)
    with pytest.raises(SystemExit) as exited:
        runpy.run_module(module, run_name="__main__")
    return exited.value.code


@pytest.mark.parametrize("module", COMMANDS)
def test_every_command_has_help(
    module: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)  # as where only the program itself is installed
    assert run(module, ["--help"], monkeypatch) == 0
    assert "usage:" in capsys.readouterr().out.lower()


@pytest.mark.parametrize("module", [name for name in COMMANDS if name != "eval.train.reader"])
def test_no_command_takes_what_it_does_not_know(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(module, ["--nonsense"], monkeypatch) == 2


@pytest.mark.parametrize("module", ["eval.fit.tune", "eval.fit.calibrate", "eval.studies.ablation"])
def test_a_set_that_is_missing_is_an_error_in_one_line(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    said = str(run(module, ["nowhere"], monkeypatch))
    assert said.startswith("error: ") and "nowhere" in said and "\n" not in said


def test_screenshots_without_playwright_say_what_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from eval.bench.screenshots import chromium

    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
    with pytest.raises(ConfigError, match="make screenshots"), chromium():
        pass


def test_an_error_becomes_one_line_and_exit_status_1() -> None:
    with pytest.raises(SystemExit) as exited, one_line_errors():
        raise ConfigError("the folder 'x' is missing")
    assert exited.value.code == "error: the folder 'x' is missing"  # what Python prints, and exits with 1
