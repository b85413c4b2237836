"""Streaming the reply of a chat model, and its errors in plain words; knows no provider.

LangSmith tracing is off during every call, whatever the environment says: it would send the passages to a host that
no message names.
"""

import re
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from langsmith.run_helpers import tracing_context

from rag.errors import ModelUnavailable
from rag.models.chat import chosen_model
from rag.settings import Settings

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage
    from langchain_core.runnables import Runnable

# HTTP status, pattern of class names of the error and its bases, message; the first that matches. The packages share no
# error class: some use LangChain's ModelError, others their own and those of httpx, which agree on these names
_MESSAGES: list[tuple[Collection[int], str, str]] = [
    (
        range(300, 400),
        r"Redirect",
        "{host} redirects to another address; nothing was sent there. Set RAG_CHAT_BASE_URL to the final address.",
    ),
    ((401, 403), r"Authentication|PermissionDenied", "{model} ({host}) refused the key. Check {keys}."),
    (
        (413,),
        r"ContextOverflow",
        "The passages do not fit the context window of {model} ({host}). Set RAG_CHAT_CONTEXT_TOKENS={fitting} (now"
        " {context}), or start its server with a larger one.",
    ),
    ((404,), r"NotFound", "There is no model {model} ({host}). {missing_model_hint}"),
    ((429,), r"RateLimit", "{model} ({host}) has reached a rate limit or quota. Ask again later."),
    (range(500, 600), r"ModelAPIError|Overloaded", "{model} ({host}) reports a server error. Ask again later."),
    (
        (408,),
        r"Timeout",
        "{model} ({host}) sent nothing for {timeout:g} seconds. Raise RAG_CHAT_TIMEOUT or ask again.",
    ),
    ((), r"RemoteProtocol|ReadError|IncompleteRead|ConnectionReset", "The connection to {model} ({host}) broke off."),
    ((), r"Connect", "{model} cannot be reached ({host}). {unreachable_hint}"),
    ((), r"", "{model} ({host}) did not answer: {error}"),
]
_OVERFLOW = re.compile(r"context (length|window|size)|context_length|prompt is too long|input token count", re.I)
# the size of the window, in the words of vLLM and OpenAI, llama.cpp, Anthropic and Google
_WINDOW = re.compile(
    r"context length (?:is|of) (\d+)|context size \((\d+)|> (\d+) maximum|tokens allowed \((\d+)", re.I
)
_SMALLEST = 1024  # of RAG_CHAT_CONTEXT_TOKENS
_KEY = re.compile(r"[A-Za-z]{2,6}[-_][\w-]{8,}")


def stream_reply(
    chain: "Runnable[dict[str, str], BaseMessage]", values: dict[str, str], settings: Settings
) -> Iterator["BaseMessage"]:
    """Stream a reply. Raises ModelUnavailable, in plain words, whatever goes wrong.

    Leaving the loop early closes the connection.
    """
    stream = chain.stream(values)
    while True:
        # around each step, not the loop: each piece may be consumed in another context
        with tracing_context(enabled=False):
            try:
                piece = next(stream)
            except StopIteration:
                return
            except ModelUnavailable:
                raise
            except Exception as error:  # four packages, four trees of errors, no common root
                raise ModelUnavailable(explain(error, settings)) from error
        yield piece


def explain(error: BaseException, settings: Settings) -> str:
    """What went wrong, in one or two plain sentences with the next step."""
    causes = [error]
    while cause := causes[-1].__cause__:
        causes.append(cause)
    statuses = [s for c in causes if isinstance(s := getattr(c, "status_code", None), int)]
    kinds = " ".join(kind.__name__ for c in causes for kind in type(c).__mro__)
    if _OVERFLOW.search(str(error)):
        statuses = [413]  # servers report it as 400, 422 or 500
    message = next(
        message
        for codes, names, message in _MESSAGES
        if (not codes and not names) or not set(codes).isdisjoint(statuses) or (names and re.search(names, kinds))
    )
    chosen = chosen_model(settings)
    keys = chosen.provider.key_variables if chosen else ()
    return message.format(
        model=repr(settings.chat_model) if chosen else "the chat model",
        host=chosen.host if chosen else "its server",
        keys=" or ".join(keys) or "what the server requires",
        context=settings.chat_context_tokens,
        fitting=_fitting(str(error), settings.chat_context_tokens),
        missing_model_hint=chosen.provider.missing_model_hint.format(model=chosen.model) if chosen else "",
        unreachable_hint=chosen.provider.unreachable_hint if chosen else "",
        timeout=settings.chat_timeout,
        error=_original(error),
    )


def _fitting(error: str, context: int) -> int:
    """A context window that should fit: the one that the server names, less where the estimate of ours was too low."""
    found = _WINDOW.search(error)
    window = next(int(size) for size in found.groups() if size) if found else context // 2
    return max(_SMALLEST, window if window < context else context * 3 // 4)


def _original(error: BaseException) -> str:
    """The message of the provider, short and in one line, without anything that looks like a key."""
    text = " ".join("".join(c if c.isprintable() else " " for c in str(error)).split())
    return f"{type(error).__name__}: {_KEY.sub('…', text)[:200]}"
