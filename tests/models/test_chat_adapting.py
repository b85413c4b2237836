"""What servers refuse is asked for differently, once, at the same host, over real HTTP."""

from typing import Any

import pytest
from chatserver import ChatServer, serving
from langchain_core.language_models import BaseChatModel
from langchain_core.prompts import ChatPromptTemplate

from rag.errors import ModelUnavailable
from rag.models.chat import PROVIDERS, chat_model
from rag.models.chat_errors import stream_reply
from rag.settings import Settings, load_settings

PIECES = ["The valve ", "was shut."]
KINDS = pytest.mark.parametrize("kind", ["openai", "ollama"])
TOO_LONG = {
    "vLLM": "This model's maximum context length is 2048 tokens. However, you requested 9000 tokens.",
    "llama.cpp": "request (9000 tokens) exceeds the available context size (2048 tokens), try increasing it",
    "Anthropic": "prompt is too long: 9000 tokens > 2048 maximum",
    "Google": "The input token count (9000) exceeds the maximum number of tokens allowed (2048).",
}


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for provider in PROVIDERS.values():
        for name in (*provider.key_variables, *provider.address_variables):
            monkeypatch.delenv(name, raising=False)


def settings_for(chat: ChatServer, path: str = "/v1", kind: str = "openai") -> Settings:
    return load_settings(chat_model=f"{kind}:m", chat_base_url=chat.address + (path if kind == "openai" else ""))


def reply(settings: Settings, model: BaseChatModel | None = None) -> str:
    chain = ChatPromptTemplate.from_messages([("human", "{q}")]) | (model or chat_model(settings))
    return "".join(str(piece.text) for piece in stream_reply(chain, {"q": "Who shut it?"}, settings))


def requests(chat: ChatServer) -> list[tuple[str, bool, bool]]:
    """Path, whether `temperature` was sent, whether streaming was asked for."""
    return [(path, "temperature" in body, bool(body.get("stream"))) for path, body, _ in chat.seen]


@pytest.mark.parametrize("status", [400, 422])
def test_a_model_that_refuses_temperature_is_asked_without_from_then_on(status: int) -> None:
    def refuses(path: str, body: dict[str, Any]) -> tuple[int, str] | None:
        return (status, "Unsupported parameter: 'temperature'") if "temperature" in body else None

    with serving(ChatServer(PIECES, refuses=refuses)) as chat:
        settings = settings_for(chat)
        model = chat_model(settings)
        assert [reply(settings, model), reply(settings, model)] == ["The valve was shut."] * 2
    assert [temperature for _, temperature, _ in requests(chat)] == [True, False, False]


def test_a_server_that_refuses_to_stream_is_asked_for_the_whole_reply() -> None:
    def refuses(path: str, body: dict[str, Any]) -> tuple[int, str] | None:
        return (400, "stream=true is not supported") if body.get("stream") else None

    with serving(ChatServer(PIECES, refuses=refuses)) as chat:
        settings = settings_for(chat)
        model = chat_model(settings)
        assert [reply(settings, model), reply(settings, model)] == ["The valve was shut."] * 2
    assert [streamed for _, _, streamed in requests(chat)] == [True, False, False]


def test_a_server_that_ignores_stream_is_asked_for_the_whole_reply() -> None:
    with serving(ChatServer(PIECES, streams=False)) as chat:
        assert reply(settings_for(chat)) == "The valve was shut."
    assert [streamed for _, _, streamed in requests(chat)] == [True, False]


def test_an_address_without_v1_is_tried_with_it_and_remembered() -> None:
    def refuses(path: str, body: dict[str, Any]) -> tuple[int, str] | None:
        return None if path == "/v1/chat/completions" else (404, "Not Found")

    with serving(ChatServer(PIECES, refuses=refuses)) as chat:
        settings = settings_for(chat, path="")
        model = chat_model(settings)
        assert [reply(settings, model), reply(settings, model)] == ["The valve was shut."] * 2
    assert [path for path, *_ in requests(chat)] == ["/chat/completions", *["/v1/chat/completions"] * 2]


def test_where_both_addresses_fail_both_are_named() -> None:
    with serving(ChatServer(status=404)) as chat, pytest.raises(ModelUnavailable) as caught:
        reply(settings_for(chat, path="/"))
    assert f"Neither '{chat.address}/' nor '{chat.address}/v1'" in str(caught.value)
    assert "RAG_CHAT_BASE_URL" in str(caught.value) and "name of the model" in str(caught.value)
    assert len(chat.seen) == 2


def test_an_address_with_a_version_is_asked_once() -> None:
    with serving(ChatServer(status=404)) as chat, pytest.raises(ModelUnavailable, match="There is no model"):
        reply(settings_for(chat))
    assert len(chat.seen) == 1


def test_a_server_that_refuses_everything_is_asked_once_for_each_change() -> None:
    def refuses(path: str, body: dict[str, Any]) -> tuple[int, str] | None:
        return 400, "neither temperature nor stream is supported"

    with serving(ChatServer(refuses=refuses)) as chat, pytest.raises(ModelUnavailable, match="did not answer"):
        reply(settings_for(chat))
    assert [(t, s) for _, t, s in requests(chat)] == [(True, True), (False, True), (False, False)]


@KINDS
def test_nothing_is_sent_where_a_server_redirects_to(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    with (
        serving(ChatServer(PIECES)) as other,
        serving(ChatServer(redirect=other.address)) as chat,
        pytest.raises(ModelUnavailable, match=r"redirects to another address.*RAG_CHAT_BASE_URL"),
    ):
        reply(settings_for(chat, kind=kind))
    assert other.seen == []
    assert len(chat.seen) == 1


@KINDS
@pytest.mark.parametrize("status", [400, 500])
@pytest.mark.parametrize("message", TOO_LONG.values(), ids=TOO_LONG)
def test_a_prompt_over_the_context_window_names_the_setting_and_its_value(kind: str, status: int, message: str) -> None:
    with (
        serving(ChatServer(refuses=lambda path, body: (status, message))) as chat,
        pytest.raises(ModelUnavailable, match=r"RAG_CHAT_CONTEXT_TOKENS=2048 \(now 8192\)"),
    ):
        reply(settings_for(chat, kind=kind))
