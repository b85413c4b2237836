"""Notes beside an answer, or beside its refusal."""

import math
import re
from collections.abc import Sequence

from rag.answer.guards import commands_model
from rag.answer.quotes import Quote, looked_up, similarity
from rag.retrieve.suggest import misspelled
from rag.schema import Passage
from rag.text.question import Question

SAME_ANSWER = 0.5  # share of common words below which two short answers differ
_PRESENT = re.compile(
    r"\b(?:currently|nowadays|at present|presently|these days|right now|today)\b"
    r"|\b(?:the|an?|his|her|its|their|our) (current)\b"
    r"|\b(?:is|are|do|does|has|have)\b[^?]*\b(still)\b",
    re.I,
)


def answer_notes(question: Question, quotes: Sequence[Quote], passages: Sequence[Passage]) -> list[str]:
    """Notes on an answer that quotes."""
    notes = language_warning(question)
    is_lookup = looked_up(question, quotes)
    if is_lookup:
        notes.append("This asks nothing and was looked up as keywords: the quoted sentences have all of them.")
    notes += time_warning(question)
    if question.exhaustive:
        sources = len({p.source for p in passages})
        notes.append(
            f"{len(passages)} passages of {sources} documents were read, not every document; there may be more."
        )
    if not is_lookup and _disagree(quotes):
        notes.append("Sources differ on this point; compare the quotes.")
    return notes


def language_warning(question: Question) -> list[str]:
    """Warns of a question in a language that the search does not know."""
    warning = f"The question seems to be in {question.language}; the search knows English only and may miss the answer."
    return [warning] if question.language else []


def time_warning(question: Question) -> list[str]:
    """Says what "current" means in a question that asks about the present."""
    present = _PRESENT.search(question.standalone)
    word = present and (present[1] or present[2] or present[0])
    return [f"{word!r} refers to the time when the quoted document was written."] if word else []


def weak_evidence(evidence: float, threshold: float) -> str:
    """Says how much evidence there was, 0..1, and how much is needed."""
    shown = math.floor(100 * evidence) / 100  # what falls short must not look as if it did not
    return f"The evidence that the documents answer this is {shown:.2f}; {threshold:.2f} is needed."


def unknown_names(names: Sequence[str]) -> list[str]:
    """Says which names no document has."""
    return [f"No document mentions {', '.join(map(repr, names))}."] if names else []


def spelling_suggestions(question: Question, passages: Sequence[Passage]) -> list[str]:
    """Names the words of a question that may be misspelled, each with the closest one in the passages."""
    return [
        f"No passage that was found has {asked!r}; did you mean {known!r}?"
        for asked, known in misspelled(question, passages)
    ]


def commanding(passages: Sequence[Passage]) -> list[str]:
    """Names the documents of passages that address a language model; read them before relying on an answer."""
    sources = ", ".join(dict.fromkeys(passage.source for passage in passages if commands_model(passage)))
    warning = "Some text gives orders to a language model; read it before relying on the answer"
    return [f"{warning}: passages of {sources}."] if sources else []


def _disagree(quotes: Sequence[Quote]) -> bool:
    """Whether two sources say nearly the same with different answers."""
    first = quotes[0]
    others = [q for q in quotes[1:] if q.source != first.source]
    return any(q.short and first.short and similarity(q.short, first.short) < SAME_ANSWER for q in others)
