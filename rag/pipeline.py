"""A parsed question -> its growing Answer: in parts, by its kind or from passages, with each citation checked."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TypeVar

from rag.answer.answerer import Answerer
from rag.answer.cells import CellAnswers
from rag.answer.confidence import ConfidenceModel
from rag.answer.extractive import QuotesAnswerer
from rag.answer.faithfulness import WORD_OVERLAP
from rag.answer.kinds.answers import KindAnswers
from rag.answer.kinds.parts import in_parts, passages_for_parts
from rag.answer.kinds.whole import WholeQuotes
from rag.answer.notes import unanswered
from rag.errors import ConfigError, SourceMissing
from rag.models.checker import Checker
from rag.models.encoder import Encoder
from rag.models.reader import Reader
from rag.retrieve.cells import CellFinder
from rag.retrieve.retriever import Retriever, Timings
from rag.retrieve.spelling import Speller
from rag.schema import Answer, Passage
from rag.settings import Settings
from rag.store.ledger import Ledger
from rag.store.verbatim import verified
from rag.text.question import Question

T = TypeVar("T")
MAX_QUESTION = 2000  # characters
NOTED_DOCUMENTS = 3  # the closest, of which a refusal says what was not read
CLAIMED = ("answered", "partial")


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The stages that answer a question. `parse`: (text, standalone) -> Question."""

    settings: Settings
    ledger: Ledger
    retriever: Retriever
    kinds: KindAnswers
    speller: Speller
    answerer: Answerer
    parse: Callable[[str, str], Question]

    def answers(
        self, asked: Question, sources: Sequence[str] | None, notes: tuple[str, ...], timings: Timings
    ) -> Iterator[Answer]:
        """Yield the answer as it grows, from these documents (None: from all), with further `notes`."""
        for answer, searched, said in self._in_versions(asked, sources, timings):
            timings.stop("answer")
            yield self._finished(answer, asked, searched, (*said, *notes), timings)

    def _in_versions(
        self, asked: Question, sources: Sequence[str] | None, timings: Timings
    ) -> Iterator[tuple[Answer, Sequence[str] | None, tuple[str, ...]]]:
        """The growing answer, the documents that it is from, and notes on their versions.

        It is from the version that the question means where that answers it; a model reads no other. Keywords that are
        looked up mean no version.
        """
        meant = None if asked.lookup else self.kinds.versions.meant(asked, sources)
        if meant is None or self.kinds.of_documents(asked, sources):
            for answer in self._in_parts(asked, sources, timings):
                yield answer, sources, tuple(self.kinds.versions.newer(asked, answer))
            return
        plain = replace(self.parse(meant.question, meant.question), kind=asked.kind)
        there = self._in_parts(plain, meant.sources, timings)
        if self.answerer.name == QuotesAnswerer.name:
            found = last(there)
            other = found if found.status in CLAIMED else last(self._in_parts(asked, sources, timings))
            if found.status not in CLAIMED and other.status in CLAIMED:
                yield other, sources, (meant.passed,)
                return
            there = iter((found,))
        for answer in there:
            yield replace(answer, question=asked.text, standalone=asked.standalone), meant.sources, (meant.note,)

    def _in_parts(self, asked: Question, sources: Sequence[str] | None, timings: Timings) -> Iterator[Answer]:
        """The growing answer: joined from those to its parts, or written by a model from the passages for all."""
        if self.answerer.name == QuotesAnswerer.name:
            joined = in_parts(asked, lambda q, near: last(self._whole(self.parse(q, q), near or sources, timings)))
            return iter((joined,)) if joined else self._whole(asked, sources, timings)
        passages = passages_for_parts(asked, lambda q: self.retriever.search(self.parse(q, q), sources, timings))
        return self.answerer.stream(asked, passages) if passages else self._whole(asked, sources, timings)

    def _whole(self, asked: Question, sources: Sequence[str] | None, timings: Timings) -> Iterator[Answer]:
        """The growing answer to a question that asks one thing."""
        whole = self.kinds.answer(asked, sources)
        if whole and not (whole.passages and self.settings.chat_model):
            return iter((whole,))
        passages = whole.passages if whole else self.retriever.search(asked, sources, timings)
        return self.answerer.stream(asked, passages)

    def _finished(
        self, answer: Answer, asked: Question, sources: Sequence[str] | None, notes: tuple[str, ...], timings: Timings
    ) -> Answer:
        """The answer with its citations checked against the stored documents, and its trace filled in, `notes` last."""
        answer = verified(answer, self.ledger)
        if answer.status in ("uncertain", "not_in_documents"):
            searched = len(self.ledger.sources() if sources is None else sources)
            answer = unanswered(answer, searched, self.speller.alternative(asked))
            notes = (*notes, *self._not_read(answer.passages))
        trace = replace(
            answer.trace,
            model=self.answerer.name,
            kind=asked.kind,
            notes=(*answer.trace.notes, *notes),
            settings_digest=self.settings.digest(),
            index_digest=self.ledger.digest(),
            seconds={stage: round(seconds, 4) for stage, seconds in timings.seconds.items()},
        )
        return replace(answer, trace=trace)

    def _not_read(self, passages: Sequence[Passage]) -> list[str]:
        """What was not read of the documents that come closest, where the answer may stand."""
        notes: list[str] = []
        for source in list(dict.fromkeys(passage.source for passage in passages))[:NOTED_DOCUMENTS]:
            with suppress(SourceMissing):  # it may have been removed meanwhile
                notes += [f"{source}: {note}" for note in self.ledger.document(source).notes]
        return notes


def checked_question(question: str) -> str:
    """The question without the space around it. Raises ConfigError where it is empty or too long."""
    question = question.strip()
    if not question:
        raise ConfigError("the question is empty; ask something")
    if len(question) > MAX_QUESTION:
        raise ConfigError(f"the question has {len(question)!r} characters; ask it in at most {MAX_QUESTION}")
    return question


def default_answerer(
    settings: Settings, ledger: Ledger, encoder: Encoder, reader: Reader | None, checker: Checker | None
) -> Answerer:
    """What answers from passages by these settings: quotes, or the connected chat model."""
    if not settings.chat_model:
        finder = CellFinder(ledger, encoder, reader) if reader else None
        cells = CellAnswers(finder, ledger, encoder) if finder else None
        confidence = ConfidenceModel(ledger, checker)
        thresholds = settings.answer_threshold, settings.uncertain_threshold
        return QuotesAnswerer(confidence, *thresholds, cells, WholeQuotes(ledger, reader))
    from rag.answer.generative import ChatAnswerer  # noqa: PLC0415 (LangChain, a second to import)

    return ChatAnswerer(settings, checker or WORD_OVERLAP)


def last(values: Iterable[T]) -> T:
    """The last of the values that something yields."""
    *_, value = values
    return value
