"""The handlers beside the conversation: conversations are opened, renamed, found, deleted; a model is chosen."""

from typing import Any

import gradio as gr

from rag.errors import ConversationMissing
from rag.ui.chat import Chat
from rag.ui.events import event_value, shows_errors
from rag.ui.services import Services
from rag.ui.views.controls import foot, model_menu, model_tested, privacy
from rag.ui.views.conversations import conversations
from rag.ui.views.templates import Markup


class Handlers:
    """The handlers of one page; each returns new values for the parts that `rag.ui.page` names."""

    def __init__(self, services: Services, chat: Chat):
        self._services, self._chat = services, chat
        self._assistants, self._conversations = services.assistants, services.conversations

    @shows_errors
    def start(self, request: gr.Request) -> tuple[Any, ...]:
        """The page was opened: the conversation that its address names, else an empty one."""
        wanted = str(request.query_params.get("c") or "")
        try:
            return "", wanted, *self._chat.shown(wanted, request.username or "")
        except ConversationMissing:
            return self.begin(request)

    @shows_errors
    def setup(self, request: gr.Request) -> tuple[Markup, Markup]:
        """The models to choose from, which a server may have to be asked for, and who is signed in."""
        menu = model_menu(self._assistants.models(), self._services.settings.chat_model)
        return menu, foot(request.username or "")

    @shows_errors
    def begin(self, request: gr.Request) -> tuple[Any, ...]:
        """An empty conversation."""
        self._chat.leave(request)
        return "", "", *self._chat.shown("", request.username or "")

    @shows_errors
    def open(self, event: gr.EventData, request: gr.Request) -> tuple[Any, ...]:
        """The conversation that was chosen."""
        self._chat.leave(request)
        key = event_value(event, "key")
        return "", key, *self._chat.shown(key, request.username or "")

    @shows_errors
    def rename(self, event: gr.EventData, conversation: str, request: gr.Request) -> Markup:
        """Another title for the open conversation."""
        owner = request.username or ""
        self._conversations.rename(conversation, owner, event_value(event, "value"))
        return conversations(self._conversations.find(owner))

    @shows_errors
    def delete(self, conversation: str, request: gr.Request) -> tuple[Any, ...]:
        """Delete the open conversation, and show an empty one."""
        self._conversations.delete(conversation, request.username or "")
        return self.begin(request)

    @shows_errors
    def find(self, event: gr.EventData, request: gr.Request) -> Markup:
        """The conversations with these words."""
        wanted = event_value(event, "value")
        return conversations(self._conversations.find(request.username or "", wanted), wanted)

    def example(self, event: gr.EventData) -> str:
        """The example question that was chosen."""
        return event_value(event, "question")

    @shows_errors
    def choose_model(self, event: gr.EventData) -> tuple[str, Markup]:
        """Answer with another model, if it is one that is offered."""
        model = event_value(event, "value")
        model = model if self._assistants.offers(model) else self._services.settings.chat_model
        return model, privacy(model, self._assistants.destination(model), local=self._services.is_local)

    @shows_errors
    def test_model(self, model: str) -> Markup:
        """Whether the model can be reached."""
        return model_tested(model, self._assistants.problem(model))
