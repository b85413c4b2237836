"""What happens when a question is asked, stopped, asked again or edited: the handlers behind the conversation."""

import asyncio
import json
import logging
import threading
from collections.abc import AsyncIterator, Generator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from rag.conversations import StoredTurn
from rag.errors import ConfigError, RagError
from rag.schema import Answer
from rag.ui import controls, lists, turns
from rag.ui.desk import Desk
from rag.ui.line import Ticket
from rag.ui.markup import Markup, counted

log = logging.getLogger(__name__)
STOPPED = "Stopped before the answer was finished. Ask it again, or edit the question."
BROKEN = "Something went wrong here; the terminal that runs this page says what. Ask again, or restart it."
REPLACE = "replace"
Update = tuple[Any, ...]
"""New values for: the box, its mode, the conversation, its heading, its finished turns, the turn at work, the list."""
KEEP: Update = (gr.skip(),) * 7


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


@dataclass(slots=True)
class Work:
    """What is being answered for a page, as long as the page shows it. `ticket`: its place in the line."""

    ticket: Ticket | None = None


class Chat:
    """The conversation of each open page. An answer is finished and kept even where its page has gone elsewhere."""

    def __init__(self, desk: Desk):
        self._desk = desk
        self._at_work: dict[str, Work] = {}

    async def ask(
        self, question: str, mode: str, conversation: str, scope: str, model: str, request: gr.Request
    ) -> AsyncIterator[Update]:
        """Answer a question, showing each stage; a finished turn is kept before it is shown as finished."""
        page = str(request.session_hash)
        if not question.strip() or page in self._at_work:
            yield KEEP
            return
        work = self._at_work[page] = Work()
        asked = Asked(question.strip(), mode, conversation, parsed(scope), model, request.username or "")
        trouble = ""
        try:
            begun = await asyncio.to_thread(self._begin, asked)
            asked = begun.asked
            async for update in self._answered(page, begun, work):
                yield update
        except RagError as error:
            trouble = str(error)
        except Exception:
            log.exception("a question could not be answered")
            trouble = BROKEN
        finally:
            here = self._at_work.get(page) is work
            if here:
                del self._at_work[page]
        if trouble and here:
            yield question, mode, asked.conversation, *self._shown(asked, turns.trouble(trouble))

    async def _answered(self, page: str, begun: Begun, work: Work) -> AsyncIterator[Update]:
        asked, titles, keep = begun.asked, begun.titles, gr.skip()
        record = _Record(self._desk, asked)
        ticket = work.ticket = self._desk.line.join(self._job(begun, record), asked.owner or page)
        finished = lists.conversation(begun.before, asked.conversation, titles, changeable=False)
        searched = len(asked.scope) or len(titles)
        yield "", "", asked.conversation, keep, finished, turns.working(asked.question, _stage(None, searched)), keep
        answer = Answer(asked.question, asked.question, "", None, "failed", 0.0)
        async for step in ticket.results():
            answer = step if isinstance(step, Answer) else answer
            if self._at_work.get(page) is work:  # else it shows another conversation by now
                yield *KEEP[:5], turns.working(asked.question, _stage(step, searched), answer, titles), keep
        if ticket.stopped:
            await asyncio.to_thread(record.keep, replace(answer, status="failed", error=STOPPED))
        shown = await asyncio.to_thread(self.shown, asked.conversation, asked.owner)
        here = self._at_work.get(page) is work
        yield (keep, keep, asked.conversation, *shown) if here else (*KEEP[:-1], shown[-1])

    async def ask_again(self, conversation: str, scope: str, model: str, request: gr.Request) -> AsyncIterator[Update]:
        """Answer the last question anew, in place of its turn."""
        last, *_ = await asyncio.to_thread(self.edit, conversation, request)
        async for update in self.ask(last, REPLACE, conversation, scope, model, request):
            yield gr.skip(), *update[1:]

    def edit(self, conversation: str, request: gr.Request) -> tuple[str, str, Markup]:
        """The last question into the box, to be asked in place of its turn."""
        found = self._turns(conversation, request.username or "")
        return (found[-1].answer.question, REPLACE, turns.editing()) if found else self.undo()

    def undo(self) -> tuple[str, str, Markup]:
        """Nothing is edited any more."""
        return "", "", Markup("")

    def stop(self, request: gr.Request) -> None:
        """End the answer that is being written for a page."""
        work = self._at_work.get(str(request.session_hash))
        if work and work.ticket:
            work.ticket.stop()

    def leave(self, request: gr.Request) -> None:
        """The page goes to another conversation; what is being answered is finished without it."""
        self._at_work.pop(str(request.session_hash), None)

    def shown(self, conversation: str, owner: str) -> tuple[Markup, Markup, Markup, Markup]:
        """The heading, the finished turns, none at work, and the list of conversations.

        Where the index cannot be used, this is said in the place of a turn at work; what was answered can be read.
        """
        found, titles, trouble = self._turns(conversation, owner), dict[str, str](), Markup("")
        try:
            titles = self._desk.engine.titles(owner)
        except RagError as error:
            trouble = turns.trouble(str(error))
        name = self._desk.conversations.title(conversation, owner) if found else ""
        return (
            controls.heading(conversation if found else "", name),
            lists.conversation(found, conversation, titles)
            if found or trouble
            else lists.welcome(titles, local=self._desk.folders),
            trouble,
            lists.conversations(self._desk.conversations.find(owner)),
        )

    def _shown(self, asked: Asked, live: Markup) -> tuple[Any, ...]:
        """What is shown where something went wrong, as much of it as can be."""
        try:
            heading, past, _, listed = self.shown(asked.conversation, asked.owner)
        except RagError:
            return *KEEP[3:5], live, gr.skip()
        return heading, past, live, listed

    def _begin(self, asked: Asked) -> Begun:
        """Raises ConfigError on a model that is not offered, ConversationMissing on a conversation that has gone."""
        if not self._desk.engine.offers(asked.model):
            raise ConfigError(f"the model {asked.model!r} is not offered any more: choose another")
        found = self._turns(asked.conversation, asked.owner)
        conversation = asked.conversation or self._desk.conversations.create(asked.owner)
        before = found[:-1] if asked.mode == REPLACE else found
        return Begun(replace(asked, conversation=conversation), before, self._desk.engine.titles(asked.owner))

    def _turns(self, conversation: str, owner: str) -> list[StoredTurn]:
        return self._desk.conversations.turns(conversation, owner) if conversation else []

    def _job(self, begun: Begun, record: "_Record") -> Any:
        asked = begun.asked
        history = [(turn.answer.question, turn.answer.text) for turn in begun.before if turn.answer.status != "failed"]

        def job() -> Generator[Answer]:
            assistant, answer = self._desk.engine.assistant(asked.owner, asked.model), None
            for answer in assistant.stream(asked.question, history, asked.scope or None):
                yield answer
            if answer:
                record.keep(answer)

        return job


class _Record:
    """Keeps the answer of one question, once: a stopped one is not overtaken by the finished one."""

    def __init__(self, desk: Desk, asked: Asked):
        self._desk, self._asked = desk, asked
        self._lock, self._kept = threading.Lock(), False

    def keep(self, answer: Answer) -> None:
        """Keep an answer, if none is kept yet."""
        asked, conversations = self._asked, self._desk.conversations
        with self._lock:
            if self._kept:
                return
            put = conversations.replace_last if asked.mode == REPLACE else conversations.append
            put(asked.conversation, asked.owner, answer)
            self._kept = True


def parsed(scope: str) -> tuple[str, ...]:
    """The documents that a page wants to be searched, as it sends them."""
    try:
        found = json.loads(scope or "[]")
    except ValueError:
        return ()
    return tuple(one for one in found if isinstance(one, str)) if isinstance(found, list) else ()


def _stage(step: Answer | int | None, searched: int) -> str:
    """What is being done, in a few words."""
    if step is None:
        return f"Searching {counted(searched, 'document')}"
    if isinstance(step, int):
        return f"Waiting for others: number {step} in the line"
    if step.text:
        return "Writing, and checking each sentence"
    documents = len({passage.source for passage in step.passages})
    return f"Reading {counted(len(step.passages), 'passage')} of {counted(documents, 'document')}"
