"""Answers by a connected model over real HTTP, with the packages that users connect: langchain-openai and -ollama."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from chatkit import PASSAGES, QUESTION
from chatserver import ChatServer, serving
from langchain_core.tracers.langchain import wait_for_all_tracers
from langsmith.utils import get_env_var

from rag.answer.faithfulness import WordOverlap
from rag.answer.generative import ChatAnswerer
from rag.models.chat import PROVIDERS
from rag.schema import Answer, Turn
from rag.settings import Settings, load_settings
from rag.text.question import Question

CONCLUDED = "The coroner concluded that her death was an accident, contributed to by neglect"
REPLY = f"{CONCLUDED} [1]. She was 34 years old [1]."
PIECES = [REPLY[i : i + 7] for i in range(0, len(REPLY), 7)]
KINDS = pytest.mark.parametrize("kind", ["openai", "ollama"])


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for provider in PROVIDERS.values():
        for name in (*provider.key_variables, *provider.address_variables):
            monkeypatch.delenv(name, raising=False)


def connected(kind: str, chat: ChatServer, **more: object) -> Settings:
    path = "/v1" if kind == "openai" else ""
    return load_settings(chat_model=f"{kind}:m", chat_base_url=chat.address + path, **more)


def stream(kind: str, chat: ChatServer, history: tuple[Turn, ...] = (), **more: object) -> Iterator[Answer]:
    answerer = ChatAnswerer(connected(kind, chat, **more), WordOverlap())
    return answerer.stream(Question.parse(QUESTION, answerer.condense(QUESTION, history)), PASSAGES)


def ask(kind: str, chat: ChatServer, **more: object) -> Answer:
    with serving(chat):
        *_, last = stream(kind, chat, **more)
    return last


@KINDS
def test_a_second_opinion_is_one_more_request(kind: str) -> None:
    chat = ChatServer(PIECES)
    last = ask(kind, chat, check="model")
    assert (last.status, len(chat.seen)) == ("answered", 1)
    chat = ChatServer(["Mara Ellison was 34 [1]."])
    last = ask(kind, chat, check="model")
    assert (last.status, len(chat.seen)) == ("answered", 2)
    assert "no second opinion on 1 of 1" in last.trace.notes[0]


@KINDS
def test_an_answer_streams_in_and_is_cited(kind: str) -> None:
    with serving(ChatServer(PIECES)) as chat:
        answers = list(stream(kind, chat))
    assert [a.status for a in answers] == ["partial"] * (len(answers) - 1) + ["answered"]
    assert answers[0].text == "" and len(answers) > 3
    last = answers[-1]
    assert last.text == f"{CONCLUDED}. [1] She was 34 years old. [2]"
    assert [c.quote for c in last.citations] == [f"{CONCLUDED}.", "She was 34 years old."]
    assert last.passages == PASSAGES
    assert (last.trace.model, last.trace.reply) == (f"{kind}:m", REPLY)
    assert chat.seen[0][1]["messages"][1]["content"] in str(last.trace.prompt)


def test_ollama_is_told_how_much_it_has_to_read() -> None:
    chat = ChatServer(PIECES)
    ask("ollama", chat, chat_context_tokens=5000)
    path, body, _ = chat.seen[0]
    assert path == "/api/chat"
    assert body["options"]["num_ctx"] == 5000
    assert body["options"]["temperature"] == 0


def test_the_key_goes_to_the_server_and_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-testtesttest")
    chat = ChatServer(status=401)
    last = ask("openai", chat)
    assert chat.seen[0][2]["authorization"] == "Bearer sk-testtesttest"
    assert "sk-testtesttest" not in repr(last)


@KINDS
@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "refused the key"),
        (403, "refused the key"),
        (404, "no model"),
        (429, "Ask again later"),
        (500, "Ask again later"),
        (503, "Ask again later"),
    ],
)
def test_a_server_that_refuses_is_a_failed_answer_in_plain_words(kind: str, status: int, words: str) -> None:
    last = ask(kind, ChatServer(status=status))
    assert (last.status, last.text, last.citations) == ("failed", "", ())
    assert words in str(last.error) and f"{kind}:m" in str(last.error)
    assert last.passages == PASSAGES


@KINDS
def test_a_stream_that_breaks_keeps_what_was_checked(kind: str) -> None:
    last = ask(kind, ChatServer(PIECES[:-3], breaks=True))
    assert last.status == "failed"
    assert last.text == f"{CONCLUDED}. [1]"
    assert "broke off" in str(last.error) and "the rest of the answer is missing" in str(last.error)
    assert [c.quote for c in last.citations] == [f"{CONCLUDED}."]


@KINDS
@pytest.mark.parametrize("pieces", [[], ["  \n"], ["<think>The passages say nothing.</think>"]])
def test_an_empty_reply_is_a_failed_answer(kind: str, pieces: list[str]) -> None:
    last = ask(kind, ChatServer(pieces))
    assert last.status == "failed"
    assert "returned nothing" in str(last.error)


@KINDS
def test_a_blocked_reply_is_a_failed_answer(kind: str) -> None:
    last = ask(kind, ChatServer(PIECES[:4], finish="content_filter"))
    assert (last.status, last.text) == ("failed", "")
    assert "declined" in str(last.error)


@KINDS
def test_a_reply_cut_at_its_length_is_partial_and_ends_in_a_whole_sentence(kind: str) -> None:
    last = ask(kind, ChatServer(PIECES[:-2], finish="length"))
    assert last.status == "partial"
    assert last.text == f"{CONCLUDED}. [1]"
    assert "cut off" in last.trace.notes[-1]


@KINDS
def test_a_model_that_thinks_aloud_is_not_quoted_thinking(kind: str) -> None:
    field = "reasoning_content" if kind == "openai" else "thinking"
    with_thoughts = ChatServer([f"<think>Is it [2]? {CONCLUDED} [2].</think>\n", *PIECES], delta={field: "Or [2]?"})
    last = ask(kind, with_thoughts)
    assert last.text == f"{CONCLUDED}. [1] She was 34 years old. [2]"


@KINDS
def test_a_refusal_says_so_and_cites_nothing(kind: str) -> None:
    last = ask(kind, ChatServer(["This is not ", "in the documents."]))
    assert last.status == "not_in_documents"
    assert last.text.startswith("I found no answer in the documents.") and "report.txt" in last.text
    assert (last.citations, last.error, last.passages) == ((), None, PASSAGES)


@KINDS
def test_a_slow_first_token_is_waited_for_as_long_as_is_set(kind: str) -> None:
    assert ask(kind, ChatServer(PIECES, delay=0.3)).status == "answered"
    last = ask(kind, ChatServer(PIECES, delay=2), chat_timeout=0.2)
    assert last.status == "failed"
    assert "sent nothing for 0.2 seconds" in str(last.error) and "RAG_CHAT_TIMEOUT" in str(last.error)


@KINDS
def test_a_server_that_is_not_there_is_a_failed_answer(kind: str) -> None:
    with serving(ChatServer()) as gone:
        pass
    *_, last = stream(kind, gone)
    assert last.status == "failed"
    assert "cannot be reached" in str(last.error)
    assert ("ollama serve" in str(last.error)) == (kind == "ollama")


@KINDS
def test_a_follow_up_is_put_into_one_question_first(kind: str) -> None:
    history = (("Who was Mara Ellison?", "A patient. [1]"),)
    with serving(ChatServer(["How old was Mara Ellison?"])) as chat:
        answers = list(stream(kind, chat, history))
    assert "A patient." in str(chat.seen[0][1]["messages"])
    assert "A patient." not in str(chat.seen[1][1]["messages"])
    assert "How old was Mara Ellison?" in chat.asked
    assert answers[-1].standalone == "How old was Mara Ellison?"


def test_whoever_stops_reading_stops_the_model() -> None:
    with serving(ChatServer([f"{CONCLUDED} [1]. "] * 50_000)) as chat:
        answers = stream("openai", chat)
        for _ in range(3):
            next(answers)
        answers.close()  # type: ignore[attr-defined]
        assert chat.hung_up.wait(30)


@pytest.fixture
def environment_read_anew() -> Iterator[None]:
    get_env_var.cache_clear()
    yield
    get_env_var.cache_clear()


@pytest.mark.usefixtures("environment_read_anew")
def test_tracing_stays_off_whatever_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(ChatServer()) as smith, serving(ChatServer(PIECES)) as chat:
        monkeypatch.setenv("LANGSMITH_TRACING", "true")
        monkeypatch.setenv("LANGSMITH_API_KEY", "none")
        monkeypatch.setenv("LANGSMITH_ENDPOINT", smith.address)
        *_, last = stream("openai", chat)
        wait_for_all_tracers()
    assert last.status == "answered"
    assert smith.seen == []


def test_the_answer_is_the_same_whoever_the_model_is() -> None:
    first, second = (ask(kind, ChatServer(PIECES)) for kind in ("openai", "ollama"))
    assert replace(first, trace=second.trace) == replace(second)
