"""Passages, and answers of a scripted model to them, for the tests of answers by a connected model."""

from collections.abc import Sequence

from langchain_core.messages import AIMessageChunk

from eval.scripted import ScriptedChatModel
from rag.answer.faithfulness import WordOverlap
from rag.answer.generative import ChatAnswerer
from rag.schema import Answer, Passage
from rag.settings import load_settings
from rag.text.question import Question

QUESTION = "What did the coroner conclude?"


def passage(text: str, source: str = "report.txt", title: str = "Report on Mara Ellison", start: int = 100) -> Passage:
    return Passage(source, title, (), 1, start, start + len(text), text, (), {}, 1)


REPORT = passage(
    "The inquest heard evidence over four days. Mara Ellison was admitted on 12 March 2019. She was 34 years old. "
    "The coroner concluded that her death was an accident, contributed to by neglect. "
    "“The alarm had been switched off at night,” said the ward manager, Peter Jones."
)
POLICY = passage(
    "The trust has 56 days to respond. A new alarm policy was adopted in June 2020 by the board after the review.",
    "policy.txt",
    "Policy",
)
PASSAGES = (REPORT, POLICY)


def stream(
    *pieces: str | AIMessageChunk | Exception, passages: Sequence[Passage] = PASSAGES, **settings: object
) -> list[Answer]:
    """Every answer on the way, for a model that writes these pieces."""
    answerer = ChatAnswerer(
        load_settings(chat_model="", **settings), WordOverlap(), ScriptedChatModel(script=[list(pieces)])
    )
    return list(answerer.stream(Question.parse(QUESTION), passages))


def answer(*pieces: str | AIMessageChunk | Exception, **kwargs: object) -> Answer:
    """The complete answer."""
    return stream(*pieces, **kwargs)[-1]  # type: ignore[arg-type]
