"""The protocol of what answers from passages, by quoting or with a chat model, and the form of refusals and quotes."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from rag.schema import Answer, Passage, Sentence, Turn
from rag.text.markdown import sanitize
from rag.text.markers import escape_in_passage
from rag.text.normalize import strip_controls
from rag.text.question import Question

REFUSAL = "I found no answer in the documents."
"""What an answer says when none was found: it claims nothing of what was not read."""
REFUSAL_TOKEN = "NOT_IN_DOCUMENTS"  # noqa: S105 (no password)
"""What the prompt asks a model to say then: the same in every language, and never shown."""
_NAMED_PASSAGES = 3


def refusal(passages: Sequence[Passage]) -> str:
    """The refusal, with the places of the closest passages."""
    places = []
    for passage in passages[:_NAMED_PASSAGES]:
        page = f", p. {passage.page}" if passage.page else ""
        place = " › ".join([f"{passage.source}{page}", *passage.headings[-1:]])
        places.append(sanitize(escape_in_passage(" ".join(strip_controls(place).split()))))
    named = "; ".join(dict.fromkeys(places))
    return f"{REFUSAL} Closest, but no answer: {named}." if named else REFUSAL


def cited_lines(lines: Sequence[tuple[str, Sequence[int]]]) -> tuple[str, tuple[Sentence, ...]]:
    """The text of an answer with these lines, each with its markers behind it; its sentences are lines with markers."""
    text, sentences = "", []
    for line, markers in lines:
        said = f"{line} {''.join(f'[{marker}]' for marker in markers)}" if markers else line
        start = len(text) + bool(text)
        text += ("\n" if text else "") + said
        if markers:
            sentences.append(Sentence(said, start, start + len(said), tuple(markers), "supported"))
    return text, tuple(sentences)


class Answerer(Protocol):
    """Answers a question from its passages, and from nothing else."""

    name: str
    """ "quotes", or the chat model as in "openai:gpt-4o"."""

    def condense(self, question: str, history: Sequence[Turn]) -> str:
        """The question as it reads without the conversation before it."""
        ...

    def stream(self, question: Question, passages: Sequence[Passage]) -> Iterator[Answer]:
        """The growing answer; the last one is complete. Whatever goes wrong is an Answer with status "failed"."""
        ...
