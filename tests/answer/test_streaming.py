"""A reply that streams in: each Answer on the way is sound, and whatever goes wrong ends in one."""

from collections.abc import Generator

from chatkit import PASSAGES, QUESTION
from langchain_core.messages import AIMessageChunk, BaseMessage

from rag.answer.faithfulness import WordOverlap
from rag.answer.streaming import MAX_REPLY, StreamingAnswer
from rag.errors import ModelUnavailable
from rag.schema import Answer
from rag.text.question import Question

AGE = "She was 34 years old [1]."
SHOWN = "She was 34 years old. [1]"


def answers(*messages: BaseMessage | Exception) -> list[Answer]:
    def arriving() -> Generator[BaseMessage]:
        for message in messages:
            if isinstance(message, Exception):
                raise message
            yield message

    begun = Answer(QUESTION, QUESTION, "", None, "partial", 0.0, passages=PASSAGES)
    streaming = StreamingAnswer(Question.parse(QUESTION), begun, PASSAGES, "mark", WordOverlap())
    return list(streaming.answers(arriving()))


def test_a_sentence_is_cited_once_the_next_one_begins() -> None:
    growing = answers(AIMessageChunk(f"{AGE} "), AIMessageChunk("The inquest heard evidence over four days [1]."))
    assert [len(a.citations) for a in growing] == [0, 1, 2]
    assert [a.status for a in growing] == ["partial", "partial", "answered"]


def test_a_reply_that_breaks_off_keeps_what_is_supported() -> None:
    last = answers(AIMessageChunk(f"{AGE} She was "), ModelUnavailable("The line is down."))[-1]
    assert (last.status, last.text) == ("failed", SHOWN)
    assert last.error and last.error.startswith("The line is down. ") and last.confidence == 0.0


def test_a_reply_that_was_cut_says_so() -> None:
    cut = AIMessageChunk("", response_metadata={"finish_reason": "length"})
    last = answers(AIMessageChunk(f"{AGE} And the"), cut)[-1]
    assert (last.status, last.text) == ("partial", SHOWN)
    assert any("length limit" in note for note in last.trace.notes)


def test_a_reply_that_ends_without_a_reason_says_that_something_may_be_missing() -> None:
    told = {"model_provider": "openai"}
    last = answers(AIMessageChunk(f"{AGE} And the", response_metadata=told))[-1]
    assert (last.status, last.text) == ("partial", SHOWN)
    assert "something may be missing" in last.trace.notes[-1]
    ended = AIMessageChunk("", response_metadata=told | {"finish_reason": "stop"})
    last = answers(AIMessageChunk(AGE, response_metadata=told), ended)[-1]
    assert (last.status, last.trace.notes) == ("answered", ())


def test_a_reply_without_end_is_ended() -> None:
    last = answers(*(AIMessageChunk("la " * 1000) for _ in range(1000)))[-1]
    assert last.trace.reply and len(last.trace.reply) <= MAX_REPLY


def test_an_empty_reply_is_a_failed_answer_with_the_passages() -> None:
    (last,) = answers(AIMessageChunk(""))
    assert last.status == "failed" and last.error and last.passages == PASSAGES
