"""Talk to the assistant itself ("hi", "thanks", "what can you do?"): answered by what it is, without searching."""

from collections.abc import Sequence

from rag.answer.kinds.handler import Resources
from rag.schema import Answer
from rag.shown import counted
from rag.text.question import Question

_ABOUT = (
    "I answer questions from the documents that are indexed here ({count}), and cite the place in the document for "
    "every sentence. Where the documents do not say, I say that. {how}"
)
_QUOTES = "I quote the documents word for word; no language model is connected."
_WRITES = "The language model {model} writes the answers; each sentence is checked against the passages that it cites."


class Talk:
    """Says what the assistant does, and suggests what may be asked."""

    def __init__(self, resources: Resources):
        self._resources = resources

    def answer(self, question: Question, sources: Sequence[str] | None) -> Answer:  # noqa: ARG002 (of the protocol)
        """What the assistant is, with questions about the documents to begin with; no passage, no citation."""
        model, documents = self._resources.settings.chat_model, self._resources.ledger.documents()
        how = _WRITES.format(model=model) if model else _QUOTES
        suggestions = ["Which documents do you have?"]
        suggestions += [f"Summarise “{document.title}”" for document in documents[:2]]
        return Answer(
            question.text,
            question.standalone,
            _ABOUT.format(count=counted(len(documents), "document"), how=how),
            None,
            "answered",
            1.0,
            suggestions=tuple(suggestions),
        )
