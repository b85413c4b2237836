"""Answers by a connected chat model, streamed; rag.answer.streaming makes Answers of its reply."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from langchain_core.messages import BaseMessage

from rag.answer import prompt as prompts
from rag.answer.answerer import REFUSAL_TOKEN, refusal
from rag.answer.faithfulness import WORD_OVERLAP, SupportScorer
from rag.answer.notes import commanding
from rag.answer.second_opinion import SecondOpinion
from rag.answer.streaming import MAX_REPLY, StreamingAnswer, text_of
from rag.errors import ModelUnavailable
from rag.models.chat import chat_model, chosen_model
from rag.models.chat_errors import stream_reply
from rag.schema import Answer, Passage, Trace, Turn
from rag.settings import Settings
from rag.text import condense as by_rule
from rag.text.markdown import plain_text
from rag.text.question import Question
from rag.text.reply_format import answer_in

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

MAX_CONDENSED = 500  # characters of a condensed question


class ChatAnswerer:
    """Answers with the connected model, and shows of its reply what the documents support.

    `model` stands in for the one that the settings name. Raises ConfigError where these name none or a wrong one.
    """

    def __init__(self, settings: Settings, scorer: SupportScorer = WORD_OVERLAP, model: "BaseChatModel | None" = None):
        if model is None:
            chosen_model(settings)
        self._settings, self._scorer, self._given = settings, scorer, model
        self.name = settings.chat_model or (model._llm_type if model else "")

    @cached_property
    def _model(self) -> "BaseChatModel":
        return self._given or chat_model(self._settings)

    def condense(self, question: str, history: Sequence[Turn]) -> str:
        """The question as it reads without the conversation, by the model; by rule where the model gives none."""
        if not history:
            return question
        conversation = prompts.format_history(history)
        values = {"question": question, "conversation": conversation, "fence": prompts.fence(conversation, question)}
        try:
            written = plain_text(answer_in(self._written("condense", values)))
        except ModelUnavailable:
            written = ""  # the answer will say what is wrong with the model; the passages can be found all the same
        usable = 0 < len(written) <= MAX_CONDENSED and "\n" not in written
        return written if usable else by_rule.condense(question, history)

    def stream(self, question: Question, passages: Sequence[Passage]) -> Iterator[Answer]:
        """The growing answer, with status "partial" until the last; the conversation is in the standalone question."""
        begun = Answer(question.text, question.standalone, "", None, "partial", 0.0, passages=tuple(passages))
        if not passages:
            trace = Trace(model=self.name)
            yield replace(begun, text=refusal(passages), status="not_in_documents", trace=trace)
            return
        values, shown = self._filled(question.standalone, passages)
        notes = (*commanding(shown), *_left_out(shown, passages, self._settings))
        twice = self._settings.check == "model"
        digest = "+".join(prompts.load_prompt(name).digest for name in ("answer", "check")[: 1 + twice])
        trace = Trace(prompt=prompts.filled("answer", values), model=self.name, prompt_digest=digest, notes=notes)
        begun = replace(begun, trace=trace)
        if not shown:
            yield replace(begun, status="failed", error=notes[-1])
            return
        yield begun
        context = self._settings.chat_context_tokens
        opinion = SecondOpinion(lambda asked: self._written("check", asked), context) if twice else None
        streaming = StreamingAnswer(question, begun, shown, self._settings.unsupported_sentences, self._scorer, opinion)
        with closing(self._replies("answer", values)) as stream:
            yield from streaming.answers(stream)

    def _filled(self, standalone: str, passages: Sequence[Passage]) -> tuple[dict[str, str], Sequence[Passage]]:
        """The values of the prompt, and the passages that it has room for."""
        values = {"question": standalone, "passages": "", "refusal": REFUSAL_TOKEN, "fence": "=" * 24}
        room = prompts.room_for_passages("answer", values, self._settings.chat_context_tokens)
        text, count = prompts.format_passages(passages, room)
        return values | {"passages": text, "fence": prompts.fence(text, standalone)}, passages[:count]

    def _written(self, name: str, values: dict[str, str]) -> str:
        """A whole reply, or its head where it does not end. Raises ModelUnavailable."""
        reply = ""
        with closing(self._replies(name, values)) as stream:
            for piece in stream:
                reply += text_of(piece)
                if len(reply) > MAX_REPLY:
                    break
        return reply

    def _replies(self, name: str, values: dict[str, str]) -> Generator[BaseMessage]:
        yield from stream_reply(prompts.load_prompt(name).chat | self._model, values, self._settings)


def _left_out(shown: Sequence[Passage], passages: Sequence[Passage], settings: Settings) -> tuple[str, ...]:
    """Says how many passages the prompt had room for, where it had not for all."""
    if len(shown) == len(passages):
        return ()
    room = f"RAG_CHAT_CONTEXT_TOKENS={settings.chat_context_tokens}"
    if not shown:
        return (f"{room} leaves no room for a single passage; raise it to what the model takes.",)
    return (f"The model was shown the first {len(shown)} of {len(passages)} passages; {room} has no room for more.",)
