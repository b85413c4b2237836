"""Questions that are being answered: each answer is finished and kept whoever watches, and any page may watch it."""

import threading
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace

from rag.assistant import Assistant
from rag.schema import Answer
from rag.store.conversations import StoredTurn
from rag.ui.fair_queue import Ticket
from rag.ui.scope import Scope
from rag.ui.services import Services

REPLACE = "replace"
STOPPED = "Stopped before the answer was finished. Ask it again, or edit the question."


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question as a page sends it. In mode REPLACE the answer takes the place of the last turn.

    `scope`: what is to be searched. `model`: "" for quotes alone.
    """

    text: str
    mode: str
    conversation: str
    scope: Scope
    model: str
    owner: str


@dataclass(frozen=True, slots=True)
class NewTurn:
    """A turn that begins: its question, the turns before it, and the title of each document by its source."""

    asked: AskedQuestion
    before: Sequence[StoredTurn]
    titles: dict[str, str]


class AnswerInProgress:
    """An answer that waits in the queue or is being made; it is kept once, stopped or finished.

    Make it in a running event loop. `answer`: what there is of it so far.
    """

    def __init__(self, services: Services, turn: NewTurn, asker: str):
        text = turn.asked.text
        self.turn, self.answer = turn, Answer(text, text, "", None, "failed", 0.0)
        self._services, self._began = services, False
        self._lock, self._kept, self._ended = threading.Lock(), False, False
        self.ticket: Ticket[Answer] = services.questions.join(self._job, asker)

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes."""
        return self._ended or self.ticket.stopped

    @property
    def step(self) -> Answer | int | None:
        """The answer so far, or its position in the queue; None while documents are searched."""
        return self._services.questions.position(self.ticket) or (self.answer if self._began else None)

    def keep_stopped(self) -> None:
        """Keep what there is of an answer that was stopped; nothing where it was not."""
        if self.ticket.stopped:
            self._keep(replace(self.answer, status="failed", error=STOPPED))

    def _job(self) -> Generator[Answer]:
        asked, before = self.turn.asked, self.turn.before
        history = [turn.answer.turn for turn in before if turn.answer.status != "failed"]
        try:
            assistant = self._services.assistant(asked.owner, asked.model)
            sources = _indexed(asked.scope.sources, assistant)
            for answer in assistant.stream(asked.text, history, sources, asked.scope.where):
                self.answer, self._began = answer, True
                yield answer
            if self._began:
                self._keep(self.answer)
        finally:
            self._ended = True

    def _keep(self, answer: Answer) -> None:
        """Keep an answer, if none is kept yet."""
        asked, conversations = self.turn.asked, self._services.conversations
        with self._lock:
            if self._kept:
                return
            put = conversations.replace_last if asked.mode == REPLACE else conversations.append
            put(asked.conversation, asked.owner, answer)
            self._kept = True


def _indexed(chosen: tuple[str, ...], assistant: Assistant) -> Sequence[str] | None:
    """The chosen sources that are still indexed, or all chosen ones where none is; None where all are searched."""
    if not chosen:
        return None
    indexed = {info.source for info in assistant.sources()}
    return [source for source in chosen if source in indexed] or chosen
