"""The notes beside a quoted answer or a refusal: what whoever reads it should know."""

import math
import re
from collections.abc import Sequence

from rag.answer.hedges import hedge
from rag.answer.quotes import Quote, looked_up, similarity
from rag.retrieve.suggest import misspelt
from rag.schema import Passage
from rag.text.question import Question

_NOW = re.compile(
    r"\b(?:currently|nowadays|at present|presently|these days|right now|today)\b"
    r"|\b(?:the|an?|his|her|its|their|our) (current)\b"
    r"|\b(?:is|are|do|does|has|have)\b[^?]*\b(still)\b",
    re.I,
)


def about(question: Question, quotes: Sequence[Quote], passages: Sequence[Passage]) -> list[str]:
    """What should be known of an answer and its quotes."""
    notes = language(question)
    if looked_up(question, quotes):
        notes.append("This was looked up as words, for it asks nothing: the quoted sentences have all of them.")
    if now := _NOW.search(question.standalone):
        word = now[1] or now[2] or now[0]
        notes.append(f"{word!r} is what was so when the quoted document was written.")
    if question.exhaustive:
        read = len({p.source for p in passages})
        notes.append(
            f"{len(passages)} passages of {read} documents were read for this, not every document; there may be more."
        )
    if not looked_up(question, quotes) and _disagree(quotes):
        notes.append("Sources differ on this point; compare the quotes.")
    if warning := hedge(question.standalone, quotes[0].text):
        notes.append(warning)
    return notes


def language(question: Question) -> list[str]:
    """Warns of a question in a language that the search does not know."""
    warning = f"The question seems to be in {question.language}; the search knows English only and may miss the answer."
    return [warning] if question.language else []


def too_thin(found: float, threshold: float) -> str:
    """Says how much evidence there was, 0..1, and how much is needed."""
    shown = math.floor(100 * found) / 100  # what falls short must not look as if it did not
    return (
        f"The evidence that the documents answer this is {shown:.2f}; {threshold:.2f} is needed (RAG_ANSWER_THRESHOLD)."
    )


def meant(question: Question, passages: Sequence[Passage]) -> list[str]:
    """Names the words that may be misspelt, each with the one that was found."""
    return [
        f"No passage that was found has {asked!r}; did you mean {there!r}?"
        for asked, there in misspelt(question, passages)
    ]


def withheld(left: Sequence[Passage]) -> list[str]:
    """Says which passages were not quoted for what they tell whoever answers to do."""
    names = ", ".join(dict.fromkeys(passage.source for passage in left))
    return [f"Not quoted, because they give orders to whoever answers: passages of {names}."] if left else []


def _disagree(quotes: Sequence[Quote]) -> bool:
    """Whether two sources say nearly the same with different answers in it."""
    first = quotes[0]
    others = [q for q in quotes[1:] if q.source != first.source]
    return any(q.short and first.short and similarity(q.short, first.short) < 0.5 for q in others)
