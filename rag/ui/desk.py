"""What the page stands on, opened once: assistants, the line of questions, conversations. Knows nothing of Gradio."""

import os

from rag.conversations import Conversations
from rag.encoder import Encoder
from rag.errors import ConversationMissing, IndexMissing, SourceMissing
from rag.feedback import Feedback
from rag.records import DocumentInfo
from rag.schema import Answer
from rag.settings import Settings
from rag.ui.engine import Engine
from rag.ui.indexer import Indexer
from rag.ui.line import Line
from rag.ui.source import Place, View

SERVED_AT_ONCE = max(4, os.cpu_count() or 1)  # more would only make each slower; the rest wait, and see their position


class Desk:
    """The services of one running page."""

    def __init__(self, settings: Settings, encoder: Encoder | None = None):
        self.settings = settings
        self.folders = settings.auth is None
        self.engine = Engine(settings, encoder)
        self.line = Line(SERVED_AT_ONCE)
        self.indexer = Indexer(settings, encoder)
        self.conversations = Conversations(settings.data_dir)
        self.feedback = Feedback(settings.data_dir)

    def view(self, owner: str, name: str, place: Place) -> View:
        """A document to be shown at a place. Raises SourceMissing where it is not there for this owner."""
        assistant = self.engine.assistant(owner)
        document = assistant.document(name)
        return View(document, self.info(owner, name), place)

    def info(self, owner: str, name: str) -> DocumentInfo:
        """What is known of a document. Raises SourceMissing where it is not there for this owner."""
        for info in self.documents(owner):
            if info.source == name:
                return info
        raise SourceMissing(f"{name!r} is not in the index any more: look it up in the list of documents")

    def documents(self, owner: str) -> list[DocumentInfo]:
        """The documents that an owner sees, by name; none while nothing is indexed."""
        try:
            return self.engine.assistant(owner).sources()
        except IndexMissing:
            return []

    def conversation(self, owner: str, key: str) -> tuple[str, list[Answer]]:
        """The name and the answers of a conversation. Raises ConversationMissing."""
        turns = self.conversations.turns(key, owner)
        return self.conversations.title(key, owner), [turn.answer for turn in turns]

    def answer(self, owner: str, key: str, number: int) -> Answer:
        """The answer of a turn. Raises ConversationMissing."""
        for turn in self.conversations.turns(key, owner):
            if turn.number == number:
                return turn.answer
        raise ConversationMissing(f"the conversation has no turn {number!r} any more")

    def close(self) -> None:
        """Close what was opened."""
        self.line.close()
        self.indexer.close()
        self.conversations.close()
        self.engine.close()
