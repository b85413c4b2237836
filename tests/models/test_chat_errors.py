"""Whatever a provider raises is said in plain words, without anything that looks like a key."""

import pytest

from rag.models.chat_errors import explain
from rag.settings import Settings

OLLAMA = Settings(chat_model="ollama:llama", chat_timeout=7)


class ContextOverflowError(Exception):
    pass


class ReadTimeout(Exception):
    pass


class StatusError(Exception):
    def __init__(self, status_code: int):
        super().__init__("the server said no")
        self.status_code = status_code


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (StatusError(404), "There is no model 'ollama:llama' (this computer). Get it with: ollama pull llama"),
        (StatusError(503), "'ollama:llama' (this computer) reports a server error. Ask again later."),
        (
            ContextOverflowError(),
            "context window of 'ollama:llama' (this computer). Set RAG_CHAT_CONTEXT_TOKENS=4096",
        ),
        (ReadTimeout(), "sent nothing for 7 seconds. Raise RAG_CHAT_TIMEOUT or ask again."),
        (ConnectionError("refused"), "'ollama:llama' cannot be reached (this computer). Start Ollama"),
    ],
)
def test_the_message_says_what_to_do_next(error: Exception, message: str) -> None:
    assert message in explain(error, OLLAMA)


def test_the_cause_of_an_error_counts() -> None:
    error = ValueError("something inside the package")
    error.__cause__ = StatusError(429)
    assert "rate limit or quota" in explain(error, OLLAMA)


def test_an_unknown_error_keeps_its_message_in_one_line_and_no_key() -> None:
    said = explain(ValueError("bad\nthing with sk-abcdefgh12345678 in it" + " x" * 500), OLLAMA)
    assert "ValueError: bad thing with … in it" in said
    assert "abcdefgh" not in said
    assert len(said) < 300
