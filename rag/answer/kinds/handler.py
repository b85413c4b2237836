"""What answers one kind of question: the protocol, and what it may use."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from rag.models.checker import Checker
from rag.models.encoder import Encoder
from rag.models.reader import Reader
from rag.models.tokens import Tokens
from rag.retrieve.retriever import Retriever
from rag.schema import Answer
from rag.settings import Settings
from rag.store.ledger import Ledger
from rag.text.question import Question


@dataclass(frozen=True, slots=True)
class Resources:
    """An open index, and the networks."""

    settings: Settings
    ledger: Ledger
    retriever: Retriever
    encoder: Encoder
    tokens: Tokens
    checker: Checker | None
    reader: Reader | None


class Handler(Protocol):
    """Answers one kind of question."""

    def answer(self, question: Question, sources: Sequence[str] | None) -> Answer | None:
        """The answer from these documents (None: from all), or None where it is to be answered as any other question.

        Where a chat model is connected and the answer has passages, the model writes the answer from these passages.
        """
        ...
