"""The protocol of an engine under evaluation; `rag.assistant.Assistant` implements it, and so does the fake here.

ScriptedEngine lets the suite run without documents, weights or a model.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from rag.errors import SourceMissing
from rag.schema import Answer, Document, Passage, Turn


class IndexedDocument(Protocol):
    """A document of the index: its name and the hash of its content."""

    @property
    def source(self) -> str:
        """Name of the document in the index."""
        ...

    @property
    def digest(self) -> str:
        """SHA-256 of the file's bytes."""
        ...


class Engine(Protocol):
    """Answers questions about its documents."""

    def ask(self, question: str, history: Sequence[Turn] = (), sources: Sequence[str] | None = None) -> Answer:
        """Answer a question, `history` being the turns before it."""
        ...

    def search(self, question: str, sources: Sequence[str] | None = None) -> Sequence[Passage]:
        """The passages for a question, best first."""
        ...

    def document(self, source: str) -> Document:
        """A document as stored. Raises SourceMissing."""
        ...

    def sources(self) -> Sequence[IndexedDocument]:
        """Every document of the index."""
        ...


class ScriptedEngine:
    """A fake with prepared answers: an Answer is returned, an exception raised."""

    def __init__(self, answers: Mapping[str, Answer | Exception], documents: Sequence[Document] = ()):
        self.answers = answers
        self.documents = {document.source: document for document in documents}

    def ask(self, question: str, history: Sequence[Turn] = (), sources: Sequence[str] | None = None) -> Answer:  # noqa: ARG002
        """The scripted answer of a question; raises KeyError where there is none."""
        answer = self.answers[question]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def search(self, question: str, sources: Sequence[str] | None = None) -> Sequence[Passage]:  # noqa: ARG002
        """The passages of the scripted answer."""
        return self.ask(question).passages

    def document(self, source: str) -> Document:
        """One of the prepared documents. Raises SourceMissing."""
        if source not in self.documents:
            raise SourceMissing(f"there is no document {source!r}; there are {sorted(self.documents)!r}")
        return self.documents[source]

    def sources(self) -> Sequence[IndexedDocument]:
        """The prepared documents."""
        return list(self.documents.values())


def text_of(engine: Engine, source: str) -> str | None:
    """The stored text of a source, or None where the engine does not have it."""
    try:
        return engine.document(source).text
    except SourceMissing:
        return None
