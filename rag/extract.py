"""The embedded answerer: quotes the sentences that answer, verbatim and cited, or says that none does.

The reader marks a span; the sentence around it is the quote. Without the reader's weights sentences are compared with
the question by shared words, which answers less well and refuses less well.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from rag.answerer import refusal
from rag.confidence import Judge
from rag.followup import condense
from rag.question import foreign_language, needs_all
from rag.quotes import Quote, alike, quotes_for
from rag.schema import Answer, Citation, Passage, Sentence, Status, Trace, Turn


class QuotesAnswerer:
    """Answers by quoting; needs no model but the bundled ones."""

    name = "quotes"

    def __init__(self, judge: Judge, threshold: float):
        self._judge, self._threshold = judge, threshold

    def condense(self, question: str, history: Sequence[Turn]) -> str:
        """The question so that it stands without the conversation, by rule."""
        return condense(question, history)

    def stream(
        self,
        question: str,
        standalone: str,
        passages: Sequence[Passage],
        history: Sequence[Turn],  # noqa: ARG002
    ) -> Iterator[Answer]:
        """One Answer, complete: quoting takes no longer than showing it."""
        quotes = quotes_for(standalone, passages)
        verdict = self._judge.verdict(standalone, passages, quotes)
        sure, read = verdict.confidence, tuple(passages)
        found = Answer(question, standalone, refusal(passages), None, "not_in_documents", sure, passages=read)
        if quotes and verdict.evidence >= self._threshold:
            text, sentences, citations = _written(quotes)
            status: Status = "partial" if needs_all(standalone) else "answered"
            found = Answer(question, standalone, text, quotes[0].short, status, sure, citations, sentences, read)
        yield _with_notes(found, quotes)


def _written(quotes: Sequence[Quote]) -> tuple[str, tuple[Sentence, ...], tuple[Citation, ...]]:
    """The quotes as one text, each followed by its marker."""
    text, sentences, citations = "", [], []
    for marker, quote in enumerate(quotes, 1):
        shown = f"{quote.shown} [{marker}]"
        start = len(text) + bool(text)
        text += f"{' ' if text else ''}{shown}"
        sentences.append(Sentence(shown, start, start + len(shown), (marker,), "supported"))
        citations.append(Citation(marker, quote.source, quote.page, quote.start, quote.end, quote.text))
    return text, tuple(sentences), tuple(citations)


def _with_notes(found: Answer, quotes: Sequence[Quote]) -> Answer:
    notes = []
    language = foreign_language(found.question)
    if language:
        notes.append(f"The question seems to be in {language}; the search knows English only and may miss the answer.")
    if needs_all(found.standalone):
        read = len({p.source for p in found.passages})
        notes.append(
            f"{len(found.passages)} passages of {read} documents were read for this, not every document; "
            "there may be more."
        )
    if found.citations and _disagree(quotes):
        notes.append("Sources differ on this point; compare the quotes.")
    return replace(found, trace=Trace(notes=tuple(notes)))


def _disagree(quotes: Sequence[Quote]) -> bool:
    """Whether two sources say nearly the same with different answers in it."""
    first = quotes[0]
    others = [q for q in quotes[1:] if q.source != first.source]
    return any(q.short and first.short and alike(q.short, first.short) < 0.5 for q in others)
