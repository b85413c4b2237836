"""A chat model that asks its server as the server accepts it; knows no provider.

Some servers refuse `temperature`, some cannot stream, some are reached only below /v1. Each is found out from the
refusal, costs one more request to the same host, and is remembered.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.language_models.chat_models import generate_from_stream
from langchain_core.messages import AIMessageChunk, BaseMessage, BaseMessageChunk
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from pydantic import PrivateAttr, SkipValidation

from rag.errors import ModelUnavailable

_INVALID = (400, 405, 415, 422, 500, 501)  # statuses with which servers refuse a parameter, `stream` among them
_NOT_STREAMED = "No generation chunks"  # LangChain, where the server ignored `stream` and sent its reply whole
_VERSION = re.compile(r"/v\d")


@dataclass(frozen=True, slots=True)
class RequestForm:
    """How requests are made: with `temperature`, streamed, to this address."""

    address: str
    temperature: bool = True
    streaming: bool = True


class AdaptingChatModel(BaseChatModel):
    """Asks the model that `build` makes for a RequestForm; changes the form where the server refuses it.

    `adds_version`: an address without a version is tried with /v1 too. Raises ModelUnavailable where neither is found,
    else what the model raises.
    """

    build: SkipValidation[Callable[[RequestForm], BaseChatModel]]
    form: SkipValidation[RequestForm]
    adds_version: bool = False
    _model: BaseChatModel = PrivateAttr()

    def model_post_init(self, context: Any) -> None:
        """Build the model, so that a missing key is reported at once."""
        super().model_post_init(context)
        self._model = self.build(self.form)

    @property
    def _llm_type(self) -> str:
        return self._model._llm_type

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002 (LangChain's signature)
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        form, model, begun = self.form, self._model, False
        while True:
            try:
                with closing(model.stream(messages, stop=stop, **kwargs)) as pieces:  # type: ignore[type-var]
                    for piece in pieces:
                        begun, self.form, self._model = True, form, model
                        yield ChatGenerationChunk(message=_as_chunk(piece))
                return
            except Exception as error:  # the packages of the providers share no root
                changed = None if begun else self._changed(form, error)
                if changed is None:
                    self._report_address(form, error)
                    raise
            form, model = changed, self.build(changed)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return generate_from_stream(self._stream(messages, stop, run_manager, **kwargs))

    def _changed(self, form: RequestForm, error: Exception) -> RequestForm | None:
        """The form without what the server refused, None where it refused something else."""
        status, text = getattr(error, "status_code", None), str(error)
        if form.temperature and status in _INVALID and "temperature" in text:
            return replace(form, temperature=False)
        if form.streaming and (_NOT_STREAMED in text or (status in _INVALID and re.search(r"\bstream", text))):
            return replace(form, streaming=False)
        if status == 404 and self.adds_version and not _VERSION.search(urlsplit(form.address).path):
            return replace(form, address=f"{form.address.rstrip('/')}/v1")
        return None

    def _report_address(self, form: RequestForm, error: Exception) -> None:
        if form.address != self.form.address and getattr(error, "status_code", None) == 404:
            raise ModelUnavailable(
                f"Neither {_shown(self.form.address)!r} nor {_shown(form.address)!r} answers questions (404). Set"
                " RAG_CHAT_BASE_URL to the address in the server's instructions, and check the name of the model."
            ) from error


def _as_chunk(message: BaseMessage) -> BaseMessageChunk:
    """A reply that came whole, as the only piece of a stream."""
    if isinstance(message, BaseMessageChunk):
        return message
    return AIMessageChunk(**message.model_dump(exclude={"type"}))


def _shown(address: str) -> str:
    """An address without a user's name and password."""
    parts = urlsplit(address)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
