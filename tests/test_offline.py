"""What libraries are told before they are imported; that they heed it is in test_nothing_leaves."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rag.offline import ALWAYS, bypass_proxy

ROOT = Path(__file__).parent.parent
PRINT = "import os, sys; print(*map(os.environ.get, sys.argv[1:]))"
TOLD = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {PRINT!r}, *sys.argv[1:]])"


def told(module: str, names: list[str], **environment: str) -> list[str]:
    """The variables that a process started after `import module` finds."""
    command = [sys.executable, "-c", f"import {module}; {TOLD}", *names]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=True)
    return done.stdout.split()


@pytest.mark.parametrize("module", ["rag", "index.build", "eval.command", "rag.ui", "rag.models.encoder"])
def test_whatever_is_imported_of_ours_switches_reports_off(module: str) -> None:
    assert told(module, list(ALWAYS), **dict.fromkeys(ALWAYS, "true")) == list(ALWAYS.values())


def test_who_wants_models_of_their_own_may_fetch_them() -> None:
    assert told("rag", ["HF_HUB_OFFLINE"], HF_HUB_OFFLINE="0") == ["0"]


@pytest.mark.parametrize(
    ("address", "spared"),
    [
        ("http://127.0.0.1:8000/v1", "intranet,127.0.0.1"),
        ("http://localhost:11434", "intranet,localhost"),
        ("http://[::1]:11434", "intranet,::1"),
        ("http://model.localhost", "intranet,model.localhost"),
        ("http://192.168.0.7:8000", "intranet"),
        ("https://api.openai.com/v1", "intranet"),
    ],
)
def test_no_proxy_stands_before_this_computer(address: str, spared: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "intranet")
    assert bypass_proxy(bypass_proxy(address)) == address
    assert os.environ["no_proxy"] == spared
