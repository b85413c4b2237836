"""The embedded answerer: quotes the sentences that answer, verbatim and cited, or says that none does.

The reader marks a span; the sentence around it is the quote. Without the reader's weights sentences are compared with
the question by shared words, which answers less well and refuses less well.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from rag.answer.accusations import unfounded
from rag.answer.answerer import refusal
from rag.answer.condense import condense
from rag.answer.confidence import Judge, Verdict
from rag.answer.faithfulness import evidence
from rag.answer.hedges import hedge
from rag.answer.notes import about, language, meant, too_thin, withheld
from rag.answer.orders import commanding
from rag.answer.quotes import Quote, looked_up, quotes_for
from rag.schema import Answer, Citation, Passage, Sentence, Trace, Turn
from rag.text.question import Question


class QuotesAnswerer:
    """Answers by quoting; needs no model but the bundled ones."""

    name = "quotes"

    def __init__(self, judge: Judge, threshold: float):
        self._judge, self._threshold = judge, threshold

    def condense(self, question: str, history: Sequence[Turn]) -> str:
        """The question so that it stands without the conversation, by rule."""
        return condense(question, history)

    def stream(self, question: Question, passages: Sequence[Passage]) -> Iterator[Answer]:
        """One Answer, complete: quoting takes no longer than showing it."""
        quotes, readable = _honest(question, passages)
        objection = _objection(question, quotes)
        verdict = Verdict(0.0, 0.0) if objection else self._judge.verdict(question, readable, quotes)
        notes = withheld([passage for passage in passages if passage not in readable])
        there = verdict.evidence >= self._threshold or looked_up(question, quotes)
        if quotes and there and not objection:
            found = _quoted(question, quotes, verdict.confidence)
            notes += about(question, quotes, passages)
        else:
            found = Answer(
                question.text, question.standalone, refusal(passages), None, "not_in_documents", verdict.confidence
            )
            why = objection or too_thin(verdict.evidence, self._threshold)
            notes += [*language(question), why, *meant(question, passages)]
        yield replace(found, passages=tuple(passages), trace=Trace(notes=tuple(notes)))


def _honest(question: Question, passages: Sequence[Passage]) -> tuple[list[Quote], list[Passage]]:
    """The quotes, none of them from a passage that gives orders to whoever answers, and the passages without those."""
    readable = list(passages)
    while True:
        quotes = quotes_for(question, readable)
        ordering = [q.passage for q in quotes if commanding(q.passage)]  # milliseconds each: not of all that was read
        if not ordering:
            return quotes, readable
        readable = [passage for passage in readable if passage not in ordering]


def _objection(question: Question, quotes: Sequence[Quote]) -> str | None:
    """Why the quotes cannot be the answer, whatever the evidence; None where nothing speaks against them."""
    if not quotes:
        return None
    best = quotes[0]
    if charge := unfounded(question.standalone, *best.answering()):
        return (
            f"The question speaks of {charge!r}; the sentence found does not say that of anybody, so nobody is named."
        )
    if others := question.references_missing_in(evidence(best.passage)):
        return f"The question is about {', '.join(others)}; the text found for it is not."
    return None


def _quoted(question: Question, quotes: Sequence[Quote], confidence: float) -> Answer:
    text, sentences, citations = _written(quotes)
    plain = not looked_up(question, quotes) and not hedge(question.standalone, quotes[0].text)
    return Answer(
        question.text,
        question.standalone,
        text,
        quotes[0].short if plain else None,
        "partial" if question.exhaustive else "answered",
        confidence,
        citations,
        sentences,
    )


def _written(quotes: Sequence[Quote]) -> tuple[str, tuple[Sentence, ...], tuple[Citation, ...]]:
    """The quotes as one text, each followed by its marker; what several sources say word for word stands there once."""
    text, sentences, citations = "", [], []
    said: dict[str, list[int]] = {}
    for marker, quote in enumerate(quotes, 1):
        said.setdefault(quote.shown, []).append(marker)
        citations.append(Citation(marker, quote.source, quote.passage.page, quote.start, quote.end, quote.text))
    for shown, markers in said.items():
        sentence = f"{shown} {''.join(f'[{marker}]' for marker in markers)}"
        start = len(text) + bool(text)
        text += f"{' ' if text else ''}{sentence}"
        sentences.append(Sentence(sentence, start, start + len(sentence), tuple(markers), "supported"))
    return text, tuple(sentences), tuple(citations)
