"""A model's reply as it streams in -> growing Answers; each sentence is checked once, when it is complete.

Whatever goes wrong ends in an Answer with status "failed", a plain message and the passages. Of a reply that breaks off
the sentences that were checked and are supported are kept: each stands by itself, and the message says that the rest is
missing.
"""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from rag.answer.answerer import REFUSAL, refusal
from rag.answer.citations import ComposedReply, compose
from rag.answer.faithfulness import CheckedSentence, SupportScorer, check
from rag.answer.notes import time_warning
from rag.answer.prompt import prompt_line
from rag.answer.reply import ReplySentence, split_reply, unknown_markers
from rag.answer.second_opinion import Claim, Opinion, SecondOpinion
from rag.errors import ModelUnavailable
from rag.schema import Answer, Passage, Status
from rag.text.loose_markers import Citable, own_numbers
from rag.text.question import Question

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

MAX_REPLY = 20_000  # characters; no answer is that long, but a model may never end
_NAME_LETTERS = 3  # that a name has at least: "[1]" and "[a]" name no document
# why a reply ended, in the words of OpenAI, Anthropic, Google and Ollama
_DECLINED = {"content_filter", "refusal", "SAFETY", "PROHIBITED_CONTENT", "BLOCKLIST"}
_STOP_REASONS = ("finish_reason", "stop_reason", "done_reason", "stopReason", "done")
_CUT = {"length", "max_tokens", "MAX_TOKENS"}

_TOO_LONG = "The model's answer reached its length limit and is cut off."
_INCOMPLETE = "The model's answer ended before the model said that it is complete; something may be missing."


class StreamingAnswer:
    """The Answers that one reply makes; `begun` is the answer without it, `shown` the passages that the model saw."""

    def __init__(
        self,
        question: Question,
        begun: Answer,
        shown: Sequence[Passage],
        unsupported: Literal["mark", "withdraw"],
        scorer: SupportScorer,
        second_opinion: SecondOpinion | None = None,
    ):
        self._question, self._begun, self._shown = question, begun, shown
        self._unsupported, self._scorer, self._second_opinion = unsupported, scorer, second_opinion
        self._citable = _citable(shown)
        self._checks: dict[tuple[str, tuple[int, ...]], CheckedSentence] = {}

    def answers(self, messages: Generator["BaseMessage"]) -> Iterator[Answer]:
        """Answers as the reply grows; the last is complete."""
        reply, due, cut = "", 0, ""
        told = ended = False  # whether the provider tells anything of the reply, and whether that it has ended
        try:
            for message in messages:
                reason = _stop_reason(message)
                if reason in _DECLINED or _declines(message):
                    raise ModelUnavailable(f"{self._begun.trace.model!r} declined to answer this question.")
                reply += text_of(message)
                if reason in _CUT or len(reply) > MAX_REPLY:
                    cut = _TOO_LONG
                told, ended = told or bool(message.response_metadata), ended or bool(reason)
                if len(reply) > MAX_REPLY:
                    break
                if reply and len(reply) >= due:
                    # ever larger steps: reading the head again at every step stays linear in the length
                    due = len(reply) + max(24, len(reply) // 20)
                    yield self._growing(reply)
        except ModelUnavailable as error:
            yield self._failed(reply, str(error))
            return
        messages.close()  # before the model is asked again: many servers answer one request at a time
        if self._second_opinion:
            yield self._growing(reply[:MAX_REPLY])  # to be read until the model has been asked again
        yield self._finished(reply[:MAX_REPLY], cut or (_INCOMPLETE if told and not ended else ""))

    def _growing(self, reply: str) -> Answer:
        split = split_reply(reply, self._citable, finished=False)
        if not split:
            return replace(self._begun, trace=replace(self._begun.trace, reply=reply))
        composed = self._composed(split, [*map(self._check, split[:-1]), None])
        return self._answer(composed, split, reply, "partial")

    def _finished(self, reply: str, cut: str) -> Answer:
        """The complete answer. `cut`: the note on why the reply is not complete, "" where it is."""
        split = split_reply(reply, self._citable)
        if cut and len(split) > 1 and not split[-1].numbers:
            split = split[:-1]  # half a sentence
        if not split:
            return self._failed(
                reply, f"{self._begun.trace.model!r} returned nothing. Ask again or choose another model."
            )
        checks = [self._check(sentence) for sentence in split]
        opinion = self._opinion(split, checks)
        composed = self._composed(split, opinion.checks)
        composed = replace(composed, notes=(*composed.notes, *opinion.notes))
        if composed.text == REFUSAL:
            composed = replace(composed, text=refusal(self._begun.passages))
        if composed.citations:
            composed = replace(composed, notes=(*composed.notes, *time_warning(self._question)))
        if cut:
            status: Status = "partial" if composed.status == "answered" else composed.status
            composed = replace(composed, status=status, notes=(*composed.notes, cut))
        answer = self._answer(composed, split, reply, composed.status)
        if not opinion.asked:
            return answer
        trace = answer.trace
        prompt, reply = f"{trace.prompt}\n\n{opinion.asked}", f"{reply}\n\n{opinion.reply}"
        return replace(answer, trace=replace(trace, prompt=prompt, reply=reply))

    def _failed(self, reply: str, error: str) -> Answer:
        """What is supported of a reply that broke off, and why it did."""
        split = split_reply(reply, self._citable, finished=False)[:-1]
        checks = [self._check(sentence) for sentence in split]
        kept = [(sentence, check) for sentence, check in zip(split, checks, strict=True) if check.spans]
        if not kept:
            trace = replace(self._begun.trace, reply=reply or None)
            return replace(self._begun, status="failed", error=error, trace=trace)
        composed = self._composed([sentence for sentence, _ in kept], [check for _, check in kept])
        composed = replace(composed, confidence=0.0, notes=())
        error = f"{error} What is shown was checked; the rest of the answer is missing."
        return replace(self._answer(composed, split, reply, "failed"), error=error)

    def _answer(self, composed: ComposedReply, split: Sequence[ReplySentence], reply: str, status: Status) -> Answer:
        trace = replace(
            self._begun.trace,
            reply=reply,
            notes=(*self._begun.trace.notes, *composed.notes),
            dropped_markers=unknown_markers(split, len(self._shown)),
        )
        return replace(
            self._begun,
            text=composed.text,
            short=composed.short,
            status=status,
            confidence=composed.confidence,
            citations=composed.citations,
            sentences=composed.sentences,
            trace=trace,
        )

    def _composed(self, split: Sequence[ReplySentence], checks: Sequence[CheckedSentence | None]) -> ComposedReply:
        return compose(split, checks, self._question, self._unsupported)

    def _check(self, sentence: ReplySentence) -> CheckedSentence:
        key = (sentence.claim, sentence.numbers)
        if key not in self._checks:
            named = self._named(sentence)
            self._checks[key] = check(sentence.claim, named, self._shown, self._question, self._scorer)
        return self._checks[key]

    def _named(self, sentence: ReplySentence) -> list[Passage]:
        return [self._shown[n - 1] for n in sentence.numbers if 1 <= n <= len(self._shown)]

    def _opinion(self, split: Sequence[ReplySentence], checks: Sequence[CheckedSentence]) -> Opinion:
        """The checks, with what the model finds asked again, where it is to be asked."""
        if not self._second_opinion:
            return Opinion(tuple(checks))
        claims = []
        for sentence, checked in zip(split, checks, strict=True):
            named = self._named(sentence)
            corrected = [span.passage for span in checked.spans if span.passage not in named]
            claims.append(Claim(sentence.claim, checked, (*named, *corrected)))
        return self._second_opinion.of(self._question.standalone, claims)


def _citable(shown: Sequence[Passage]) -> Citable:
    """What a reply may cite: the passages by number, their documents by path, file name or title if only one has it."""
    sources: dict[str, set[str]] = {}
    for passage in shown:
        for name in (passage.source, passage.source.rpartition("/")[2], passage.title):
            if sum(map(str.isalpha, name)) >= _NAME_LETTERS:
                sources.setdefault(prompt_line(name).casefold(), set()).add(passage.source)
    numbers = {
        name: tuple(number for number, passage in enumerate(shown, 1) if passage.source in documents)
        for name, documents in sources.items()
        if len(documents) == 1
    }
    own = frozenset().union(*(own_numbers(passage.text) for passage in shown))
    return Citable(len(shown), numbers, own)


def text_of(message: "BaseMessage") -> str:
    """The text of a piece of a reply, without reasoning, and without halves of characters that nothing could encode."""
    return str(message.text).encode("utf-8", "replace").decode()


def _declines(message: "BaseMessage") -> bool:
    """Whether a piece of a reply is the provider's own form of a refusal."""
    blocks = message.content if isinstance(message.content, list) else []
    block = any(isinstance(b, dict) and b.get("type") == "refusal" for b in blocks)
    return block or bool(message.additional_kwargs.get("refusal"))


def _stop_reason(message: "BaseMessage") -> str:
    """Why the reply ended, "" where it goes on."""
    metadata = message.response_metadata
    return next((str(metadata[key]) for key in _STOP_REASONS if metadata.get(key)), "")
