"""The chat model of the tests keeps the contract of the real ones."""

import pytest
from langchain_core.messages import HumanMessage

from eval.scripted import ScriptedChatModel


def test_replies_are_streamed_in_turn_and_errors_are_raised() -> None:
    model = ScriptedChatModel(script=[["It ", "sank."], ["It ", ConnectionError("gone")]])
    assert [piece.text for piece in model.stream([HumanMessage("why?")]) if piece.text] == ["It ", "sank."]
    with pytest.raises(ConnectionError, match="gone"):
        list(model.stream([HumanMessage("when?")]))
    assert [messages[0].content for messages in model.asked] == ["why?", "when?"]
