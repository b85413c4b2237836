"""A reply on its way to an Answer: read as it grows, each sentence checked once, when it is complete.

Whatever the model or the way to it does wrong ends in an Answer with status "failed", a plain message and the passages.
Of a reply that breaks off midway the sentences that were checked and held are kept: each stands by itself, and the
message says that the rest is missing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from rag.answer.answerer import REFUSAL, refusal
from rag.answer.citations import Cited, Piece, compose, pieces, unknown
from rag.answer.faithfulness import Checked, check
from rag.answer.support import Support
from rag.errors import ModelUnavailable
from rag.schema import Answer, Passage, Status
from rag.text.question import Question

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

LONGEST = 20_000  # characters of a reply; no answer is that long, but a model may never end
# why a reply ended, in the words of OpenAI, Anthropic, Google and Ollama
_DECLINED = {"content_filter", "refusal", "SAFETY", "PROHIBITED_CONTENT", "BLOCKLIST"}
_CUT = {"length", "max_tokens", "MAX_TOKENS"}


class Writing:
    """One reply on its way to an Answer."""

    def __init__(
        self,
        question: Question,
        begun: Answer,
        shown: Sequence[Passage],
        unsupported: Literal["mark", "withdraw"],
        support: Support,
    ):
        self._question, self._begun, self._shown = question, begun, shown
        self._unsupported, self._support = unsupported, support
        self._verdicts: dict[tuple[str, tuple[int, ...]], Checked] = {}

    def grow(self, stream: Iterator["BaseMessage"]) -> Iterator[Answer]:
        """Answers as the reply grows; the last is complete."""
        reply, due, cut = "", 0, False
        try:
            for message in stream:
                reason = _stop_reason(message)
                if reason in _DECLINED or _declines(message):
                    raise ModelUnavailable(f"{self._begun.trace.model!r} declined to answer this question.")
                reply += text_of(message)
                cut = cut or reason in _CUT or len(reply) > LONGEST
                if len(reply) > LONGEST:
                    break
                if reply and len(reply) >= due:
                    # ever larger steps: reading the head again at every step stays linear in the length
                    due = len(reply) + max(24, len(reply) // 20)
                    yield self._growing(reply)
        except ModelUnavailable as error:
            yield self._failed(reply, str(error))
            return
        yield self._finished(reply[:LONGEST], cut)

    def _growing(self, reply: str) -> Answer:
        found = pieces(reply, finished=False)
        if not found:
            return replace(self._begun, trace=replace(self._begun.trace, reply=reply))
        cited = self._cited(found, [*map(self._verdict, found[:-1]), None])
        return self._answer(cited, found, reply, "partial")

    def _finished(self, reply: str, cut: bool) -> Answer:
        found = pieces(reply)
        if cut and len(found) > 1 and not found[-1].numbers:
            found = found[:-1]  # half a sentence
        if not found:
            return self._failed(
                reply, f"{self._begun.trace.model!r} returned nothing. Ask again or choose another model."
            )
        cited = self._cited(found, [self._verdict(piece) for piece in found])
        if cited.text == REFUSAL:
            cited = replace(cited, text=refusal(self._begun.passages))
        if cut:
            note = "The model's answer reached its length limit and is cut off."
            status: Status = "partial" if cited.status == "answered" else cited.status
            cited = replace(cited, status=status, notes=(*cited.notes, note))
        return self._answer(cited, found, reply, cited.status)

    def _failed(self, reply: str, error: str) -> Answer:
        """What was checked and held of a reply that broke off, and why it did."""
        found = pieces(reply, finished=False)[:-1]
        verdicts = [self._verdict(piece) for piece in found]
        held = [(p, v) for p, v in zip(found, verdicts, strict=True) if v.spans]
        if not held:
            trace = replace(self._begun.trace, reply=reply or None)
            return replace(self._begun, status="failed", error=error, trace=trace)
        cited = replace(self._cited([p for p, _ in held], [v for _, v in held]), confidence=0.0, notes=())
        error = f"{error} What is shown was checked; the rest of the answer is missing."
        return replace(self._answer(cited, found, reply, "failed"), error=error)

    def _answer(self, cited: Cited, found: Sequence[Piece], reply: str, status: Status) -> Answer:
        trace = replace(
            self._begun.trace,
            reply=reply,
            notes=(*self._begun.trace.notes, *cited.notes),
            dropped_markers=unknown(found, len(self._shown)),
        )
        return replace(
            self._begun,
            text=cited.text,
            status=status,
            confidence=cited.confidence,
            citations=cited.citations,
            sentences=cited.sentences,
            trace=trace,
        )

    def _cited(self, found: Sequence[Piece], verdicts: Sequence[Checked | None]) -> Cited:
        return compose(found, verdicts, self._question, self._unsupported)

    def _verdict(self, piece: Piece) -> Checked:
        key = (piece.claim, piece.numbers)
        if key not in self._verdicts:
            named = [self._shown[n - 1] for n in piece.numbers if 1 <= n <= len(self._shown)]
            self._verdicts[key] = check(piece.claim, named, self._shown, self._question, self._support)
        return self._verdicts[key]


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
    told = message.response_metadata
    return next((str(told[key]) for key in ("finish_reason", "stop_reason", "done_reason") if told.get(key)), "")
