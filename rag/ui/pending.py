"""Questions that are being answered: each is finished and kept whoever looks on, and any page may look in on it."""

import threading
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace

from rag.assistant import Assistant
from rag.schema import Answer
from rag.store.conversations import StoredTurn
from rag.ui.desk import Desk
from rag.ui.line import Ticket

REPLACE = "replace"
STOPPED = "Stopped before the answer was finished. Ask it again, or edit the question."


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as a page sends it. In mode REPLACE the answer takes the place of the last turn."""

    question: str
    mode: str
    conversation: str
    scope: tuple[str, ...]
    model: str
    owner: str


@dataclass(frozen=True, slots=True)
class Begun:
    """A question with its conversation: the turns before it, and the titles of the documents."""

    asked: Asked
    before: Sequence[StoredTurn]
    titles: dict[str, str]


class Pending:
    """A question in the line. `answer`: as far as it is written; it is kept once, stopped or finished.

    Make it in a running event loop.
    """

    def __init__(self, desk: Desk, begun: Begun, asker: str):
        question = begun.asked.question
        self.begun, self.answer = begun, Answer(question, question, "", None, "failed", 0.0)
        self._desk, self._began = desk, False
        self._lock, self._kept, self._ended = threading.Lock(), False, False
        self.ticket: Ticket[Answer] = desk.line.join(self._job, asker)

    @property
    def over(self) -> bool:
        """Whether nothing more comes."""
        return self._ended or self.ticket.stopped

    @property
    def step(self) -> Answer | int | None:
        """What is written, or its position in the line; None while it is being searched for."""
        return self._desk.line.position(self.ticket) or (self.answer if self._began else None)

    def keep_stopped(self) -> None:
        """Keep what is written of an answer that was stopped; nothing where it was not."""
        if self.ticket.stopped:
            self._keep(replace(self.answer, status="failed", error=STOPPED))

    def _job(self) -> Generator[Answer]:
        asked, before = self.begun.asked, self.begun.before
        history = [(turn.answer.question, turn.answer.text) for turn in before if turn.answer.status != "failed"]
        try:
            assistant = self._desk.engine.assistant(asked.owner, asked.model)
            for answer in assistant.stream(asked.question, history, _still_there(asked.scope, assistant)):
                self.answer, self._began = answer, True
                yield answer
            if self._began:
                self._keep(self.answer)
        finally:
            self._ended = True

    def _keep(self, answer: Answer) -> None:
        """Keep an answer, if none is kept yet."""
        asked, conversations = self.begun.asked, self._desk.conversations
        with self._lock:
            if self._kept:
                return
            put = conversations.replace_last if asked.mode == REPLACE else conversations.append
            put(asked.conversation, asked.owner, answer)
            self._kept = True


def _still_there(scope: tuple[str, ...], assistant: Assistant) -> Sequence[str] | None:
    """What is left of the documents that were chosen, all of them where none is; None where all are searched."""
    if not scope:
        return None
    there = {info.source for info in assistant.sources()}
    return [source for source in scope if source in there] or scope
