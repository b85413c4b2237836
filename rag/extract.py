"""The embedded answerer: quotes the sentences that answer, verbatim and cited, or says that none does.

The reader marks a span; the sentence around it is the quote. Without the reader's weights sentences are compared with
the question by shared words, which answers less well and refuses less well.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from rag.accusations import unfounded
from rag.answerer import refusal
from rag.check import evidence
from rag.confidence import Judge
from rag.followup import condense
from rag.hedges import hedge
from rag.orders import commanding
from rag.question import foreign_language, needs_all
from rag.quotes import Quote, alike, quotes_for
from rag.schema import Answer, Citation, Passage, Sentence, Status, Trace, Turn

_NOW = re.compile(r"\b(?:current|currently|nowadays|at present|presently|these days|still|today|right now)\b", re.I)


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
        quotes, readable = _honest(standalone, passages)
        verdict = self._judge.verdict(standalone, readable, quotes)
        sure, read = verdict.confidence, tuple(passages)
        notes = _withheld([passage for passage in passages if passage not in readable])
        charge = _charge(standalone, readable, quotes)
        if quotes and verdict.evidence >= self._threshold and not charge:
            text, sentences, citations = _written(quotes)
            status: Status = "partial" if needs_all(standalone) else "answered"
            warning = hedge(standalone, quotes[0].text)
            short = None if warning else quotes[0].short
            found = Answer(question, standalone, text, short, status, sure, citations, sentences, read)
            notes += _about(found, quotes) + ([warning] if warning else [])
        else:
            sure = 0.0 if charge else sure
            found = Answer(question, standalone, refusal(passages), None, "not_in_documents", sure, passages=read)
            thin = _too_thin(verdict.evidence, self._threshold)
            notes += [*_language(question), _unsaid(charge) if charge else thin]
        yield replace(found, trace=Trace(notes=tuple(notes)))


def _honest(question: str, passages: Sequence[Passage]) -> tuple[list[Quote], list[Passage]]:
    """The quotes, none of them from a passage that gives orders to whoever answers, and the passages without those."""
    readable = list(passages)
    while True:
        quotes = quotes_for(question, readable)
        quoted = [p for p in readable if any(q.source == p.source and p.start <= q.start < p.end for q in quotes)]
        ordering = [passage for passage in quoted if commanding(passage)]  # milliseconds each: not of all that was read
        if not ordering:
            return quotes, readable
        readable = [passage for passage in readable if passage not in ordering]


def _charge(question: str, passages: Sequence[Passage], quotes: Sequence[Quote]) -> str | None:
    """What the question accuses somebody of and the text found for it does not, or None."""
    if not quotes:
        return None
    around = next(p for p in passages if p.source == quotes[0].source and p.start <= quotes[0].start < p.end)
    return unfounded(question, quotes[0].text, evidence(around))


def _written(quotes: Sequence[Quote]) -> tuple[str, tuple[Sentence, ...], tuple[Citation, ...]]:
    """The quotes as one text, each followed by its marker; what several sources say word for word stands there once."""
    text, sentences, citations = "", [], []
    said: dict[str, list[int]] = {}
    for marker, quote in enumerate(quotes, 1):
        said.setdefault(quote.shown, []).append(marker)
        citations.append(Citation(marker, quote.source, quote.page, quote.start, quote.end, quote.text))
    for shown, markers in said.items():
        sentence = f"{shown} {''.join(f'[{marker}]' for marker in markers)}"
        start = len(text) + bool(text)
        text += f"{' ' if text else ''}{sentence}"
        sentences.append(Sentence(sentence, start, start + len(sentence), tuple(markers), "supported"))
    return text, tuple(sentences), tuple(citations)


def _about(found: Answer, quotes: Sequence[Quote]) -> list[str]:
    """What a reader should know of an answer."""
    notes = _language(found.question)
    if now := _NOW.search(found.standalone):
        notes.append(f"{now.group()!r} is what was so when the quoted document was written.")
    if needs_all(found.standalone):
        read = len({p.source for p in found.passages})
        notes.append(
            f"{len(found.passages)} passages of {read} documents were read for this, not every document; "
            "there may be more."
        )
    if _disagree(quotes):
        notes.append("Sources differ on this point; compare the quotes.")
    return notes


def _language(question: str) -> list[str]:
    language = foreign_language(question)
    warning = f"The question seems to be in {language}; the search knows English only and may miss the answer."
    return [warning] if language else []


def _too_thin(evidence: float, threshold: float) -> str:
    return f"The evidence that the documents answer this is {evidence:.2f}; {threshold:.2f} is needed (RAG_THRESHOLD)."


def _unsaid(charge: str) -> str:
    return f"The question speaks of {charge!r}; nothing in the text found for it does, so that no name is given."


def _withheld(left: Sequence[Passage]) -> list[str]:
    """Says which passages were not quoted for what they tell whoever answers to do."""
    names = ", ".join(dict.fromkeys(passage.source for passage in left))
    return [f"Not quoted, because they give orders to whoever answers: passages of {names}."] if left else []


def _disagree(quotes: Sequence[Quote]) -> bool:
    """Whether two sources say nearly the same with different answers in it."""
    first = quotes[0]
    others = [q for q in quotes[1:] if q.source != first.source]
    return any(q.short and first.short and alike(q.short, first.short) < 0.5 for q in others)
