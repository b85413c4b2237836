"""Questions that do not say what they are about ("when?"): the assistant asks back."""

from collections.abc import Sequence
from dataclasses import replace

from rag.answer.kinds.handler import Resources
from rag.schema import Answer
from rag.text.question import Question

READINGS = 3
_ASKS_BACK = "Your question does not say what it is about. Add a name, a subject or a document"


class Vague:
    """Asks what a question is about, with up to READINGS of it to choose from."""

    def __init__(self, resources: Resources):
        self._resources = resources

    def answer(self, question: Question, sources: Sequence[str] | None) -> Answer | None:
        """The question back, each reading about another of the closest documents.

        None where something is named, or one document is searched: it is about that one.
        """
        if sources is not None and len(sources) == 1:
            return None
        if question.names or question.spotted or question.references or question.standalone != question.text:
            return None
        passages = self._resources.retriever.search(question, sources)
        titles = dict.fromkeys(passage.title for passage in passages)
        bare = question.standalone.strip(" ?.!")
        readings = tuple(f"{bare}, in “{title}”?" for title in list(titles)[:READINGS])
        text = f"{_ASKS_BACK}{', or choose one below.' if readings else '.'}"
        asking = Answer(question.text, question.standalone, text, None, "uncertain", 0.0, passages=tuple(passages))
        return replace(asking, suggestions=readings)
