"""What happens when a question is asked, stopped, asked again or edited: the handlers behind the conversation."""

import asyncio
import logging
from collections.abc import AsyncIterator, Generator, Sequence
from dataclasses import replace
from typing import Any

import gradio as gr

from rag.conversations import StoredTurn
from rag.errors import RagError
from rag.schema import Answer
from rag.ui import controls, lists, turns
from rag.ui.desk import Desk
from rag.ui.line import Ticket
from rag.ui.markup import Markup

log = logging.getLogger(__name__)
STOPPED = "Stopped before the answer was finished. Ask it again, or edit the question."
BROKEN = "Something went wrong here; the terminal that runs this page says what. Ask again, or restart it."
REPLACE = "replace"
Update = tuple[Any, ...]
"""New values for: the box, its mode, the conversation, its heading, its finished turns, the turn at work, the list."""
KEEP: Update = (gr.skip(),) * 7


class Chat:
    """The conversation of each open page. In mode REPLACE the next answer takes the place of the last turn."""

    def __init__(self, desk: Desk):
        self._desk = desk
        self._tickets: dict[str, Ticket] = {}

    async def ask(
        self, question: str, mode: str, conversation: str, scope: Sequence[str], model: str, request: gr.Request
    ) -> AsyncIterator[Update]:
        """Answer a question, showing each stage; a finished turn is kept before it is shown as finished."""
        if not (question := question.strip()):
            yield KEEP
            return
        keep, owner = gr.skip(), request.username or ""
        try:
            before, titles = await asyncio.to_thread(self._begin, conversation, owner, mode)
            finished = lists.conversation(before, conversation, titles, changeable=False)
            yield "", "", keep, keep, finished, turns.working(question, _stage(None, titles), None, titles), keep
            ticket = self._tickets[str(request.session_hash)] = self._desk.line.join(
                self._job(question, before, scope, model, owner)
            )
            answer = Answer(question, question, "", None, "failed", 0.0, error=STOPPED)
            async for step in ticket.results():
                answer = step if isinstance(step, Answer) else answer
                yield *KEEP[:5], turns.working(question, _stage(step, titles), answer, titles), keep
            if ticket.stopped:
                answer = replace(answer, status="failed", error=STOPPED)
            conversation = await asyncio.to_thread(self._keep, conversation, owner, mode, answer)
            yield keep, keep, conversation, *await asyncio.to_thread(self.shown, conversation, owner)
        except RagError as error:
            yield question, mode, *KEEP[:3], turns.trouble(str(error)), keep
        except Exception:
            log.exception("a question could not be answered")
            yield question, mode, *KEEP[:3], turns.trouble(BROKEN), keep
        finally:
            self.stop(request)

    async def ask_again(
        self, conversation: str, scope: Sequence[str], model: str, request: gr.Request
    ) -> AsyncIterator[Update]:
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
        if ticket := self._tickets.pop(str(request.session_hash), None):
            ticket.stop()

    def shown(self, conversation: str, owner: str) -> tuple[Markup, Markup, Markup, Markup]:
        """The heading, the finished turns, none at work, and the list of conversations."""
        titles, found = self._desk.engine.titles(owner), self._turns(conversation, owner)
        name = self._desk.conversations.title(conversation, owner) if found else ""
        return (
            controls.heading(conversation if found else "", name),
            lists.conversation(found, conversation, titles) if found else lists.welcome(titles),
            Markup(""),
            lists.conversations(self._desk.conversations.find(owner), conversation),
        )

    def _begin(self, conversation: str, owner: str, mode: str) -> tuple[list[StoredTurn], dict[str, str]]:
        """The turns before the one to come, and the titles of the documents."""
        found = self._turns(conversation, owner)
        return found[:-1] if mode == REPLACE else found, self._desk.engine.titles(owner)

    def _turns(self, conversation: str, owner: str) -> list[StoredTurn]:
        return self._desk.conversations.turns(conversation, owner) if conversation else []

    def _job(self, question: str, before: Sequence[StoredTurn], scope: Sequence[str], model: str, owner: str) -> Any:
        history = [(turn.answer.question, turn.answer.text) for turn in before if turn.answer.status != "failed"]

        def job() -> Generator[Answer]:
            yield from self._desk.engine.assistant(owner, model).stream(question, history, scope or None)

        return job

    def _keep(self, conversation: str, owner: str, mode: str, answer: Answer) -> str:
        kept = self._desk.conversations
        conversation = conversation or kept.create(owner)
        (kept.replace_last if mode == REPLACE else kept.append)(conversation, owner, answer)
        return conversation


def _stage(step: Answer | int | None, titles: dict[str, str]) -> str:
    """What is being done, in a few words."""
    if step is None:
        return f"Searching {len(titles)} document{'' if len(titles) == 1 else 's'}"
    if isinstance(step, int):
        return f"Waiting for others: number {step} in the line"
    if step.text:
        return "Writing, and checking each sentence"
    documents = len({passage.source for passage in step.passages})
    return f"Reading {len(step.passages)} passages of {documents} documents"
