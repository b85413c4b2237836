"""An answer by a connected model grows on a terminal, and is printed once, as ever, everywhere else."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from chatserver import ChatServer, serving
from typer.testing import CliRunner

from rag.cli import app

QUESTION = "Who shut the valve?"
FIRST = "The valve was shut by Mr Oake"
PIECES = [f"{FIRST} [1]. ", "Mr Oake shut ", "the valve at ", "noon on Monday [1]."]
POSIX = pytest.mark.skipif(not hasattr(os, "openpty"), reason="a terminal of POSIX")


@pytest.fixture
def chat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ChatServer]:
    (tmp_path / "valve.txt").write_text("Mr Oake shut the valve at noon on Monday. The log of the plant says so.\n")
    assert CliRunner().invoke(app, ["index", str(tmp_path / "valve.txt")]).exit_code == 0
    with serving(ChatServer(PIECES)) as server:
        monkeypatch.setenv("RAG_CHAT_MODEL", "openai:m")
        monkeypatch.setenv("RAG_CHAT_BASE_URL", f"{server.address}/v1")
        yield server


def on_terminal(*arguments: str, interrupt_at: str = "", typed: str = "") -> tuple[int, str]:
    """Exit status and output of a command on a terminal; Ctrl-C is pressed once the output has `interrupt_at`."""
    ours, theirs = os.openpty()
    code = f"from rag.cli import main; main({list(arguments)!r})"
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "100"}
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment) as process:
        os.close(theirs)
        os.write(ours, typed.encode())
        written = b""
        with suppress(OSError):  # how Linux says that nobody writes any more
            while block := os.read(ours, 4096):
                written += block
                if interrupt_at and interrupt_at.encode() in written:
                    process.send_signal(signal.SIGINT)
                    interrupt_at = ""
    os.close(ours)
    return process.returncode, written.decode()


@POSIX
def test_checked_sentences_appear_before_the_answer_is_complete(chat: ChatServer) -> None:
    chat.pause = 0.3
    status, shown = on_terminal("ask", QUESTION)
    growing, final = shown[: shown.rindex("\x1b[2K")], shown[shown.rindex("\x1b[2K") :]
    assert status == 0
    assert FIRST in growing and "answered, confidence" not in growing
    assert "as the log" not in growing, "a sentence that is still being written"
    assert final.count(FIRST) == 1 and "valve.txt" in final and "answered, confidence" in final


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
