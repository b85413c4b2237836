"""The fakes keep the contracts of what they stand for."""

import numpy as np
import pytest
from langchain_core.messages import HumanMessage

from rag.models.fakes import HashEncoder, ScriptedChatModel


def test_texts_of_the_same_words_have_the_same_unit_vector() -> None:
    vectors = HashEncoder().encode(["the lamp was out", "Out was the lamp!", "ferry", ""])
    assert np.array_equal(vectors[0], vectors[1])
    assert not np.allclose(vectors[0], vectors[2])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    assert HashEncoder().encode([]).shape == (0, HashEncoder.dimension)


def test_replies_are_streamed_in_turn_and_errors_are_raised() -> None:
    model = ScriptedChatModel(script=[["It ", "sank."], ["It ", ConnectionError("gone")]])
    assert [piece.text for piece in model.stream([HumanMessage("why?")]) if piece.text] == ["It ", "sank."]
    with pytest.raises(ConnectionError, match="gone"):
        list(model.stream([HumanMessage("when?")]))
    assert [messages[0].content for messages in model.asked] == ["why?", "when?"]
