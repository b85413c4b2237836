"""What the page tells the server: values of an event, taken for what they are, and errors told back to the page."""

import functools
from collections.abc import AsyncIterator, Callable
from typing import ParamSpec, TypeVar

import gradio as gr

from rag.errors import RagError
from rag.ui.views.templates import text

P = ParamSpec("P")
R = TypeVar("R")
LONGEST = 5000  # characters of a value


def value(event: gr.EventData, name: str) -> str:
    """A value that came with an event, "" where it did not: a page can send anything."""
    data = event._data
    return str(data.get(name) or "")[:LONGEST] if isinstance(data, dict) else ""


def told(handler: Callable[P, R]) -> Callable[P, R]:
    """A handler whose errors are shown on the page; Gradio reads a message as HTML, so it is escaped."""

    @functools.wraps(handler)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return handler(*args, **kwargs)
        except RagError as error:
            raise _shown(error) from error

    return wrapped


def told_stream(handler: Callable[P, AsyncIterator[R]]) -> Callable[P, AsyncIterator[R]]:
    """The same for a handler that yields what it shows."""

    @functools.wraps(handler)
    async def wrapped(*args: P.args, **kwargs: P.kwargs) -> AsyncIterator[R]:
        try:
            async for shown in handler(*args, **kwargs):
                yield shown
        except RagError as error:
            raise _shown(error) from error

    return wrapped


def _shown(error: RagError) -> gr.Error:
    return gr.Error(str(text(error)), duration=15, print_exception=False)
