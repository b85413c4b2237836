"""A question and its Answer: sentences with numbered chips, how sure it is, its sources, what can be done with it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rag.answer.answerer import REFUSAL
from rag.export.blocks import blocks
from rag.schema import Answer, Citation, Passage
from rag.shown import UNSURE, counted
from rag.ui.document_view import excerpt_around
from rag.ui.views.prose import place_of, prose
from rag.ui.views.rating import rating
from rag.ui.views.templates import Markup, render

_NONE: Mapping[str, str] = {}
CLOSEST = 3  # passages offered where there is no answer


@dataclass(frozen=True, slots=True)
class Shown:
    """A turn on the page. `key`: its conversation and number; `last`: it may change; `verdict`: how it was rated."""

    answer: Answer
    key: str
    last: bool = False
    verdict: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """A cited document. `first`: its first citation; `pages`: those that are cited, in words."""

    first: Citation
    title: str
    pages: str


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A passage as a card: where it is, and its words, cut to those nearest to an answer."""

    passage: Passage
    place: str
    words: str


def turn(shown: Shown, titles: Mapping[str, str]) -> Markup:
    """A finished turn. `titles`: title of a document by its source."""
    body = _BODIES.get(shown.answer.status, _answered)(shown.answer, titles)
    verdict = rating(shown.answer, shown.key, shown.verdict)
    unread = shown.last and shown.answer.trace.unread != 0
    return render("turn.html", "turn", shown=shown, body=body, rating=verdict, unread=unread)


def working(
    question: str,
    stage: str,
    answer: Answer | None = None,
    titles: Mapping[str, str] = _NONE,
    *,
    followed: bool = True,
) -> Markup:
    """A turn that is being answered: the stage it is in, and what is written so far; not `followed`: the page asks for
    the rest.
    """
    written = prose(answer, titles, growing=True) if answer and answer.text else ""
    return render("turn.html", "working", text=question, stage=stage, prose=written, followed=followed)


def stage(step: Answer | int | None, searched: int | None) -> str:
    """What is being done for a question, in a few words. `step`: the answer so far, its position in the queue, or None
    while `searched` documents are searched, None: those that pass a filter.
    """
    if step is None:
        return "Searching" if searched is None else f"Searching {counted(searched, 'document')}"
    if isinstance(step, int):
        return f"Waiting for others: number {step} in the queue"
    if step.text:
        return "Writing, and checking each sentence"
    documents = len({passage.source for passage in step.passages})
    return f"Reading {counted(len(step.passages), 'passage')} of {counted(documents, 'document')}"


def editing() -> Markup:
    """A note that the next question replaces the last."""
    return render("turn.html", "editing")


def trouble(message: str) -> Markup:
    """A message about what went wrong."""
    return render("parts.html", "warning", message=message)


def _answered(answer: Answer, titles: Mapping[str, str]) -> Markup:
    return render(
        "turn.html",
        "answered",
        answer=answer,
        prose=prose(answer, titles),
        checked=_checked(answer),
        unsure=answer.confidence < UNSURE,
        sources=list(_sources(answer, titles)),
    )


def _checked(answer: Answer) -> str:
    """How the sentences of an answer were checked, and with what result."""
    if answer.trace.model == "quotes":
        return "Quoted word for word"
    if weak := sum(sentence.support != "supported" for sentence in answer.sentences):
        return f"{weak} of {counted(len(answer.sentences), 'sentence')} not fully supported"
    return "Every sentence checked against its source"


def _sources(answer: Answer, titles: Mapping[str, str]) -> Iterator[Source]:
    """The documents cited, each once, in the order of their first citation; none where each quote has its own."""
    if blocks(answer):
        return
    for name in dict.fromkeys(citation.source for citation in answer.citations):
        cited = [citation for citation in answer.citations if citation.source == name]
        yield Source(cited[0], titles.get(name) or name, _pages(cited))


def _pages(cited: Sequence[Citation]) -> str:
    pages = sorted({c.page for c in cited if c.page})
    return f"page{'s' if len(pages) > 1 else ''} {', '.join(map(str, pages))}" if pages else ""


def _uncertain(answer: Answer, titles: Mapping[str, str]) -> Markup:
    """The closest sentences with their sources, framed so that nobody takes them for an answer.

    Where none is cited, the question is asked back.
    """
    if not answer.citations:
        return _answered(answer, titles)
    return render(
        "turn.html",
        "uncertain",
        answer=answer,
        prose=prose(answer, titles),
        sources=list(_sources(answer, titles)),
    )


def _refused(answer: Answer, titles: Mapping[str, str]) -> Markup:
    """A refusal is a result: it says what was read and offers the closest passages."""
    bare = not answer.text or answer.text.startswith(REFUSAL)
    return render(
        "turn.html",
        "refused",
        answer=answer,
        refusal=REFUSAL if bare else answer.text,
        closest=_closest(answer, titles),
    )


def _failed(answer: Answer, titles: Mapping[str, str]) -> Markup:
    """What went wrong and what to do; what was found is still there."""
    return render(
        "turn.html",
        "failed",
        answer=answer,
        message=answer.error or "The question could not be answered; ask it again.",
        prose=prose(answer, titles) if answer.text else "",
        closest=_closest(answer, titles),
    )


def _closest(answer: Answer, titles: Mapping[str, str]) -> list[Excerpt]:
    found = []
    for passage in answer.passages[:CLOSEST]:
        at = passage.spans[0].start if passage.spans else passage.start
        found.append(Excerpt(passage, place_of(passage, titles), "".join(excerpt_around(passage, at, at))))
    return found


_BODIES = {"uncertain": _uncertain, "not_in_documents": _refused, "failed": _failed}
