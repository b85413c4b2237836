"""What happens when a question is asked, stopped, asked again or edited: the handlers behind the conversation."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from rag.errors import ConfigError, RagError
from rag.schema import Answer
from rag.store.conversations import StoredTurn
from rag.ui.desk import Desk
from rag.ui.events import told, told_stream
from rag.ui.line import TICK, Ticket
from rag.ui.pending import REPLACE, Asked, Begun, Pending
from rag.ui.views import controls, conversations, turns
from rag.ui.views.templates import Markup

log = logging.getLogger(__name__)
BROKEN = "Something went wrong here; the terminal that runs this page says what. Ask again, or restart it."
Update = tuple[Any, ...]
"""New values for: the box, its mode, the conversation, its heading, its finished turns, the turn at work, the list."""
KEEP: Update = (gr.skip(),) * 7


@dataclass(slots=True)
class Work:
    """What is being answered for a page, as long as the page shows it. `ticket`: its place in the line."""

    ticket: Ticket[Answer] | None = None


class Chat:
    """The conversation of each open page. An answer is finished and kept even where its page has gone elsewhere."""

    def __init__(self, desk: Desk):
        self._desk = desk
        self._at_work: dict[str, Work] = {}
        self._pending: dict[str, Pending] = {}  # by conversation

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
        asked, keep = begun.asked, gr.skip()
        self._pending = {key: one for key, one in self._pending.items() if not one.over}
        pending = self._pending[asked.conversation] = Pending(self._desk, begun, asked.owner or page)
        work.ticket = pending.ticket
        yield "", "", asked.conversation, keep, _before(begun), _live(pending, None), keep
        async for step in pending.ticket.results():
            if self._at_work.get(page) is work:  # else it shows another conversation by now
                yield *KEEP[:5], _live(pending, step), keep
        yield await self._ended(page, pending, work)

    async def _ended(self, page: str, pending: Pending, work: Work) -> Update:
        """The finished turn where its page still shows the conversation, else the list that it is in now."""
        asked, keep = pending.begun.asked, gr.skip()
        await asyncio.to_thread(pending.keep_stopped)
        shown = await asyncio.to_thread(self.shown, asked.conversation, asked.owner)
        here = self._at_work.get(page) is work
        return (keep, keep, asked.conversation, *shown) if here else (*KEEP[:-1], shown[-1])

    @told_stream
    async def look_in(self, conversation: str, request: gr.Request) -> AsyncIterator[Update]:
        """Show what is being answered in a conversation that was just opened, until it is finished."""
        page, owner = str(request.session_hash), request.username or ""
        pending = self._being_answered(conversation, owner)
        if page in self._at_work:
            yield KEEP
            return
        if pending is None:  # it was finished meanwhile
            yield *KEEP[:3], *await asyncio.to_thread(self.shown, conversation, owner)
            return
        work = self._at_work[page] = Work(pending.ticket)
        try:
            while not pending.over and self._at_work.get(page) is work:
                await asyncio.sleep(TICK)
                if self._at_work.get(page) is work:
                    yield *KEEP[:5], _live(pending, pending.step), gr.skip()
            update = await self._ended(page, pending, work)
        finally:
            if self._at_work.get(page) is work:
                del self._at_work[page]
        yield update

    @told_stream
    async def ask_again(self, conversation: str, scope: str, model: str, request: gr.Request) -> AsyncIterator[Update]:
        """Answer the last question anew, in place of its turn."""
        last, *_ = await asyncio.to_thread(self.edit, conversation, request)
        async for update in self.ask(last, REPLACE, conversation, scope, model, request):
            yield gr.skip(), *update[1:]

    @told
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
        """The heading, the finished turns, the turn at work, and the list of conversations.

        Where the index cannot be used, this is said in the place of a turn at work; what was answered can be read.
        """
        found, titles, live = self._turns(conversation, owner), dict[str, str](), Markup("")
        pending = self._being_answered(conversation, owner)
        try:
            titles = self._desk.engine.titles(owner)
        except RagError as error:
            live = turns.trouble(str(error))
        if pending:
            past, live = _before(pending.begun), _live(pending, pending.step, followed=False)
        elif found or live:
            past = conversations.conversation(found, conversation, titles)
        else:
            past = conversations.welcome(titles, local=self._desk.folders)
        name = self._desk.conversations.title(conversation, owner) if found else ""
        listed = conversations.conversations(self._desk.conversations.find(owner))
        return controls.heading(conversation if found else "", name), past, live, listed

    def _shown(self, asked: Asked, live: Markup) -> tuple[Any, ...]:
        """What is shown where something went wrong, as much of it as can be."""
        try:
            heading, past, _, listed = self.shown(asked.conversation, asked.owner)
        except RagError:
            return *KEEP[3:5], live, gr.skip()
        return heading, past, live, listed

    def _being_answered(self, conversation: str, owner: str) -> Pending | None:
        pending = self._pending.get(conversation)
        return pending if pending and not pending.over and pending.begun.asked.owner == owner else None

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


def parsed(scope: str) -> tuple[str, ...]:
    """The documents that a page wants to be searched, as it sends them."""
    try:
        found = json.loads(scope or "[]")
    except ValueError:
        return ()
    return tuple(one for one in found if isinstance(one, str)) if isinstance(found, list) else ()


def _before(begun: Begun) -> Markup:
    """The finished turns above the one at work."""
    return conversations.conversation(begun.before, begun.asked.conversation, begun.titles, changeable=False)


def _live(pending: Pending, step: Answer | int | None, *, followed: bool = True) -> Markup:
    """The turn at work."""
    asked, titles = pending.begun.asked, pending.begun.titles
    stage = turns.stage(step, len(asked.scope) or len(titles))
    return turns.working(asked.question, stage, pending.answer, titles, followed=followed)
