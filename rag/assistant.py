"""The assistant: one index and its models, and all that may be asked of them; rag.pipeline makes the answers."""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from functools import lru_cache, partial
from importlib.metadata import version
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rag.answer.answerer import Answerer
from rag.answer.kinds.answers import KindAnswers
from rag.answer.kinds.handler import Resources
from rag.answer.notes import being_read, with_unread
from rag.models.chat import destination
from rag.models.checker import Checker, load_checker
from rag.models.encoder import Encoder, encoder_folder
from rag.models.reader import Reader, load_reader
from rag.models.runtimes import open_encoder
from rag.models.tokens import Tokens
from rag.pipeline import MAX_QUESTION, Pipeline, checked_question, default_answerer, last
from rag.retrieve.retriever import Retriever, Timings
from rag.retrieve.spelling import Speller, said
from rag.retrieve.suggest import require_sources
from rag.retrieve.where import within
from rag.schema import Answer, Document, Passage, Turn
from rag.settings import Settings, load_settings
from rag.store.data_folder import files_left
from rag.store.ledger import Ledger
from rag.store.records import DocumentInfo
from rag.store.vectors import VectorStore
from rag.store.verbatim import verified
from rag.tables.fill import CellAnswerer, fill, questions_of
from rag.tables.kept import KeptCells
from rag.tables.values import Table
from rag.text.question import Question

if TYPE_CHECKING:
    from langchain_core.retrievers import BaseRetriever

PARSED_QUESTIONS = 256  # kept: a table asks the same ones of every document


class Assistant:
    """Answers questions from one index; the engine behind browser, notebook, command line and evals.

    Opening it raises IndexMissing where nothing is indexed and IndexMismatch where the index belongs to another
    encoder. Safe to use from many threads. `owner`: only the documents that this user may see are searched
    (rag.store.access). `like`: an assistant of the same index whose models it shares. `once`: it is asked a single
    question, so nothing is prepared for more. `unread`: tells how many files are still being read into the index, if
    more is known of it than other processes say (rag.store.data_folder.files_left).
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        answerer: Answerer | None = None,
        encoder: Encoder | None = None,
        owner: str | None = None,
        like: "Assistant | None" = None,
        once: bool = False,
        unread: Callable[[], int | None] | None = None,
    ):
        self.settings = settings or load_settings()
        destination(self.settings)  # a wrong model name is reported before any model is loaded
        self._ledger = Ledger.open(self.settings.data_dir, owner)
        self._unread = unread or partial(files_left, self.settings.data_dir)
        if like is None:
            self._encoder: Encoder = encoder or open_encoder(self.settings, self._ledger.meta("encoder"))
            self._reader: Reader | None = load_reader(self.settings) if self.settings.rerank_top_k else None
            self._checker: Checker | None = load_checker(self.settings)
        else:
            self._encoder, self._reader, self._checker = like._encoder, like._reader, like._checker
        self._store = VectorStore(self._ledger, self.settings, self._encoder, once=once)
        tokens = Tokens(encoder_folder(self.settings.encoder))
        self.retriever = Retriever(self._ledger, self._store, self._encoder, tokens, self.settings, self._reader)
        self._kinds = KindAnswers(
            Resources(self.settings, self._ledger, self.retriever, self._encoder, tokens, self._checker, self._reader)
        )
        self._speller = Speller(self._ledger)
        self._parsed = lru_cache(PARSED_QUESTIONS)(self._parse)
        self._answerer = answerer or self._default_answerer()

    def _default_answerer(self) -> Answerer:
        return default_answerer(self.settings, self._ledger, self._encoder, self._reader, self._checker)

    @property
    def _pipeline(self) -> Pipeline:
        return Pipeline(
            self.settings, self._ledger, self.retriever, self._kinds, self._speller, self._answerer, self.parse
        )

    def answering_with(self, chat_model: str) -> "Assistant":
        """The same assistant with another chat model ("": quotes), on the same open index: closing one closes both."""
        twin = copy(self)
        twin.settings = self.settings.model_copy(update={"chat_model": chat_model})
        twin._answerer = twin._default_answerer()
        return twin

    def ask(
        self,
        question: str,
        history: Sequence[Turn] = (),
        sources: Sequence[str] | None = None,
        where: Mapping[str, str] | None = None,
        *,
        correct: bool = True,
    ) -> Answer:
        """Answer a question. `history`: earlier (question, answer) pairs; `sources`: search these documents only.

        `where`: of these only those of a date, type or folder, as in {"after": "2022-01-01", "type": "pdf"}
        (rag.retrieve.where). `correct`: misspelled words are corrected, unless the question is one of `history` and so
        asked again. Never raises because of a chat model: such an answer has the status "failed" and the reason in
        `error`.
        """
        return last(self.stream(question, history, sources, where, correct=correct))

    def stream(
        self,
        question: str,
        history: Sequence[Turn] = (),
        sources: Sequence[str] | None = None,
        where: Mapping[str, str] | None = None,
        *,
        correct: bool = True,
    ) -> Generator[Answer]:
        """Yield the answer as it grows; the last one is complete. Closing it early stops a connected model.

        Raises ConfigError where the question is empty or too long or `where` is malformed, and SourceMissing where one
        of `sources` is not in the index or no document passes `where`.
        """
        question = checked_question(question)
        unread = self._unread()  # what is read from now on may be missing in the answer
        sources, notes = within(self._ledger, sources, where)
        for answer in self._answers(question, history, sources, notes, correct=correct):
            yield with_unread(answer, unread)

    def _answers(
        self,
        question: str,
        history: Sequence[Turn] = (),
        sources: Sequence[str] | None = None,
        notes: tuple[str, ...] = (),
        *,
        correct: bool = True,
    ) -> Iterator[Answer]:
        """The growing answer to a question, as it is written."""
        timings = Timings()
        standalone = self._answerer.condense(question, history)
        timings.stop("condense")
        asked = self.parse(question, standalone)
        asked_again = any(question == earlier for earlier, _ in history)
        searched = self._speller.corrected(asked) if correct and not asked_again else standalone
        if searched == standalone:
            yield from self._pipeline.answers(asked, sources, notes, timings)
            return
        asked = self.parse(searched if question == standalone else question, searched)
        timings.stop("spelling")
        for answer in self._pipeline.answers(asked, sources, notes, timings):
            yield said(answer, question, searched)

    def table(
        self, questions: Sequence[str], sources: Sequence[str] | None = None, where: Mapping[str, str] | None = None
    ) -> Table:
        """Ask every document every question: rows are documents, columns are questions. Arguments as those of `ask`.

        Answers are kept in the data folder, so that a further call asks only what is new or has changed.
        """
        return last(self.stream_table(questions, sources, where))

    def stream_table(
        self,
        questions: Sequence[str],
        sources: Sequence[str] | None = None,
        where: Mapping[str, str] | None = None,
        *,
        fresh: bool = False,
    ) -> Generator[Table]:
        """Yield the table before its first cell and after each; closing it early keeps what is done.

        `fresh`: kept answers are asked for again. Raises what `stream` raises.
        """
        asked = questions_of(questions, MAX_QUESTION)
        answerer = CellAnswerer(
            self._cell,
            lambda answer: verified(answer, self._ledger).status != "failed",
            (version("rag-assistant"), self._encoder.digest, self.settings.digest(), self.model),
        )
        unread = self._unread()
        chosen, notes = within(self._ledger, sources, where)
        with KeptCells(self.settings.data_dir, self._ledger.owner or "") as kept:
            yield from fill(asked, self.sources(), chosen, answerer, kept, (*notes, *being_read(unread)), fresh=fresh)

    def _cell(self, question: str, source: str) -> Answer:
        """The answer of one document, without notes of what was asked of which documents: it is kept."""
        require_sources(self._ledger, [source])
        return last(self._answers(question, sources=[source]))

    def search(self, question: str, sources: Sequence[str] | None = None) -> list[Passage]:
        """The passages for a question, best first, without answering it."""
        return self.retriever.search(Question.parse(question), sources)

    def document(self, source: str) -> Document:
        """A document with its whole text. Raises SourceMissing where it is not in the index."""
        require_sources(self._ledger, [source])
        return self._ledger.document(source)

    def sources(self) -> list[DocumentInfo]:
        """The documents of the index, in the order of their names."""
        return self._ledger.documents()

    def as_retriever(self) -> "BaseRetriever":
        """The search as a LangChain retriever, for any LangChain chain."""
        from rag.langchain import PassageRetriever  # noqa: PLC0415 (LangChain, where it is asked for)

        return PassageRetriever(assistant=self)

    @property
    def model(self) -> str:
        """The name of the answerer: "quotes", or the connected chat model."""
        return self._answerer.name

    @property
    def destination(self) -> str | None:
        """The host that passages are sent to, or None where nothing leaves this process."""
        return destination(self.settings)

    def close(self) -> None:
        """Close the index."""
        self._store.close()
        self._ledger.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def parse(self, text: str, standalone: str) -> Question:
        """Parse a question, with its kind, and with the names that the reader finds in it."""
        return self._parsed(text, standalone)

    def _parse(self, text: str, standalone: str) -> Question:
        names = self._reader.names(standalone) if self._reader else ()
        question = Question.parse(text, standalone, names, self._kinds.kind(standalone))
        return replace(question, kind="fact") if len(self._speller.nonsense(question)) > 1 else question
