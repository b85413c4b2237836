"""The handlers of a conversation: a question is asked, stopped, asked again or edited."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import gradio as gr

from rag.errors import ConfigError, RagError
from rag.schema import Answer
from rag.store.conversations import StoredTurn
from rag.ui.answering import REPLACE, AnswerInProgress, AskedQuestion, NewTurn
from rag.ui.events import shows_errors, shows_stream_errors
from rag.ui.fair_queue import TICK, Ticket
from rag.ui.scope import parsed
from rag.ui.services import Services
from rag.ui.views import controls, conversations, turns
from rag.ui.views.templates import Markup

log = logging.getLogger(__name__)
BROKEN = "Something went wrong here; the terminal that runs this page says what. Ask again, or restart it."
SAME = gr.skip()


class Update(NamedTuple):
    """New values for the parts of the page that `rag.ui.page` names; SAME leaves one as it is."""

    box: Any = SAME
    mode: Any = SAME
    conversation: Any = SAME
    heading: Any = SAME
    past: Any = SAME
    live: Any = SAME
    listed: Any = SAME


class ShownConversation(NamedTuple):
    """The heading, the finished turns, the turn in progress, and the list of all conversations."""

    heading: Markup
    past: Markup
    live: Markup
    listed: Markup


@dataclass(slots=True, eq=False)
class Watch:
    """A page that shows an answer in progress. `ticket`: of that answer, once it is in the queue."""

    ticket: Ticket[Answer] | None = None


class Chat:
    """The conversation of each open page. An answer is finished and kept even where its page has gone elsewhere."""

    def __init__(self, services: Services):
        self._services = services
        self._watching: dict[str, Watch] = {}  # by page
        self._in_progress: dict[str, AnswerInProgress] = {}  # by conversation

    async def ask(
        self, question: str, mode: str, conversation: str, scope: str, model: str, request: gr.Request
    ) -> AsyncIterator[Update]:
        """Answer a question, showing each stage; a finished turn is kept before it is shown as finished."""
        page = str(request.session_hash)
        if not question.strip() or page in self._watching:
            yield Update()
            return
        watch = self._watching[page] = Watch()
        asked = AskedQuestion(question.strip(), mode, conversation, parsed(scope), model, request.username or "")
        problem = ""
        try:
            turn = await asyncio.to_thread(self._begin, asked)
            asked = turn.asked
            async for update in self._answered(page, turn, watch):
                yield update
        except RagError as error:
            problem = str(error)
        except Exception:
            log.exception("a question could not be answered")
            problem = BROKEN
        finally:
            is_watched = self._watching.get(page) is watch
            if is_watched:
                del self._watching[page]
        if problem and is_watched:
            yield Update(question, mode, asked.conversation, *self._shown_with(asked, turns.trouble(problem)))

    async def _answered(self, page: str, turn: NewTurn, watch: Watch) -> AsyncIterator[Update]:
        asked = turn.asked
        self._in_progress = {key: one for key, one in self._in_progress.items() if not one.is_over}
        answer = self._in_progress[asked.conversation] = AnswerInProgress(self._services, turn, asked.owner or page)
        watch.ticket = answer.ticket
        yield Update("", "", asked.conversation, past=_before(turn), live=_live(answer, None))
        async for step in answer.ticket.results():
            if self._watching.get(page) is watch:  # else it shows another conversation by now
                yield Update(live=_live(answer, step))
        yield await self._finished(page, answer, watch)

    async def _finished(self, page: str, answer: AnswerInProgress, watch: Watch) -> Update:
        """The finished turn where its page still shows the conversation, else the list that has it now."""
        asked = answer.turn.asked
        await asyncio.to_thread(answer.keep_stopped)
        shown = await asyncio.to_thread(self.shown, asked.conversation, asked.owner)
        if self._watching.get(page) is watch:
            return Update(SAME, SAME, asked.conversation, *shown)
        return Update(listed=shown.listed)

    @shows_stream_errors
    async def follow(self, conversation: str, request: gr.Request) -> AsyncIterator[Update]:
        """Show the answer in progress of a conversation that was just opened, until it is finished."""
        page, owner = str(request.session_hash), request.username or ""
        answer = self._answer_in_progress(conversation, owner)
        if page in self._watching:
            yield Update()
            return
        if answer is None:  # it was finished meanwhile
            yield Update(SAME, SAME, SAME, *await asyncio.to_thread(self.shown, conversation, owner))
            return
        watch = self._watching[page] = Watch(answer.ticket)
        try:
            while not answer.is_over and self._watching.get(page) is watch:
                await asyncio.sleep(TICK)
                if self._watching.get(page) is watch:
                    yield Update(live=_live(answer, answer.step))
            update = await self._finished(page, answer, watch)
        finally:
            if self._watching.get(page) is watch:
                del self._watching[page]
        yield update

    @shows_stream_errors
    async def ask_again(self, conversation: str, scope: str, model: str, request: gr.Request) -> AsyncIterator[Update]:
        """Answer the last question anew, in place of its turn."""
        last, *_ = await asyncio.to_thread(self.edit, conversation, request)
        async for update in self.ask(last, REPLACE, conversation, scope, model, request):
            yield update._replace(box=SAME)

    @shows_errors
    def edit(self, conversation: str, request: gr.Request) -> tuple[str, str, Markup]:
        """The last question into the box, to be asked in place of its turn."""
        found = self._turns(conversation, request.username or "")
        return (found[-1].answer.question, REPLACE, turns.editing()) if found else self.undo()

    def undo(self) -> tuple[str, str, Markup]:
        """Nothing is edited any more."""
        return "", "", Markup("")

    def stop(self, request: gr.Request) -> None:
        """Stop the answer that a page shows in progress."""
        watch = self._watching.get(str(request.session_hash))
        if watch and watch.ticket:
            watch.ticket.stop()

    def leave(self, request: gr.Request) -> None:
        """The page goes to another conversation; the answer in progress is finished without it."""
        self._watching.pop(str(request.session_hash), None)

    def shown(self, conversation: str, owner: str) -> ShownConversation:
        """A conversation as the page shows it.

        Where the index cannot be used, a message says so in the place of a turn in progress; old answers can be read.
        """
        found, titles, live = self._turns(conversation, owner), dict[str, str](), Markup("")
        answer = self._answer_in_progress(conversation, owner)
        try:
            titles = self._services.assistants.titles(owner)
        except RagError as error:
            live = turns.trouble(str(error))
        if answer:
            past, live = _before(answer.turn), _live(answer, answer.step, followed=False)
        elif found or live:
            past = conversations.conversation(found, conversation, titles)
        else:
            past = conversations.welcome(titles, local=self._services.is_local)
        title = self._services.conversations.title(conversation, owner) if found else ""
        listed = conversations.conversations(self._services.conversations.find(owner))
        return ShownConversation(controls.heading(conversation if found else "", title), past, live, listed)

    def _shown_with(self, asked: AskedQuestion, live: Markup) -> tuple[Any, Any, Markup, Any]:
        """A conversation with a message where a question could not be answered, as much of it as can be shown."""
        try:
            return self.shown(asked.conversation, asked.owner)._replace(live=live)
        except RagError:
            return SAME, SAME, live, SAME

    def _answer_in_progress(self, conversation: str, owner: str) -> AnswerInProgress | None:
        answer = self._in_progress.get(conversation)
        return answer if answer and not answer.is_over and answer.turn.asked.owner == owner else None

    def _begin(self, asked: AskedQuestion) -> NewTurn:
        """Raises ConfigError on a model that is not offered, ConversationMissing on a conversation that has gone."""
        if not self._services.assistants.offers(asked.model):
            raise ConfigError(f"the model {asked.model!r} is not offered any more: choose another")
        found = self._turns(asked.conversation, asked.owner)
        conversation = asked.conversation or self._services.conversations.create(asked.owner)
        before = found[:-1] if asked.mode == REPLACE else found
        titles = self._services.assistants.titles(asked.owner)
        return NewTurn(replace(asked, conversation=conversation), before, titles)

    def _turns(self, conversation: str, owner: str) -> list[StoredTurn]:
        return self._services.conversations.turns(conversation, owner) if conversation else []


def _before(turn: NewTurn) -> Markup:
    """The finished turns above the one in progress."""
    return conversations.conversation(turn.before, turn.asked.conversation, turn.titles, changeable=False)


def _live(answer: AnswerInProgress, step: Answer | int | None, *, followed: bool = True) -> Markup:
    """The turn in progress."""
    asked, titles = answer.turn.asked, answer.turn.titles
    searched = None if asked.scope.where else len(asked.scope.sources) or len(titles)
    stage = turns.stage(step, searched)
    return turns.working(asked.text, stage, answer.answer, titles, followed=followed)
