"""What happens beside the answering: conversations are opened, named, found, deleted; the next answer is set up."""

from typing import Any

import gradio as gr

from rag.errors import ConversationMissing
from rag.ui.chat import Chat
from rag.ui.desk import Desk
from rag.ui.events import told, value
from rag.ui.views.controls import foot, model_menu, model_tested, privacy
from rag.ui.views.conversations import conversations
from rag.ui.views.templates import Markup


class Handlers:
    """The handlers of one page; each returns new values for the parts that `rag.ui.page` names."""

    def __init__(self, desk: Desk, chat: Chat):
        self._desk, self._chat = desk, chat
        self._engine, self._kept = desk.engine, desk.conversations

    @told
    def start(self, request: gr.Request) -> tuple[Any, ...]:
        """A page that was just opened: the conversation of its address, else an empty one."""
        wanted = str(request.query_params.get("c") or "")
        try:
            return "", wanted, *self._chat.shown(wanted, request.username or "")
        except ConversationMissing:
            return self.begin(request)

    @told
    def setup(self, request: gr.Request) -> tuple[Markup, Markup]:
        """What can answer, which takes asking around, and who is signed in."""
        menu = model_menu(self._engine.models(), self._desk.settings.chat_model)
        return menu, foot(request.username or "")

    @told
    def begin(self, request: gr.Request) -> tuple[Any, ...]:
        """An empty conversation."""
        self._chat.leave(request)
        return "", "", *self._chat.shown("", request.username or "")

    @told
    def open(self, event: gr.EventData, request: gr.Request) -> tuple[Any, ...]:
        """The conversation that was chosen."""
        self._chat.leave(request)
        return "", value(event, "key"), *self._chat.shown(value(event, "key"), request.username or "")

    @told
    def rename(self, event: gr.EventData, conversation: str, request: gr.Request) -> Markup:
        """Another name for the open conversation."""
        owner = request.username or ""
        self._kept.rename(conversation, owner, value(event, "value"))
        return conversations(self._kept.find(owner))

    @told
    def delete(self, conversation: str, request: gr.Request) -> tuple[Any, ...]:
        """The open conversation is gone, and an empty one is there."""
        self._kept.delete(conversation, request.username or "")
        return self.begin(request)

    @told
    def find(self, event: gr.EventData, request: gr.Request) -> Markup:
        """The conversations with these words."""
        wanted = value(event, "value")
        return conversations(self._kept.find(request.username or "", wanted), wanted)

    def example(self, event: gr.EventData) -> str:
        """The question that was offered."""
        return value(event, "question")

    @told
    def choose_model(self, event: gr.EventData) -> tuple[str, Markup]:
        """Answer with another model; it must be one that was offered."""
        model = value(event, "value")
        model = model if self._engine.offers(model) else self._desk.settings.chat_model
        return model, privacy(model, self._engine.destination(model), local=self._desk.folders)

    @told
    def test_model(self, model: str) -> Markup:
        """Whether the model can be reached."""
        return model_tested(model, self._engine.trouble(model))
