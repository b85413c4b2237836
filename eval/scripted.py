"""A chat model that gives scripted replies, for tests and evals."""

# ruff: noqa: ARG002 (LangChain's signatures)

from collections.abc import Iterator
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import ConfigDict, Field, SkipValidation


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
