"""The kinds of question that have a handler, and the answers of these."""

from collections.abc import Callable, Mapping, Sequence

from rag.answer.kinds.classify import KindClassifier
from rag.answer.kinds.collection import Collection
from rag.answer.kinds.comparison import Comparison
from rag.answer.kinds.handler import Handler, Resources
from rag.answer.kinds.listing.lists import Counts, Lists
from rag.answer.kinds.meant import VersionsMeant
from rag.answer.kinds.summary import Summary
from rag.answer.kinds.talk import Talk
from rag.answer.kinds.vague import Vague
from rag.schema import Answer
from rag.text.question import Kind, Question

HANDLERS: Mapping[Kind, Callable[[Resources], Handler]] = {
    "collection": Collection,
    "comparison": Comparison,
    "count": Counts,
    "list": Lists,
    "summary": Summary,
    "talk": Talk,
    "vague": Vague,
}
"""Kinds without a handler are answered from the closest passages."""


class KindAnswers:
    """Tells the kind of a question, and answers those that have a handler; safe to use from many threads."""

    def __init__(self, resources: Resources):
        self._classifier = KindClassifier(resources.encoder, resources.settings.cache_dir)
        self.versions = VersionsMeant(resources)
        self._handlers = {kind: make(resources) for kind, make in HANDLERS.items()}

    def kind(self, question: str) -> Kind:
        """The kind of a question as it reads without the conversation."""
        return self._classifier.kind(question)

    def of_documents(self, question: Question, sources: Sequence[str] | None) -> Answer | None:
        """The answer to a question about the documents themselves; None where it asks for what stands in them."""
        return self._handlers["collection"].answer(question, sources)

    def answer(self, question: Question, sources: Sequence[str] | None) -> Answer | None:
        """The answer of the handler for this kind of question; None where there is no handler or it has no answer."""
        for kind in dict.fromkeys(("collection", question.kind)):  # the first is certain of what it asks for, or passes
            handler = self._handlers.get(kind)
            if handler and (answer := handler.answer(question, sources)):
                return answer
        return None
