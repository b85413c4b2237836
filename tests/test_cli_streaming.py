"""An answer by a connected model grows on a terminal, and is printed once, as ever, everywhere else."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from chatserver import ChatServer, serving
from terminalkit import POSIX, on_terminal
from typer.testing import CliRunner

from rag.cli import app

QUESTION = "Who shut the valve?"
FIRST = "The valve was shut by Mr Oake"
PIECES = [f"{FIRST} [1]. ", "Mr Oake shut ", "the valve at ", "noon on Monday [1]."]


@pytest.fixture
def chat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ChatServer]:
    (tmp_path / "valve.txt").write_text("Mr Oake shut the valve at noon on Monday. The log of the plant says so.\n")
    assert CliRunner().invoke(app, ["index", str(tmp_path / "valve.txt")]).exit_code == 0
    with serving(ChatServer(PIECES)) as server:
        monkeypatch.setenv("RAG_CHAT_MODEL", "openai:m")
        monkeypatch.setenv("RAG_CHAT_BASE_URL", f"{server.address}/v1")
        yield server


@POSIX
def test_checked_sentences_appear_before_the_answer_is_complete(chat: ChatServer) -> None:
    chat.pause = 0.3
    status, shown = on_terminal("ask", QUESTION)
    growing, final = shown[: shown.rindex("\x1b[2K")], shown[shown.rindex("\x1b[2K") :]
    assert status == 0
    assert FIRST in growing and "Probably right" not in growing
    assert "as the log" not in growing, "a sentence that is still being written"
    assert final.count(FIRST) == 1 and "valve.txt" in final and "Probably right" in final


@POSIX
def test_a_conversation_streams_too(chat: ChatServer) -> None:
    chat.pause = 0.3
    status, shown = on_terminal("chat", typed=f"{QUESTION}\n\n")
    assert status == 0
    assert shown.count(FIRST) > 1


@POSIX
def test_ctrl_c_stops_the_model_and_leaves_a_clean_line(chat: ChatServer) -> None:
    chat.pieces, chat.pause = [*PIECES, *["The valve was shut [1]. "] * 500], 0.3
    status, shown = on_terminal("ask", QUESTION, interrupt_at=FIRST)
    assert status == 130
    assert "Traceback" not in shown
    assert shown.endswith("\r\nrag: stopped; finished work is kept\r\n")
    assert shown.rindex("\x1b[?25h") > shown.rindex(FIRST), "the cursor is shown again"
    assert chat.hung_up.wait(30)


def test_piped_output_is_the_answer_alone(chat: ChatServer) -> None:
    shown = CliRunner().invoke(app, ["ask", QUESTION]).stdout
    assert shown.startswith(FIRST) and shown.count(FIRST) == 1
    assert "\x1b" not in shown
    answer = json.loads(CliRunner().invoke(app, ["ask", QUESTION, "--json"]).stdout)
    assert answer["status"] == "answered"


def test_standard_error_names_the_destination_and_nothing_else(chat: ChatServer) -> None:
    command = [sys.executable, "-c", f"from rag.cli import main; main(['ask', {QUESTION!r}])"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == "Passages are sent to this computer (openai:m).\n"
