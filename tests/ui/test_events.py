"""Values of events are taken as text, whatever a page sends; errors are shown as text."""

import asyncio
from collections.abc import AsyncIterator

import gradio as gr
import pytest

from rag.errors import ConfigError
from rag.ui.events import MAX_VALUE, event_value, shows_errors, shows_stream_errors

MESSAGE = "the model '<b>x</b>' is not offered"


@pytest.mark.parametrize("data", [None, [], "key", 7, {"other": "a"}, {"key": None}])
def test_a_value_that_was_not_sent_is_empty(data: object) -> None:
    assert event_value(gr.EventData(None, data), "key") == ""


def test_a_value_is_text_of_limited_length() -> None:
    assert event_value(gr.EventData(None, {"key": 7}), "key") == "7"
    assert len(event_value(gr.EventData(None, {"key": "x" * (MAX_VALUE + 1)}), "key")) == MAX_VALUE


@shows_errors
def fails() -> None:
    raise ConfigError(MESSAGE)


@shows_stream_errors
async def fails_late() -> AsyncIterator[int]:
    yield 1
    raise ConfigError(MESSAGE)


async def read() -> list[int]:
    return [step async for step in fails_late()]


def test_our_own_errors_are_shown_escaped() -> None:
    for call in (fails, lambda: asyncio.run(read())):
        with pytest.raises(gr.Error) as shown:
            call()
        assert shown.value.message == "the model &#39;&lt;b&gt;x&lt;/b&gt;&#39; is not offered"
