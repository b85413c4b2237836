"""What a handler of the page needs: the values of an event, and its errors shown on the page."""

import functools
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import ParamSpec, TypeVar

import gradio as gr

from rag.errors import RagError
from rag.ui.views.templates import text

P = ParamSpec("P")
R = TypeVar("R")
MAX_VALUE = 5000  # characters


def event_value(event: gr.EventData, name: str) -> str:
    """A value that came with an event, "" where it did not: a page can send anything."""
    with suppress(AttributeError, TypeError):
        return str(getattr(event, name) or "")[:MAX_VALUE]
    return ""


def shows_errors(handler: Callable[P, R]) -> Callable[P, R]:
    """A handler whose errors are shown on the page; Gradio reads a message as HTML, so it is escaped."""

    @functools.wraps(handler)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return handler(*args, **kwargs)
        except RagError as error:
            raise _as_gradio(error) from error

    return wrapped


def shows_stream_errors(handler: Callable[P, AsyncIterator[R]]) -> Callable[P, AsyncIterator[R]]:
    """The same for a handler that yields."""

    @functools.wraps(handler)
    async def wrapped(*args: P.args, **kwargs: P.kwargs) -> AsyncIterator[R]:
        try:
            async for update in handler(*args, **kwargs):
                yield update
        except RagError as error:
            raise _as_gradio(error) from error

    return wrapped


def _as_gradio(error: RagError) -> gr.Error:
    return gr.Error(str(text(error)), duration=15, print_exception=False)
