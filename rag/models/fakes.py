"""Models for tests: an encoder without weights, and a chat model that gives scripted replies."""

# ruff: noqa: ARG002 (LangChain's signatures)

import hashlib
import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import ConfigDict, Field, SkipValidation

_WORD = re.compile(r"\w+")


class HashEncoder:
    """Bag of words: each word adds to one dimension, chosen by its hash. Deterministic and instant."""

    digest = "hash-v1"
    dimension = 64

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Encode texts to float32 [len(texts), dimension], each row of unit length."""
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for vector, text in zip(vectors, texts, strict=True):
            for word in _WORD.findall(text.lower()) or [""]:
                at = hashlib.blake2b(word.encode(), digest_size=2).digest()
                vector[at[0] % self.dimension] += 1 if at[1] % 2 else -1
            if not vector.any():  # words that cancelled each other out
                vector[0] = 1
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors


class ScriptedChatModel(BaseChatModel):
    """Streams one reply after the other, each a list of pieces; an exception among the pieces is raised.

    `asked` keeps the messages of every call. The evals also use it as a model that obeys a hostile document.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    script: SkipValidation[list[list[str | AIMessageChunk | Exception]]]
    asked: list[list[BaseMessage]] = Field(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        self.asked.append(messages)
        for piece in self.script[len(self.asked) - 1]:
            if isinstance(piece, Exception):
                raise piece
            message = AIMessageChunk(content=piece) if isinstance(piece, str) else piece
            yield ChatGenerationChunk(message=message)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        pieces = [str(chunk.message.text) for chunk in self._stream(messages, stop, run_manager, **kwargs)]
        return ChatResult(generations=[ChatGeneration(message=AIMessage(content="".join(pieces)))])
