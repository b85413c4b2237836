"""Answers by quoting: the sentences that answer, verbatim and cited, or a refusal; needs no model but the bundled ones.

The reader marks a span; the sentence around it is the quote. Without the reader's weights sentences are compared with
the question by shared words, which answers less well and refuses less well.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from rag.answer.answerer import refusal
from rag.answer.condense import condense
from rag.answer.confidence import NO_EVIDENCE, ConfidenceModel
from rag.answer.guards import hedge_warning, unfounded_charge
from rag.answer.injection import is_injection
from rag.answer.notes import answer_notes, language_warning, spelling_suggestions, weak_evidence, withheld
from rag.answer.quotes import Quote, looked_up, quotes_for
from rag.schema import Answer, Citation, Passage, Sentence, Trace, Turn
from rag.text.question import Question


class QuotesAnswerer:
    """Answers by quoting where the evidence reaches `threshold`."""

    name = "quotes"

    def __init__(self, model: ConfidenceModel, threshold: float):
        self._model, self._threshold = model, threshold

    def condense(self, question: str, history: Sequence[Turn]) -> str:
        """The question so that it stands without the conversation, by rule."""
        return condense(question, history)

    def stream(self, question: Question, passages: Sequence[Passage]) -> Iterator[Answer]:
        """One Answer, complete: quoting takes no longer than showing it."""
        quotes, readable = _quotes_without_injections(question, passages)
        objection = _objection(question, quotes)
        estimate = NO_EVIDENCE if objection else self._model.estimate(question, readable, quotes)
        notes = withheld([passage for passage in passages if passage not in readable])
        enough = estimate.evidence >= self._threshold or looked_up(question, quotes)
        if quotes and enough and not objection:
            warning = hedge_warning(question.standalone, quotes[0].text)
            answer = _quoting(question, quotes, estimate.confidence, hedged=bool(warning))
            notes += [*answer_notes(question, quotes, passages), *([warning] if warning else [])]
        else:
            text = refusal(passages)
            answer = Answer(question.text, question.standalone, text, None, "not_in_documents", estimate.confidence)
            reason = objection or weak_evidence(estimate.evidence, self._threshold)
            notes += [*language_warning(question), reason, *spelling_suggestions(question, passages)]
        yield replace(answer, passages=tuple(passages), trace=Trace(notes=tuple(notes)))


def _quotes_without_injections(question: Question, passages: Sequence[Passage]) -> tuple[list[Quote], list[Passage]]:
    """The quotes, none of them from a passage that addresses a language model, and the passages without those."""
    readable = list(passages)
    while True:
        quotes = quotes_for(question, readable)
        hostile = [q.passage for q in quotes if is_injection(q.passage)]  # milliseconds each: not of all that was read
        if not hostile:
            return quotes, readable
        readable = [passage for passage in readable if passage not in hostile]


def _objection(question: Question, quotes: Sequence[Quote]) -> str | None:
    """Why the quotes cannot be the answer, whatever the evidence; None where nothing speaks against them."""
    if not quotes:
        return None
    best = quotes[0]
    if charge := unfounded_charge(question.standalone, *best.answering()):
        return (
            f"The question speaks of {charge!r}; the sentence found does not say that of anybody, so nobody is named."
        )
    if missing := question.references_missing_in(best.passage.full_text):
        return f"The question is about {', '.join(missing)}; the text found for it is not."
    return None


def _quoting(question: Question, quotes: Sequence[Quote], confidence: float, *, hedged: bool) -> Answer:
    text, sentences, citations = _written(quotes)
    return Answer(
        question.text,
        question.standalone,
        text,
        None if hedged or looked_up(question, quotes) else quotes[0].short,
        "partial" if question.exhaustive else "answered",
        confidence,
        citations,
        sentences,
    )


def _written(quotes: Sequence[Quote]) -> tuple[str, tuple[Sentence, ...], tuple[Citation, ...]]:
    """The quotes as one text, each followed by its marker; what several sources say word for word stands there once."""
    text, sentences, citations = "", [], []
    markers_of: dict[str, list[int]] = {}
    for marker, quote in enumerate(quotes, 1):
        markers_of.setdefault(quote.shown, []).append(marker)
        citations.append(Citation(marker, quote.source, quote.passage.page, quote.start, quote.end, quote.text))
    for shown, markers in markers_of.items():
        sentence = f"{shown} {''.join(f'[{marker}]' for marker in markers)}"
        start = len(text) + bool(text)
        text += f"{' ' if text else ''}{sentence}"
        sentences.append(Sentence(sentence, start, start + len(sentence), tuple(markers), "supported"))
    return text, tuple(sentences), tuple(citations)
