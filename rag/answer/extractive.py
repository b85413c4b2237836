"""Answers by quoting: the sentences that answer or come closest, verbatim and cited, or a refusal; no chat model.

The reader marks a span; the sentence around it is the quote. Without the reader's weights sentences are compared with
the question by shared words, which answers less well and refuses less well.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from rag.answer.answerer import cited_lines, refusal
from rag.answer.cells import CellAnswers
from rag.answer.confidence import NO_EVIDENCE, ConfidenceModel
from rag.answer.guards import hedge_warning, unfounded_charge
from rag.answer.kinds.whole import WholeQuotes
from rag.answer.notes import (
    answer_notes,
    commanding,
    language_warning,
    unknown_names,
    unknown_words,
    weak_evidence,
)
from rag.answer.quotes import Quote, looked_up, quotes_for
from rag.schema import Answer, Citation, Passage, Sentence, Status, Trace, Turn
from rag.text.condense import condense
from rag.text.question import Question


class QuotesAnswerer:
    """Answers by quoting where the evidence (0..1) reaches `threshold`.

    From `uncertain_threshold` up to there the closest sentences are quoted and claimed to answer nothing. `cells`:
    answers from one cell of a table, where it is sure of one. `whole`: finds the whole of a reason or a conclusion.
    """

    name = "quotes"

    def __init__(
        self,
        model: ConfidenceModel,
        threshold: float,
        uncertain_threshold: float,
        cells: CellAnswers | None = None,
        whole: WholeQuotes | None = None,
    ):
        self._model, self._threshold, self._uncertain_threshold = model, threshold, uncertain_threshold
        self._cells, self._whole = cells, whole

    def condense(self, question: str, history: Sequence[Turn]) -> str:
        """The question so that it stands without the conversation, by rule."""
        return condense(question, history)

    def stream(self, question: Question, passages: Sequence[Passage]) -> Iterator[Answer]:
        """One Answer, complete: quoting takes no longer than showing it."""
        found = self._whole.of(question, passages) if self._whole else None
        quotes = found.best if found else quotes_for(question, passages)
        shown = found.shown if found else quotes
        if self._cells and (cell := self._cells.answer(question, passages, quotes)):
            yield cell
            return
        objection = self._nonsense(question) or _objection(question, quotes)
        estimate = NO_EVIDENCE if objection else self._model.estimate(question, passages, quotes)
        status = self._status(question, quotes, estimate.evidence) if quotes and not objection else "not_in_documents"
        notes: list[str] = []
        if status == "not_in_documents":
            text = refusal(passages)
            answer = Answer(question.text, question.standalone, text, None, status, estimate.confidence)
        else:
            answer = _quoting(question, shown, status, estimate.confidence)
        if status in ("answered", "partial"):
            notes += answer_notes(question, shown, passages)
        else:
            reason = objection or weak_evidence(estimate.evidence)
            unknown = unknown_names(self._model.unknown_names(question))
            notes += [*language_warning(question), reason, *unknown]
        if answer.citations:
            notes += commanding([quote.passage for quote in (*quotes, *shown)])
            if warning := hedge_warning(question, quotes[0].text):
                answer = replace(answer, short=None)
                notes.append(warning)
        trace = Trace(notes=tuple(notes), evidence=estimate.evidence)
        yield replace(answer, passages=tuple(passages), trace=trace)

    def _nonsense(self, question: Question) -> str | None:
        """What is said of a question of which no word is known, or None."""
        words = self._model.unknown_words(question)
        return unknown_words(words) if words else None

    def _status(self, question: Question, quotes: Sequence[Quote], evidence: float) -> Status:
        """What quotes are with this evidence; those that hold every keyword looked up need none."""
        if evidence >= self._threshold or looked_up(question, quotes):
            return "partial" if question.exhaustive else "answered"
        return "uncertain" if evidence >= self._uncertain_threshold else "not_in_documents"


def _objection(question: Question, quotes: Sequence[Quote]) -> str | None:
    """Why the quotes cannot be the answer, whatever the evidence, or None."""
    if not quotes:
        return None
    best = quotes[0]
    if charge := unfounded_charge(question, *best.answering()):
        return (
            f"The question speaks of {charge!r}; the sentence found does not say that of anybody, so nobody is named."
        )
    if missing := question.references_missing_in(best.passage.full_text):
        return f"The question is about {', '.join(missing)}; the text found for it is not."
    return None


def _quoting(question: Question, quotes: Sequence[Quote], status: Status, confidence: float) -> Answer:
    text, sentences, citations = _written(quotes)
    short = None if status == "uncertain" or looked_up(question, quotes) else quotes[0].short
    return Answer(question.text, question.standalone, text, short, status, confidence, citations, sentences)


def _written(quotes: Sequence[Quote]) -> tuple[str, tuple[Sentence, ...], tuple[Citation, ...]]:
    """The quotes, a line each, with their markers; what several sources say word for word stands there once."""
    citations = [
        Citation(marker, quote.source, quote.passage.page, quote.start, quote.end, quote.text)
        for marker, quote in enumerate(quotes, 1)
    ]
    markers_of: dict[str, list[int]] = {}
    for marker, quote in enumerate(quotes, 1):
        markers_of.setdefault(quote.shown, []).append(marker)
    return *cited_lines(list(markers_of.items())), tuple(citations)
