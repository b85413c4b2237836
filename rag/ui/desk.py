"""What the page stands on, opened once: assistants, the line of questions, conversations. Knows nothing of Gradio."""

import os
from dataclasses import replace

from rag.errors import ConversationMissing, IndexMissing, SourceMissing
from rag.models.encoder import Encoder
from rag.schema import Answer
from rag.settings import Settings
from rag.store.access import UPLOADS
from rag.store.conversations import Conversations, StoredTurn
from rag.store.feedback import Feedback, Verdict
from rag.store.ledger import Ledger
from rag.store.records import DocumentInfo
from rag.ui.document_view import TEXT, DocumentView, Listed, Place, matching
from rag.ui.engine import Engine
from rag.ui.indexer import Indexer
from rag.ui.line import Line
from rag.ui.paper import Paper

SERVED_AT_ONCE = max(4, os.cpu_count() or 1)  # more would only make each slower; the rest wait, and see their position


class Desk:
    """The services of one running page."""

    def __init__(self, settings: Settings, encoder: Encoder | None = None):
        self.settings = settings
        self.folders = settings.auth is None
        self.engine = Engine(settings, encoder)
        self.line = Line[Answer](SERVED_AT_ONCE)
        self.indexer = Indexer(settings, encoder)
        self.conversations = Conversations(settings.data_dir)
        self.feedback = Feedback(settings.data_dir)
        self._paper = Paper()

    def view(self, owner: str, name: str, place: Place) -> DocumentView:
        """A document to be shown at a place. Raises SourceMissing where it is not there for this owner."""
        assistant = self.engine.assistant(owner)
        document, info = assistant.document(name), self.info(owner, name)
        view = DocumentView(document, info, place)
        return view if place.form == TEXT else replace(view, drawing=self._paper.drawing(info, document, *view.marked))

    def page(self, owner: str, name: str, number: int) -> bytes:
        """The picture of a page. Raises SourceMissing where it is not there for this owner."""
        if drawn := self._paper.picture(self.info(owner, name), number):
            return drawn
        raise SourceMissing(f"{name!r} has no page {number!r} that can be drawn")

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

    def listed(self, owner: str, wanted: str) -> list[Listed]:
        """The documents with these words, and what their owner may do with them."""
        found, indexer = matching(self.documents(owner), wanted), self.indexer
        return [Listed(info, indexer.removable(owner, info), indexer.uploaded(owner, info)) for info in found]

    def followed(self) -> list[str]:
        """The folders that are indexed as a whole, uploads aside; none where there are users."""
        if not self.folders:
            return []
        home = str(self.settings.data_dir.resolve() / UPLOADS)
        try:
            with Ledger.open(self.settings.data_dir) as ledger:
                roots = ledger.roots().values()
        except IndexMissing:
            return []
        return sorted(root.path for root in roots if root.whole and not root.path.startswith(home))

    def conversation(self, owner: str, key: str) -> tuple[str, list[Answer]]:
        """The name and the answers of a conversation. Raises ConversationMissing."""
        turns = self.conversations.turns(key, owner)
        return self.conversations.title(key, owner), [turn.answer for turn in turns]

    def answer(self, owner: str, key: str, number: int) -> Answer:
        """The answer of a turn. Raises ConversationMissing."""
        return self._until(owner, key, number)[-1].answer

    def rate(self, owner: str, key: str, number: int, verdict: Verdict, correction: str, passage: str) -> Answer:
        """Keep a verdict on a turn as a gold case; `passage`: rank of the one that has the answer, "" for none.

        Raises ConversationMissing, and what `Feedback.save` raises.
        """
        *before, turn = self._until(owner, key, number)
        answer = turn.answer
        self.feedback.save(
            answer,
            verdict,
            owner,
            correction=correction,
            passage=next((p for p in answer.passages if str(p.rank) == passage), None),
            history=[(t.answer.question, t.answer.text) for t in before if t.answer.status != "failed"],
            turn=f"{key}/{number}",
        )
        self.conversations.judge(key, owner, number, verdict)
        return answer

    def cases(self, owner: str) -> str:
        """The file of an owner's gold cases, or what to call it where the folders of this computer are not theirs."""
        return str(self.feedback.cases(owner)) if self.folders else "cases.jsonl"

    def _until(self, owner: str, key: str, number: int) -> list[StoredTurn]:
        """The turns of a conversation up to one of them."""
        turns = [turn for turn in self.conversations.turns(key, owner) if turn.number <= number]
        if not turns or turns[-1].number != number:
            raise ConversationMissing(f"the conversation has no turn {number!r} any more")
        return turns

    def close(self) -> None:
        """Close what was opened."""
        self.line.close()
        self.indexer.close()
        self._paper.close()
        self.conversations.close()
        self.engine.close()
