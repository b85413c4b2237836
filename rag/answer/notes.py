"""Notes beside an answer, or beside its refusal."""

import re
from collections.abc import Sequence
from dataclasses import replace

from rag.answer.guards import commands_model
from rag.answer.quotes import Quote, looked_up, similarity
from rag.schema import Answer, Passage
from rag.shown import UNSURE, counted
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
        read = f"{len(passages)} passages of {sources} document{'' if sources == 1 else 's'} were read"
        notes.append(f"{read}, not every document; there may be more.")
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


def weak_evidence(evidence: float) -> str:
    """Says in words how likely it is, 0..1, that what was read answers the question, where that is not enough."""
    if evidence >= UNSURE:
        return "They probably answer the question; that is not certain enough to be called an answer."
    return "It is unsure whether they answer the question."


def unanswered(answer: Answer, documents: int, meant: str) -> Answer:
    """What is not answered, with a note of how much was read and the question as it may have been `meant`.

    `documents`: how many were searched. A question that is asked back is left as it is.
    """
    if answer.status == "uncertain" and not answer.citations:
        return answer
    others = () if meant == answer.standalone else (meant,)
    trace = replace(answer.trace, notes=(*_read_of(answer.passages, documents), *answer.trace.notes))
    return replace(answer, suggestions=(*answer.suggestions, *others), trace=trace)


def _read_of(passages: Sequence[Passage], documents: int) -> list[str]:
    if not passages:
        return []
    read, sources = len(passages), len({passage.source for passage in passages})
    of = (
        "the document"
        if documents == 1
        else f"{'all' if sources == documents else f'{sources} of'} {documents} documents"
    )
    return [f"{read} passage{' of' if read == 1 else 's of'} {of} {'was' if read == 1 else 'were'} read."]


def being_read(files: int | None) -> tuple[str, ...]:
    """Says that files are still being read into the index, None: of an unknown number, and offers to ask again."""
    if files is None:
        return ("Files are still being read; ask again when that is done.",)
    if not files:
        return ()
    are, they = ("is", "it is") if files == 1 else ("are", "they are")
    return (f"{counted(files, 'file')} {are} still being read; ask again when {they} done.",)


def with_unread(answer: Answer, files: int | None) -> Answer:
    """The answer with a note that so many files were still being read when it was asked for."""
    return replace(answer, trace=replace(answer.trace, unread=files, notes=(*answer.trace.notes, *being_read(files))))


def unknown_words(words: Sequence[str]) -> str:
    """Says that a question is about nothing that the documents speak of."""
    return f"{'This word does not occur' if len(words) == 1 else 'None of these words occurs'} in the documents."


def unknown_names(names: Sequence[str]) -> list[str]:
    """Says which names no document has."""
    return [f"No document mentions {', '.join(map(repr, names))}."] if names else []


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
