"""What the suite needs of an assistant; `rag.assistant.Assistant` fits, and so does the scripted one here.

The scripted engine lets the suite be tried without documents, weights or a model.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from rag.errors import SourceMissing
from rag.schema import Answer, Document, Passage, Turn


class Listed(Protocol):
    """A document in a list: its name and the hash of its content."""

    @property
    def source(self) -> str:
        """Name of the document in the index."""
        ...

    @property
    def digest(self) -> str:
        """SHA-256 of the file's bytes."""
        ...


class Engine(Protocol):
    """Answers questions and shows its documents."""

    def ask(self, question: str, history: Sequence[Turn] = (), sources: Sequence[str] | None = None) -> Answer:
        """Answer a question, given the conversation before it."""
        ...

    def search(self, question: str, sources: Sequence[str] | None = None) -> Sequence[Passage]:
        """The passages that fit a question, best first."""
        ...

    def document(self, source: str) -> Document:
        """A document as stored. Raises SourceMissing."""
        ...

    def sources(self) -> Sequence[Listed]:
        """Every document of the index."""
        ...


class ScriptedEngine:
    """Gives the answers it was handed: an Answer is returned, an exception raised."""

    def __init__(self, answers: Mapping[str, Answer | Exception], documents: Sequence[Document] = ()):
        self.answers = answers
        self.documents = {document.source: document for document in documents}

    def ask(self, question: str, history: Sequence[Turn] = (), sources: Sequence[str] | None = None) -> Answer:  # noqa: ARG002
        """The scripted answer of a question; raises KeyError where there is none."""
        found = self.answers[question]
        if isinstance(found, Exception):
            raise found
        return found

    def search(self, question: str, sources: Sequence[str] | None = None) -> Sequence[Passage]:  # noqa: ARG002
        """The passages of the scripted answer."""
        return self.ask(question).passages

    def document(self, source: str) -> Document:
        """One of the documents handed over. Raises SourceMissing."""
        if source not in self.documents:
            raise SourceMissing(f"no document {source!r}")
        return self.documents[source]

    def sources(self) -> Sequence[Listed]:
        """The documents handed over."""
        return list(self.documents.values())


def text_of(engine: Engine, source: str) -> str | None:
    """Stored text of a source, or None where the engine has no such source."""
    try:
        return engine.document(source).text
    except SourceMissing:
        return None
