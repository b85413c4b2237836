"""What a running page shares: assistants, the queue of questions, conversations, indexing. Knows nothing of Gradio."""

import os
from dataclasses import replace

from rag.answer.notes import being_read
from rag.assistant import Assistant
from rag.errors import ConversationMissing, IndexMissing, SourceMissing
from rag.models.encoder import Encoder
from rag.schema import Answer
from rag.settings import Settings
from rag.store.access import UPLOADS
from rag.store.conversations import Conversations, StoredTurn
from rag.store.feedback import Feedback, Rating
from rag.store.ledger import Ledger
from rag.store.records import DocumentInfo
from rag.ui.assistants import Assistants
from rag.ui.document_view import TEXT, DocumentView, Listed, Place, matching
from rag.ui.fair_queue import FairQueue
from rag.ui.indexing.indexer import Indexer
from rag.ui.pdf_pages import PdfPages
from rag.ui.tables import TableJobs

MAX_ANSWERING = max(4, os.cpu_count() or 1)  # more at a time would only make each slower


class Services:
    """The services of one running page. `is_local`: there are no users, so its reader is who runs it."""

    def __init__(self, settings: Settings, encoder: Encoder | None = None):
        self.settings = settings
        self.is_local = settings.auth is None
        self.indexer = Indexer(settings, encoder)
        self.assistants = Assistants(settings, encoder, self.indexer.files_left)
        self.questions = FairQueue[Answer](MAX_ANSWERING)
        self.tables = TableJobs(self.assistants)
        self.conversations = Conversations(settings.data_dir)
        self.feedback = Feedback(settings.data_dir)
        self._pdf_pages = PdfPages()

    def assistant(self, owner: str, model: str) -> Assistant:
        """The assistant that answers an owner with a model. Raises IndexMissing, which says so while files are read."""
        try:
            return self.assistants.assistant(owner, model)
        except IndexMissing:
            if reading := self.unread(owner):
                raise IndexMissing(f"Nothing can be searched yet. {reading}") from None
            raise

    def unread(self, owner: str) -> str:
        """Says that files are still being read into what an owner sees; "" where none is."""
        return " ".join(being_read(self.indexer.files_left(owner)))

    def view(self, owner: str, name: str, place: Place) -> DocumentView:
        """A document, to be shown at a place. Raises SourceMissing where this owner has none of this name."""
        document, info = self.assistants.assistant(owner).document(name), self.info(owner, name)
        view = DocumentView(document, info, place)
        if place.form == TEXT:
            return view
        return replace(view, drawing=self._pdf_pages.drawing(info, document, *view.marked))

    def page(self, owner: str, name: str, number: int) -> bytes:
        """The picture of a page as a JPEG. Raises SourceMissing where this owner has none to be drawn."""
        if picture := self._pdf_pages.picture(self.info(owner, name), number):
            return picture
        raise SourceMissing(f"{name!r} has no page {number!r} that can be drawn")

    def info(self, owner: str, name: str) -> DocumentInfo:
        """A document without its text. Raises SourceMissing where this owner has none of this name."""
        for info in self.documents(owner):
            if info.source == name:
                return info
        raise SourceMissing(f"{name!r} is not in the index any more: look it up in the list of documents")

    def documents(self, owner: str) -> list[DocumentInfo]:
        """The documents that an owner sees, by name; none while nothing is indexed."""
        try:
            return self.assistants.assistant(owner).sources()
        except IndexMissing:
            return []

    def listed(self, owner: str, wanted: str) -> list[Listed]:
        """The documents with these words, and what their owner may do with them."""
        found, indexer = matching(self.documents(owner), wanted), self.indexer
        return [Listed(info, indexer.removable(owner, info), indexer.uploaded(owner, info)) for info in found]

    def folders(self) -> list[str]:
        """The folders that are indexed as a whole, except uploads; none where there are users."""
        if not self.is_local:
            return []
        home = str(self.settings.data_dir.resolve() / UPLOADS)
        try:
            with Ledger.open(self.settings.data_dir) as ledger:
                roots = ledger.roots().values()
        except IndexMissing:
            return []
        return sorted(root.path for root in roots if root.whole and not root.path.startswith(home))

    def conversation(self, owner: str, key: str) -> tuple[str, list[Answer]]:
        """The title and the answers of a conversation. Raises ConversationMissing."""
        turns = self.conversations.turns(key, owner)
        return self.conversations.title(key, owner), [turn.answer for turn in turns]

    def answer(self, owner: str, key: str, number: int) -> Answer:
        """The answer of a turn. Raises ConversationMissing."""
        return self._turns_to(owner, key, number)[-1].answer

    def rate(self, owner: str, key: str, number: int, verdict: Rating, correction: str, passage: str) -> Answer:
        """Save the verdict on a turn as a gold case. `passage`: rank of the one with the answer, "" for none.

        Raises ConversationMissing, and what `Feedback.save` raises.
        """
        *before, turn = self._turns_to(owner, key, number)
        answer = turn.answer
        self.feedback.save(
            answer,
            verdict,
            owner,
            correction=correction,
            passage=next((p for p in answer.passages if str(p.rank) == passage), None),
            history=[t.answer.turn for t in before if t.answer.status != "failed"],
            turn=f"{key}/{number}",
        )
        self.conversations.rate(key, owner, number, verdict)
        return answer

    def cases(self, owner: str) -> str:
        """The file of an owner's gold cases; its name alone where the reader has no access to this computer."""
        return str(self.feedback.cases(owner)) if self.is_local else "cases.jsonl"

    def close(self) -> None:
        """Close what was opened."""
        self.questions.close()
        self.tables.close()
        self.indexer.close()
        self._pdf_pages.close()
        self.conversations.close()
        self.assistants.close()

    def _turns_to(self, owner: str, key: str, number: int) -> list[StoredTurn]:
        """The turns of a conversation up to one of them. Raises ConversationMissing where it is not there."""
        turns = [turn for turn in self.conversations.turns(key, owner) if turn.number <= number]
        if not turns or turns[-1].number != number:
            raise ConversationMissing(f"the conversation has no turn {number!r} any more")
        return turns
